"""What an earlier way of doing the work has left lying: found once, and queued."""
