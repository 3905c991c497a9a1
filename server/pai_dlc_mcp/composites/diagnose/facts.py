"""Facts about a job from its own record: workspace, resources, phases, GPU hours. Pure."""

from __future__ import annotations

from ...cloud.people import name_in, owner_of
from ...guards.effects.job_states import running_seconds
from ...guards.policy.gpu_count import all_pods
from ...timestamps import seconds_of
from .subject import Subject

MOST_PHASES = 8


def workspace_of(subject: Subject) -> str:
    """The workspace by name and id, as far as the job says."""
    words = (str(subject.job.get(name) or "") for name in ("WorkspaceName", "WorkspaceId"))
    return " ".join(word for word in words if word)


def owner_of_job(subject: Subject) -> str:
    """The owner by name and id, as far as either is known; the name is other people's words."""
    name, owner = name_in(subject.job), owner_of(subject.job)
    return f"{name} ({owner})" if name and owner else name or owner or ""


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
    gpus = subject.job.get("RequestGPU")
    if not isinstance(gpus, int | float) or not gpus:
        return None
    return round(gpus * running_seconds(subject.job, subject.now) / 3600, 2)
