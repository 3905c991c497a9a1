"""MCP on one side, ours on the other."""
