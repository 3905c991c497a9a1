"""What pods print and measure: texts filled in from templates, log lines, metric samples.

Nothing is stored: every line and figure is a function of the job, the pod and the line's number, so the same line
reads the same at every look, and the end of ten million lines costs no more than of ten.

In a behaviour file a part of a log is ``{"at": s, "line" or "lines": …}`` (seconds after the pod's start),
``{"before_end": s, …}`` (before its end, unless a stop came first), or ``{"from": s, "every": s, "line": …}``, which
repeats until ``to``, for ``count`` lines, or until ``spare`` seconds before the pod's end; ``first`` and ``stride``
number its steps.
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from operator import itemgetter
from typing import Any

from . import timeline
from .pods import Pod, cut_short, pod_count, pod_id
from .requests import bad_request
from .resources import SPECS
from .state import Job

_FIELD = re.compile(r"\{(\w+)\}")
_NAMED_PODS = 16
_MIX = 0x9E3779B97F4A7C15


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Put in the fields that are known; other braces stay as they are."""
    return _FIELD.sub(lambda found: str(values.get(found[1], found[0])), template)


def container_name(job: Job) -> str:
    """The training container's name: ``pytorch`` in a PyTorchJob (recorded), the others by analogy."""
    framework = str(job.args["JobType"]).removesuffix("Job").lower()
    return "tensorflow" if framework == "tf" else framework


def noise(*parts: int) -> float:
    """A repeatable figure between -1 and 1."""
    mixed = 0
    for part in parts:
        mixed = ((mixed ^ (part & 0xFFFFFFFFFFFFFFFF)) * _MIX + 0x7F4A7C15) & 0xFFFFFFFFFFFFFFFF
        mixed ^= mixed >> 29
    return (mixed >> 11) / 2**52 - 1.0


def job_values(job: Job) -> dict[str, Any]:
    specs = job.args.get("JobSpecs") or [{}]
    return (
        job.facts
        | _pod_ids(job)
        | {
            "job": job.id,
            "name": job.args.get("DisplayName", ""),
            "world_size": pod_count(job),
            "last_rank": pod_count(job) - 1,
            "image": specs[0].get("Image", ""),
            "spec": specs[0].get("EcsSpec", ""),
            "command": job.args.get("UserCommand", ""),
            "quota": job.quota_id,
            "user": job.user_id,
            "priority": job.args.get("Priority", 1),
            "master": pod_id(job, 0),
            "container": container_name(job),
            "account": job.account_id,
            "mount": ((job.args.get("DataSources") or [{}])[0]).get("MountPath") or "/mnt/data",
            "source": _source(job),
            "limit": job.args.get("JobMaxRunningTimeMinutes", ""),
        }
    )


def pod_values(job: Job, pod: Pod) -> dict[str, Any]:
    return job_values(job) | {
        "pod": pod.id,
        "rank": pod.rank,
        "local_rank": pod.rank % 8,
        "node": pod.node,
        "ip": pod.ip,
        "gpus": int(pod.demand.gpu),
        "attempt": pod.attempt,
        "memory": f"{pod.demand.memory:g}Gi",
        "memory_kb": int(pod.demand.memory * 2**20),
    }


def line_values(number: int, at: float, rank: int, first: int, stride: int) -> dict[str, Any]:
    """The figures of one training step."""
    step = first + number * stride
    wobble = noise(step, rank)
    when = datetime.fromtimestamp(at, UTC)
    return {
        "n": number,
        "step": step,
        "loss": f"{2.1 * math.exp(-step / 900) + 0.35 + 0.04 * wobble:.4f}",
        "grad_norm": f"{1.1 + 0.3 * noise(step, rank, 1):.3f}",
        "lr": f"{3e-4 * min(1.0, (step + 1) / 200):.2e}",
        "tput": f"{2480 + 60 * wobble:.1f}",
        "ms": f"{412 + 9 * wobble:.1f}",
        "slow_ms": f"{1310 + 40 * wobble:.1f}",
        "slow_tput": f"{790 + 20 * wobble:.1f}",
        "mfu": f"{41.5 + 0.8 * wobble:.1f}",
        "time": when.strftime("%Y-%m-%d %H:%M:%S,") + f"{when.microsecond // 1000:03d}",
        "iso": when.strftime("%Y-%m-%dT%H:%M:%S"),
    }


