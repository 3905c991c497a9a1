"""Reading logs back in time, and finding text in them."""
