"""What a person does about a queue: retry, cancel, pause, resume, prune."""
