"""R27: features where they exist, AIMaster's arguments, and the sanity check that is advised only where it can work."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.guards.discovery.ledger import Seen, remember
from pai_dlc_mcp.guards.validation import check as validation
from pai_dlc_mcp.guards.validation.features import ARGUMENTS, FEATURES, aimaster_arguments
from support.fake_cloud import REGION, call_of, runtime_of
from support.job_arguments import job, noticed_rules, notices, worker

LINGJUN = worker(EcsSpec="ml.gu7ef.8xlarge-gu100")
GENERAL = worker(EcsSpec="ecs.gn7i-c8g1.2xlarge")
CPU = worker(EcsSpec="ecs.g6.large")
CHECKED = {"EnableSanityCheck": True}
RESTARTS = {"EnableErrorMonitoringInAIMaster": True, "ErrorMonitoringArgs": "--enable-job-restart=True"}


async def said(rule: str = "R27", **changes: Any) -> list[str]:
    return [message for number, message in await notices("CreateJob", job(**changes)) if number == rule]


def in_a_quota(**resources: str) -> dict[str, Any]:
    return worker(EcsSpec=None, ResourceConfig={"CPU": "8", "Memory": "32Gi", **resources})


@pytest.mark.parametrize(
    ("spec", "job_type", "settings", "works"),
    [
        (LINGJUN, "PyTorchJob", CHECKED, True),
        (GENERAL, "PyTorchJob", CHECKED, False),
        (LINGJUN, "MPIJob", CHECKED, False),
        (LINGJUN, "PyTorchJob", {**CHECKED, "EnableRDMA": True}, True),
        (GENERAL, "PyTorchJob", {"EnableRDMA": True}, False),
        (GENERAL, "PyTorchJob", {"EnableRDMA": False, "EnableSanityCheck": False}, True),
        (GENERAL, "PyTorchJob", RESTARTS, True),
        (GENERAL, "MPIJob", RESTARTS, True),
        (GENERAL, "XGBoostJob", RESTARTS, False),
        (GENERAL | {"UseSpotInstance": True}, "PyTorchJob", RESTARTS, False),
        (LINGJUN | {"UseSpotInstance": True}, "PyTorchJob", {**CHECKED, **RESTARTS}, True),
        (GENERAL | {"UseSpotInstance": True}, "PyTorchJob", {}, True),
        (GENERAL | {"UseSpotInstance": True}, "MPIJob", {}, False),
        (GENERAL | {"SpotSpec": {"SpotStrategy": "SpotWithPriceLimit"}}, "XGBoostJob", {}, False),
        (LINGJUN | {"SpotSpec": {"SpotDiscountLimit": 0.8}}, "MPIJob", {}, True),
        (LINGJUN | {"ElasticSpotSpecs": [{"InstanceType": "ml.gu7ef.8xlarge-gu100"}]}, "OneFlowJob", {}, False),
        (GENERAL, "PyTorchJob", {"EnableCPUAffinity": True}, False),
        (GENERAL, "PyTorchJob", {"SanityCheckArgs": "--sanity-check-timing=AfterJobFaultTolerant"}, False),
        (GENERAL, "PyTorchJob", {"ErrorMonitoringArgs": "--enable-job-restart=True"}, False),
    ],
)
async def test_r27_a_feature_that_cannot_work_is_noticed_and_one_that_can_is_not(
    spec: dict[str, Any], job_type: str, settings: dict[str, Any], works: bool
) -> None:
    roles = [spec | {"Type": "Master"}, spec] if job_type == "MPIJob" else [spec]
    found = await said(JobType=job_type, JobSpecs=roles, Settings=settings)
    assert (found == []) is works, found


@pytest.mark.parametrize("feature", FEATURES, ids=lambda one: one.field)
def test_r27_every_row_of_the_table_has_a_source_and_says_what_it_needs(feature: Any) -> None:
    assert feature.source.startswith(("help page", "page of"))
    assert feature.needs
    assert feature.works_on


async def test_r27_in_a_quota_whose_kind_nobody_showed_nothing_is_said() -> None:
    settings = {**CHECKED, "EnableRDMA": True, "EnableCPUAffinity": True}
    assert await said(JobSpecs=[in_a_quota(GPU="8")], ResourceId="q", Settings=settings) == []


@pytest.mark.parametrize(("kind", "rules"), [("Lingjun", []), ("ECS", ["R27", "R27"])])
async def test_r27_a_listing_of_quotas_tells_of_which_kind_one_is(kind: str, rules: list[str]) -> None:
    runtime, _, _ = runtime_of()
    settings = {**CHECKED, "EnableRDMA": True}
    call = call_of("CreateJob", job(JobSpecs=[in_a_quota(GPU="8")], ResourceId="q", Settings=settings))
    await remember(runtime, call.caller, REGION, "quota", [Seen("q", {"ResourceType": kind})])
    await validation.check(call, runtime)
    assert [notice.rule for notice in call.notices] == rules


@pytest.mark.parametrize("gpus", ["0.5", "0", "", "half"])
async def test_r27_the_sanity_check_needs_whole_gpus(gpus: str) -> None:
    (found,) = await said(JobSpecs=[in_a_quota(GPU=gpus)], ResourceId="q", Settings=CHECKED)
    assert "whole GPUs" in found


async def test_r27_a_template_gets_the_same_words() -> None:
    content = {"JobType": "PyTorchJob", "JobSpecs": [GENERAL], "Settings": CHECKED}
    for action, args in (("CreateJobTemplate", {}), ("UpdateJobTemplate", {"SetAsDefault": True})):
        assert await noticed_rules(action, {"Content": content, **args}) == ["R27"]


async def test_r22_a_sanity_check_is_advised_where_it_can_work_and_nowhere_else() -> None:
    assert len(await said("R22", JobSpecs=[LINGJUN])) == 1
    assert await said("R22", JobSpecs=[LINGJUN], Settings=CHECKED) == []
    assert await said("R22", JobSpecs=[GENERAL]) == []
    assert await said("R22", JobSpecs=[CPU]) == []
    assert await said("R22", JobSpecs=[LINGJUN | {"Type": "Master"}, LINGJUN], JobType="MPIJob") == []
    assert await said("R22", JobSpecs=[in_a_quota(GPU="1")], ResourceId="q") == []


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (
            "--enable-job-restart=True --max-num-of-job-restart=30",
            {"enable-job-restart": "True", "max-num-of-job-restart": "30"},
        ),
        (
            "--enable-job-restart True --job-hang-interval 1200",
            {"enable-job-restart": "True", "job-hang-interval": "1200"},
        ),
        (
            "--enable-job-restart --job-execution-mode=async",
            {"enable-job-restart": "True", "job-execution-mode": "Async"},
        ),
        (
            "--enable-job-restart=true \\\n --fault-tolerant-policy='OnFailure'",
            {"enable-job-restart": "True", "fault-tolerant-policy": "OnFailure"},
        ),
        ("", {}),
    ],
)
def test_r27_aimasters_arguments_are_read_in_every_form_with_their_defaults(text: str, given: dict[str, str]) -> None:
    defaults = {
        "job-execution-mode": "Sync", "enable-job-restart": "False", "max-num-of-job-restart": "3",
        "enable-job-hang-detection": "False", "job-hang-interval": "1800", "enable-c4d-hang-detection": "False",
        "enable-job-exit-hang-detection": "False",
    }  # fmt: skip
    assert aimaster_arguments(text) == ({**defaults, **given}, [])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "restarts nothing"),
        ("--enable-job-restart=False", "restarts nothing"),
        ("--enable-job-restarts=True", "did you mean --enable-job-restart?"),
        ("--enable-job-restart=True loose", "loose is no documented argument"),
        ("--enable-job-restart=yes", "is True or False"),
        ("--enable-job-restart=True --job-execution-mode=Parallel", "is Sync or Async"),
        ("--enable-job-restart=True --job-execution-mode=Async --enable-job-hang-detection=True", "Sync only"),
        ("--enable-job-restart=True --job-execution-mode=Async --enable-job-exit-hang-detection", "Sync only"),
        ("--enable-job-restart=True --enable-c4d-hang-detection=True", "needs --enable-job-hang-detection"),
    ],
)
async def test_r27_what_aimasters_arguments_leave_undone_is_said(text: str, word: str) -> None:
    settings = {"EnableErrorMonitoringInAIMaster": True, "ErrorMonitoringArgs": text}
    assert any(word in message for message in await said(JobSpecs=[GENERAL], Settings=settings))


async def test_r27_every_documented_argument_passes_without_a_word() -> None:
    values = {name: one.values[0] if one.values else one.default or "5" for name, one in ARGUMENTS.items()}
    text = " ".join(f"--{name}={value}" for name, value in values.items())
    settings = {"EnableErrorMonitoringInAIMaster": True, "ErrorMonitoringArgs": text}
    assert await said(JobSpecs=[GENERAL], Settings=settings) == []


async def test_r27_a_notice_repeats_no_more_of_an_argument_than_a_line() -> None:
    settings = {"EnableErrorMonitoringInAIMaster": True, "ErrorMonitoringArgs": " ".join(["x" * 4000] * 10)}
    found = await said(JobSpecs=[GENERAL], Settings=settings)
    assert len(found) <= 4
    assert all(len(message) < 200 for message in found)
