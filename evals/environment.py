"""The emulator as a environment: set up for a scenario, looked into afterwards.

Steps of ``start``::

    {"call": "CreateJob", "by": "bob", "args": {...}, "as": "old"}   a signed request of the operation, by API names
    {"clock": 600}                                                    seconds
    {"faults": [...]}    {"deny": ["pai:StopJob"]}                    as the emulator's admin calls take them

``$world.jobs[DisplayName=x].JobId`` and the like are read from the emulator's state before each step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import Settings

from .checks import Evidence
from .references import resolve
from .scenario import Scenario
from .transcript import Transcript

REGION = "cn-hangzhou"
USERS = {"alice": "EMULATORKEYALICE0000", "bob": "EMULATORKEYBOB000000"}


def credentials(user: str = "alice") -> StaticCredentials:
    key = USERS[user]
    return StaticCredentials(key, KEYS[key].secret)


def endpoints(emulator: Emulator) -> dict[str, Any]:
    return {
        "region": REGION,
        "dlc_endpoint": emulator.dlc,
        "aiworkspace_endpoint": emulator.aiworkspace,
        "studio_endpoint": emulator.paistudio,
    }


class Environment:
    """One emulator for many scenarios, one after the other. The agent is always alice."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.facts: dict[str, Any] = {}
        self._begun = 0

    async def set(self, scenario: Scenario) -> None:
        """A fresh world in the scenario's start state."""
        await self._admin("reset", {"seed": scenario.seed})
        self.facts = {}
        for step in scenario.start:
            await self._step(step)
        self.facts["world"] = await self._admin("state")
        await self.begin()

    async def begin(self) -> None:
        """What the agent does counts from here."""
        self._begun = len(await self._admin("journal"))

    async def look(self, transcript: Transcript) -> Evidence:
        journal = (await self._admin("journal"))[self._begun :]
        return Evidence(await self._admin("state"), journal, transcript, self.facts)

    def now(self) -> float:
        """The emulated time in seconds since the epoch."""
        return self.emulator.world.clock.now()

    def advance(self, seconds: float) -> None:
        self.emulator.world.clock.advance(seconds)

    async def _step(self, step: Mapping[str, Any]) -> None:
        if "clock" in step:
            self.advance(step["clock"])
            return
        known = self.facts | {"world": await self._admin("state")}
        if "call" in step:
            args = resolve(step.get("args", {}), known)
            self.facts[step.get("as", "last")] = await self._signed(step["call"], step.get("by", "alice"), args)
        elif "faults" in step:
            await self._admin("faults", resolve(step["faults"], known))
        else:
            await self._admin("policy", {"deny": step["deny"]})

    async def _signed(self, action: str, user: str, args: Mapping[str, Any]) -> dict[str, Any]:
        cloud = CloudClient.of(Settings(**endpoints(self.emulator)), credentials(user))
        try:
            return (await cloud.send(operation(action), args, REGION)).data
        finally:
            await cloud.close()

    async def _admin(self, name: str, body: Any = None) -> Any:
        url = f"{self.emulator.admin}/{name}"
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            answer = await (client.get(url) if body is None else client.post(url, json=body))
        return answer.raise_for_status().json()
