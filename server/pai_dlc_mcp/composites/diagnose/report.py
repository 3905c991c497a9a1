"""From a verdict to an answer: under 8,000 characters, other people's words only in fields named ``untrusted_…``."""

from __future__ import annotations

from typing import Any

from ...redaction.engine import clean_text, secret_values
from .facts import gpu_hours_of, owner_of_job, phases_of, resources_of, workspace_of
from .steps import arguments_of, next_steps
from .subject import Subject
from .text import short
from .verdict import Quote, Verdict

MOST_QUOTES, COMMAND_CHARS = 4, 120


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
    return {name: value for name, value in data.items() if value not in (None, [], {}, "")}


def _quoted(one: Quote) -> str:
    where = " ".join(
        part for part in (one.source, one.pod or "", f"rank {one.rank}" if one.rank is not None else "") if part
    )
    return f"[{where}] {one.text}"
