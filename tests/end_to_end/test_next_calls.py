"""The next calls that a refusal names work as they are written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pai_dlc_emulator.server import Emulator

from .driving import Driver, driving


@pytest.fixture
async def every(emulator: Emulator) -> AsyncIterator[Driver]:
    """Alice on a server with every tool."""
    async with driving(emulator, toolsets=("all",)) as driver:
        yield driver


async def followed(every: Driver, error: dict[str, Any]) -> list[dict[str, Any]]:
    """What the next calls of a refusal give, in their order; none is missing."""
    assert error["next"]
    return [await every.data(step["tool"], **step["arguments"]) for step in error["next"]]


async def test_r30_the_confirmed_call_repeats_every_argument(every: Driver, writes: Callable[[], list[str]]) -> None:
    job_id = await every.create()
    where = {"workspace_id": every.seen["workspace"]}
    made = await every.data("dlc_create_tensorboard", display_name="curves", job_id=job_id, **where)
    board = {"tensorboard_id": made["TensorboardId"], **where}
    for tool in ("dlc_stop_tensorboard", "dlc_delete_tensorboard"):
        await followed(every, await every.error(tool, **board))
    [dataset, *_] = (await every.data("aiworkspace_list_datasets", view="full"))["Datasets"]
    label = {"dataset_id": dataset["DatasetId"], "label_keys": dataset["Labels"][0]["Key"]}
    await followed(every, await every.error("aiworkspace_delete_dataset_labels", **label))
    assert writes()[-3:] == ["StopTensorboard", "DeleteTensorboard", "DeleteDatasetLabels"]


async def test_r30_arguments_too_long_to_repeat_leave_the_ids_and_say_so(every: Driver) -> None:
    tags = {"resource_type": "Job", "resource_id": [f"dlc{number:013d}" for number in range(40)], "tag_key": ["team"]}
    error = await every.error("dlc_untag_resources", **tags)
    [step] = error["next"]
    while "confirmation_token" not in step["arguments"]:
        assert set(step["arguments"]) == {"region", "preview_page"}
        error = await every.error("dlc_untag_resources", **tags, preview_page=step["arguments"]["preview_page"])
        [step] = error["next"]
    assert set(step["arguments"]) == {"region", "confirmation_token"}
    assert "all the arguments" in step["why"]
    token = step["arguments"]["confirmation_token"]
    assert (await every.error("dlc_untag_resources", **tags, confirmation_token=token))["code"] == "not_found"


@pytest.mark.parametrize("source", [{"Uri": "https://code.example.com/a.git"}, {"CodeSourceId": "churn-model"}])
async def test_r04_r09_a_code_source_is_found_by_the_next_call(every: Driver, source: dict[str, str]) -> None:
    await every.discover()
    error = await every.error("dlc_create_job", **every.job(code_source=source))
    [shown] = await followed(every, error)
    id = shown["CodeSources"][0]["CodeSourceId"]
    await every.ok("dlc_create_job", **every.job(code_source={"CodeSourceId": id}))


async def test_r03_a_datasets_name_leads_to_its_id(every: Driver) -> None:
    await every.discover()
    named = [{"DataSourceId": "imagenet-mini"}]
    [shown] = await followed(every, await every.error("dlc_create_job", **every.job(data_sources=named)))
    assert isinstance(shown["Datasets"], list)
    [dataset, *_] = (await every.data("aiworkspace_list_datasets", name="imagenet-mini", workspace_id=""))["Datasets"]
    [again] = await followed(every, await every.error("dlc_create_job", **every.job(data_sources=named)))
    assert again["DatasetId"] == dataset["DatasetId"]


async def test_r42_the_thing_to_create_anew_is_shown(every: Driver) -> None:
    job_id = await every.create()
    [shown] = await followed(every, await every.error("dlc_update_job", job_id=job_id, display_name="other"))
    assert shown["DisplayName"] == "tests-job"


async def test_a_missing_workspace_is_shown_by_the_next_call(every: Driver) -> None:
    [shown] = await followed(every, await every.error("aiworkspace_list_code_sources"))
    assert shown["Workspaces"]


@pytest.mark.parametrize("selection", ["lean", "default", "all"])
async def test_r02_r03_r04_r21_the_next_calls_are_offered_and_a_create_passes_after_them(
    emulator: Emulator, selection: str
) -> None:
    world = emulator.world
    image, source = next(iter(world.catalogue.images.values())), next(iter(world.catalogue.code_sources.values()))
    dataset = next(one for one in world.catalogue.datasets.values() if one["WorkspaceId"] == source["WorkspaceId"])
    spec = {"Type": "Worker", "Image": image["ImageUri"], "EcsSpec": "ecs.g7.16xlarge"}
    wanted: dict[str, Any] = {
        "display_name": "from-nothing", "job_type": "PyTorchJob", "user_command": "python train.py",
        "workspace_id": source["WorkspaceId"], "job_specs": [spec],
        "data_sources": [{"DataSourceId": dataset["DatasetId"]}],
        "code_source": {"CodeSourceId": source["CodeSourceId"]},
    }  # fmt: skip
    async with driving(emulator, toolsets=(selection,)) as driver:
        error = await driver.error("dlc_create_job", **wanted)
        assert len(error["next"]) == 4
        await followed(driver, error)
        await driver.ok("dlc_create_job", **wanted)


@pytest.mark.parametrize(("toolsets", "offered"), [(("jobs",), False), (("jobs", "workspaces", "images"), True)])
async def test_a_next_call_that_this_server_does_not_offer_says_who_can(
    emulator: Emulator, toolsets: tuple[str, ...], offered: bool
) -> None:
    async with driving(emulator, toolsets=toolsets) as driver:
        driver.seen = {"image": "registry.example.com/a:1", "spec": "ecs.g6.large", "workspace": "1"}
        error = await driver.error("dlc_create_job", **driver.job())
    told = {step["tool"]: step["why"] for step in error["next"]}
    enabling = "the toolset images, which its operator enables"
    assert (enabling in told["aiworkspace_list_images"]) is not offered
    assert "does not offer" not in told.get("dlc_list_ecs_specs", "")
