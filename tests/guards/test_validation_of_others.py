"""The rules of updates, templates and TensorBoards, each broken on purpose and each kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from guards.fakes import call_of, runtime_of
from guards.judging import checked, notices, refused
from pai_dlc_mcp.guards.validation.refusals import special_refusals

from pai_dlc_mcp.errors import InvalidArguments, NoEffect
from pai_dlc_mcp.guards.validation.check import findings

WORKER = {"Type": "Worker", "Image": "registry/pytorch:2", "EcsSpec": "ecs.g6.large"}


async def test_r41_accessibility_of_a_job_widens_only() -> None:
    for error in (
        refused("dlc_update_job", job_id="dlc1", accessibility="PRIVATE"),
        await checked("UpdateJob", {"JobId": "dlc1", "Accessibility": "PRIVATE"}),
    ):
        assert isinstance(error, NoEffect)
        assert (error.rule, error.field) == ("R41", "accessibility")
    special_refusals("dlc_update_job", {"job_id": "dlc1", "accessibility": "PUBLIC"})
    assert await checked("UpdateJob", {"JobId": "dlc1", "Accessibility": "PUBLIC"}) is None


@pytest.mark.parametrize("spelling", ["display_name", "DisplayName"])
def test_r42_there_is_no_renaming(spelling: str) -> None:
    for tool, id, way in (
        ("dlc_update_job", "job_id", "dlc_get_job"),
        ("dlc_update_tensorboard", "tensorboard_id", "dlc_get_tensorboard"),
    ):
        error = refused(tool, **{id: "x1", spelling: "new-name", "region": "cn-shanghai"})
        assert isinstance(error, NoEffect)
        assert (error.rule, error.field) == ("R42", "display_name")
        assert "recreate it" in error.message
        assert [(step.tool, step.arguments) for step in error.next] == [(way, {"region": "cn-shanghai", id: "x1"})]


def test_r42_a_null_is_no_name() -> None:
    special_refusals("dlc_update_job", {"job_id": "dlc1", "display_name": None})


async def test_r43_a_job_and_data_sources_exclude_each_other() -> None:
    args = {"JobId": "dlc1", "DataSources": [{"DataSourceId": "d-1"}]}
    error = await checked("CreateTensorboard", args)
    assert isinstance(error, InvalidArguments)
    assert (error.rule, error.field) == ("R43", "data_sources")
    for alone in ({"JobId": "dlc1", "DataSources": []}, {"DataSources": [{"DataSourceId": "d-1"}]}):
        assert await checked("CreateTensorboard", alone) is None


@pytest.mark.parametrize("as_text", [False, True])
def test_r43_a_uri_inside_data_sources_is_refused_before_the_service_drops_it(as_text: bool) -> None:
    sources = [{"DataSourceId": "d-1"}, {"Uri": "oss://bucket/logs"}]
    error = refused("dlc_create_tensorboard", data_sources=json.dumps(sources) if as_text else sources)
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R43", "DataSources[1].Uri")
    assert "tensorboard_data_sources" in error.message


@pytest.mark.parametrize("value", ["Locked", "free", None, 1])
def test_r50_constraints_have_three_values(value: Any) -> None:
    for tool in ("dlc_create_job_template", "dlc_update_job_template"):
        given = {"UserCommand": "overridable", "JobSpecs[0].Image": value}
        error = refused(tool, content={}, constraints=given)
        assert (error.rule, error.field) == ("R50", "Constraints.JobSpecs[0].Image")
    assert "did you mean locked" in refused("dlc_create_job_template", constraints={"A": "Locked"}).message


async def test_r50_constraints_never_go_without_content() -> None:
    args = {"TemplateId": "t1", "Constraints": {"UserCommand": "locked"}}
    error = await checked("UpdateJobTemplate", args)
    assert (error and error.rule, error and error.field) == ("R50", "constraints")
    assert await checked("UpdateJobTemplate", args | {"Content": '{"UserCommand":"x"}', "SetAsDefault": True}) is None
    limits = {"A": "locked", "B": "overridable", "C": "required"}
    assert await checked("CreateJobTemplate", {"Constraints": limits, "Content": '{"UserCommand":"x"}'}) is None


@pytest.mark.parametrize("content", ["[1]", '"text"', "{broken", "5"])
async def test_r51_content_is_an_object(content: str) -> None:
    for action in ("CreateJobTemplate", "UpdateJobTemplate"):
        error = await checked(action, {"Content": content})
        assert (error and error.rule, error and error.field) == ("R51", "content")


@pytest.mark.parametrize(
    ("content", "rule", "field"),
    [
        ({"DisplayName": "two words"}, "R13", "Content.DisplayName"),
        ({"Priority": 10}, "R14", "Content.Priority"),
        ({"Envs": {"1A": "x"}}, "R16", "Content.Envs.1A"),
        ({"Accessibility": "public"}, "R20", "Content.Accessibility"),
        ({"JobSpecs": [WORKER | {"ResourceConfig": {"CPU": "1"}}]}, "R06", "Content.JobSpecs[0].EcsSpec"),
        ({"JobSpecs": [WORKER], "ResourceId": "q"}, "R07", "Content.JobSpecs[0].EcsSpec"),
        ({"DataSources": [{"Uri": "oss://a/", "DataSourceId": "d"}]}, "R08", "Content.DataSources[0].Uri"),
        ({"CodeSource": {"CodeSourceId": "https://a"}}, "R09", "Content.CodeSource.CodeSourceId"),
        ({"JobType": "TFJob", "JobSpecs": [WORKER | {"Type": "Head"}]}, "R11", "Content.JobSpecs[0].Type"),
        ({"JobType": "PyTorchJob", "SuccessPolicy": "AllWorkers"}, "R17", "Content.SuccessPolicy"),
        ({"UserVpc": {"SwitchId": "vsw-1"}}, "R18", "Content.UserVpc.ExtendedCIDRs"),
        ({"JobType": "PyTorchJob", "JobSpecs": [WORKER, WORKER]}, "R23", "Content.JobSpecs"),
        ({"Description": "x" * 65_536}, "R15", "Content.Description"),
        ({"JobType": "Custom"}, "R10", "Content.JobType"),
    ],
)
async def test_r06_to_r23_hold_in_a_templates_content(content: dict[str, Any], rule: str, field: str) -> None:
    for action in ("CreateJobTemplate", "UpdateJobTemplate"):
        error = await checked(action, {"Content": json.dumps(content)})
        assert (error and error.rule, error and error.field) == (rule, field)


def test_r10_and_r13_of_a_content_are_refused_before_the_schema() -> None:
    error = refused("dlc_create_job_template", content={"JobType": "pytorch"})
    assert (error.rule, error.field) == ("R10", "Content.JobType")
    assert "PyTorchJob" in error.message
    assert refused("dlc_update_job_template", content='{"display_name": "a b"}').rule == "R13"


@pytest.mark.parametrize(
    "content",
    [
        {"UserCommand": "x"},
        {"JobSpecs": [{"Type": "Worker", "PodCount": 2}]},
        {"JobSpecs": [{"ResourceConfig": {"CPU": "4"}}], "JobType": "PyTorchJob"},
        {"DataSources": [{"MountPath": "/data"}]},
        {"JobType": "TFJob", "JobSpecs": [WORKER | {"Type": "PS"}]},
        {"SuccessPolicy": "AllWorkers", "JobSpecs": [WORKER]},
    ],
)
async def test_r06_to_r23_a_content_may_leave_to_the_job_what_it_does_not_say(content: dict[str, Any]) -> None:
    assert await checked("CreateJobTemplate", {"Content": json.dumps(content)}) is None


async def test_r19_and_r22_a_content_is_told_of_ignored_fields_but_not_of_running_time() -> None:
    content = {"ElasticSpec": {"MinParallelism": 1}, "JobSpecs": [WORKER | {"EcsSpec": "ecs.gn6i-c4g1.xlarge"}]}
    assert [rule for rule, _ in await notices("CreateJobTemplate", {"Content": json.dumps(content)})] == ["R19"]


async def test_r52_new_content_is_a_new_version_and_only_set_as_default_promotes_it() -> None:
    content = '{"UserCommand":"x"}'
    [(rule, message)] = await notices("UpdateJobTemplate", {"Content": content})
    assert (rule, "until set_as_default" in message) == ("R52", True)
    [(rule, message)] = await notices("UpdateJobTemplate", {"SetAsDefault": True})
    assert (rule, "there is no content" in message) == ("R52", True)
    assert await notices("UpdateJobTemplate", {"Content": content, "SetAsDefault": True}) == []
    assert await notices("UpdateJobTemplate", {"TemplateName": "b"}) == []
    assert await notices("CreateJobTemplate", {"Content": content}) == []


@pytest.mark.parametrize("version", ["latest", "-1", "1.0", "All", "2;3"])
async def test_r52_a_version_is_a_number_or_all(version: str) -> None:
    assert refused("dlc_get_job_template", template_id="t1", version=version).rule == "R52"
    error = await checked("GetJobTemplate", {"TemplateId": "t1", "Version": version})
    assert (error and error.rule, error and error.field) == ("R52", "version")


@pytest.mark.parametrize("version", ["all", "1", "12", 3, ""])
async def test_r52_all_versions_or_one_pass(version: Any) -> None:
    assert await checked("GetJobTemplate", {"TemplateId": "t1", "Version": version}) is None


async def test_several_faults_of_a_content_are_found_together() -> None:
    runtime, _, _ = runtime_of()
    content = json.dumps({"DisplayName": "a b", "Priority": 0})
    call = call_of("UpdateJobTemplate", {"Content": content, "Constraints": {"A": "x"}})
    assert [error.rule for error in await findings(call, runtime)] == ["R50", "R13", "R14"]
