"""What the operator allows: read-only mode, regions, workspaces, owners, and limits on capacity."""
