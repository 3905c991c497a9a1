"""Findings: words that speak for a cause, what one log says, and which finding explains most. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .causes import GENERIC, Cause
from .prefixes import Record


@dataclass(frozen=True, slots=True)
class Finding:
    """Words that speak for a cause. ``source`` is log, exit, pod_event, job_event, reason, restart, sanity, metric or
    numbers; ``line`` the place in what was read; ``start`` and ``end`` where in the text the words stand that decide.
    ``is_ambiguous`` says that the same words speak as exactly for another cause, ``is_generic`` that they are common
    words.
    ``final`` says that this ended a process: an exception that nothing caught, or a launcher's report of a death."""

    cause: Cause
    source: str
    text: str
    pod: str | None = None
    line: int = 0
    final: bool = False
    rank: int | None = None
    start: int = 0
    end: int = 0
    prefix: str = ""
    is_ambiguous: bool = False
    is_generic: bool = False

    @property
    def strength(self) -> tuple[int, bool, int]:
        """More explains more: the cause's weight, then what ended a process, then the earlier line."""
        return (self.cause.weight, self.final, -self.line)


@dataclass
class LogReading:
    """What one log says: its records and findings, the uncaught exceptions, and the deaths that launchers report.

    ``root_rank`` is the rank that a launcher names as the first to fail.
    """

    records: list[Record]
    lines: int
    findings: list[Finding] = field(default_factory=list)
    uncaught: list[Finding] = field(default_factory=list)
    root_rank: int | None = None
    child_code: int | None = None

    @property
    def best(self) -> Finding | None:
        return strongest(self.findings)


def strongest(findings: Iterable[Finding]) -> Finding | None:
    return max(findings, key=lambda one: one.strength, default=None)


def explains(finding: Finding | None) -> bool:
    """Whether a finding names a cause of its own, not a consequence."""
    return finding is not None and finding.cause.weight >= GENERIC
