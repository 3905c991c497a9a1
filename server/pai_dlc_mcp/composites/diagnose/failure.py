"""Why a job failed, from what was read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...timestamps import seconds_of
from .hits import Hit, exit_code, explains, log_hits, platform_hits, specific, stamp, strongest
from .material import Material
from .patterns import GENERIC, KIND, SPECIFIC, Pattern, pattern
from .patterns_platform import ENDS, PLATFORM
from .restarts import restart_hits
from .subject import Pod, Subject, in_order_of_failure
from .telling import Case, told
from .verdict import Verdict

KILLED = pattern("killed", "system", KIND, "a process was killed from outside; nothing shows that memory was short")
PACKAGE_NETWORK = pattern("unreachable", "network", SPECIFIC, "a package could not be fetched: the network failed")
SANITY = next(one for one in ENDS if one.code == "sanity_failed")
HOST_MEMORY = next(one for one in ENDS if one.code == "host_memory")
LIMIT = next(one for one in ENDS if one.code == "time_limit")
FULL_PERCENT = 95.0
LATE_S = 900.0
STARTS = frozenset(one.code for one in PLATFORM if one not in ENDS)
"""What only matters to a job that never ran."""


@dataclass(frozen=True)
class Judgement:
    """``settled`` says that another look would not help."""

    verdict: Verdict
    settled: bool
    pod: Pod | None = None
    exit_code: int | None = None


def judged(material: Material) -> Judgement:
    """The cause: of the pods in the order of their failure the first that explains itself, or the platform's word."""
    subject = material.subject
    cases = [_case(material, key) for key in _keys(material)]
    causal = _causal(cases)
    chosen = _chosen(material, causal)
    pod = _pod_of(subject, chosen, causal)
    code = next((case.code for case in cases if pod is not None and case.pod.id == pod.id and case.code), None)
    code = code if code is not None else exit_code([subject.reason])
    if not explains(chosen):
        chosen = _by_exit_code(material, pod, code, chosen)
    verdict = told(material, cases, chosen, pod, code, job_hits(material))
    return Judgement(verdict, _settled(chosen), pod, code)


def _settled(chosen: Hit | None) -> bool:
    return chosen is not None and (specific(chosen) or chosen.final)


def _keys(material: Material) -> list[str]:
    """Pods that were read, in the order of their failure; earlier runs behind."""
    order = {pod.id: place for place, pod in enumerate(in_order_of_failure(material.subject))}
    read = list(dict.fromkeys([*material.logs, *material.pod_events]))
    return sorted(read, key=lambda key: ("@" in key, order.get(key.partition("@")[0], len(order))))


def _case(material: Material, key: str) -> Case:
    pod = material.subject.pod(key.partition("@")[0]) or material.subject.pods[0]
    lines, events = material.logs.get(key, []), material.pod_events.get(key, [])
    platform = [hit for hit in platform_hits(events, "pod_event", pod.id) if _counts(hit, pod)]
    return Case(pod, key, (*_refined(log_hits(lines, pod.id)), *platform), exit_code([*events, *lines[-5:]]))


def _refined(hits: list[Hit]) -> list[Hit]:
    """A package that was not found after the network failed is a failure of the network."""
    network = [hit for hit in hits if hit.pattern.category == "network" and hit.pattern.weight == GENERIC]
    if not network:
        return hits
    return [replace(hit, pattern=PACKAGE_NETWORK) if hit.pattern.code == "package_not_found" else hit for hit in hits]


def _counts(hit: Hit, pod: Pod) -> bool:
    """A pod that ran got over whatever delayed its start."""
    return pod.started is None or hit.pattern.code not in STARTS


def _causal(cases: Sequence[Case]) -> Case | None:
    """The earliest that explains itself exactly; else the earliest that explains itself at all; else the earliest."""
    for enough in (_plain, explains):
        found = next((case for case in cases if case.best is not None and enough(case.best)), None)
        if found is not None:
            return found
    return cases[0] if cases else None


def _plain(hit: Hit) -> bool:
    return hit.pattern.weight >= KIND or (hit.final and explains(hit))


def _chosen(material: Material, causal: Case | None) -> Hit | None:
    """The strongest of: the causal pod's own words, the job's reason, late job events, restarts, health checks."""
    of_job, of_pod = strongest(job_hits(material)), causal.best if causal is not None else None
    if of_job is None or of_pod is None:
        return of_pod or of_job
    return of_job if of_job.pattern.weight > of_pod.pattern.weight else of_pod


def job_hits(material: Material) -> list[Hit]:
    subject = material.subject
    ran = any(pod.started for pod in subject.pods)
    late = [line for line in material.job_events if _late(line, subject)]
    end = seconds_of(subject.job.get("GmtFinishTime"))
    found = platform_hits([subject.reason], "reason") + platform_hits(late, "job_event")
    found += restart_hits(subject, end - LATE_S if end is not None else None)
    found = [hit for hit in found if not ran or hit.pattern.code not in STARTS]
    found += [hit for hit in [limit_hit(material)] if hit is not None]
    return found + [_sanity_hit(one) for one in material.sanity if str(one.get("Status")).lower() == "failed"]


def _late(line: str, subject: Subject) -> bool:
    """Whether an event belongs to the end: what happened long before was got over."""
    at, end = stamp(line), seconds_of(subject.job.get("GmtFinishTime"))
    return at is None or end is None or at >= end - LATE_S


def limit_hit(material: Material) -> Hit | None:
    """The limit itself is proof: the job ran as long as it was allowed to, to within a minute."""
    minutes, seconds = material.listed.get("JobMaxRunningTimeMinutes"), material.subject.job.get("Duration")
    if not isinstance(minutes, int) or not isinstance(seconds, int) or minutes <= 0 or seconds < minutes * 60 - 60:
        return None
    return Hit(LIMIT, "numbers", f"The job ran {seconds} s; its limit of {minutes} minutes is {minutes * 60} s.")


def _sanity_hit(phase: Mapping[str, Any]) -> Hit:
    return Hit(SANITY, "sanity", f"{phase.get('Phase')}: {phase.get('Message')}")


def _pod_of(subject: Subject, chosen: Hit | None, causal: Case | None) -> Pod | None:
    """The causal pod: the one that the chosen words belong to or name."""
    if chosen is not None and chosen.pod and (found := subject.pod(chosen.pod)):
        return found
    named = subject.named_in(chosen.text) if chosen is not None else []
    if named:
        return named[0]
    if chosen is not None and chosen.pattern.code in ("time_limit", "stopped_by_person", "preempted"):
        return None
    if causal is not None:
        return causal.pod
    return next(iter(in_order_of_failure(subject)), None)


def _by_exit_code(material: Material, pod: Pod | None, code: int | None, chosen: Hit | None) -> Hit | None:
    """Without words, what the exit code and the memory tell."""
    if code != 137 or pod is None:
        return chosen
    peak = max((value for _, value in material.metrics.get("MemoryUsage", {}).get(pod.id, [])), default=None)
    told: Pattern = HOST_MEMORY if peak is not None and peak >= FULL_PERCENT else KILLED
    seen = "no samples" if peak is None else f"{peak:g}"
    return Hit(told, "metric", f"exit code 137; highest MemoryUsage of the pod: {seen}", pod.id)
