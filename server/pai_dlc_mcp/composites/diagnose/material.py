"""What a diagnosis has read, and the reads themselves; the decisions only see this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import anyio

from ...cloud import metrics
from ...timestamps import iso, seconds_of
from .evidence import LogReading, read_log
from .progress import Step, steps_of
from .reader import Reader, Want
from .stamps import SLACK_S, names_zone, seconds_in, shift_to_utc
from .subject import Pod, Subject

IN_ORDER = ("log", "pod_events")
LOG_LINES, MORE_LOG_LINES, JOB_EVENTS, POD_EVENTS = 500, 2_000, 200, 60
TIME_CHARS = 40
"""How much of an event is searched for its time."""
CHINA_S = 8 * 3600.0
_RUN = "@"


def earlier(pod: Pod) -> str:
    """Under which key an earlier run of a pod is kept, beside the pod's id for the last one."""
    return f"{pod.id}{_RUN}{pod.uid}"


def is_earlier(key: str) -> bool:
    """Whether a key is that of an earlier run."""
    return _RUN in key


def pod_of(key: str) -> str:
    """The id of the pod of which a key keeps a run."""
    return key.partition(_RUN)[0]


@dataclass
class Material:
    """Logs and events by pod id (of an earlier run: ``id@uid``), as far as they came; ``metrics`` by metric and pod,
    ``whole`` by metric where the samples are the whole job's."""

    subject: Subject
    job_events: list[str] = field(default_factory=list)
    logs: dict[str, list[str]] = field(default_factory=dict)
    pod_events: dict[str, list[str]] = field(default_factory=dict)
    sanity: list[Mapping[str, Any]] = field(default_factory=list)
    listed: Mapping[str, Any] = field(default_factory=dict)
    metrics: dict[str, dict[str, list[tuple[float, float]]]] = field(default_factory=dict)
    whole: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    recent: dict[tuple[str, int], bool] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    beginnings: dict[str, int] = field(default_factory=dict)
    """How many of a log's lines are its first ones, where a gap follows them that was not read."""
    _readings: dict[tuple[str, int], tuple[list[str], LogReading]] = field(default_factory=dict)
    _steps: dict[str, tuple[list[str], list[Step]]] = field(default_factory=dict)

    def reading(self, key: str, last: int = 0) -> LogReading:
        """What this log says, or its ``last`` lines, worked out once for the lines that there are."""
        lines = self.logs.get(key, [])
        known = self._readings.get((key, last))
        if known is None or known[0] is not lines:
            known = self._readings[key, last] = (lines, read_log(lines[-last:], pod_of(key)))
        return known[1]

    def steps(self, key: str) -> list[Step]:
        """The steps that this log tells, worked out once for the lines that there are."""
        lines = self.logs.get(key, [])
        known = self._steps.get(key)
        if known is None or known[0] is not lines:
            known = self._steps[key] = (lines, steps_of(lines))
        return known[1]

    @cached_property
    def _event_shift(self) -> float:
        """Seconds to add to the times of events that name no zone to get UTC.

        The service writes China's time there (recorded); where that does not lie in the job's life, what does.
        """
        lines = [*self.job_events, *(line for events in self.pod_events.values() for line in events)]
        heads = [line[:TIME_CHARS] for line in lines if not names_zone(line[:TIME_CHARS])]
        times = [at for head in heads if (at := seconds_in(head)) is not None]
        created = seconds_of(self.subject.created)
        if not times or created is None:
            return 0.0
        ended = seconds_of(self.subject.job.get("GmtFinishTime")) or self.subject.now
        if min(times) - CHINA_S >= created - SLACK_S and max(times) - CHINA_S <= ended + SLACK_S:
            return -CHINA_S
        return shift_to_utc(times, times, created, ended)

    def event_time(self, line: str) -> float | None:
        """The time at the beginning of an event, in seconds since the epoch."""
        head = line[:TIME_CHARS]
        at = seconds_in(head)
        return at if at is None or names_zone(head) else at + self._event_shift

    def is_whole(self, key: str) -> bool:
        """Whether a log was read from its beginning: fewer lines came than were asked for."""
        return key in self.logs and key not in self.beginnings and len(self.logs[key]) < self.asked.get(key, LOG_LINES)

    def take(self, answers: Mapping[Any, Mapping[str, Any]]) -> None:
        """Sort answers into place by their keys: ``(kind, what)``."""
        for (kind, what), answer in answers.items():
            if kind == "log":
                self.logs[what] = list(answer.get("Logs") or [])
            elif kind == "recent":
                self.recent[what] = bool(answer.get("Logs"))
            elif kind == "pod_events":
                self.pod_events[what] = list(answer.get("Events") or [])
            elif kind == "job_events":
                self.job_events = list(answer.get("Events") or [])
            elif kind == "metric":
                self.metrics[what] = points_of(answer)
            elif kind == "monitor":
                found = points_of({"PodMetrics": metrics.by_pod(metrics.data_points(answer))})
                self.whole[what] = found.pop(metrics.WHOLE_JOB, [])
                self.metrics |= {what: found} if found else {}
            elif kind == "sanity":
                self.sanity = [one for run in answer.get("SanityCheckResults") or [] for one in _phases(run)]
            elif kind == "listed":
                self.listed = next(iter(answer.get("Jobs") or []), {})


