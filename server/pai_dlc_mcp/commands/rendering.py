"""A tool's answers as a table for people, as JSON, or as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..protocol.result import Answer

FORMATS = ("table", "json", "csv")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run."""


def rendered(answers: Sequence[Answer], kind: str) -> str:
    """The text of a call's pages, in order: a log reads from its oldest line."""
    if kind == "json":
        found: Any = answers[0].structured if len(answers) == 1 else [answer.structured for answer in answers]
        return json.dumps(found, ensure_ascii=False, indent=1)
    pages = [page for answer in answers if (page := lines_of(answer)) is not None]
    is_log = len(pages) == len(answers)
    if kind == "csv":
        rows = [{"line": line} for line in joined(pages)] if is_log else [row for a in answers for row in rows_of(a)]
        return _csv(rows)
    if is_log and len(answers) > 1:
        return "\n".join(joined(pages))
    return "\n".join(answer.text for answer in answers)


def joined(pages: Sequence[list[str]]) -> list[str]:
    """The pages of a log, newest first, as one log from its oldest line.

    A page ends with the second in which the one after it begins, so the lines of that second stand in both.
    """
    found: list[str] = []
    for page in pages:
        same = next((n for n in range(min(len(page), len(found)), 0, -1) if page[-n:] == found[:n]), 0)
        found = page[: len(page) - same] + found
    return found


def lines_of(answer: Answer) -> list[str] | None:
    """The lines of a log, ``None`` where the answer is something else."""
    data = answer.structured.get("data")
    found = next((v for k, v in data.items() if k.startswith("untrusted")), None) if isinstance(data, Mapping) else None
    return found if isinstance(found, list) and all(isinstance(line, str) for line in found) else None


def rows_of(answer: Answer) -> list[Mapping[str, Any]]:
    """The rows of a list; the lines of a log, a row each; anything else as one row of its fields."""
    data = answer.structured.get("data")
    if not isinstance(data, Mapping):
        return []
    if (lines := lines_of(answer)) is not None:
        return [{"line": line} for line in lines]
    lists = [value for value in data.values() if isinstance(value, list) and value]
    for value in lists:
        if all(isinstance(row, Mapping) for row in value):
            return value
    return [data]


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return written.getvalue().rstrip("\n")


def _cell(value: Any) -> str:
    """A value as text. What others wrote must not become a formula where the file is opened."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return json.dumps(value, ensure_ascii=False)
