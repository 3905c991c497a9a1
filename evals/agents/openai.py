"""The chat completions protocol: ``OPENAI_API_KEY``, ``OPENAI_BASE_URL``. Most servers of open models speak it too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..transcript import Entry
from .models import Turn, Wanted, setting


class OpenAI:
    path = "chat/completions"
    base_variable = "OPENAI_BASE_URL"
    base = "https://api.openai.com/v1"

    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {setting('OPENAI_API_KEY')}"}

    def body(
        self, model: str, system: str, tools: Sequence[Any], messages: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        described = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description or "",
                    "parameters": tool.input_schema,
                },
            }
            for tool in tools
        ]
        return {"model": model, "tools": described, "messages": [{"role": "system", "content": system}, *messages]}

    def turn(self, answer: Mapping[str, Any]) -> Turn:
        message = answer["choices"][0]["message"]
        wanted = [_wanted(call) for call in message.get("tool_calls") or []]
        return Turn(str(message.get("content") or ""), wanted, message)

    def results(self, entries: Sequence[tuple[Wanted, Entry]]) -> list[dict[str, Any]]:
        return [{"role": "tool", "tool_call_id": wanted.id, "content": entry.text} for wanted, entry in entries]


def _wanted(call: Mapping[str, Any]) -> Wanted:
    function = call["function"]
    try:
        given = json.loads(function.get("arguments") or "{}")
    except ValueError:
        given = None
    return Wanted(str(call["id"]), str(function["name"]), given if isinstance(given, dict) else None)
