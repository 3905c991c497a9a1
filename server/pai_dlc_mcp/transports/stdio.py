"""Serves one client on standard input and output.

The SDK's own transport is changed in three ways. It reads in a worker thread that cannot be interrupted, so after
SIGINT the process would stay until its client writes once more; here a daemon thread reads, and nothing waits for it.
And it cancels the calls in flight when its input ends; here the end is passed on after the last answer, so that a
script which writes its requests and closes gets all of them. And it drops a line that is no message; here such a line
gets a JSON-RPC error (R78), since a client that waits for an answer would wait for ever.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types import PARSE_ERROR, ErrorData, JSONRPCError, JSONRPCNotification, JSONRPCRequest

from ..app import Application
from ..config.settings import Settings
from ..protocol.server import build
from ..state.files import default_state_file
from .closing import ENDING, ENDING_CODE
from .front import Front, Recorder
from .process import Shutdown, resume_collection

log = logging.getLogger(__name__)
READ_BYTES = 65_536
MAX_MESSAGE_BYTES = 8_000_000
"""A longer message is not kept in memory; it gets an error."""
HEAD_CHARS = 65_536
"""How much of a line that is no message is searched for its id."""
TOO_LONG = "\0"
"""Before the first characters of a line that was longer: no message begins like that."""
_ID = re.compile(r'"id"\s*:\s*(-?\d{1,18}|"(?:[^"\\\x00-\x1f]|\\.){0,200}")\s*[,}]')
SEND_S, FLUSH_POLL_S = 1.0, 0.005
"""How long a client may take to read what an ending server writes, and how often that is looked at."""
PENDING_S = 10.0
"""How long calls may still take after the end of the input; a client that wants it sooner sends a signal."""


async def serve_stdio(app: Application, front: Front | None = None) -> int:
    """Serve until the client closes its end or a signal comes; the exit code.

    ``front`` has answered the first requests; the server takes over from it all that it read.
    """
    grace_s = app.settings.grace_seconds
    server, shutdown, pending = build(app), Shutdown(grace_s), PendingRequests()
    recorder = None if front is None else Recorder(front.snapshot, front.answered, _named_files(app.settings))
    read_before = b"" if front is None else front.hand_over()
    resume_collection()
    async with app.running(), anyio.create_task_group() as group:
        begun = anyio.Event()
        group.start_soon(shutdown.on_signal, begun.set)
        async with standard_input(read_before=read_before) as lines:
            seen = SeenLines(lines)
            as_file: Any = seen  # the SDK wants a file and only ever iterates over its lines
            async with stdio_server(stdin=as_file) as (receiving, sending):
                sender = TrackedSender(sending, pending, recorder)
                receiver = TrackedReceiver(receiving, pending, seen, sender, recorder)
                group.start_soon(_end, begun, pending, sender, grace_s, group.cancel_scope)
                await server.run(receiver, sender, server.create_initialization_options())
        group.cancel_scope.cancel()
    return shutdown.exit_code


async def _end(
    begun: anyio.Event, pending: PendingRequests, sender: TrackedSender, grace_s: float, scope: anyio.CancelScope
) -> None:
    """After a signal: wait for the answers of the calls in flight, give the others an error, and end."""
    await begun.wait()
    await pending.wait_until_answered(grace_s)
    for request_id in pending.ids():
        error = ErrorData(code=ENDING_CODE, message=ENDING)
        with anyio.move_on_after(SEND_S):  # a client that does not read gets none
            await sender.send(SessionMessage(JSONRPCError(jsonrpc="2.0", id=request_id, error=error)))
    await sender.flush()
    scope.cancel()


def _named_files(settings: Settings) -> list[str]:
    """The files that an operator named: a start with one that is gone or changed has to check it again."""
    state = settings.state
    is_file = state != "memory" and "://" not in state and state != str(default_state_file())
    named = (settings.keys, settings.tokens, settings.audit_log, state if is_file else None)
    return [str(path) for path in named if path is not None]


@asynccontextmanager
async def standard_input(descriptor: int = 0, *, read_before: bytes = b"") -> AsyncIterator[AsyncIterator[str]]:
    """The lines of a file descriptor, after those of ``read_before``, which was read from it already; children of this
    process find an empty input in its place."""
    send, receive = anyio.create_memory_object_stream[str](0)
    own = os.dup(descriptor)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, descriptor)
    os.close(empty)
    reader = _LineReader(own, asyncio.get_running_loop(), send, read_before)
    threading.Thread(target=reader.run, name="standard-input", daemon=True).start()
    try:
        yield _lines(receive)
    finally:
        receive.close()
        os.dup2(own, descriptor)


async def _lines(receive: MemoryObjectReceiveStream[str]) -> AsyncIterator[str]:
    async for line in receive:
        yield line


class SeenLines:
    """The lines of an input, of which those stay at hand that were read and not taken up yet: one or two.

    The SDK hands on a message, or an error in its place, for each line and in their order; ``taken_up`` is the line.
    """

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self._open: deque[str] = deque()

    def __aiter__(self) -> SeenLines:
        return self

    async def __anext__(self) -> str:
        line = await anext(self._lines)
        self._open.append(line)
        return line

    def taken_up(self) -> str:
        return self._open.popleft() if self._open else ""


def refusal_of(line: str) -> JSONRPCError:
    """The error that a line gets which is no message (R78), with its id where that can be read."""
    reason = f"is longer than {MAX_MESSAGE_BYTES:,} bytes" if line.startswith(TOO_LONG) else "is no JSON-RPC message"
    error = ErrorData(code=PARSE_ERROR, message=f"The line {reason}.")
    return JSONRPCError(jsonrpc="2.0", id=_id_in(line), error=error)


def _has_wrong_id(message: Any, line: str) -> bool:
    """Whether the SDK took for a notification what is a request with an id of no kind, such as ``null``."""
    return isinstance(message, JSONRPCNotification) and "id" in json.loads(line)


def _id_in(line: str) -> int | str | None:
    """The id of what was meant as a request: the outermost one where the line is JSON, else the first that is read."""
    try:
        parsed = json.loads(line) if len(line) <= HEAD_CHARS else None
    except (ValueError, RecursionError):
        parsed = None
    if isinstance(parsed, dict):
        given = parsed.get("id")
        return given if isinstance(given, (int, str)) and not isinstance(given, bool) else None
    found = _ID.search(line[:HEAD_CHARS]) if parsed is None else None
    try:
        return json.loads(found[1]) if found else None
    except ValueError:
        return None


class _LineReader:
    """The reading thread. Each line is handed over before the next one is read, so a fast client has to wait."""

    def __init__(
        self, descriptor: int, loop: asyncio.AbstractEventLoop, send: MemoryObjectSendStream[str], read_before: bytes
    ) -> None:
        self._descriptor, self._loop, self._send, self._read_before = descriptor, loop, send, read_before
        self._parts: list[bytes] = []
        self._head = b""
        self._length = 0

    def run(self) -> None:
        try:
            self._split(self._read_before)
            while chunk := self._read():
                self._split(chunk)
            self._end_line()
            self._call_on_loop(self._send.aclose)
        except (RuntimeError, CancelledError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            log.debug("the server ended before its input did")

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, READ_BYTES)
        except OSError as failure:
            log.warning("standard input cannot be read: %s", failure.strerror)
            return b""

    def _split(self, chunk: bytes) -> None:
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            self._append(part)
            self._end_line()
        self._append(rest)

    def _append(self, part: bytes) -> None:
        self._length += len(part)
        self._parts.append(part)
        if self._length > MAX_MESSAGE_BYTES:
            self._head = self._head or b"".join(self._parts)[:HEAD_CHARS]
            self._parts.clear()

    def _end_line(self) -> None:
        line, head, length = b"".join(self._parts), self._head, self._length
        self._parts, self._head, self._length = [], b"", 0
        if length > MAX_MESSAGE_BYTES:
            log.warning("a message of %d bytes was refused; at most %d are read", length, MAX_MESSAGE_BYTES)
            self._call_on_loop(lambda: self._send.send(TOO_LONG + head.decode("utf-8", "replace")))
        elif line.strip():
            self._call_on_loop(lambda: self._send.send(line.decode("utf-8", "replace")))

    def _call_on_loop(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` on the event loop and wait for it.

        Raises:
            RuntimeError: the loop has ended.
        """

        async def run() -> None:
            await work()

        running = run()
        try:
            asyncio.run_coroutine_threadsafe(running, self._loop).result()
        except RuntimeError:
            running.close()
            raise


