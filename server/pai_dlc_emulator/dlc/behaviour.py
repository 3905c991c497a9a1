"""What a simulated job does, read from a JSON file in ``behaviours/``.

A file holds ``phases`` (job states and how long they last), ``pods`` (rules that change some pods), ``events``,
``restarts`` and ``sanity``. ``extends`` names a file to start from: scalars and ``phases`` replace, lists append.
``truth`` says what is really wrong; it is for tests and never leaves through the service.
Times are seconds of the emulated clock, or moments of a job's life written as text: ``EnvPreparing+3``,
``Running#2+60``, ``Running.end-2``, ``Created+1``. The name is a state, ``#n`` its n-th occurrence, ``.end`` its end
instead of its start, then seconds more or less.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

_MOMENT = re.compile(r"([A-Z]\w*)(?:#(\d+))?(\.end)?([+-]\d+(?:\.\d+)?)?")


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a job's life in one state; ``end`` None when nothing planned ends it. Seconds since the epoch."""

    status: str
    start: float
    end: float | None
    sub_status: str = ""
    reason_code: str = ""
    reason_message: str = ""


def moment(text: str, marks: tuple[Mark, ...]) -> float | None:
    """When that is, or None where the job never gets there."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"not a moment: {text!r}")
    status, nth, at_end, shift = found.groups()
    if status == "Created":
        return marks[0].start + float(shift or 0)
    same = [mark for mark in marks if mark.status == status]
    if len(same) < int(nth or 1):
        return None
    mark = same[int(nth or 1) - 1]
    base = mark.end if at_end else mark.start
    return None if base is None else base + float(shift or 0)


def within(text: str, marks: tuple[Mark, ...]) -> float | None:
    """As :func:`moment`, but None also where the state was left before that moment came (a stop, a time limit)."""
    at = moment(text, marks)
    last = marks[-1].start
    return None if at is None or (marks[-1].status == "Stopped" and at > last) else at


FINAL = frozenset({"Succeeded", "Failed", "Stopped"})


@dataclass(frozen=True, slots=True)
class Phase:
    """One state of a job. ``seconds`` None lasts until something outside ends it."""

    status: str
    seconds: float | None = 0.0
    needs_room: bool = False
    sub_status: str = ""
    reason_code: str = ""
    reason_message: str = ""


@dataclass(frozen=True, slots=True)
class PodRule:
    """What sets some pods apart. ``which``: all, first, last, N, or ``not`` before one of them.

    ``starts`` and ``ends`` are moments; ``exit_code`` and ``exit_reason`` describe how the container ended.
    """

    which: str
    attempt: int | None = None
    starts: str | None = None
    ends: str | None = None
    status: str | None = None
    sub_status: str | None = None
    exit_code: int | None = None
    exit_reason: str | None = None
    logs: tuple[dict[str, Any], ...] | None = None
    more_logs: tuple[dict[str, Any], ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Behaviour:
    name: str
    phases: tuple[Phase, ...]
    pods: tuple[PodRule, ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    restarts: tuple[dict[str, Any], ...] = ()
    sanity: tuple[tuple[dict[str, Any], ...], ...] = ()
    truth: dict[str, Any] = field(default_factory=dict)
    setting: dict[str, Any] = field(default_factory=dict)


def names() -> list[str]:
    folder = resources.files(__package__) / "behaviours"
    return sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))


@cache
def load(name: str) -> Behaviour:
    """The behaviour of that name; KeyError when there is none."""
    raw = _merged(name)
    return Behaviour(
        name=name,
        phases=tuple(Phase(**phase) for phase in raw["phases"]),
        pods=tuple(_rule(rule) for rule in raw.get("pods", [])),
        events=tuple(raw.get("events", [])),
        restarts=tuple(raw.get("restarts", [])),
        sanity=tuple(tuple(check) for check in raw.get("sanity", [])),
        truth=raw.get("truth", {}),
        setting=raw.get("setting", {}),
    )


def _merged(name: str) -> dict[str, Any]:
    raw = _read(name)
    parent = raw.pop("extends", None)
    if parent is None:
        return raw
    base = _merged(parent)
    base.pop("truth", None)
    base.pop("setting", None)
    for key, value in raw.items():
        base[key] = base[key] + value if key in ("pods", "events") and key in base else value
    return base


def _read(name: str) -> dict[str, Any]:
    if name not in names():
        raise KeyError(name)
    text = (resources.files(__package__) / "behaviours" / f"{name}.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _rule(raw: dict[str, Any]) -> PodRule:
    lists: dict[str, Any] = {key: tuple(raw[key]) for key in ("logs", "more_logs", "events") if key in raw}
    return PodRule(**{**raw, **lists, "which": str(raw["which"])})
