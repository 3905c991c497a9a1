"""A job that ended otherwise than by failing: how, after what, and what it used."""

from __future__ import annotations

from typing import Any

from . import progress
from .causes_platform import ENDS
from .decision import limit_finding
from .evidence import strongest
from .explanation import checkpoints
from .material import Material, gather, want_job_events, want_listed, want_log
from .platform_words import platform_findings
from .reader import Reader, Want
from .restarts import restart_facts
from .subject import Subject
from .text import EVENTS_SHOWN, folded, short
from .verdict import Confidence, Quote, Verdict, quote

PODS, METRIC_LINES = 2, 3
_CODES = frozenset(one.code for one in ENDS) - {"terminated"}
"""What can have stopped a job; a probe that failed is not that."""


async def examine(reader: Reader, subject: Subject) -> Verdict:
    """A job that succeeded with its last metrics, one that was stopped with by whom or what."""
    material = Material(subject)
    wants: dict[Any, Want] = {("job_events", ""): want_job_events(subject), ("listed", ""): want_listed(subject)}
    if subject.status.startswith("Succeeded"):
        wants |= {("log", pod.id): want_log(subject, pod) for pod in subject.pods[:PODS]}
    await gather(reader, material, wants)
    verdict = succeeded(material) if subject.status.startswith("Succeeded") else stopped(material)
    restarts, records = restart_facts(subject)
    if restarts:
        verdict.facts["restarts"], verdict.lines["untrusted_restart_records"] = restarts, records
    return verdict


def succeeded(material: Material) -> Verdict:
    """With the last line of progress of the first pod that prints any, and the last checkpoint."""
    verdict = Verdict("succeeded", "runtime", "The job succeeded; nothing has to be explained.", "high", area="code")
    for pod, lines in material.logs.items():
        steps = material.steps(pod)
        if steps:
            verdict.facts["last_metrics"] = progress.describe(steps)
            shown = [line for line in lines if progress.step_of(line)][-METRIC_LINES:]
            verdict.lines["untrusted_last_metrics"] = [short(line) for line in shown]
            verdict.lines |= checkpoints(material.reading(pod))
            return verdict
        verdict.lines.setdefault("untrusted_log_tail", [short(line) for line in lines[-METRIC_LINES:]])
    return verdict


def stopped(material: Material) -> Verdict:
    """By whom or by what: the reason, the last events, and the limit that the running time reached."""
    subject = material.subject
    hits = platform_findings([subject.reason], "reason") + platform_findings(material.job_events[-10:], "job_event")
    found = limit_finding(material) or strongest(hit for hit in hits if hit.cause.code in _CODES)
    quotes = [quote(found)] if found is not None else []
    if subject.reason and (found is None or found.source != "reason"):
        quotes.append(Quote("reason", subject.reason))
    lines = {"untrusted_job_events": folded(material.job_events)[-EVENTS_SHOWN:]}
    if found is None:
        text = "The job was stopped; neither its reason nor its events say by whom."
        return Verdict("stopped", "configuration", text, "low", quotes=quotes, lines=lines)
    text = f"{found.cause.meaning[0].upper()}{found.cause.meaning[1:]}."
    level: Confidence = "medium" if found.is_generic else "high"
    return Verdict(found.cause.code, found.cause.category, text, level, quotes=quotes, lines=lines)
