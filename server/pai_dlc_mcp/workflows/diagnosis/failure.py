"""Why a job failed, from what was read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...guards.instants import iso, seconds_of
from .hits import (
    Hit,
    excerpt,
    exit_code,
    explains,
    folded,
    log_hits,
    platform_hits,
    short,
    specific,
    stamp,
    strongest,
)  # fmt: skip
from .material import Material
from .patterns import GENERIC, KIND, Pattern, exit_meaning, pattern
from .patterns_platform import ENDS, PLATFORM
from .restarts import restart_facts, restart_hits
from .subject import Pod, Subject, in_order_of_failure
from .verdict import Quote, Verdict, confidence_in, quotes_of

KILLED = pattern("killed", "system", KIND, "a process was killed from outside; nothing shows that memory was short")
SANITY = next(one for one in ENDS if one.code == "sanity_failed")
HOST_MEMORY = next(one for one in ENDS if one.code == "host_memory")
FULL_PERCENT = 95.0
TAIL, LATE_S = 12, 900.0
STARTS = frozenset(one.code for one in PLATFORM if one not in ENDS)
"""What only matters to a job that never ran."""


@dataclass(frozen=True)
class Case:
    """What is known of one failed pod: its hits, its strongest, and its exit code."""

    pod: Pod
    key: str
    hits: tuple[Hit, ...]
    code: int | None

    @property
    def best(self) -> Hit | None:
        return strongest(self.hits)


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
    verdict = _verdict(material, cases, chosen, pod, code)
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
    return Case(pod, key, (*log_hits(lines, pod.id), *platform), exit_code([*events, *lines[-5:]]))


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
    of_job, of_pod = strongest(_job_hits(material)), causal.best if causal is not None else None
    if of_job is None or of_pod is None:
        return of_pod or of_job
    return of_job if of_job.pattern.weight > of_pod.pattern.weight else of_pod


def _job_hits(material: Material) -> list[Hit]:
    subject = material.subject
    ran = any(pod.started for pod in subject.pods)
    late = [line for line in material.job_events if _late(line, subject)]
    found = platform_hits([subject.reason], "reason") + platform_hits(late, "job_event") + restart_hits(subject)
    found = [hit for hit in found if not ran or hit.pattern.code not in STARTS]
    return found + [_sanity_hit(one) for one in material.sanity if str(one.get("Status")).lower() == "failed"]


def _late(line: str, subject: Subject) -> bool:
    """Whether an event belongs to the end: what happened long before was got over."""
    at, end = stamp(line), seconds_of(subject.job.get("GmtFinishTime"))
    return at is None or end is None or at >= end - LATE_S


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


def _verdict(material: Material, cases: list[Case], chosen: Hit | None, pod: Pod | None, code: int | None) -> Verdict:
    verdict = _named(chosen, pod, code, cases)
    subject = material.subject
    case = next((one for one in cases if pod is not None and one.pod.id == pod.id and _holds(one, chosen)), None)
    verdict.quotes = _quotes(subject, chosen, [*(case.hits if case else ()), *_job_hits(material)])
    if pod is not None:
        verdict.facts["causal_pod"] = _facts_of(pod, code)
        verdict.lines["untrusted_pod_events"] = folded(material.pod_events.get(case.key if case else pod.id, []))[-8:]
    verdict.lines["untrusted_log_tail"] = _tail(material, case, chosen)
    verdict.facts["other_failed_pods"] = others(subject, cases, pod)
    restarts, records = restart_facts(subject)
    if restarts:
        verdict.facts["restarts"], verdict.lines["untrusted_restart_records"] = restarts, records
    return verdict


def _holds(case: Case, chosen: Hit | None) -> bool:
    return chosen is None or chosen.source not in ("log", "pod_event") or chosen in case.hits


def _named(chosen: Hit | None, pod: Pod | None, code: int | None, cases: list[Case]) -> Verdict:
    if chosen is None or not explains(chosen):
        return _unexplained(chosen, pod, code, cases)
    confirmed = chosen.source != "log" or bool(code) or any(
        hit.pattern.code == chosen.pattern.code and hit.source != "log" for case in cases for hit in case.hits
    )  # fmt: skip
    where = f"Pod {pod.id}: " if pod is not None else ""
    ended = f"; exit code {code} ({exit_meaning(code)})" if code else ""
    summary = f"{where}{chosen.pattern.meaning}{ended}."
    summary = f"{summary[0].upper()}{summary[1:]}"
    pod_id = pod.id if pod is not None else None
    return Verdict(chosen.pattern.code, chosen.pattern.category, summary, confidence_in(chosen, confirmed), pod_id)


def _unexplained(chosen: Hit | None, pod: Pod | None, code: int | None, cases: list[Case]) -> Verdict:
    """Only consequences were found, or nothing: say what is known and no more."""
    pod_id = pod.id if pod is not None else None
    if chosen is not None and chosen.pattern.code == "collective_timeout":
        read = sum("@" not in case.key for case in cases)
        text = f"A collective timed out; none of the {read} pods that were read shows another cause."
        return Verdict("collective_timeout", "network", text, "low", pod_id)
    ended = f"Exit code {code}: {exit_meaning(code)}" if code else "No exit code is known"
    text = f"{ended}; neither log nor events say more."
    return Verdict(f"exit_{code}" if code else "unknown", "runtime", text, "low", pod_id)


def _quotes(subject: Subject, chosen: Hit | None, hits: list[Hit]) -> list[Quote]:
    """What speaks for the cause, then the platform's reason."""
    quotes = quotes_of(chosen, hits) if chosen is not None else []
    if subject.reason and subject.reason not in {one.text for one in quotes}:
        quotes.append(Quote("reason", subject.reason))
    return quotes


