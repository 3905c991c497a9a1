"""What refusals of form say to the letter: the hint where there is one, none where there is none, and how much of what
was given they repeat."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from guards.a_job import job, notices, refusal, worker
from guards.fakes import call_of, runtime_of
from guards.judging import checked, refused
from pai_dlc_mcp.guards.validation.refusals import special_refusals
from pai_dlc_mcp.guards.validation.size import compact

from pai_dlc_mcp.errors import InvalidArguments, PaiError
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.validation import check as validation
from pai_dlc_mcp.runtime import Reply

LONG = "x" * 400


@pytest.mark.parametrize(
    ("action", "args", "most"),
    [
        ("CreateJob", job(JobType=LONG), 60),
        ("CreateJob", job(DisplayName=f"/{LONG}"), 80),
        ("CreateJob", job(Priority=LONG), 40),
        ("CreateJob", job(Envs={f"-{LONG}": "1"}), 59),
        ("CreateJob", job(JobSpecs=[worker(Type=LONG)]), 40),
        ("CreateJob", job(UserVpc={"ExtendedCIDRs": [LONG]}), 60),
        ("CreateJob", job(UserVpc={"DefaultRoute": LONG}), 60),
        ("ListImages", {"Labels": {"a": LONG}}, 198),
    ],
)
async def test_a_refusal_repeats_a_few_characters_of_what_was_given(
    action: str, args: dict[str, Any], most: int
) -> None:
    error = await checked(action, args)
    assert error is not None
    assert "x" * most in error.message
    assert "x" * (most + 1) not in error.message


@pytest.mark.parametrize(
    ("action", "args", "field"),
    [
        ("CreateJob", job(Envs={f"-{LONG}": "1"}), f"Envs.-{'x' * 59}"),
        ("CreateJobTemplate", {"Constraints": {LONG: "free"}, "Content": "{}"}, f"Constraints.{'x' * 80}"),
    ],
)
async def test_a_refusal_names_a_long_field_by_its_beginning(action: str, args: dict[str, Any], field: str) -> None:
    error = await checked(action, args)
    assert error is not None
    assert error.field == field


@pytest.mark.parametrize("tool", ["dlc_create_job", "dlc_create_job_template"])
def test_r09_a_long_name_of_a_repositorys_field_is_told_by_its_beginning(tool: str) -> None:
    source = {"code_source": {LONG: "https://host/a", "CodeSourceId": "c"}}
    error = refused(tool, **(source if tool == "dlc_create_job" else {"content": source}))
    assert (error.field or "").endswith(f"CodeSource.{'x' * 60}")
    assert error.message.startswith(f"{'x' * 60} and CodeSourceId exclude each other; ")


async def test_r09_an_address_in_place_of_the_code_source_is_told_of_the_argument_itself() -> None:
    assert (await refusal("CreateJob", job(CodeSource="https://host/a.git"))).field == "code_source"
    error = await checked("CreateJobTemplate", {"Content": {"CodeSource": "https://host/a.git"}})
    assert error is not None
    assert error.field == "Content.CodeSource"


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("My Job", "(6 characters given); for example My-Job."),
        ("/X ray/", "(7 characters given); for example X-ray."),
        ("名字", "(2 characters given)."),
        ("", "(0 characters given)."),
    ],
)
async def test_r13_the_proposed_name_differs_only_in_what_is_not_allowed(name: str, end: str) -> None:
    assert (await refusal("CreateJob", job(DisplayName=name))).message.endswith(f"'.' and '-' {end}")


async def test_r14_the_refusal_names_the_range_what_was_given_and_the_default() -> None:
    said = "Priority is a whole number from 1 (low) to 9 (high); '12' was given, and left out it is 1."
    assert (await refusal("CreateJob", job(Priority=12))).message == said


async def test_r60_of_an_endless_number_twenty_digits_are_told() -> None:
    error = await checked("GetPodLogs", {"MaxLines": "9" * 5_000})
    assert error is not None
    assert error.message == f"max_lines is a number from 1 to 2,000; {'9' * 20} was given."


async def test_r15_half_of_a_surrogate_pair_and_what_json_has_no_word_for_are_counted_not_stumbled_over() -> None:
    assert len(compact({"a": "\ud800"})) == len('{"a":"xxx"}')
    assert compact({"a": Decimal("1.5")}) == b'{"a":"1.5"}'


async def test_r12_a_long_job_type_of_a_template_is_told_by_its_beginning() -> None:
    template = {"TemplateId": "t1", "Versions": [{"Version": 1, "Content": {"JobType": LONG}}]}
    runtime, _, _ = runtime_of({"GetJobTemplate": template})
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", job(TemplateId="t1")), runtime)
    assert f"for a {'x' * 40} and its job type wins" in caught.value.message


async def test_r01_ten_workspaces_are_named_each_by_60_characters_of_its_name() -> None:
    runtime, _, _ = runtime_of()
    shown = [{"WorkspaceId": f"w{number}", "WorkspaceName": f"{number}{LONG}"} for number in range(12)]
    await discovery.learn(call_of("ListWorkspaces"), Reply({"Workspaces": shown}), runtime)
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", job(WorkspaceId=None)), runtime)
    assert caught.value.message.count(" (") == 10 + 1
    assert f"({'x' * 59})" not in caught.value.message
    assert f"w7 (7{'x' * 59})" in caught.value.message


ROLES = "A PyTorchJob has no role 'Chief'; its roles are Worker, Master."


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (job(Accessibility="WORKSPACE"), "Accessibility is PUBLIC or PRIVATE, exact case."),
        (job(Accessibility="public"), "Accessibility is PUBLIC or PRIVATE, exact case (did you mean PUBLIC?)."),
        (job(JobSpecs=[worker(Type="Chief")]), ROLES),
        (job(JobSpecs=[worker(Type=None)]), "A PyTorchJob needs a Type; its roles are Worker, Master."),
        (
            job(JobType="RayJob", JobSpecs=[worker(Type="Tail")]),
            "A RayJob has no role 'Tail'; its roles are Worker, Head or Worker-<group>.",
        ),
    ],
)
async def test_a_refusal_says_what_is_legal_and_no_more(args: dict[str, Any], message: str) -> None:
    assert (await refusal("CreateJob", args)).message == message


@pytest.mark.parametrize(
    ("labels", "hint"),
    [
        ("a=b, c=d", "; write a=b,c=d."),
        ({"a": "b", "c": "d"}, "; write a=b,c=d."),
        ('{"a": "b"}', "no blanks."),
        ("a=b c", "no blanks."),
        ([{"Key": "a", "Value": "b"}], "no blanks."),
    ],
)
async def test_r46_pairs_are_proposed_only_where_it_can_be_told_what_was_meant(labels: Any, hint: str) -> None:
    error = await checked("ListImages", {"Labels": labels})
    assert error is not None
    assert error.message.endswith(hint)


async def test_r47_and_r53_one_order_is_and_several_are_one_of() -> None:
    specs, templates = refused("dlc_list_ecs_specs", sort_by="qqq"), refused("dlc_list_job_templates", sort_by="qqq")
    assert specs.message == "sort_by is one of CPU, GPU, Memory, GmtCreateTime, exact case."
    assert templates.message == "sort_by is GmtCreateTime, exact case."


@pytest.mark.parametrize(("blocks", "refused"), [("10.0.0.0/8", False), ("10.0.0.0", True)])
async def test_r18_a_text_in_place_of_the_list_is_one_block(blocks: str, refused: bool) -> None:
    error = await checked("CreateJob", job(UserVpc={"ExtendedCIDRs": blocks}))
    assert (error and error.field) == ("UserVpc.ExtendedCIDRs[0]" if refused else None)


@pytest.mark.parametrize("block", [5, None, ["10.0.0.0/8"], "10.0.0.0/8\n", "10.0.0.0/8/8", "/8", "10.0.0.0/1000"])
async def test_r18_a_block_is_text_of_one_address_and_one_length(block: Any) -> None:
    error = await refusal("CreateJob", job(UserVpc={"ExtendedCIDRs": [block]}))
    assert (error.rule, error.field) == ("R18", "UserVpc.ExtendedCIDRs[0]")


async def test_r07_without_a_quota_the_listing_of_instance_types_is_proposed() -> None:
    spec = worker(EcsSpec=None, ResourceConfig={"CPU": "4"})
    error = await refusal("CreateJob", job(JobSpecs=[spec]))
    assert [step.tool for step in error.next] == ["dlc_list_ecs_specs"]


@pytest.mark.parametrize("role", ["Chief", "worker"])
async def test_r11_a_wrong_role_is_refused_in_a_content_that_may_leave_it_out(role: str) -> None:
    spec = {"JobType": "PyTorchJob", "JobSpecs": [{"PodCount": 1}, {"Type": role}]}
    error = await checked("CreateJobTemplate", {"Content": spec})
    assert error is not None
    assert (error.rule, error.field) == ("R11", "Content.JobSpecs[1].Type")


async def test_r11_every_spec_after_a_group_of_ray_workers_is_looked_at_too() -> None:
    specs = [worker(Type="Worker-gpu"), worker(Type="Tail")]
    assert (await refusal("CreateJob", job(JobType="RayJob", JobSpecs=specs))).field == "JobSpecs[1].Type"


@pytest.mark.parametrize("limits", ["text", 5, ["locked"], True])
def test_r50_constraints_that_are_no_object_are_left_to_the_schema(limits: Any) -> None:
    try:
        special_refusals("dlc_create_job_template", {"constraints": limits, "content": {"UserCommand": "x"}})
    except PaiError as error:
        pytest.fail(f"refused by a rule: {error.message}")


@pytest.mark.parametrize("asked", ["0", " 0 ", " ", "", None, 0])
async def test_r22_a_blank_number_of_gpus_asks_for_none(asked: Any) -> None:
    spec = worker(EcsSpec=None, QuotaId="q", ResourceConfig={"CPU": "4", "GPU": asked})
    assert await notices("CreateJob", job(JobSpecs=[spec])) == []


@pytest.mark.parametrize(("path", "asked"), [("Envs.UserCommand", True), ("UserCommand", False)])
@pytest.mark.parametrize("limit", ["locked", "required", "overridable"])
async def test_r26_only_the_templates_word_on_the_field_itself_replaces_asking_for_it(
    path: str, asked: bool, limit: str
) -> None:
    content = {"JobType": "PyTorchJob", "JobSpecs": [worker()]}
    version = {"Version": 1, "Content": content, "Constraints": {path: limit}}
    runtime, _, _ = runtime_of({"GetJobTemplate": {"TemplateId": "t1", "Versions": [version]}})
    call = call_of("CreateJob", job(TemplateId="t1", JobType=None, JobSpecs=None, UserCommand=None))
    found = [(error.rule, error.field) for error in await validation.findings(call, runtime)]
    assert found == ([(None, "user_command")] if asked or limit == "overridable" else [])
