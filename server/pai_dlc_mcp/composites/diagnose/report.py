"""From a verdict to an answer: under 8,000 characters, other people's words only in fields named ``untrusted_…``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...guards.policy.gpu_count import all_pods
from ...timestamps import seconds_of
from .hits import short
from .subject import Subject
from .verdict import Quote, Verdict, next_steps

MOST_QUOTES, QUOTE_CHARS, MOST_PHASES, MOST_CHARS = 5, 300, 10, 6_500


def answer(subject: Subject, verdict: Verdict, region: str, requests: int, missed: list[str]) -> dict[str, Any]:
    """Flat on purpose: the same data reads as lines of text."""
    job = subject.job
    data: dict[str, Any] = {name: job[name] for name in ("JobId", "DisplayName", "Status", "JobType") if job.get(name)}
    data |= {
        "cause": verdict.cause,
        "category": verdict.category,
        "confidence": verdict.confidence,
        "summary": verdict.summary,
        "pod": verdict.pod,
        "untrusted_evidence": [_quoted(one) for one in verdict.quotes[:MOST_QUOTES]],
    }
    data |= {name: value for name, value in verdict.facts.items() if value not in (None, {}, [])}
    data |= {name: lines for name, lines in verdict.lines.items() if lines}
    data["also"] = verdict.also
    data |= {"resources": resources_of(subject), "phases": phases_of(subject), "gpu_hours": gpu_hours_of(subject)}
    data |= {"next": next_steps(verdict.cause, steps_of(subject, verdict, region)), "not_read": missed[:8]}
    data["requests"] = requests
    return {name: value for name, value in data.items() if value not in (None, [], {}, "")}


def _quoted(one: Quote) -> str:
    where = f"{one.source} {one.pod}" if one.pod else one.source
    return f"[{where}] {short(one.text, QUOTE_CHARS)}"


def resources_of(subject: Subject) -> str:
    """What the job asks for and where from, in one line."""
    job = subject.job
    source = f"quota {subject.quota}" if subject.quota else "pay-as-you-go"
    spot = ", spot" if subject.spot else ""
    asked = [f"{job[name]:,.10g} {unit}" for name, unit in _ASKED if isinstance(job.get(name), int | float)]
    types = dict.fromkeys(str(spec["EcsSpec"]) for spec in subject.specs if spec.get("EcsSpec"))
    pods = all_pods(subject.specs)
    return ", ".join([f"{source}{spot}", f"{pods} pod{'s' if pods != 1 else ''}", *types, *asked])


_ASKED = (("RequestGPU", "GPU"), ("RequestCPU", "CPU"), ("RequestMemory", "GiB"))


def phases_of(subject: Subject) -> list[str]:
    """The states that the job went through, each with its seconds; the last with ``so far`` where it lasts."""
    lines = []
    for one in (subject.job.get("StatusHistory") or [])[-MOST_PHASES:]:
        start, end = seconds_of(one.get("StartTime")), seconds_of(one.get("EndTime"))
        if start is None:
            continue
        ended = one.get("Status") in ("Succeeded", "Failed", "Stopped")
        took = "" if ended else f" {(end or subject.now) - start:.0f} s" + ("" if end else " so far")
        lines.append(f"{one.get('Status')}{took}")
    return lines


def gpu_hours_of(subject: Subject) -> float | None:
    """GPUs times the hours it ran; ``None`` for a job without GPUs."""
    gpus, seconds = subject.job.get("RequestGPU"), subject.job.get("Duration")
    if not isinstance(gpus, int | float) or not isinstance(seconds, int | float) or not gpus:
        return None
    return round(gpus * seconds / 3600, 2)


def steps_of(subject: Subject, verdict: Verdict, region: str) -> Mapping[str, Mapping[str, Any]]:
    """The arguments of each step that can be called as it stands."""
    job = {"region": region, "job_id": subject.id}
    pod = verdict.pod or (subject.pods[0].id if subject.pods else None)
    given: dict[str, dict[str, Any]] = dict.fromkeys(("search", "clone", "wait", "sanity", "events", "stop"), job)
    given |= {name: {"region": region} for name in ("quotas", "specs", "images", "datasets")}
    given["metrics"] = job | {"metric_type": "GpuCoreUsage" if subject.job.get("RequestGPU") else "MemoryUsage"}
    if verdict.cause in ("host_memory", "killed"):
        given["metrics"] = job | {"metric_type": "MemoryUsage"}
    if subject.job.get("GmtFinishTime") and subject.created:
        given["metrics"] |= {"start_time": subject.created, "end_time": subject.job["GmtFinishTime"]}
    if pod is not None:
        given["logs"] = job | {"pod_id": pod}
    if subject.quota:
        given["holders"] = {"region": region, "resource_id": subject.quota, "status": "Running"}
    return given
