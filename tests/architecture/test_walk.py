"""A stranger can follow a call: it enters few files, and leads from one into another few times."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from architecture.walk import walked
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.call_tool import Peer, call_tool
from pai_dlc_mcp.runtime import Caller

MOST_FILES, MOST_HOPS = 35, 250


@pytest.fixture
async def app(emulator: Emulator) -> AsyncIterator[Application]:
    settings = Settings(
        toolsets=("all",), region="cn-hangzhou", dlc_endpoint=emulator.dlc, aiworkspace_endpoint=emulator.aiworkspace
    )
    credentials = StaticCredentials(emulator.access_key_id, emulator.access_key_secret)
    async with Application(settings, credentials=credentials).running() as running:
        yield running


async def called(app: Application, tool: str, **arguments: Any) -> Any:
    answer = await call_tool(app, app.tools[tool], arguments, Peer(Caller("stranger")))
    return answer.structured


async def job_arguments(app: Application, name: str) -> dict[str, Any]:
    """Arguments of a create, discovered as an agent would."""
    workspaces = await called(app, "aiworkspace_list_workspaces")
    images = await called(app, "aiworkspace_list_images", view="full")
    specs = await called(app, "dlc_list_ecs_specs", accelerator_type="CPU")
    spec = next(one["InstanceType"] for one in specs["data"]["EcsSpecs"] if one.get("IsAvailable"))
    role = {"Type": "Worker", "PodCount": 1, "Image": images["data"]["Images"][0]["ImageUri"], "EcsSpec": spec}
    return {
        "display_name": name,
        "job_type": "PyTorchJob",
        "workspace_id": workspaces["data"]["Workspaces"][0]["WorkspaceId"],
        "job_specs": [role],
        "user_command": "python train.py",
    }


async def test_a_create_and_a_confirmed_stop_enter_few_files_and_hop_few_times(
    app: Application, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = await job_arguments(app, "walk-one")
    await called(app, "dlc_create_job", **arguments)
    with walked() as create:
        created = await called(app, "dlc_create_job", **{**arguments, "display_name": "walk-two"})
    assert created["ok"], created
    stop = {"job_id": created["data"]["JobId"], "wait_seconds": 0}
    preview = await called(app, "dlc_stop_job", **stop)
    token = preview["error"]["confirmation"]["token"]
    with walked() as confirmed:
        stopped = await called(app, "dlc_stop_job", **stop, confirmation_token=token)
    assert stopped["ok"], stopped
    for name, walk in (("dlc_create_job", create), ("a confirmed dlc_stop_job", confirmed)):
        with capsys.disabled():
            print(f"\n{name}: {len(walk.files)} files, {walk.hops} hops")
        assert len(walk.files) <= MOST_FILES, sorted(walk.files)
        assert walk.hops <= MOST_HOPS
