"""Running an emulator: inside an event loop, in a thread of its own, or until cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import queue
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import anyio
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .accounts import KEYS, Key
from .admin import administer
from .app import ADMIN, Application
from .service import PRODUCTS, Service
from .world import REGIONS, World

HOST = "127.0.0.1"
IDLE_S = 75
"""How long a connection is kept without a request: longer than clients pause between two looks, or a request meets the
end of its connection (the PAI SDK looks every five seconds, and uvicorn's own limit is five)."""
_KEYS = {"pai-dlc": "dlc"}
"""What the announcement calls a product where that is not its name."""
_FIRST = ("pai-dlc", "aiworkspace", ADMIN, "paistudio")
_PLACES = (
    *((name, REGIONS[0]) for name in _FIRST),
    *((name, region) for region in REGIONS[1:] for name in PRODUCTS),
)
"""What listens, in the order of ports: the first region's products and the admin, then the other regions' products."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a running emulator listens, and the key that the examples use."""

    dlc: str
    aiworkspace: str
    admin: str
    access_key_id: str
    access_key_secret: str
    paistudio: str
    by_region: dict[str, dict[str, str]]
    regions: tuple[str, ...] = REGIONS

    def announcement(self) -> dict[str, Any]:
        """What ``pai-dlc-mcp emulator`` prints as one line of JSON."""
        fields = ("dlc", "aiworkspace", "paistudio", "admin", "access_key_id", "access_key_secret")
        own = {name: getattr(self, name) for name in fields}
        return own | {"regions": list(self.regions), "endpoints": self.by_region}


class Emulator:
    """A running emulator."""

    def __init__(self, endpoints: Endpoints, service: Service) -> None:
        self.endpoints, self.service = endpoints, service
        self.dlc, self.aiworkspace, self.admin = endpoints.dlc, endpoints.aiworkspace, endpoints.admin
        self.access_key_id, self.access_key_secret = endpoints.access_key_id, endpoints.access_key_secret
        self.paistudio, self.regions, self.by_region = endpoints.paistudio, endpoints.regions, endpoints.by_region

    @property
    def world(self) -> World:
        """The world of this moment; a reset replaces it."""
        return self.service.world

    @property
    def keys(self) -> dict[str, Key]:
        """All access keys by id: Alice's and Bob's, Carol's temporary one and one that has expired."""
        return self.world.keys

    def announcement(self) -> dict[str, Any]:
        return self.endpoints.announcement()


class _TrackedProtocol(H11Protocol):
    """HTTP/1.1 that tells the application about its connections, so that it can break them."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        connection = cast(asyncio.Transport, transport)
        super().connection_made(connection)
        cast(Application, self.config.app).transports[self.client, self.server] = connection


class _Server(uvicorn.Server):
    """Uvicorn as a part of another program: signals are not its business, and it says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(port: int) -> list[socket.socket]:
    """A socket on the loopback for each place: ``port`` and those after it, or any free ones for 0."""
    if port + len(_PLACES) > 65_536:
        raise OSError(errno.EADDRNOTAVAIL, f"{len(_PLACES)} ports from {port} on are needed")
    sockets: list[socket.socket] = []
    try:
        for offset in range(len(_PLACES)):
            # Asyncio turns Nagle's delay off (40 ms an answer) only for sockets whose protocol is named.
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            sockets.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port + offset if port else 0))
    except OSError:
        for listener in sockets:
            listener.close()
        raise
    return sockets


def _endpoints(ports: list[int]) -> Endpoints:
    by_region: dict[str, dict[str, str]] = {region: {} for region in REGIONS}
    for port, (name, region) in zip(ports, _PLACES, strict=True):
        by_region[region][_KEYS.get(name, name)] = f"http://{HOST}:{port}"
    first = by_region[REGIONS[0]]
    admin = first.pop(ADMIN)
    key_id, key = next(iter(KEYS.items()))
    return Endpoints(first["dlc"], first["aiworkspace"], admin, key_id, key.secret, first["paistudio"], by_region)


def _server(application: Application) -> _Server:
    config = uvicorn.Config(
        cast(Any, application), http=_TrackedProtocol, ws="none", lifespan="off", interface="asgi3", log_config=None,
        access_log=False, proxy_headers=False, server_header=False, timeout_graceful_shutdown=1,
        timeout_keep_alive=IDLE_S,
    )  # fmt: skip
    return _Server(config)


@contextlib.asynccontextmanager
async def running(
    *, port: int = 0, seed: str = "default", speed: float = 1.0, execute: bool = False
) -> AsyncIterator[Emulator]:
    """An emulator that serves on the running asyncio loop until the block ends."""
    service = Service(seed, speed, execute)
    sockets = _listen(port)
    application = Application(service, administer)
    ports = [listener.getsockname()[1] for listener in sockets]
    application.ports = dict(zip(ports, _PLACES, strict=True))
    server = _server(application)
    task = asyncio.create_task(server.serve(sockets))
    try:
        await server.listening.wait()
        endpoints = _endpoints(ports)
        service.locate({region: places["dlc"] for region, places in endpoints.by_region.items()})
        yield Emulator(endpoints, service)
    finally:
        await _stop(server, task, application, service)


async def _stop(server: _Server, task: asyncio.Task[None], application: Application, service: Service) -> None:
    """Break what still hangs, then let the server end by itself, even when we are being cancelled."""
    server.should_exit = True
    application.close()
    service.close()
    with anyio.CancelScope(shield=True):
        await task


@contextlib.contextmanager
def started(*, port: int = 0, seed: str = "default", speed: float = 1.0, execute: bool = False) -> Iterator[Emulator]:
    """An emulator in a thread of its own, for callers that block."""
    answers: queue.Queue[Emulator | BaseException | None] = queue.Queue()
    stop: queue.Queue[Callable[[], object]] = queue.Queue()

    async def main() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.put(lambda: loop.call_soon_threadsafe(ended.set))
        async with running(port=port, seed=seed, speed=speed, execute=execute) as emulator:
            answers.put(emulator)
            await ended.wait()

    def work() -> None:
        try:
            asyncio.run(main())
        except (OSError, ValueError) as error:
            answers.put(error)
        finally:
            answers.put(None)

    thread = threading.Thread(target=work, name="emulator", daemon=True)
    thread.start()
    answer = answers.get()
    if not isinstance(answer, Emulator):
        raise answer or RuntimeError("the emulator did not start")
    try:
        yield answer
    finally:
        stop.get()()
        thread.join(timeout=10)
