"""What a job waits for, from what was read. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ... import amounts
from ...cloud.quotas import quota_from
from ...timestamps import seconds_of
from . import studio
from .causes import DECISIVE, KIND, SPECIFIC, Cause
from .causes_cluster import MADE
from .causes_platform import ENDS, START, WAITS
from .evidence import Finding, strongest
from .material import Material
from .platform_words import platform_findings
from .subject import Subject
from .text import EVENTS_SHOWN, folded, short
from .verdict import Quote, Verdict, confidence_in, quote, quotes_of

MEANINGS = {one.code: one for one in reversed((*ENDS, *START, *WAITS))}
_ASKS = re.compile(
    r"(?:asked for|requested|new) priority|prioritychange|(?:change|update|set)\b.*priority to|priority (?:updated"
    r"|changed)|raise\b.*priority",
    re.IGNORECASE,
)
TOO_SMALL = Cause(
    "quota_too_small", "configuration", "scheduling", DECISIVE, "the job asks for more than the whole quota has"
)
PRIORITY = Cause(
    "priority_not_applied", "configuration", "settings", DECISIVE, "a priority that was asked for never took effect"
)
PREPARING = replace(MEANINGS["init_failed"], weight=KIND)
"""What a container is about that fails again and again in a job that has not begun to run."""
LONG_S = {"Creating": 300, "Bidding": 900, "EnvPreparing": 900, "SanityChecking": 1800}
"""Seconds after which a phase is long."""
_ASKED_PRIORITY = re.compile(r"priority\D{0,12}(\d)\b", re.IGNORECASE)
_BEFORE = frozenset({"preempted", "spot_reclaimed", "gpu_hardware", "node_lost", "evicted", "sanity_failed"})
"""Ends of an earlier run that put a job back into the queue."""
_OF_PLACES = frozenset({"unschedulable", "fragmentation"})
"""What an event says of the nodes is shown beside whatever else the job waits for."""
_OF_NODES = frozenset({"sanity_failed", "disk_full", "node_lost", "gpu_hardware", "host_memory"})
"""What nodes suffer from also before a job runs."""
_UNREADY = frozenset({"crash_loop", "terminated"})
"""What is said of containers of a job that has not begun, and is about their preparation."""
HOLDERS = 6
NO_SPOT = "nostock"


TABLES = {"holders": "Jobs", "queue": "Jobs", "spec": "EcsSpecs", "specs": "EcsSpecs"}
"""Where the rows of each answer stand; the others are taken whole."""


@dataclass
class Surroundings:
    """The quota and its jobs, or the stock; ``None`` where it did not come."""

    holders: list[Mapping[str, Any]] | None = None
    queue: list[Mapping[str, Any]] | None = None
    spec: list[Mapping[str, Any]] | None = None
    specs: list[Mapping[str, Any]] | None = None
    quota: Mapping[str, Any] = field(default_factory=dict)
    studio: Mapping[str, Any] = field(default_factory=dict)

    def take(self, answers: Mapping[Any, Mapping[str, Any]]) -> None:
        for (_, name), answer in answers.items():
            if name not in TABLES:
                setattr(self, name, answer)
            elif isinstance(found := answer.get(TABLES[name]), list):
                setattr(self, name, [row for row in found if isinstance(row, Mapping)])


def decide(material: Material, around: Surroundings) -> Verdict:
    """The strongest of what was said and what the numbers show; the numbers beside it, whichever it is."""
    subject = material.subject
    facts = _phase(subject) | (_quota_facts(subject, around) if subject.quota else _stock_facts(subject, around))
    hits = [*_said(material), *_shown(subject, around, facts), *_priority(material)]
    found = strongest(hits)
    lines = {"untrusted_holders": _names(around.holders or [])}
    lines |= {
        "untrusted_job_events": folded(material.job_events)[-EVENTS_SHOWN:],
        "untrusted_pod_events": _pod_lines(material),
    }
    if found is None:
        text = (
            f"The job is {subject.status} for {facts.get('waited_seconds', 0)} s; nothing that was read says for what."
        )
        return Verdict("waiting", "resource", text, "low", facts=facts, lines=lines, quotes=_reason(subject))
    if found.cause.code == "priority_not_applied":
        found_too = strongest(hit for hit in hits if hit.cause.code != "priority_not_applied")
        also = [f"It waits because {found_too.cause.meaning}."] if found_too else []
        return _verdict(subject, found, hits, facts, lines, also)
    return _verdict(subject, found, hits, facts, lines, [])


def _verdict(
    subject: Subject,
    found: Finding,
    hits: list[Finding],
    facts: dict[str, Any],
    lines: dict[str, list[str]],
    also: list[str],
) -> Verdict:
    one = found.cause
    waited = facts.get("waited_seconds")
    since = f" for {waited} s" if waited is not None else ""
    short = facts.get("short_by")
    lack = f"; short by {short}" if short and one.code in ("quota_full", "quota_too_small") else ""
    summary = f"{subject.status}{since}: {one.meaning}{lack}."
    pod = found.pod if found.source == "pod_event" else None
    beside = [hit for hit in hits if hit.cause.code in _OF_PLACES and hit is not found][-1:]
    quotes = quotes_of(found, hits) + [quote(hit) for hit in beside] + _reason(subject)
    quotes = list({one.text: one for one in quotes}.values())
    also += [f"{hit.cause.meaning[0].upper()}{hit.cause.meaning[1:]}." for hit in _others(found, hits)]
    level = confidence_in(found, is_confirmed=len(_each_source(found, hits)) > 1 or found.source == "numbers")
    return Verdict(one.code, one.category, summary, level, pod, quotes, facts, lines, also)


def _each_source(found: Finding, hits: list[Finding]) -> list[Finding]:
    """The chosen hit and, of the same cause, the last of each other source."""
    last = {hit.source: hit for hit in hits if hit.cause.code == found.cause.code and hit.source != found.source}
    return [hit for hit in (found, *last.values()) if hit.source != "numbers"]


def _others(found: Finding, hits: list[Finding]) -> list[Finding]:
    """Other causes that weigh as much, once each."""
    other = {hit.cause.code: hit for hit in hits if hit.cause.weight >= SPECIFIC}
    return [hit for code, hit in other.items() if code != found.cause.code][:3]


def _reason(subject: Subject) -> list[Quote]:
    return [Quote("reason", subject.reason)] if subject.reason else []


def _pod_lines(material: Material) -> list[str]:
    return next((folded(lines)[-EVENTS_SHOWN:] for lines in material.pod_events.values() if lines), [])


def _said(material: Material) -> list[Finding]:
    """What reason and events say, of this state only: what was before is got over."""
    subject = material.subject
    since = _since(subject)
    now = [line for line in material.job_events if since is None or (material.event_time(line) or since) >= since - 5]
    hits = platform_findings([subject.reason], "reason") + platform_findings(now, "job_event")
    for pod, events in material.pod_events.items():
        late = [line for line in events if since is None or (material.event_time(line) or since) >= since - 60]
        hits += platform_findings(late, "pod_event", pod)
    barred = _barred(subject)
    hits = [replace(hit, cause=PREPARING) if hit.cause.code in _UNREADY else hit for hit in hits]
    return [_latest(hit) for hit in hits if hit.cause.code not in barred]


def _latest(hit: Finding) -> Finding:
    """Of waits that weigh the same the reason, then the later event, tells the present."""
    return replace(hit, line=-1 if hit.source == "reason" else hit.line)


def _barred(subject: Subject) -> frozenset[str]:
    """Causes that do not hold a job in its state: how runs end and, of a job that has no node yet, what nodes do."""
    waits, starts, ends = ({one.code for one in table} for table in (WAITS, START, ENDS))
    if subject.status in ("Queuing", "Bidding"):
        return frozenset((starts | ends) - waits - _BEFORE - {one.code for one in MADE})
    return frozenset(ends - waits - starts - _OF_NODES)


def _since(subject: Subject) -> float | None:
    history = subject.job.get("StatusHistory") or []
    return seconds_of(history[-1].get("StartTime")) if history else seconds_of(subject.created)


def _phase(subject: Subject) -> dict[str, Any]:
    since = _since(subject)
    facts: dict[str, Any] = {"waits_in": subject.status}
    if since is not None:
        facts["waited_seconds"] = max(0, int(subject.now - since))
        limit = LONG_S.get(subject.status)
        if limit is not None and facts["waited_seconds"] > limit:
            facts["longer_than_usual"] = f"{subject.status} usually ends within {limit} s"
    if subject.job.get("Priority"):
        facts["priority"] = subject.job["Priority"]
    return facts


def _quota_facts(subject: Subject, around: Surroundings) -> dict[str, Any]:
    """Total, used, free, asked and short, who holds it, how many wait before this job."""
    asked = amounts.asked_by(subject.job)
    facts: dict[str, Any] = {"asked": amounts.describe(asked)}
    quota = quota_from(around.quota)
    if quota.id == subject.quota and quota.total:
        used = quota.used or amounts.summed(around.holders or [])
        free = quota.free or amounts.minus(quota.total, used)
        lack = amounts.short_by(asked, free)
        figures = (amounts.describe(one) for one in (quota.total, used, free))
        facts["quota"] = "{}: {}; used {}; free {}".format(subject.quota, *figures)
        facts |= {"short_by": amounts.describe(lack)} if lack else {}
        facts |= {"quota_has": amounts.describe(quota.total)} if amounts.short_by(asked, quota.total) else {}
    facts["holders"] = [_row(one, subject.now) for one in _largest(around.holders or [])]
    facts["jobs_ahead"] = len(_ahead(subject, around.queue or [])) if around.queue is not None else None
    own = amounts.summed(one for one in around.holders or [] if one.get("UserId") == subject.job.get("UserId"))
    facts["same_user_holds"] = amounts.describe(own) if own else None
    if reasons := studio.node_reasons(around.studio):
        facts["nodes_refused"] = reasons
    return {name: value for name, value in facts.items() if value not in (None, [], "nothing")}


def _largest(holders: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(holders, key=lambda one: -(amounts.amount(one.get("RequestGPU")) or 0))[:HOLDERS]


def _row(job: Mapping[str, Any], now: float) -> str:
    """One holder: ids and numbers only."""
    hours = (now - (seconds_of(job.get("GmtRunningTime") or job.get("GmtCreateTime")) or now)) / 3600
    asked = amounts.describe(amounts.asked_by(job))
    return f"{job.get('JobId')} of user {job.get('UserId')}, priority {job.get('Priority')}: {asked}, {hours:.1f} h"


def _names(holders: list[Mapping[str, Any]]) -> list[str]:
    """The holders' jobs and users by name: other people's words."""
    rows = [(one.get("JobId"), one.get("DisplayName"), one.get("Username")) for one in _largest(holders)]
    return [short(f"{job}: {name or '?'} of {user or '?'}", 120) for job, name, user in rows if name or user]


def _ahead(subject: Subject, queue: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Waiting jobs of higher priority, or of the same and older."""
    mine = _turn(subject.job)
    return [one for one in queue if one.get("JobId") != subject.id and _turn(one) < mine]