class PendingRequests:
    """The requests of one client that have no answer yet."""

    def __init__(self, timeout_s: float = PENDING_S) -> None:
        self._timeout_s = timeout_s
        self._ids: dict[str, int | str] = {}
        self._changed = anyio.Event()

    def note_received(self, message: Any) -> None:
        """Add a request; remove one that the client cancels."""
        method, request_id = getattr(message, "method", None), getattr(message, "id", None)
        if method == "notifications/cancelled":
            self._remove((message.params or {}).get("requestId"))
        elif method is not None and request_id is not None:
            self._ids[str(request_id)] = request_id

    def note_sent(self, message: Any) -> None:
        """Remove a request that is answered; what the server asks of its client has a method and is no answer."""
        if getattr(message, "method", None) is None:
            self._remove(getattr(message, "id", None))

    def _remove(self, request_id: Any) -> None:
        self._ids.pop(str(request_id), None)
        self._changed.set()

    def ids(self) -> list[int | str]:
        """The ids of the requests that have no answer."""
        return list(self._ids.values())

    async def wait_until_answered(self, timeout_s: float | None = None) -> None:
        """Return when every request has its answer, or the time is over."""
        with anyio.move_on_after(self._timeout_s if timeout_s is None else timeout_s):
            while self._ids:
                self._changed = anyio.Event()
                await self._changed.wait()


