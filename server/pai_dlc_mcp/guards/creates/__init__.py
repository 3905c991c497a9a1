"""One wish, one thing: duplicates, reservations, and writes whose answer was lost."""
