"""Amounts of CPU, GPU and memory: what a quota has and what a job asks, what is left and what is short. Pure.

Memory is in GiB.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Amounts = dict[str, float]
NAMES = ("GPU", "CPU", "Memory")
_AMOUNT = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$")
_GIB = {"": 1.0, "gi": 1.0, "gib": 1.0, "g": 1.0, "gb": 1.0, "mi": 1 / 1024, "mib": 1 / 1024, "m": 1 / 1024,
        "ti": 1024.0, "tib": 1024.0, "t": 1024.0}  # fmt: skip


def amount(value: Any) -> float | None:
    """A number, or its text with a unit of memory."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = _AMOUNT.match(value) if isinstance(value, str) else None
    unit = _GIB.get(found[2].lower()) if found else None
    return float(found[1]) * unit if found and unit is not None else None


def asked_by(job: Mapping[str, Any]) -> Amounts:
    """What a job asks for, over all its pods; the answer of GetJob or a row of ListJobs."""
    found = {name: amount(job.get(f"Request{name}")) for name in NAMES}
    return {name: value for name, value in found.items() if value}


def of_answer(given: Any) -> Amounts:
    """An object of PAI Studio such as ``{"GPU": "16", "Memory": "100Gi"}``; what it does not tell is left out."""
    stated = {name: amount(given.get(name)) for name in NAMES} if isinstance(given, Mapping) else {}
    return {name: value for name, value in stated.items() if value is not None}


def of_specs(specs: Any) -> Amounts:
    """What the specs of a new job ask for by ``ResourceConfig``, over all pods."""
    total: Amounts = {}
    for spec in [one for one in specs if isinstance(one, Mapping)] if isinstance(specs, list) else []:
        config, pods = spec.get("ResourceConfig"), spec.get("PodCount")
        count = pods if isinstance(pods, int) and not isinstance(pods, bool) else 1
        asked = {name: amount(config.get(name)) for name in NAMES} if isinstance(config, Mapping) else {}
        for name, value in asked.items():
            total |= {name: total.get(name, 0.0) + value * count} if value else {}
    return total


def summed(jobs: Iterable[Mapping[str, Any]]) -> Amounts:
    total: Amounts = {}
    for job in jobs:
        for name, value in asked_by(job).items():
            total[name] = total.get(name, 0.0) + value
    return total


def short_by(asked: Amounts, free: Amounts) -> Amounts:
    """By how much each amount is short; empty where all fits."""
    return {name: round(value - free[name], 2) for name, value in asked.items() if name in free and value > free[name]}


def minus(total: Amounts, used: Amounts) -> Amounts:
    return {name: round(value - used.get(name, 0.0), 2) for name, value in total.items()}


def describe(amounts: Amounts) -> str:
    """``2 GPU, 16 CPU, 96 GiB``."""
    units = {"Memory": "GiB"}
    return ", ".join(f"{amounts[name]:g} {units.get(name, name)}" for name in NAMES if name in amounts) or "nothing"
