"""A job and its pods as a diagnosis sees them. Times are seconds since the epoch, ``None`` where not known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...timestamps import seconds_of

FAILED_PODS = frozenset({"Failed", "Unknown"})


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod, or one of its earlier runs. ``index`` is its place in the job's list."""

    id: str
    uid: str
    index: int
    role: str
    node: str
    status: str
    evicted: bool
    started: float | None
    finished: float | None
    history: tuple[Pod, ...] = ()

    @property
    def failed(self) -> bool:
        return self.status in FAILED_PODS or self.evicted


@dataclass(frozen=True)
class Subject:
    """What the diagnosis is about: the answer of GetJob, taken apart."""

    job: Mapping[str, Any]
    now: float
    pods: tuple[Pod, ...]

    @property
    def id(self) -> str:
        return str(self.job.get("JobId") or "")

    @property
    def status(self) -> str:
        return str(self.job.get("Status") or "")

    @property
    def reason(self) -> str:
        """The platform's own words: other people's names may stand in them."""
        return " ".join(str(self.job.get(name) or "") for name in ("ReasonCode", "ReasonMessage")).strip()

    @property
    def created(self) -> str:
        """R66: what logs and events are asked from; without it the service's window is the last seven days."""
        return str(self.job.get("GmtCreateTime") or "")

    @property
    def quota(self) -> str:
        return str(self.job.get("ResourceId") or "")

    @property
    def specs(self) -> list[Mapping[str, Any]]:
        return list(self.job.get("JobSpecs") or [])

    @property
    def spot(self) -> bool:
        return any(spec.get("UseSpotInstance") or spec.get("SpotSpec") for spec in self.specs)

    @cached_property
    def reported(self) -> dict[str, tuple[int | None, float | None]]:
        """The pods that the reason names as failed, each with its exit code and time, the first first.

        The service writes the reason of a failure as JSON: ``{"overview", "content": [{"time", "pods", "reason"}]}``.
        """
        try:
            data = json.loads(str(self.job.get("ReasonMessage") or ""))
        except ValueError:
            return {}
        content = data.get("content") if isinstance(data, Mapping) else None
        rows = [row for row in content if isinstance(row, Mapping)] if isinstance(content, list) else []
        found: dict[str, tuple[int | None, float | None]] = {}
        for row in sorted(rows, key=lambda one: _number(one.get("time")) or float("inf")):
            for pod in self._pods_of(row.get("pods")):
                code = _number(row.get("reason"))
                found.setdefault(pod, (int(code) if code is not None else None, _number(row.get("time"))))
        return found

    def _pods_of(self, by_role: Any) -> list[str]:
        if not isinstance(by_role, Mapping):
            return []
        named = [
            (str(role).lower(), str(index))
            for role, places in by_role.items()
            if isinstance(places, list)
            for index in places
        ]
        return [f"{self.id}-{role}-{index}" for role, index in named]

    def pod(self, pod_id: str) -> Pod | None:
        return next((pod for pod in self.pods if pod.id == pod_id), None)

    def named_in(self, text: str) -> list[Pod]:
        """The pods whose ids stand in a text, whole; those that the reason names in its own form too."""
        if text and text == self.reason and self.reported:
            return [pod for pod in self.pods if pod.id in self.reported]
        words = {word.strip(".,:;()[]\"'") for word in text.split()}
        return [pod for pod in self.pods if pod.id in words]


LISTS, MAPS = ("Pods", "StatusHistory", "RestartRecord", "JobSpecs"), ("Settings",)


def subject_of(job: Mapping[str, Any], now: float) -> Subject:
    """The job as far as its answer has the form it should have."""
    sound = dict(job) | {name: _objects(job.get(name)) for name in LISTS}
    sound |= {name: job[name] if isinstance(job.get(name), Mapping) else {} for name in MAPS}
    return Subject(sound, _latest(sound, now), tuple(_pod(raw, index) for index, raw in enumerate(sound["Pods"])))


def _latest(job: Mapping[str, Any], now: float) -> float:
    """The service's own now, where it is later than ours: a running job's creation and its age since."""
    created, seconds = seconds_of(job.get("GmtCreateTime")), job.get("Duration")
    runs = job.get("Status") in ("Running", "Restarting", "Stopping") and isinstance(seconds, int | float)
    return max(now, created + float(seconds or 0)) if runs and created is not None else now


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _pod(raw: Mapping[str, Any], index: int) -> Pod:
    history = [_pod(old, index) for old in _objects(raw.get("HistoryPods"))]
    return Pod(
        str(raw.get("PodId") or ""),
        str(raw.get("PodUid") or ""),
        index,
        str(raw.get("Type") or ""),
        str(raw.get("NodeName") or ""),
        str(raw.get("Status") or ""),
        raw.get("SubStatus") == "Evicted",
        seconds_of(raw.get("GmtStartTime")),
        seconds_of(raw.get("GmtFinishTime")),
        tuple(sorted(history, key=lambda pod: pod.finished or 0.0)),
    )


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def in_order_of_failure(subject: Subject) -> list[Pod]:
    """The failed pods, the first to fail first; those the reason names before others of the same second."""
    named = {pod.id for pod in subject.named_in(subject.reason)}
    failed = [pod for pod in subject.pods if pod.failed]
    return sorted(failed, key=lambda pod: (pod.finished or float("inf"), pod.id not in named, pod.index))


def rank_of(subject: Subject, pod: Pod) -> int:
    """The pod's place in the job: a master, chief or head comes before its workers."""
    return pod.index
