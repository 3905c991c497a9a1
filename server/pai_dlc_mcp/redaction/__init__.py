"""Other people's words and secrets on their way out: made harmless, then masked."""
