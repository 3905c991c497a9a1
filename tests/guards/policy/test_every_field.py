"""The allow lists of workspaces and regions, over every field of every operation: by its type, and by the name of what
stands in a free text or object. Made from the declarations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from pai_dlc_mcp.api.catalog import operation, operations
from pai_dlc_mcp.api.kinds import REGION, WORKSPACE
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import NotFound, PolicyDenied
from pai_dlc_mcp.guards.policy import access
from pai_dlc_mcp.guards.policy.scope import opaque_fields
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.shapes import Input, api_name, kind_of, shape_in, wire_of
from support.fake_cloud import REGION as HERE
from support.fake_cloud import call_of, runtime_of

SETTINGS = Settings(workspaces=("11001",), regions=(HERE,))


def placed(path: str, value: Any) -> dict[str, Any]:
    """Arguments with nothing but this value at this place."""
    name, _, rest = path.partition(".")
    inner = placed(rest, value) if rest else value
    return {name.removesuffix("[]"): [inner] if name.endswith("[]") else inner}


def fields_of(kind: Any) -> list[tuple[str, str]]:
    """Every operation and the path of each of its fields of a kind."""
    return [(one.action_name, leaf.path) for one in operations() for leaf in one.leaves if leaf.kind is kind]


def free_fields() -> Iterator[tuple[str, str, bool]]:
    """Every operation, the path of each text or free object that is not handed to programs as it is, and whether it is
    a text."""
    for one in operations():
        for path, annotation in _open(one, one.inputs):
            yield one.action_name, path, "dict" not in annotation


def _open(owner: Operation, model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        api = api_name(name, info) if issubclass(model, Input) else name
        shape, annotation = shape_in(info.annotation), str(info.annotation)
        path = f"{prefix}{api}" + ("[]" if is_list(info.annotation) else "")
        if shape is not None:
            yield from _open(owner, shape, f"{path}.")
        elif (
            not wire_of(info).secret
            and kind_of(info) not in (WORKSPACE, REGION)
            and ("dict" in annotation or "str" in annotation)
        ):
            yield path, annotation


def is_list(annotation: Any) -> bool:
    return any(get_origin(one) is list for one in (annotation, *get_args(annotation)))


async def refused(action: str, args: dict[str, Any]) -> str | None:
    """What the settings say of a call before anything was read; empty where it was read first."""
    readers = dict.fromkeys([one.action_name for one in operations()], NotFound("none"))
    runtime, cloud, _ = runtime_of(readers, settings=SETTINGS)
    try:
        await access.check(call_of(action, args), runtime)
    except PolicyDenied as refusal:
        return "" if cloud.sent else refusal.message
    except NotFound:
        return None
    return None


@pytest.mark.parametrize("path", sorted({path for _, path in fields_of(WORKSPACE)}))
async def test_a_workspace_outside_is_refused_in_every_field_of_that_type(path: str) -> None:
    for action in [one for one, where in fields_of(WORKSPACE) if where == path]:
        assert "workspace 99" in str(await refused(action, placed(path, "99"))), action
        assert "workspace 11001" not in str(await refused(action, placed(path, "11001"))), action


async def test_a_region_outside_is_refused_in_every_field_of_that_type() -> None:
    for action, path in fields_of(REGION):
        assert "Region cn-else" in str(await refused(action, placed(path, "cn-else"))), action
        assert "Region" not in str(await refused(action, placed(path, HERE))), action


@pytest.mark.parametrize("name", ["workspaceId", "SourceWorkspaceIds"])
async def test_a_workspace_outside_is_refused_in_every_text_and_free_object(name: str) -> None:
    tried = 0
    for action, path, is_text in free_fields():
        inner = {"deep": [{name: "11001,99"}]}
        value = json.dumps(inner) if is_text else inner
        said = str(await refused(action, placed(path, value)))
        assert "workspace 99" in said or "workspace (not named)" in said, (action, path)
        tried += 1
    assert tried > 600


async def test_a_region_outside_is_refused_in_every_text_and_free_object() -> None:
    for action, path, is_text in free_fields():
        inner = {"deep": [{"regionId": "cn-else"}]}
        value = json.dumps(inner) if is_text else inner
        assert "Region cn-else" in str(await refused(action, placed(path, value))), (action, path)


async def test_values_for_programs_may_name_whatever_they_like() -> None:
    opaque = [(one.action_name, path) for one in operations() for path in sorted(opaque_fields(one))]
    assert ("CreateJob", "Envs") in opaque
    for action, path in opaque:
        said = str(await refused(action, placed(path, {"WorkspaceId": "99", "region": "cn-else"})))
        assert "99" not in said, (action, path)
        assert "cn-else" not in said, (action, path)


async def test_a_create_says_itself_where_it_goes() -> None:
    """A workspace that stands inside its body is another thing's."""
    for one in operations():
        nested = [leaf.path for leaf in one.leaves if leaf.kind is WORKSPACE and "." in leaf.path]
        if one.effect.value != "create" or not nested or not operation(one.action_name).fields.get("workspace_id"):
            continue
        for path in nested:
            if "WorkspaceId" not in one.path_names:
                assert "Name a workspace" in str(await refused(one.action_name, placed(path, "11001"))), path
