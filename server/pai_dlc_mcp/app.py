"""The composition root: builds, from settings, the tools and what a call runs with (client, state, clock)."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from .config.settings import Settings
from .operation import AIWORKSPACE, DLC, STUDIO, Tool
from .runtime import Caller, Questions, Runtime
from .state import StateStore, StateUnavailable
from .state.keys import keys_of
from .state.open import open_state
from .toolsets import enabled

try:
    import pwd
except ImportError:  # Windows has no user ids
    pwd = None  # type: ignore[assignment]  # Windows has no such module

if TYPE_CHECKING:
    from .cloud.client import CloudClient, Traffic
    from .cloud.credentials import Credentials
    from .observability.metrics import Metrics


class RunningEmulator(Protocol):
    """What the application needs of an emulator: the first region's endpoints, a key, and all endpoints by region."""

    @property
    def dlc(self) -> str: ...
    @property
    def aiworkspace(self) -> str: ...
    @property
    def paistudio(self) -> str: ...
    @property
    def by_region(self) -> Mapping[str, Mapping[str, str]]: ...
    @property
    def access_key_id(self) -> str: ...
    @property
    def access_key_secret(self) -> str: ...
    @property
    def regions(self) -> Sequence[str]: ...


Emulate = Callable[[], AbstractAsyncContextManager[RunningEmulator]]
"""Starts an emulator that runs as long as the block."""

_ANNOUNCED = {"dlc": DLC.key, "aiworkspace": AIWORKSPACE.key, "paistudio": STUDIO.key}
"""An emulator's names of the products to the keys of the services."""


def _addresses(emulator: RunningEmulator) -> dict[str, dict[str, str]]:
    return {
        region: {key: urls[name] for name, key in _ANNOUNCED.items()} for region, urls in emulator.by_region.items()
    }


@dataclass
class Application:
    """All that one server is made of. Nothing here touches the network until the first call needs it.

    ``emulate`` starts an emulator at the first call; it takes the place of both endpoints. ``credentials`` takes the
    place of the default chain where one process serves several accounts. ``metrics`` count what is done, where
    somebody can ask for them.
    """

    settings: Settings
    emulate: Emulate | None = None
    credentials: Credentials | None = None
    metrics: Metrics | None = None
    page: str | None = None
    """The address at which this process shows people its page, where it does."""
    tools: Mapping[str, Tool] = field(init=False)
    listed: dict[bool, list[object]] = field(default_factory=dict, init=False, repr=False)
    """The definitions of the tools, made when the first client asks for them; ``True`` for those that show views."""
    emulator: RunningEmulator | None = field(default=None, init=False)
    _runtime: Runtime | None = field(default=None, init=False)
    _traffic: Traffic | None = field(default=None, init=False, repr=False)
    _emulator_needed: anyio.Event = field(init=False)
    _emulator_ready: anyio.Event = field(init=False)
    _lock: anyio.Lock = field(init=False)
    _spawn: Callable[..., None] | None = field(default=None, init=False)
    _closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        self.tools = enabled(self.settings.toolsets, read_only=self.settings.read_only)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Application]:
        """The application with its background tasks; all of them end with the block."""
        self._emulator_needed, self._emulator_ready, self._lock = anyio.Event(), anyio.Event(), anyio.Lock()
        async with anyio.create_task_group() as group:
            self._spawn = partial(_start, group)
            if self.emulate is not None:
                group.start_soon(self._run_emulator, self.emulate)
            try:
                yield self
            finally:
                await self._close()
                group.cancel_scope.cancel()

    async def runtime(self) -> Runtime:
        """What calls run with, built when the first one needs it."""
        if self._runtime is not None:
            return self._runtime
        async with self._lock:
            if self._runtime is None:
                if self.emulate is not None:
                    self._emulator_needed.set()
                    await self._emulator_ready.wait()
                self._runtime = await self._build()
        return self._runtime

    async def _build(self) -> Runtime:
        from .cloud.credentials import StaticCredentials  # start-up: saves 1 ms

        credentials = self.credentials
        if self.emulator is not None:
            credentials = StaticCredentials(self.emulator.access_key_id, self.emulator.access_key_secret)
        state = await open_state(self.settings.state)
        try:
            self._traffic = self._shared_traffic(state)
            cloud = self._client(credentials)
            await anyio.to_thread.run_sync(keys_of, self.settings)
        except (StateUnavailable, ValueError):
            await state.close()
            raise
        return Runtime(
            self.settings,
            cloud,
            state,
            time.time,
            anyio.sleep,
            frozenset(self.tools),
            Questions(self._spawn),
            self.page,
        )

    def spawn(self, work: Callable[..., Coroutine[Any, Any, None]], *given: Any) -> None:
        """Begin work that ends with the application at the latest; only while it is running."""
        if self._spawn is None:
            raise RuntimeError("the application is not running")
        self._spawn(work, *given)

    def _shared_traffic(self, state: StateStore) -> Traffic:
        """The budget of requests; none where the service is on this machine and no budget is set."""
        from .cloud.client import SERVICE_REQUESTS_PER_S, Traffic  # start-up: saves 10 ms
        from .cloud.endpoints import Endpoints  # start-up: saves 1 ms

        is_local = bool(Endpoints.of(self.settings).local_hosts)
        allowed = self.settings.requests_per_second or (None if is_local else SERVICE_REQUESTS_PER_S)
        return Traffic(allowed, None if self.settings.state == "memory" else state)

    def _client(self, credentials: Credentials | None) -> CloudClient:
        by_region = _addresses(self.emulator) if self.emulator else None
        if self.metrics is None:
            from .cloud.client import CloudClient  # start-up: saves 10 ms

            return CloudClient.of(self.settings, credentials, by_region, self._traffic)
        from .observability.cloud import MeasuredClient  # start-up: saves 12 ms

        return MeasuredClient.measured_by(self.metrics, self.settings, credentials, by_region, self._traffic)

    async def _run_emulator(self, emulate: Emulate) -> None:
        await self._emulator_needed.wait()
        async with emulate() as emulator:
            self.emulator = emulator
            self.settings = self.settings.model_copy(
                update={
                    "dlc_endpoint": emulator.dlc,
                    "aiworkspace_endpoint": emulator.aiworkspace,
                    "studio_endpoint": emulator.paistudio,
                    "region": self.settings.region or emulator.regions[0],
                }
            )
            self._emulator_ready.set()
            await anyio.sleep_forever()

    async def _close(self) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(2):
            if self._runtime is not None:
                for close in self._closing:
                    await close()
                await self._runtime.cloud.close()
                await self._runtime.state.close()


