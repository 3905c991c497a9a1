"""Reads: the defaults and limits that a rule names, and what an answer does not say itself."""
