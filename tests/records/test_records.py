"""Bodies of the service's real form, read through every tool that reads them (issue: facts, records as tests)."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.app import Application
from pai_dlc_mcp.cloud.credentials import StaticCredentials
from pai_dlc_mcp.composites.differences import differing, shown
from pai_dlc_mcp.composites.respec import respec
from pai_dlc_mcp.composites.unknown_fields import grafted, unknown_fields
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.server import build
from pai_dlc_mcp.runtime import Caller
from proofs import Proved

from .replay import MADE, Raw, Replay, read, serving

JOBS = read("jobs")
ANSWERS = read("answers")
IDS = {name: record["job"]["JobId"] for name, record in JOBS.items()}
OTHER = IDS["quota-pytorch-succeeded"]
Result = dict[str, Any]


class Reader:
    """Calls tools in front of a replay and gives their structured results."""

    def __init__(self, client: Client, replay: Replay) -> None:
        self.client, self.replay = client, replay

    async def call(self, tool: str, **arguments: Any) -> Result:
        result = await self.client.call_tool(tool, arguments)
        return dict(result.structured_content)

    async def ok(self, tool: str, **arguments: Any) -> Result:
        found = await self.call(tool, **arguments)
        assert found["ok"], found
        return found


@asynccontextmanager
async def reading(replay: Replay) -> AsyncIterator[Reader]:
    with serving(replay) as url:
        settings = Settings(
            region="cn-hangzhou",
            dlc_endpoint=url,
            aiworkspace_endpoint=url,
            studio_endpoint=url,
            toolsets=("all",),
        )
        app = Application(settings, credentials=StaticCredentials("AKREPLAY0000", "replay-secret"))
        server = build(app, caller=lambda context: Caller("os:tests"))
        async with app.running(), Client(server) as client:
            yield Reader(client, replay)


@pytest.fixture
async def records() -> AsyncIterator[Reader]:
    async with reading(Replay({record["job"]["JobId"]: record for record in JOBS.values()})) as reader:
        yield reader


def readers_of(job_id: str) -> dict[str, dict[str, Any]]:
    """Every tool that reads a job's record, with arguments that change nothing."""
    other = OTHER if job_id != OTHER else IDS["public-tensorflow-succeeded"]
    return {
        "dlc_get_job": {"job_id": job_id},
        "dlc_list_jobs": {},
        "dlc_diagnose_job": {"job_id": job_id},
        "dlc_survey_jobs": {},
        "dlc_compare_jobs": {"job_ids": [job_id, other]},
        "dlc_clone_job": {"job_id": job_id},
        "dlc_search_logs": {"job_id": job_id, "text": "model"},
        "dlc_get_job_events": {"job_id": job_id},
    }


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("view", ["concise", "full"])
async def test_every_record_is_read_by_every_tool_that_reads_jobs(
    records: Reader, name: str, view: str, proved: Proved
) -> None:
    job = JOBS[name]["job"]
    for tool, arguments in readers_of(IDS[name]).items():
        found = await records.ok(tool, **arguments, view=view)
        text = json.dumps(found)
        if tool in ("dlc_get_job", "dlc_list_jobs"):
            assert IDS[name] in text, tool
            assert job["Status"] in text, tool
    for pod in job["Pods"]:
        where = {"job_id": IDS[name], "pod_id": pod["PodId"]}
        found = await records.ok("dlc_get_pod_logs", **where)
        assert all(line in json.dumps(found) for line in JOBS[name].get("logs", []) if '"' not in line)
        await records.ok("dlc_get_pod_events", **where)
    proved("records of jobs in the service's form, read by every tool that reads jobs", [name], of=len(JOBS))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("failed-missing-module", "einops"),
        ("failed-structured-reason", "128"),
        ("queuing", "quota"),
        ("stopped-by-user", "stopped"),
    ],
)
async def test_a_diagnosis_finds_in_a_record_what_a_person_would(records: Reader, name: str, word: str) -> None:
    diagnosis = ANSWERS["diagnosis-quota-exceeded"]
    records.replay.answers["GetQuotaWorkloadDiagnosis"] = (diagnosis["status"], diagnosis["body"])
    found = await records.ok("dlc_diagnose_job", job_id=IDS[name])
    assert word in json.dumps(found["data"]).lower()


