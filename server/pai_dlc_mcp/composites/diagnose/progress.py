"""What training programs print of their progress: step, loss, time a step, throughput, MFU. Pure.

Formats differ; what cannot be read is left out, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
_RATE = re.compile(
    rf"{_NUMBER}\s*((?:samples|tokens|images|examples|seq(?:uences)?|it|iters?|steps?|tok)/s(?:ec)?)\b", re.IGNORECASE
)
_TIMED = re.compile(rf"\b([a-z][a-z_ -]{{2,30}}?)\s*[:=]?\s*{_NUMBER}\s*(ms|s)\b", re.IGNORECASE)
MOST_LINE = 400
"""Longer lines are not read any further."""


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


def _time_of(line: str) -> float | None:
    found = LEADING.match(line)
    return seconds_in(found[0]) if found else None


def step_of(line: str) -> Step | None:
    """The progress that a line tells; ``None`` where it tells neither a step nor an epoch with a loss."""
    text = line[:MOST_LINE]
    step, epoch, loss = _STEP.search(text), _EPOCH.search(text), _LOSS.search(text)
    measured = loss or _PER_STEP.search(text) or _RATE.search(text)
    if not ((step and measured) or (epoch and loss)):
        return None
    mfu, rate = _MFU.search(text), _RATE.search(text)
    return Step(
        _time_of(line),
        int(step[1]) if step else None,
        int(step[2]) if step and step[2] else None,
        epoch[0].split()[-1] if epoch else None,
        loss[1] if loss else None,
        _seconds(text),
        f"{rate[1]} {rate[2]}" if rate else None,
        f"{mfu[1]}{mfu[2]}" if mfu else None,
        {name.strip().lower(): _in_seconds(value, unit) for name, value, unit in _TIMED.findall(text)},
    )


def _seconds(text: str) -> float | None:
    found = _PER_STEP.search(text) or _TIME.search(text)
    return _in_seconds(found[1], found[2] or "s") if found else None


def _in_seconds(value: str, unit: str) -> float:
    return round(float(value) / (1000 if unit.lower() == "ms" else 1), 6)


def steps_of(lines: Sequence[str]) -> list[Step]:
    return [step for line in lines if (step := step_of(line)) is not None]


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
