"""The list in which a missing id would stand, and what is said of a tool that this server does not offer."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.errors import InvalidArguments, NextStep, NoEffect, NotFound, PaiError, PolicyDenied
from pai_dlc_mcp.protocol.next_calls import hint, way_on, where_to_look, within_reach
from pai_dlc_mcp.toolsets import composites, enabled, toolset_of
from support.fake_cloud import REGION, call_of

ALL = enabled(["all"])
LISTS = "Lists what there is."
PART = "of which its operator enables a part"


@pytest.mark.parametrize(
    ("action", "args", "tool", "arguments", "why"),
    [
        ("GetJob", {"JobId": "x"}, "dlc_list_jobs", {}, LISTS),
        ("GetPodLogs", {"JobId": "x", "PodId": "p"}, "dlc_list_jobs", {}, LISTS),
        ("GetTensorboard", {"TensorboardId": "t"}, "dlc_list_tensorboards", {}, LISTS),
        ("DeleteDatasetLabels", {"DatasetId": "d"}, "aiworkspace_list_datasets", {}, LISTS),
        ("GetMember", {"WorkspaceId": "1", "MemberId": "m"}, "aiworkspace_list_members", {"workspace_id": "1"}, LISTS),
        ("GetModelVersion", {"ModelId": 7}, "aiworkspace_list_model_versions", {"model_id": "7"}, LISTS),
        (
            *("GetCodeSource", {"CodeSourceId": "c"}, "aiworkspace_list_workspaces", {}),
            "Gives the workspace_id that aiworkspace_list_code_sources needs.",
        ),
    ],
)
def test_what_is_not_found_is_looked_for_in_the_nearest_list_above_it(
    action: str, args: dict[str, Any], tool: str, arguments: dict[str, Any], why: str
) -> None:
    assert where_to_look(ALL, call_of(action, args)) == [NextStep(tool, {"region": REGION, **arguments}, why)]


def test_nothing_is_proposed_where_no_list_is_offered_or_it_is_the_call_itself_or_cannot_be_asked() -> None:
    assert where_to_look(ALL, call_of("ListJobs")) == []
    assert where_to_look(enabled(["images"]), call_of("GetJob", {"JobId": "x"})) == []
    assert where_to_look(enabled(["codesources"]), call_of("GetCodeSource", {"CodeSourceId": "c"})) == []
    assert where_to_look(ALL, call_of("GetDatasetVersion", {"DatasetId": "d", "VersionName": "v1"})) == []


def test_a_composite_is_about_a_job() -> None:
    call = call_of("GetJob", {"job_id": "x"})
    call.tool = next(tool for tool in composites() if tool.name == "dlc_diagnose_job")
    assert [step.tool for step in where_to_look(ALL, call)] == ["dlc_list_jobs"]


def test_a_step_that_is_not_offered_says_which_toolset_has_it() -> None:
    steps = [NextStep(name, {"a": 1}, "Shows it.") for name in ("dlc_get_job", "aiworkspace_list_images", "x_y")]
    error = NotFound("No.", next=steps)
    assert within_reach(error, enabled(["jobs"])) is error
    told = "Shows it. This server does not offer"
    assert [step.why for step in error.next] == [
        "Shows it.",
        f"{told} aiworkspace_list_images: it belongs to the toolset images, which its operator enables.",
        f"{told} x_y: no toolset has it.",
    ]
    assert [(step.tool, step.arguments) for step in error.next] == [(step.tool, {"a": 1}) for step in steps]


@pytest.mark.parametrize(
    ("name", "selection", "words"),
    [
        ("dlc_get_jobb", "jobs", "; did you mean dlc_get_job, dlc_delete_job, dlc_create_job?"),
        ("aiworkspace_list_images", "jobs", ": it belongs to the toolset images, which its operator enables"),
        (
            "aiworkspace_add_image",
            "default",
            f": it belongs to the toolset images, {PART}",
        ),
        ("dlc_wait_for_job", "images", f": it belongs to the toolset composites, {PART}"),
        ("zzz", "jobs", ""),
    ],
)
def test_a_name_that_is_none_of_these_tools_gets_the_reason_or_the_nearest(
    name: str, selection: str, words: str
) -> None:
    assert hint(name, enabled([selection])) == words


def test_every_tool_stands_in_the_toolset_that_it_is_looked_up_in() -> None:
    found = {name: toolset_of(name) for name in ALL}
    assert found == {name: tool.toolset for name, tool in ALL.items()}
    assert toolset_of("no_such_tool") is None


@pytest.mark.parametrize(
    ("error", "action", "args", "step"),
    [
        (PolicyDenied("No."), "CreateJob", {}, ("pai_status", {})),
        (NoEffect("No."), "UpdateJob", {"JobId": "x"}, ("dlc_get_job", {"job_id": "x"})),
        (NoEffect("No."), "UpdateJob", {}, None),
        (InvalidArguments("No."), "UpdateJob", {"JobId": "x"}, None),
        (NoEffect("No."), "CreateJob", {}, None),
    ],
)
def test_a_refusal_that_names_no_call_leads_to_the_limits_or_to_its_target(
    error: PaiError, action: str, args: dict[str, Any], step: tuple[str, dict[str, Any]] | None
) -> None:
    found = [(one.tool, one.arguments) for one in way_on(call_of(action, args), error)]
    assert found == ([(step[0], {"region": REGION, **step[1]})] if step else [])


def test_what_the_operator_does_not_allow_bears_a_rule_even_where_none_is_named() -> None:
    assert (PolicyDenied("No.").rule, PolicyDenied("No.", rule="R35").rule, NoEffect("No.").rule) == (
        "R68",
        "R35",
        None,
    )
