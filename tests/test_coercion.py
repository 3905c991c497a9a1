"""R76, R29: what clients really send for an argument, what nobody can read, and what no operation has."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.arguments import Parsed, parse
from pai_dlc_mcp.operation import READ

SPEC = {"Type": "Worker", "PodCount": 1, "Image": "registry/pytorch:2", "EcsSpec": "ecs.g6.large"}


def read(action: str, **given: Any) -> Parsed[Any]:
    operation = catalog.operation(action)
    return parse(operation.inputs, given, tool=operation.name, is_read=operation.effect is READ)


def sent(action: str, **given: Any) -> dict[str, Any]:
    found = read(action, **given)
    assert found.faults == []
    assert found.inputs is not None
    return catalog.operation(action).wire_arguments(found.inputs)


def faults(action: str, **given: Any) -> list[tuple[str | None, str | None]]:
    return [(fault.rule, fault.field) for fault in read(action, **given).faults]


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_r76_an_empty_text_for_an_optional_argument_of_a_read_is_absent(blank: str) -> None:
    given = {"page_size": blank, "status": blank, "tags": blank, "start_time": blank, "display_name": blank}
    assert sent("ListJobs", **given, workspace_id="1") == {"WorkspaceId": "1"}


def test_r76_an_empty_text_means_what_it_says_where_something_is_written() -> None:
    assert sent("UpdateJob", job_id="dlc1", description="") == {"JobId": "dlc1", "Description": ""}
    assert faults("UpdateJob", job_id="dlc1", priority="") == [("R14", "priority")]


@pytest.mark.parametrize(("given", "text"), [(123456.0, "123456"), (123456, "123456"), (2**53 - 1, str(2**53 - 1))])
def test_r76_a_whole_number_where_an_id_belongs_is_that_number(given: float, text: str) -> None:
    assert sent("ListJobs", workspace_id=given) == {"WorkspaceId": text}
    assert sent("ListResources", quota_ids=given) == {"QuotaIds": text}
    assert sent("CreateJob", display_name="a", data_sources=[{"DataSourceId": given}])["DataSources"] == [
        {"DataSourceId": text}
    ]


@pytest.mark.parametrize("given", [1.5, 2**53, 2.0**53, -(2**60), float("inf"), float("nan")])
def test_r76_an_id_that_may_have_lost_its_digits_is_refused(given: float) -> None:
    [fault] = read("ListJobs", workspace_id=given).faults
    assert (fault.rule, fault.field) == ("R76", "workspace_id")
    assert "give it as text" in fault.message
    assert faults("CreateJob", display_name="a", data_sources=[{"DataSourceId": given}]) == [
        ("R76", "DataSources[0].DataSourceId")
    ]


def test_r76_a_number_that_is_no_id_keeps_its_point() -> None:
    assert sent("CreateJob", display_name="a", envs={"LR": 0.1, "N": 2})["Envs"] == {"LR": "0.1", "N": "2"}
    assert sent("ListJobs", page_size=5.0) == {"PageSize": 5}


def test_r76_a_json_text_inside_a_list_or_an_object_is_read() -> None:
    text = '{"Type": "Worker", "PodCount": 1, "Image": "registry/pytorch:2", "EcsSpec": "ecs.g6.large"}'
    whole = sent("CreateJob", display_name="a", job_specs=[SPEC])["JobSpecs"]
    assert sent("CreateJob", display_name="a", job_specs=[text])["JobSpecs"] == whole
    assert sent("CreateJob", display_name="a", job_specs=f"[{text}]")["JobSpecs"] == whole
    nested = sent("CreateJob", display_name="a", job_specs=[SPEC | {"ResourceConfig": '{"CPU": "4"}'}])
    assert nested["JobSpecs"][0]["ResourceConfig"] == {"CPU": "4"}


def test_r76_one_object_where_a_list_belongs_is_a_list_of_one() -> None:
    assert sent("CreateJob", display_name="a", job_specs=SPEC) == sent("CreateJob", display_name="a", job_specs=[SPEC])
    inside = SPEC | {"LocalMountSpecs": {"LocalPath": "/a", "MountPath": "/b"}}
    [spec] = sent("CreateJob", display_name="a", job_specs=inside)["JobSpecs"]
    assert spec["LocalMountSpecs"] == [{"LocalPath": "/a", "MountPath": "/b"}]


@pytest.mark.parametrize("spoilt", ["null", "undefined", " undefined "])
def test_r76_the_name_of_nothing_is_refused_wherever_it_stands(spoilt: str) -> None:
    assert faults("ListJobs", workspace_id=spoilt) == [("R76", "workspace_id")]
    assert faults("CreateJob", display_name="a", user_command=spoilt, job_specs=[SPEC | {"Image": spoilt}]) == [
        ("R76", "user_command"),
        ("R76", "JobSpecs[0].Image"),
    ]


def test_r76_a_variable_of_a_job_may_hold_the_word() -> None:
    assert sent("CreateJob", display_name="a", envs={"MODE": "null"})["Envs"] == {"MODE": "null"}


@pytest.mark.parametrize(("given", "meant"), [("running", "Running"), ("RUNNING ", "Running"), ("Running", "Running")])
def test_a_documented_value_in_another_case_is_the_documented_one(given: str, meant: str) -> None:
    assert sent("ListJobs", status=given) == {"Status": meant}


@pytest.mark.parametrize(
    ("action", "given", "rule"),
    [("CreateJob", {"display_name": "a", "job_type": "pytorchjob"}, "R10"), ("ListJobs", {"job_type": "tfjob"}, "R10")],
)
def test_r10_case_matters_where_a_rule_says_so(action: str, given: dict[str, Any], rule: str) -> None:
    assert faults(action, **given) == [(rule, "job_type")]


def test_true_is_no_number() -> None:
    assert faults("ListJobs", page_size=True) == [(None, "page_size")]
    assert faults("UpdateJob", job_id="dlc1", priority=True) == [("R14", "priority")]


def test_r29_a_field_that_the_declarations_do_not_know_is_refused_with_the_nearest_at_any_depth() -> None:
    spec = SPEC | {"PodCuont": 2, "ResourceConfig": {"Cpus": "4"}}
    found = read("CreateJob", display_name="a", job_spec=[SPEC], job_specs=[spec]).faults
    assert [(fault.rule, fault.field) for fault in found] == [
        ("R29", "job_spec"),
        ("R29", "JobSpecs[0].ResourceConfig.Cpus"),
        ("R29", "JobSpecs[0].PodCuont"),
    ]
    for fault, near in zip(found, ("job_specs", "CPU", "PodCount"), strict=True):
        assert f"did you mean {near}" in fault.message
    assert faults("CreateJob", display_name="a", job_specs=[SPEC | {"ResourceConfig": {"CPU": "4"}}]) == []


@pytest.mark.parametrize(("given", "text"), [(True, "true"), (False, "false")])
def test_r76_true_and_false_where_text_belongs_are_those_words(given: bool, text: str) -> None:
    assert sent("ListJobs", enable_assign_node=given)["EnableAssignNode"] == text
    assert sent("CreateModelVersion", model_id="m1", uri="oss://b/m", format_type=given)["FormatType"] == text
    assert faults("GetJob", job_id=given) == [(None, "job_id")]


@pytest.mark.parametrize("spelled", ["pytorch", " PYTORCH ", "Pytorch"])
def test_r76_a_value_of_an_open_list_in_another_case_is_the_documented_one(spelled: str) -> None:
    given = {"model_id": "m1", "uri": "oss://b/m"}
    assert sent("CreateModelVersion", **given, framework_type=spelled)["FrameworkType"] == "Pytorch"
    assert sent("CreateModelVersion", **given, framework_type=spelled + "x")["FrameworkType"] == spelled + "x"
    configs = [{"ConfigKey": "TEMPSTORAGEPATH", "ConfigValue": "oss://b/t"}]
    (row,) = sent("UpdateConfigs", workspace_id="1", configs=configs)["Configs"]
    assert row["ConfigKey"] == "tempStoragePath"
    assert sent("ListConnections", model_types=["llm", "Video"])["ModelTypes"] == ["LLM", "Video"]
