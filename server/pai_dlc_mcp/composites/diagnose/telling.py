"""How the cause of a failure is told: the causal pod in full, the others in a line each. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ...timestamps import iso
from .hits import Hit, excerpt, explains, folded, short, strongest
from .material import Material
from .patterns import GENERIC, exit_meaning
from .restarts import restart_facts
from .subject import Pod, Subject, in_order_of_failure
from .verdict import Quote, Verdict, confidence_in, quotes_of

TAIL = 12


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


def told(
    material: Material, cases: list[Case], chosen: Hit | None, pod: Pod | None, code: int | None, of_job: list[Hit]
) -> Verdict:
    """The verdict with the causal pod in full, and one line for each other that failed."""
    verdict = _named(chosen, pod, code, cases)
    subject = material.subject
    case = next((one for one in cases if pod is not None and one.pod.id == pod.id and _holds(one, chosen)), None)
    verdict.quotes = _quotes(subject, chosen, [*(case.hits if case else ()), *of_job])
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
