"""How messages reach the server: stdio and streamable HTTP."""
