"""Random calls of two callers on one server, and a plain model of what may follow from them.

The model knows nothing of the guards' code. It remembers what each caller was shown, which tokens were given for what,
and holds every write that reached the service against that.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp import Client

from pai_dlc_emulator.dlc.present import job_item
from pai_dlc_emulator.faults import parse
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.server import build
from pai_dlc_mcp.runtime import Caller
from support.rule_violations import ENDED, note_violations

CALLERS = ("alice", "bob")
INVENTED = {"image": "registry.example.com/invented:1", "spec": "ecs.invented.large"}


@dataclass
class Token:
    """Given to whom, for which tool and job, with the job's status at that time."""

    text: str
    caller: str
    tool: str
    job: str
    status: str
    used: int = 0


@dataclass
class Model:
    """``shown`` outlives a sequence, as the server's memory does."""

    shown: dict[str, set[str]]
    tokens: list[Token] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    jobs: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


@dataclass
class Environment:
    """One emulator, one server with one state, a client for each caller."""

    emulator: Emulator
    clients: Mapping[str, Client]
    shown: dict[str, set[str]] = field(default_factory=lambda: {caller: set() for caller in CALLERS})

    def status(self, job: str) -> str:
        found = self.emulator.world.training.jobs.get(job)
        return str(job_item(self.emulator.world, found)["Status"]) if found else "gone"

    def requests(self, start: int = 0) -> list[Mapping[str, Any]]:
        return [*self.emulator.service.journal.entries()[start:]]


@asynccontextmanager
async def environment_of(emulator: Emulator) -> AsyncIterator[Environment]:
    settings = Settings(region="cn-hangzhou", dlc_endpoint=emulator.dlc, aiworkspace_endpoint=emulator.aiworkspace)
    app = Application(settings, credentials=StaticCredentials(emulator.access_key_id, emulator.access_key_secret))
    alice, bob = (Client(build(app, caller=named(name))) for name in CALLERS)
    async with app.running(), alice, bob:
        yield Environment(emulator, {"alice": alice, "bob": bob})


def named(name: str) -> Callable[[Any], Caller]:
    return lambda context: Caller(name)


