"""A job that ended otherwise than by failing: how, after what, and what it used."""

from __future__ import annotations

from .hits import Hit, folded, platform_hits, strongest
from .material import Material, gather, want_job_events, want_listed
from .patterns_platform import ENDS
from .reader import Reader
from .restarts import restart_facts
from .subject import Subject
from .verdict import Quote, Verdict, quote

LIMIT = next(one for one in ENDS if one.code == "time_limit")


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
    hits = platform_hits([subject.reason], "reason") + platform_hits(material.job_events[-10:], "job_event")
    found = _by_limit(material) or strongest(hit for hit in hits if hit.pattern in ENDS)
    quotes = [quote(found)] if found is not None else []
    if subject.reason and (found is None or found.source != "reason"):
        quotes.append(Quote("reason", subject.reason))
    lines = {"untrusted_job_events": folded(material.job_events)[-6:]}
    if found is None:
        text = "The job was stopped; neither its reason nor its events say by whom."
        return Verdict("stopped", "configuration", text, "low", quotes=quotes, lines=lines)
    text = f"{found.pattern.meaning[0].upper()}{found.pattern.meaning[1:]}."
    return Verdict(found.pattern.code, found.pattern.category, text, "high", quotes=quotes, lines=lines)


def _by_limit(material: Material) -> Hit | None:
    """The limit itself is proof: the job ran as long as it was allowed to, to within a minute."""
    minutes = material.listed.get("JobMaxRunningTimeMinutes")
    seconds = material.subject.job.get("Duration")
    if not isinstance(minutes, int) or not isinstance(seconds, int) or minutes <= 0:
        return None
    if seconds < minutes * 60 - 60:
        return None
    return Hit(LIMIT, "job_event", f"The job ran {seconds} s; its limit of {minutes} minutes is {minutes * 60} s.")
