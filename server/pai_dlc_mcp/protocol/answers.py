"""From an outcome to what leaves: the contract's envelope, as structure and as text, cleaned and within its size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import PaiError
from ..guards import redaction
from ..operation import Operation, Rows
from ..runtime import Call, Outcome
from .fit import aligned, bounded, rows_that_fit
from .text import compact, error_text, table, thing
from .views import concise

ERROR_CHARS = 2_000
ENVELOPE_CHARS = 700
"""Kept free in every result for the envelope: region, request id, notices, what was cut."""
LINES: Mapping[str, tuple[str, str]] = {
    "GetPodLogs": ("Logs", "untrusted_log_lines"),
    "GetPodEvents": ("Events", "untrusted_events"),
    "GetJobEvents": ("Events", "untrusted_events"),
}
"""Reads whose answer is other people's lines: their field, and the name that says so (R64)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets: the structure, the same facts as text, and whether it is an error."""

    structured: dict[str, Any]
    text: str
    is_error: bool = False


def failed(error: PaiError) -> Answer:
    """An error's answer, at most 2,000 characters either way (R65: cleaned like everything else)."""
    body: dict[str, Any] = redaction.clean(error.as_dict())
    if error.confirmation is not None:
        body["confirmation"]["token"] = error.confirmation.token
    while len(compact(body)) > ERROR_CHARS - 100 and body["next"]:
        body["next"].pop()
    if len(compact(body)) > ERROR_CHARS - 100:
        body["message"] = body["message"][:600] + "…"
    if "confirmation" in body and len(compact(body)) > ERROR_CHARS - 100:
        body["confirmation"]["preview"], _ = bounded(body["confirmation"]["preview"], 700)
    return Answer({"ok": False, "error": body}, error_text(body)[:ERROR_CHARS], is_error=True)


def presented(call: Call, outcome: Outcome) -> Answer:
    """A result's answer: secrets out, the view taken, fitted to the size that was asked for."""
    secrets = redaction.secret_values(call.facts.get("job") or {}) | redaction.secret_values(outcome.data)
    kept = redaction.sensitive(call.tool) if isinstance(call.tool, Operation) else frozenset()
    data: dict[str, Any] = redaction.clean(redaction.hide_env_values(outcome.data), secrets, kept)
    budget = call.controls.max_chars - ENVELOPE_CHARS
    truncated = dict(outcome.truncated or {})
    if isinstance(call.tool, Operation):
        data = _viewed(call, call.tool, data)
        data, cut = _fitted(call, call.tool, data, budget)
    else:
        data, paths = bounded(data, budget)
        cut = {"cut": paths} if paths else {}
    truncated |= cut
    envelope = {
        "ok": True,
        "region": call.region,
        "data": data,
        "request_id": outcome.request_id,
        "notices": [notice.as_dict() for notice in call.notices],
        "truncated": truncated or None,
    }
    if call.confirmed_by:
        envelope["confirmed_by"] = call.confirmed_by
    return Answer(envelope, _text(envelope, outcome))


def _viewed(call: Call, operation: Operation, data: dict[str, Any]) -> dict[str, Any]:
    if operation.action_name in LINES:
        field, named = LINES[operation.action_name]
        rest = {name: value for name, value in data.items() if name != field}
        return {**rest, named: data.get(field) or []}
    return data if call.controls.view == "full" else concise(operation, data)


def _fitted(
    call: Call, operation: Operation, data: dict[str, Any], budget: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    if operation.action_name in LINES:
        return _fit_lines(call, operation, data, budget)
    if isinstance(operation.view, Rows) and len(compact(data)) > budget:
        fitted = _fit_rows(call, operation, data, budget)
        if fitted is not None:
            return fitted
    small, paths = bounded(data, budget)
    if not paths:
        return data, {}
    return small, {"cut": paths, "more": _again(call, max_chars=20_000)}


def _fit_lines(
    call: Call, operation: Operation, data: dict[str, Any], budget: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Other people's lines: the newest are kept, and the call is named that gets the earlier ones (R60)."""
    from ..guards.limits import fit_lines, rest_of_lines

    named = LINES[operation.action_name][1]
    room = budget - len(compact({**data, named: []}))
    kept, cut = fit_lines(data[named], room)
    while kept and len(compact(kept)) > room:
        room -= len(compact(kept)) - room + 2
        kept, cut = fit_lines(data[named], room)
    if not cut:
        return {**data, named: kept}, {}
    arguments = _again(call)["arguments"]
    more = rest_of_lines(operation.name, arguments, kept, call.controls.max_chars)
    return {**data, named: kept}, {**cut, "more": more}


def _fit_rows(
    call: Call, operation: Operation, data: dict[str, Any], budget: int
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """As many rows as fit, and the call that goes on exactly behind them; ``None`` where pages cannot say that."""
    name = operation.view.path.rpartition(".")[2] if isinstance(operation.view, Rows) else ""
    rows = data.get(name)
    if not isinstance(rows, list) or "page_size" not in operation.fields or len(rows) < 2:
        return None
    size = int(call.args.get("PageSize") or len(rows))
    start = (int(call.args.get("PageNumber") or 1) - 1) * size
    fitting = rows_that_fit(rows, budget - len(compact({**data, name: []})))
    kept = aligned(max(fitting, 1), start)
    if fitting < 1:
        return None
    more = _again(call, page_size=kept, page_number=(start + kept) // kept + 1)
    return {**data, name: rows[:kept]}, {"rows": f"{kept} of {len(rows)} of this page", "more": more}


def _again(call: Call, **changes: Any) -> dict[str, Any]:
    """The same call with changes, for ``truncated.more``."""
    operation = call.operation
    given = {name: call.args[api] for name, (api, _, _) in operation.fields.items() if api in call.args}
    kept = {"view": "full"} if call.controls.view == "full" else {}
    return {"tool": operation.name, "arguments": {**given, "region": call.region, **kept, **changes}}


def _text(envelope: Mapping[str, Any], outcome: Outcome) -> str:
    """The same facts in words; what was cut and the notices stand at the end."""
    data = envelope["data"]
    parts = [f"region: {envelope['region']}"]
    if outcome.lines is not None:
        parts.append("\n".join(outcome.lines))
    elif len(data) == 1 and isinstance(only := next(iter(data.values())), list) and only and isinstance(only[0], dict):
        parts.append(table(only))
    else:
        parts.append(thing(data))
    if envelope.get("confirmed_by"):
        parts.append(f"confirmed_by: {envelope['confirmed_by']}")
    parts += [f"notice [{notice['rule']}]: {notice['message']}" for notice in envelope["notices"]]
    if envelope["truncated"]:
        parts.append("cut: " + compact(envelope["truncated"]))
    if envelope["request_id"]:
        parts.append(f"request id: {envelope['request_id']}")
    return "\n".join(parts)
