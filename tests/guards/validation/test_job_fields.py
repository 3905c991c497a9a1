"""Rules of single fields of a job: its type, name, priority, variables and accessibility."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.composites.respec import respec
from pai_dlc_mcp.guards.validation import check, job_fields
from pai_dlc_mcp.guards.validation.check import run_rules
from pai_dlc_mcp.guards.validation.job_fields import legal_job_type
from pai_dlc_mcp.guards.validation.rule import Case
from pai_dlc_mcp.guards.validation.templates import content_of
from support.job_arguments import (
    client_refusal,
    client_refusal_or_none,
    job,
    noticed_rules,
    refusal,
    refusal_of,
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
async def test_r10_other_spellings_are_refused_with_the_nearest_legal_type(said: str, meant: str) -> None:
    error = await client_refusal("CreateJob", job(JobType=said))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R10", "job_type")
    assert f"did you mean {meant}?" in error.message


async def test_r10_a_type_that_resembles_none_is_refused_with_the_list() -> None:
    error = await refusal("CreateJob", job(JobType="qqq"))
    assert error.rule == "R10"
    assert "TFJob, PyTorchJob, MPIJob, XGBoostJob, OneFlowJob, ElasticBatchJob, SlurmJob, RayJob, DataJuicerJob" in (
        error.message
    )


async def test_r10_the_type_that_only_the_command_line_knows_passes_with_a_notice() -> None:
    assert await noticed_rules("CreateJob", job(JobType="FlinkBatchJob")) == ["R10"]
    assert await client_refusal_or_none("CreateJob", job(JobType="FlinkBatchJob")) is None
    assert "did you mean FlinkBatchJob?" in (await refusal("CreateJob", job(JobType="flink"))).message


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


@pytest.mark.parametrize("name", ["a" * 257, "two words", "näme", "a/b", "line\n", "名字"])
async def test_r13_a_name_of_other_characters_or_too_long_is_refused(name: str) -> None:
    assert await refusal_of("CreateJob", job(DisplayName=name)) == ("invalid_arguments", "R13", "display_name")
    assert (await client_refusal("CreateJob", job(DisplayName=name))).rule == "R13"


async def test_r13_every_allowed_character_passes_and_a_mended_name_is_offered() -> None:
    assert await noticed_rules("CreateJob", job(DisplayName="Az09_.-" + "x" * 249)) == []
    error = await refusal("CreateJob", job(DisplayName="my nice/job!"))
    assert "for example my-nice-job" in error.message
    assert "12 characters" in error.message


@pytest.mark.parametrize("priority", [0, 10, -1, 2.5, True, "high", "10", "", "99999999999999999999"])
async def test_r14_a_priority_outside_one_to_nine_is_refused(priority: Any) -> None:
    error = await client_refusal("CreateJob", job(Priority=priority))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R14", "priority")
    assert await refusal_of("UpdateJob", {"JobId": "dlc1", "Priority": priority}) == (
        "invalid_arguments",
        "R14",
        "priority",
    )


@pytest.mark.parametrize("priority", [1, 9, "5", 3.0])
async def test_r14_whole_numbers_from_one_to_nine_pass(priority: Any) -> None:
    assert await client_refusal_or_none("CreateJob", job(Priority=priority)) is None
    assert await noticed_rules("CreateJob", job(Priority=priority)) == []


async def test_r14_what_a_record_calls_not_set_is_not_taken_over() -> None:
    record = job(Priority=0, ResourceId="", JobMaxRunningTimeMinutes=0)
    again = respec(operation("CreateJob"), record).args
    assert again.keys().isdisjoint({"Priority", "ResourceId", "JobMaxRunningTimeMinutes"})
    assert await client_refusal_or_none("CreateJob", again) is None
    content = content_of({"Versions": [{"Version": 1, "Content": record}]})
    assert content is not None
    assert content.keys().isdisjoint({"Priority", "ResourceId", "JobMaxRunningTimeMinutes"})
    kept = {"Priority": 5, "ResourceId": "quota1", "JobMaxRunningTimeMinutes": 30}
    assert kept.items() <= respec(operation("CreateJob"), job(**kept)).args.items()
    assert await client_refusal("CreateJob", job(Priority=0)) is not None


async def test_r67_what_stands_in_the_place_of_a_secret_is_no_value_of_a_variable() -> None:
    error = await refusal("CreateJob", job(Envs={"BATCH": "64", "WANDB_API_KEY": "***"}))
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R67", "Envs.WANDB_API_KEY")
    custom = [{"Key": "A", "Value": "**"}, {"Key": "B", "Value": "***"}]
    assert (await refusal("CreateJob", job(CustomEnvs=custom))).field == "CustomEnvs[1].Key"
    assert await client_refusal_or_none("CreateJob", job(Envs={"STARS": "****"}, CustomEnvs=custom[:1])) is None


@pytest.mark.parametrize("name", ["1A", "A-B", "A B", "", "Ä", "A=B", "A\n"])
async def test_r16_names_of_variables_are_posix_names(name: str) -> None:
    error = await refusal("CreateJob", job(Envs={"GOOD_1": "x", name: "y"}))
    assert (error.rule, error.field) == ("R16", f"Envs.{name}")
    if name:
        custom = [{"Key": "_ok", "Value": "1"}, {"Key": name, "Value": "2"}]
        assert await refusal_of("CreateJob", job(CustomEnvs=custom)) == (
            "invalid_arguments",
            "R16",
            "CustomEnvs[1].Key",
        )


@pytest.mark.parametrize(
    ("bad", "named"),
    [("\r\n", "a carriage return"), ("\x00", "U+0000"), ("\x1b[0m", "U+001B"), ("\x7f", "U+007F"), ("\x0c", "U+000C")],
)
@pytest.mark.parametrize("action", ["CreateJob", "UpdateJob"])
async def test_r28_a_command_with_control_characters_is_refused(bad: str, named: str, action: str) -> None:
    command = f"cd /mnt\npython train.py{bad}"
    given = job(UserCommand=command) if action == "CreateJob" else {"JobId": "dlc1", "UserCommand": command}
    error = await refusal(action, given)
    assert (error.code, error.rule, error.field) == ("invalid_arguments", "R28", "user_command")
    assert f"{named} in line 2" in error.message
    if action == "CreateJob":
        of_a_role = job(JobSpecs=[*job()["JobSpecs"], job()["JobSpecs"][0] | {"UserCommand": command}])
        found = [await refusal("CreateJob", of_a_role)]
        rules = {(one.rule, one.field) for first in found for one in (first.several or [first])}
        assert ("R28", "JobSpecs[1].UserCommand") in rules


@pytest.mark.parametrize("command", ["python train.py", "a\nb\tc\n", "echo 训练 é \u2028"])
async def test_r28_tabs_line_ends_and_any_script_pass(command: str) -> None:
    assert "R28" not in await noticed_rules("CreateJob", job(UserCommand=command))


async def test_r20_accessibility_is_public_or_private() -> None:
    for value in ("PUBLIC", "PRIVATE"):
        assert await noticed_rules("CreateJob", job(Accessibility=value)) == []
    for value in ("public", "WORKSPACE", ""):
        assert await refusal_of("CreateJob", job(Accessibility=value)) == ("invalid_arguments", "R20", "accessibility")
    error = await client_refusal("CreateJob", job(Accessibility="public"))
    assert (error.rule, "did you mean PUBLIC?" in error.message) == ("R20", True)


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


MOST = {
    "JobType": (
        f"JobType {'x' * 60!r} does not exist, and case matters; it is one of TFJob, PyTorchJob, MPIJob, XGBoostJob, "
        "OneFlowJob, ElasticBatchJob, SlurmJob, RayJob, DataJuicerJob; single containers: PyTorchJob",
        {"JobType": "x" * 61},
    ),
    "DisplayName": (
        "DisplayName takes 1 to 256 letters, digits, '_', '.' and '-' (84 characters given); "
        f"for example {'ab-' * 26}ab.",
        {"DisplayName": "ab " * 28},
    ),
    "Priority": (
        f"Priority is a whole number from 1 (low) to 9 (high); {'x' * 40!r} was given, and left out it is 1.",
        {"Priority": "x" * 41},
    ),
    f"Envs.{'-' * 60}": (
        f"{'-' * 60!r} is no name of an environment variable: letters, digits and '_', no digit first.",
        {"Envs": {"-" * 61: "1"}},
    ),
    f"Envs.{'A' * 60}": (
        f"*** stands in answers in the place of a secret and is no value; leave {'A' * 60} out, and tell the user to "
        "set it.",
        {"Envs": {"A" * 61: "***"}},
    ),
    "UserCommand": (
        "UserCommand holds the control character U+0000 in line 2; the shell would fail on it. Take it out.",
        {"UserCommand": "\n\x00"},
    ),
}


@pytest.mark.parametrize("field", MOST)
def test_of_what_was_given_a_refusal_repeats_so_many_characters_and_no_more(field: str) -> None:
    said, args = MOST[field]
    rules = (job_fields.r10, job_fields.r13, job_fields.r14, job_fields.r16, job_fields.r28)
    (refused,), _ = run_rules(rules, Case(args, prefix="Content."))
    assert (refused.field, refused.message) == (f"Content.{field}", said)


@pytest.mark.parametrize(
    ("value", "said"),
    [("0" * 11 + "1", None), ("0" * 12 + "1", "0" * 12 + "1"), ("0" * 21, "0" * 20), (1_001, "1001"), (None, None),
     ("many", None), (1_000, None), (0, "0")],
)  # fmt: skip
def test_r60_a_number_is_read_up_to_twelve_digits_and_shown_up_to_twenty(value: Any, said: str | None) -> None:
    found, _ = run_rules([check.r60], Case({"PageSize": value}))
    words = [f"page_size is a number from 1 to 1,000; {said} was given."] if said else []
    assert [one.message for one in found] == words


SPOT = "JobSpecs[{}].ElasticSpotSpecs[{}].SpotStrategy {!r} is none of {}"


def test_r29_five_values_that_no_document_lists_are_named_and_no_text_is_none() -> None:
    tool = operation("CreateJob")
    (known,) = [leaf.known for leaf in tool.leaves if leaf.path.endswith("SpotStrategy") and leaf.known]
    odd = [f"odd{number}" for number in range(6)]
    spots = [{"SpotStrategy": value} for value in ("", 5, known[0], *odd)]
    notice = check.every_call(Case({"JobSpecs": [{"ElasticSpotSpecs": spots}]}, operation=tool))
    assert notice is not None
    legal = ", ".join(known)
    said = "; ".join(SPOT.format(0, number + 3, f"odd{number}", legal) for number in range(5))
    assert notice.message == f"Not among the documented values, which may be behind the service: {said}."
    near = [{"SpotStrategy": known[0][:-1]}]
    notice = check.every_call(Case({"JobSpecs": [{"ElasticSpotSpecs": near}]}, operation=tool))
    assert notice is not None
    assert f"did you mean {known[0]}?" in notice.message
    (models,) = [leaf.known for leaf in operation("ListConnections").leaves if leaf.path == "ModelTypes[]"]
    several = Case({"ModelTypes": [models[0], "qqqqq"]}, operation=operation("ListConnections"))
    notice = check.every_call(several)
    assert notice is not None
    assert f"'qqqqq' is none of {', '.join(models)}." in notice.message


async def test_r29_of_a_create_the_odd_value_is_named_too() -> None:
    spots = [{"SpotStrategy": "odd0"}]
    specs = [job()["JobSpecs"][0] | {"ElasticSpotSpecs": spots}]
    assert "R29" in await noticed_rules("CreateJob", job(JobSpecs=specs))
