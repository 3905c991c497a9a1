"""What is known before anything is sent: in dlc_validate_job, in a clone's preview and in a create's notices alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator

from .conftest import World

Journal = Callable[[], list[dict[str, Any]]]


def rules(result: dict[str, Any]) -> list[str]:
    return [notice["rule"] for notice in result["notices"]]


async def test_validate_takes_the_arguments_of_a_create_at_its_top_level(world: World, mcp: Driver) -> None:
    world("default")
    await mcp.discover()
    job = mcp.job("top", job_max_running_time_minutes=60)
    flat = await mcp.data("dlc_validate_job", **job)
    assert flat["valid"] is True
    assert flat == await mcp.data("dlc_validate_job", job=job)
    rest = {name: value for name, value in job.items() if name != "display_name"}
    mixed = await mcp.data("dlc_validate_job", job={"display_name": "bad name!"}, **rest)
    assert [fault["field"] for fault in mixed["faults"]] == ["display_name"]


async def test_r29_an_argument_that_a_create_does_not_have_is_a_fault_with_the_nearest(
    world: World, mcp: Driver
) -> None:
    world("default")
    await mcp.discover()
    data = await mcp.data("dlc_validate_job", **mcp.job(), user_comand="x")
    assert data["valid"] is False
    assert "user_command" in data["faults"][0]["message"]


async def test_validate_without_any_argument_names_what_a_job_needs(world: World, mcp: Driver) -> None:
    world("default")
    data = await mcp.data("dlc_validate_job")
    assert data["valid"] is False
    assert "R01" in {fault.get("rule") for fault in data["faults"]}


async def test_r23_the_same_advice_stands_in_validation_in_a_clones_preview_and_in_a_create(
    world: World, mcp: Driver
) -> None:
    world("default")
    await mcp.discover()
    job = mcp.job("several", user_command="python train.py", job_max_running_time_minutes=60)
    job["job_specs"][0]["PodCount"] = 2
    validated = await mcp.ok("dlc_validate_job", **job)
    created = await mcp.ok("dlc_create_job", **job)
    cloned = await mcp.ok("dlc_clone_job", job_id=created["data"]["JobId"])
    for result in (validated, created, cloned):
        assert {"R23", "R04"} <= set(rules(result)), result["notices"]


async def test_advice_is_told_beside_the_faults_of_a_job(world: World, mcp: Driver) -> None:
    world("default")
    await mcp.discover()
    result = await mcp.ok("dlc_validate_job", **mcp.job("bad name!", user_command="python train.py"))
    assert result["data"]["valid"] is False
    assert "R04" in rules(result)


async def test_r03_a_dataset_of_a_single_file_is_pointed_out(world: World, mcp: Driver) -> None:
    world("default")
    await mcp.discover()
    place = mcp.seen["workspace"]
    where = {"workspace_id": place, "data_source_type": "OSS", "uri": "oss://bucket/x"}
    made = {}
    for kind in ("FILE", "DIRECTORY"):
        given = {**where, "name": f"set-{kind.lower()}", "property": kind}
        token = (await mcp.error("aiworkspace_create_dataset", **given))["confirmation"]["token"]
        made[kind] = await mcp.data("aiworkspace_create_dataset", **given, confirmation_token=token)
    await mcp.data("aiworkspace_list_datasets", workspace_id=place)
    said = {}
    for kind, answer in made.items():
        source = {"DataSourceId": answer["DatasetId"], "MountPath": "/mnt/data", "MountAccess": "RO"}
        said[kind] = await mcp.ok("dlc_validate_job", **mcp.job(user_command="nvidia-smi", data_sources=[source]))
    assert any("is a single file" in notice["message"] for notice in said["FILE"]["notices"])
    assert not any("is a single file" in notice["message"] for notice in said["DIRECTORY"]["notices"])


async def test_the_operators_limits_and_what_is_left_of_the_hour_are_told(emulator: Emulator, world: World) -> None:
    world("default")
    settings: dict[str, Any] = {"max_gpus_per_job": 4, "max_creates_per_hour": 3, "require_max_running_time": True}
    async with driving(emulator, toolsets=("all",), **settings) as mcp:
        await mcp.discover()
        job = mcp.job("limited", job_max_running_time_minutes=60)
        before = await mcp.data("dlc_validate_job", **job)
        assert before["policy"] == {
            "max_gpus_per_job": 4, "require_max_running_time": True, "creates_left_this_hour": 3,
            "max_creates_per_hour": 3,
        }  # fmt: skip
        created = await mcp.data("dlc_create_job", **job)
        after = await mcp.data("dlc_clone_job", job_id=created["JobId"])
        assert after["policy"]["creates_left_this_hour"] == 2
        unlimited = await mcp.data("dlc_validate_job", **mcp.job("no-limit"))
        assert [fault["rule"] for fault in unlimited["faults"]] == ["R22"]


async def test_a_clone_changes_one_leaf_by_its_path(world: World, mcp: Driver, requests: Journal) -> None:
    world("default")
    job = await mcp.create("base", job_max_running_time_minutes=30)
    shown = await mcp.data("dlc_clone_job", job_id=job, changes={"JobSpecs[0].PodCount": 3})
    assert {row["field"]: (row["was"], row["now"]) for row in shown["changes"]}["JobSpecs[0].PodCount"] == ("1", "3")
    assert shown["pods"] == 3
    await mcp.data("dlc_clone_job", job_id=job, changes={"job_specs[0].PodCount": 2}, submit=True)
    body = [entry["body"] for entry in requests() if entry["operation"] == "CreateJob"][-1]
    assert body["JobSpecs"][0]["PodCount"] == 2
    assert body["JobSpecs"][0]["Image"] == mcp.seen["image"]


async def test_a_path_that_a_job_does_not_have_is_refused_and_nothing_is_sent(
    world: World, mcp: Driver, requests: Journal
) -> None:
    world("default")
    job = await mcp.create("base")
    before = len([entry for entry in requests() if entry["operation"] == "CreateJob"])
    far = await mcp.error("dlc_clone_job", job_id=job, changes={"JobSpecs[4].Image": "x"}, submit=True)
    assert (far["code"], far["field"]) == ("invalid_arguments", "changes")
    wrong = await mcp.error("dlc_clone_job", job_id=job, changes={"JobSpec[0].Image": "x"}, submit=True)
    assert "job_specs" in wrong["message"]
    assert len([entry for entry in requests() if entry["operation"] == "CreateJob"]) == before


async def test_a_template_is_shown_first_and_then_made_from_a_job(world: World, mcp: Driver, requests: Journal) -> None:
    world("default")
    token = "hf_abcdefghijklmnopqrstuvwx"  # the shape of a token, of no account
    job = await mcp.create("base", envs={"HF_TOKEN": token, "DEPTH": "3"}, job_max_running_time_minutes=30)
    shown = await mcp.data("dlc_template_from_job", job_id=job)
    assert (shown["created"], shown["valid"], shown["secrets_not_copied"]) == (False, True, ["Envs.HF_TOKEN"])
    assert shown["next_step"] == "Call again with submit: true to create it."
    assert shown["content"]["JobSpecs[0].Image"] == mcp.seen["image"]
    assert "DisplayName" not in shown["content"]
    assert shown["content"]["Envs.DEPTH"] == "is set"
    assert not [entry for entry in requests() if entry["operation"] == "CreateJobTemplate"]
    given = {"template_name": "mnist-base", "constraints": {"UserCommand": "locked"}}
    made = await mcp.data("dlc_template_from_job", job_id=job, submit=True, **given)
    assert made["created"] is True
    (sent,) = [entry for entry in requests() if entry["operation"] == "CreateJobTemplate"]
    assert token not in str(sent["body"])
    read = await mcp.data("dlc_get_job_template", template_id=made["TemplateId"], view="full")
    assert read["TemplateName"] == "mnist-base"


async def test_r55_a_template_from_a_job_needs_no_listing_before_and_what_is_unseen_in_changes_does(
    world: World, mcp: Driver
) -> None:
    job = world("failures")["disk-full"]
    shown = await mcp.ok("dlc_template_from_job", job_id=job)
    assert shown["data"]["valid"], shown
    assert "R55" in rules(shown)


async def test_a_template_from_a_job_says_who_agreed_to_it(emulator: Emulator) -> None:
    async with driving(emulator, toolsets=("all",), confirm=("create", "expose"), confirm_by="token") as mcp:
        await mcp.discover()
        asked = await mcp.error("dlc_create_job", **mcp.job("base"))
        token = asked["confirmation"]["token"]
        job = (await mcp.data("dlc_create_job", **mcp.job("base"), confirmation_token=token))["JobId"]
        given = {"job_id": job, "template_name": "base", "submit": True}
        asked = await mcp.error("dlc_template_from_job", **given)
        made = await mcp.ok("dlc_template_from_job", **given, confirmation_token=asked["confirmation"]["token"])
        assert (made["data"]["created"], made["confirmed_by"]) == (True, "two_step")


@pytest.mark.parametrize(
    ("constraints", "fields"),
    [({"UserCommand": "often"}, 1), ({"UserCommand": "often", "Nothing": "never"}, 2)],
)
async def test_each_fault_of_a_templates_own_arguments_is_named(
    constraints: dict[str, str], fields: int, world: World, mcp: Driver
) -> None:
    world("default")
    job = await mcp.create("base", job_max_running_time_minutes=30)
    error = await mcp.error("dlc_template_from_job", job_id=job, constraints=constraints)
    assert (error["code"], error["message"].count("Constraints.")) == ("invalid_arguments", fields), error