def _phases(run: Any) -> list[Mapping[str, Any]]:
    """One run of the check is a list of phases; a flat list is taken as well."""
    return [one for one in (run if isinstance(run, list) else [run]) if isinstance(one, Mapping)]


def points_of(answer: Mapping[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """Points by pod, each a time (seconds since the epoch) and a value; a pod without samples has an empty list."""
    return {
        str(pod.get("PodId")): [
            (float(point["Time"]) / 1000, float(point["Value"]))
            for point in pod.get("Metrics") or []
            if isinstance(point.get("Time"), int | float) and isinstance(point.get("Value"), int | float)
        ]
        for pod in answer.get("PodMetrics") or []
    }


def key_of(pod: Pod, current: Pod | None = None) -> str:
    return pod.id if current is None or current.uid == pod.uid else earlier(pod)


def want_log(subject: Subject, pod: Pod, lines: int = LOG_LINES, old: bool = False) -> Want:
    args = {"JobId": subject.id, "PodId": pod.id, "MaxLines": lines} | _since(subject)
    return Want("GetPodLogs", args | ({"PodUid": pod.uid} if old else {}), f"log of {pod.id}")


def want_recent(subject: Subject, pod: Pod, seconds: int) -> Want:
    """Whether the log grew in the last so many seconds, by the service's own time."""
    args = {"JobId": subject.id, "PodId": pod.id, "MaxLines": 1, "StartTime": iso(subject.now - seconds)}
    return Want("GetPodLogs", args, f"newest lines of {pod.id}")


def want_pod_events(subject: Subject, pod: Pod, old: bool = False) -> Want:
    args = {"JobId": subject.id, "PodId": pod.id, "MaxEventsNum": POD_EVENTS} | _since(subject)
    return Want("GetPodEvents", args | ({"PodUid": pod.uid} if old else {}), f"events of {pod.id}")


def want_job_events(subject: Subject) -> Want:
    return Want("GetJobEvents", {"JobId": subject.id, "MaxEventsNum": JOB_EVENTS} | _since(subject), "job events")


def want_listed(subject: Subject) -> Want:
    """The job's line in ListJobs, which alone tells the running-time limit."""
    args: dict[str, Any] = {"JobId": subject.id, "PageNumber": 1, "PageSize": 1}
    args |= {"StartTime": subject.created} if subject.created else {}
    return Want("ListJobs", args, "running-time limit")


def want_sanity(subject: Subject) -> Want:
    return Want("ListJobSanityCheckResults", {"JobId": subject.id}, "health checks")


def want_metric(
    subject: Subject, kind: str, start: str, end: str, step: str, region: str
) -> dict[tuple[str, str], Want]:
    """Samples from the source that serves the job (R62); CloudMonitor has not all kinds, and then there is none."""
    args = {"JobId": subject.id, "MetricType": kind, "StartTime": start, "EndTime": end, "TimeStep": step}
    if not metrics.is_monitored(subject.job):
        return {("metric", kind): Want("GetJobMetrics", args, f"metric {kind}")}
    monitored = metrics.monitor_args(subject.job, args, region) if kind == "GpuCoreUsage" else None
    return {("monitor", kind): Want("GetMetrics", monitored, f"metric {kind} of CloudMonitor")} if monitored else {}


def of_pods(subject: Subject, pods: Iterable[Pod]) -> dict[tuple[str, str], Want]:
    """Log and events of each of these pods."""
    wants: dict[tuple[str, str], Want] = {}
    for pod in pods:
        wants["log", pod.id] = want_log(subject, pod)
        wants["pod_events", pod.id] = want_pod_events(subject, pod)
    return wants


def events_of(subject: Subject, pods: Iterable[Pod]) -> dict[tuple[str, str], Want]:
    """Events of each of these pods."""
    return {("pod_events", pod.id): want_pod_events(subject, pod) for pod in pods}


def of_earlier_runs(subject: Subject, pods: Iterable[Pod]) -> dict[tuple[str, str], Want]:
    """Log and events of earlier runs of a pod."""
    wants: dict[tuple[str, str], Want] = {}
    for old in pods:
        wants["log", earlier(old)] = want_log(subject, old, old=True)
        wants["pod_events", earlier(old)] = want_pod_events(subject, old, old=True)
    return wants


def _since(subject: Subject) -> dict[str, str]:
    return {"StartTime": subject.created} if subject.created else {}


async def gather(reader: Reader, material: Material, wants: Mapping[Any, Want]) -> None:
    """The answers of these reads in the order of R63: job events, logs, pod events, each kind side by side.

    A kind that hangs holds the next one up for a fifth of the time of all, and no longer.
    """

    material.asked |= {what: want.args["MaxLines"] for (kind, what), want in wants.items() if kind == "log"}

    async def stage(some: Mapping[Any, Want], done: anyio.Event) -> None:
        material.take(await reader.read(some))
        done.set()

    async with anyio.create_task_group() as group:
        for place in range(len(IN_ORDER) + 1):
            some = {key: want for key, want in wants.items() if _place(key[0]) == place}
            if some:
                group.start_soon(stage, some, done := anyio.Event())
                with anyio.move_on_after(reader.seconds / 5):
                    await done.wait()


def _place(kind: str) -> int:
    """Where a kind of read stands in the order of R63; what is not named there comes first."""
    return IN_ORDER.index(kind) + 1 if kind in IN_ORDER else 0