def _facts_of(pod: Pod, code: int | None) -> dict[str, object]:
    facts: dict[str, object] = {"PodId": pod.id, "Type": pod.role, "Status": pod.status, "NodeName": pod.node}
    if pod.finished is not None:
        facts["failed_at"] = iso(pod.finished)
    if pod.started is not None and pod.finished is not None:
        facts["ran_seconds"] = int(pod.finished - pod.started)
    if code is not None:
        facts |= {"exit_code": code, "exit_meaning": exit_meaning(code)}
    return {name: value for name, value in facts.items() if value not in ("", None)}


def _tail(material: Material, case: Case | None, chosen: Hit | None) -> list[str]:
    if case is None:
        return []
    lines = material.logs.get(case.key, [])
    hit = chosen if chosen is not None and chosen.source == "log" and chosen in case.hits else None
    hit = hit or strongest(one for one in case.hits if one.source == "log")
    if hit is not None and hit.pattern.weight >= GENERIC:
        return excerpt(lines, hit)
    return [short(line) for line in lines[-TAIL:]]


def others(subject: Subject, cases: list[Case], causal: Pod | None, most: int = 6) -> list[str]:
    """The other failed pods, one line each in the order of their failure, the rest counted."""
    failed = [pod for pod in in_order_of_failure(subject) if causal is None or pod.id != causal.id]
    first = causal.finished if causal is not None else None
    lines = [_one(pod, next((one for one in cases if one.key == pod.id), None), first) for pod in failed[:most]]
    if len(failed) > most:
        lines.append(f"and {len(failed) - most} more failed pods")
    return lines


def _one(pod: Pod, case: Case | None, first: float | None) -> str:
    parts = [pod.id]
    if case is not None and case.code:
        parts.append(f"exit code {case.code}")
    if case is not None and case.best is not None:
        parts.append(case.best.pattern.meaning)
    if first is not None and pod.finished is not None:
        parts.append(f"{pod.finished - first:+.0f} s")
    return ", ".join(parts) if len(parts) > 1 else f"{pod.id}, not read"