def _turn(job: Mapping[str, Any]) -> tuple[int, float]:
    """What orders the queue; a job without a time of creation counts as the oldest."""
    return -_priority_of(job), seconds_of(job.get("GmtCreateTime")) or -math.inf


def _priority_of(job: Mapping[str, Any]) -> int:
    """0 is how the service writes "not set" (R14)."""
    value = job.get("Priority")
    return value if isinstance(value, int) and value else 1


def _stock_facts(subject: Subject, around: Surroundings) -> dict[str, Any]:
    """Whether the instance types can be had now, and which of the same GPUs can."""
    wanted = {str(spec.get("EcsSpec")) for spec in subject.specs}
    known = {str(one.get("InstanceType")): one for one in [*(around.specs or []), *(around.spec or [])]}
    own = [known[name] for name in sorted(wanted) if name in known]
    facts: dict[str, Any] = {"stock": [_stock(one, subject.spot) for one in own]}
    gpus = {one.get("Gpu") for one in own}
    others = [
        one for name, one in known.items() if name not in wanted and one.get("Gpu") in gpus and _can(one, subject)
    ]
    facts["in_stock_instead"] = [str(one.get("InstanceType")) for one in others[:5]]
    return {name: value for name, value in facts.items() if value}


def _can(spec: Mapping[str, Any], subject: Subject) -> bool:
    if subject.spot:
        return str(spec.get("SpotStockStatus") or NO_SPOT).lower() != NO_SPOT
    return bool(spec.get("IsAvailable"))


