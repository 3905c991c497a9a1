"""An operation is added by its declaration and the emulator's handler; nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from architecture.test_walk import called, job_arguments
from pai_dlc_emulator import contract
from pai_dlc_emulator.server import Emulator, started
from pai_dlc_emulator.wire import Received
from pai_dlc_emulator.world import HANDLERS, World
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.api.kinds import ImageUri, JobId
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.operation import DELETE, DLC, Target
from pai_dlc_mcp.protocol.definitions import definition
from pai_dlc_mcp.protocol.operation_page import page
from pai_dlc_mcp.shapes import Input, may, need

REASONS: list[dict[str, Any]] = []


@pytest.fixture(scope="module")
def shredding() -> Iterator[Emulator]:
    """A declaration, a handler and the line of the service's contract; an emulator that serves them."""

    @DLC.post(
        "/api/v1/jobs/{JobId}/shred",
        DELETE,
        "paidlc:ShredJob",
        "jobs",
        example={"job_id": "dlc1abcd2345"},
        target=Target("GetJob"),
        lost="every file that the job wrote",
        presets="default",
        rules="R02 R30",
    )
    class ShredJob(Input):
        """Shred what a job wrote. Needs a confirmation."""

        job_id: JobId = need("Job whose files are shredded.")
        image: ImageUri | None = may("Image of the shredder.")

    def shred(world: World, received: Received) -> dict[str, Any]:
        REASONS.append(dict(received.args))
        return {"JobId": received.args["JobId"]}

    product = contract.products()["pai-dlc"]
    model = product.operations["StopJob"].response
    parameters = (
        contract.Parameter("JobId", "path", "string", None, True),
        contract.Parameter("Image", "body", "string", None, False),
    )
    product.operations["ShredJob"] = contract.Operation(
        "ShredJob", product.name, "POST", "/api/v1/jobs/{JobId}/shred", parameters, model
    )
    HANDLERS["ShredJob"] = shred
    try:
        with started() as emulator:
            yield emulator
    finally:
        del DLC.operations["ShredJob"], product.operations["ShredJob"], HANDLERS["ShredJob"]


@pytest.fixture
async def app(shredding: Emulator) -> AsyncIterator[Application]:
    settings = Settings(
        toolsets=("all",),
        region="cn-hangzhou",
        dlc_endpoint=shredding.dlc,
        aiworkspace_endpoint=shredding.aiworkspace,
        confirm_by="token",
    )
    credentials = StaticCredentials(shredding.access_key_id, shredding.access_key_secret)
    async with Application(settings, credentials=credentials).running() as running:
        REASONS.clear()
        yield running


async def test_a_new_operation_is_listed_with_its_schema_and_honest_hints(app: Application) -> None:
    tool = app.tools["dlc_shred_job"]
    listed = definition(tool, app.settings)
    assert listed.input_schema["required"] == ["job_id"]
    assert "confirmation_token" in listed.input_schema["properties"]
    assert (listed.annotations.read_only_hint, listed.annotations.destructive_hint) == (False, True)
    assert tool.name in Application(replace_toolsets(app.settings, "default")).tools
    assert tool.name not in Application(replace_toolsets(app.settings, "lean")).tools


def replace_toolsets(settings: Settings, preset: str) -> Settings:
    return Settings(toolsets=(preset,), region=settings.region)


async def test_a_new_operation_has_a_page_and_its_place_in_the_least_policy(app: Application) -> None:
    text = page("ShredJob")
    assert "Shred what a job wrote." in text
    assert "delete, confirmed (R30)" in text
    reads = ("GetJob", "ListJobs", "ListTensorboards", "ListMembers", "GetPodLogs", "ListEcsSpecs")
    assert [one.action_name for one in catalog.guard_operations(app.tools["dlc_shred_job"])] == list(reads)


async def test_a_new_operation_is_guarded_by_discovery_and_confirmation_and_then_carried_out(app: Application) -> None:
    created = await called(app, "dlc_create_job", **await job_arguments(app, "to-shred"))
    job_id = created["data"]["JobId"]
    unknown = await called(app, "dlc_shred_job", job_id=job_id, image="registry.example/never-shown:1")
    assert (unknown["error"]["code"], unknown["error"]["rule"]) == ("discovery_required", "R02")
    preview = await called(app, "dlc_shred_job", job_id=job_id)
    assert preview["error"]["code"] == "confirmation_required"
    shown = preview["error"]["confirmation"]["preview"]
    assert (shown["act"], shown["name"]) == ("ShredJob", "to-shred")
    assert shown["would_be_lost"] == "every file that the job wrote"
    assert REASONS == []
    token = preview["error"]["confirmation"]["token"]
    done = await called(app, "dlc_shred_job", job_id=job_id, confirmation_token=token)
    assert (done["ok"], done["confirmed_by"]) == (True, "two_step"), json.dumps(done)
    assert [one["JobId"] for one in REASONS] == [job_id]


async def test_a_new_operation_obeys_the_operators_policy(shredding: Emulator) -> None:
    settings = Settings(toolsets=("all",), region="cn-hangzhou", dlc_endpoint=shredding.dlc,
                        aiworkspace_endpoint=shredding.aiworkspace, owners=("somebody-else",))  # fmt: skip
    credentials = StaticCredentials(shredding.access_key_id, shredding.access_key_secret)
    async with Application(settings, credentials=credentials).running() as app:
        created = await called(app, "dlc_create_job", **await job_arguments(app, "not-mine-to-shred"))
        refused = await called(app, "dlc_shred_job", job_id=created["data"]["JobId"])
        assert refused["error"]["code"] == "policy_denied"
    readonly = Application(Settings(toolsets=("all",), read_only=True))
    assert "dlc_shred_job" not in readonly.tools
