"""The state of pai-dlc: jobs, and the services (TensorBoards, Ray history servers) that are started and stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from ..clock import iso
from ..wire import ServiceError
from .behaviour import Behaviour, Mark, Phase

STOPPING_SECONDS = 5.0
"""How long a stopped job stays Stopping while its pods end."""


class JobRun(Protocol):
    """The real processes of a job, where its command is executed. Times are the emulated clock's."""

    @property
    def ended(self) -> float | None: ...

    @property
    def status(self) -> str: ...

    def times(self, rank: int, began: float | None, ended: float | None) -> tuple[float | None, float | None]: ...

    def exit(self, rank: int) -> tuple[int, str]: ...

    def tail(self, rank: int, start: float, end: float, most: int) -> list[str]: ...

    def samples(self, rank: int, kind: str, start: float, end: float, step: float) -> list[dict[str, Any]]: ...

    def signal(self, name: str, pods: list[str]) -> None: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


class Kill(NamedTuple):
    """A signal that ended some pods, by rank, when it was delivered."""

    at: float
    exit_code: int
    ranks: frozenset[int]


class JobRunner(Protocol):
    """Whoever really runs jobs: gives those it takes a :class:`JobRun`."""

    def take(self, job: Job) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True, eq=False)
class Job:
    """One job. ``args`` are the create arguments with the service's defaults; times are epoch seconds.

    ``longest`` is the run that its workspace's settings grant, in minutes, and since when they do.
    """

    id: str
    args: dict[str, Any]
    user_id: str
    account_id: str
    created: float
    behaviour: Behaviour
    phases: tuple[Phase, ...]
    region: str = "cn-hangzhou"
    admitted: float | None = None
    stop_asked: float | None = None
    stopped_by: str = ""
    killed: Kill | None = None
    longest: tuple[float, float] | None = None
    modified: float = 0.0
    priorities: list[tuple[float, int]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    signals: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    run: JobRun | None = None
    memo: tuple[Any, tuple[Mark, ...]] | None = None
    failure_memo: tuple[tuple[Mark, ...], Any] | None = None

    @property
    def quota_id(self) -> str:
        return str(self.args.get("ResourceId") or "")

    def priority(self, now: float) -> int:
        """The priority in force: a change counts from the moment the scheduler has taken it up (R40).

        A job on public resources has none, which the service writes as 0.
        """
        if not self.quota_id:
            return 0
        due = [value for at, value in self.priorities if at <= now]
        return due[-1] if due else int(self.args.get("Priority") or 1)


WARM_UP_S = 5.0


@dataclass(slots=True)
class Hosted:
    """One such service. ``fields`` are its arguments; times are epoch seconds, the limit is minutes of running."""

    id: str
    fields: dict[str, Any]
    user_id: str
    account_id: str
    created: float
    started: float
    modified: float
    limit: int | None = None
    stopped: float | None = None

    def ended(self, now: float) -> float | None:
        """When it stopped, by request or because its time was up."""
        due = None if not self.limit else self.started + WARM_UP_S + 60.0 * self.limit
        ends = [at for at in (self.stopped, due) if at is not None and at <= now]
        return min(ends) if ends else None

    def status(self, now: float) -> str:
        if self.ended(now) is not None:
            return "Stopped"
        return "Creating" if now < self.started + WARM_UP_S else "Running"

    def start(self, now: float) -> None:
        self._must(self.status(now) == "Stopped", now, "started")
        self.started, self.stopped, self.modified = now, None, now

    def stop(self, now: float) -> None:
        self._must(self.status(now) != "Stopped", now, "stopped")
        self.stopped = self.modified = now

    def must_be_stopped(self, now: float, what: str) -> None:
        self._must(self.status(now) == "Stopped", now, what)

    def must_run(self, now: float, what: str) -> None:
        self._must(self.status(now) == "Running", now, what)

    def reason(self, now: float) -> dict[str, str]:
        if self.status(now) != "Stopped":
            return {"ReasonCode": "", "ReasonMessage": ""}
        if self.stopped is not None and self.stopped <= now:
            return {"ReasonCode": "StoppedByUser", "ReasonMessage": "It was stopped on request."}
        return {
            "ReasonCode": "MaxRunningTimeExceeded",
            "ReasonMessage": f"It ran for its limit of {self.limit} minutes.",
        }

    def times(self, now: float) -> dict[str, str]:
        over = self.ended(now)
        finished = {} if over is None else {"GmtFinishTime": iso(over)}
        return finished | {"GmtCreateTime": iso(self.created), "GmtModifyTime": iso(self.modified)}

    def _must(self, allowed: bool, now: float, what: str) -> None:
        if not allowed:
            raise ServiceError(400, "BadRequest", f"{self.id} is {self.status(now)} and cannot be {what}.")
