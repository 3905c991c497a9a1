"""Concise views: of an API's answer, the fields that a person would look at first. Pure."""

from __future__ import annotations

from typing import Any

from ..operation import Operation, Rows, Samples

COUNTS = ("TotalCount", "NextToken", "NextPageToken", "PageNumber", "PageSize")


def concise(operation: Operation, data: dict[str, Any]) -> dict[str, Any]:
    """The concise form of an answer; without a declared view the answer itself."""
    view = operation.view
    if view is None or isinstance(view, Samples):
        return data
    if isinstance(view, Rows):
        return _rows(view, data)
    picked: dict[str, Any] = pick(data, view.fields)
    return picked or data


def _rows(view: Rows, data: dict[str, Any]) -> dict[str, Any]:
    """The rows with their counts; an answer of another form (another ``option``) is left as it is."""
    listed = dig(data, view.path)
    if not isinstance(listed, list):
        return data
    flat = [row for part in listed for row in (part if isinstance(part, list) else [part])]
    counts = {name: data[name] for name in COUNTS if data.get(name) is not None}
    return {view.path.rpartition(".")[2]: [pick(row, view.columns) for row in flat], **counts}


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
