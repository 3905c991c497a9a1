"""The end of the input is not the end of what was asked: requests that were read are answered before it is passed on.

The SDK gives up whatever is under way when its input ends, so of a script that writes its requests and closes, some
would stay without an answer, and which ones would be chance.
"""

from __future__ import annotations

from contextvars import Context
from typing import Any

import anyio

LINGER_SECONDS = 10.0
"""How long after the end of the input calls may still take; a client that wants it sooner sends a signal."""


class Unanswered:
    """The requests of one client that have no answer yet."""

    def __init__(self, seconds: float = LINGER_SECONDS) -> None:
        self._seconds = seconds
        self._open: set[str] = set()
        self._changed = anyio.Event()

    def came(self, message: Any) -> None:
        """Note a request, or that one was taken back."""
        method, number = getattr(message, "method", None), getattr(message, "id", None)
        if method == "notifications/cancelled":
            self._close((message.params or {}).get("requestId"))
        elif method is not None and number is not None:
            self._open.add(str(number))

    def went(self, message: Any) -> None:
        """Note an answer; what the server asks of its client has a method and is none."""
        if getattr(message, "method", None) is None:
            self._close(getattr(message, "id", None))

    def _close(self, number: Any) -> None:
        self._open.discard(str(number))
        self._changed.set()

    async def none(self) -> None:
        """Return when every request has its answer, or the time is over."""
        with anyio.move_on_after(self._seconds):
            while self._open:
                self._changed = anyio.Event()
                await self._changed.wait()


class Reading:
    """The stream of what the client says; its end comes after the last answer."""

    def __init__(self, inner: Any, unanswered: Unanswered) -> None:
        self._inner, self._unanswered = inner, unanswered

    @property
    def last_context(self) -> Context | None:
        context: Context | None = self._inner.last_context
        return context

    async def receive(self) -> Any:
        try:
            item = await self._inner.receive()
        except anyio.EndOfStream:
            await self._unanswered.none()
            raise
        self._unanswered.came(getattr(item, "message", None))
        return item

    async def aclose(self) -> None:
        await self._inner.aclose()

    def __aiter__(self) -> Reading:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Reading:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Writing:
    """The stream of what the server says."""

    def __init__(self, inner: Any, unanswered: Unanswered) -> None:
        self._inner, self._unanswered = inner, unanswered

    async def send(self, item: Any) -> None:
        await self._inner.send(item)
        self._unanswered.went(item.message)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def __aenter__(self) -> Writing:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
