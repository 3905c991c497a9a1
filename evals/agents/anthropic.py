"""The messages protocol: ``ANTHROPIC_API_KEY``, ``ANTHROPIC_BASE_URL``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..transcript import Entry
from .models import Turn, Wanted, setting

MOST_TOKENS = 4_096


class Anthropic:
    path = "v1/messages"
    base_variable = "ANTHROPIC_BASE_URL"
    base = "https://api.anthropic.com"

    def headers(self) -> dict[str, str]:
        return {"x-api-key": setting("ANTHROPIC_API_KEY"), "anthropic-version": "2023-06-01"}

    def body(
        self, model: str, system: str, tools: Sequence[Any], messages: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        described = [
            {"name": tool.name, "description": tool.description or "", "input_schema": tool.input_schema}
            for tool in tools
        ]
        return {
            "model": model,
            "max_tokens": MOST_TOKENS,
            "system": system,
            "tools": described,
            "messages": list(messages),
        }

    def turn(self, answer: Mapping[str, Any]) -> Turn:
        parts = list(answer.get("content") or [])
        text = "\n".join(part["text"] for part in parts if part.get("type") == "text")
        wanted = [_wanted(part) for part in parts if part.get("type") == "tool_use"]
        return Turn(text, wanted, {"role": "assistant", "content": parts})

    def results(self, entries: Sequence[tuple[Wanted, Entry]]) -> list[dict[str, Any]]:
        parts = [
            {"type": "tool_result", "tool_use_id": wanted.id, "content": entry.text, "is_error": not entry.ok}
            for wanted, entry in entries
        ]
        return [{"role": "user", "content": parts}]


def _wanted(part: Mapping[str, Any]) -> Wanted:
    given = part.get("input")
    return Wanted(str(part["id"]), str(part["name"]), given if isinstance(given, dict) else None)
