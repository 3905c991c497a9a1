"""R27: features where they exist, AIMaster's arguments, and the sanity check that is advised only where it can work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pai_dlc_mcp.errors import InvalidArguments
from pai_dlc_mcp.guards.discovery.ledger import Seen, remember
from pai_dlc_mcp.guards.validation import check as validation
from pai_dlc_mcp.guards.validation.features import (
    ARGUMENTS,
    FEATURES,
    Where,
    aimaster_arguments,
    check_aimaster,
    check_features,
    where_of,
)
from pai_dlc_mcp.guards.validation.rule import Case
from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.memory import MemoryState
from support.fake_cloud import REGION, call_of, runtime_of
from support.job_arguments import job, noticed_rules, notices, worker

LINGJUN = worker(EcsSpec="ml.gu7ef.8xlarge-gu100")
GENERAL = worker(EcsSpec="ecs.gn7i-c8g1.2xlarge")
CPU = worker(EcsSpec="ecs.g6.large")
CHECKED = {"EnableSanityCheck": True}
RESTARTS = {"EnableErrorMonitoringInAIMaster": True, "ErrorMonitoringArgs": "--enable-job-restart=True"}


async def said(rule: str = "R27", **changes: Any) -> list[str]:
    return [message for number, message in await notices("CreateJob", job(**changes)) if number == rule]


def in_a_quota(*, QuotaId: str | None = None, **resources: str) -> dict[str, Any]:  # noqa: N803 - the service's name
    return worker(EcsSpec=None, QuotaId=QuotaId, ResourceConfig={"CPU": "8", "Memory": "32Gi", **resources})


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
        assert await noticed_rules(action, {"Content": content | {"JobSpecs": [LINGJUN], "Settings": {}}, **args}) == []


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


NOTHING = "AIMaster watches the job and restarts nothing without --enable-job-restart=True."
ON = "--enable-job-restart=True "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", [NOTHING]),
        ("--enable-job-restart=False", [NOTHING]),
        (
            "--enable-job-restarts=True",
            ["AIMaster: --enable-job-restarts is no documented argument (did you mean --enable-job-restart?); "
             "sent as given.", NOTHING],
        ),
        (ON + "loose", ["AIMaster: loose is no documented argument; sent as given."]),
        (
            ON + "--job-ha",
            ["AIMaster: --job-ha is no documented argument (did you mean --job-hang-interval?); sent as given."],
        ),
        (ON + "--" + "x" * 61, [f"AIMaster: --{'x' * 58} is no documented argument; sent as given."]),
        ("--enable-job-restart=yes", ["AIMaster: --enable-job-restart is True or False; 'yes' was given.", NOTHING]),
        (
            ON + "--job-execution-mode=" + "x" * 41,
            [f"AIMaster: --job-execution-mode is Sync or Async; {'x' * 40!r} was given."],
        ),
        (
            ON + "--job-execution-mode=Async --enable-job-hang-detection=True",
            ["AIMaster: --enable-job-hang-detection works in --job-execution-mode=Sync only."],
        ),
        (
            ON + "--job-execution-mode=Async --enable-job-exit-hang-detection --enable-c4d-hang-detection=False",
            ["AIMaster: --enable-job-exit-hang-detection works in --job-execution-mode=Sync only."],
        ),
        (ON + "--job-execution-mode=Async", []),
        (
            ON + "--enable-c4d-hang-detection=True",
            ["AIMaster: --enable-c4d-hang-detection needs --enable-job-hang-detection=True."],
        ),
        (
            ON + "--job-exit-hang-interval=5 --enable-log-hang-detection=False --job-restart-timeout=9 "
            "--fault-tolerant-policy=x --enable-local-detection=true --enable-perftracker --max-num-of-same-error=2",
            [],
        ),
    ],
)  # fmt: skip
def test_r27_what_aimasters_arguments_leave_undone_is_said_and_nothing_else(text: str, said: list[str]) -> None:
    assert [(notice.rule, notice.message) for notice in check_aimaster(text)] == [("R27", one) for one in said]


def test_r27_two_dashes_alone_are_no_argument() -> None:
    assert aimaster_arguments("-- --=x")[1] == ["--", "--=x"]


AFFINITY = (
    "CPU affinity (Settings.EnableCPUAffinity) takes no effect here: it needs a quota of general-purpose resources."
)
AIMASTER = (
    "AIMaster (Settings.EnableErrorMonitoringInAIMaster) takes no effect here: it needs a PyTorchJob, MPIJob, TFJob or "
    "ElasticBatchJob, and no preemptible general-purpose resources."
)
SPOT = (
    "Preemptible capacity (JobSpecs[].SpotSpec) takes no effect here: it needs a PyTorchJob, or an MPIJob on Lingjun "
    "resources."
)
WHOLE = "The sanity check needs whole GPUs in every pod; a spec here asks for none or for a part."
ADVISED = "A GPU job without Settings.EnableSanityCheck: a faulty device shows only in training."


@pytest.mark.parametrize(
    ("args", "where", "said"),
    [
        ({"JobType": "XGBoostJob", "Settings": RESTARTS}, Where("ECS", False, False), [AIMASTER]),
        ({"JobType": "TFJob", "Settings": RESTARTS}, Where("ECS", False, False), []),
        ({"JobType": "ElasticBatchJob", "Settings": RESTARTS}, Where(None, False, False), []),
        ({"JobType": "PyTorchJob", "Settings": RESTARTS}, Where("ECS", False, True), [AIMASTER]),
        ({"JobType": "PyTorchJob", "Settings": RESTARTS}, Where("ECS", True, True), []),
        ({"JobType": "XGBoostJob", "JobSpecs": [CPU, {"UseSpotInstance": True}]}, Where("ECS", False, True), [SPOT]),
        ({"JobType": "PyTorchJob", "Settings": {"EnableCPUAffinity": True}}, Where("ECS", False, False), [AFFINITY]),
        ({"JobType": "PyTorchJob", "Settings": {"EnableCPUAffinity": True}}, Where("ECS", True, False), []),
        ({"JobType": "PyTorchJob", "Settings": {"EnableCPUAffinity": True}}, Where("Lingjun", True, False), [AFFINITY]),
        ({"Settings": CHECKED, "JobSpecs": [LINGJUN]}, Where("Lingjun", False, False), []),
        ({"Settings": CHECKED, "JobSpecs": [LINGJUN, {"ResourceConfig": {"GPU": "0.5"}}]},
         Where("Lingjun", False, False), [WHOLE]),
        ({"JobType": "PyTorchJob", "JobSpecs": [{"ResourceConfig": {"GPU": "0.5"}}]},
         Where("Lingjun", True, False), []),
        ({"JobType": "PyTorchJob", "JobSpecs": [{"ResourceConfig": {"GPU": "8"}}]},
         Where("Lingjun", True, False), [ADVISED]),
        ({"JobType": "PyTorchJob"}, Where("Lingjun", True, False), []),
        ({"Settings": {"ErrorMonitoringArgs": "--x"}}, Where(None, False, False),
         ["Settings.ErrorMonitoringArgs takes no effect without Settings.EnableErrorMonitoringInAIMaster: true."]),
        ({"Settings": {"SanityCheckArgs": "--x"}}, Where(None, False, False),
         ["Settings.SanityCheckArgs takes no effect without Settings.EnableSanityCheck: true."]),
    ],
)  # fmt: skip
def test_r27_of_a_job_on_known_resources_this_is_said_and_nothing_else(
    args: dict[str, Any], where: Where, said: list[str]
) -> None:
    assert [notice.message for notice in check_features(Case(args), where)] == said


@pytest.mark.parametrize(
    ("specs", "resource", "shown", "where"),
    [
        ([GENERAL], None, {}, Where("ECS", False, False)),
        ([LINGJUN], None, {}, Where("Lingjun", False, False)),
        ([LINGJUN, GENERAL], None, {}, Where(None, False, False)),
        ([{}], "q", {}, Where(None, True, False)),
        ([{}], "q", {"quota": {"q": {"ResourceType": "ECS"}}}, Where("ECS", True, False)),
        ([{}], "q", {"quota": {"q": {}}, "ecs_spec": {"q": {"ResourceType": "ECS"}}}, Where(None, True, False)),
        ([{"QuotaId": "q"}, {}], None, {"quota": {"q": {"ResourceType": "ECS"}}}, Where("ECS", True, False)),
        (
            [{"EcsSpec": "own"}],
            None,
            {"ecs_spec": {"own": {"ResourceType": "Lingjun"}}},
            Where("Lingjun", False, False),
        ),
        ([{}, {"UseSpotInstance": True}], None, {}, Where(None, False, True)),
    ],
)
async def test_r27_what_a_job_runs_on_is_known_from_its_arguments_and_from_listings(
    specs: list[Any], resource: str | None, shown: dict[str, dict[str, Any]], where: Where
) -> None:
    runtime, _, _ = runtime_of()
    args = {"JobSpecs": specs, "ResourceId": resource}
    call = call_of("CreateJob", args)
    for kind, entries in shown.items():
        await remember(runtime, call.caller, REGION, kind, [Seen(name, about) for name, about in entries.items()])
    assert await where_of(call, runtime, Case(args)) == where


class Unread(MemoryState):
    """A store whose entries cannot be read."""

    reads = 0

    async def get(self, key: str) -> str | None:
        self.reads += 1
        raise StateUnavailable("gone")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (job(), None),
        (job(ResourceId="q", JobSpecs=[in_a_quota(GPU="8")], Settings={"EnableCPUAffinity": True}), []),
        (job(Settings=CHECKED, JobSpecs=[GENERAL]), ["R27"]),
        (job(JobSpecs=[LINGJUN]), ["R22"]),
        (
            job(JobType="XGBoostJob", JobSpecs=[GENERAL, GENERAL | {"ElasticSpotSpecs": [{"InstanceType": "x"}]}]),
            ["R27"],
        ),
        (job(JobSpecs=[in_a_quota(GPU="8", QuotaId="q")]), []),
        (job(ResourceId="q", JobSpecs=[in_a_quota(GPU="8")]), []),
    ],
)
async def test_r27_a_ledger_that_fails_is_no_reason_to_fail_and_a_plain_job_does_not_ask_it(
    args: dict[str, Any], said: list[str] | None
) -> None:
    runtime, _, _ = runtime_of()
    state = Unread()
    call = call_of("CreateJob", args)
    await validation.check(call, replace(runtime, state=state))
    assert [notice.rule for notice in call.notices] == (said or [])
    assert (state.reads > 0) is (said is not None)


@pytest.mark.parametrize("fault", [{"WorkspaceId": None}, {"DisplayName": "two words"}])
async def test_r27_a_job_that_is_refused_brings_no_notice_of_its_features(fault: dict[str, Any]) -> None:
    runtime, _, _ = runtime_of()
    call = call_of("CreateJob", job(JobSpecs=[GENERAL], Settings=CHECKED, **fault))
    with pytest.raises(InvalidArguments):
        await validation.check(call, runtime)
    assert call.notices == []


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
