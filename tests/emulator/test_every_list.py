"""Every read of the emulator: which fields it fills, and every list: each filter and each order, by its own rows."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from emulator.every_answer import MODELS, arguments, fields_of, furnished, reads, shown
from emulator.training.scene import Scene
from pai_dlc_emulator.contract import products
from pai_dlc_emulator.wire import ServiceError
from pai_dlc_mcp.operation import Operation
from support.furnished_world import Furnished

SNAPSHOT = Path(__file__).parents[1] / "snapshots/emulator_fields.txt"


OF_A_JOB: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GetJob", {}), ("GetJobEvents", {}), ("ListJobSanityCheckResults", {}),
    ("GetJobSanityCheckResult", {"SanityCheckNumber": 1}), ("GetJobMetrics", {"MetricType": "GpuCoreUsage"}),
)  # fmt: skip
UNNEEDED = ("SortBy", "Order")


async def test_the_emulator_fills_the_fields_that_it_filled_before() -> None:
    """Where it fills more, or one is gone on purpose: write what ``shown`` gives into the snapshot."""
    scene, found = Scene("default"), set[str]()
    made = await furnished(scene)

    def ask(asked: Scene, name: str, **given: Any) -> dict[str, Any]:
        with contextlib.suppress(ServiceError):
            answer = asked.call(name, **given)
            found.update(fields_of(name, answer))
            return answer
        return {}

    for operation in reads():
        given = arguments(made, operation)
        ask(scene, operation.action_name, **{name: value for name, value in given.items() if name not in UNNEEDED})
    failures = Scene("failures")
    for job in [str(one.id) for one in failures.world.training.jobs.values()]:
        for name, more in OF_A_JOB:
            ask(failures, name, JobId=job, **more)
        for pod in failures.job(job).get("Pods", [])[:2]:
            for name in ("GetPodEvents", "GetPodLogs"):
                ask(failures, name, JobId=job, PodId=pod["PodId"])
    assert shown(found) == SNAPSHOT.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Listing:
    """A list of records: how it is asked for all of them, the field that holds them, and their model's fields."""

    operation: Operation
    asked: Mapping[str, Any]
    rows: str
    fields: frozenset[str]

    @property
    def filters(self) -> list[str]:
        """Parameters that bear the name of a field."""
        facts = _facts(self.operation)
        return sorted({one.name for one in facts.parameters if one.place == "query"} & self.fields - set(self.asked))

    def of(self, scene: Scene, **more: Any) -> list[dict[str, Any]]:
        return list(scene.call(self.operation.action_name, **self.asked, **more)[self.rows])


def _facts(operation: Operation) -> Any:
    return next(one.operations[operation.action_name] for one in products().values()
                if operation.action_name in one.operations)  # fmt: skip


def listings(scene: Scene, made: Furnished) -> Iterator[Listing]:
    for operation in reads():
        facts = _facts(operation)
        lists = [one for one in MODELS[facts.response] if one.type.removeprefix("list[").removesuffix("]") in MODELS]
        if not operation.action_name.startswith("List") or len(lists) != 1 or not lists[0].type.startswith("list["):
            continue
        needed = {one.name for one in facts.parameters if one.place == "path" or one.required}
        asked = {name: value for name, value in arguments(made, operation).items() if name in needed}
        known = {one.name for one in facts.parameters}
        asked |= {
            name: value for name, value in (("PageSize", 100), ("ShowOwn", False), ("Verbose", True)) if name in known
        }
        with contextlib.suppress(ServiceError):
            listing = Listing(
                operation, asked, lists[0].name, frozenset(one.name for one in MODELS[lists[0].type[5:-1]])
            )
            listing.of(scene)
            yield listing


async def lists() -> list[tuple[Scene, Listing]]:
    """Every list in a world in which there are several of each kind that can be made twice."""
    scene = Scene("default")
    made = await furnished(scene)
    for rows in scene.world.catalogue.tables.values():
        for key, row in list(rows.items())[:2]:
            if "WorkspaceId" in row and isinstance(key, str):
                other = {name: _other(name, value) for name, value in row.items()}
                rows[f"{key}2"] = {name: f"{key}2" if value == key else other[name] for name, value in row.items()}
    return [(scene, one) for one in listings(scene, made)]


KEPT = ("WorkspaceId", "UserId", "OwnerId", "Accessibility", "ParentUserId", "Creator")


def _other(name: str, value: Any) -> Any:
    """Another value of the kind, but for what decides who sees a record."""
    is_word = isinstance(value, str) and value and not name.startswith("Gmt") and not name.endswith(("Id", "Time"))
    return value[::-1] if is_word and name not in KEPT else value


async def test_each_filter_of_a_list_keeps_the_records_that_have_the_value() -> None:
    wrong, tried = list[str](), 0
    for scene, one in await lists():
        every = one.of(scene)
        for name in one.filters:
            values = [row[name] for row in every if isinstance(row.get(name), str | int | bool) and row[name] != ""]
            for value in list(dict.fromkeys(values))[:3]:
                tried += 1
                kept = [row for row in every if row.get(name) == value]
                with contextlib.suppress(ServiceError):
                    if _texts(one.of(scene, **{name: value})) != _texts(kept):
                        wrong.append(f"{one.operation.action_name} {name}={value!r}")
    assert wrong == []
    assert tried > 90


def _texts(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(map(json.dumps, rows))


async def test_each_order_of_a_list_is_that_of_its_field_both_ways() -> None:
    wrong, tried = list[str](), 0
    for scene, one in await lists():
        info = one.operation.inputs.model_fields.get("sort_by")
        words = [word for part in get_args(info.annotation) for word in get_args(part)] if info else []
        for field in (word for word in words if isinstance(word, str) and word in one.fields):
            for order in ("ASC", "DESC"):
                with contextlib.suppress(ServiceError):
                    keys = [row.get(field) for row in one.of(scene, SortBy=field, Order=order)]
                    if None not in keys:
                        tried += 1
                        wrong += [f"{one.operation.action_name} {field} {order}"] if keys != sorted(
                            keys, reverse=order == "DESC") else []  # fmt: skip
    assert wrong == []
    assert tried > 50
