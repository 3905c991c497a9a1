"""The language between the emulator's front door and its handlers.

The front door (``app.py``) checks the signature, finds the operation in the frozen contract and decodes its
arguments; a handler answers with the body of the response or raises :class:`ServiceError`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world import World


class ServiceError(Exception):
    """What the service would answer instead of a result: an HTTP status, a code and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed the request: a RAM user of one account."""

    access_key_id: str
    user_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Received:
    """One verified request.

    ``args`` holds every argument that was sent, by the API's own name, wherever it travelled, decoded to the
    type the contract gives it. What was not sent is absent.
    """

    operation: str
    args: dict[str, Any]
    caller: Caller
    request_id: str


Handler = Callable[["World", Received], dict[str, Any]]
HANDLERS: dict[str, Handler] = {}


def handles(operation: str) -> Callable[[Handler], Handler]:
    """Register the handler of one operation; a second one for the same operation is a mistake."""

    def register(handler: Handler) -> Handler:
        if operation in HANDLERS:
            raise ValueError(f"{operation} has two handlers")
        HANDLERS[operation] = handler
        return handler

    return register
