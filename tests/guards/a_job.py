"""A valid job to be broken, and what its refusals and notices are."""

from __future__ import annotations

from typing import Any

import pytest

from guards.fakes import call_of, runtime_of
from pai_dlc_mcp.errors import PaiError
from pai_dlc_mcp.guards.validation import check as validation

JOB: dict[str, Any] = {
    "DisplayName": "resnet50",
    "JobMaxRunningTimeMinutes": 60,
    "JobSpecs": [{"Type": "Worker", "PodCount": 2, "Image": "registry/pytorch:2", "EcsSpec": "ecs.g6.large"}],
    "JobType": "PyTorchJob",
    "UserCommand": "python train.py",
    "WorkspaceId": "123456",
}
IN_A_QUOTA = {"Type": "Worker", "Image": "registry/pytorch:2", "ResourceConfig": {"CPU": "4", "Memory": "8Gi"}}
QUOTA = {"JobSpecs": [IN_A_QUOTA], "ResourceId": "quota1"}


def job(**changes: Any) -> dict[str, Any]:
    """The valid job with changes; a change to ``None`` takes the field out."""
    return {name: value for name, value in (JOB | changes).items() if value is not None}


def worker(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (JOB["JobSpecs"][0] | changes).items() if value is not None}


async def refusal(action: str, args: dict[str, Any]) -> PaiError:
    runtime, cloud, _ = runtime_of()
    with pytest.raises(PaiError) as caught:
        await validation.check(call_of(action, args), runtime)
    assert cloud.sent == []
    return caught.value


async def notices(action: str, args: dict[str, Any]) -> list[str]:
    """The rules of the notices of a call that passes."""
    runtime, _, _ = runtime_of()
    call = call_of(action, args)
    await validation.check(call, runtime)
    return [notice.rule for notice in call.notices]


async def told(action: str, args: dict[str, Any]) -> tuple[str, str | None, str | None]:
    error = await refusal(action, args)
    return error.code, error.rule, error.field
