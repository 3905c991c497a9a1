"""A job whose pods run: what is read to say how it does, in two looks."""

from __future__ import annotations

from typing import Any

from ...off_loop import in_thread
from ...timestamps import iso, seconds_of
from .health import decide
from .material import (
    Material,
    gather,
    of_pods,
    want_job_events,
    want_listed,
    want_log,
    want_metric,
    want_recent,
    want_sanity,
)
from .reader import Reader, Want
from .silence import LONG_S, SHORT_S, needs_window
from .subject import Pod, Subject
from .verdict import Verdict
from .view import suspects

SAMPLE, ALL_UP_TO, MORE, MOST_WINDOWS = 6, 10, 4, 3
WINDOW_S = 1800.0
MOST_POINTS, MEMORY_UP_TO = 30_000, 200


async def examine(reader: Reader, subject: Subject) -> Verdict:
    """The second look goes to the pods that the first one shows to be unlike the others."""
    material = Material(subject)
    await gather(reader, material, first_look(subject, reader.call.region))
    await gather(reader, material, await in_thread(_second_look, material))
    return await in_thread(decide, material)


def _second_look(material: Material) -> dict[Any, Want]:
    return {**_closer(material), **_windows(material)}


def first_look(subject: Subject, region: str) -> dict[tuple[str, str], Want]:
    """Events, the limit, logs of some pods, the use of the GPUs (or CPUs), and the health check where there is one."""
    wants: dict[tuple[str, str], Want] = {
        ("job_events", ""): want_job_events(subject),
        ("listed", ""): want_listed(subject),
    }
    for kind in metrics_of(subject):
        wants |= _metric(subject, kind, region)
    if (subject.job.get("Settings") or {}).get("EnableSanityCheck"):
        wants["sanity", ""] = want_sanity(subject)
    return wants | {("log", pod.id): want_log(subject, pod) for pod in sample(subject)}


def metrics_of(subject: Subject) -> list[str]:
    """What shows idle pods and stragglers first; then what can hold a job back, for jobs that are not huge."""
    main = ["GpuCoreUsage"] if subject.job.get("RequestGPU") else []
    return [*main, "CpuCoreUsage", *(["MemoryUsage"] if len(subject.pods) <= MEMORY_UP_TO else [])]


def _metric(subject: Subject, kind: str, region: str) -> dict[tuple[str, str], Want]:
    began = seconds_of(subject.job.get("GmtRunningTime")) or subject.now - WINDOW_S
    start = max(began, subject.now - WINDOW_S)
    step = max(60, int(WINDOW_S * len(subject.pods) / MOST_POINTS))
    return want_metric(subject, kind, iso(start), iso(subject.now), f"{step}s", region)


def sample(subject: Subject) -> list[Pod]:
    """All pods of a small job; of a large one the first, the last and some in between."""
    pods = [pod for pod in subject.pods if pod.started is not None] or list(subject.pods)
    if len(pods) <= ALL_UP_TO:
        return pods
    return [pods[round(at * (len(pods) - 1) / (SAMPLE - 1))] for at in range(SAMPLE)]


def _closer(material: Material) -> dict[Any, Want]:
    """Log and events of the suspects, as far as they were not read; the first pod's events in any case."""
    subject = material.subject
    pods = [pod for pod in map(subject.pod, suspects(material)[:MORE]) if pod is not None]
    pods = pods or list(subject.pods[:ALL_UP_TO] if len(subject.pods) <= ALL_UP_TO else subject.pods[:1])
    return {
        key: want
        for key, want in of_pods(subject, pods).items()
        if key[0] == "pod_events" or key[1] not in material.logs
    }


def _windows(material: Material) -> dict[Any, Want]:
    """Whether the logs grew lately, by the service's time, of pods whose own lines do not prove it."""
    wants: dict[Any, Want] = {}
    for pod in needs_window(material)[:MOST_WINDOWS]:
        for seconds in (SHORT_S, LONG_S):
            wants["recent", (pod.id, seconds)] = want_recent(material.subject, pod, seconds)
    return wants
