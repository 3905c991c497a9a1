"""Lines of standard input that can be waited for, and given up, without a thread that keeps the process alive.

The SDK reads in a worker thread that cannot be interrupted: after SIGINT such a process stays until its client writes
once more. Here a daemon thread reads, and nothing waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

log = logging.getLogger(__name__)
CHUNK = 65_536
LONGEST = 8_000_000
"""Bytes of one message; a longer one is dropped, not kept in memory."""


@asynccontextmanager
async def standard_input(wire: int = 0) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of file descriptor ``wire``; children of this process find an empty input in its place."""
    send, receive = anyio.create_memory_object_stream[str](0)
    own = os.dup(wire)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, wire)
    os.close(empty)
    pump = _Pump(own, asyncio.get_running_loop(), send)
    threading.Thread(target=pump.run, name="standard-input", daemon=True).start()
    try:
        yield _lines(receive)
    finally:
        receive.close()
        os.dup2(own, wire)


async def _lines(receive: MemoryObjectReceiveStream[str]) -> AsyncIterator[str]:
    async for line in receive:
        yield line


class _Pump:
    """The reading thread. Each line is handed over before the next one is read, so a fast client has to wait."""

    def __init__(self, wire: int, loop: asyncio.AbstractEventLoop, send: MemoryObjectSendStream[str]) -> None:
        self._wire, self._loop, self._send = wire, loop, send
        self._parts: list[bytes] = []
        self._held = 0

    def run(self) -> None:
        try:
            while chunk := self._read():
                self._take(chunk)
            self._end_line()
            self._call(self._send.aclose)
        except (RuntimeError, CancelledError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            log.debug("the server ended before its input did")

    def _read(self) -> bytes:
        try:
            return os.read(self._wire, CHUNK)
        except OSError as failure:
            log.warning("standard input cannot be read: %s", failure.strerror)
            return b""

    def _take(self, chunk: bytes) -> None:
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            self._keep(part)
            self._end_line()
        self._keep(rest)

    def _keep(self, part: bytes) -> None:
        self._held += len(part)
        if self._held <= LONGEST:
            self._parts.append(part)
        else:
            self._parts.clear()

    def _end_line(self) -> None:
        line, length = b"".join(self._parts), self._held
        self._parts, self._held = [], 0
        if length > LONGEST:
            log.warning("a message of %d bytes was dropped; at most %d are read", length, LONGEST)
        elif line.strip():
            self._call(lambda: self._send.send(line.decode("utf-8", "replace")))

    def _call(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` on the loop and wait for it.

        Raises:
            RuntimeError: the loop has ended.
        """

        async def done() -> None:
            await work()

        pending = done()
        try:
            asyncio.run_coroutine_threadsafe(pending, self._loop).result()
        except RuntimeError:
            pending.close()
            raise
