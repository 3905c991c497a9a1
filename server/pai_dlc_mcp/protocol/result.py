"""From an outcome to what leaves: the contract's envelope, as structure and as text, cleaned and within its size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import PaiError
from ..off_loop import in_thread
from ..operation import Operation, Samples
from ..redaction import engine
from ..runtime import Call, Outcome
from ..views import concise
from .metrics_view import summarised
from .result_size import bounded, compact, fitted

NOTICES, NOTICE_CHARS = 8, 300
"""Most notices of one answer, and the longest."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets: the structure, the same facts as text, and whether it is an error.

    With an ``image`` (PNG) the structure stays here: clients that get both show no picture.
    """

    structured: dict[str, Any]
    text: str
    is_error: bool = False
    image: bytes | None = None


def failed(error: PaiError) -> Answer:
    """An error's answer, at most 2,000 characters either way, cleaned like everything else (R65)."""
    body, text = error_body(error, engine.clean(error.as_dict()))
    return Answer({"ok": False, "error": body}, text, is_error=True)


async def fail(call: Call, error: PaiError) -> Answer:
    """The answer of an error about a job, whose values the service's words may repeat (R67)."""
    cleaned = await engine.clean_answer_off_loop(error.as_dict(), (call.known.job,))
    body, text = error_body(error, cleaned)
    return Answer({"ok": False, "error": body}, text, is_error=True)


def plainly(call: Call, outcome: Outcome) -> Answer:
    """The least that is said of an act that was carried out: its ids."""
    data = outcome.data if isinstance(outcome.data, Mapping) else {}
    ids = {name: str(value)[:200] for name, value in data.items() if name.endswith("Id")}
    cleaned = engine.clean({"data": ids, "request_id": outcome.request_id})
    envelope: dict[str, Any] = {
        "ok": True,
        "region": call.region,
        **cleaned,
        "notices": [{"rule": "R25", "message": "It was carried out; the rest of its answer cannot be shown."}],
        "truncated": None,
        **({"confirmed_by": call.confirmed_by} if call.confirmed_by else {}),
    }
    return Answer(envelope, compact(envelope))


async def present(call: Call, outcome: Outcome) -> Answer:
    """A result's answer, cleaned off the event loop where it is long (R77)."""
    cleaned = await engine.clean_answer_off_loop(_parts(call, outcome), (call.known.job, outcome.data), _kept(call))
    if engine.is_long(cleaned):
        return await in_thread(_answer, call, *cleaned)
    return _answer(call, *cleaned)


def presented(call: Call, outcome: Outcome) -> Answer:
    """A result's answer: secrets out, the view taken, fitted to the size that was asked for."""
    return _answer(call, *engine.clean_answer(_parts(call, outcome), (call.known.job, outcome.data), _kept(call)))


def _kept(call: Call) -> frozenset[str]:
    """The field whose purpose is its secret, where the operation has one (R65)."""
    return frozenset({call.tool.hands_out}) if isinstance(call.tool, Operation) and call.tool.hands_out else frozenset()


def _parts(call: Call, outcome: Outcome) -> list[Any]:
    """What of an answer may hold words of others, all of which is cleaned (R65): the data, or the view where that can
    be taken first, the messages of the notices, the request's id, and what was cut before."""
    data = concise(call.operation, outcome.data, call.args) if _picked_early(call) else outcome.data
    return [data, [notice.message for notice in call.notices], outcome.request_id, outcome.truncated]


def _answer(
    call: Call, data: dict[str, Any], messages: list[str], request_id: str | None, truncated: dict[str, Any] | None
) -> Answer:
    frame = {
        "ok": True,
        "region": call.region,
        "data": {},
        "request_id": request_id,
        "notices": [asdict(replace(one, message=text)) for one, text in zip(call.notices, messages, strict=True)],
        "truncated": truncated or None,
        **({"confirmed_by": call.confirmed_by} if call.confirmed_by else {}),
    }
    envelope = _enveloped(call, frame, data if _picked_early(call) else _viewed(call, data))
    text = _text(envelope)
    # Rows that have few fields in common make a wide table; then the structure itself is the shorter text.
    text = text if len(text) <= call.controls.max_chars else compact(envelope)
    return Answer(envelope, text, image=_picture(call, data))


