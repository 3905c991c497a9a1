"""What training programs print of their progress: step, loss, time a step, throughput, MFU. Pure.

Formats differ; what cannot be read is left out, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, islice
from statistics import median

from .stamps import LEADING, seconds_in

_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|inf)"
_GAP = r"['\"]?\s*[:=\]]?\s*\[?\s*"
_STEP = re.compile(
    rf"\b(?:global[_ ]?step|iteration|iter|step|steps|batch)\b{_GAP}(\d+)(?:\s*/\s*(\d+))?", re.IGNORECASE
)
_EPOCH = re.compile(rf"\bepoch\b{_GAP}(\d+(?:\.\d+)?)(?:\s*/\s*(\d+))?", re.IGNORECASE)
_LOSS = re.compile(rf"\b(?:\w*[_ ])?loss\b{_GAP}{_NUMBER}", re.IGNORECASE)
_MFU = re.compile(rf"\bmfu\b{_GAP}{_NUMBER}\s*(%?)", re.IGNORECASE)
_PER_STEP = re.compile(rf"{_NUMBER}\s*(ms|s|sec|seconds?)\s*/\s*(?:it|iter|step|batch)\b", re.IGNORECASE)
_TIME = re.compile(
    r"\b(?:step[_ ]?time|iter(?:ation)?[_ ]?time|elapsed time per iteration \(ms\)|batch[_ ]?time|dur(?:ation)?|time)\b"
    rf"{_GAP}{_NUMBER}\s*(ms|s|sec)?\b",
    re.IGNORECASE,
)
_TOOK = re.compile(
    rf"\b(?:completed|finished|done|ended|took)\b(?: in)?[: ]*{_NUMBER}\s*(ms|s|sec|seconds?)\b", re.IGNORECASE
)
_RATE = re.compile(
    rf"{_NUMBER}\s*((?:samples|tokens|images|examples|seq(?:uences)?|it|iters?|steps?|tok)/s(?:ec)?)\b", re.IGNORECASE
)
_TIMED = re.compile(rf"\b([a-z][a-z_ -]{{2,30}}?)\s*[:=]?\s*{_NUMBER}\s*(ms|s)\b", re.IGNORECASE)
MOST_LINE = 400
"""Longer lines are not read any further."""
FIRST_STEPS, LAST_STEPS = 20, 60
"""What is read of a log's steps: enough to compare how long they take at the end with how long at the beginning."""


@dataclass(frozen=True)
class Step:
    """One line of progress; times in seconds, ``at`` since the epoch. ``timed`` holds every named time of the line."""

    at: float | None
    step: int | None = None
    of: int | None = None
    epoch: str | None = None
    loss: str | None = None
    seconds: float | None = None
    rate: str | None = None
    mfu: str | None = None
    timed: Mapping[str, float] = field(default_factory=dict)


_WORDS = ("step", "iter", "batch", "epoch")
"""Without one of these a line tells no step."""
_DIGITS = re.compile(r"\d+")

_Span = tuple[int, int, int, int]
"""Where a value stands in a line whose numbers have one digit each, and before how many numbers: start and end."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the values stand in all lines that differ in their digits only."""

    step: _Span | None
    of: _Span | None
    epoch: _Span | None
    loss: _Span | None
    seconds: _Span | None
    unit: str
    rate: _Span | None
    rate_unit: str
    mfu: _Span | None
    mfu_unit: str
    timed: tuple[tuple[str, _Span, str], ...]


def _time_of(line: str) -> float | None:
    found = LEADING.match(line)
    return seconds_in(found[0]) if found else None


def step_of(line: str) -> Step | None:
    """The progress that a line tells; ``None`` where it tells neither a step nor an epoch with a loss."""
    text = line[:MOST_LINE]
    lowered = text.lower()
    if not any(word in lowered for word in _WORDS):
        return None
    layout = _layout(_DIGITS.sub("0", text))
    if layout is None:
        return None
    longer = list(accumulate((len(number) - 1 for number in _DIGITS.findall(text)), initial=0))

    def value(span: _Span | None) -> str | None:
        return text[span[0] + longer[span[1]] : span[2] + longer[span[3]]] if span is not None else None

    step, of, epoch, seconds = value(layout.step), value(layout.of), value(layout.epoch), value(layout.seconds)
    rate, mfu = value(layout.rate), value(layout.mfu)
    return Step(
        _time_of(line),
        int(step) if step else None,
        int(of) if of else None,
        epoch.split()[-1] if epoch else None,
        value(layout.loss),
        _in_seconds(seconds, layout.unit) if seconds else None,
        f"{rate} {layout.rate_unit}" if rate else None,
        f"{mfu}{layout.mfu_unit}" if mfu else None,
        {name: _in_seconds(value(span) or "", unit) for name, span, unit in layout.timed},
    )


