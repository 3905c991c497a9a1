"""What a call names must have been shown to this caller by a read."""
