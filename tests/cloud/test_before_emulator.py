"""The client in front of the emulator, which checks signatures and shares no code with it."""

from __future__ import annotations

from typing import Any

import pytest

from cloud.conftest import MakeClient
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.errors import CloudError, CredentialsError, LostAnswer, NotFound, PermissionDenied, Throttled
from pai_dlc_mcp.operation import Operation

REGION = "cn-hangzhou"


@pytest.fixture
def cloud(emulator: Emulator, client: MakeClient) -> CloudClient:
    made = client(
        "http://127.0.0.1:9", credentials=StaticCredentials(emulator.access_key_id, emulator.access_key_secret)
    )
    made.endpoints = Endpoints({"pai-dlc": emulator.dlc, "aiworkspace": emulator.aiworkspace})
    return made


async def test_both_products_accept_the_signature(admin: Any, cloud: CloudClient) -> None:
    jobs = await cloud.send(catalog.operation("ListJobs"), {"PageSize": 5, "ShowOwn": False}, REGION)
    images = await cloud.send(catalog.operation("ListImages"), {"PageSize": 3}, REGION)
    assert jobs.request_id
    assert "Jobs" in jobs.data
    assert len(images.data["Images"]) == 3


async def test_r25_a_create_whose_answer_was_dropped_is_lost_and_was_done_once(
    admin: Any, cloud: CloudClient, create_job: Operation
) -> None:
    listed = await cloud.send(catalog.operation("ListWorkspaces"), {}, REGION)
    images = await cloud.send(catalog.operation("ListImages"), {"PageSize": 1}, REGION)
    specs = await cloud.send(catalog.operation("ListEcsSpecs"), {}, REGION)
    image, ecs = images.data["Images"][0]["ImageUri"], specs.data["EcsSpecs"][0]["InstanceType"]
    wire = {
        "DisplayName": "lost-one",
        "JobType": "PyTorchJob",
        "UserCommand": "true",
        "JobSpecs": [{"Type": "Worker", "Image": image, "EcsSpec": ecs, "PodCount": 1}],
        "WorkspaceId": listed.data["Workspaces"][0]["WorkspaceId"],
    }
    admin("faults", [{"operation": "CreateJob", "kind": "drop_after"}])
    with pytest.raises(LostAnswer):
        await cloud.send(create_job, wire, REGION)
    found = await cloud.send(catalog.operation("ListJobs"), {"DisplayName": "lost-one"}, REGION)
    creates = [entry for entry in admin("journal") if entry["operation"] == "CreateJob"]
    assert (len(creates), len(found.data["Jobs"])) == (1, 1)


async def test_r72_a_read_outlives_a_throttle_a_failure_and_no_third_trouble(
    admin: Any, cloud: CloudClient, waits: list[float]
) -> None:
    faults = [{"operation": "ListJobs", "kind": "throttle", "retry_after_ms": 1500}]
    admin("faults", [*faults, {"operation": "ListJobs", "kind": "status", "status": 503}])
    assert (await cloud.send(catalog.operation("ListJobs"), {}, REGION)).request_id
    assert waits == [1.5, 0.6]
    admin("faults", [faults[0] | {"times": 3}])
    with pytest.raises(Throttled):
        await cloud.send(catalog.operation("ListJobs"), {}, REGION)


async def test_r60_a_huge_answer_of_the_emulator_is_read_no_further(admin: Any, cloud: CloudClient) -> None:
    admin("faults", [{"operation": "ListJobs", "kind": "huge", "times": 2}])
    with pytest.raises(CloudError, match="more than 8 MB"):
        await cloud.send(catalog.operation("ListJobs"), {}, REGION)
    assert (await cloud.send(catalog.operation("ListJobs"), {}, REGION, max_bytes=100_000)).cut


async def test_r73_a_denied_action_is_named(admin: Any, cloud: CloudClient) -> None:
    operation = catalog.operation("ListJobs")
    admin("policy", {"deny": [operation.ram_action]})
    with pytest.raises(PermissionDenied, match=operation.ram_action):
        await cloud.send(operation, {}, REGION)
    assert (await cloud.send(catalog.operation("ListImages"), {}, REGION)).request_id


async def test_what_is_not_there_is_not_found(admin: Any, cloud: CloudClient, get_job: Operation) -> None:
    with pytest.raises(NotFound) as caught:
        await cloud.send(get_job, {"JobId": "dlcnothere"}, REGION)
    assert caught.value.status == 404


@pytest.mark.parametrize(("key_id", "secret"), [("LTAInobody", "s"), (None, "wrong")])
async def test_r70_a_wrong_key_and_a_wrong_secret_are_credential_errors(
    key_id: str | None, secret: str, admin: Any, emulator: Emulator, cloud: CloudClient, get_job: Operation
) -> None:
    cloud.credentials = StaticCredentials(key_id or emulator.access_key_id, secret)
    with pytest.raises(CredentialsError):
        await cloud.send(get_job, {"JobId": "dlc1"}, REGION)
