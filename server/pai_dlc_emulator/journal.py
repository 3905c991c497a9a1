"""Every request that reached a product's address, as it was received."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from .accounts import KEYS
from .jsontext import parse

KEPT = 100_000
"""Older entries fall out, so that a long benchmark does not fill the memory."""
_SECRET_HEADERS = frozenset({"authorization", "x-acs-security-token", "x-acs-bearer-token", "x-acs-zero-trust-idtoken"})
Entry = dict[str, Any]


class Journal:
    """Entries, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def add(
        self, at: str, operation: str | None, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Entry:
        """Note a request; its ``status`` stays null until the whole answer has been handed over."""
        path, _, query = target.partition("?")
        entry: Entry = {
            "at": at,
            "operation": operation,
            "method": method,
            "path": path,
            "query": dict(parse_qsl(query, keep_blank_values=True)),
            "headers": {name: _shown(name, value) for name, value in headers.items()},
            "body": _parsed(body),
            "status": None,
        }
        self._entries.append(entry)
        return entry

    def entries(self) -> list[Entry]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()


def _shown(name: str, value: str) -> str:
    """A header as it came. What proves an identity is shown of the emulator's own keys, which open nothing else."""
    if name not in _SECRET_HEADERS:
        return value
    signed = re.search(r"Credential=([^,]+),", value) if name == "authorization" else None
    own = (signed is not None and signed[1] in KEYS) or value in {key.token for key in KEYS.values()}
    return value if own else "***"


def _parsed(body: bytes) -> Any:
    """JSON where it is JSON, else the text; null where there was no body."""
    if not body:
        return None
    try:
        return parse(body)
    except ValueError:
        return body.decode(errors="replace")
