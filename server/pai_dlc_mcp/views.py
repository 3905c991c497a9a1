"""The concise view of an answer: the fields that a declaration names, durations and sizes readable. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .operation import Operation
from .traits import Rows, Samples

COUNTS = ("TotalCount", "NextToken", "NextPageToken", "PageNumber", "PageSize")


def concise(operation: Operation, data: dict[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """The concise form of an answer; without a declared view the answer itself.

    ``args`` are the call's by API name: a column that the call itself fixed (the workspace) is not repeated in rows.
    """
    view = operation.view
    if view is None or isinstance(view, Samples):
        return data
    if isinstance(view, Rows):
        return _rows(view, data, args)
    picked: dict[str, Any] = pick(data, view.fields, view.units)
    return picked or data


def _rows(view: Rows, data: dict[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """The rows with their counts; an answer of another form (another ``option``) is left as it is."""
    listed = dig(data, view.path)
    if not isinstance(listed, list):
        return data
    flat = [row for part in listed for row in (part if isinstance(part, list) else [part])]
    counts = {name: data[name] for name in COUNTS if data.get(name) not in (None, "")}
    fixed = FIXED if args.get("WorkspaceId") not in (None, "") else ()
    columns = tuple(name for name in view.columns if name not in fixed)
    return {view.path.rpartition(".")[2]: [pick(row, columns, view.units) for row in flat], **counts}


FIXED = ("WorkspaceId", "WorkspaceName")
"""Columns that say nothing where the call named the workspace."""


def pick(row: Any, names: tuple[str, ...], units: Mapping[str, str]) -> Any:
    """The named fields that hold something; a dotted name keeps its nesting."""
    if not isinstance(row, dict):
        return row
    picked: dict[str, Any] = {}
    for name in names:
        head, _, rest = name.partition(".")
        said = _said(row.get(head))
        unit = units.get(name)
        if said in EMPTY or (unit == "rank" and said in (0, "0")):
            continue
        shown = _merged(picked.get(head), _inner(said, rest, unit)) if rest else readable(said, unit)
        picked |= {head: shown} if shown not in EMPTY else {}
    return picked


EMPTY: tuple[Any, ...] = (None, "", [], {})


def _said(value: Any) -> Any:
    """The value without the parts of it that say nothing, on whatever level."""
    if isinstance(value, dict):
        parts = {name: _said(item) for name, item in value.items()}
        return {name: item for name, item in parts.items() if item not in EMPTY}
    if isinstance(value, list):
        return [item for item in map(_said, value) if item not in EMPTY]
    return value


def _inner(value: Any, rest: str, unit: str | None) -> Any:
    units = {rest: unit} if unit else {}
    if isinstance(value, list):
        return [pick(item, (rest,), units) for item in value]
    return pick(value, (rest,), units)


def _merged(old: Any, new: Any) -> Any:
    """Two picks of the same nested thing as one."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {name: _merged(old.get(name), value) for name, value in new.items()}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_merged(left, right) for left, right in zip(old, new, strict=True)]
    return new


def readable(value: Any, unit: str | None) -> Any:
    """A number with its unit, in the two largest parts that say something: ``2 d 23 h``, ``9.3 GiB``; a text of digits
    like a number, anything else as it is."""
    if unit is None or isinstance(value, bool):
        return value
    if unit == "pairs":
        return labels_line(value) or None
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if not isinstance(number, (int, float)) or number < 0 or unit == "rank":
        return value
    if unit == "bytes":
        return _size(number)
    if unit in ("GiB", "pieces"):
        return f"{number:g} GiB" if unit == "GiB" else int(number) if number == int(number) else number
    return "none" if unit == "limit" and not number else _duration(int(number) * _SECONDS[unit])


DECIDING = ("framework", "chipType", "pythonVersion", "cudaVersion")
"""Of the service's own labels, those that an image is chosen by."""


def labels_line(labels: Any) -> Any:
    """Labels as ``chipType=GPU, team=vision``: somebody's own ones, and of the service's those that decide."""
    if not isinstance(labels, list) or not all(isinstance(one, dict) for one in labels):
        return labels
    named = [(str(one.get("Key")), one.get("Value")) for one in labels]
    said = [(key.rpartition(".")[2] if key.startswith("system.") else key, value, key) for key, value in named]
    return ", ".join(
        f"{name}={value}" for name, value, key in said if not key.startswith("system.") or name in DECIDING
    )


_SECONDS = {"seconds": 1, "minutes": 60, "limit": 60}
_PARTS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def _duration(seconds: int) -> str:
    for at, (name, length) in enumerate(_PARTS):
        if seconds >= length:
            whole, rest = divmod(seconds, length)
            finer = rest // _PARTS[at + 1][1] if name != "s" else 0
            return f"{whole} {name}" + (f" {finer} {_PARTS[at + 1][0]}" if finer else "")
    return "0 s"


def _size(number: float) -> str:
    power = 0
    while number >= 1024 and power < len(_SIZES) - 1:
        number, power = number / 1024, power + 1
    return f"{number:.1f} {_SIZES[power]}" if power else f"{int(number)} B"


def dig(data: Any, path: str) -> Any:
    """The value at a dotted path; the data itself for an empty path, ``None`` where nothing is."""
    for name in path.split(".") if path else ():
        data = data.get(name) if isinstance(data, dict) else None
    return data
