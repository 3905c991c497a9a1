"""How a job is diagnosed: bounded reading on one side, pure decisions on the other."""
