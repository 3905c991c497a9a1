"""A job that does not run yet: the phase it waits in, for how long, and for what."""

from __future__ import annotations

from .hits import folded, platform_hits, strongest
from .material import Material, gather, of_pods, want_job_events
from .reader import Reader
from .subject import Subject
from .verdict import Quote, Verdict, confidence_in, quote

STATES = frozenset({"Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking"})


async def examine(reader: Reader, subject: Subject) -> Verdict:
    material = Material(subject)
    await gather(reader, material, {("job_events", ""): want_job_events(subject)} | of_pods(subject, subject.pods[:2]))
    hits = platform_hits([subject.reason], "reason") + platform_hits(material.job_events, "job_event")
    for pod, events in material.pod_events.items():
        hits += platform_hits(events, "pod_event", pod)
    found = strongest(hits)
    lines = {"untrusted_job_events": folded(material.job_events)[-8:]}
    if found is None:
        return Verdict("waiting", "resource", f"The job is {subject.status}; nothing says why.", "low", lines=lines)
    quotes = [quote(found)] + ([Quote("reason", subject.reason)] if subject.reason else [])
    text = f"{found.pattern.meaning[0].upper()}{found.pattern.meaning[1:]}."
    code, category = found.pattern.code, found.pattern.category
    return Verdict(code, category, text, confidence_in(found, True), quotes=quotes, lines=lines)
