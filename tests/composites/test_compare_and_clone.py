"""dlc_compare_jobs shows what differs; dlc_clone_job shows it first and creates through the same guards."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from end_to_end.driving import ALICE, Driver, driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.composites import clone
from pai_dlc_mcp.composites.catalog import COMPOSITES
from pai_dlc_mcp.composites.clone import CloneJob
from pai_dlc_mcp.composites.differences import differing, shown
from pai_dlc_mcp.composites.respec import respec
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.runtime import Call, Caller, Reply, Runtime
from pai_dlc_mcp.state.memory import MemoryState

from .conftest import World

TOKEN = "hf_abcdefghijklmnopqrstuvwx"  # the shape of a token, of no account
Journal = Callable[[], list[dict[str, Any]]]


def creates(journal: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in journal if entry["operation"] == "CreateJob"]


async def test_r67_values_of_variables_are_told_apart_but_not_shown(world: World, mcp: Driver) -> None:
    world("default")
    one = await mcp.create("first", envs={"DEPTH": "quite-secret-one"})
    other = await mcp.create("second", envs={"DEPTH": "quite-secret-two"})
    result = await mcp.raw("dlc_compare_jobs", job_ids=[one, other])
    assert "quite-secret" not in json.dumps(result.structured_content) + result.content[0].text
    rows = {row["field"]: (row[one], row[other]) for row in result.structured_content["data"]["differs"]}
    assert rows["Envs.DEPTH"] == ("value A", "value B")


UNSEEN = "registry.cn-hangzhou.aliyuncs.com/else/where:1"


async def test_r02_submitting_a_clone_meets_the_guards_of_a_create(
    world: World, mcp: Driver, requests: Journal
) -> None:
    job = world("failures")["disk-full"]
    error = await mcp.error("dlc_clone_job", job_id=job, submit=True, image=UNSEEN)
    assert (error["code"], error["rule"]) == ("discovery_required", "R02")
    assert not creates(requests())


async def test_r55_what_a_clone_takes_over_unchanged_needs_no_listing_before(
    world: World, mcp: Driver, requests: Journal
) -> None:
    job = world("failures")["disk-full"]
    shown = await mcp.ok("dlc_clone_job", job_id=job)
    assert shown["data"]["valid"], shown
    assert "R55" in [notice["rule"] for notice in shown["notices"]]
    assert (await mcp.data("dlc_clone_job", job_id=job, submit=True))["created"]
    assert len(creates(requests())) == 1


async def test_r55_a_dataset_that_is_gone_is_named_with_the_nearest_and_the_clone_refused(
    world: World, mcp: Driver, requests: Journal
) -> None:
    world("default")
    await mcp.discover()
    place = mcp.seen["workspace"]
    made = []
    for name in ("first", "second"):
        given = {"name": name, "workspace_id": place, "uri": f"oss://bucket/{name}/"}
        given |= {"property": "DIRECTORY", "data_source_type": "OSS"}
        token = (await mcp.error("aiworkspace_create_dataset", **given))["confirmation"]["token"]
        created = await mcp.data("aiworkspace_create_dataset", **given, confirmation_token=token)
        made.append(created["DatasetId"])
    await mcp.data("aiworkspace_list_datasets", workspace_id=place)
    job = await mcp.create("mounted", data_sources=[{"DataSourceId": made[0], "MountPath": "/mnt/data"}])
    token = (await mcp.error("aiworkspace_delete_dataset", dataset_id=made[0]))["confirmation"]["token"]
    await mcp.data("aiworkspace_delete_dataset", dataset_id=made[0], confirmation_token=token)
    before = len(creates(requests()))
    async with driving(mcp.emulator, caller="os:another", toolsets=("all",)) as other:
        error = await other.error("dlc_clone_job", job_id=job, submit=True)
    assert (error["code"], error["rule"]) == ("discovery_required", "R03")
    assert made[0] in error["message"]
    assert "nearest that does: 'd-" in error["message"]
    assert len(creates(requests())) == before


async def test_r24_a_clone_is_created_once_and_its_repeat_is_a_duplicate(
    world: World, mcp: Driver, requests: Journal
) -> None:
    world("default")
    job = await mcp.create("base", envs={"NCCL_DEBUG": "INFO"}, job_max_running_time_minutes=30)
    before = len(creates(requests()))
    arguments = {"job_id": job, "changes": {"job_max_running_time_minutes": 60}, "submit": True}
    data = await mcp.data("dlc_clone_job", **arguments)
    assert data["created"] is True
    sent = creates(requests())[before:]
    assert len(sent) == 1
    body = sent[0]["body"]
    assert (body["DisplayName"], body["JobMaxRunningTimeMinutes"]) == ("base-clone", 60)
    assert body["Envs"] == {"NCCL_DEBUG": "INFO"}
    assert (await mcp.error("dlc_clone_job", **arguments))["code"] == "duplicate"
    assert (await mcp.data("dlc_clone_job", **arguments, allow_duplicate=True))["JobId"] != data["JobId"]


async def test_r22_the_limit_of_the_old_job_is_copied(world: World, mcp: Driver, requests: Journal) -> None:
    world("default")
    job = await mcp.create("limited", job_max_running_time_minutes=45)
    await mcp.data("dlc_clone_job", job_id=job, submit=True)
    assert creates(requests())[-1]["body"]["JobMaxRunningTimeMinutes"] == 45


async def test_r67_secrets_are_named_and_have_to_be_given_anew(world: World, mcp: Driver, requests: Journal) -> None:
    world("default")
    job = await mcp.create("secret", envs={"HF_TOKEN": TOKEN, "DEPTH": "3"})
    shown_first = await mcp.raw("dlc_clone_job", job_id=job)
    assert shown_first.structured_content["data"]["secrets_not_copied"] == ["Envs.HF_TOKEN"]
    assert TOKEN not in json.dumps(shown_first.structured_content) + shown_first.content[0].text
    before = len(creates(requests()))
    error = await mcp.error("dlc_clone_job", job_id=job, submit=True)
    assert (error["code"], error["rule"]) == ("invalid_arguments", "R67")
    assert len(creates(requests())) == before
    await mcp.data("dlc_clone_job", job_id=job, submit=True, changes={"envs": {"HF_TOKEN": "new-" + TOKEN}})
    assert creates(requests())[-1]["body"]["Envs"] == {"DEPTH": "3", "HF_TOKEN": "new-" + TOKEN}


async def test_a_clone_without_its_secrets_is_made_on_request(world: World, mcp: Driver, requests: Journal) -> None:
    world("default")
    job = await mcp.create("secret", envs={"HF_TOKEN": TOKEN, "DEPTH": "3"})
    await mcp.data("dlc_clone_job", job_id=job, submit=True, leave_out_secrets=True)
    assert creates(requests())[-1]["body"]["Envs"] == {"DEPTH": "3"}


async def test_r26_a_clone_of_a_template_keeps_to_its_locks(world: World, mcp: Driver) -> None:
    world("default")
    await mcp.discover()
    content = {"JobType": "PyTorchJob", "UserCommand": "python a.py", "JobSpecs": mcp.job()["job_specs"]}
    made = await mcp.data(
        "dlc_create_job_template",
        template_name="locked",
        workspace_id=mcp.seen["workspace"],
        content=content,
        constraints={"UserCommand": "locked"},
    )
    template = made["TemplateId"]
    await mcp.data("dlc_get_job_template", template_id=template)
    arguments = {"template_id": template, "display_name": "from-template"}
    data = await mcp.data("dlc_clone_job", **arguments, changes={"workspace_id": mcp.seen["workspace"]})
    assert data["valid"] is True, data
    error = await mcp.error(
        "dlc_clone_job", **arguments, submit=True,
        changes={"user_command": "python b.py", "workspace_id": mcp.seen["workspace"]},
    )  # fmt: skip
    assert error["rule"] == "R26"


async def test_a_server_that_only_reads_has_no_clone(shared_emulator: Emulator) -> None:
    async with driving(shared_emulator, key=ALICE, toolsets=("all",), read_only=True) as driver:
        assert "dlc_clone_job" not in driver.app.tools
        assert "dlc_compare_jobs" in driver.app.tools


def test_an_answer_becomes_a_request_of_known_fields_only() -> None:
    job = {
        "DisplayName": "a", "JobId": "dlc1", "Pods": [{"PodId": "p"}], "ElasticSpec": {"EnableAIMaster": True},
        "UserVpc": {"VpcId": "v", "ExtendedCidrs": ["10.0.0.0/8"]},
        "CredentialConfig": {"EnableCredentialInject": True},
        "JobSpecs": [{"Type": "Worker", "EcsSpec": "ecs.a", "ResourceConfig": {"CPU": "8"}, "Image": "i", "Odd": 1,
                      "ImageConfig": {"Username": "u", "Password": "p"}}],
    }  # fmt: skip
    found = respec(operation("CreateJob"), job)
    assert found.args == {
        "DisplayName": "a",
        "UserVpc": {"VpcId": "v", "ExtendedCIDRs": ["10.0.0.0/8"]},
        "JobSpecs": [{"Type": "Worker", "EcsSpec": "ecs.a", "Image": "i"}],
    }
    assert found.secrets == ["CredentialConfig", "JobSpecs[0].ImageConfig"]


def test_long_texts_are_shown_from_where_they_part() -> None:
    one, other = "python train.py " + "--x 1 " * 40 + "--lr 1", "python train.py " + "--x 1 " * 40 + "--lr 3"
    rows = differing([{"UserCommand": one}, {"UserCommand": other}])
    left, right = shown(*rows[0])
    assert left.endswith("--lr 1")
    assert right.endswith("--lr 3")
    assert len(left) < 110


def test_r67_variables_that_are_not_plainly_harmless_stay_in_their_job_those_of_sidecars_too() -> None:
    plain = {"LR": "0.1", "NCCL_DEBUG": "INFO", "HF_ENDPOINT": "https://hf-mirror.com", "CUDA": "true"}
    secret = {"MODEL": "hunter2-of-alice", "DB_PASSWORD": "12345678", "HOOK": "https://x.corp/hook/a1b2"}
    pairs = [{"Name": name, "Value": value} for name, value in {**plain, **secret}.items()]
    spec = {"Type": "Worker", "ExtraPodSpec": {"SideCarContainers": [{"Name": "s", "Env": pairs}],
                                               "InitContainers": [{"Name": "i", "Env": pairs}]}}  # fmt: skip
    source = {"DisplayName": "a", "Envs": {**plain, **secret}, "JobSpecs": [spec],
              "CustomEnvs": [{"Key": pair["Name"], "Value": pair["Value"]} for pair in pairs]}  # fmt: skip
    found = respec(operation("CreateJob"), source)
    copied = json.dumps(found.args)
    assert not [value for value in secret.values() if value in copied]
    assert found.args["Envs"] == plain
    kept = found.args["JobSpecs"][0]["ExtraPodSpec"]["SideCarContainers"][0]["Env"]
    assert {pair["Name"]: pair["Value"] for pair in kept} == plain
    assert {name.rpartition(".")[2] for name in found.secrets} == set(secret)
    assert found.variables == sorted(plain)


@pytest.mark.parametrize(("listed", "taken"), [(120, {"JobMaxRunningTimeMinutes": 120}), (0, {}), (None, {})])
async def test_r14_a_limit_of_zero_is_none_and_is_not_copied(listed: int | None, taken: dict[str, int]) -> None:
    class Lister:
        async def send(self, operation: Any, args: Any, region: str, **more: Any) -> Reply:
            assert (operation.action_name, args["JobId"], args["StartTime"]) == (
                "ListJobs",
                "dlc1",
                "2027-01-15T08:00:00Z",
            )
            return Reply({"Jobs": [{"JobId": "dlc1", "JobMaxRunningTimeMinutes": listed}]})

    tool = next(one for one in COMPOSITES if one.name == "dlc_clone_job")
    call = Call(tool, CloneJob(job_id="dlc1"), {}, "cn-hangzhou", Caller("os:tests"))
    runtime = Runtime(Settings(), Lister(), MemoryState(), lambda: 0.0, anyio.sleep)  # type: ignore[arg-type]  # one read
    found = await clone._limit(call, runtime, "dlc1", {"GmtCreateTime": "2027-01-15T08:00:00Z"})
    assert found == taken


@pytest.mark.parametrize(("length", "is_whole"), [(100, True), (101, False)])
def test_texts_up_to_a_hundred_characters_are_shown_whole(length: int, is_whole: bool) -> None:
    texts = ["a" * (length - 1) + end for end in "bc"]
    assert (shown("UserCommand", texts) == texts) is is_whole


async def test_a_clones_name_is_the_old_one_and_what_it_is_within_the_limit(world: World, mcp: Driver) -> None:
    world("default")
    job = await mcp.create("n" * 252, job_max_running_time_minutes=30)
    made = await mcp.data("dlc_clone_job", job_id=job, submit=True)
    assert (await mcp.data("dlc_get_job", job_id=made["JobId"]))["DisplayName"] == f"{'n' * 249}-clone"