class TrackedReceiver:
    """The stream of the client's messages; its end comes after the last answer.

    What is no message is answered here and goes no further.
    """

    def __init__(
        self, inner: Any, pending: PendingRequests, seen: SeenLines, sender: TrackedSender,
        recorder: Recorder | None = None,
    ) -> None:  # fmt: skip
        self._inner, self._pending, self._recorder = inner, pending, recorder
        self._seen, self._sender = seen, sender

    @property
    def last_context(self) -> Context | None:
        context: Context | None = self._inner.last_context
        return context

    async def receive(self) -> Any:
        while True:
            try:
                item = await self._inner.receive()
            except anyio.EndOfStream:
                await self._pending.wait_until_answered()
                raise
            line = self._seen.taken_up()
            if not isinstance(item, Exception) and not _has_wrong_id(item.message, line):
                self._note(item.message)
                return item
            await self._sender.send(SessionMessage(refusal_of(line)))

    def _note(self, message: Any) -> None:
        self._pending.note_received(message)
        if self._recorder is not None and isinstance(message, JSONRPCRequest):
            self._recorder.note_request(message.id, message.method, message.params)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def __aiter__(self) -> TrackedReceiver:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> TrackedReceiver:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class TrackedSender:
    """The stream of the server's messages, which holds none back: who takes one has written those before it."""

    def __init__(self, inner: Any, pending: PendingRequests, recorder: Recorder | None = None) -> None:
        self._inner, self._pending, self._recorder = inner, pending, recorder

    async def send(self, item: Any) -> None:
        if not self._was_answered(item.message):
            await self._inner.send(item)
        self._pending.note_sent(item.message)

    def _was_answered(self, message: Any) -> bool:
        """Whether the front gave this answer; then the client gets no second one."""
        if self._recorder is None or getattr(message, "method", None) is not None:
            return False
        before = self._recorder.note_answer(getattr(message, "id", None), getattr(message, "result", None))
        if before == "different":
            log.warning(
                "a list that was answered from the snapshot of an earlier start has changed; it is recorded anew"
            )
        return before is not None

    async def flush(self) -> None:
        """Wait until all that was sent is written, no longer than a client may take to read it."""
        raw: MemoryObjectSendStream[Any] = self._inner._inner  # the SDK's stream tells nothing of itself
        with anyio.move_on_after(SEND_S):
            while not raw.statistics().tasks_waiting_receive:  # noqa: ASYNC110  # nothing else tells it
                await anyio.sleep(FLUSH_POLL_S)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def __aenter__(self) -> TrackedSender:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
