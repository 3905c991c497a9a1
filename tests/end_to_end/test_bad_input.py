"""Bad input gets its own error of the contract and leaves the emulator's journal without a write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from .driving import Driver


@pytest.fixture(autouse=True)
def nothing_is_written(writes: Callable[[], list[str]]) -> Iterator[None]:
    yield
    assert writes() == []


async def test_an_unknown_tool_is_a_protocol_error_with_the_nearest_name(mcp: Driver) -> None:
    with pytest.raises(MCPError) as caught:
        await mcp.raw("dlc_stop_jobs", job_id="x")
    assert caught.value.code == -32602
    assert "dlc_stop_job" in caught.value.message


async def test_an_unknown_argument_is_refused_with_the_nearest_one(mcp: Driver) -> None:
    error = await mcp.error("dlc_get_job", job="dlc1")
    assert (error["code"], error["rule"], error["field"]) == ("invalid_arguments", "R29", "job")
    assert "did you mean job_id" in error["message"]


async def test_a_missing_argument_is_named(mcp: Driver) -> None:
    error = await mcp.error("dlc_get_job")
    assert (error["code"], error["field"]) == ("invalid_arguments", "job_id")


async def test_r10_a_job_type_in_another_case_is_refused_with_the_legal_one(mcp: Driver) -> None:
    await mcp.discover()
    for wrong, legal in (("pytorchjob", "PyTorchJob"), ("tf-job", "TFJob"), ("Custom", "PyTorchJob")):
        error = await mcp.error("dlc_create_job", **mcp.job(job_type=wrong))
        assert (error["code"], error["rule"]) == ("invalid_arguments", "R10")
        assert legal in error["message"]


async def test_json_text_that_does_not_parse_is_named(mcp: Driver) -> None:
    await mcp.discover()
    error = await mcp.error("dlc_create_job", **mcp.job(job_specs="[{"))
    assert (error["code"], error["field"]) == ("invalid_arguments", "job_specs")
    assert "JSON" in error["message"]


async def test_text_that_cannot_be_written_is_named(mcp: Driver) -> None:
    """Only JSON inside of JSON brings it here: the outer text was refused by the protocol already."""
    await mcp.discover()
    error = await mcp.error("dlc_create_job", **mcp.job(job_specs=r'[{"Type": "Worker", "Image": "\ud800"}]'))
    assert (error["code"], error["field"]) == ("invalid_arguments", "job_specs")
    assert "surrogate" in error["message"]


@pytest.mark.parametrize("job_id", ["a/b", "..", ".", "", "x\ny", "x\\y", "a" * 300, "x\0y"])
async def test_a_job_id_that_would_leave_a_hole_in_the_path_is_refused(mcp: Driver, job_id: str) -> None:
    error = await mcp.error("dlc_get_job", job_id=job_id)
    assert (error["code"], error["field"]) == ("invalid_arguments", "job_id")


async def test_r15_seventy_kilobytes_of_environment_are_refused_with_size_and_largest_fields(mcp: Driver) -> None:
    await mcp.discover()
    error = await mcp.error("dlc_create_job", **mcp.job(envs={"BIG": "x" * 70_000}))
    assert (error["code"], error["rule"]) == ("invalid_arguments", "R15")
    assert "Envs" in error["message"]
    assert "65,536" in error["message"]


async def test_r02_an_image_by_its_name_is_refused_with_its_uri(mcp: Driver) -> None:
    await mcp.discover()
    images = await mcp.data("aiworkspace_list_images", view="full")
    image = images["Images"][0]
    arguments = mcp.job()
    arguments["job_specs"][0]["Image"] = image["Name"]
    error = await mcp.error("dlc_create_job", **arguments)
    assert (error["code"], error["rule"]) == ("discovery_required", "R02")
    assert image["ImageUri"] in str(error)


async def test_an_answer_that_is_not_json_is_unavailable_for_a_read(mcp: Driver, admin: Callable[..., Any]) -> None:
    admin("faults", [{"operation": "ListWorkspaces", "kind": "garbage", "times": 9}])
    error = await mcp.error("aiworkspace_list_workspaces")
    assert error["code"] == "unavailable"
    assert "gave an answer that is not the service's" in error["message"]


async def test_an_answer_of_two_gigabytes_is_not_read_to_its_end(mcp: Driver, admin: Callable[..., Any]) -> None:
    admin("faults", [{"operation": "ListWorkspaces", "kind": "huge", "bytes": 2_000_000_000, "times": 9}])
    error = await mcp.error("aiworkspace_list_workspaces")
    assert error["code"] == "cloud_error"
    assert "gave an answer of more than 8 MB, which was read no further; ask for less of it" in error["message"]


async def test_a_number_as_text_and_an_id_as_number_are_taken(mcp: Driver) -> None:
    found = await mcp.data("aiworkspace_list_workspaces", page_size="1")
    workspace = int(found["Workspaces"][0]["WorkspaceId"])
    listed = await mcp.data("aiworkspace_list_datasets", workspace_id=workspace, page_size="2", view="full")
    assert len(listed["Datasets"]) == min(2, listed["TotalCount"])
    assert {dataset["WorkspaceId"] for dataset in listed["Datasets"]} <= {str(workspace)}
