"""Rules across the fields of a job, each broken on purpose and each kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from guards.a_job import QUOTA, job, notices, refusal, told, worker
from guards.fakes import REGION, call_of, runtime_of
from pai_dlc_mcp.guards.validation.refusals import special_refusals

from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.validation import check as validation
from pai_dlc_mcp.guards.validation.check import findings
from pai_dlc_mcp.runtime import Reply


async def test_a_job_that_keeps_every_rule_passes_without_a_word() -> None:
    assert await notices("CreateJob", job()) == []
    assert await notices("CreateJob", job(**QUOTA)) == []


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
    assert await told("CreateJob", job(JobSpecs=[worker(), both])) == (
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
        assert (await told("CreateJob", job(JobSpecs=[empty])))[1] == "R06"


@pytest.mark.parametrize("image", [None, "", "  "])
async def test_r02_a_spec_without_an_image_is_refused_with_the_list_of_images(image: str | None) -> None:
    error = await refusal("CreateJob", job(JobSpecs=[worker(Image=image)]))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R02", "JobSpecs[0].Image")
    assert [step.tool for step in error.next] == ["aiworkspace_list_images"]


async def test_r07_an_ecs_spec_goes_without_a_quota_and_a_resource_config_with_one() -> None:
    assert await told("CreateJob", job(ResourceId="quota1")) == ("invalid_arguments", "R07", "JobSpecs[0].EcsSpec")
    without = job(**QUOTA) | {"ResourceId": ""}
    assert await told("CreateJob", without) == ("invalid_arguments", "R07", "JobSpecs[0].ResourceConfig")
    assert (await told("CreateJob", without | {"ResourceId": "  "}))[1] == "R07"
    of_the_role = [worker(EcsSpec=None, ResourceConfig={"CPU": "4"}, QuotaId="quota2")]
    assert await notices("CreateJob", job(JobSpecs=of_the_role)) == []
    assert (await told("CreateJob", job(JobSpecs=[worker(QuotaId="quota2")])))[1] == "R07"


async def test_r08_one_of_uri_and_data_source_id() -> None:
    both = [{"DataSourceId": "d-1"}, {"DataSourceId": "d-1", "Uri": "oss://bucket/"}]
    assert await told("CreateJob", job(DataSources=both)) == ("invalid_arguments", "R08", "DataSources[1].Uri")
    error = await refusal("CreateJob", job(DataSources=[{"MountPath": "/data"}]))
    assert (error.rule, error.field) == ("R08", "DataSources[0].DataSourceId")
    assert [step.tool for step in error.next] == ["aiworkspace_list_datasets"]
    assert (await told("CreateJob", job(DataSources=[{"Uri": " ", "MountPath": "/data"}])))[1] == "R08"
    assert await notices("CreateJob", job(DataSources=[{"Uri": "oss://bucket/"}, {"DataSourceId": "d-1"}])) == []


@pytest.mark.parametrize(
    "address",
    ["https://github.com/a/b.git", "HTTPS://host/a", "git@github.com:a/b.git", "ssh://git@host/a", "github.com/a/b"],
)
async def test_r09_an_address_is_no_code_source_id(address: str) -> None:
    error = await refusal("CreateJob", job(CodeSource={"CodeSourceId": address}))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R09", "CodeSource.CodeSourceId")
    step = error.next[0]
    assert (step.tool, step.arguments["workspace_id"]) == ("aiworkspace_list_code_sources", job()["WorkspaceId"])
    assert "aiworkspace_create_code_source" in error.message


@pytest.mark.parametrize(
    "field",
    ["Uri", "Url", "CodeRepo", "Repo", "Repository", "GitUrl", "CodeUri", "code_repo", "repoUrl", "git", "Address"],
)
def test_r09_a_raw_repository_address_is_refused_with_and_without_an_id(field: str) -> None:
    for source in ({field: "https://host/a"}, {field: "https://host/a", "CodeSourceId": "code-1"}):
        for given in (source, json.dumps(source)):
            with pytest.raises(InvalidArguments) as caught:
                special_refusals("dlc_create_job", {"code_source": given})
            assert (caught.value.rule, caught.value.field) == ("R09", f"CodeSource.{field}")
            assert ("exclude each other" in caught.value.message) == ("CodeSourceId" in source)


@pytest.mark.parametrize("tool", ["dlc_create_job", "dlc_create_job_template"])
def test_r09_an_address_in_place_of_the_code_source_is_refused(tool: str) -> None:
    source = {"code_source": "https://host/a.git"}
    with pytest.raises(InvalidArguments) as caught:
        special_refusals(tool, source if tool == "dlc_create_job" else {"content": source})
    assert caught.value.rule == "R09"
    assert [step.tool for step in caught.value.next] == ["aiworkspace_list_workspaces"]


async def test_r09_a_code_source_id_alone_passes() -> None:
    assert (
        await notices("CreateJob", job(CodeSource={"CodeSourceId": "code-20210111103721-abc", "Branch": "main"})) == []
    )


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
    assert ("Worker-<group>" in error.message) == (kind == "RayJob")
    assert ("needs a Type" in error.message) == (role is None)


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
    args = dict.fromkeys(("CodeSource", "DataSources", "JobSpecs", "Settings", "UserVpc"), odd)
    for error in await findings(call_of("CreateJob", job(**args)), runtime):
        assert error.code == "invalid_arguments"
