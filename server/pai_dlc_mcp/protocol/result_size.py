"""Making an answer fit its size without hiding that it was cut. Pure.

A list keeps as many rows as fit and names the call that continues exactly there; anything else is cut at its longest
strings and lists, and the paths that were cut are named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from operator import ne
from typing import Any

from ..operation import Effect, Lines, Operation, Rows
from ..runtime import LINE_CHARS, MOST_CHARS, Call


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


STEPS = ((200, 2000), (100, 1000), (50, 500), (20, 250), (10, 120), (5, 80), (3, 50), (1, 30))
"""Tried in turn: at most so many items in a list, so many characters in a string."""


def bounded(data: Any, budget: int) -> tuple[Any, list[str]]:
    """``data`` within ``budget`` characters of JSON, and the paths of what was cut (at most 20 of them)."""
    if len(compact(data)) <= budget:
        return data, []
    for items, chars in STEPS:
        paths: list[str] = []
        small = _trimmed(data, items, chars, "", paths)
        if len(compact(small)) <= budget:
            return small, paths[:20]
    return _identity(data, budget), ["everything but the first scalars"]


def _trimmed(value: Any, items: int, chars: int, path: str, cut: list[str]) -> Any:
    if isinstance(value, str) and len(value) > chars:
        cut.append(path)
        return value[:chars] + f"… ({len(value) - chars} more characters)"
    if isinstance(value, list):
        if len(value) > items:
            cut.append(f"{path} ({len(value) - items} of {len(value)} items)")
        return [_trimmed(item, items, chars, f"{path}[{at}]", cut) for at, item in enumerate(value[:items])]
    if isinstance(value, dict):
        return {
            name: _trimmed(item, items, chars, f"{path}.{name}" if path else name, cut) for name, item in value.items()
        }
    return value


def _identity(data: Any, budget: int) -> dict[str, Any]:
    """The last resort: the short scalars, in order, as far as they go."""
    kept: dict[str, Any] = {}
    for name, value in data.items() if isinstance(data, Mapping) else ():
        if (
            isinstance(value, (str, int, float, bool))
            and len(compact(kept)) + len(compact(value)) + len(name) + 8 < budget
        ):
            kept[name] = value[:200] if isinstance(value, str) else value
    return kept


def rows_that_fit(rows: list[Any], budget: int) -> int:
    """How many rows from the front stay within ``budget`` characters of JSON."""
    used = 2
    for count, row in enumerate(rows):
        used += len(compact(row)) + 1
        if used > budget:
            return count
    return len(rows)


def aligned(fitting: int, start: int) -> int:
    """Of the rows that fit, how many to keep so that a page of that size continues exactly behind them.

    ``start`` is the offset of the first row in the whole list. The next page then is
    ``PageSize=kept, PageNumber=(start + kept) / kept + 1``, so ``kept`` must divide ``start``.
    """
    return next((kept for kept in range(fitting, 0, -1) if start % kept == 0), 1)


MORE_CHARS = 1_000
"""Longest ``more``; a call with longer arguments is not spelled out."""

Fitted = tuple[dict[str, Any], dict[str, Any]]
"""The data, and what was cut of it (empty for nothing)."""


def fitted(call: Call, data: dict[str, Any], budget: int) -> Fitted:
    """``data`` within ``budget`` characters of JSON."""
    operation = call.tool
    if isinstance(operation, Operation) and operation.lines is not None:
        return _lines(call, operation.lines, data, budget)
    if isinstance(operation, Operation) and isinstance(operation.view, Rows) and len(compact(data)) > budget:
        rows = _rows(call, operation.view, data, budget)
        if rows is not None:
            return rows
    small, paths = bounded(data, budget)
    if not paths:
        view = operation.view if isinstance(operation, Operation) else None
        return data, next_page(call, view, data) if isinstance(view, Rows) else {}
    longer = call.tool.effect is Effect.READ and call.controls.max_chars < MOST_CHARS
    return small, {"cut": paths, **(_more(again(call, max_chars=MOST_CHARS)) if longer else {})}


def again(call: Call, **changes: Any) -> dict[str, Any]:
    """The same call with changes."""
    fields = call.tool.fields if isinstance(call.tool, Operation) else {name: (name,) for name in call.args}
    given = {name: call.args[travel[0]] for name, travel in fields.items() if travel[0] in call.args}
    kept = {"view": "full"} if call.controls.view == "full" else {}
    return {"tool": call.tool.name, "arguments": {**given, "region": call.region, **kept, **changes}}


def _more(step: dict[str, Any]) -> dict[str, Any]:
    return {"more": step} if len(compact(step)) <= MORE_CHARS else {}


def _lines(call: Call, lines: Lines, data: dict[str, Any], budget: int) -> Fitted:
    """Other people's lines: the newest are kept, and the call is named that gets the earlier ones (R60)."""

    named = lines.shown_as
    room = max(budget - len(compact({**data, named: []})), 0)
    kept, cut = fit_lines(data[named], room)
    plain = room
    while kept and (over := len(compact(kept)) - max(room, 60)) > 0:  # what quotes, commas and escapes add
        plain -= over
        kept, cut = fit_lines(data[named], max(plain, 1))
    if not cut:
        return {**data, named: kept}, {}
    more = rest_of_lines(call.tool.name, again(call)["arguments"], kept, call.controls.max_chars)
    return {**data, named: kept}, {**cut, **_more(more)}


