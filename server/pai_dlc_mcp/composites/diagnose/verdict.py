"""What a diagnosis concludes: the cause with its confidence, the evidence in other people's words, and facts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from .causes import DECISIVE, KIND, SPECIFIC
from .evidence import Finding
from .text import plain, quoted

Confidence = Literal["high", "medium", "low"]
PREFIX_CHARS = 100
"""A longer prefix of a line is not quoted."""
LEVELS: tuple[Confidence, ...] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of evidence in other people's words, and where it stood."""

    source: str
    text: str
    pod: str | None = None
    rank: int | None = None


@dataclass
class Verdict:
    """The conclusion. ``summary``, ``facts`` and ``also`` are ours; ``quotes`` and ``lines`` are other people's words
    (R64). ``area`` is finer than the category (see ``causes.Cause``)."""

    cause: str
    category: str
    summary: str
    confidence: Confidence
    pod: str | None = None
    quotes: list[Quote] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)
    area: str = ""
    rank: int | None = None


def quote(finding: Finding) -> Quote:
    return Quote(finding.source, quoted(finding.text, finding.start, finding.end), finding.pod, finding.rank)


def quotes_of(chosen: Finding, findings: Iterable[Finding], most: int = 3) -> list[Quote]:
    """The chosen words first, then others of the same cause, each message once, at most two of a source."""
    found = [chosen] if chosen.text else []
    said = {plain(one.text) for one in found}
    for one in sorted(findings, key=lambda one: (-one.cause.weight, not one.final)):
        same = one.cause.code == chosen.cause.code and one.text and plain(one.text) not in said
        if same and sum(known.source == one.source for known in found) < 2:
            found.append(one)
            said.add(plain(one.text))
    quotes = [quote(one) for one in found[:most]]
    if found and found[0] is chosen and len(chosen.prefix) <= PREFIX_CHARS:
        text = f"{chosen.prefix}{chosen.text}"
        shown = quoted(text, chosen.start + len(chosen.prefix), chosen.end + len(chosen.prefix))
        quotes[0] = Quote(chosen.source, shown, chosen.pod, chosen.rank)
    return quotes


def confidence_in(finding: Finding, is_confirmed: bool, *, is_doubtful: bool = False) -> Confidence:
    """High for the platform's own verdict, or for an exact error that ended a process and that something else
    confirms; a step lower where the evidence conflicts or reading was incomplete."""
    weight = finding.cause.weight
    if weight >= DECISIVE or (weight >= SPECIFIC and is_confirmed and (finding.final or finding.source != "log")):
        level = 2
    else:
        level = 1 if weight >= KIND or finding.final else 0
    return LEVELS[max(0, level - is_doubtful)]
