"""The client: a declaration and its arguments become one signed request."""
