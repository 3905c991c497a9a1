"""What the training side remembers: jobs and whatever hangs on them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .behaviour import Behaviour, Phase
from .moments import Mark

if TYPE_CHECKING:
    from .runner import Run

STOPPING_SECONDS = 5.0
"""How long a stopped job stays Stopping while its pods end."""


@dataclass(slots=True, eq=False)
class Job:
    """One job. ``args`` are the create arguments with the service's defaults; times are epoch seconds."""

    id: str
    args: dict[str, Any]
    user_id: str
    account_id: str
    created: float
    behaviour: Behaviour
    phases: tuple[Phase, ...]
    admitted: float | None = None
    stop_asked: float | None = None
    stopped_by: str = ""
    modified: float = 0.0
    priorities: list[tuple[float, int]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    signals: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    run: Run | None = None
    memo: tuple[Any, tuple[Mark, ...]] | None = None

    @property
    def quota_id(self) -> str:
        return str(self.args.get("ResourceId") or "")

    def priority(self, now: float) -> int:
        """The priority in force: a change counts from the moment the scheduler has taken it up (R40)."""
        due = [value for at, value in self.priorities if at <= now]
        return due[-1] if due else int(self.args.get("Priority") or 1)


@dataclass(slots=True)
class Training:
    """All nouns of pai-dlc. ``lock`` guards them: the runner's threads look in while handlers write."""

    jobs: dict[str, Job] = field(default_factory=dict)
    templates: dict[str, Any] = field(default_factory=dict)
    tensorboards: dict[str, Any] = field(default_factory=dict)
    ray_servers: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: list[Job] = field(default_factory=list)
    holding: list[Job] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    runner: Any = None
