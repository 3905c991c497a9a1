"""Every request that reached a product's address, as it was received."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

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
            "headers": {name: "***" if name in _SECRET_HEADERS else value for name, value in headers.items()},
            "body": _parsed(body),
            "status": None,
        }
        self._entries.append(entry)
        return entry

    def entries(self) -> list[Entry]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()


def _parsed(body: bytes) -> Any:
    """JSON where it is JSON, else the text; null where there was no body."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
