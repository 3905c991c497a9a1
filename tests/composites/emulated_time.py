"""A server and a world in one event loop whose time is made: nothing runs beside it, and a pause takes no time.

Calls go through the protocol, the client, its signatures and judgement; only the network is left out: a request is
handed to the emulator's service. What is read at which moment is the same on every run, late and failing services
included.
"""

from __future__ import annotations

import asyncio
import difflib
import hashlib
import heapq
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from mcp import Client

from end_to_end.driving import ALICE
from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.clock import Clock
from pai_dlc_emulator.service import PRODUCTS, Service
from pai_dlc_emulator.world import REGIONS
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import Credential, StaticCredentials
from pai_dlc_mcp.cloud.request import Exchange
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.server import build
from pai_dlc_mcp.runtime import Caller
from support.direct_wire import fill, received_of

NOON = 1_800_014_400.0
"""2027-01-15 12:00 UTC."""
_PORTS = {1: "pai-dlc", 2: "aiworkspace", 3: "paistudio"}
_REQUEST_ID = re.compile(r"\b[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[0-9A-F]{4}-[0-9A-F]{12}\b")


class MadeTimeLoop(asyncio.SelectorEventLoop):
    """Where nothing is ready, its time is at once that of the next thing that is due."""

    def __init__(self) -> None:
        self.passed = 0.0
        super().__init__()

    def time(self) -> float:
        return self.passed

    def _run_once(self) -> None:
        due = self._scheduled
        while due and due[0]._cancelled:
            self._timer_cancelled_count -= 1
            heapq.heappop(due)._scheduled = False
        if not self._ready and not due and not self._stopping:
            raise RuntimeError("everything waits, and nothing is due")
        if not self._ready and due:
            self.passed = max(self.passed, due[0].when())
        super()._run_once()


class LoopClock(Clock):
    """The world's clock: noon, and what has passed in the loop since."""

    def __init__(self, speed: float = 1.0) -> None:
        super().__init__(speed)
        self._start = NOON

    def now(self) -> float:
        loop = asyncio.get_running_loop()
        return self._start + loop.time()


async def _inline(function: Callable[..., Any], *args: Any, **_: Any) -> Any:
    """What would run in a thread, at once."""
    await anyio.lowlevel.checkpoint()
    return function(*args)


@dataclass
class Wire:
    """In the place of the network. ``late`` delays answers of an operation by so many seconds; what is ``broken`` fails
    with that status."""

    service: Service
    late: dict[str, float] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)

    async def run(self, x: Exchange, credential: Credential) -> None:
        place, received = received_of(x, credential)
        product = PRODUCTS[_PORTS[int(place.rpartition(":")[2])]]
        route = product.route(received.method, received.path)
        operation = route.operation.key if route else None
        self.service.journal.add("", operation, received.method, f"{received.path}?{received.query}", {}, received.body)
        x.sent = True
        if seconds := self.late.get(operation or ""):
            await anyio.sleep(seconds)
        await anyio.lowlevel.checkpoint()
        if status := self.broken.get(operation or ""):
            x.status, x.body = status, bytearray(b'{"Code": "InternalError", "Message": "out of order"}')
            return
        fill(x, self.service.answer(product, REGIONS[0], route, received))

    async def close(self) -> None:
        return None


