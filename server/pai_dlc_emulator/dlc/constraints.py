"""Constraints of a job template: paths such as ``JobSpecs[0].Image``, each locked, overridable or required."""

from __future__ import annotations

import copy
import re
from typing import Any

from .params import bad

VALUES = ("locked", "overridable", "required")
_STEP = re.compile(r"\.?(?:([A-Za-z_][\w-]*)|\[(\d+)\])")
_ABSENT = object()
_NOTHING: tuple[Any, ...] = (None, "", [], {})
"""What an SDK sends for a list that was not given counts as not given."""


def check_constraints(content: dict[str, Any], constraints: dict[str, Any]) -> None:
    for path, value in constraints.items():
        if value not in VALUES:
            raise bad(f"The constraint of {path} must be one of {', '.join(VALUES)}.", "InvalidParameter")
        if value == "locked" and read(content, path) is _ABSENT:
            raise bad(f"{path} is locked but not in Content.", "InvalidParameter")


def apply_constraints(content: dict[str, Any], args: dict[str, Any], constraints: dict[str, Any]) -> dict[str, Any]:
    """The template's content with the request on top; locked paths keep the template's value."""
    given_at_all = {name: value for name, value in args.items() if value not in _NOTHING}
    merged = content | copy.deepcopy(given_at_all)
    for path, value in constraints.items():
        given = read(args, path)
        if value == "required" and given in (_ABSENT, *_NOTHING):
            raise bad(f"The template requires {path}.", "MissingParameter")
        if value == "locked":
            _keep(content, merged, args, path)
    return merged


def read(nouns: Any, path: str) -> Any:
    """The value at a path, or a marker where there is none."""
    for key in steps(path):
        try:
            nouns = nouns[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return nouns


def steps(path: str) -> list[str | int]:
    """``$.JobSpecs[0].Image`` as keys and numbers."""
    text, found, at = path.removeprefix("$"), [], 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise bad(f"{path} is not a path.", "InvalidParameter")
        found.append(step[1] if step[1] is not None else int(step[2]))
        at = step.end()
    return found


def _keep(content: dict[str, Any], merged: dict[str, Any], args: dict[str, Any], path: str) -> None:
    locked, given = read(content, path), read(args, path)
    if given is not _ABSENT and given != locked:
        raise bad(f"{path} is locked by the template.", "JobTemplateFieldLocked")
    *parents, last = steps(path)
    place: Any = merged
    for key in parents:
        try:
            place = place[key]
        except (KeyError, IndexError, TypeError):
            raise bad(f"The template needs {path}.", "InvalidParameter") from None
    place[last] = copy.deepcopy(locked)
