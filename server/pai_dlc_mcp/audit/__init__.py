"""One JSON line a call: who did what to what, and what became of it."""
