"""A scenario: what a user wants, the world it starts in, how to tell that it was done, and what must not happen."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("scenarios")
GROUPS = ("launch", "diagnose", "change", "safety")
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One file of ``scenarios/``.

    ``start`` are steps of the harness, made before the agent comes, and ``before`` calls that somebody made through the
    same server; ``check`` and ``forbidden`` are read by
    ``checks.py``; ``script`` is the reference policy, ``temptation`` the wrong way that a hasty agent would go.
    ``calls`` is the fewest calls a good agent needs. ``pace`` is how many seconds of the emulated clock each call
    takes. ``simulated_user`` says whether the client can ask one, and what they agree to (see ``simulated_user.py``).
    """

    id: str
    group: str
    goal: str
    calls: int
    check: tuple[Record, ...]
    script: tuple[Record, ...]
    forbidden: tuple[Record, ...] = ()
    start: tuple[Record, ...] = ()
    before: tuple[Record, ...] = ()
    seed: str = "default"
    server: Record = field(default_factory=dict)
    temptation: tuple[Record, ...] = ()
    simulated_user: Record | None = None
    pace: float = 5.0


def read(path: Path) -> Scenario:
    """The scenario of a file.

    Raises:
        ValueError: a field is unknown or missing, or the file is not where its id and group say.
    """
    raw = json.loads(path.read_text("utf-8"))
    known = {one.name for one in fields(Scenario)}
    if strange := set(raw) - known:
        raise ValueError(f"{path.name}: unknown fields {sorted(strange)}")
    try:
        found = Scenario(**{name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()})
    except TypeError as missing:
        raise ValueError(f"{path.name}: {missing}") from None
    if (found.group, found.id) != (path.parent.name, f"{found.group}-{path.stem}"):
        raise ValueError(f"{path.name}: its id is {found.id}, its group {found.group}")
    return found


def load(pattern: str = "*") -> list[Scenario]:
    """The scenarios whose id fits, group by group."""
    found = [read(path) for path in sorted(FOLDER.glob("*/*.json"))]
    return sorted(_fitting(found, pattern), key=lambda one: (GROUPS.index(one.group), one.id))


def _fitting(found: Iterable[Scenario], pattern: str) -> Iterable[Scenario]:
    return [one for one in found if any(fnmatch.fnmatchcase(one.id, part) for part in pattern.split(","))]