class Notebook:
    """Calls of tools with their reads and answers, as text. ``jobs`` are the world's by name and by behaviour."""

    def __init__(self, client: Client, wire: Wire, advance: Callable[[float], Awaitable[None]]) -> None:
        self.wire, self.advance = wire, advance
        self.answer: dict[str, Any] = {}
        """The structured answer of the last call."""
        self._client, self._parts = client, list[str]()
        jobs = list(wire.service.world.training.jobs.values())
        self.jobs = {str(job.args["DisplayName"]): job.id for job in jobs} | {
            job.behaviour.name: job.id for job in jobs
        }

    def title(self, text: str) -> None:
        self._parts += [f"# {text}", ""]

    async def quiet(self, tool: str, **arguments: Any) -> Any:
        """The structured answer of a call that is not written down."""
        return (await self._client.call_tool(tool, arguments)).structured_content

    async def call(self, tool: str, **arguments: Any) -> str:
        """Write the call down, and give the text of its answer."""
        reads, text = await self._made(tool, arguments)
        self._parts += [f"## {tool} {json.dumps(arguments, ensure_ascii=False)}", "", reads, "", text, ""]
        return text

    async def differs(self, usual: str, tool: str, **arguments: Any) -> None:
        """Of an answer write down only what differs from the usual one."""
        reads, text = await self._made(tool, arguments)
        lines = difflib.unified_diff(usual.splitlines(), text.splitlines(), n=0, lineterm="")
        self._parts += [reads, *(line for line in lines if line[:3] not in ("---", "+++", "@@ ")), ""]

    async def _made(self, tool: str, arguments: dict[str, Any]) -> tuple[str, str]:
        """The operations of a call's requests with a hash of their arguments and of the structured answer; its text."""
        before = len(self.wire.service.journal.entries())
        result = await self._client.call_tool(tool, arguments)
        self.answer = dict(result.structured_content)
        reads = [(one["operation"], one["query"], one["body"]) for one in self.wire.service.journal.entries()[before:]]
        counted = ", ".join(f"{name} {count}" for name, count in Counter(str(name) for name, *_ in reads).items())
        line = f"requests {_hash(reads)}: {counted or 'none'}; structure {_hash(result.structured_content)}"
        return line, "\n".join(part.text for part in result.content)

    def text(self) -> str:
        return _settled("\n".join(self._parts))


@asynccontextmanager
async def noting(seed: str, **settings: Any) -> AsyncIterator[Notebook]:
    """The world of a seed at noon, and a server in front of it; ``workspaces`` are given by their names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pai_dlc_emulator.service.Clock", LoopClock)
        patch.setattr("anyio.to_thread.run_sync", _inline)
        patch.setattr("anyio.from_thread.check_cancelled", lambda: None)
        service = Service(seed, 1.0, False)
        now = service.world.clock.now
        for module in ("cloud.request", "api.kinds"):
            patch.setattr(f"pai_dlc_mcp.{module}.time", SimpleNamespace(time=now))
        given = {
            f"{name}_endpoint": f"http://127.0.0.1:{port}"
            for port, name in ((1, "dlc"), (2, "aiworkspace"), (3, "studio"))
        }
        homes = {one["WorkspaceName"]: str(identity) for identity, one in service.world.catalogue.workspaces.items()}
        if "workspaces" in settings:
            settings["workspaces"] = tuple(homes[name] for name in settings["workspaces"])
        app = Application(
            Settings(**({"region": REGIONS[0], "toolsets": ("all",)} | given | settings)),
            credentials=StaticCredentials(ALICE, KEYS[ALICE].secret),
        )
        server = build(app, caller=lambda context: Caller("os:tests"))
        async with app.running(), Client(server) as client:
            runtime = await app.runtime()
            wire = Wire(service)
            runtime.cloud._transport, runtime.cloud._jitter = wire, lambda: 0.5
            app._runtime = replace(runtime, now=now)
            yield Notebook(client, wire, anyio.sleep)


def written(seed: str, calls: Callable[[Notebook], Awaitable[None]], **settings: Any) -> str:
    """What the calls were answered in the world of a seed."""

    async def all_of_them() -> str:
        async with noting(seed, **settings) as book:
            await calls(book)
            return book.text()

    return anyio.run(all_of_them, backend_options={"loop_factory": MadeTimeLoop})


def _settled(text: str) -> str:
    return _REQUEST_ID.sub("REQUEST-ID", text)


def _hash(value: Any) -> str:
    return hashlib.sha256(_settled(json.dumps(value)).encode()).hexdigest()[:6]
