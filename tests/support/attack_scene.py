"""Where the attacks happen: an emulator with jobs worth killing, servers in front of it, and what reached it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from end_to_end.driving import Driver, driving
from pai_dlc_emulator import accounts
from pai_dlc_emulator.dlc.seeds import add_past_job
from pai_dlc_emulator.faults import parse
from pai_dlc_emulator.server import Emulator

YEAR_S = 365 * 86_400.0
WRITING = ("POST", "PUT", "DELETE")


@dataclass
class Scene:
    emulator: Emulator
    folder: Path

    def server(self, **settings: Any) -> AbstractAsyncContextManager[Driver]:
        """A client on a server of its own; see :func:`driving` for ``key``, ``caller`` and ``client``."""
        return driving(self.emulator, **settings)

    @property
    def state_file(self) -> str:
        return str(self.folder / "state.db")

    def job(self, name: str = "victim", *, user: str = accounts.ALICE.user_id, **more: Any) -> str:
        """A job that has been running for an hour and runs for a year."""
        job = add_past_job(self.emulator.world, name, "succeed", 3600.0, user, more=more)
        job.phases = tuple(
            replace(phase, seconds=YEAR_S) if phase.status == "Running" else phase for phase in job.phases
        )
        return str(job.id)

    def writes(self, *operations: str) -> list[str]:
        """Operations of the writes that reached the service, oldest first; of some operations only, when named."""
        made = [entry["operation"] for entry in self.requests() if entry["method"] in WRITING]
        return [name for name in made if not operations or name in operations]

    def requests(self, operation: str | None = None) -> list[Mapping[str, Any]]:
        found = self.emulator.service.journal.entries()
        return [entry for entry in found if operation in (None, entry["operation"])]

    def fault(self, *entries: Mapping[str, Any]) -> None:
        """What goes wrong next; each as in the emulator's ``POST faults``."""
        assert all(parse(dict(entry)) for entry in entries)
        self.emulator.service.faults.set([dict(entry) for entry in entries])

    async def freeze(self, driver: Driver, job: str) -> None:
        """From now on the service describes this job as it is now, whatever is done to it."""
        seen = await driver.data("dlc_get_job", job_id=job, view="full")
        self.fault({"operation": "GetJob", "kind": "answer", "body": seen, "times": 100_000})

    def later(self, seconds: float) -> None:
        self.emulator.world.clock.advance(seconds)


async def previewed(driver: Driver, tool: str = "dlc_stop_job", **arguments: Any) -> str:
    """The token of a preview."""
    error = await driver.error(tool, **arguments)
    assert error["code"] in ("confirmation_required", "confirmation_invalid"), error
    return str(error["confirmation"]["token"])


def everything(result: Any) -> str:
    """All that a client sees of a result: its structure and its text."""
    return f"{json.dumps(result.structured_content, ensure_ascii=False)}\n{text_of(result)}"


def text_of(result: Any) -> str:
    """What a client that knows only text sees of a result."""
    return str(result.content[0].text)


def strings(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Every text in a structure, with the dotted path to it."""
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, Mapping):
        return [found for name, item in value.items() for found in strings(item, f"{path}.{name}")]
    if isinstance(value, list):
        return [found for item in value for found in strings(item, f"{path}[]")]
    return []
