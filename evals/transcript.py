"""What an agent did and saw, call by call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One call. ``structured`` is the result's structure, ``text`` what a text-only client shows its model."""

    tool: str
    arguments: Mapping[str, Any]
    structured: Mapping[str, Any]
    text: str

    @property
    def ok(self) -> bool:
        return bool(self.structured.get("ok"))

    @property
    def code(self) -> str:
        """``ok`` or the code of the error."""
        return "ok" if self.ok else str(self.error.get("code"))

    @property
    def data(self) -> Mapping[str, Any]:
        return dict(self.structured.get("data") or {})

    @property
    def error(self) -> Mapping[str, Any]:
        return dict(self.structured.get("error") or {})

    @property
    def tokens(self) -> int:
        """UTF-8 bytes of the text over four."""
        return len(self.text.encode()) // 4

    @property
    def everything(self) -> str:
        """All that the agent could have read."""
        return self.text + "\n" + json.dumps(self.structured, ensure_ascii=False)


@dataclass
class Transcript:
    entries: list[Entry] = field(default_factory=list)
    answer: str = ""

    @property
    def errors(self) -> int:
        return sum(not entry.ok for entry in self.entries)

    @property
    def tokens(self) -> int:
        return sum(entry.tokens for entry in self.entries)
