"""A job that ended otherwise than by failing: how, after what, and what it used."""

from __future__ import annotations

from .causes_platform import ENDS
from .decision import limit_finding
from .evidence import platform_findings, strongest
from .material import Material, gather, want_job_events, want_listed
from .reader import Reader
from .restarts import restart_facts
from .subject import Subject
from .text import folded
from .verdict import Quote, Verdict, quote


async def examine(reader: Reader, subject: Subject) -> Verdict:
    material = Material(subject)
    await gather(reader, material, {("job_events", ""): want_job_events(subject), ("listed", ""): want_listed(subject)})
    verdict = succeeded(subject) if subject.status.startswith("Succeeded") else stopped(material)
    restarts, records = restart_facts(subject)
    if restarts:
        verdict.facts["restarts"], verdict.lines["untrusted_restart_records"] = restarts, records
    return verdict


def succeeded(subject: Subject) -> Verdict:
    return Verdict("succeeded", "runtime", "The job succeeded; nothing has to be explained.", "high")


def stopped(material: Material) -> Verdict:
    """By whom or by what: the reason, the last events, and the limit that the running time reached."""
    subject = material.subject
    hits = platform_findings([subject.reason], "reason") + platform_findings(material.job_events[-10:], "job_event")
    found = limit_finding(material) or strongest(hit for hit in hits if hit.cause in ENDS)
    quotes = [quote(found)] if found is not None else []
    if subject.reason and (found is None or found.source != "reason"):
        quotes.append(Quote("reason", subject.reason))
    lines = {"untrusted_job_events": folded(material.job_events)[-6:]}
    if found is None:
        text = "The job was stopped; neither its reason nor its events say by whom."
        return Verdict("stopped", "configuration", text, "low", quotes=quotes, lines=lines)
    text = f"{found.cause.meaning[0].upper()}{found.cause.meaning[1:]}."
    return Verdict(found.cause.code, found.cause.category, text, "high", quotes=quotes, lines=lines)
