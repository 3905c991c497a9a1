"""Words that people use in place of the API's own, one by one."""

from __future__ import annotations

import pytest
from guards.a_job import job, refusal
from pai_dlc_mcp.guards.validation.refusals import special_refusals

from pai_dlc_mcp.errors import InvalidArguments, PaiError
from pai_dlc_mcp.guards.validation.job_fields import legal_job_type

CALLED = {
    "TFJob": ("tf", "tensorflow", "keras", "TF-Job", "tf_job", "Tensor Flow", "tensor-flow", "tensor.flow_job"),
    "PyTorchJob": ("pytorch", "torch", "torchrun", "ddp", "custom", "container", "single", "python", "Py Torch.job"),
    "MPIJob": ("mpi", "horovod"),
    "XGBoostJob": ("xgboost", "XGBoost"),
    "OneFlowJob": ("oneflow", "one_flow"),
    "ElasticBatchJob": ("elasticbatch", "batch", "elastic-batch"),
    "SlurmJob": ("slurm",),
    "RayJob": ("ray", "RAY"),
    "DataJuicerJob": ("datajuicer", "data juicer"),
}
WORDS = [(word, legal) for legal, words in CALLED.items() for word in words]


@pytest.mark.parametrize(("word", "legal"), WORDS)
async def test_r10_what_people_call_a_framework_is_refused_with_its_job_type(word: str, legal: str) -> None:
    assert legal_job_type(word) == legal
    error = await refusal("CreateJob", job(JobType=word))
    assert error.rule == "R10"
    assert legal in error.message


REPOSITORY = (
    "uri", "url", "repo", "repository", "git", "giturl", "gitrepo", "coderepo", "coderepourl", "codeuri", "codeurl",
    "repourl", "Code_Repo", "GitURL",
)  # fmt: skip


def code(**source: str) -> PaiError | None:
    try:
        special_refusals("dlc_create_job", {"code_source": source})
    except InvalidArguments as error:
        return error
    return None


@pytest.mark.parametrize("field", REPOSITORY)
def test_r09_a_raw_repository_is_refused_under_any_name(field: str) -> None:
    error = code(**{field: "mine"})
    assert error is not None
    assert error.rule == "R09"


@pytest.mark.parametrize("field", ["Branch", "Commit", "IsSharedMountPath", "MountPath"])
def test_r09_the_fields_of_a_code_source_are_taken_whatever_they_hold(field: str) -> None:
    assert code(**{field: "https://code.example.com/a.git"}) is None


@pytest.mark.parametrize("field", ["Anything", "address"])
def test_r09_an_address_under_another_name_is_a_repository_too(field: str) -> None:
    assert code(**{field: "git@code.example.com:a.git"}) is not None
    assert code(**{field: "plain"}) is None


def test_what_a_prompt_or_another_tool_holds_is_not_judged_as_a_job() -> None:
    special_refusals("aiworkspace_create_prompt", {"content": {"job_type": "pytorch", "display_name": "a b"}})
    special_refusals("dlc_stop_job", {"job_id": "dlc1", "priority": 99})
