"""All faults of a call in one refusal, and what a refusal says to the letter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.validation import check as validation
from pai_dlc_mcp.runtime import Reply
from support.fake_cloud import REGION, call_of, runtime_of
from support.job_arguments import (
    client_refusal,
    client_refusal_or_none,
    job,
    noticed_rules,
    notices,
    refusal,
    refusal_or_none,
    worker,
)


@pytest.mark.parametrize("empty", [None, "", "  ", "\t\n"])
async def test_r01_a_job_without_a_workspace_is_refused_and_the_listing_is_named(empty: str | None) -> None:
    error = await refusal("CreateJob", job(WorkspaceId=empty))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R01", "workspace_id")
    assert [(step.tool, step.arguments) for step in error.next] == [("aiworkspace_list_workspaces", {"region": REGION})]
    assert "none was listed yet" in error.message


async def test_r01_the_refusal_names_the_workspaces_that_were_shown() -> None:
    runtime, _, _ = runtime_of()
    listing = call_of("ListWorkspaces")
    shown = {"Workspaces": [{"WorkspaceId": "w1", "WorkspaceName": "vi\u202esion"}, {"WorkspaceId": "w2"}]}
    await discovery.learn(listing, Reply(shown), runtime)
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", job(WorkspaceId=None)), runtime)
    assert "w1 (vision)" in caught.value.message
    assert "w2 (unnamed)" in caught.value.message


async def test_all_broken_rules_are_in_one_refusal_that_bears_the_first_ones_number() -> None:
    broken = job(WorkspaceId=None, DisplayName="two words", Priority=0, JobSpecs=[worker(EcsSpec=None)])
    error = await refusal("CreateJob", broken)
    assert [(one.rule, one.field) for one in error.several] == [
        ("R01", "workspace_id"), ("R13", "display_name"), ("R14", "priority"), ("R06", "JobSpecs[0].EcsSpec"),
    ]  # fmt: skip
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R01", "workspace_id")
    assert error.message.startswith("4 faults: workspace_id is missing; ")
    assert all(one.message.rstrip(".") in error.message for one in error.several)
    assert [step.tool for step in error.next] == ["aiworkspace_list_workspaces", "dlc_list_ecs_specs"]
    assert await noticed_rules("CreateJob", job()) == []


@pytest.mark.parametrize("odd", [[], "text", 5, {"x": [1]}, [None, 3, "x"], "[broken", True])
async def test_the_rules_stumble_over_no_argument_of_a_wrong_type(odd: Any) -> None:
    names = ("CodeSource", "DataSources", "Envs", "CustomEnvs", "JobSpecs", "Settings", "UserVpc")
    for name in names:
        error = await client_refusal_or_none("CreateJob", job(**{name: odd}))
        assert error is None or {one.code for one in error.several or [error]} == {"invalid_arguments"}
    error = await client_refusal("CreateJob", job(**dict.fromkeys(names, 5)))
    assert {(one.field or "").lower().replace("_", "") for one in error.several} == {name.lower() for name in names}


async def test_a_job_without_type_specs_and_command_hears_of_all_three() -> None:
    error = await refusal("CreateJob", job(JobType=None, JobSpecs=None, UserCommand=None))
    assert [one.field for one in error.several] == ["job_type", "job_specs", "user_command"]
    specs = [worker(UserCommand="train"), worker(Type="Master", UserCommand="lead")]
    assert await refusal_or_none("CreateJob", job(JobSpecs=specs, UserCommand=None)) is None
    error = await refusal("CreateJob", job(JobSpecs=[specs[0], worker(Type="Master")], UserCommand=None))
    assert error.field == "user_command"


async def test_names_types_values_and_rules_are_refused_together() -> None:
    broken = job(Priority=12, DisplayName="two words", JobSpecs=[worker(ResourceConfig={"CPU": "4"}, PodCount="many")])
    error = await client_refusal("CreateJob", broken | {"colour": "red"})
    assert error.message.startswith("5 faults: dlc_create_job has no argument 'colour'; ")
    found = [(one.rule, one.field) for one in error.several]
    assert found[0] == ("R29", "colour")
    assert sorted(found[1:], key=str) == sorted(
        [("R13", "display_name"), ("R14", "priority"), (None, "JobSpecs[0].PodCount"), ("R06", "JobSpecs[0].EcsSpec")],
        key=str,
    )


async def test_a_rule_speaks_in_place_of_the_schema_where_both_refuse_a_field() -> None:
    error = await client_refusal("CreateJob", job(JobType="pytorch"))
    assert (error.rule, error.field, error.several) == ("R10", "job_type", ())
    assert "did you mean PyTorchJob?" in error.message


async def test_r01_a_malformed_call_hears_of_the_missing_workspace_too() -> None:
    error = await client_refusal("CreateJob", job(WorkspaceId=" ", Priority="high"))
    assert {(one.rule, one.field) for one in error.several} == {("R14", "priority"), ("R01", "workspace_id")}


async def test_of_many_faults_eight_are_spelled_out_and_the_rest_counted() -> None:
    error = await client_refusal("CreateJob", job(**{f"odd{number}": 1 for number in range(10)}))
    assert len(error.several) == 10
    assert error.message.startswith("10 faults: ")
    assert error.message.endswith("; 2 more.")
    assert sum(f"'odd{number}'" in error.message for number in range(10)) == 8


async def test_what_a_prompt_holds_is_not_checked_as_a_job() -> None:
    content = {"Content": {"job_type": "pytorch", "display_name": "a b"}, "Priority": 99}
    assert await refusal_or_none("CreatePrompt", content) is None


LONG = "x" * 5_000


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("CreateJob", job(JobType=LONG)),
        ("CreateJob", job(DisplayName=f"/{LONG}")),
        ("CreateJob", job(Priority=LONG)),
        ("CreateJob", job(Envs={f"-{LONG}": "1"})),
        ("CreateJob", job(JobSpecs=[worker(Type=LONG)])),
        ("CreateJob", job(UserVpc={"ExtendedCIDRs": [LONG]})),
        ("CreateJob", job(UserVpc={"DefaultRoute": LONG})),
        ("CreateJob", job(CodeSource={LONG: "https://host/a"})),
        ("ListImages", {"Labels": {"a": LONG}}),
        ("GetPodLogs", {"MaxLines": "9" * 5_000}),
        ("CreateJobTemplate", {"Constraints": {LONG: "free"}, "Content": "{}"}),
    ],
)
async def test_a_refusal_repeats_the_beginning_of_what_was_given_and_never_all_of_it(
    action: str, args: dict[str, Any]
) -> None:
    error = await refusal(action, args)
    assert len(error.message) < 500
    assert len(error.field or "") < 150
    assert any(character * 15 in f"{error.message} {error.field}" for character in "x9")


async def test_r01_of_many_workspaces_ten_are_named_and_long_names_are_truncated() -> None:
    runtime, _, _ = runtime_of()
    shown = [{"WorkspaceId": f"w{number}", "WorkspaceName": f"{number}{LONG}"} for number in range(12)]
    await discovery.learn(call_of("ListWorkspaces"), Reply({"Workspaces": shown}), runtime)
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", job(WorkspaceId=None)), runtime)
    (shown,) = re.findall(r"shown so far: (.*)\)", caught.value.message)
    assert re.sub(r"w\d+ \(\d+(x+)\)", lambda found: str(len(found[0])), shown) == ", ".join(["66"] * 2 + ["65"] * 8)


ROLES = "A PyTorchJob has no role 'Chief'; its roles are Worker, Master."


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (job(Accessibility="WORKSPACE"), "Accessibility is PUBLIC or PRIVATE, exact case."),
        (job(Accessibility="public"), "Accessibility is PUBLIC or PRIVATE, exact case (did you mean PUBLIC?)."),
        (job(JobSpecs=[worker(Type="Chief", PodCount=1)]), ROLES),
        (job(JobSpecs=[worker(Type=None)]), "A PyTorchJob needs a Type; its roles are Worker, Master."),
        (
            job(JobType="RayJob", JobSpecs=[worker(Type="Tail")]),
            "A RayJob has no role 'Tail'; its roles are Worker, Head or Worker-<group>.",
        ),
    ],
)
async def test_a_refusal_says_what_is_legal_and_no_more(args: dict[str, Any], message: str) -> None:
    assert (await refusal("CreateJob", args)).message == message


async def test_a_malformed_call_hears_of_its_paths_and_sizes_and_of_nothing_that_may_come_from_a_template() -> None:
    error = await client_refusal("GetPodLogs", {"job_id": "a/b", "pod_id": "p", "max_lines": "many"})
    assert {one.field for one in error.several} == {"job_id", "max_lines"}
    partial = job(TemplateId="t1", Priority="high", JobSpecs=[{"Type": "Worker", "PodCount": 1}], UserCommand=None)
    error = await client_refusal("CreateJob", partial)
    assert (error.rule, error.field, error.several) == ("R14", "priority", ())
    error = await client_refusal("CreateJob", job(Priority="high", Description="x" * 66_000))
    assert [one.rule for one in error.several] == ["R14", "R15"]
    assert await refusal_or_none("UpdateJob", {"JobId": "j", "JobSpecs": [{"Type": "Worker", "PodCount": 2}]}) is None


@pytest.mark.parametrize("action", ["ListWorkspaces", "GetDefaultWorkspace"])
async def test_r01_only_a_job_lands_in_a_default_workspace(action: str) -> None:
    error = await client_refusal(action, {"colour": "red"})
    assert (error.rule, error.field, error.several) == ("R29", "colour", ())


@pytest.mark.parametrize("table", [validation.OF_A_JOB, validation.OF_A_CALL], ids=["job", "call"])
def test_every_rule_of_form_is_declared_by_an_operation_and_looked_at_once(table: Mapping[str, Any]) -> None:
    declared = {number for one in operations() for number in one.rules}
    assert table.keys() <= declared
    rules = [rule for several in table.values() for rule in several]
    assert len(rules) == len(set(rules))


async def test_r04_a_create_hears_of_a_script_that_nothing_can_hold() -> None:
    said = await notices("CreateJob", job(UserCommand="python /opt/train.py"))
    assert [message for number, message in said if number == "R04"] == [
        "The command runs /opt/train.py, and neither code nor data is mounted: the image has to hold it."
    ]
