"""Rules across the fields of a job, each broken on purpose and each kept."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from pai_dlc_mcp.guards.validation import check as validation
from pai_dlc_mcp.guards.validation.check import run_rules
from pai_dlc_mcp.guards.validation.job import compact, r02, r08, r11, r17, r18, r23
from pai_dlc_mcp.guards.validation.rule import Case, Rule
from support.fake_cloud import call_of, runtime_of
from support.job_arguments import (
    QUOTA,
    client_refusal_or_none,
    job,
    noticed_rules,
    refusal,
    refusal_of,
    refusal_or_none,
    worker,
)


async def test_a_job_that_keeps_every_rule_passes_without_a_word() -> None:
    assert await noticed_rules("CreateJob", job()) == []
    assert await noticed_rules("CreateJob", job(**QUOTA)) == []


@pytest.mark.parametrize("missing", ["JobType", "JobSpecs", "UserCommand"])
async def test_a_job_without_a_template_needs_type_specs_and_command(missing: str) -> None:
    error = await refusal("CreateJob", job(**{missing: None}))
    assert (error.code, error.rule) == ("invalid_arguments", None)
    assert error.field == {"JobType": "job_type", "JobSpecs": "job_specs", "UserCommand": "user_command"}[missing]


async def test_a_command_of_every_role_stands_in_for_the_jobs_own() -> None:
    own = worker(UserCommand="python worker.py")
    assert await noticed_rules("CreateJob", job(UserCommand=None, JobSpecs=[own])) == []
    specs = [own, worker(Type="Master")]
    assert (await refusal_of("CreateJob", job(UserCommand=None, JobSpecs=specs)))[2] == "user_command"


async def test_r06_one_of_ecs_spec_and_resource_config() -> None:
    both = worker(ResourceConfig={"CPU": "4"})
    assert await refusal_of("CreateJob", job(JobSpecs=[worker(), both])) == (
        "invalid_arguments",
        "R06",
        "JobSpecs[1].EcsSpec",
    )
    neither = worker(EcsSpec=None)
    error = await refusal("CreateJob", job(JobSpecs=[neither]))
    assert (error.rule, error.field) == ("R06", "JobSpecs[0].EcsSpec")
    assert [step.tool for step in error.next] == ["dlc_list_ecs_specs"]
    for nothing in ({}, {"CPU": "", "Memory": " "}, None):
        empty = worker(EcsSpec=" ", ResourceConfig=nothing)
        assert (await refusal_of("CreateJob", job(JobSpecs=[empty])))[1] == "R06"


@pytest.mark.parametrize("image", [None, "", "  "])
async def test_r02_a_spec_without_an_image_is_refused_with_the_list_of_images(image: str | None) -> None:
    error = await refusal("CreateJob", job(JobSpecs=[worker(Image=image)]))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R02", "JobSpecs[0].Image")
    assert [step.tool for step in error.next] == ["aiworkspace_list_images"]


async def test_r07_an_ecs_spec_goes_without_a_quota_and_a_resource_config_with_one() -> None:
    assert await refusal_of("CreateJob", job(ResourceId="quota1")) == (
        "invalid_arguments",
        "R07",
        "JobSpecs[0].EcsSpec",
    )
    without = job(**QUOTA) | {"ResourceId": ""}
    assert await refusal_of("CreateJob", without) == ("invalid_arguments", "R07", "JobSpecs[0].ResourceConfig")
    assert (await refusal_of("CreateJob", without | {"ResourceId": "  "}))[1] == "R07"
    of_the_role = [worker(EcsSpec=None, ResourceConfig={"CPU": "4"}, QuotaId="quota2")]
    assert await noticed_rules("CreateJob", job(JobSpecs=of_the_role)) == []
    assert (await refusal_of("CreateJob", job(JobSpecs=[worker(QuotaId="quota2")])))[1] == "R07"


async def test_r08_one_of_uri_and_data_source_id() -> None:
    both = [{"DataSourceId": "d-1"}, {"DataSourceId": "d-1", "Uri": "oss://bucket/"}]
    assert await refusal_of("CreateJob", job(DataSources=both)) == ("invalid_arguments", "R08", "DataSources[1].Uri")
    error = await refusal("CreateJob", job(DataSources=[{"MountPath": "/data"}]))
    assert (error.rule, error.field) == ("R08", "DataSources[0].DataSourceId")
    assert [step.tool for step in error.next] == ["aiworkspace_list_datasets"]
    assert (await refusal_of("CreateJob", job(DataSources=[{"Uri": " ", "MountPath": "/data"}])))[1] == "R08"
    assert await noticed_rules("CreateJob", job(DataSources=[{"Uri": "oss://bucket/"}, {"DataSourceId": "d-1"}])) == []


ROLES = {
    "TFJob": ("Chief", "PS", "Worker", "Evaluator", "GraphLearn"),
    "PyTorchJob": ("Worker", "Master"),
    "XGBoostJob": ("Worker", "Master"),
    "OneFlowJob": ("Worker", "Master"),
    "ElasticBatchJob": ("Worker", "Master"),
    "MPIJob": ("Worker", "Master"),
    "RayJob": ("Worker", "Head", "Worker-gpu", "Worker-a.b_c-1"),
    "SlurmJob": ("Login", "Anything"),
    "DataJuicerJob": ("Worker", "Anything"),
}


@pytest.mark.parametrize(("kind", "role"), [(kind, role) for kind, roles in ROLES.items() for role in roles])
async def test_r10_and_r11_every_job_type_passes_with_each_of_its_roles(kind: str, role: str) -> None:
    specs = [worker(Type=role, PodCount=1)] + ([worker()] if role == "PS" else [])
    assert await noticed_rules("CreateJob", job(JobType=kind, JobSpecs=specs)) == []


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        *((kind, "worker") for kind in ("TFJob", "PyTorchJob", "MPIJob", "XGBoostJob", "OneFlowJob", "RayJob")),
        ("PyTorchJob", "Chief"), ("ElasticBatchJob", "PS"), ("TFJob", "Master"), ("RayJob", "Worker-"),
        ("RayJob", "Head-a"), ("PyTorchJob", "Worker-gpu"), ("MPIJob", None),
    ],
)  # fmt: skip
async def test_r11_a_role_that_the_job_type_does_not_have_is_refused(kind: str, role: str | None) -> None:
    error = await refusal("CreateJob", job(JobType=kind, JobSpecs=[worker(Type=role)]))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R11", "JobSpecs[0].Type")
    assert "Worker" in error.message
    assert ("Worker-<group>" in error.message) == (kind == "RayJob")
    assert ("needs a Type" in error.message) == (role is None)


async def test_r23_several_workers_of_a_pytorch_job_are_one_spec() -> None:
    assert await refusal_of("CreateJob", job(JobSpecs=[worker(), worker()])) == ("invalid_arguments", "R23", "JobSpecs")
    assert await noticed_rules("CreateJob", job(JobSpecs=[worker(Type="Master", PodCount=1), worker()])) == []
    assert await noticed_rules("CreateJob", job(JobType="XGBoostJob", JobSpecs=[worker(), worker()])) == []


async def test_r23_a_tfjob_with_ps_has_worker_and_at_most_one_chief() -> None:
    ps, chief = worker(Type="PS"), worker(Type="Chief", PodCount=1)
    assert (await refusal_of("CreateJob", job(JobType="TFJob", JobSpecs=[ps])))[1:] == ("R23", "JobSpecs")
    assert await noticed_rules("CreateJob", job(JobType="TFJob", JobSpecs=[ps, worker(), chief])) == []
    for specs in ([chief, chief], [worker(Type="Chief", PodCount=2)], [chief, worker(IsChief=True, PodCount=1)]):
        assert (await refusal_of("CreateJob", job(JobType="TFJob", JobSpecs=specs)))[1:] == ("R23", "JobSpecs")


async def test_operations_without_rules_pass_with_whatever_they_carry() -> None:
    for action in ("GetJob", "StopJob", "ListDatasets"):
        assert await noticed_rules(action, {"JobId": "dlc1", "DisplayName": "two words", "Priority": 99}) == []


async def test_r15_half_of_a_surrogate_pair_and_what_json_has_no_word_for_are_counted_not_stumbled_over() -> None:
    assert len(compact({"a": "\ud800"})) == len('{"a":"xxx"}')
    assert compact({"a": Decimal("1.5")}) == b'{"a":"1.5"}'


@pytest.mark.parametrize(("blocks", "refused"), [("10.0.0.0/8", False), ("10.0.0.0", True)])
async def test_r18_a_text_in_place_of_the_list_is_one_block(blocks: str, refused: bool) -> None:
    error = await refusal_or_none("CreateJob", job(UserVpc={"ExtendedCIDRs": blocks}))
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
    error = await refusal_or_none("CreateJobTemplate", {"Content": spec})
    assert error is not None
    assert (error.rule, error.field) == ("R11", "Content.JobSpecs[1].Type")


async def test_r11_every_spec_after_a_group_of_ray_workers_is_looked_at_too() -> None:
    specs = [worker(Type="Worker-gpu"), worker(Type="Tail")]
    assert (await refusal("CreateJob", job(JobType="RayJob", JobSpecs=specs))).field == "JobSpecs[1].Type"


@pytest.mark.parametrize("asked", ["0", " 0 ", " ", "", None, 0])
async def test_r22_a_blank_number_of_gpus_asks_for_none(asked: Any) -> None:
    spec = worker(EcsSpec=None, QuotaId="q", ResourceConfig={"CPU": "4", "GPU": asked})
    assert await noticed_rules("CreateJob", job(JobSpecs=[spec])) == []


def sized(total: int) -> dict[str, Any]:
    """A job whose body is exactly this many bytes."""
    body = job(Description="")
    fill = total - len(json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode())
    return body | {"Description": "x" * fill}


async def test_r15_a_body_at_the_limit_passes_and_one_byte_more_is_refused() -> None:
    assert await noticed_rules("CreateJob", sized(65_536)) == []
    error = await refusal("CreateJob", sized(65_537))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R15", "description")
    assert "65,537 bytes" in error.message
    assert "65,536" in error.message


async def test_r15_the_three_largest_fields_are_named_largest_first_and_characters_count_as_bytes() -> None:
    envs = {"A": "训" * 20_000}
    error = await refusal("CreateJob", job(Envs=envs, UserCommand="x" * 6_000, Description="y" * 3_000))
    assert error.field == "envs"
    assert error.message.index("Envs 60,008") < error.message.index("UserCommand 6,002")
    assert error.message.index("UserCommand 6,002") < error.message.index("Description 3,002")
    assert "JobSpecs" not in error.message


async def test_r17_a_success_policy_is_for_a_tfjob_of_several_pods() -> None:
    several = [worker(Type="Chief", PodCount=1), worker()]
    assert await noticed_rules("CreateJob", job(JobType="TFJob", SuccessPolicy="ChiefWorker", JobSpecs=several)) == []
    two = [worker(PodCount=2)]
    assert await noticed_rules("CreateJob", job(JobType="TFJob", SuccessPolicy="ChiefWorker", JobSpecs=two)) == []
    one = [worker(PodCount=None)]
    for args in (
        job(SuccessPolicy="ChiefWorker"),
        job(JobType="TFJob", SuccessPolicy="Sometimes"),
        job(JobType="TFJob", SuccessPolicy="chiefworker"),
        job(JobType="TFJob", SuccessPolicy="ChiefWorker", JobSpecs=one),
    ):
        assert await refusal_of("CreateJob", args) == ("invalid_arguments", "R17", "success_policy")


@pytest.mark.parametrize("job_type", ["TFJob", "PyTorchJob", "MPIJob"])
async def test_r17_the_default_policy_passes_everywhere_and_those_of_the_metadata_with_a_notice(job_type: str) -> None:
    one = [worker(PodCount=1)]
    given = {"JobType": job_type, "JobSpecs": one}
    assert await noticed_rules("CreateJob", job(**given, SuccessPolicy="AllWorkers")) == []
    assert await noticed_rules("CreateJob", job(**given, SuccessPolicy="")) == []
    for policy in ("Never", "Partial"):
        assert await noticed_rules("CreateJob", job(**given, SuccessPolicy=policy)) == ["R17"]


@pytest.mark.parametrize("block", ["10.0.0.0/8", "192.168.0.1/24", "2001:db8::/32"])
async def test_r18_a_vswitch_with_valid_blocks_passes(block: str) -> None:
    network = {"VpcId": "vpc-1", "SwitchId": "vsw-1", "ExtendedCIDRs": [block], "DefaultRoute": "eth0"}
    assert await noticed_rules("CreateJob", job(UserVpc=network)) == []
    assert await noticed_rules("CreateJob", job(UserVpc={"VpcId": "vpc-1"})) == []


@pytest.mark.parametrize("blocks", [None, []])
async def test_r18_a_vswitch_without_the_blocks_of_its_vpc_gets_a_notice(blocks: list[str] | None) -> None:
    network = {"VpcId": "vpc-1", "SwitchId": "vsw-1", "ExtendedCIDRs": blocks}
    assert await noticed_rules("CreateJob", job(UserVpc=network)) == ["R18"]
    assert await client_refusal_or_none("CreateJob", job(UserVpc=network)) is None


@pytest.mark.parametrize("block", ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "300.0.0.0/8", "", "net/8"])
async def test_r18_a_block_that_is_no_cidr_is_refused(block: str) -> None:
    network = {"ExtendedCIDRs": ["10.0.0.0/8", block]}
    assert await refusal_of("CreateJob", job(UserVpc=network)) == (
        "invalid_arguments",
        "R18",
        "UserVpc.ExtendedCIDRs[1]",
    )


@pytest.mark.parametrize("route", ["10.0.0.1", "0.0.0.0/0", "eth", "yes", "ETH0", "eth0; reboot"])
async def test_r18_a_default_route_is_the_name_of_an_interface(route: str) -> None:
    assert await refusal_of("CreateJob", job(UserVpc={"DefaultRoute": route})) == (
        "invalid_arguments", "R18", "UserVpc.DefaultRoute",
    )  # fmt: skip


async def test_r19_ignored_fields_are_sent_with_a_notice() -> None:
    runtime, _, _ = runtime_of()
    call = call_of("CreateJob", job(DebuggerConfigContent="x", ElasticSpec={"MinParallelism": 1}))
    await validation.check(call, runtime)
    assert [(notice.rule, notice.message) for notice in call.notices] == [
        ("R19", "The service ignores DebuggerConfigContent and ElasticSpec; sent as given.")
    ]
    assert call.args["ElasticSpec"] == {"MinParallelism": 1}


async def test_r22_a_job_without_an_end_gets_a_notice() -> None:
    for without in (None, 0, "0"):
        assert await noticed_rules("CreateJob", job(JobMaxRunningTimeMinutes=without)) == ["R22"]
    assert await noticed_rules("CreateJob", job(JobMaxRunningTimeMinutes=10)) == []


@pytest.mark.parametrize("gpus", ["0", "", None])
async def test_r22_a_job_without_gpus_needs_no_sanity_check(gpus: str | None) -> None:
    config = {"CPU": "4", "GPU": gpus}
    in_a_quota = worker(EcsSpec=None, ResourceConfig=config)
    assert await noticed_rules("CreateJob", job(JobSpecs=[in_a_quota], ResourceId="q")) == []
    for name in ("ecs.g6.large", "ecs.g7.16xlarge", "ecs.c6.large", "ecs.g7ne.large"):
        assert await noticed_rules("CreateJob", job(JobSpecs=[worker(EcsSpec=name)])) == []


@pytest.mark.parametrize(
    ("rule", "args", "said"),
    [
        (r11, {"JobType": "MPIJob", "JobSpecs": [{"Type": "x" * 41}]},
         f"A MPIJob has no role {'x' * 40!r}; its roles are Worker, Master."),
        (r17, {"SuccessPolicy": "qqq"},
         "SuccessPolicy is ChiefWorker, AllWorkers, Never, Partial, exact case."),
        (r17, {"SuccessPolicy": "allworkers"},
         "SuccessPolicy is ChiefWorker, AllWorkers, Never, Partial, exact case (did you mean AllWorkers?)."),
        (r18, {"UserVpc": {"ExtendedCIDRs": ["x" * 61]}}, f"{'x' * 60!r} is no CIDR block such as 192.168.0.0/16."),
        (r18, {"UserVpc": {"DefaultRoute": "x" * 61}},
         f"DefaultRoute is the name of an interface such as eth0, not {'x' * 60!r}."),
        (r23, {"JobSpecs": [{"Type": "Chief", "PodCount": 3}]}, "A job has at most one chief pod; 3 were given."),
    ],
)  # fmt: skip
def test_a_refusal_says_so_much_of_what_was_given_and_no_more(rule: Rule, args: dict[str, Any], said: str) -> None:
    (refused,), _ = run_rules([rule], Case(args))
    assert refused.message == said


@pytest.mark.parametrize(("workspace", "where"), [("11", {"workspace_id": "11"}), (" ", {}), (None, {})])
def test_r02_and_r08_the_list_is_asked_of_the_workspace_that_the_call_names(workspace: Any, where: Any) -> None:
    found, _ = run_rules([r02, r08], Case({"WorkspaceId": workspace, "JobSpecs": [{}], "DataSources": [{}]}))
    assert [(step.tool, step.arguments) for one in found for step in one.next] == [
        ("aiworkspace_list_images", where), ("aiworkspace_list_datasets", where),
    ]  # fmt: skip
