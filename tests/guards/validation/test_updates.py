"""The rules of updates, templates and TensorBoards, each broken on purpose and each kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pai_dlc_mcp.errors import InvalidArguments, NoEffect
from support.fake_cloud import REGION
from support.job_arguments import (
    client_refusal,
    client_refusal_or_none,
    notices,
    refusal,
    refusal_or_none,
)

NEW_TEMPLATE: dict[str, Any] = {"template_name": "base", "workspace_id": "1"}
WORKER = {"Type": "Worker", "Image": "registry/pytorch:2", "EcsSpec": "ecs.g6.large"}


async def test_r41_accessibility_of_a_job_widens_only() -> None:
    error = await client_refusal("UpdateJob", {"job_id": "dlc1", "accessibility": "PRIVATE"})
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R41", "accessibility")
    assert await client_refusal_or_none("UpdateJob", {"job_id": "dlc1", "accessibility": "PUBLIC"}) is None


@pytest.mark.parametrize("spelling", ["display_name", "DisplayName"])
@pytest.mark.parametrize(
    ("action", "id", "read", "what"),
    [
        ("UpdateJob", "job_id", "dlc_get_job", "A job cannot be renamed; recreate it under the new name."),
        (
            "UpdateTensorboard",
            "tensorboard_id",
            "dlc_get_tensorboard",
            "A TensorBoard cannot be renamed; recreate it under the new name.",
        ),
    ],
)
async def test_r42_there_is_no_renaming(action: str, id: str, read: str, what: str, spelling: str) -> None:
    error = await client_refusal(action, {id: "x1", spelling: "new-name"})
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field, error.message) == ("R42", "display_name", what)
    assert [(step.tool, step.arguments) for step in error.next] == [(read, {"region": REGION, id: "x1"})]


async def test_r42_a_null_is_no_name() -> None:
    error = await client_refusal("UpdateJob", {"job_id": "dlc1", "display_name": None})
    assert (error.rule, error.field) == ("R29", "display_name"), "the schema's own refusal"


async def test_r43_a_job_and_data_sources_exclude_each_other() -> None:
    args = {"JobId": "dlc1", "DataSources": [{"DataSourceId": "d-1"}]}
    error = await refusal_or_none("CreateTensorboard", args)
    assert isinstance(error, InvalidArguments)
    assert (error.rule, error.field) == ("R43", "data_sources")
    for alone in ({"JobId": "dlc1", "DataSources": []}, {"DataSources": [{"DataSourceId": "d-1"}]}):
        assert await refusal_or_none("CreateTensorboard", alone) is None


@pytest.mark.parametrize("as_text", [False, True])
async def test_r43_a_uri_inside_data_sources_is_refused_before_the_service_drops_it(as_text: bool) -> None:
    sources = [{"DataSourceId": "d-1"}, {"Uri": "oss://bucket/logs"}]
    board = {"display_name": "tb", "data_sources": json.dumps(sources) if as_text else sources}
    error = await client_refusal("CreateTensorboard", board)
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R43", "DataSources[1].Uri")
    assert "tensorboard_data_sources" in error.message


@pytest.mark.parametrize("value", ["Locked", "free", None, 1])
async def test_r50_constraints_have_three_values(value: Any) -> None:
    limits = {"UserCommand": "overridable", "JobSpecs[0].Image": value}
    for action, given in (("CreateJobTemplate", NEW_TEMPLATE), ("UpdateJobTemplate", {"template_id": "t1"})):
        error = await client_refusal(action, given | {"content": {"UserCommand": "x"}, "constraints": limits})
        assert (error.rule, error.field) == ("R50", "Constraints.JobSpecs[0].Image")
        assert ("did you mean locked?" in error.message) == (value == "Locked")


async def test_r50_constraints_never_go_without_content() -> None:
    error = await refusal("UpdateJobTemplate", {"Content": "{}", "Constraints": {"x" * 81: "free"}})
    assert error.field == f"Constraints.{'x' * 80}"
    args = {"TemplateId": "t1", "Constraints": {"UserCommand": "locked"}}
    error = await refusal_or_none("UpdateJobTemplate", args)
    assert (error and error.rule, error and error.field) == ("R50", "constraints")
    assert (
        await refusal_or_none("UpdateJobTemplate", args | {"Content": '{"UserCommand":"x"}', "SetAsDefault": True})
        is None
    )
    limits = {"A": "locked", "B": "overridable", "C": "required"}
    assert await refusal_or_none("CreateJobTemplate", {"Constraints": limits, "Content": '{"UserCommand":"x"}'}) is None


@pytest.mark.parametrize("content", ["[1]", '"text"', "{broken", "5"])
async def test_r51_content_is_an_object(content: str) -> None:
    for action in ("CreateJobTemplate", "UpdateJobTemplate"):
        error = await refusal_or_none(action, {"Content": content})
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
        ({"JobType": "PyTorchJob", "SuccessPolicy": "ChiefWorker"}, "R17", "Content.SuccessPolicy"),
        ({"UserVpc": {"ExtendedCIDRs": ["10.0.0.0/99"]}}, "R18", "Content.UserVpc.ExtendedCIDRs[0]"),
        ({"JobType": "PyTorchJob", "JobSpecs": [WORKER, WORKER]}, "R23", "Content.JobSpecs"),
        ({"Description": "x" * 65_536}, "R15", "Content.Description"),
        ({"JobType": "Custom"}, "R10", "Content.JobType"),
    ],
)
async def test_r06_to_r23_hold_in_a_templates_content(content: dict[str, Any], rule: str, field: str) -> None:
    for action in ("CreateJobTemplate", "UpdateJobTemplate"):
        error = await refusal_or_none(action, {"Content": json.dumps(content)})
        assert (error and error.rule, error and error.field) == (rule, field)


async def test_r10_and_r13_of_a_content_are_refused_as_the_jobs_own() -> None:
    error = await client_refusal("CreateJobTemplate", NEW_TEMPLATE | {"content": {"JobType": "pytorch"}})
    assert (error.rule, error.field) == ("R10", "Content.JobType")
    assert "did you mean PyTorchJob?" in error.message
    error = await client_refusal("UpdateJobTemplate", {"template_id": "t1", "content": '{"DisplayName": "a b"}'})
    assert (error.rule, error.field) == ("R13", "Content.DisplayName")


@pytest.mark.parametrize(
    "content",
    [
        {"UserCommand": "x"},
        {"JobSpecs": [{"Type": "Worker", "PodCount": 2}]},
        {"JobSpecs": [{"ResourceConfig": {"CPU": "4"}}], "JobType": "PyTorchJob"},
        {"DataSources": [{"MountPath": "/data"}]},
        {"JobType": "TFJob", "JobSpecs": [WORKER | {"Type": "PS"}]},
        {"SuccessPolicy": "AllWorkers", "JobSpecs": [WORKER]},
        {"SuccessPolicy": "ChiefWorker"},
        {"SuccessPolicy": "ChiefWorker", "JobType": "TFJob", "JobSpecs": [WORKER]},
    ],
)
async def test_r06_to_r23_a_content_may_leave_to_the_job_what_it_does_not_say(content: dict[str, Any]) -> None:
    assert await refusal_or_none("CreateJobTemplate", {"Content": json.dumps(content)}) is None


async def test_r19_and_r22_of_a_content_ignored_fields_are_noticed_and_a_missing_time_limit_is_not() -> None:
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
    error = await client_refusal("GetJobTemplate", {"template_id": "t1", "version": version})
    assert (error.rule, error.field) == ("R52", "version")


@pytest.mark.parametrize("version", ["all", "1", "12", 3, ""])
async def test_r52_all_versions_or_one_pass(version: Any) -> None:
    assert await refusal_or_none("GetJobTemplate", {"TemplateId": "t1", "Version": version}) is None


async def test_several_faults_of_a_content_are_found_together() -> None:
    content = json.dumps({"DisplayName": "a b", "Priority": 0})
    error = await refusal("UpdateJobTemplate", {"Content": content, "Constraints": {"A": "x"}})
    assert [one.rule for one in error.several] == ["R50", "R13", "R14"]
    assert error.message.startswith("3 faults: A constraint is locked, overridable, required")


async def test_r12_the_job_type_is_fixed_at_creation() -> None:
    error = await client_refusal("UpdateJob", {"job_id": "dlc1", "job_type": "TFJob"})
    assert isinstance(error, NoEffect)
    assert (error.rule, error.field) == ("R12", "job_type")


@pytest.mark.parametrize("limits", ["text", 5, ["locked"], True])
async def test_r50_constraints_that_are_no_object_are_left_to_the_schema(limits: Any) -> None:
    given = NEW_TEMPLATE | {"constraints": limits, "content": {"UserCommand": "x"}}
    error = await client_refusal("CreateJobTemplate", given)
    assert (error.code, error.field, error.several) == ("invalid_arguments", "constraints", ())
