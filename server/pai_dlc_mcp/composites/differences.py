"""What differs between jobs, by path; long texts from where they part. Pure.

Texts are compared and cut as they may be seen, secrets out: cut around what differs in a secret, they would tell how
far a guess is right, and half a secret is not known for one (R65).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ..redaction.engine import CREDENTIALS, ENVIRONMENTS, PAIRS, SECRETS, clean_text

SHOWN, LEAD = 100, 24
"""Characters of a text that are shown, and how many of them stand before the first difference."""
HIDDEN = frozenset({*ENVIRONMENTS, *PAIRS, *CREDENTIALS, *SECRETS})
"""Fields whose values are never shown, only that they are there or differ (R67), on whatever level they stand."""


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf by its path: ``JobSpecs[0].Image``."""
    if isinstance(value, Mapping):
        return {
            at: leaf for name, item in value.items() for at, leaf in flat(item, f"{path}.{name}".lstrip(".")).items()
        }
    if isinstance(value, list):
        return {at: leaf for number, item in enumerate(value) for at, leaf in flat(item, f"{path}[{number}]").items()}
    return {} if value in (None, "") else {path: value}


def differing(jobs: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Any]]]:
    """The paths at which the jobs are not all alike, with the value of each (``None`` where one has none)."""
    leaves = [flat(job) for job in jobs]
    paths = dict.fromkeys(path for found in leaves for path in found)
    rows = [(path, [found.get(path) for found in leaves]) for path in paths]
    return [(path, values) for path, values in rows if len({str(value) for value in values}) > 1]


def alike(jobs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Top-level fields that all jobs have and that are the same in all."""
    first, *others = jobs
    return [
        name
        for name, value in first.items()
        if value not in (None, "", [], {}) and all(o.get(name) == value for o in others)
    ]


def shown(path: str, values: Sequence[Any], secrets: Collection[str] = ()) -> list[str]:
    """The values as they may be seen, without what looks like a secret and the known ``secrets``; long ones from
    shortly before they part."""
    if is_hidden(path):
        return _hidden(values)
    texts = ["" if value is None else clean_text(str(value), secrets) for value in values]
    if max(len(text) for text in texts) <= SHOWN:
        return texts
    start = max(0, _common(text for text in texts if text) - LEAD)
    return [_from(text, start) for text in texts]


def is_hidden(path: str) -> bool:
    """Whether the value at a path is never shown (R67)."""
    return not HIDDEN.isdisjoint(part.partition("[")[0] for part in path.split("."))


def _hidden(values: Sequence[Any]) -> list[str]:
    """Values distinguished without showing them: A, B, …"""
    names: dict[str, str] = {}
    for value in values:
        if value is not None:
            names.setdefault(str(value), f"value {chr(ord('A') + len(names) % 26)}")
    return ["" if value is None else names[str(value)] for value in values]


def _common(texts: Iterable[str]) -> int:
    """Length of what all begin with."""
    every = list(texts)
    shortest = min(map(len, every), default=0)
    return next((at for at in range(shortest) if len({text[at] for text in every}) > 1), shortest)


def _from(text: str, start: int) -> str:
    part = text[start : start + SHOWN]
    return f"{'…' if start and text else ''}{part}{'…' if start + SHOWN < len(text) else ''}"
