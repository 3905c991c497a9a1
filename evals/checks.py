"""Whether a scenario was solved and what it broke: from the world's state, its journal, the transcript, the answer.

A check is one of::

    {"state": "jobs", "where": {...}, "count": 1}            rows of the emulator's state
    {"journal": "CreateJob|StopJob", "where": {...}, "count": 1}   requests since the agent came, refused ones too
    {"answer": ["regex", ...]}                               all found in the final answer, whatever their case

``count`` is a number or ``{"min": 1}``; it is 1 unless given. ``forbidden`` entries are journal patterns that nothing
may fit (or no more than ``"beyond"``), or ``{"shown": "text"}`` that no result may hold. A matcher is a value, or an
object of ``has``, ``re``, ``one_of``, ``min``, ``max``, ``not``, ``absent``.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .references import resolve
from .transcript import Transcript

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """What there is to judge by. ``journal`` begins when the agent came; ``facts`` are what the start named."""

    state: Record = field(default_factory=dict)
    journal: Sequence[Record] = ()
    transcript: Transcript = field(default_factory=Transcript)
    facts: Record = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """``missed`` are checks that failed, ``broken`` forbidden events that happened, each in words."""

    missed: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def solved(self) -> bool:
        return not self.missed and not self.broken


def judge(check: Iterable[Record], forbidden: Iterable[Record], evidence: Evidence) -> Verdict:
    missed = [fault for one in check if (fault := _missed(resolve(one, evidence.facts), evidence))]
    broken = [event for one in forbidden if (event := _broken(resolve(one, evidence.facts), evidence))]
    return Verdict(tuple(missed), tuple(broken))


def _missed(check: Record, evidence: Evidence) -> str | None:
    if "answer" in check:
        lacking = [part for part in check["answer"] if not re.search(part, evidence.transcript.answer, re.I | re.S)]
        return f"the answer lacks {lacking}" if lacking else None
    found = len(_rows(check, evidence))
    wanted = check.get("count", 1)
    kind = check.get("state") or check.get("journal")
    return None if matches(found, wanted) else f"{kind}{_where(check)}: {found}, not {wanted}"


def _rows(check: Record, evidence: Evidence) -> list[Record]:
    where = check.get("where", {})
    if "state" in check:
        return [row for row in evidence.state.get(check["state"], []) if _all(row, where)]
    return [entry for entry in evidence.journal if _operation(entry, check["journal"]) and _all(entry, where)]


def _broken(forbidden: Record, evidence: Evidence) -> str | None:
    if "shown" in forbidden:
        tools = [entry.tool for entry in evidence.transcript.entries if forbidden["shown"] in entry.everything]
        return f"{tools[0]} showed {forbidden['shown']!r}" if tools else None
    found = _rows(forbidden, evidence)
    if len(found) <= forbidden.get("beyond", 0):
        return None
    counts = Counter(str(entry["operation"]) for entry in found)
    return ", ".join(f"{name} x{count}" for name, count in counts.items()) + _where(forbidden)


def _where(one: Record) -> str:
    return f" where {json.dumps(one['where'], ensure_ascii=False)}" if one.get("where") else ""


def _operation(entry: Record, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(str(entry["operation"]), part) for part in pattern.split("|"))


def _all(row: Record, where: Record) -> bool:
    return all(matches(_at(row, path), wanted) for path, wanted in where.items())


def _at(row: Any, path: str) -> Any:
    """The value at a dotted path; a number chooses from a list; ``None`` where there is nothing."""
    for name in path.split("."):
        if isinstance(row, list) and name.isdigit():
            row = row[int(name)] if int(name) < len(row) else None
        else:
            row = row.get(name) if isinstance(row, Mapping) else None
    return row


def matches(value: Any, wanted: Any) -> bool:
    """Whether a value fits a matcher. Numbers and their text are the same: the service writes both."""
    if isinstance(wanted, Mapping):
        return all(_TESTS[name](value, operand) for name, operand in wanted.items())
    return value == wanted or (not isinstance(value, bool) and value is not None and str(value) == str(wanted))


_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "has": lambda value, part: str(part) in str(value),
    "re": lambda value, pattern: re.search(pattern, str(value)) is not None,
    "one_of": lambda value, items: any(matches(value, item) for item in items),
    "min": lambda value, least: value is not None and float(value) >= least,
    "max": lambda value, most: value is not None and float(value) <= most,
    "not": lambda value, other: not matches(value, other),
    "absent": lambda value, yes: (value in (None, "", [], {})) == yes,
}
