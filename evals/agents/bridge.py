"""Lets any program outside play: JSON lines over a loopback connection, one message a line, in UTF-8.

The first connection plays every trial. For each the program gets ``{"event": "begin", "scenario", "goal",
"instructions", "tools": [{"name", "description", "inputSchema"}]}`` and answers with lines of its own:
``{"call": NAME, "arguments": {…}}``, which brings ``{"event": "result", "ok", "text"}``, any number of times, then
``{"answer": TEXT}``. A line that is neither brings ``{"event": "error", "message"}``. When all is played the connection
is closed.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Mapping
from typing import IO, Any

import anyio.to_thread

from ..scenario import Scenario
from ..variants import Connection
from . import GaveUp

MOST_CALLS = 100
LINE_BYTES = 1_000_000


class Bridge:
    """The agent that is played from outside; it listens from the start and prints the port it got."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self._stream: IO[bytes] | None = None
        self.port = int(self._listener.getsockname()[1])
        print(json.dumps({"bridge": f"127.0.0.1:{self.port}"}), file=sys.stderr, flush=True)

    async def __call__(self, scenario: Scenario, connection: Connection) -> str:
        """Play one trial and give the answer.

        Raises:
            GaveUp: the program went away, or came to no end.
        """
        tools = [
            {"name": tool.name, "description": tool.description or "", "inputSchema": tool.input_schema}
            for tool in connection.tools
        ]
        begin = {"event": "begin", "scenario": scenario.id, "goal": scenario.goal}
        await self._say({**begin, "instructions": connection.instructions or "", "tools": tools})
        for _ in range(MOST_CALLS):
            said = await self._heard()
            if isinstance(said.get("answer"), str):
                return str(said["answer"])
            if isinstance(said.get("call"), str) and isinstance(said.get("arguments", {}), dict):
                entry = await connection.call(said["call"], said.get("arguments", {}))
                await self._say({"event": "result", "ok": entry.ok, "text": entry.text})
            else:
                wanted = '{"call": NAME, "arguments": {…}} or {"answer": TEXT}'
                await self._say({"event": "error", "message": f"a line is {wanted}"})
        raise GaveUp(f"no answer after {MOST_CALLS} lines")

    def close(self) -> None:
        """End the connection and stop to listen."""
        if self._stream is not None:
            self._stream.close()
        self._listener.close()

    async def _say(self, message: Mapping[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False).encode() + b"\n"
        await anyio.to_thread.run_sync(self._write, line)

    async def _heard(self) -> Mapping[str, Any]:
        """The next line as an object; one that cannot be read as an empty one."""
        line = await anyio.to_thread.run_sync(self._read)
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}

    def _connected(self) -> IO[bytes]:
        if self._stream is None:
            accepted, _ = self._listener.accept()
            with accepted:
                self._stream = accepted.makefile("rwb")
        return self._stream

    def _write(self, line: bytes) -> None:
        try:
            stream = self._connected()
            stream.write(line)
            stream.flush()
        except OSError:
            raise GaveUp("the program outside went away") from None

    def _read(self) -> bytes:
        try:
            line = self._connected().readline(LINE_BYTES)
        except OSError:
            line = b""
        if not line:
            raise GaveUp("the program outside went away")
        return line
