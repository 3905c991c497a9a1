"""The report view: a diagnosis as Markdown for a ticket, with facts, timeline, evidence and links. Pure.

Everything in it has been cleaned already; other people's words stand in code blocks, so that they cannot pass for ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ...cloud.endpoints import console_link
from ...timestamps import iso, seconds_of
from .stamps import names_zone
from .subject import Subject, in_order_of_failure
from .text import folded
from .verdict import Verdict

MOST_IDS, MOST_LINES, MOST_BYTES = 4, 6, 2_650
"""Request ids and lines of a block that are shown, and how long the report may get before blocks are cut shorter."""


def markdown(
    subject: Subject, verdict: Verdict, data: Mapping[str, Any], region: str, request_ids: Mapping[str, str]
) -> dict[str, Any]:
    """The answer with ``report`` (Markdown) in the place of its parts; cause and pod stay beside it for programs.

    ``request_ids`` are those of the reads, by operation: what the service's support asks for.
    """
    ids = [("Request ids", ", ".join(f"{name} {one}" for name, one in list(request_ids.items())[:MOST_IDS]))]
    around = _around(verdict)
    head = [
        f"# Diagnosis of {subject.id}",
        f"**{verdict.summary}**",
        _table([*_facts(subject, verdict, data, region), *_figures(verdict), *(ids if request_ids else [])]),
        "## Timeline",
        "\n".join(f"- {line}" for line in _timeline(subject, verdict.pod)) or "- no times are known",
        "## Evidence",
        _block([line for name in _EVIDENCE for line in data.get(name) or []]),
    ]
    notes = [*verdict.also, *(data.get("other_failed_pods") or [])]
    head += ["## Beside it", "\n".join(f"- {line}" for line in notes)] if notes else []
    unread = data.get("not_read") or []
    tail = [_ZONE] if any(name.endswith("_events") and not names_zone(lines[0]) for name, lines in around) else []
    tail += ["## Not read", "\n".join(f"- {line}" for line in unread)] if unread else []
    tail += ["## Next", "\n".join(f"- `{step['tool']}`: {step['why']}" for step in data.get("next") or [])]
    parts = [*head, *_shown(around, MOST_BYTES - len("\n\n".join([*head, *tail]).encode())), *tail]
    found = {name: data[name] for name in ("JobId", "Status", "cause", "confidence", "pod", "next") if data.get(name)}
    return found | {"untrusted_report": "\n\n".join(parts)}


def _around(verdict: Verdict) -> list[tuple[str, list[str]]]:
    """The lines of logs and events by name, repeats folded, the last ones of each."""
    named = ((name, folded(lines)) for name, lines in verdict.lines.items() if lines and name not in _EVIDENCE)
    return [(name, lines[-MOST_LINES:]) for name, lines in named]


def _shown(around: list[tuple[str, list[str]]], room: int) -> list[str]:
    """The blocks, the longest cut from its beginning until all of them have room; of each one line stays."""
    blocks = [(name, list(lines)) for name, lines in around]
    while sum(len("\n".join(lines).encode()) for _, lines in blocks) > room:
        longest = max(
            (lines for _, lines in blocks if len(lines) > 1), key=lambda one: len("\n".join(one)), default=None
        )
        if longest is None:
            break
        del longest[0]
    parts = ["## From logs and events"] if blocks else []
    for name, lines in blocks:
        parts += [f"{_titled(name.removeprefix('untrusted_'))}:", _block(lines)]
    return parts


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
        ("Owner", str(data.get("untrusted_owner") or "")),
        ("Resources", str(data.get("resources") or "")),
        ("GPU hours", str(data.get("gpu_hours") or "")),
        ("Console", f"{console_link(**link, page='overview')} (figures: …/monitor)"),
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


def _timeline(subject: Subject, causal: str | None) -> list[str]:
    """The job's states and the ends of its pods, in order, a line a day; pods that ended after the causal one are
    counted."""
    found: list[tuple[float, str]] = []
    for one in subject.job.get("StatusHistory") or []:
        at = seconds_of(one.get("StartTime"))
        found += [(at, str(one.get("Status")))] if at is not None else []
    ended = [pod for pod in in_order_of_failure(subject) if pod.finished is not None]
    shown = [pod for pod in ended if pod.id == causal] or ended[:1]
    found += [(pod.finished or 0.0, f"pod {pod.id} failed on {pod.node or 'a node'}") for pod in shown]
    others = Counter(pod.finished or 0.0 for pod in ended if pod not in shown)
    found += [(at, f"{count} more pod{'s' if count > 1 else ''} failed") for at, count in others.items()]
    days: dict[str, list[str]] = {}
    for at, text in sorted(found):
        day, _, clock = iso(at).partition("T")
        days.setdefault(day, []).append(f"{clock.rstrip('Z')} {text}")
    return [f"{day} (UTC): {', '.join(texts)}" for day, texts in days.items()]


def _block(lines: list[str]) -> str:
    """Other people's words, fenced with more backticks than they hold."""
    text = "\n".join(lines) or "none"
    longest = max((len(run) for run in "".join(char if char == "`" else " " for char in text).split()), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
