"""The declared operations, and nothing else."""
