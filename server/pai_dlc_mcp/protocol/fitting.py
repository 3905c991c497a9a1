"""The data of one answer, made to fit: newest lines of a log, first rows of a list, longest parts of anything else.

Whatever is cut is said, with the call that gets the rest. A write is never named as such a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..operation import Effect, Operation, Rows
from ..runtime import MOST_CHARS, Call
from .fit import aligned, bounded, rows_that_fit
from .text import compact

LINES: Mapping[str, tuple[str, str]] = {
    "GetPodLogs": ("Logs", "untrusted_log_lines"),
    "GetPodEvents": ("Events", "untrusted_events"),
    "GetJobEvents": ("Events", "untrusted_events"),
}
"""Reads whose answer is other people's lines: their field, and the name that says so (R64)."""
MORE_CHARS = 1_000
"""Longest ``more``; a call with longer arguments is not spelled out."""

Fitted = tuple[dict[str, Any], dict[str, Any]]
"""The data, and what was cut of it (empty for nothing)."""


def fitted(call: Call, data: dict[str, Any], budget: int) -> Fitted:
    """``data`` within ``budget`` characters of JSON."""
    operation = call.tool
    if isinstance(operation, Operation) and operation.action_name in LINES:
        return _lines(call, operation, data, budget)
    if isinstance(operation, Operation) and isinstance(operation.view, Rows) and len(compact(data)) > budget:
        rows = _rows(call, operation.view, data, budget)
        if rows is not None:
            return rows
    small, paths = bounded(data, budget)
    if not paths:
        return data, {}
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


def _lines(call: Call, operation: Operation, data: dict[str, Any], budget: int) -> Fitted:
    """Other people's lines: the newest are kept, and the call is named that gets the earlier ones (R60)."""
    from ..guards.limits import fit_lines, rest_of_lines

    named = LINES[operation.action_name][1]
    room = max(budget - len(compact({**data, named: []})), 0)
    kept, cut = fit_lines(data[named], room)
    plain = room
    while kept and (over := len(compact(kept)) - max(room, 60)) > 0:  # what quotes, commas and escapes add
        plain -= over
        kept, cut = fit_lines(data[named], max(plain, 1))
    if not cut:
        return {**data, named: kept}, {}
    more = rest_of_lines(operation.name, again(call)["arguments"], kept, call.controls.max_chars)
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
