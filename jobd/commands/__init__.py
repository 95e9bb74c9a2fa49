"""What a person types: one file a command, its flags and what it calls."""