def _pod_ids(job: Job) -> dict[str, str]:
    """``pod_0`` to ``pod_15``, wrapping around as the rules for pods do."""
    count = pod_count(job)
    return {f"pod_{number}": pod_id(job, number % count) for number in range(_NAMED_PODS)}


def _source(job: Job) -> str:
    first = (job.args.get("DataSources") or [{}])[0]
    return str(first.get("Uri") or first.get("DataSourceId") or "oss://training-data/corpus/")


MOST_LINES = 200_000
"""What one answer has at most, however many lines are asked for."""
_ENDLESS = 1e12


@dataclass(frozen=True, slots=True)
class LogPart:
    """``count`` lines, the first at ``begins`` (epoch seconds), ``every`` seconds apart."""

    begins: float
    every: float
    count: int
    templates: tuple[str, ...]
    first: int = 1
    stride: int = 1

    def between(self, start: float, end: float) -> range:
        """The numbers of the lines whose time lies in start..end."""
        if self.every <= 0:
            return range(self.count if start <= self.begins <= end else 0)
        low = max(0, math.ceil((start - self.begins) / self.every - 1e-9))
        high = min(self.count, math.floor((end - self.begins) / self.every + 1e-9) + 1)
        return range(low, max(low, high))

    def at(self, number: int) -> float:
        return self.begins + number * self.every


def tail_log(job: Job, pod: Pod, start: float, end: float, most: int) -> list[str]:
    """The last ``most`` lines of that stretch of time, oldest first."""
    end = min(end, pod.ended if pod.ended is not None else end)
    if job.run is not None:
        return job.run.tail(pod.rank, start, end, most)
    values = pod_values(job, pod)
    every = log_parts(job, pod)
    chosen = [_last_lines(part, order, start, end, most) for order, part in enumerate(every)]
    newest = sorted(heapq.nlargest(most, (key for keys in chosen for key in keys)))
    return [_line(every[order], number, pod.rank, values) for _, order, number in newest]


def log_parts(job: Job, pod: Pod) -> list[LogPart]:
    """The parts of this pod's log, from its rules: ``logs`` replaces what was before, ``more_logs`` adds."""
    if pod.began is None:
        return []
    raw: list[dict[str, Any]] = []
    for rule in pod.rules:
        raw = (raw if rule.logs is None else list(rule.logs)) + list(rule.more_logs)
    cut = cut_short(job, pod, timeline.marks(job))
    return [_part(one, pod) for one in raw if "before_end" not in one or (pod.ended is not None and not cut)]


def _part(raw: dict[str, Any], pod: Pod) -> LogPart:
    began = pod.began or 0.0
    lines = tuple(raw.get("lines") or [raw["line"]])
    if "before_end" in raw:
        return LogPart((pod.ended or 0.0) - raw["before_end"], 0.0, len(lines), lines)
    if "at" in raw:
        return LogPart(began + raw["at"], 0.0, len(lines), lines)
    every = float(raw["every"])
    last = min(raw.get("to", math.inf), math.inf if pod.due is None else pod.due - began - raw.get("spare", 0.0))
    count = min(raw.get("count", math.inf), max(0.0, (last - raw["from"]) / every), _ENDLESS)
    return LogPart(began + raw["from"], every, int(count), lines, raw.get("first", 1), raw.get("stride", 1))


def _last_lines(part: LogPart, order: int, start: float, end: float, most: int) -> Iterator[tuple[float, int, int]]:
    """Sort keys (time, part, number) of the part's last lines there."""
    numbers = part.between(start, end)
    return ((part.at(number), order, number) for number in numbers[-most:])


def _line(part: LogPart, number: int, rank: int, values: dict[str, Any]) -> str:
    template = part.templates[number % len(part.templates)]
    return fill(template, values | line_values(number, part.at(number), rank, part.first, part.stride))


METRIC_TYPES = (
    "GpuCoreUsage", "GpuMemoryUsage", "CpuCoreUsage", "MemoryUsage",
    "NetworkInputRate", "NetworkOutputRate", "DiskReadRate", "DiskWriteRate",
)  # fmt: skip
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_MOST_POINTS = 1440


