"""What the restart records of a job say. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...timestamps import seconds_of
from .subject import Subject
from .text import folded

if TYPE_CHECKING:
    from .evidence import Finding


def records_of(subject: Subject) -> list[Mapping[str, Any]]:
    return [one for one in subject.job.get("RestartRecord") or [] if isinstance(one, Mapping)]


def details_of(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in record.get("DetailErrorInfoList") or [] if isinstance(one, Mapping)]


def restart_findings(subject: Subject, since: float | None = None) -> list[Finding]:
    """What the records (from a time on) say of the cause, with the pod they blame."""
    return [one for record in records_of(subject) if _recent(record, since) for one in _findings_of(record)]


def _recent(record: Mapping[str, Any], since: float | None) -> bool:
    at = seconds_of(record.get("OccurTime"))
    return since is None or at is None or at >= since


def _findings_of(record: Mapping[str, Any]) -> list[Finding]:
    from .platform_words import platform_findings  # start-up: saves 95 ms, the tables of causes

    found = platform_findings([str(record.get("Reason") or "")], "restart")
    for detail in details_of(record):
        found += platform_findings([_words(detail)], "restart", str(detail.get("Pod") or "") or None)
    return found


def _words(detail: Mapping[str, Any]) -> str:
    return " ".join(str(detail[name]) for name in ("ErrorCode", "ErrorMsg", "DetailErrorMsg") if detail.get(name))


def restart_facts(subject: Subject, most: int = 4) -> tuple[dict[str, Any], list[str]]:
    """How often, on which pods and nodes (ours), and the last records, repeats folded (other people's words)."""
    records = records_of(subject)
    times = str(subject.job.get("RestartTimes") or "")
    count = max(len(records), int(times) if times.isdecimal() else 0)
    if not count:
        return {}, []
    details = [detail for record in records for detail in details_of(record)]
    facts: dict[str, Any] = {"count": count}
    for name, field in (("by_pod", "Pod"), ("by_node", "Node")):
        counted = Counter(str(one[field]) for one in details if one.get(field))
        if counted:
            facts[name] = dict(counted.most_common(3))
    nodes = {str(one["Node"]) for one in details if one.get("Node")}
    if len(nodes) == 1 and len(records) > 1:
        facts["same_node_each_time"] = True
    return facts, folded([_line(record) for record in records[-most:]])


def _line(record: Mapping[str, Any]) -> str:
    words = [str(record.get(name) or "") for name in ("OccurTime", "Reason", "RestartStatus", "RestartFailReason")]
    return " ".join(word for word in [*words, *map(_words, details_of(record)[:2])] if word)


def budget_of(subject: Subject) -> int | None:
    """How many restarts the job may have, where its settings tell."""
    settings = subject.job.get("Settings") or {}
    own = settings.get("ElasticSpotJobMaxRestartTimes")
    words = str(settings.get("ErrorMonitoringArgs") or "").replace("=", " ").split()
    named = [words[at + 1] for at, word in enumerate(words[:-1]) if "max" in word and "restart" in word]
    value = own if own is not None else next(iter(named), None)
    return int(value) if value is not None and str(value).isdigit() else None
