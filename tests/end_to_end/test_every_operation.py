"""Bad input to each of the 170 operations: its own error, never an internal one, never a hole in a path."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, get_args

import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.operation import Operation
from proofs import Proved
from support.every import for_every

from .driving import Driver, driving

OPERATIONS = catalog.operations()
RESERVED = "a b:c?d#e&f%2F@é*~"

ByName = for_every("operation", OPERATIONS, lambda operation: operation.action_name)


@pytest.fixture(scope="module")
async def everything(shared_emulator: Emulator) -> AsyncIterator[Driver]:
    async with driving(shared_emulator, toolsets=("all",)) as driver:
        yield driver


@pytest.fixture
def paths(admin: Callable[..., Any]) -> Callable[[], list[str]]:
    return lambda: [entry["path"] for entry in admin("journal")]


def required(operation: Operation) -> list[str]:
    return [name for name, info in operation.inputs.model_fields.items() if info.is_required()]


def wrong_values(operation: Operation) -> Iterator[tuple[str, Any]]:
    """For each field a value that no type of it takes."""
    for name, info in operation.inputs.model_fields.items():
        kinds = [*get_args(info.annotation), info.annotation]
        yield name, 7 if dict[str, Any] in kinds else {"no": ["such", "thing"]}


def is_about(error: dict[str, Any], operation: Operation, name: str) -> bool:
    """Whether an error's field is the argument, by its own name or its place in the request."""
    first = re.split(r"[.\[]", str(error["field"]))[0]
    return error["code"] == "invalid_arguments" and first in (name, operation.fields[name][0])


async def ended(driver: Driver, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await driver.raw(operation.name, **arguments)
    structured = dict(result.structured_content)
    code = None if structured["ok"] else structured["error"]["code"]
    assert code != "internal", structured
    return structured


def test_all_170_operations_are_here() -> None:
    assert len(OPERATIONS) == 170


@ByName
async def test_a_missing_required_argument_is_named(everything: Driver, operation: Operation) -> None:
    for name in required(operation):
        arguments = {key: value for key, value in operation.example.items() if key != name}
        error = (await ended(everything, operation, arguments))["error"]
        assert error["code"] in ("invalid_arguments", "no_effect"), error
        assert name in str(error["field"]) + error["message"], error


@ByName
async def test_an_unknown_argument_is_refused(everything: Driver, operation: Operation) -> None:
    error = (await ended(everything, operation, {**operation.example, "no_such_argument": 1}))["error"]
    assert error["code"] == "invalid_arguments"
    assert "no_such_argument" in error["message"]


@ByName
async def test_a_value_of_the_wrong_type_is_refused_field_by_field(
    everything: Driver, emulator: Emulator, operation: Operation, paths: Callable[[], list[str]]
) -> None:
    for name, value in wrong_values(operation):
        result = await ended(everything, operation, {**operation.example, name: value})
        assert not result["ok"], (name, value, result)
        assert is_about(result["error"], operation, name), (name, value, result)
    assert not any("//" in path or path.endswith("/jobs/") for path in paths())


@ByName
async def test_a_reserved_character_in_an_id_arrives_percent_encoded_or_is_refused(
    everything: Driver, emulator: Emulator, operation: Operation, paths: Callable[[], list[str]]
) -> None:
    in_path = [name for name, (_, _, place) in operation.fields.items() if place == "path"]
    for name in in_path:
        await ended(everything, operation, {**operation.example, name: RESERVED})
        for hole in ("..", ".", "", "a\\b", "a\n"):
            result = await ended(everything, operation, {**operation.example, name: hole})
            assert is_about(result["error"], operation, name), (name, hole, result)
    for path in paths():
        assert " " not in path
        assert "é" not in path
        assert "//" not in path
        assert ".." not in path.split("/")


@ByName
async def test_a_body_over_the_limit_is_an_error_and_not_a_crash(
    everything: Driver, operation: Operation, proved: Proved
) -> None:
    text = [
        name
        for name, info in operation.inputs.model_fields.items()
        if str in (info.annotation, *get_args(info.annotation))
    ]
    for name in text[:3]:
        await ended(everything, operation, {**operation.example, name: "x" * 70_000})
    proved("bad input ends in an error of the contract", [operation.action_name])
