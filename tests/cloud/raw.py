"""A bare HTTP server on loopback that answers as a script says, well or badly, and keeps what it was sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Writer = asyncio.StreamWriter
Answer = Callable[[Writer], Awaitable[None]]


@dataclass(frozen=True)
class Sent:
    """One request: its first line, its headers in lower case, its body."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """``script`` is used up in order, its last answer again and again."""

    script: list[Answer]
    url: str = ""
    seen: list[Sent] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._one(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:]) if k}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.seen.append(Sent(head[0], headers, body))
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        await answer(writer)


@contextlib.asynccontextmanager
async def serving(*script: Answer) -> AsyncIterator[Server]:
    """A server for the time of the block; connections still open at its end are cut."""
    state, tasks = Server(list(script)), set[asyncio.Task[None]]()

    async def accept(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await state.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield state
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def raw(data: bytes) -> Answer:
    async def answer(writer: Writer) -> None:
        writer.write(data)
        await writer.drain()

    return answer


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Any\r\n{lines}connection: close\r\n\r\n".encode()


def reply(status: int = 200, body: Any = None, **headers: str) -> Answer:
    """A whole answer; ``body`` is sent as JSON unless it is bytes. ``retry_after`` names ``retry-after``."""
    data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return raw(head(status, {"content-length": str(len(data)), **named}) + data)


def refusal(status: int, code: str, message: str = "No.", **headers: str) -> Answer:
    return reply(status, {"Code": code, "Message": message, "RequestId": "R-1"}, **headers)


async def drop(writer: Writer) -> None:
    """Break the connection, the request read and no byte of an answer given."""
    writer.transport.abort()


async def silence(writer: Writer) -> None:
    await asyncio.sleep(3600)


def broken_off(data: bytes) -> Answer:
    """A good beginning that promises more than it sends."""
    return raw(head(200, {"content-length": str(len(data) + 1000)}) + data)


def drip(start: bytes, every_s: float) -> Answer:
    """An answer without an end, a few bytes at a time."""

    async def answer(writer: Writer) -> None:
        writer.write(head(200, {}) + start)
        while True:
            writer.write(b'"line",')
            await writer.drain()
            await asyncio.sleep(every_s)

    return answer


@dataclass
class Flood:
    """An answer of ``total`` bytes made while it is sent; ``written`` tells how far it came."""

    total: int
    written: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    start: bytes = b'{"Jobs": ["'
    piece: bytes = b"x" * 65_536

    async def __call__(self, writer: Writer) -> None:
        writer.write(head(200, {"content-length": str(self.total), **self.headers}) + self.start)
        while self.written < self.total:
            writer.write(self.piece)
            await writer.drain()
            self.written += len(self.piece)
