"""Instance types and amounts: how many CPUs, GPUs and GiB of memory a pod or a job asks for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any

SPECS: dict[str, dict[str, Any]] = {
    spec["InstanceType"]: spec for spec in json.loads((resources.files(__package__) / "specs.json").read_text("utf-8"))
}


_BYTES = {"": 1 / 2**30, "K": 2**-20, "M": 2**-10, "G": 1.0, "T": 1024.0}


@dataclass(frozen=True, slots=True)
class Demand:
    cpu: float = 0.0
    gpu: float = 0.0
    memory: float = 0.0

    def __add__(self, other: Demand) -> Demand:
        return Demand(self.cpu + other.cpu, self.gpu + other.gpu, self.memory + other.memory)

    def __sub__(self, other: Demand) -> Demand:
        return Demand(self.cpu - other.cpu, self.gpu - other.gpu, self.memory - other.memory)

    def times(self, count: int) -> Demand:
        return Demand(self.cpu * count, self.gpu * count, self.memory * count)

    def __str__(self) -> str:
        return f"{self.gpu:g} GPU, {self.cpu:g} CPU, {self.memory:g} GiB"

    def fits(self, room: Demand) -> bool:
        return self.cpu <= room.cpu and self.gpu <= room.gpu and self.memory <= room.memory


def pod_demand(spec: dict[str, Any]) -> Demand:
    """What one pod of a job spec asks for."""
    instance = SPECS.get(str(spec.get("EcsSpec") or ""))
    if instance is not None:
        return Demand(instance["Cpu"], instance["Gpu"], instance["Memory"])
    asked = spec.get("ResourceConfig") or {}
    return Demand(parse_amount(asked.get("CPU")), parse_amount(asked.get("GPU")), parse_gib(asked.get("Memory")))


def job_demand(args: dict[str, Any]) -> Demand:
    total = Demand()
    for spec in args.get("JobSpecs") or []:
        total += pod_demand(spec).times(int(spec.get("PodCount") or 1))
    return total


def parse_amount(value: Any) -> float:
    """``"4"`` and ``"500m"`` (thousandths) as a number; 0 where nothing is asked."""
    text = str(value or "0").strip()
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def parse_gib(value: Any) -> float:
    """``"8Gi"``, ``"8G"``, ``"512Mi"`` or plain bytes as GiB."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?\s*", str(value or "0"), re.IGNORECASE)
    if found is None:
        raise ValueError(f"not an amount of memory: {value!r}")
    return float(found[1]) * _BYTES[found[2].upper()]
