"""pai-dlc: jobs with a life of their own, and what depends on them."""
