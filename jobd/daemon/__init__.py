"""The loop: wake, lease, attempt, settle; and all that it alone needs."""
