"""One request's way back to the client: whole answers, streams, and ways of not answering."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Coroutine, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

Message = MutableMapping[str, Any]


class Send(Protocol):
    async def __call__(self, message: Message, /) -> None: ...


class Receive(Protocol):
    async def __call__(self) -> Message: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, status: int, value: Any, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        """``value`` as JSON."""
        return cls(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), headers)


class Connection:
    """What the server lets us do with one connection."""

    def __init__(self, receive: Receive, send: Send, transport: asyncio.Transport, closing: asyncio.Event) -> None:
        self._receive, self._send, self._transport, self._closing = receive, send, transport, closing

    @property
    def gone(self) -> bool:
        """Whether the client, or we, closed the connection."""
        return self._transport.is_closing()

    async def read(self, limit: int) -> bytes | None:
        """The request's body; None when it is larger than ``limit`` bytes (the rest is read and forgotten)."""
        body, total, more = bytearray(), 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ConnectionAbortedError
            total += len(message["body"])
            if total <= limit:
                body += message["body"]
            more = message["more_body"]
        return bytes(body) if total <= limit else None

    async def answer(self, answer: Answer) -> bool:
        """Send the whole answer; whether the client was still there to get it."""
        await self.start(answer.status, (*answer.headers, ("content-length", str(len(answer.body)))))
        gone = self.gone
        await self._send({"type": "http.response.body", "body": answer.body})
        return not gone

    async def start(self, status: int, headers: Iterable[tuple[str, str]] = ()) -> None:
        given = list(headers)
        named = any(name == "content-type" for name, _ in given)
        plain = given if named else [("content-type", "application/json; charset=utf-8"), *given]
        encoded = [(name.encode(), value.encode()) for name, value in plain]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})

    async def chunk(self, body: bytes) -> None:
        """One piece of a stream; waits while the client is slow, and yields even when it is not."""
        await self._send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(0)

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})

    async def pause(self, seconds: float) -> None:
        """Wait, but not for a client that has gone."""
        await _wait(self._until_gone(), seconds)

    async def postpone(self, seconds: float) -> None:
        """Wait, whether or not the client stays, but not for an emulator that is being ended."""
        await _wait(self._closing.wait(), seconds)

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def drop(self) -> None:
        """Break the connection at once, as a failing network does."""
        self._transport.abort()
        await self._until_gone()

    async def hang_up(self) -> None:
        """Send what is written and close, however much was promised."""
        self._transport.close()
        await self._until_gone()


async def _wait(happening: Coroutine[Any, Any, object], seconds: float) -> None:
    """Until it happens, or until the time is up."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await happening
