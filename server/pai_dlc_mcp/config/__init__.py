"""What an operator can set: one declaration an option, read from flags, environment and file."""
