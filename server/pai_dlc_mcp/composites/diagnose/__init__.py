"""How a job is diagnosed: bounded reading on one side, pure judgement on the other."""