def step_seconds(text: Any) -> float:
    """``5m``, ``300``, ``300s``: the distance of the samples, five minutes by default."""
    found = re.fullmatch(r"\s*(\d+)\s*([smhd]?)\w*\s*", str(text or "300").lower())
    if found is None or int(found[1]) == 0:
        raise bad_request(f"TimeStep is not a stretch of time: {text}.", "InvalidParameter")
    return float(found[1]) * _UNITS[found[2]]


def sample_metrics(job: Job, pod: Pod, kind: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
    """The points while the pod ran. A pod without a GPU has no GPU samples, which is not the same as zero."""
    if pod.began is None or (kind.startswith("Gpu") and not pod.demand.gpu):
        return []
    if job.run is not None:
        return job.run.samples(pod.rank, kind, start, end, step)
    shape = _metric_shape(pod, kind)
    last = min(end, math.inf if pod.ended is None else pod.ended)
    return [] if shape is None else list(_points(shape, pod, max(start, pod.began), last, step))


def has_own_metrics(job: Job) -> bool:
    """Whether GetJobMetrics serves the job: pay-as-you-go on general-purpose machines. The rest is CloudMonitor's."""
    types = {str(spec.get("EcsSpec") or "") for spec in job.args.get("JobSpecs") or []}
    return not job.quota_id and all(SPECS.get(name, {}).get("ResourceType") != "Lingjun" for name in types)


_CLOUD_MONITOR = {
    "JOB_GPU_ACCELERATOR_DUTTY_UTIL": "GpuCoreUsage",
    "CARD_GPU_DRAM_ACTIVE_UTIL": "GpuMemoryUsage",
    "JOB_MEMORY_FREE": "MemoryUsage",
}
"""The three names that a client is known to use, and what they are made from here; the first where none is asked."""


def cloud_monitor_points(
    job: Job, pods: list[Pod], name: str, start: float, end: float, step: float
) -> list[dict[str, Any]]:
    """Points of a metric: of the job as a whole (the mean of its pods), or of each card of each pod.

    Free memory is in bytes, the rest in percent.
    """
    name = name or next(iter(_CLOUD_MONITOR))
    kind = _CLOUD_MONITOR.get(name)
    if kind is None:
        return []
    values: dict[int, list[float]] = {}
    cards: list[dict[str, Any]] = []
    for pod in pods:
        for sample in sample_metrics(job, pod, kind, start, end, step):
            if name.startswith("CARD_"):
                cards += [
                    {"timestamp": sample["Time"], "jobId": job.id, "pod": pod.id, "gpu": str(gpu),
                     "Value": sample["Value"]}
                    for gpu in range(int(pod.demand.gpu))
                ]  # fmt: skip
            else:
                free = pod.demand.memory * 2**30 * (1 - sample["Value"] / 100)
                values.setdefault(sample["Time"], []).append(free if name.endswith("_FREE") else sample["Value"])
    whole = [
        {"timestamp": at, "jobId": job.id, "Value": round(sum(found) / len(found), 2)}
        for at, found in sorted(values.items())
    ]
    return whole + sorted(cards, key=itemgetter("timestamp", "pod", "gpu"))


def _points(shape: dict[str, Any], pod: Pod, start: float, end: float, step: float) -> Iterator[dict[str, Any]]:
    first = math.ceil(start / step)
    count = min(math.floor(end / step) - first + 1, _MOST_POINTS)
    for number in range(first, first + max(count, 0)):
        at = number * step
        value = _along(shape["points"], at - (pod.began or 0.0)) + shape.get("noise", 0) * noise(number, pod.rank, 7)
        top = shape.get("top", 100.0 if max(y for _, y in shape["points"]) <= 100 else math.inf)
        yield {"Time": int(at * 1000), "Value": round(min(max(value, 0.0), top), 2)}


def _metric_shape(pod: Pod, kind: str) -> dict[str, Any] | None:
    said = [rule.metrics[kind] for rule in pod.rules if kind in rule.metrics]
    return said[-1] if said else None


def _along(points: list[list[float]], at: float) -> float:
    """On the line through the points; level before the first and after the last."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if at <= x1:
            return y0 + (y1 - y0) * max(0.0, at - x0) / (x1 - x0)
    return points[-1][1]
