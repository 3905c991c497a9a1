"""PAI-DLC: jobs with a life of their own, and what hangs on them. Importing this package registers its handlers."""

from __future__ import annotations

from . import jobs, listing, observing, specs
from .overview import close, describe, new, quota_use
from .seeds import seed

__all__ = ["close", "describe", "jobs", "listing", "new", "observing", "quota_use", "seed", "specs"]
