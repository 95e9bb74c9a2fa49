"""The app's file: one SQLite database per video, its frames, its status, and our fence."""
