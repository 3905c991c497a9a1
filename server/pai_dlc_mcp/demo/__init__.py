"""The tour: a real MCP client drives the real server over stdio in front of the emulator."""
