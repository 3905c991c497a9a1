"""References into earlier results, as scenario files write them.

``$jobs.Jobs[DisplayName=exp-0104].JobId`` is the value itself, ``${jobs.TotalCount} jobs`` puts it into a text. A
selector is a number, ``[Name=value]`` (fields equal as text), ``[Name~part]`` (field contains) or, in a list of
lines, ``[~part]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.?([A-Za-z_][\w-]*)|\[([^\]]*)\]")
_INSIDE = re.compile(r"\$\{([^}]+)\}")


class Unresolved(Exception):
    """A reference leads nowhere."""


def resolve(value: Any, bound: Mapping[str, Any]) -> Any:
    """The value with every reference in it replaced.

    Raises:
        Unresolved: a name is not bound or a path finds nothing.
    """
    if isinstance(value, Mapping):
        return {key: resolve(item, bound) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, bound) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith("$") and not value.startswith("${"):
        return follow(value[1:], bound)
    return _INSIDE.sub(lambda found: _text(follow(found[1], bound)), value)


def follow(path: str, bound: Mapping[str, Any]) -> Any:
    """What a path leads to, from the names that are bound."""
    value: Any = bound
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise Unresolved(f"{path!r} is no path at position {at}")
        value = _field(value, step[1], path) if step[1] else _chosen(value, step[2], path)
        at = step.end()
    return value


def _field(value: Any, name: str, path: str) -> Any:
    if isinstance(value, Mapping) and name in value:
        return value[name]
    raise Unresolved(f"{path!r}: there is no {name}")


def _chosen(value: Any, selector: str, path: str) -> Any:
    items = value if isinstance(value, list) else []
    if re.fullmatch(r"-?\d+", selector):
        if -len(items) <= int(selector) < len(items):
            return items[int(selector)]
        raise Unresolved(f"{path!r}: there are {len(items)} items")
    found = next((item for item in items if _fits(item, selector)), None)
    if found is None:
        raise Unresolved(f"{path!r}: nothing among {len(items)} items fits [{selector}]")
    return found


def _fits(item: Any, selector: str) -> bool:
    name, sign, wanted = re.split("([=~])", selector, maxsplit=1)
    value = item
    for part in filter(None, name.split(".")):
        value = value.get(part) if isinstance(value, Mapping) else None
    return str(value) == wanted if sign == "=" else wanted.lower() in str(value).lower()


def _text(value: Any) -> str:
    return "; ".join(map(_text, value)) if isinstance(value, list) else str(value)
