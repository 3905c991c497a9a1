"""All jobs, found without looking at each: by id, and by workspace, owner, status and time of creation.

A job that is over no longer moves, so it stands in a list by workspace, owner and status, in the order of creation.
The few that are not over are looked at one by one. Jobs of a seed that are over from the start are made only when
somebody asks for them.
"""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, NamedTuple

from . import timeline
from .state import Job, JobRunner

_HIGHEST_ID = "\U0010ffff"
Entry = tuple[float, str]
"""When a job was created, and its id: the order of lists."""


class Wanted(NamedTuple):
    """What jobs must have; None is anything. The times of creation are both inside."""

    start: float
    end: float
    status: str | None = None
    workspace: str | None = None
    owner: str | None = None


class Sketch(NamedTuple):
    """As much of a job that is over as is needed to find it."""

    created: float
    workspace: str
    owner: str
    status: str


class Selection:
    """The jobs that were asked for: counted at once, given in order as far as they are read."""

    def __init__(self, store: JobStore, slices: list[tuple[list[Entry], int, int]], active: list[Entry]) -> None:
        self._store, self._slices, self._active = store, slices, sorted(active)

    def __len__(self) -> int:
        return len(self._active) + sum(high - low for _, low, high in self._slices)

    def __iter__(self) -> Iterator[Job]:
        return (self._store[key] for _, key in self._entries(newest_first=False))

    def page(self, first: int, length: int, newest_first: bool) -> list[Job]:
        """The jobs from number ``first`` on, by time of creation."""
        return [self._store[key] for _, key in islice(self._entries(newest_first), first, first + length)]

    def _entries(self, newest_first: bool) -> Iterator[Entry]:
        step = -1 if newest_first else 1
        lists = [map(entries.__getitem__, range(low, high)[::step]) for entries, low, high in self._slices]
        return heapq.merge(*lists, self._active[::step], reverse=newest_first)


class JobStore:
    """Jobs by id, as a dictionary has them, and :meth:`select`."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._sketches: dict[str, Sketch] = {}
        self._make: Callable[[str], Job] | None = None
        self._active: dict[str, Job] = {}
        self._over: defaultdict[tuple[str, str, str], list[Entry]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._jobs) + len(self._sketches)

    def __contains__(self, key: object) -> bool:
        return key in self._jobs or key in self._sketches

    def __iter__(self) -> Iterator[str]:
        return chain(list(self._jobs), list(self._sketches))

    def __getitem__(self, key: str) -> Job:
        if key in self._sketches and self._make is not None:
            self._jobs[key] = self._make(key)
            del self._sketches[key]
        return self._jobs[key]

    def __setitem__(self, key: str, job: Job) -> None:
        self._jobs[key] = self._active[key] = job

    def __delitem__(self, key: str) -> None:
        job = self[key]
        del self._jobs[key]
        if self._active.pop(key, None) is None:
            self._over[_bucket(job)].remove((job.created, key))

    def get(self, key: str) -> Job | None:
        if key not in self:
            return None
        return self[key]

    def values(self) -> Iterator[Job]:
        """Every job, made where it was not."""
        return (self[key] for key in self)

    def made(self) -> Iterator[Job]:
        """The jobs that were made; the others are as their seed has them."""
        return iter(list(self._jobs.values()))

    def sketch(self, sketches: dict[str, Sketch], make: Callable[[str], Job]) -> None:
        """Take in jobs that are over, oldest last, to be made by ``make`` when somebody asks for one."""
        self._make = make
        self._sketches.update(sketches)
        for key, one in sketches.items():
            self._over[one.workspace, one.owner, one.status].append((one.created, key))
        for entries in self._over.values():
            entries.sort()

    def select(self, wanted: Wanted, now: float) -> Selection:
        """The jobs of that workspace, owner and status that were created in that time."""
        self._settle(now)
        slices = []
        for (workspace, owner, status), entries in self._over.items():
            if _is_wanted(wanted, status, workspace, owner):
                low = bisect_left(entries, (wanted.start, ""))
                slices.append((entries, low, max(low, bisect_right(entries, (wanted.end, _HIGHEST_ID)))))
        active = [(job.created, key) for key, job in self._active.items() if _fits(job, wanted, now)]
        return Selection(self, slices, active)

    def _settle(self, now: float) -> None:
        """Put what is over by now into its list."""
        for key, job in list(self._active.items()):
            if timeline.finished(job, now):
                del self._active[key]
                insort(self._over[_bucket(job)], (job.created, key))


def _bucket(job: Job) -> tuple[str, str, str]:
    return str(job.args["WorkspaceId"]), job.user_id, timeline.marks(job)[-1].status


def _is_wanted(wanted: Wanted, status: str, workspace: str, owner: str) -> bool:
    pairs = ((wanted.status, status), (wanted.workspace, workspace), (wanted.owner, owner))
    return all(asked in (None, has) for asked, has in pairs)


def _fits(job: Job, wanted: Wanted, now: float) -> bool:
    in_time = wanted.start <= job.created <= wanted.end
    return in_time and _is_wanted(wanted, timeline.current(job, now).status, str(job.args["WorkspaceId"]), job.user_id)


@dataclass(slots=True)
class Training:
    """All nouns of pai-dlc. ``lock`` guards them: the runner's threads look in while handlers write."""

    jobs: JobStore = field(default_factory=JobStore)
    templates: dict[str, Any] = field(default_factory=dict)
    tensorboards: dict[str, Any] = field(default_factory=dict)
    ray_servers: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    queue: list[Job] = field(default_factory=list)
    admitted: list[Job] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    runner: JobRunner | None = None
