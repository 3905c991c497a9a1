"""Asking the person at the client (R35), in both eras of the protocol.

2025-11-25: a request from the server to the client, answered while the call waits. 2026-07-28: the call comes back as
"input required" and is made again with the answer. A client that cannot ask leaves no :class:`Person`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import anyio

from ..errors import ConfirmationInvalid
from ..runtime import Paused, Person

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp_types import CallToolRequestParams, ClientCapabilities, ElicitResult, InputRequiredResult

ASK_SECONDS = 20.0
"""How long a client may show the question while the call waits; every call ends within 25 s."""


class InputNeeded(Paused):
    """Raised through the pipeline on 2026-07-28; the protocol layer turns it into an input-required result."""

    def __init__(self, key: str, message: str, name: str) -> None:
        super().__init__(message)
        self.key, self.message, self.name = key, message, name

    def result(self) -> InputRequiredResult:
        from mcp_types import ElicitRequest, ElicitRequestFormParams, InputRequiredResult

        asked = ElicitRequestFormParams(message=self.message, requested_schema=question_schema(self.name))
        return InputRequiredResult(input_requests={self.key: ElicitRequest(params=asked)}, request_state=self.key)


def question_schema(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"type": "string", "title": f"Type {name} to go on"}},
        "required": ["name"],
    }


def question_key(message: str, name: str) -> str:
    """Names the question by its words, so that an answer to another question is never taken for this one."""
    return "confirm-" + hashlib.sha256(f"{message}\0{name}".encode()).hexdigest()[:24]


def _typed(result: ElicitResult, name: str) -> bool:
    if result.action != "accept":
        return False
    content = result.content if isinstance(result.content, dict) else {}
    return content.get("name") == name


class AskingPerson:
    """2025-11-25: the question goes to the client while the call waits, no longer than ``ASK_SECONDS``."""

    def __init__(self, context: ServerRequestContext[Any, Any]) -> None:
        self._context = context

    async def types_name(self, message: str, name: str) -> bool:
        from mcp.shared.exceptions import MCPError
        from pydantic import ValidationError

        try:
            with anyio.fail_after(ASK_SECONDS):
                result = await self._context.session.elicit_form(
                    message, question_schema(name), related_request_id=self._context.request_id
                )
        except TimeoutError:
            raise ConfirmationInvalid(
                f"The client was asked to confirm and gave no answer within {ASK_SECONDS:.0f} s; nothing was done.",
                rule="R35",
            ) from None
        except (MCPError, ValidationError, anyio.ClosedResourceError, anyio.BrokenResourceError):
            raise ConfirmationInvalid(
                "The client says that it can ask a person, and failed to; nothing was done.", rule="R35"
            ) from None
        return _typed(result, name)


class AnsweringPerson:
    """2026-07-28: without an answer the call pauses; the retry brings the answer under the question's own key.

    It brings back the sealed state too, which holds that key: an answer counts only where this server asked this
    caller, in this call.
    """

    def __init__(self, answers: dict[str, Any], asked: str | None) -> None:
        self._answers, self._asked = answers, asked

    async def types_name(self, message: str, name: str) -> bool:
        from mcp_types import ElicitResult

        key = question_key(message, name)
        if key not in self._answers or self._asked != key:
            raise InputNeeded(key, message, name)
        answer = self._answers[key]
        return isinstance(answer, ElicitResult) and _typed(answer, name)


def person(context: ServerRequestContext[Any, Any], params: CallToolRequestParams) -> Person | None:
    """A way to ask the person at this client; ``None`` where it has not said that it can."""
    if not _asks_by_form(context.session.client_capabilities):
        return None
    if context.protocol_version >= "2026-07-28":
        return AnsweringPerson(dict(params.input_responses or {}), params.request_state)
    return AskingPerson(context)


def _asks_by_form(capabilities: ClientCapabilities | None) -> bool:
    """``elicitation: {}`` means forms; a client that only opens web pages can not ask for a name."""
    told = capabilities.elicitation if capabilities is not None else None
    return told is not None and (told.form is not None or told.url is None)