@lru_cache(maxsize=1024)
def _layout(text: str) -> _Layout | None:
    """The layout of a line, each of whose numbers is one digit; ``None`` where it tells no progress. Lines of a loop
    differ in their digits only, and are searched once."""
    step, epoch, loss = _STEP.search(text), _EPOCH.search(text), _LOSS.search(text)
    seconds, rate = _PER_STEP.search(text) or _TOOK.search(text), _RATE.search(text)
    if not ((step and (loss or seconds or rate)) or (epoch and loss)):
        return None
    seconds, mfu = seconds or _TIME.search(text), _MFU.search(text)
    return _Layout(
        _span(text, step, 1),
        _span(text, step, 2),
        _span(text, epoch, 0),
        _span(text, loss, 1),
        _span(text, seconds, 1),
        (seconds[2] or "s") if seconds else "",
        _span(text, rate, 1),
        rate[2] if rate else "",
        _span(text, mfu, 1),
        mfu[2] if mfu else "",
        tuple((one[1].strip().lower(), span, one[3]) for one in _TIMED.finditer(text) if (span := _span(text, one, 2))),
    )


def _span(text: str, found: re.Match[str] | None, group: int) -> _Span | None:
    if found is None or found[group] is None:
        return None
    start, end = found.span(group)
    return start, len(_DIGITS.findall(text[:start])), end, len(_DIGITS.findall(text[:end]))


def _in_seconds(value: str, unit: str) -> float:
    return round(float(value) / (1000 if unit.lower() == "ms" else 1), 6)


def steps_of(lines: Sequence[str], first: int = FIRST_STEPS, last: int = LAST_STEPS) -> list[Step]:
    """The steps of a log, in order; of a longer one the ``first`` and the ``last`` of them: what is between tells
    nothing that a verdict rests on."""
    ends, behind = list[Step](), len(lines)
    while behind and len(ends) < last:
        behind -= 1
        if (step := step_of(lines[behind])) is not None:
            ends.append(step)
    begins = islice((step for line in islice(lines, behind) if (step := step_of(line)) is not None), first)
    return [*begins, *reversed(ends)]


def diverged(steps: Sequence[Step]) -> bool:
    """Whether the last losses are not numbers."""
    return bool(steps) and str(steps[-1].loss).lower() in ("nan", "inf", "-inf", "+inf")


def pace(steps: Sequence[Step]) -> float | None:
    """Seconds a step now: as printed, else from the times of the lines."""
    printed = [step.seconds for step in steps[-20:] if step.seconds]
    if printed:
        return median(printed)
    return _between(steps[-20:])


def _between(steps: Sequence[Step]) -> float | None:
    timed = [(step.at, step.step) for step in steps if step.at is not None and step.step is not None]
    if len(timed) < 2 or timed[-1][1] == timed[0][1]:
        return None
    return (timed[-1][0] - timed[0][0]) / (timed[-1][1] - timed[0][1])


def slowed(steps: Sequence[Step]) -> float | None:
    """How many times as long the last steps take as the first of the same stretch; ``None`` where about the same."""
    if len(steps) < 40:
        return None
    before, now = pace(steps[:20]), pace(steps[-20:])
    return round(now / before, 1) if before and now and now > 1.5 * before else None


def describe(steps: Sequence[Step]) -> dict[str, object]:
    """The state of the training in numbers."""
    if not steps:
        return {}
    last, first, seconds = steps[-1], steps[0], pace(steps)
    facts: dict[str, object] = {"step": last.step, "of": last.of, "epoch": last.epoch, "loss": last.loss}
    facts |= {"loss_at_step": f"{first.loss} at {first.step}" if first.loss and len(steps) > 1 else None}
    facts |= {"seconds_per_step": round(seconds, 3) if seconds else None, "throughput": last.rate, "mfu": last.mfu}
    if last.of and last.step is not None and seconds and last.of > last.step:
        facts["hours_left"] = round((last.of - last.step) * seconds / 3600, 1)
    return {name: value for name, value in facts.items() if value is not None}
