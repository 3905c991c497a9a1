"""Every list of the emulator: each filter and each order, checked by its own rows."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from emulator.approved.texts import base_of, stage
from emulator.every_answer import MODELS, reads
from pai_dlc_emulator.contract import products
from pai_dlc_emulator.wire import ServiceError
from pai_dlc_mcp.operation import Operation


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

    def of(self, **more: Any) -> list[dict[str, Any]]:
        answer = stage().send(self.operation.action_name, {**self.asked, **more})
        if isinstance(answer, ServiceError):
            raise answer
        return list(answer[self.rows])


def _facts(operation: Operation) -> Any:
    return next(one.operations[operation.action_name] for one in products().values()
                if operation.action_name in one.operations)  # fmt: skip


def listings() -> Iterator[Listing]:
    """Every list in a world in which there are several of each kind that can be made twice."""
    for operation in reads():
        facts = _facts(operation)
        lists = [one for one in MODELS[facts.response] if one.type.removeprefix("list[").removesuffix("]") in MODELS]
        if not operation.action_name.startswith("List") or len(lists) != 1 or not lists[0].type.startswith("list["):
            continue
        known = {one.name for one in facts.parameters}
        asked = base_of(operation) | ({"Verbose": True} if "Verbose" in known else {})
        fields = frozenset(one.name for one in MODELS[lists[0].type[5:-1]])
        yield Listing(operation, asked, lists[0].name, fields)


def test_each_filter_of_a_list_keeps_the_records_that_have_the_value() -> None:
    wrong, tried = list[str](), 0
    for one in listings():
        every = one.of()
        for name in one.filters:
            values = [row[name] for row in every if isinstance(row.get(name), str | int | bool) and row[name] != ""]
            for value in list(dict.fromkeys(values))[:3]:
                tried += 1
                exact = [row for row in every if row.get(name) == value]
                within = [row for row in every if str(value).lower() in str(row.get(name)).lower()]
                with contextlib.suppress(ServiceError):
                    if _texts(one.of(**{name: value})) not in (_texts(exact), _texts(within)):
                        wrong.append(f"{one.operation.action_name} {name}={value!r}")
    assert wrong == []
    assert tried > 90


def _texts(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(map(json.dumps, rows))


def test_each_order_of_a_list_is_that_of_its_field_both_ways() -> None:
    wrong, tried = list[str](), 0
    for one in listings():
        info = one.operation.inputs.model_fields.get("sort_by")
        words = [word for part in get_args(info.annotation) for word in get_args(part)] if info else []
        for field in (word for word in words if isinstance(word, str) and word in one.fields):
            for order in ("ASC", "DESC"):
                with contextlib.suppress(ServiceError):
                    keys = [row.get(field) for row in one.of(SortBy=field, Order=order)]
                    if None not in keys:
                        tried += 1
                        wrong += [f"{one.operation.action_name} {field} {order}"] if keys != sorted(
                            keys, reverse=order == "DESC") else []  # fmt: skip
    assert wrong == []
    assert tried > 50