def _picture(call: Call, data: dict[str, Any]) -> bytes | None:
    if call.controls.view != "chart":
        return None
    from .metrics_chart import chart  # start-up: saves 2 ms, and an extra

    view = call.operation.view
    return chart(data, str(call.args.get(view.metric))) if isinstance(view, Samples) else None


def _picked_early(call: Call) -> bool:
    """Whether the concise view is taken before cleaning: most of a job is never shown, so it need not be cleaned.

    Log lines are cleaned as one text first, and a full view picks nothing.
    """
    tool = call.tool
    return (
        isinstance(tool, Operation)
        and tool.lines is None
        and not isinstance(tool.view, Samples)
        and call.controls.view == "concise"
    )


def _viewed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(call.tool, Operation):
        return data
    lines, view = call.tool.lines, call.tool.view
    if lines is not None:
        rest = {name: value for name, value in data.items() if name != lines.field}
        return {**rest, lines.shown_as: data.get(lines.field) or []}
    if call.controls.view == "full":
        return data
    if isinstance(view, Samples):
        return summarised(data, str(call.args.get(view.metric)))
    return concise(call.tool, data, call.args)


def _enveloped(call: Call, frame: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """The contract's envelope within ``max_chars``; the data gets what the rest of it leaves."""
    notices, truncated = frame["notices"], frame["truncated"] or {}
    small_enough = len(compact(notices)) <= call.controls.max_chars // 4
    envelope = {**frame, "notices": notices if small_enough else _fewer(notices)}
    room = call.controls.max_chars - len(compact(envelope)) + 2
    while True:
        small, cut = fitted(call, data, room)
        made = {**envelope, "data": small, "truncated": {**truncated, **cut} or None}
        over = len(compact(made)) - call.controls.max_chars
        if over <= 0 or room <= 0:
            return made if over <= 0 else _least(made, call.controls.max_chars)
        room = max(room - over, 0)


def _fewer(notices: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{**notice, "message": notice["message"][:NOTICE_CHARS]} for notice in notices[:NOTICES]]


def _least(envelope: dict[str, Any], max_chars: int) -> dict[str, Any]:
    """Where not even the frame fits, it goes in order of importance; the data's first facts stay (R25: the id)."""
    steps: tuple[dict[str, Any], ...] = (
        {"truncated": {"cut": ["everything but the first facts"]}}, {"notices": []}, {"data": {}},
    )  # fmt: skip
    for shorter in steps:
        envelope = {**envelope, **shorter}
        if len(compact(envelope)) <= max_chars:
            break
    return envelope


def _text(envelope: Mapping[str, Any]) -> str:
    """The same facts in words; what was cut and the notices stand at the end."""
    data = envelope["data"]
    only = next(iter(data.values())) if len(data) == 1 else None
    rows = isinstance(only, list) and only and all(isinstance(row, dict) for row in only)
    parts = [f"region: {envelope['region']}", table(only) if rows and only else thing(data)]
    if envelope.get("confirmed_by"):
        parts.append(f"confirmed_by: {envelope['confirmed_by']}")
    parts += [f"notice [{notice['rule']}]: {cell(notice['message'])}" for notice in envelope["notices"]]
    if envelope["truncated"]:
        parts.append("cut: " + compact(envelope["truncated"]))
    if envelope["request_id"]:
        parts.append(f"request id: {cell(envelope['request_id'])}")
    return "\n".join(part for part in parts if part)


WORDS_CHARS = 120
"""Longest list of words that stands on one line."""


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as text with a header, cells apart by `` | ``; columns that are empty everywhere are left out."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [" | ".join(columns)]
    lines += [" | ".join(cell(row.get(name)).replace("|", "\\|") for name in columns) for row in rows]
    return "\n".join(lines)


def thing(data: Mapping[str, Any]) -> str:
    """An object as ``name: value`` lines; lists of objects become tables, lists of text quoted lines."""
    return "\n".join(_entry(name, value) for name, value in data.items())


def _entry(name: str, value: Any) -> str:
    """What somebody else wrote stays behind its mark or on its line, so that it cannot pass for a field of ours."""
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return f"{name} ({len(value)}):\n{table(value)}"
    if _are_words(name, value):
        return f"{name} ({len(value)}): {', '.join(value)}"
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return f"{name} ({len(value)}):\n" + "\n".join("| " + item.replace("\n", "\n| ") for item in value)
    if isinstance(value, str) and "\n" in value:
        return f"{name}:\n| " + value.replace("\n", "\n| ")
    if isinstance(value, Mapping) and value and len(compact(value)) > WORDS_CHARS:
        return f"{name}:\n" + "\n".join(f"  {inner}: {cell(item)}" for inner, item in value.items())
    return f"{name}: {cell(value)}"


def _are_words(name: str, value: Any) -> bool:
    """A short list of words, such as toolsets or roles; lines of a log are never taken for one."""
    if not isinstance(value, list) or not value or name.startswith("untrusted"):
        return False
    words = all(isinstance(item, str) and item.isprintable() and ", " not in item for item in value)
    return words and sum(map(len, value)) <= WORDS_CHARS


def cell(value: Any) -> str:
    """One value on one line, whole: what is cut is cut in the structure and the text alike."""
    text = value if isinstance(value, str) else "" if value is None else compact(value)
    return text.replace("\r", "").replace("\n", "\\n").replace("\t", " ") if not text.isprintable() else text


ERROR_CHARS = 2_000
MESSAGE_CHARS, PLACE_CHARS = 600, 200
"""What is left of a message, and of a field's path or a request id, where it must be cut."""


def error_body(error: PaiError, cleaned: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The ``error`` object and the same as text, both within their size; ``cleaned`` is its data without secrets."""
    whole = _with_tokens(error, cleaned)
    for body in _ever_smaller(whole):
        text = error_text(body)
        if len(text) <= ERROR_CHARS and len(compact({"ok": False, "error": body})) <= ERROR_CHARS:
            return body, text
    raise AssertionError("the smallest error is larger than an error may be")


def _with_tokens(error: PaiError, body: dict[str, Any]) -> dict[str, Any]:
    """The token is ours to hand out: it is put back where cleaning took it for a secret (R65)."""
    if error.confirmation is not None and error.confirmation.token:
        body["confirmation"]["token"] = error.confirmation.token
    for step, given in zip(body["next"], error.next, strict=True):
        if "confirmation_token" in given.arguments:
            step["arguments"]["confirmation_token"] = given.arguments["confirmation_token"]
    return body


def _ever_smaller(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The body, and what is left of it when less and less important things go."""
    yield body
    places = {name: _cut(body[name], PLACE_CHARS) for name in ("field", "request_id")}
    body = {**body, **places}
    while len(body["next"]) > 1:
        body = {**body, "next": body["next"][:-1]}
        yield body
    body = {**body, "message": _cut(body["message"], MESSAGE_CHARS)}
    yield body
    body = {**body, "next": []}
    yield body
    for chars in (700, 400):
        body = _with_preview(body, chars)
        yield body
    yield {**_with_preview(body, 100), "message": _cut(body["message"], 200)}


def _with_preview(body: dict[str, Any], chars: int) -> dict[str, Any]:
    if "confirmation" not in body:
        return body
    preview, _ = bounded(body["confirmation"]["preview"], chars)
    return {**body, "confirmation": {**body["confirmation"], "preview": preview}}


def _cut(text: Any, chars: int) -> Any:
    return text[:chars] + "…" if isinstance(text, str) and len(text) > chars else text


def error_text(error: Mapping[str, Any]) -> str:
    """An error in words: some clients show the model nothing else, so the token and the next call stand in it too."""
    rule = f" [{error['rule']}]" if error.get("rule") else ""
    lines = [f"{error['code']}{rule}: {cell(error['message'])}"]
    if error.get("field"):
        lines.append(f"field: {cell(error['field'])}")
    if confirmation := error.get("confirmation"):
        if confirmation.get("token"):
            lines.append(f"confirmation_token: {confirmation['token']} (until {confirmation['expires_at']})")
        lines.append("preview: " + compact(confirmation["preview"]))
    for step in error.get("next") or ():
        lines.append(f"next: {step['tool']} {compact(step['arguments'])} - {step['why']}")
    if error.get("request_id"):
        lines.append(f"request id: {error['request_id']}")
    return "\n".join(lines)
