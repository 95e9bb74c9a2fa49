"""A picture of what a job made: reads only, and of the app's files only what it draws."""
