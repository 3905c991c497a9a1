"""From a verdict to an answer: under 8,000 characters, other people's words only in fields named ``untrusted_…``."""

from __future__ import annotations

from typing import Any

from ...guards.policy.gpu_count import all_pods
from ...timestamps import seconds_of
from .steps import arguments_of, next_steps
from .subject import Subject
from .text import short
from .verdict import Quote, Verdict

MOST_QUOTES, MOST_PHASES, COMMAND_CHARS = 4, 8, 120


def answer(subject: Subject, verdict: Verdict, region: str, requests: int, missed: list[str]) -> dict[str, Any]:
    """Flat on purpose: the same data reads as lines of text."""
    job = subject.job
    data: dict[str, Any] = {name: job[name] for name in ("JobId", "DisplayName", "Status", "JobType") if job.get(name)}
    data |= {
        "cause": verdict.cause,
        "category": verdict.category,
        "area": verdict.area,
        "confidence": verdict.confidence,
        "summary": verdict.summary,
        "pod": verdict.pod,
        "rank": verdict.rank,
        "untrusted_evidence": [_quoted(one) for one in verdict.quotes[:MOST_QUOTES]],
    }
    data |= {name: value for name, value in verdict.facts.items() if value not in (None, {}, [])}
    data |= {name: lines for name, lines in verdict.lines.items() if lines}
    data["also"] = verdict.also
    data |= {
        "workspace": workspace_of(subject),
        "untrusted_command": short(str(job.get("UserCommand") or ""), COMMAND_CHARS),
    }
    data |= {
        "resources": resources_of(subject),
        "phases": ", ".join(phases_of(subject)),
        "gpu_hours": gpu_hours_of(subject),
    }
    data |= {"next": next_steps(verdict, arguments_of(subject, verdict, region)), "not_read": missed[:5]}
    data["requests"] = requests
    return {name: value for name, value in data.items() if value not in (None, [], {}, "")}


def _quoted(one: Quote) -> str:
    where = " ".join(
        part for part in (one.source, one.pod or "", f"rank {one.rank}" if one.rank is not None else "") if part
    )
    return f"[{where}] {one.text}"


def workspace_of(subject: Subject) -> str:
    """The workspace by name and id, as far as the job says."""
    words = (str(subject.job.get(name) or "") for name in ("WorkspaceName", "WorkspaceId"))
    return " ".join(word for word in words if word)


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
        has_ended = one.get("Status") in ("Succeeded", "Failed", "Stopped")
        took = "" if has_ended else f" {(end or subject.now) - start:.0f} s" + ("" if end else " so far")
        lines.append(f"{one.get('Status')}{took}")
    return lines


def gpu_hours_of(subject: Subject) -> float | None:
    """GPUs times the hours it ran; ``None`` for a job without GPUs."""
    gpus, seconds = subject.job.get("RequestGPU"), subject.job.get("Duration")
    if not isinstance(gpus, int | float) or not isinstance(seconds, int | float) or not gpus:
        return None
    return round(gpus * seconds / 3600, 2)
