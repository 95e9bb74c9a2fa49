"""What a job means: payloads, and the work of each kind."""
