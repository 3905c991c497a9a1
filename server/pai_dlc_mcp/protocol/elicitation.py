"""Elicitation (R35): how the person at the client is asked, in both eras of the protocol.

2025-11-25: a request from the server to the client, answered while the call waits. 2026-07-28: the call comes back as
"input required" and is made again with the answer. A client that cannot ask has no :class:`Person`.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolRequestParams,
    ClientCapabilities,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)
from pydantic import ValidationError

from ..errors import ConfirmationInvalid
from ..runtime import Decision, InputNeeded, Person, Reaction


def input_required(needed: InputNeeded) -> InputRequiredResult:
    """What a call that waits for the person's answer comes back as on 2026-07-28."""
    asked = ElicitRequestFormParams(message=needed.message, requested_schema=question_schema(needed.name))
    state = f"{needed.key}@{time.time():.3f}"
    return InputRequiredResult(input_requests={needed.key: ElicitRequest(params=asked)}, request_state=state)


def question_schema(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"type": "string", "title": f"Type {name} to go on"}},
        "required": ["name"],
    }


def question_key(message: str, name: str) -> str:
    """Names the question by its words, so that an answer to another question is never taken for this one."""
    return "confirm-" + hashlib.sha256(f"{message}\0{name}".encode()).hexdigest()[:24]


def _decision(result: ElicitResult, name: str) -> Decision:
    if result.action == "decline":
        return "declined"
    if result.action != "accept":
        return "dismissed"
    content = result.content if isinstance(result.content, dict) else {}
    return "typed" if content.get("name") == name else "mistyped"


class PersonByRequest:
    """2025-11-25: the question goes to the client, who answers it; it may stay open when the call is over."""

    answers_by_retry = False

    def __init__(self, context: ServerRequestContext[Any, Any]) -> None:
        self._context = context

    async def ask(self, message: str, name: str) -> Reaction:
        began = anyio.current_time()
        try:
            result = await self._context.session.elicit_form(
                message, question_schema(name), related_request_id=self._context.request_id
            )
        except (MCPError, ValidationError, anyio.ClosedResourceError, anyio.BrokenResourceError):
            raise ConfirmationInvalid(
                "The client says that it can ask a person, and failed to; nothing was done.", rule="R35"
            ) from None
        return Reaction(_decision(result, name), anyio.current_time() - began)


class PersonByRetry:
    """2026-07-28: without an answer the call pauses; the retry brings the answer under the question's own key.

    It brings back the sealed state too, which holds that key and when the question was put: an answer counts only where
    this server asked this caller, in this call.
    """

    answers_by_retry = True

    def __init__(self, answers: dict[str, Any], asked: str | None) -> None:
        self._answers = answers
        self._key, _, put_at = (asked or "").partition("@")
        self._put_at = float(put_at) if put_at.replace(".", "", 1).isdigit() else None

    async def ask(self, message: str, name: str) -> Reaction:
        key = question_key(message, name)
        if key not in self._answers or self._key != key:
            raise InputNeeded(key, message, name)
        answer = self._answers[key]
        decision: Decision = _decision(answer, name) if isinstance(answer, ElicitResult) else "mistyped"
        return Reaction(decision, time.time() - self._put_at if self._put_at is not None else 0.0)


def person(context: ServerRequestContext[Any, Any], params: CallToolRequestParams) -> Person | None:
    """A way to ask the person at this client; ``None`` where it has not said that it can."""
    if not _asks_by_form(context.session.client_capabilities):
        return None
    if context.protocol_version >= "2026-07-28":
        return PersonByRetry(dict(params.input_responses or {}), params.request_state)
    return PersonByRequest(context)


def _asks_by_form(capabilities: ClientCapabilities | None) -> bool:
    """``elicitation: {}`` means forms; a client that only opens web pages can not ask for a name."""
    declared = capabilities.elicitation if capabilities is not None else None
    return declared is not None and (declared.form is not None or declared.url is None)
