"""The guards' tables against the catalogue: nothing in them that is not declared, nothing left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pai_dlc_mcp.guards.confirmation.targets import READER_OF, READERS, WHOLE
from pai_dlc_mcp.guards.discovery.requirements import NEEDS, named

import pai_dlc_emulator
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.guards.confirmation.preview import LOST
from pai_dlc_mcp.guards.creates.duplicates import LOOKUPS
from pai_dlc_mcp.guards.policy.scope import ANYWHERE, HOMES
from pai_dlc_mcp.operation import CREATE, DELETE, READ, Operation

BY_NAME = {op.action_name: op for op in catalog.operations()}
CONTRACT: Any = json.loads((Path(pai_dlc_emulator.__file__).parent / "contract.json").read_text())
WITHOUT_READER = {"UntagResources", "DeleteUserConfig", "CreateProductOrders"}
"""Guarded operations whose target no read shows: their preview is the call itself."""


def names(op: Operation) -> set[str]:
    return {api for api, _, _ in op.fields.values()}


def path_of(op: Operation) -> set[str]:
    return {api for api, _, place in op.fields.values() if place == "path"}


@pytest.mark.parametrize("act", READER_OF)
def test_the_read_of_an_acts_target_is_asked_by_what_the_act_is_given(act: str) -> None:
    reader = BY_NAME[READER_OF[act]]
    assert reader.effect is READ
    assert reader.service is BY_NAME[act].service
    assert path_of(reader) <= names(BY_NAME[act])


def test_every_guarded_operation_but_three_has_a_read_that_shows_its_target() -> None:
    assert {op.action_name for op in BY_NAME.values() if op.guarded} - set(READER_OF) == WITHOUT_READER


def test_no_act_stands_under_two_reads() -> None:
    acts = [act for acts in READERS.values() for act in acts.split()]
    assert len(acts) == len(set(acts))


def test_deletes_that_leave_nothing_are_deletes_whose_path_is_their_reads() -> None:
    for act in WHOLE:
        assert BY_NAME[act].effect is DELETE
        assert path_of(BY_NAME[act]) == path_of(BY_NAME[READER_OF[act]])


@pytest.mark.parametrize("create", LOOKUPS)
def test_a_lookup_uses_names_that_the_create_the_list_and_its_rows_have(create: str) -> None:
    lookup, lister = LOOKUPS[create], BY_NAME[LOOKUPS[create].lister]
    assert BY_NAME[create].effect is CREATE
    assert lookup.name in names(BY_NAME[create])
    assert {lookup.name, *lookup.extra} <= names(lister)
    assert lookup.since is None or lookup.since in names(lister)
    row = _row(lister, lookup.rows)
    assert {lookup.id, lookup.name, "GmtCreateTime"} <= row


def _row(lister: Operation, rows: str) -> set[str]:
    """Fields of a row of this list, in the contract frozen from the official SDKs."""
    product = CONTRACT[lister.service.key]
    answer = product["models"][product["operations"][lister.action_name]["response"]]
    kind = next(field["type"] for field in _fields(answer) if field["name"] == rows)
    return {field["name"] for field in _fields(product["models"][kind.removeprefix("list[").removesuffix("]")])}


def _fields(model: Any) -> list[dict[str, Any]]:
    return list(model["fields"] if isinstance(model, dict) else model)


@pytest.mark.parametrize("action", NEEDS)
def test_a_need_leads_to_a_field_that_is_declared(action: str) -> None:
    content = {
        "JobSpecs": [{"Image": "i", "EcsSpec": "e", "QuotaId": "q"}],
        "DataSources": [{"DataSourceId": "d"}],
        "CodeSource": {"CodeSourceId": "c"},
        "ResourceId": "r",
    }
    args = content | {"Content": content, "DataSourceId": "d", "QuotaId": "q"}
    known = names(BY_NAME[action])
    found = list(named(action, {name: value for name, value in args.items() if name in known}))
    assert len(found) == len(NEEDS[action])


def test_homes_and_the_reads_of_no_workspace_are_declared_reads() -> None:
    for id, reader in HOMES.items():
        assert id in path_of(BY_NAME[reader])
        assert BY_NAME[reader].effect is READ
    assert all(BY_NAME[name].effect is READ for name in ANYWHERE)


def test_what_is_said_to_be_lost_is_said_of_guarded_operations() -> None:
    assert all(BY_NAME[name].guarded for name in LOST)
