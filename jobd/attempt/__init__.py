"""One try: a child process of its own, from start to its last word."""
