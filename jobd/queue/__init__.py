"""Rows: the queue file, its states, and the contract with everyone who writes to it."""
