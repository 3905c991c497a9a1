"""An error on its way out: cleaned, at most 2,000 characters either way, the confirmation token always whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import PaiError
from .result_size import bounded, cell, compact

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
