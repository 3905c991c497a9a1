"""A job as arguments of a create, and what differs between two of them."""