def _rows(call: Call, view: Rows, data: dict[str, Any], budget: int) -> Fitted | None:
    """As many rows as fit, and the call that goes on exactly behind them; ``None`` where pages cannot say that."""
    name = view.path.rpartition(".")[2]
    rows = data.get(name)
    if not isinstance(rows, list) or "page_size" not in call.operation.fields or len(rows) < 2:
        return None
    size = int(call.args.get("PageSize") or len(rows))
    start = (int(call.args.get("PageNumber") or 1) - 1) * size
    fitting = rows_that_fit(rows, budget - len(compact({**data, name: []})))
    if fitting < 1:
        return None
    kept = aligned(fitting, start)
    more = again(call, page_size=kept, page_number=(start + kept) // kept + 1)
    return {**data, name: rows[:kept]}, {"rows": f"{kept} of {len(rows)} of this page", **_more(more)}


_TOKENS = (("NextToken", "next_token"), ("NextPageToken", "page_token"))
"""Where a list says how it goes on, and the argument that takes it."""


def next_page(call: Call, view: Rows, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a list has beyond the rows of this page, with the call that goes on; empty where that was all (R60)."""
    rows, fields = data.get(view.path.rpartition(".")[2]), call.operation.fields
    if not isinstance(rows, list) or not rows:
        return {}
    for name, argument in _TOKENS:
        if data.get(name) and argument in fields:
            return {"rows": f"{len(rows)}, and there are more", **_more(again(call, **{argument: data[name]}))}
    total = data.get("TotalCount")
    if not isinstance(total, int) or isinstance(total, bool) or "page_number" not in fields:
        return {}
    page, size = int(call.args.get("PageNumber") or 1), int(call.args.get("PageSize") or len(rows))
    if (page - 1) * size + len(rows) >= total:
        return {}
    more = again(call, page_number=page + 1, **({"page_size": size} if "page_size" in fields else {}))
    return {"rows": f"{len(rows)} of {total}", **_more(more)}


LIKELY_TEXT = "error"
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?Z")
"""Only a stamp in UTC tells a window; a program's own may be of any zone."""


def fit_line(line: str, most: int = LINE_CHARS) -> str:
    """The start of a line, and how many characters it lost."""
    if len(line) <= most:
        return line
    mark = f" … [{len(line) - most:,} characters cut]"
    return line[:most] + mark


def fit_lines(
    lines: Sequence[str], max_chars: int, *, line_chars: int = LINE_CHARS
) -> tuple[list[str], dict[str, int] | None]:
    """The newest lines that fit, each with its line break; and what was cut, ``None`` for nothing.

    The end of a log tells how it ended, so the beginning goes. At least one line stays, shortened to what there is.
    """
    kept: list[str] = []
    room = max_chars
    for line in reversed(lines):
        shown = fit_line(line, line_chars)
        if len(shown) + 1 > room:
            break
        kept.append(shown)
        room -= len(shown) + 1
    if lines and not kept:
        kept.append(fit_line(lines[-1], max(1, min(line_chars, max_chars - 40))))
    kept.reverse()
    return kept, _cut_of(lines, kept)


def _cut_of(lines: Sequence[str], kept: Sequence[str]) -> dict[str, int] | None:
    omitted = len(lines) - len(kept)
    shortened = sum(map(ne, lines[omitted:], kept))
    if not omitted and not shortened:
        return None
    return {"lines_shown": len(kept), "earlier_lines_omitted": omitted, "lines_shortened": shortened}


def more(tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The call that gets the rest."""
    return {"tool": tool, "arguments": {name: value for name, value in arguments.items() if value is not None}}


def rest_of_lines(tool: str, arguments: Mapping[str, Any], shown: Sequence[str], max_chars: int) -> dict[str, Any]:
    """The call that gets the earlier lines: those up to the first shown one where that tells its time, else a larger
    answer, else a search for what is mostly looked for."""
    stamp = _STAMP.match(shown[0]) if shown else None
    if stamp is not None:
        return more(tool, {**arguments, "end_time": f"{stamp[1]}Z"})
    if max_chars < MOST_CHARS:
        return more(tool, {**arguments, "max_chars": MOST_CHARS})
    kept = {name: arguments.get(name) for name in ("region", "job_id", "pod_id")}
    return more("dlc_search_logs", {**kept, "text": LIKELY_TEXT})