def _start(group: TaskGroup, work: Callable[..., Coroutine[Any, Any, None]], *given: Any) -> None:
    """Begin work that may outlive the call that asks for it, though not the application."""
    group.start_soon(work, *given)


class CallerApplication(Application):
    """One caller's application: another one's with fewer tools, other settings or another credential, on its state."""

    def __init__(
        self,
        shared: Application,
        tools: Mapping[str, Tool],
        updates: Mapping[str, object],
        credentials: Credentials | None = None,
    ) -> None:
        super().__init__(shared.settings.model_copy(update=updates), shared.emulate, credentials, shared.metrics)
        self._shared, self._updates, self.tools = shared, dict(updates), tools
        self._once = anyio.Lock()

    async def runtime(self) -> Runtime:
        """What this caller's calls run with; the state store is the other application's."""
        if self._runtime is None:
            async with self._once:
                shared = await self._shared.runtime()
                self.emulator, self._traffic = self._shared.emulator, self._shared._traffic
                self.settings = self._shared.settings.model_copy(update=self._updates)
                cloud = shared.cloud
                if self.credentials is not None:
                    own = self._client(self.credentials)
                    self._shared._closing.append(own.close)
                    cloud = own
                self._runtime = replace(shared, settings=self.settings, cloud=cloud, offered=frozenset(self.tools))
        return self._runtime


def local_caller() -> Caller:
    """On stdio the caller is the operating system's user: who the process runs as, not what LOGNAME says."""
    if pwd is None:
        return Caller(f"os:{_user_from_environment()}")
    try:
        return Caller(f"os:{pwd.getpwuid(os.getuid()).pw_name}")
    except KeyError:  # a container's user may have a number alone
        return Caller(f"os:{os.getuid()}")


def _user_from_environment() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # what Python 3.11 and 3.12 let through
        return "unknown"
