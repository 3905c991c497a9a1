"""The composition root: settings become client, state, tools and one door through which every call goes."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from .config.settings import Settings
from .operation import Tool
from .runtime import Caller, Runtime
from .toolsets import enabled

if TYPE_CHECKING:
    from pai_dlc_emulator.server import Emulator

    from .cloud.credentials import Credentials


@dataclass
class Application:
    """One server's worth of everything. Nothing here touches the network until the first call needs it.

    With ``emulate`` an embedded emulator is started on the first call and takes the place of both endpoints.
    ``credentials`` stands in for the default chain where one process serves several accounts.
    """

    settings: Settings
    emulate: bool = False
    credentials: Credentials | None = None
    tools: Mapping[str, Tool] = field(init=False)
    emulator: Emulator | None = field(default=None, init=False)
    _runtime: Runtime | None = field(default=None, init=False)
    _wanted: anyio.Event = field(init=False)
    _ready: anyio.Event = field(init=False)
    _lock: anyio.Lock = field(init=False)

    def __post_init__(self) -> None:
        self.tools = enabled(self.settings.toolsets, read_only=self.settings.read_only)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Application]:
        """The application with its background work; all of it ends with the block."""
        self._wanted, self._ready, self._lock = anyio.Event(), anyio.Event(), anyio.Lock()
        async with anyio.create_task_group() as group:
            if self.emulate:
                group.start_soon(self._embedded_emulator)
            try:
                yield self
            finally:
                await self._close()
                group.cancel_scope.cancel()

    async def runtime(self) -> Runtime:
        """What calls run with, made when the first one needs it."""
        if self._runtime is not None:
            return self._runtime
        async with self._lock:
            if self._runtime is None:
                if self.emulate:
                    self._wanted.set()
                    await self._ready.wait()
                self._runtime = await self._build()
        return self._runtime

    async def _build(self) -> Runtime:
        from .cloud.client import CloudClient
        from .cloud.credentials import StaticCredentials
        from .state import StateUnavailable
        from .state.keys import keys_of
        from .state.open import open_state

        credentials = self.credentials
        if self.emulator is not None:
            credentials = StaticCredentials(self.emulator.access_key_id, self.emulator.access_key_secret)
        cloud = CloudClient.of(self.settings, credentials, self.emulator.regions if self.emulator else ())
        state = await open_state(self.settings.state)
        try:
            await anyio.to_thread.run_sync(keys_of, self.settings)
        except StateUnavailable:
            await state.close()
            raise
        return Runtime(self.settings, cloud, state, time.time, anyio.sleep, frozenset(self.tools))

    async def _embedded_emulator(self) -> None:
        await self._wanted.wait()
        from pai_dlc_emulator.server import running

        async with running() as emulator:
            self.emulator = emulator
            self.settings = replace(
                self.settings,
                dlc_endpoint=emulator.dlc,
                aiworkspace_endpoint=emulator.aiworkspace,
                region=self.settings.region or emulator.regions[0],
            )
            self._ready.set()
            await anyio.sleep_forever()

    async def _close(self) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(2):
            if self._runtime is not None:
                await self._runtime.cloud.close()
                await self._runtime.state.close()


def local_caller() -> Caller:
    """On stdio the caller is the operating system's user: who the process runs as, not what LOGNAME says."""
    try:
        from pwd import getpwuid
    except ImportError:  # Windows has no numbers of users
        return Caller(f"os:{_told_user()}")
    try:
        return Caller(f"os:{getpwuid(os.getuid()).pw_name}")
    except KeyError:  # a container's user may have a number alone
        return Caller(f"os:{os.getuid()}")


def _told_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # what Python 3.11 and 3.12 let through
        return "unknown"
