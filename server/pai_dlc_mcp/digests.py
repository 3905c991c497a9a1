"""The one text of a value, and its digest: what tokens, approvals and the audit compare."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """The one JSON text of a value: keys sorted, no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()


def digest_of(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()
