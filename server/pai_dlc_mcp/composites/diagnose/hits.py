"""Finding what lines say: each match with where it stood, and the excerpt around it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...timestamps import seconds_of
from .patterns import BARE, GENERIC, SPECIFIC, Pattern, best
from .patterns_platform import PLATFORM
from .patterns_program import ERROR_LINE, EXCEPTION, NOISE, PROGRAM

_EXCEPTION = re.compile(
    r"^(?:\[[^\]]{0,40}\]:? ?)?[A-Za-z_][\w.]{0,120}(?:Error|Exception|Interrupt|Exit|Failure|Iteration)(?:: |:?$)"
)
_RANK = re.compile(r"^(?:\[(?:rank|default)?\d{1,5}\]:|\([^()]{1,60}pid=\d+[^()]{0,60}\))\s?")
_LEVEL = re.compile(r"\b(?:info|debug|warn(?:ing)?)\b", re.IGNORECASE)
_LOUD = re.compile(r"\b(?:error|fatal|critical|panic|exception|failed|abort(?:ed)?)\b", re.IGNORECASE)
_STAMP = re.compile(r"^\s*\[?(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?Z?)\]?\s*")
_EXIT = re.compile(r"exit(?:ed with)?(?: code|code)?\s*[:=]?\s*(?:code )?(\d{1,3})\b", re.IGNORECASE)
NEAR_LINES = 30
EXCERPT_BEFORE, EXCERPT_AFTER, TRACEBACK_LINES = 4, 2, 12


@dataclass(frozen=True, slots=True)
class Hit:
    """``source`` is log, pod_event, job_event, reason, restart or sanity; ``line`` the place in what was read."""

    pattern: Pattern
    source: str
    text: str
    pod: str | None = None
    line: int = 0
    final: bool = False

    @property
    def at(self) -> float | None:
        return stamp(self.text)

    @property
    def strength(self) -> tuple[int, int, int]:
        """More explains more: the pattern's weight, then an exception's own line, then the earlier line."""
        return (self.pattern.weight, int(self.final), -self.line)


def stamp(text: str) -> float | None:
    """The time that a line begins with; without a zone it is taken as UTC."""
    found = _STAMP.match(text)
    return seconds_of(found[1].replace(",", ".").replace(" ", "T")) if found else None


def log_hits(lines: Sequence[str], pod: str | None = None) -> list[Hit]:
    """What the lines of one log say, in order.

    The frames of a traceback say nothing, noise neither; what only warns counts less, and so does what stands far
    before an exception without being loud.
    """
    found = [_log_hit(line, number, pod) for number, line in _spoken(lines)]
    hits = [hit for hit in found if hit is not None]
    first = min((hit.line for hit in hits if hit.final and hit.pattern.weight >= GENERIC), default=None)
    return [hit if first is None or not _far(hit, first) else _lessened(hit, GENERIC) for hit in hits]


def _spoken(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines without the frames of tracebacks, and without the name of a rank before each."""
    inside = False
    for number, raw in enumerate(lines):
        line = _RANK.sub("", raw, count=1)
        if inside and line.startswith((" ", "\t")):
            continue
        inside = line.startswith("Traceback (most recent")
        if line.strip() and not inside:
            yield number, line


def _log_hit(line: str, number: int, pod: str | None) -> Hit | None:
    if any(noise in line[:600].lower() for noise in NOISE):
        return None
    final = bool(_EXCEPTION.match(line))
    level = None if final else _LEVEL.search(line[:60])
    found = best(PROGRAM, line)
    if found is None and final:
        found = EXCEPTION
    if found is None and level is None and _LOUD.search(line[:200]):
        found = ERROR_LINE
    if found is None:
        return None
    hit = Hit(found, "log", line, pod, number, final)
    if level is None:
        return hit
    return _lessened(hit, GENERIC if level[0].lower().startswith("warn") else BARE)


def _far(hit: Hit, first: int) -> bool:
    return not hit.final and hit.line < first - NEAR_LINES and not _LOUD.search(hit.text[:200])


def _lessened(hit: Hit, most: int) -> Hit:
    """A hint: it explains no more than ``most``."""
    return replace(hit, pattern=replace(hit.pattern, weight=min(hit.pattern.weight, most)))


def platform_hits(lines: Iterable[str], source: str, pod: str | None = None) -> list[Hit]:
    """What events, a reason or records say."""
    found = [(number, line, best(PLATFORM, line)) for number, line in enumerate(lines)]
    return [Hit(one, source, line, pod, number) for number, line, one in found if one is not None]


def strongest(hits: Iterable[Hit]) -> Hit | None:
    return max(hits, key=lambda hit: hit.strength, default=None)


def explains(hit: Hit | None) -> bool:
    """Whether a hit names a cause of its own, not a consequence."""
    return hit is not None and hit.pattern.weight >= GENERIC


def specific(hit: Hit | None) -> bool:
    return hit is not None and hit.pattern.weight >= SPECIFIC


def exit_code(lines: Iterable[str]) -> int | None:
    """The first non-zero exit code that the lines name."""
    codes = [int(found[1]) for line in lines for found in _EXIT.finditer(line)]
    return next((code for code in codes if code), codes[0] if codes else None)


def excerpt(lines: Sequence[str], hit: Hit, chars: int = 240) -> list[str]:
    """The lines around a hit: from the beginning of its traceback where it ends one."""
    start = max(0, hit.line - EXCERPT_BEFORE)
    for back in range(hit.line, max(-1, hit.line - 40), -1):
        if "Traceback (most recent" in lines[back][:80]:
            start = max(back, hit.line - TRACEBACK_LINES)
            break
    end = min(len(lines), hit.line + 1 + EXCERPT_AFTER)
    return [short(line, chars) for line in lines[start:end]]


def plain(line: str) -> str:
    """A line without its time, by which repeats are known."""
    return _STAMP.sub("", line, count=1)


def short(line: str, chars: int = 240) -> str:
    return line if len(line) <= chars else f"{line[:chars]}… ({len(line) - chars} more characters)"


def folded(lines: Sequence[str], chars: int = 240) -> list[str]:
    """Lines with repeats told once: those that differ only in their time, with how often and when last."""
    seen: dict[str, list[str]] = {}
    for line in lines:
        seen.setdefault(plain(line), []).append(line)
    return [short(same[0], chars) + (f" (x{len(same)}, last {_when(same[-1])})" if len(same) > 1 else "")
            for same in seen.values()]  # fmt: skip


def _when(line: str) -> str:
    found = _STAMP.match(line)
    return found[1] if found else "?"
