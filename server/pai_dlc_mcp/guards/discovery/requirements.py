"""Which arguments name something that a read must have shown first. One table; the code below only walks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..validation.template_content import opened


@dataclass(frozen=True, slots=True)
class Need:
    """``path`` leads to the values in the call's arguments, ``[]`` through a list; ``advice`` only gives a notice."""

    path: str
    kind: str
    rule: str
    advice: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """One value that a call names: where, what, and which need it falls under."""

    field: str
    value: str
    need: Need


OF_A_JOB: tuple[Need, ...] = (
    Need("JobSpecs[].Image", "image", "R02"),
    Need("DataSources[].DataSourceId", "dataset", "R03"),
    Need("CodeSource.CodeSourceId", "code_source", "R04"),
    Need("JobSpecs[].EcsSpec", "ecs_spec", "R21"),
    Need("ResourceId", "quota", "R05", advice=True),
    Need("JobSpecs[].QuotaId", "quota", "R05", advice=True),
)
OF_A_CONTENT = tuple(Need(f"Content.{need.path}", need.kind, need.rule, need.advice) for need in OF_A_JOB)

NEEDS: Mapping[str, tuple[Need, ...]] = {
    "CreateJob": OF_A_JOB,
    "UpdateJob": (Need("JobSpecs[].Image", "image", "R02"), Need("JobSpecs[].EcsSpec", "ecs_spec", "R21")),
    "CreateJobTemplate": OF_A_CONTENT,
    "UpdateJobTemplate": OF_A_CONTENT,
    "CreateTensorboard": (
        Need("DataSourceId", "dataset", "R03"),
        Need("DataSources[].DataSourceId", "dataset", "R03"),
        Need("QuotaId", "quota", "R05", advice=True),
    ),
}


def named(operation: str, args: Mapping[str, Any]) -> Iterator[Named]:
    """Every value of a call that something must have shown, in the order of the table."""
    for need in NEEDS.get(operation, ()):
        for field, value in walk(args, need.path.split(".")):
            if isinstance(value, str) and value:
                yield Named(field, value, need)


def walk(value: Any, steps: list[str], field: str = "") -> Iterator[tuple[str, Any]]:
    """Values at the end of a path, each with where it stands. JSON text on the way is read as what it says."""
    if not steps:
        yield field, value
        return
    step, rest = steps[0], steps[1:]
    inner = (opened(value) or {}).get(step.removesuffix("[]"))
    at = f"{field}.{step}".removeprefix(".").removesuffix("[]")
    if not step.endswith("[]"):
        yield from walk(inner, rest, at)
        return
    for place, item in enumerate(inner if isinstance(inner, list) else []):
        yield from walk(item, rest, f"{at}[{place}]")
