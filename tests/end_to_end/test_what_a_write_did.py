"""A write that was carried out says what it did, to what, and how that stands afterwards; no other call is needed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.guards.effects.changes import words
from pai_dlc_mcp.operation import Card, Operation

from .driving import BOB, Driver, driving

CREATES_WITH_A_CARD = [
    operation
    for operation in catalog.operations()
    if operation.effect.value == "create"
    and (reader := catalog.reader_of_created(operation)) is not None
    and isinstance(reader.view, Card)
]


def reads_after(admin: Callable[..., Any], write: str) -> list[str]:
    """The operations that reached the service after a write."""
    journal = [entry["operation"] for entry in admin("journal")]
    return journal[len(journal) - journal[::-1].index(write) :]


async def test_a_create_shows_the_job_that_it_made_with_one_read(mcp: Driver, admin: Callable[..., Any]) -> None:
    await mcp.discover()
    done = await mcp.data(
        "dlc_create_job", **mcp.job("told", job_max_running_time_minutes=90, envs={"TOKEN": "s3cr3t-s3cr3t"})
    )
    now = done["Now"]
    assert list(done)[:3] == ["JobId", "Done", "Name"]
    assert (done["Done"], done["Name"]) == ("created job", "told")
    assert now["JobId"] == done["JobId"]
    assert now["WorkspaceId"] == mcp.seen["workspace"]
    assert now["JobSpecs"][0] == {
        "Type": "Worker", "PodCount": 1, "Image": mcp.seen["image"], "EcsSpec": mcp.seen["spec"],
    }  # fmt: skip
    assert "UserCommand" not in now
    assert "s3cr3t" not in str(done)
    assert reads_after(admin, "CreateJob") == ["GetJob"]


async def test_an_update_shows_the_fields_it_gave_before_and_after(emulator: Emulator) -> None:
    async with driving(emulator, toolsets=("all",)) as mcp:
        job = await mcp.create("to-change", description="first")
        done = await mcp.data("dlc_update_job", job_id=job, description="second")
        assert (done["Done"], done["Name"]) == ("updated job", "to-change")
        assert done["Before"] == {"Description": "first"}
        assert done["After"] == {"Description": "second"}


async def test_a_change_and_a_stop_say_the_state_afterwards_with_one_read(
    emulator: Emulator, admin: Callable[..., Any]
) -> None:
    async with driving(emulator, toolsets=("all",), confirm_by="token") as mcp:
        job = await mcp.create("to-watch")
        board = await mcp.data(
            "dlc_create_tensorboard", workspace_id=mcp.seen["workspace"], display_name="curves", job_id=job
        )
        board_id = board["TensorboardId"]
        admin("clock", {"advance_s": 60})
        refused = await mcp.error("dlc_stop_tensorboard", tensorboard_id=board_id)
        done = await mcp.data(
            "dlc_stop_tensorboard", tensorboard_id=board_id, confirmation_token=refused["confirmation"]["token"]
        )
        assert done["Status"] in ("Stopping", "Stopped")
        assert reads_after(admin, "StopTensorboard") == ["GetTensorboard"]
        admin("clock", {"advance_s": 60})
        started = await mcp.data("dlc_start_tensorboard", tensorboard_id=board_id)
        assert started["Status"] in ("Creating", "Running")
        changed = await mcp.data("dlc_update_job", job_id=job, description="x")
        assert changed["Status"] == (await mcp.data("dlc_get_job", job_id=job))["Status"]


async def test_r26_who_made_a_template_may_use_it_and_r55_a_change_keeps_what_stands_in_it(emulator: Emulator) -> None:
    async with driving(emulator, toolsets=("all",), confirm_by="token") as mcp:
        await mcp.discover()
        content = {
            "JobType": "PyTorchJob",
            "UserCommand": "python a.py",
            "JobSpecs": [{"Type": "Worker", "PodCount": 1, "Image": mcp.seen["image"], "EcsSpec": mcp.seen["spec"]}],
        }
        made = await mcp.data(
            "dlc_create_job_template", workspace_id=mcp.seen["workspace"], template_name="own", content=content
        )
        cloned = await mcp.data("dlc_clone_job", template_id=made["TemplateId"], display_name="from-own", submit=True)
        assert cloned["created"] is True
    async with driving(emulator, toolsets=("all",), confirm_by="token") as other:
        kept = {**content, "UserCommand": "python b.py"}
        done = await other.ok("dlc_update_job_template", template_id=made["TemplateId"], content=kept)
        assert done["data"]["Version"] == 2
        assert "R55" in [notice["rule"] for notice in done["notices"]]
        unseen = {**content, "JobSpecs": [{**content["JobSpecs"][0], "Image": "reg.example/other:1"}]}
        refused = await other.error("dlc_update_job_template", template_id=made["TemplateId"], content=unseen)
        assert (refused["code"], refused["rule"]) == ("discovery_required", "R02")
        assert refused["next"][0]["arguments"]["workspace_id"] == mcp.seen["workspace"]


async def test_a_long_value_is_measured_and_not_shown_twice(emulator: Emulator) -> None:
    async with driving(emulator, toolsets=("all",)) as mcp:
        job = await mcp.create("to-change", description="a" * 297)
        done = await mcp.data("dlc_update_job", job_id=job, description="b" * 301)
        assert done["Before"] == {"Description": "a" * 297}
        assert done["After"] == {"Description": "303 characters"}


async def test_a_delete_names_what_is_gone_and_reads_nothing_after_it(
    emulator: Emulator, admin: Callable[..., Any]
) -> None:
    async with driving(emulator, toolsets=("all",), confirm_by="token") as mcp:
        await mcp.discover()
        source = await mcp.data(
            "aiworkspace_create_code_source", display_name="short-lived", workspace_id=mcp.seen["workspace"],
            code_repo="https://code.example.com/a.git", mount_path="/root/code/a", accessibility="PRIVATE",
        )  # fmt: skip
        refused = await mcp.error("aiworkspace_delete_code_source", code_source_id=source["CodeSourceId"])
        done = await mcp.data(
            "aiworkspace_delete_code_source", code_source_id=source["CodeSourceId"],
            confirmation_token=refused["confirmation"]["token"],
        )  # fmt: skip
        assert (done["Done"], done["Name"]) == ("deleted code source", "short-lived")
        assert not {"Now", "Before", "After"} & done.keys()
        assert reads_after(admin, "DeleteCodeSource") == []


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 403, "code": "NoPermission"}, {"kind": "garbage"}])
async def test_a_state_that_cannot_be_read_afterwards_is_a_notice_and_no_error(
    mcp: Driver, admin: Callable[..., Any], fault: dict[str, Any]
) -> None:
    await mcp.discover()
    admin("faults", [{"operation": "GetJob", "times": 9, **fault}])
    done = await mcp.ok("dlc_create_job", **mcp.job("unseen"))
    assert "Now" not in done["data"]
    assert done["data"]["Done"] == "created job"
    assert [one["rule"] for one in done["notices"] if "could not be read" in one["message"]] == ["R25"]


@pytest.mark.parametrize("operation", CREATES_WITH_A_CARD, ids=lambda one: one.action_name)
def test_what_a_create_made_has_a_read_of_the_same_path(operation: Operation) -> None:
    reader = catalog.reader_of_created(operation)
    assert reader is not None
    assert re.fullmatch(re.escape(operation.path) + r"/\{\w+\}", reader.path)
    assert reader.effect.value == "read"


def test_the_read_of_most_creates_is_found() -> None:
    names = {operation.action_name for operation in CREATES_WITH_A_CARD}
    assert {"CreateJob", "CreateJobTemplate", "CreateTensorboard", "AddImage", "CreateDataset", "CreateModel"} <= names
    assert catalog.reader_of_created(catalog.operation("CreateImageBuild")) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("DeleteJobTemplate", "deleted job template"), ("CreateJob", "created job"), ("StopJob", "stopped job"),
        ("SetExperimentLabels", "set experiment labels"), ("TagResources", "tagged resources"),
        ("LogRunMetrics", "logged run metrics"), ("AddImage", "added image"), ("UpdateWorkspace", "updated workspace"),
    ],
)  # fmt: skip
def test_what_was_done_is_said_in_plain_words(name: str, said: str) -> None:
    assert words(catalog.operation(name)) == said


async def test_a_jobs_card_says_whether_it_is_the_callers_own(emulator: Emulator) -> None:
    async with driving(emulator) as alice, driving(emulator, key=BOB) as bob:
        job = await alice.create("whose", accessibility="PUBLIC")
        await bob.create("another")
        assert (await alice.data("dlc_get_job", job_id=job))["IsYours"] is True
        assert (await bob.data("dlc_get_job", job_id=job))["IsYours"] is False
        assert "IsYours" not in await bob.data("dlc_get_job", job_id=job, view="full")


async def test_a_card_whose_owner_cannot_be_told_says_nothing_of_it(mcp: Driver, admin: Callable[..., Any]) -> None:
    job = await mcp.create("whose")
    admin("policy", {"deny": ["paidlc:ListJobs"]})
    assert "IsYours" not in await mcp.data("dlc_get_job", job_id=job)