@dataclass
class Sequence:
    """One sequence: some calls, chosen by the seed, each checked right after it."""

    environment: Environment
    seed: int

    def __post_init__(self) -> None:
        self.model, self.random = Model(self.environment.shown), random.Random(self.seed)

    async def play(self) -> list[str]:
        for _ in range(self.random.randint(5, 12)):
            caller = self.random.choice(CALLERS)
            move = self.random.choices(MOVES, WEIGHTS)[0]
            await getattr(self, f"_{move}")(caller)
        return [f"seed {self.seed}: {fault}" for fault in self.model.violations]

    async def _discover(self, caller: str) -> None:
        for tool in self.random.sample(SHOWING, self.random.randint(1, 2)):
            result = await self._call(caller, tool, {"view": "full"} | SHOWING_MORE.get(tool, {}))
            for rows, key in (("Images", "ImageUri"), ("EcsSpecs", "InstanceType")):
                listed = result.get("data", {}).get(rows, [])
                self.model.shown[caller] |= {row[key] for row in listed if key in row}

    async def _create(self, caller: str) -> None:
        both = sorted(set().union(*self.model.shown.values()))
        images = [one for one in both if "/" in one] + [INVENTED["image"]]
        specs = [one for one in both if one.startswith("ecs.")] + [INVENTED["spec"]]
        own = sorted(self.model.shown[caller])
        if self.random.random() < 0.7:
            images = [one for one in own if "/" in one] or images
            specs = [one for one in own if one.startswith("ecs.")] or specs
        name = f"sequence-{self.seed}-{self.random.randint(1, 3)}"
        spec = {
            "Type": "Worker",
            "PodCount": 1,
            "Image": self.random.choice(images),
            "EcsSpec": self.random.choice(specs),
        }
        given = {"display_name": name, "job_type": "PyTorchJob", "user_command": "true", "job_specs": [spec]}
        if self.random.random() < 0.9:
            given["workspace_id"] = next(iter(self.environment.emulator.world.catalogue.workspaces))
        if self.random.random() < 0.2:
            self._fault("CreateJob")
        result = await self._call(caller, "dlc_create_job", given)
        if result["ok"]:
            self.model.jobs.append(result["data"]["JobId"])

    async def _preview(self, caller: str) -> None:
        await self._end(caller, token=None)

    async def _confirm(self, caller: str) -> None:
        """With a fitting token, a used one, another's, another job's, or none at all that was ever given."""
        fitting = [one for one in self.model.tokens if one.caller == caller]
        pool = fitting if fitting and self.random.random() < 0.7 else self.model.tokens
        await self._end(caller, token=self.random.choice(pool) if pool else None, forged=not pool)

    async def _end(self, caller: str, *, token: Token | None, forged: bool = False) -> None:
        if not self.model.jobs:
            return await self._create(caller)
        job = self.random.choice(self.model.jobs)
        if self.random.random() < 0.33:
            self.environment.emulator.world.clock.advance(7_200)  # by then it is over
        fitting = "dlc_delete_job" if self.environment.status(job) in ENDED else "dlc_stop_job"
        tool = fitting if self.random.random() < 0.7 else self.random.choice(("dlc_stop_job", "dlc_delete_job"))
        if token is not None and self.random.random() < 0.7:
            tool, job = token.tool, token.job
        given: dict[str, Any] = {"job_id": job} | ({"wait_seconds": 0} if tool == "dlc_stop_job" else {})
        if token is not None or forged:
            given["confirmation_token"] = token.text if token else "pai1.forged"
        if token is not None and self.random.random() < 0.1:
            self._fault("StopJob")
        result = await self._call(caller, tool, given, token)
        offered = result.get("error", {}).get("confirmation")
        if offered:
            fresh = Token(offered["token"], caller, tool, job, self.environment.status(job))
            self.model.tokens.append(fresh)
            if token is None and self.random.random() < 0.6:
                again = {**given, "confirmation_token": fresh.text}
                is_lost = tool == "dlc_stop_job" and self.random.random() < 0.3
                if is_lost:
                    self._fault("StopJob")
                await self._call(caller, tool, again, fresh)
                if is_lost:
                    await self._call(caller, tool, again, fresh)
        return None

    async def _update(self, caller: str) -> None:
        if self.model.jobs:
            given = {"job_id": self.random.choice(self.model.jobs), "priority": self.random.randint(0, 11)}
            await self._call(caller, "dlc_update_job", given | {"wait_seconds": 0})

    async def _later(self, caller: str) -> None:
        self.environment.emulator.world.clock.advance(self.random.choice((1, 20, 60, 7200)))

    def _fault(self, operation: str) -> None:
        kind = self.random.choice(("drop_before", "drop_after", "half", "garbage"))
        self.environment.emulator.service.faults._faults = [parse({"operation": operation, "kind": kind, "times": 1})]

    async def _call(
        self, caller: str, tool: str, given: Mapping[str, Any], token: Token | None = None
    ) -> dict[str, Any]:
        before = len(self.environment.requests())
        statuses = {job: self.environment.status(job) for job in self.model.jobs}
        answer = await self.environment.clients[caller].call_tool(tool, dict(given))
        result: dict[str, Any] = answer.structured_content
        note_violations(self.model, caller, tool, given, token, result, self.environment.requests(before), statuses)
        self.environment.emulator.service.faults.clear()
        return result


SHOWING = ("aiworkspace_list_images", "dlc_list_ecs_specs", "aiworkspace_list_workspaces")
SHOWING_MORE: Mapping[str, dict[str, Any]] = {"dlc_list_ecs_specs": {"accelerator_type": "CPU"}}
MOVES = ("discover", "create", "preview", "confirm", "update", "later")
WEIGHTS = (3, 4, 2, 5, 1, 2)
