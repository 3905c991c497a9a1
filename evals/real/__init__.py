"""Real failures: processes that really run and really fail, and what the diagnosis says of each."""