def _stock(spec: Mapping[str, Any], spot: bool) -> str:
    market = f", spot stock {spec.get('SpotStockStatus')}" if spot or spec.get("SpotStockStatus") else ""
    return f"{spec.get('InstanceType')}: available {bool(spec.get('IsAvailable'))}{market}"


def _shown(subject: Subject, around: Surroundings, facts: Mapping[str, Any]) -> list[Finding]:
    """What the numbers alone show."""
    hits = [Finding(MEANINGS[cause], "studio", text) for cause, text in studio.failed_checks(around.studio)]
    if facts.get("quota_has"):
        hits.append(Finding(TOO_SMALL, "numbers", "", line=-2))
    elif facts.get("short_by"):
        hits.append(Finding(MEANINGS["quota_full"], "numbers", ""))
    elif subject.status == "Queuing" and facts.get("jobs_ahead") and "quota" in facts:
        hits.append(Finding(replace(MEANINGS["queue_order"], weight=SPECIFIC), "numbers", ""))
    names = {str(spec.get("EcsSpec")) for spec in subject.specs}
    own = [one for one in [*(around.spec or []), *(around.specs or [])] if one.get("InstanceType") in names]
    if not subject.quota and subject.status in ("Queuing", "Bidding", "Creating") and own:
        out = [one for one in own if one.get("IsAvailable") is False or (subject.spot and not _can(one, subject))]
        hits += [Finding(MEANINGS["no_stock"], "numbers", "")] if out else []
    return hits


def _priority(material: Material) -> list[Finding]:
    """R40: a priority that an event shows as asked for, that the job has not, on a job that cannot have it any more."""
    subject = material.subject
    for number, line in enumerate(material.job_events):
        found = _ASKED_PRIORITY.search(line)
        if found and _ASKS.search(line) and int(found[1]) != _priority_of(subject.job):
            return [Finding(PRIORITY, "job_event", line, line=-3 - number)]
    return []