@pytest.mark.parametrize("name", ["public-tensorflow-succeeded", "quota-pytorch-succeeded", "undocumented-fields"])
async def test_r14_r29_r55_a_record_that_is_cloned_makes_the_same_job_again(records: Reader, name: str) -> None:
    record = JOBS[name]["job"]
    found = await records.ok("dlc_clone_job", job_id=IDS[name], submit=True, leave_out_secrets=True)
    assert found["data"]["JobId"] == MADE
    (body,) = records.replay.sent("CreateJob")
    for field in ("Priority", "JobMaxRunningTimeMinutes", "ResourceId", "ThirdpartyLibDir", "CodeSource"):
        assert body.get(field) or field not in body, f"{field} was not set"
    for field in ("JobType", "UserCommand", "WorkspaceId"):
        assert body[field] == record[field]
    for sent, kept in zip(body["JobSpecs"], record["JobSpecs"], strict=True):
        for field in ("Type", "PodCount", "Image"):
            assert sent[field] == kept[field]
        assert bool(sent.get("EcsSpec")) is bool(kept.get("EcsSpec"))
        assert "GPUType" not in sent.get("ResourceConfig", {}) or sent["ResourceConfig"]["GPUType"]
    assert [one["DataSourceId"] for one in body.get("DataSources", [])] == [
        one["DataSourceId"] for one in record.get("DataSources", [])
    ]


async def test_r29_undocumented_fields_of_a_record_stand_in_the_clone_and_are_listed(records: Reader) -> None:
    name = "undocumented-fields"
    found = await records.ok("dlc_clone_job", job_id=IDS[name], submit=True, leave_out_secrets=True)
    (body,) = records.replay.sent("CreateJob")
    assert body["Settings"]["EnablePreemptibleJob"] is True
    assert body["Settings"]["EnablePriorityPreemption"] is True
    assert body["JobSpecs"][0]["TopologySpec"] == {"Level": "leaf", "Strict": False}
    assert body["JobSpecs"][0]["ResourceConfig"]["GPUFraction"] == "1"
    assert body["PlacementHints"] == {"Pool": "night"}
    assert "WANDB_API_KEY" not in body.get("Envs", {})
    assert "0123456789abcdef" not in json.dumps(found)
    (said,) = [notice["message"] for notice in found["notices"] if notice["rule"] == "R29"]
    assert "JobSpecs[0].TopologySpec" in said
    assert "Settings.EnablePreemptibleJob" in found["data"]["unknown_fields_carried"]


async def test_r29_a_change_of_the_whole_field_leaves_what_stood_in_it_behind(records: Reader) -> None:
    changes = {"settings": {"EnableRDMA": True}}
    arguments = {"job_id": IDS["undocumented-fields"], "submit": True, "leave_out_secrets": True}
    await records.ok("dlc_clone_job", **arguments, changes=changes)
    (body,) = records.replay.sent("CreateJob")
    assert body["Settings"] == {"EnableRDMA": True}
    assert "TopologySpec" in body["JobSpecs"][0]


@pytest.mark.parametrize("name", ["public-tensorflow-succeeded", "quota-pytorch-succeeded"])
async def test_a_record_kept_as_a_template_is_read_and_cloned(records: Reader, name: str) -> None:
    kept = ("JobType", "JobSpecs", "UserCommand", "Priority", "ResourceId", "JobMaxRunningTimeMinutes", "WorkspaceId")
    content = {field: JOBS[name]["job"][field] for field in kept if field in JOBS[name]["job"]}
    version = {"Version": 1, "Content": json.dumps(content), "Constraints": {"JobSpecs[0].Image": "locked"}}
    template = {"TemplateId": "tpl0abcdefghijk", "TemplateName": "kept", "DefaultVersion": 1, "Versions": [version]}
    records.replay.answers["GetJobTemplate"] = (200, template)
    shown = await records.ok("dlc_get_job_template", template_id="tpl0abcdefghijk")
    assert content["JobSpecs"][0]["Image"] in json.dumps(shown)
    found = await records.ok("dlc_clone_job", template_id="tpl0abcdefghijk", display_name="from-kept")
    assert found["data"]["valid"], found


@pytest.mark.parametrize(
    ("logs", "lines"),
    [
        ([None, "a line", None], ["a line"]),
        ([1, 2.5, "a line", True], ["1", "2.5", "a line"]),
        ("one text\nof two lines", ["one text", "of two lines"]),
        ([["nested", "list"], {"an": "object"}, "a line"], ["a line"]),
        (None, []),
        ({}, []),
        (7, []),
    ],
    ids=str,
)
async def test_odd_logs_are_read_as_far_as_they_go(records: Reader, logs: Any, lines: list[str]) -> None:
    job_id = IDS["failed-missing-module"]
    records.replay.answers["GetPodLogs"] = (200, {"JobId": job_id, "PodId": f"{job_id}-master-0", "Logs": logs})
    found = await records.ok("dlc_get_pod_logs", job_id=job_id, pod_id=f"{job_id}-master-0")
    assert all(line in json.dumps(found) for line in lines), found
    for tool, arguments in readers_of(job_id).items():
        await records.ok(tool, **arguments)


