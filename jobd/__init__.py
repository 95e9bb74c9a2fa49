"""jobd: a durable job daemon for work on video, on one SQLite file."""

__version__ = "0.1.0"
