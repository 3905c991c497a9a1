"""What the front of the emulator and its handlers say to each other: requests, callers and the service's errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


class ServiceError(Exception):
    """What the service would answer instead of a result: an HTTP status, a code and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def invalid(name: str, why: str) -> ServiceError:
    """What both products say of an argument that they do not take."""
    return ServiceError(400, "InvalidParameter", f"The parameter {name} is not valid: {why}.")


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
