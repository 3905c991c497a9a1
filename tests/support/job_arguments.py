"""Arguments of a valid job to be broken, and what the rules of form say of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.arguments import Parsed, parse
from pai_dlc_mcp.errors import PaiError
from pai_dlc_mcp.guards.validation import check as validation
from pai_dlc_mcp.runtime import Caller
from pai_dlc_mcp.shapes import Input
from support.fake_cloud import REGION, call_of, runtime_of

JOB: dict[str, Any] = {
    "DisplayName": "resnet50",
    "JobMaxRunningTimeMinutes": 60,
    "JobSpecs": [{"Type": "Worker", "PodCount": 2, "Image": "registry/pytorch:2", "EcsSpec": "ecs.g6.large"}],
    "JobType": "PyTorchJob",
    "UserCommand": "torchrun --nnodes 2 -m train",
    "WorkspaceId": "123456",
}
IN_A_QUOTA = {"Type": "Worker", "Image": "registry/pytorch:2", "ResourceConfig": {"CPU": "4", "Memory": "8Gi"}}
QUOTA = {"JobSpecs": [IN_A_QUOTA], "ResourceId": "quota1"}


def job(**changes: Any) -> dict[str, Any]:
    """The valid job with changes; a change to ``None`` takes the field out."""
    return {name: value for name, value in (JOB | changes).items() if value is not None}


def worker(**changes: Any) -> dict[str, Any]:
    """The valid job's one spec with changes; a change to ``None`` takes the field out."""
    return {name: value for name, value in (JOB["JobSpecs"][0] | changes).items() if value is not None}


async def refusal_or_none(action: str, args: dict[str, Any]) -> PaiError | None:
    """What the rules refuse a well-formed call with; they ask the cloud for nothing."""
    runtime, cloud, _ = runtime_of()
    try:
        await validation.check(call_of(action, args), runtime)
    except PaiError as error:
        return error
    finally:
        assert cloud.sent == []
    return None


async def refusal(action: str, args: dict[str, Any]) -> PaiError:
    """What the rules refuse a well-formed call with, which they must."""
    error = await refusal_or_none(action, args)
    if error is None:
        pytest.fail(f"{action} passed with {args}")
    return error


async def refusal_of(action: str, args: dict[str, Any]) -> tuple[str, str | None, str | None]:
    """Code, rule and field of the refusal."""
    error = await refusal(action, args)
    return error.code, error.rule, error.field


async def client_refusal_or_none(action: str, given: Mapping[str, Any]) -> PaiError | None:
    """What a call is refused with as a client sends it: names, types, values and rules together."""
    tool = operation(action)
    parsed: Parsed[Input] = parse(tool.inputs, given, tool=tool.name)
    if parsed.inputs is not None:
        return await refusal_or_none(action, tool.wire_arguments(parsed.inputs))
    runtime, cloud, _ = runtime_of()
    error = await validation.refusal(tool, parsed, runtime, Caller("ada"), REGION)
    assert cloud.sent == []
    return error


async def client_refusal(action: str, given: Mapping[str, Any]) -> PaiError:
    """The same of a call that must be refused."""
    error = await client_refusal_or_none(action, given)
    if error is None:
        pytest.fail(f"{action} passed with {given}")
    return error


async def notices(action: str, args: dict[str, Any]) -> list[tuple[str, str]]:
    """Rule and words of the notices of a call that passes."""
    runtime, _, _ = runtime_of()
    call = call_of(action, args)
    await validation.check(call, runtime)
    return [(notice.rule, notice.message) for notice in call.notices]


async def noticed_rules(action: str, args: dict[str, Any]) -> list[str]:
    """The rules of the notices of a call that passes."""
    return [rule for rule, _ in await notices(action, args)]
