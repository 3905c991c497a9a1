"""Ratios of pairs taken in turn in one run: machines are noisy, ratios less so. No test asserts a time."""
