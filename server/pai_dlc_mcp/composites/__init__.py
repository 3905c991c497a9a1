"""The composite tools: a question answered by several operations."""
