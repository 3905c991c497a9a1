"""What cannot be taken back needs a person, or a second look."""
