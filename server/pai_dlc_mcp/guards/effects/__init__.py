"""Calls that the service would answer with 200 and not carry out."""
