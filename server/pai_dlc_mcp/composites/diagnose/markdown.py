"""The report view: a diagnosis as Markdown for a ticket, with facts, timeline, evidence and links. Pure.

Everything in it has been cleaned already; other people's words stand in code blocks, so that they cannot pass for ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...cloud.endpoints import console_link
from ...timestamps import iso, seconds_of
from .stamps import names_zone
from .subject import Subject, in_order_of_failure
from .verdict import Verdict

MOST_PODS, MOST_IDS = 6, 5


def markdown(
    subject: Subject, verdict: Verdict, data: Mapping[str, Any], region: str, request_ids: Mapping[str, str]
) -> dict[str, Any]:
    """The answer with ``report`` (Markdown) in the place of its parts; cause and pod stay beside it for programs.

    ``request_ids`` are those of the reads, by operation: what the service's support asks for.
    """
    ids = [("Request ids", ", ".join(f"{name} {one}" for name, one in list(request_ids.items())[:MOST_IDS]))]
    parts = [
        f"# Diagnosis of {subject.id}",
        f"**{verdict.summary}**",
        _table([*_facts(subject, verdict, data, region), *_figures(verdict), *(ids if request_ids else [])]),
        "## Timeline",
        "\n".join(f"- {line}" for line in _timeline(subject)) or "- no times are known",
        "## Evidence",
        _block([line for name in _EVIDENCE for line in data.get(name) or []]),
    ]
    notes = [*verdict.also, *(data.get("other_failed_pods") or [])]
    parts += ["## Beside it", "\n".join(f"- {line}" for line in notes)] if notes else []
    around = [(name, lines) for name, lines in verdict.lines.items() if lines and name not in _EVIDENCE]
    parts += ["## From logs and events"] if around else []
    parts += [
        part for name, lines in around for part in (f"{_titled(name.removeprefix('untrusted_'))}:", _block(lines))
    ]
    parts += [_ZONE] if any(name.endswith("_events") and not names_zone(lines[0]) for name, lines in around) else []
    unread = data.get("not_read") or []
    parts += ["## Not read", "\n".join(f"- {line}" for line in unread)] if unread else []
    parts += ["## Next", "\n".join(f"- `{step['tool']}`: {step['why']}" for step in data.get("next") or [])]
    found = {name: data[name] for name in ("JobId", "Status", "cause", "confidence", "pod", "next") if data.get(name)}
    return found | {"untrusted_report": "\n\n".join(parts)}


_ELSEWHERE = frozenset({"other_failed_pods", "logs_read"})
_ZONE = "Times of events without a zone are China's, UTC+8; all others are UTC or as the program wrote them."
_EVIDENCE = ("untrusted_evidence", "untrusted_last_exception", "untrusted_other_suspects")


def _facts(subject: Subject, verdict: Verdict, data: Mapping[str, Any], region: str) -> list[tuple[str, str]]:
    workspace = str(subject.job.get("WorkspaceId") or "")
    link = {"region": region, "workspace": workspace, "job": subject.id}
    rows = [
        ("Name", str(subject.job.get("DisplayName") or "")),
        ("State", subject.status),
        ("Cause", f"{verdict.cause} ({verdict.category}), confidence {verdict.confidence}"),
        ("Pod", f"{verdict.pod or 'none'}" + (f", rank {verdict.rank}" if verdict.rank is not None else "")),
        ("Region and workspace", f"{region}, {data.get('workspace') or 'not known'}"),
        ("Owner", str(subject.job.get("Username") or subject.job.get("UserId") or "")),
        ("Resources", str(data.get("resources") or "")),
        ("GPU hours", str(data.get("gpu_hours") or "")),
        ("Console", console_link(**link, page="overview")),
        ("Monitoring", console_link(**link, page="monitor")),
    ]
    return [(name, value) for name, value in rows if value]


def _figures(verdict: Verdict) -> list[tuple[str, str]]:
    """The figures of the verdict: progress, use, what is short, restarts. Numbers and ids only."""
    rows = [(_titled(name), _worded(value)) for name, value in verdict.facts.items() if name not in _ELSEWHERE]
    return [(name, value) for name, value in rows if value]


def _titled(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _worded(value: Any) -> str:
    """A figure in one line; parts of parts in brackets."""
    if isinstance(value, Mapping):
        shown = (f"{name.replace('_', ' ')} {_inner(one)}" for name, one in value.items() if one is not None)
        return ", ".join(shown)
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _inner(value: Any) -> str:
    return f"({_worded(value)})" if isinstance(value, Mapping | list) else str(value)


def _table(rows: list[tuple[str, str]]) -> str:
    cells = [f"| {name} | {' '.join(value.split()).replace('|', chr(92) + '|')} |" for name, value in rows]
    return "\n".join(["| | |", "| --- | --- |", *cells])


def _timeline(subject: Subject) -> list[str]:
    """The job's states and the ends of its pods, in order."""
    found: list[tuple[float, str]] = []
    for one in subject.job.get("StatusHistory") or []:
        at = seconds_of(one.get("StartTime"))
        found += [(at, str(one.get("Status")))] if at is not None else []
    for pod in in_order_of_failure(subject)[:MOST_PODS]:
        found += [(pod.finished, f"pod {pod.id} failed on {pod.node or 'a node'}")] if pod.finished is not None else []
    return [f"{iso(at)} {text}" for at, text in sorted(found)]


def _block(lines: list[str]) -> str:
    """Other people's words, fenced with more backticks than they hold."""
    text = "\n".join(lines) or "none"
    longest = max((len(run) for run in "".join(char if char == "`" else " " for char in text).split()), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
