"""Pixels: from a video file to the JPEG of every wanted frame. Knows no SQL."""
