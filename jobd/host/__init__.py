"""The machine around a queue: what keeps jobd from working here, each with its mend. Reads only."""
