"""From a verdict to an answer of bounded size: other people's words only in fields named ``untrusted_…``."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from ...redaction.engine import clean_text, secret_values
from .facts import gpu_hours_of, owner_of_job, phases_of, resources_of, workspace_of
from .steps import arguments_of, next_steps
from .subject import Subject
from .text import short
from .verdict import Quote, Verdict

MOST_QUOTES, COMMAND_CHARS = 4, 120
MOST_BYTES = 3_400
"""How large an answer may get, as JSON in UTF-8: with the frame around it less than 900 tokens of four bytes."""


def answer(subject: Subject, verdict: Verdict, region: str, requests: int, missed: list[str]) -> dict[str, Any]:
    """Flat on purpose: the same data reads as lines of text."""
    job = subject.job
    data: dict[str, Any] = {name: job[name] for name in ("JobId", "DisplayName", "Status", "JobType") if job.get(name)}
    data |= {
        "cause": verdict.cause,
        "category": verdict.category,
        "area": verdict.area,
        "confidence": verdict.confidence,
        "summary": verdict.summary,
        "pod": verdict.pod,
        "rank": verdict.rank,
        "untrusted_evidence": [_quoted(one) for one in verdict.quotes[:MOST_QUOTES]],
    }
    data |= {name: value for name, value in verdict.facts.items() if value not in (None, {}, [])}
    data |= {name: lines for name, lines in verdict.lines.items() if lines}
    data["also"] = verdict.also
    data |= {
        "workspace": workspace_of(subject),
        "untrusted_owner": owner_of_job(subject),
        "untrusted_command": short(clean_text(str(job.get("UserCommand") or ""), secret_values(job)), COMMAND_CHARS),
    }
    data |= {
        "resources": resources_of(subject),
        "phases": ", ".join(phases_of(subject)),
        "gpu_hours": gpu_hours_of(subject),
    }
    data |= {"next": next_steps(verdict, arguments_of(subject, verdict, region)), "not_read": missed[:5]}
    data["requests"] = requests
    return fitted({name: value for name, value in data.items() if value not in (None, [], {}, "")}, verdict.lines)


def fitted(data: dict[str, Any], context: Collection[str]) -> dict[str, Any]:
    """The answer with its lists of ``context`` cut until it has no more than ``MOST_BYTES``: of the longest its first
    line, down to one line of each; then whole lists, the longest first; then the evidence behind the first."""
    over = _bytes(data) - MOST_BYTES
    if over <= 0:
        return data
    data = dict(data)
    lists = {name: list(data[name]) for name in context if data.get(name)}
    while over > 0 and (many := [lines for lines in lists.values() if len(lines) > 1]):
        over -= _bytes(max(many, key=_bytes).pop(0)) + 1
    for name in sorted(lists, key=lambda name: -_bytes(lists[name])):
        over -= _bytes({name: lists.pop(name)}) - 1 if over > 0 else 0
    evidence = list(data.get("untrusted_evidence") or [])
    while over > 0 and len(evidence) > 1:
        over -= _bytes(evidence.pop()) + 1
    data = {name: lists.get(name, value) for name, value in data.items() if name in lists or name not in context}
    return data | ({"untrusted_evidence": evidence} if evidence else {})


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _quoted(one: Quote) -> str:
    where = " ".join(
        part for part in (one.source, one.pod or "", f"rank {one.rank}" if one.rank is not None else "") if part
    )
    return f"[{where}] {one.text}"
