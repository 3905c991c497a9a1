"""One attempt at one request: what goes out, and how far the answer has come. It survives a cut at the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .. import __version__
from ..operation import Operation
from .request import JSON_TYPE, Request

MOST_BYTES = 8_000_000
"""An answer is read no further than this."""
ERROR_BYTES = 65_536
USER_AGENT = f"AlibabaCloud-Agent-Skills/alibabacloud-pai-dlc-job pai-dlc-mcp/{__version__}"


@dataclass(slots=True)
class Exchange:
    """``sent`` says that the request may have reached the service; ``trouble`` why the answer ended early.

    ``more`` says that the answer was longer than ``limit`` bytes, decoded; ``asked`` that the caller set that limit.
    """

    operation: Operation
    request: Request
    base: str
    limit: int = MOST_BYTES
    asked: bool = False
    sent: bool = False
    status: int | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    more: bool = False
    trouble: str | None = None

    @classmethod
    def of(cls, operation: Operation, request: Request, base: str, max_bytes: int | None) -> Exchange:
        limit = MOST_BYTES if max_bytes is None else max(1, min(max_bytes, MOST_BYTES))
        return cls(operation, request, base, limit, asked=max_bytes is not None)

    def restart(self) -> None:
        """Forget the attempt before."""
        self.sent, self.status, self.more, self.trouble = False, None, False, None
        self.answer_headers, self.body = {}, bytearray()

    @property
    def url(self) -> str:
        return self.base + self.request.target

    @property
    def headers(self) -> dict[str, str]:
        """What is sent beside the signature (R71)."""
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": USER_AGENT,
            "x-acs-action": self.operation.action_name,
            "x-acs-version": self.operation.service.version,
        }
        return headers if self.request.body is None else headers | {"content-type": JSON_TYPE}

    @property
    def is_read(self) -> bool:
        """Whether a repeat does no harm. Every GET of both products only reads."""
        return self.operation.effect == "read" or self.request.method == "GET"

    @property
    def done(self) -> bool:
        """Whether the service said that it did what was asked."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def host(self) -> str:
        return self.base.partition("://")[2]

    def header(self, name: str) -> str | None:
        return self.answer_headers.get(name)