@pytest.mark.parametrize("tool", ["dlc_get_job", "dlc_list_jobs", "dlc_diagnose_job", "dlc_clone_job"])
async def test_r72_a_proxys_page_with_403_is_no_permission_failure(records: Reader, tool: str) -> None:
    page = Raw(403, b"<html><body><h1>Access denied</h1>Your organisation blocks this.</body></html>", "text/html")
    records.replay.answers |= {"GetJob": page, "ListJobs": page}
    found = await records.call(tool, **readers_of(IDS["queuing"])[tool])
    assert found["error"]["code"] not in ("permission_denied", "internal"), found
    assert "paidlc:" not in json.dumps(found)


CALLS = {
    "GetWorkspace": ("aiworkspace_get_workspace", {"workspace_id": "27182"}),
    "GetDataset": ("aiworkspace_get_dataset", {"dataset_id": "d-0abc1def2ghi3jkl4m"}),
    "GetCodeSource": ("aiworkspace_get_code_source", {"code_source_id": "code-20260101000000"}),
    "ListWorkspaces": ("aiworkspace_list_workspaces", {"option": "CheckWorkspaceExists", "workspace_name": "free"}),
    "CreateWorkspace": (
        "aiworkspace_create_workspace",
        {"workspace_name": "fresh_lab", "description": "x", "env_types": ["prod"]},
    ),
    "ListProducts": ("aiworkspace_list_products", {}),
    "GetJobMetrics": ("dlc_get_job_metrics", {"job_id": IDS["undocumented-fields"], "metric_type": "GpuCoreUsage"}),
}


@pytest.mark.parametrize("name", [name for name, one in ANSWERS.items() if one["operation"] in CALLS])
async def test_every_answer_is_read_as_what_it_says(records: Reader, name: str) -> None:
    answer = ANSWERS[name]
    records.replay.answers[answer["operation"]] = (answer["status"], answer["body"])
    tool, arguments = CALLS[answer["operation"]]
    found = await records.call(tool, **arguments, view="full")
    if answer["status"] == 404:
        assert found["error"]["code"] == "not_found", found
        assert found["error"]["request_id"] == answer["body"]["RequestId"]
        assert answer["body"]["Message"].split(" exists")[0] in found["error"]["message"]
        return
    assert found["ok"], found
    for field, value in answer["body"].items():
        if isinstance(value, str) and field != "RequestId":
            assert value in json.dumps(found), field


CHANGES = 6
"""Changed copies of each record; a record has some forty places."""
ODD: tuple[Any, ...] = (None, "", "x", 0, -1, 2.5, True, [], [None], ["x"], {}, {"x": None}, [[]], "2026", 10**20)


def changed(value: Any, rng: random.Random) -> Any:
    """A copy in which one place, at any depth, holds something odd or nothing."""
    copied = copy.deepcopy(value)
    places = list(_places(copied))
    holder, key = rng.choice(places)
    if rng.random() < 0.2 and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = rng.choice(ODD)
    return copied


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from _places(item)


ALSO = {
    "Envs": {"A": "1"},
    "CustomEnvs": [{"Key": "A", "Value": "b"}],
    "UserVpc": {"VpcId": "v", "ExtendedCidrs": ["10.0.0.0/8"]},
    "CredentialConfig": {"EnableCredentialInject": True},
}
"""Fields that no record here has and a job's record may have."""


@pytest.mark.parametrize("name", JOBS)
def test_whatever_stands_in_a_place_of_a_record_it_is_taken_over_or_compared_without_an_error(name: str) -> None:
    create = operation("CreateJob")
    original = {**ALSO, **JOBS[name]["job"]}
    for at in range(len(list(_places(original)))):
        for odd in ODD[at % 5 :: 5]:
            job = copy.deepcopy(original)
            holder, key = list(_places(job))[at]
            holder[key] = odd
            found = respec(create, job)
            unknown, _ = unknown_fields(create, job)
            assert isinstance(grafted(found.args, unknown), dict)
            for path, values in differing([original, job]):
                assert len(shown(path, values)) == 2


@pytest.mark.parametrize("name", JOBS)
async def test_a_record_with_something_odd_in_it_is_read_as_far_as_it_goes(records: Reader, name: str) -> None:
    rng = random.Random(name)
    job_id, original = IDS[name], records.replay.jobs[IDS[name]]
    failures = []
    for _ in range(CHANGES):
        job = changed(original["job"], rng)
        records.replay.jobs[job_id] = {**original, "job": job}
        for tool, arguments in readers_of(job_id).items():
            found = await records.call(tool, **arguments)
            code = None if found["ok"] else found["error"]["code"]
            is_fine = found["ok"] or (tool == "dlc_clone_job" and code in ("invalid_arguments", "not_found"))
            if not is_fine:
                different = [key for key in {*job, *original["job"]} if job.get(key) != original["job"].get(key)]
                shown = {key: job.get(key, "(gone)") for key in different}
                failures.append((tool, code, found["error"]["message"][:200], shown))
    assert not failures, "\n".join(map(str, failures[:20]))
