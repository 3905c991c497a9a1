"""PAI-DLC: jobs with a life of their own, and what hangs on them. Importing this package registers its handlers."""

from __future__ import annotations

from . import cms, jobs, listing, observing, ray, signals, specs, tags, templates, tensorboards, tokens
from .overview import close, describe, new, quota_use
from .seeds import seed

__all__ = ["close", "describe", "new", "quota_use", "seed"]
MODULES = (cms, jobs, listing, observing, ray, signals, specs, tags, templates, tensorboards, tokens)
"""The modules whose import registers the handlers of all 43 operations."""
