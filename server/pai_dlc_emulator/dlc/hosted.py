"""Small services that are started and stopped: TensorBoards and Ray history servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..clock import iso
from ..wire import ServiceError

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
            raise ServiceError(400, "StatusNotAllowed", f"{self.id} is {self.status(now)} and cannot be {what}.")
