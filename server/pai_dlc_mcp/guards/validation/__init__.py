"""Whether the arguments make sense: the numbered rules of form, as pure functions."""
