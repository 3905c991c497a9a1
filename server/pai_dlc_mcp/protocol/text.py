"""The same facts as text, in the fewest words: a table for a list, lines for a log, ``name: value`` for a thing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

WORDS_CHARS = 120
"""Longest list of words that stands on one line."""


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def cell(value: Any) -> str:
    """One value on one line, whole: what is cut is cut in the structure and the text alike."""
    text = value if isinstance(value, str) else "" if value is None else compact(value)
    return text.replace("\r", "").replace("\n", "\\n").replace("\t", " ") if not text.isprintable() else text


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as text with a header, cells apart by `` | ``; columns that are empty everywhere are left out."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [" | ".join(columns)]
    lines += [" | ".join(cell(row.get(name)).replace("|", "\\|") for name in columns) for row in rows]
    return "\n".join(lines)


def thing(data: Mapping[str, Any]) -> str:
    """An object as ``name: value`` lines; lists of objects become tables, lists of text quoted lines."""
    return "\n".join(_entry(name, value) for name, value in data.items())


def _entry(name: str, value: Any) -> str:
    """What somebody else wrote stays behind its mark or on its line, so that it cannot pass for a field of ours."""
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return f"{name} ({len(value)}):\n{table(value)}"
    if _are_words(name, value):
        return f"{name} ({len(value)}): {', '.join(value)}"
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return f"{name} ({len(value)}):\n" + "\n".join("| " + item.replace("\n", "\n| ") for item in value)
    if isinstance(value, str) and "\n" in value:
        return f"{name}:\n| " + value.replace("\n", "\n| ")
    return f"{name}: {cell(value)}"


def _are_words(name: str, value: Any) -> bool:
    """A short list of words, such as toolsets or roles; lines of a log are never taken for one."""
    if not isinstance(value, list) or not value or name.startswith("untrusted"):
        return False
    words = all(isinstance(item, str) and item.isprintable() and ", " not in item for item in value)
    return words and sum(map(len, value)) <= WORDS_CHARS


def error_text(error: Mapping[str, Any]) -> str:
    """An error in words: some clients show the model nothing else, so the token and the next call stand in it too."""
    rule = f" [{error['rule']}]" if error.get("rule") else ""
    lines = [f"{error['code']}{rule}: {cell(error['message'])}"]
    if error.get("field"):
        lines.append(f"field: {cell(error['field'])}")
    if confirmation := error.get("confirmation"):
        lines.append(f"confirmation_token: {confirmation['token']} (until {confirmation['expires_at']})")
        lines.append("preview: " + compact(confirmation["preview"]))
    for step in error.get("next") or ():
        lines.append(f"next: {step['tool']} {compact(step['arguments'])} - {step['why']}")
    if error.get("request_id"):
        lines.append(f"request id: {error['request_id']}")
    return "\n".join(lines)
