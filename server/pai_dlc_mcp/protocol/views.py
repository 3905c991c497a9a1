"""Concise views: of an API's answer, the fields that a person would look at first. Pure."""

from __future__ import annotations

from typing import Any

from ..operation import Operation, Rows

COUNTS = ("TotalCount", "NextToken", "NextPageToken", "PageNumber", "PageSize")


def concise(operation: Operation, data: dict[str, Any]) -> dict[str, Any]:
    """The concise form of an answer; without a declared view the answer itself."""
    view = operation.view
    if view is None:
        return data
    if isinstance(view, Rows):
        counts = {name: data[name] for name in COUNTS if data.get(name) is not None}
        listed = dig(data, view.path)
        rows = [pick(row, view.columns) for row in listed] if isinstance(listed, list) else []
        return {view.path.rpartition(".")[2]: rows, **counts}
    return pick(data, view.fields)


def pick(row: Any, names: tuple[str, ...]) -> Any:
    """The named fields that hold something; a dotted name keeps its nesting."""
    if not isinstance(row, dict):
        return row
    picked: dict[str, Any] = {}
    for name in names:
        head, _, rest = name.partition(".")
        if row.get(head) in (None, "", [], {}):
            continue
        picked[head] = _merged(picked.get(head), _inner(row[head], rest)) if rest else row[head]
    return picked


def _inner(value: Any, rest: str) -> Any:
    if isinstance(value, list):
        return [pick(item, (rest,)) for item in value]
    return pick(value, (rest,))


def _merged(old: Any, new: Any) -> Any:
    """Two picks of the same nested thing as one."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {name: _merged(old.get(name), value) for name, value in new.items()}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_merged(left, right) for left, right in zip(old, new, strict=True)]
    return new


def dig(data: Any, path: str) -> Any:
    """The value at a dotted path; the data itself for an empty path, ``None`` where nothing is."""
    for name in path.split(".") if path else ():
        data = data.get(name) if isinstance(data, dict) else None
    return data
