"""Rules of a job's single fields and its size, each broken on purpose and each kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from guards.a_job import job, notices, refusal, told, worker
from guards.fakes import call_of, runtime_of
from pai_dlc_mcp.guards.validation.refusals import special_refusals

from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.guards.validation import check as validation


@pytest.mark.parametrize("name", ["a" * 257, "two words", "näme", "a/b", "line\n", "名字"])
async def test_r13_a_name_of_other_characters_or_too_long_is_refused(name: str) -> None:
    assert await told("CreateJob", job(DisplayName=name)) == ("invalid_arguments", "R13", "display_name")
    with pytest.raises(InvalidArguments) as caught:
        special_refusals("dlc_create_job", {"DisplayName": name})
    assert caught.value.rule == "R13"


async def test_r13_every_allowed_character_passes_and_a_mended_name_is_offered() -> None:
    assert await notices("CreateJob", job(DisplayName="Az09_.-" + "x" * 249)) == []
    error = await refusal("CreateJob", job(DisplayName="my nice/job!"))
    assert "for example my-nice-job" in error.message
    assert "12 characters" in error.message


@pytest.mark.parametrize("priority", [0, 10, -1, 2.5, True, "high", "10", "", "99999999999999999999"])
async def test_r14_a_priority_outside_one_to_nine_is_refused(priority: Any) -> None:
    with pytest.raises(InvalidArguments) as caught:
        special_refusals("dlc_create_job", {"priority": priority})
    assert (caught.value.rule, caught.value.field) == ("R14", "priority")
    assert await told("UpdateJob", {"JobId": "dlc1", "Priority": priority}) == ("invalid_arguments", "R14", "priority")


@pytest.mark.parametrize("priority", [1, 9, "5", 3.0])
async def test_r14_whole_numbers_from_one_to_nine_pass(priority: Any) -> None:
    special_refusals("dlc_create_job", {"priority": priority})
    assert await notices("CreateJob", job(Priority=priority)) == []


def sized(total: int) -> dict[str, Any]:
    """A job whose body is exactly this many bytes."""
    body = job(Description="")
    fill = total - len(json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode())
    return body | {"Description": "x" * fill}


async def test_r15_a_body_at_the_limit_passes_and_one_byte_more_is_refused() -> None:
    assert await notices("CreateJob", sized(65_536)) == []
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


@pytest.mark.parametrize("name", ["1A", "A-B", "A B", "", "Ä", "A=B", "A\n"])
async def test_r16_names_of_variables_are_posix_names(name: str) -> None:
    error = await refusal("CreateJob", job(Envs={"GOOD_1": "x", name: "y"}))
    assert (error.rule, error.field) == ("R16", f"Envs.{name}")
    if name:
        custom = [{"Key": "_ok", "Value": "1"}, {"Key": name, "Value": "2"}]
        assert await told("CreateJob", job(CustomEnvs=custom)) == ("invalid_arguments", "R16", "CustomEnvs[1].Key")


async def test_r17_a_success_policy_is_for_a_tfjob_of_several_pods() -> None:
    several = [worker(Type="Chief", PodCount=1), worker()]
    assert await notices("CreateJob", job(JobType="TFJob", SuccessPolicy="ChiefWorker", JobSpecs=several)) == []
    assert await notices("CreateJob", job(JobType="TFJob", SuccessPolicy="AllWorkers")) == []
    one = [worker(PodCount=None)]
    for args in (
        job(SuccessPolicy="AllWorkers"),
        job(JobType="TFJob", SuccessPolicy="Partial"),
        job(JobType="TFJob", SuccessPolicy="allworkers"),
        job(JobType="TFJob", SuccessPolicy="AllWorkers", JobSpecs=one),
    ):
        assert await told("CreateJob", args) == ("invalid_arguments", "R17", "success_policy")


@pytest.mark.parametrize("block", ["10.0.0.0/8", "192.168.0.1/24", "2001:db8::/32"])
async def test_r18_a_vswitch_with_valid_blocks_passes(block: str) -> None:
    network = {"VpcId": "vpc-1", "SwitchId": "vsw-1", "ExtendedCIDRs": [block], "DefaultRoute": "eth0"}
    assert await notices("CreateJob", job(UserVpc=network)) == []
    assert await notices("CreateJob", job(UserVpc={"VpcId": "vpc-1"})) == []


@pytest.mark.parametrize("blocks", [None, []])
async def test_r18_a_vswitch_needs_the_blocks_of_its_vpc(blocks: list[str] | None) -> None:
    network = {"VpcId": "vpc-1", "SwitchId": "vsw-1", "ExtendedCIDRs": blocks}
    assert await told("CreateJob", job(UserVpc=network)) == ("invalid_arguments", "R18", "UserVpc.ExtendedCIDRs")


@pytest.mark.parametrize("block", ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "300.0.0.0/8", "", "net/8"])
async def test_r18_a_block_that_is_no_cidr_is_refused(block: str) -> None:
    network = {"ExtendedCIDRs": ["10.0.0.0/8", block]}
    assert await told("CreateJob", job(UserVpc=network)) == ("invalid_arguments", "R18", "UserVpc.ExtendedCIDRs[1]")


@pytest.mark.parametrize("route", ["10.0.0.1", "0.0.0.0/0", "eth", "yes", "ETH0", "eth0; reboot"])
async def test_r18_a_default_route_is_the_name_of_an_interface(route: str) -> None:
    assert await told("CreateJob", job(UserVpc={"DefaultRoute": route})) == (
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


async def test_r20_accessibility_is_public_or_private() -> None:
    for value in ("PUBLIC", "PRIVATE"):
        assert await notices("CreateJob", job(Accessibility=value)) == []
    for value in ("public", "WORKSPACE", ""):
        assert await told("CreateJob", job(Accessibility=value)) == ("invalid_arguments", "R20", "accessibility")
    with pytest.raises(InvalidArguments, match="did you mean PUBLIC"):
        special_refusals("dlc_create_job", {"accessibility": "public"})


async def test_r22_a_job_without_an_end_gets_a_notice() -> None:
    assert await notices("CreateJob", job(JobMaxRunningTimeMinutes=None)) == ["R22"]


@pytest.mark.parametrize(
    "spec",
    [
        {"EcsSpec": "ecs.gn6i-c4g1.xlarge"}, {"EcsSpec": "ecs.ebmgn7.26xlarge"}, {"EcsSpec": "ecs.vgn6i-m4.xlarge"},
        {"EcsSpec": "ml.gu7ef.8xlarge-gu100"}, {"EcsSpec": "ecs.sgn7i-vws-m4.xlarge"},
        {"EcsSpec": None, "QuotaId": "q", "ResourceConfig": {"GPU": "1"}},
    ],
)  # fmt: skip
async def test_r22_a_gpu_job_without_a_sanity_check_gets_a_notice(spec: dict[str, Any]) -> None:
    assert await notices("CreateJob", job(JobSpecs=[worker(**spec)])) == ["R22"]
    checked = {"EnableSanityCheck": True}
    assert await notices("CreateJob", job(JobSpecs=[worker(**spec)], Settings=checked)) == []
    assert await notices("CreateJob", job(JobSpecs=[worker(**spec)], Settings={"EnableSanityCheck": False})) == ["R22"]


@pytest.mark.parametrize("gpus", ["0", "", None])
async def test_r22_a_job_without_gpus_needs_no_sanity_check(gpus: str | None) -> None:
    config = {"CPU": "4", "GPU": gpus}
    in_a_quota = worker(EcsSpec=None, ResourceConfig=config)
    assert await notices("CreateJob", job(JobSpecs=[in_a_quota], ResourceId="q")) == []
    for name in ("ecs.g6.large", "ecs.g7.16xlarge", "ecs.c6.large", "ecs.g7ne.large"):
        assert await notices("CreateJob", job(JobSpecs=[worker(EcsSpec=name)])) == []
