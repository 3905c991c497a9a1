"""AIWorkSpace: workspaces and the catalogue of what jobs run on."""
