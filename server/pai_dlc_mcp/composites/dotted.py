"""Changes by path: ``{"JobSpecs[0].ResourceConfig.GPU": "1"}`` changes that leaf and nothing beside it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ..errors import InvalidArguments

_PATH = re.compile(r"\w+(?:\[\d{1,4}\])*(?:\.\w+(?:\[\d{1,4}\])*)*")
_STEP = re.compile(r"(\w+)|\[(\d+)\]")


def is_path(name: str) -> bool:
    """Whether a change names a place inside an argument."""
    return "." in name or "[" in name


def first_of(path: str) -> str:
    """The argument that a path begins with."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def applied(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with each leaf at its path replaced; ``None`` removes it.

    Raises:
        InvalidArguments: a path that is none, or whose place the arguments do not have.
    """
    whole: dict[str, Any] = deepcopy(dict(base))
    for path, value in changes.items():
        if not _PATH.fullmatch(path):
            raise _refused(path, "is no path; write JobSpecs[0].ResourceConfig.GPU")
        *way, last = [name or int(number) for name, number in _STEP.findall(path)]
        place: Any = whole
        for at, step in enumerate(way):
            place = _entered(place, step, path, empty=[] if isinstance([*way, last][at + 1], int) else {})
        _put(place, last, deepcopy(value), path)
    return whole


def _entered(place: Any, step: str | int, path: str, empty: Any) -> Any:
    """One step down; an object that is not there yet is made, an item of a list is not."""
    if isinstance(step, int):
        _check_item(place, step, path)
        return place[step]
    if not isinstance(place, dict):
        raise _refused(path, f"has no field {step[:40]!r}: that is no object")
    if place.get(step) is None:
        place[step] = empty
    return place[step]


def _put(place: Any, last: str | int, value: Any, path: str) -> None:
    if isinstance(last, int):
        _check_item(place, last, path)
        place[last] = value
    elif not isinstance(place, dict):
        raise _refused(path, f"has no field {last[:40]!r}: that is no object")
    elif value is None:
        place.pop(last, None)
    else:
        place[last] = value


def _check_item(place: Any, number: int, path: str) -> None:
    if not isinstance(place, list) or number >= len(place):
        count = len(place) if isinstance(place, list) else 0
        raise _refused(path, f"names item {number} of a list of {count}")


def _refused(path: str, why: str) -> InvalidArguments:
    return InvalidArguments(f"changes: {path[:80]!r} {why}.", field="changes")
