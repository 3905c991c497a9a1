"""The rules of a job's arguments, each broken on purpose and each kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guards.fakes import REGION, call_of, runtime_of
from pai_dlc_mcp.errors import InvalidArguments, NoEffect, NotFound, PaiError
from pai_dlc_mcp.guards import discovery, validation
from pai_dlc_mcp.guards.validation import findings, special_refusals
from pai_dlc_mcp.runtime import Reply

JOB: dict[str, Any] = {
    "DisplayName": "resnet50",
    "JobMaxRunningTimeMinutes": 60,
    "JobSpecs": [{"Type": "Worker", "PodCount": 2, "Image": "registry/pytorch:2", "EcsSpec": "ecs.g6.large"}],
    "JobType": "PyTorchJob",
    "UserCommand": "python train.py",
    "WorkspaceId": "123456",
}
QUOTA = {"JobSpecs": [{"Type": "Worker", "ResourceConfig": {"CPU": "4", "Memory": "8Gi"}}], "ResourceId": "quota1"}


def job(**changes: Any) -> dict[str, Any]:
    """The valid job with changes; a change to ``None`` takes the field out."""
    return {name: value for name, value in (JOB | changes).items() if value is not None}


def worker(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (JOB["JobSpecs"][0] | changes).items() if value is not None}


async def refusal(action: str, args: dict[str, Any]) -> PaiError:
    runtime, cloud, _ = runtime_of()
    with pytest.raises(PaiError) as caught:
        await validation.check(call_of(action, args), runtime)
    assert cloud.sent == []
    return caught.value


async def notices(action: str, args: dict[str, Any]) -> list[str]:
    """The rules of the notices of a call that passes."""
    runtime, _, _ = runtime_of()
    call = call_of(action, args)
    await validation.check(call, runtime)
    return [notice.rule for notice in call.notices]


async def told(action: str, args: dict[str, Any]) -> tuple[str, str | None, str | None]:
    error = await refusal(action, args)
    return error.code, error.rule, error.field


async def test_a_job_that_keeps_every_rule_passes_without_a_word() -> None:
    assert await notices("CreateJob", job()) == []
    assert await notices("CreateJob", job(**QUOTA)) == []


@pytest.mark.parametrize("empty", [None, ""])
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


@pytest.mark.parametrize("missing", ["JobType", "JobSpecs", "UserCommand"])
async def test_a_job_without_a_template_needs_type_specs_and_command(missing: str) -> None:
    error = await refusal("CreateJob", job(**{missing: None}))
    assert (error.code, error.rule) == ("invalid_arguments", None)
    assert error.field == {"JobType": "job_type", "JobSpecs": "job_specs", "UserCommand": "user_command"}[missing]


async def test_a_command_of_every_role_stands_in_for_the_jobs_own() -> None:
    own = worker(UserCommand="python worker.py")
    assert await notices("CreateJob", job(UserCommand=None, JobSpecs=[own])) == []
    specs = [own, worker(Type="Master")]
    assert (await told("CreateJob", job(UserCommand=None, JobSpecs=specs)))[2] == "user_command"


async def test_r06_one_of_ecs_spec_and_resource_config() -> None:
    both = worker(ResourceConfig={"CPU": "4"})
    assert await told("CreateJob", job(JobSpecs=[worker(), both])) == ("invalid_arguments", "R06", "JobSpecs[1].EcsSpec")
    neither = worker(EcsSpec=None)
    error = await refusal("CreateJob", job(JobSpecs=[neither]))
    assert (error.rule, error.field) == ("R06", "JobSpecs[0].EcsSpec")
    assert [step.tool for step in error.next] == ["dlc_list_ecs_specs"]
    empty = worker(EcsSpec="", ResourceConfig={})
    assert (await told("CreateJob", job(JobSpecs=[empty])))[1] == "R06"


async def test_r07_an_ecs_spec_goes_without_a_quota_and_a_resource_config_with_one() -> None:
    assert await told("CreateJob", job(ResourceId="quota1")) == ("invalid_arguments", "R07", "JobSpecs[0].EcsSpec")
    without = job(**QUOTA) | {"ResourceId": ""}
    assert await told("CreateJob", without) == ("invalid_arguments", "R07", "JobSpecs[0].ResourceConfig")
    of_the_role = [{"Type": "Worker", "ResourceConfig": {"CPU": "4"}, "QuotaId": "quota2"}]
    assert await notices("CreateJob", job(JobSpecs=of_the_role)) == []
    assert (await told("CreateJob", job(JobSpecs=[worker(QuotaId="quota2")])))[1] == "R07"


async def test_r08_one_of_uri_and_data_source_id() -> None:
    both = [{"DataSourceId": "d-1"}, {"DataSourceId": "d-1", "Uri": "oss://bucket/"}]
    assert await told("CreateJob", job(DataSources=both)) == ("invalid_arguments", "R08", "DataSources[1].Uri")
    error = await refusal("CreateJob", job(DataSources=[{"MountPath": "/data"}]))
    assert (error.rule, error.field) == ("R08", "DataSources[0].DataSourceId")
    assert [step.tool for step in error.next] == ["aiworkspace_list_datasets"]
    assert await notices("CreateJob", job(DataSources=[{"Uri": "oss://bucket/"}, {"DataSourceId": "d-1"}])) == []


@pytest.mark.parametrize("address", ["https://github.com/a/b.git", "git@github.com:a/b.git", "ssh://git@host/a"])
async def test_r09_an_address_is_no_code_source_id(address: str) -> None:
    error = await refusal("CreateJob", job(CodeSource={"CodeSourceId": address}))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R09", "CodeSource.CodeSourceId")
    assert [step.tool for step in error.next] == ["aiworkspace_list_code_sources", "aiworkspace_create_code_source"]


@pytest.mark.parametrize("field", ["Uri", "Url", "CodeRepo", "Repo", "Repository", "GitUrl", "CodeUri"])
def test_r09_a_raw_repository_address_is_refused_with_and_without_an_id(field: str) -> None:
    for source in ({field: "https://host/a"}, {field: "https://host/a", "CodeSourceId": "code-1"}):
        for given in (source, json.dumps(source)):
            with pytest.raises(InvalidArguments) as caught:
                special_refusals("dlc_create_job", {"code_source": given})
            assert (caught.value.rule, caught.value.field) == ("R09", f"CodeSource.{field}")
            assert ("exclude each other" in caught.value.message) == ("CodeSourceId" in source)


async def test_r09_a_code_source_id_alone_passes() -> None:
    assert await notices("CreateJob", job(CodeSource={"CodeSourceId": "code-20210111103721-abc", "Branch": "main"})) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("pytorch", "PyTorchJob"), ("PYTORCH_JOB", "PyTorchJob"), ("Pytorch", "PyTorchJob"), ("torch", "PyTorchJob"),
        ("tf-job", "TFJob"), ("tensorflow", "TFJob"), ("tfjob", "TFJob"), ("Custom", "PyTorchJob"),
        ("CustomJob", "PyTorchJob"), ("MPIjob", "MPIJob"), ("mpi", "MPIJob"), ("xgboost", "XGBoostJob"),
        ("OneFlow", "OneFlowJob"), ("elastic-batch", "ElasticBatchJob"), ("slurm", "SlurmJob"), ("ray", "RayJob"),
        ("data_juicer", "DataJuicerJob"), ("PyTorhcJob", "PyTorchJob"),
    ],
)  # fmt: skip
def test_r10_other_spellings_are_refused_with_the_nearest_legal_type(said: str, meant: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        special_refusals("dlc_create_job", {"job_type": said})
    assert (caught.value.rule, caught.value.field) == ("R10", "job_type")
    assert f"did you mean {meant}?" in caught.value.message


async def test_r10_a_type_that_resembles_none_is_refused_with_the_list() -> None:
    error = await refusal("CreateJob", job(JobType="qqq"))
    assert error.rule == "R10"
    assert "TFJob, PyTorchJob, MPIJob, XGBoostJob, OneFlowJob, ElasticBatchJob, SlurmJob, RayJob, DataJuicerJob" in (
        error.message
    )


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
    assert await notices("CreateJob", job(JobType=kind, JobSpecs=specs)) == []


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


async def test_r12_with_a_template_a_different_job_type_is_refused() -> None:
    content = json.dumps({"JobType": "TFJob", "JobSpecs": [worker()], "UserCommand": "x"})
    template = {"TemplateId": "t1", "DefaultVersion": 3, "Versions": [{"Version": 3, "Content": content}]}
    runtime, cloud, _ = runtime_of({"GetJobTemplate": template})
    args = job(TemplateId="t1", TemplateVersion=3, JobSpecs=None, UserCommand=None)
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", args), runtime)
    assert (caught.value.rule, caught.value.field) == ("R12", "job_type")
    assert "TFJob" in caught.value.message
    assert cloud.sent == [("GetJobTemplate", {"TemplateId": "t1", "Version": "3"})]


async def test_r12_the_templates_type_counts_where_none_is_given() -> None:
    content = {"JobType": "TFJob", "JobSpecs": [worker(Type="Master")], "UserCommand": "x"}
    template = {"TemplateId": "t1", "Versions": [{"Version": 1, "Content": content}]}
    runtime, cloud, _ = runtime_of({"GetJobTemplate": template})
    args = job(TemplateId="t1", JobType=None, JobSpecs=None, UserCommand=None)
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", args), runtime)
    assert (caught.value.rule, caught.value.field) == ("R11", "JobSpecs[0].Type")
    call = call_of("CreateJob", args | {"JobSpecs": [worker()]})
    await validation.check(call, runtime)
    assert cloud.sent[-1] == ("GetJobTemplate", {"TemplateId": "t1"})
    assert call.facts["template"] == template
    assert call.args == args | {"JobSpecs": [worker()]}, "the template's fields are not sent"


async def test_r12_a_template_that_cannot_be_read_stops_the_create() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": NotFound("no such template")})
    with pytest.raises(NotFound):
        await validation.check(call_of("CreateJob", job(TemplateId="gone")), runtime)


async def test_r12_a_template_whose_content_is_unreadable_leaves_the_rules_of_what_is_given() -> None:
    runtime, _, _ = runtime_of({"GetJobTemplate": {"Versions": [{"Content": "{not json"}]}})
    await validation.check(call_of("CreateJob", job(TemplateId="t1", JobType=None, UserCommand=None)), runtime)
    with pytest.raises(InvalidArguments) as caught:
        await validation.check(call_of("CreateJob", job(TemplateId="t1", Priority=10)), runtime)
    assert caught.value.rule == "R14"


async def test_r12_the_job_type_is_fixed_at_creation() -> None:
    with pytest.raises(NoEffect) as caught:
        special_refusals("dlc_update_job", {"job_id": "dlc1", "job_type": "TFJob"})
    assert (caught.value.rule, caught.value.field) == ("R12", "job_type")


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
    assert "DisplayName" not in error.message


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


@pytest.mark.parametrize("block", ["10.0.0.0", "10.0.0.0/33", "300.0.0.0/8", "", "net/8"])
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
    assert await notices("CreateJob", job(JobSpecs=[{"Type": "Worker", "ResourceConfig": config}], ResourceId="q")) == []
    for name in ("ecs.g6.large", "ecs.g7.16xlarge", "ecs.c6.large", "ecs.g7ne.large"):
        assert await notices("CreateJob", job(JobSpecs=[worker(EcsSpec=name)])) == []


async def test_r23_several_workers_of_a_pytorch_job_are_one_spec() -> None:
    assert await told("CreateJob", job(JobSpecs=[worker(), worker()])) == ("invalid_arguments", "R23", "JobSpecs")
    assert await notices("CreateJob", job(JobSpecs=[worker(Type="Master", PodCount=1), worker()])) == []
    assert await notices("CreateJob", job(JobType="XGBoostJob", JobSpecs=[worker(), worker()])) == []


async def test_r23_a_tfjob_with_ps_has_worker_and_at_most_one_chief() -> None:
    ps, chief = worker(Type="PS"), worker(Type="Chief", PodCount=1)
    assert (await told("CreateJob", job(JobType="TFJob", JobSpecs=[ps])))[1:] == ("R23", "JobSpecs")
    assert await notices("CreateJob", job(JobType="TFJob", JobSpecs=[ps, worker(), chief])) == []
    for specs in ([chief, chief], [worker(Type="Chief", PodCount=2)], [chief, worker(IsChief=True, PodCount=1)]):
        assert (await told("CreateJob", job(JobType="TFJob", JobSpecs=specs)))[1:] == ("R23", "JobSpecs")


async def test_all_broken_rules_are_found_at_once_and_the_first_one_refuses() -> None:
    runtime, _, _ = runtime_of()
    broken = job(WorkspaceId=None, DisplayName="two words", Priority=0, JobSpecs=[worker(EcsSpec=None)])
    found = await findings(call_of("CreateJob", broken), runtime)
    assert [error.rule for error in found] == ["R01", "R13", "R14", "R06"]
    assert (await refusal("CreateJob", broken)).rule == "R01"
    assert await findings(call_of("CreateJob", job()), runtime) == []


async def test_operations_without_rules_pass_with_whatever_they_carry() -> None:
    for action in ("GetJob", "StopJob", "ListDatasets"):
        assert await notices(action, {"JobId": "dlc1", "DisplayName": "two words", "Priority": 99}) == []
    special_refusals("dlc_get_job", {"display_name": "two words", "job_type": "x"})


@pytest.mark.parametrize("odd", [[], "text", 5, {"x": [1]}, [None, 3, "x"], "[broken", True])
async def test_arguments_of_a_wrong_type_are_left_to_the_schema(odd: Any) -> None:
    names = ("code_source", "data_sources", "envs", "custom_envs", "job_specs", "constraints", "content")
    for tool in ("dlc_create_job", "dlc_create_tensorboard"):
        special_refusals(tool, {name: odd for name in names if name != "envs" or not isinstance(odd, dict)})
    runtime, _, _ = runtime_of()
    args = {name: odd for name in ("CodeSource", "DataSources", "JobSpecs", "Settings", "UserVpc")}
    for error in await findings(call_of("CreateJob", job(**args)), runtime):
        assert error.code == "invalid_arguments"
