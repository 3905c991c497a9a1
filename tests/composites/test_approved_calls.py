"""Composites called through the protocol in worlds whose time is made: each whole answer is an approved one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pai_dlc_emulator.dlc.behaviour import load
from pai_dlc_emulator.dlc.seeds import failures
from pai_dlc_mcp.operation import READ
from pai_dlc_mcp.toolsets import enabled

from . import approved
from .conftest import pod_of_rank
from .emulated_time import Notebook, written

ALL_TOOLS = enabled(["all"])
MOST_BYTES = 12_000
"""3,000 tokens of four bytes."""
TOKEN = "hf_abcdefghijklmnopqrstuvwx"  # the shape of a token, of no account
UNSEEN = "registry.cn-hangzhou.aliyuncs.com/else/where:1"


async def diagnose_all(book: Notebook) -> None:
    """Each scripted failure: as its script tells the truth, short, and with next steps that can be called."""
    for name in failures():
        text = await book.call("dlc_diagnose_job", job_id=book.jobs[name])
        truth, data = load(name).truth, book.answer["data"]
        assert (data["Status"], data["category"]) == (truth["status"], truth["category"]), name
        assert truth["pod"] is None or data["pod"] == pod_of_rank(book.jobs[name], truth["pod"]), name
        assert truth["evidence"] in " ".join(data["untrusted_evidence"]), name
        assert data["confidence"] in ("high", "medium"), name
        assert max(len(text.encode()), len(json.dumps(book.answer, ensure_ascii=False).encode())) < MOST_BYTES, name
        await _call_next(book, data["next"])
    for name in ("resnet50-baseline", "pretrain-c"):
        await book.call("dlc_diagnose_job", job_id=book.jobs[name], view="report")
    await book.call("dlc_diagnose_job", job_id="dlc0nosuchjob000")


async def _call_next(book: Notebook, steps: list[dict[str, Any]]) -> None:
    """Every next step is a tool's call as it stands; those that only read are made."""
    assert steps
    for step in steps:
        tool = ALL_TOOLS[step["tool"]]
        assert {"region"} | set(tool.inputs.model_fields) >= set(step["arguments"]), step
        required = {name for name, info in tool.inputs.model_fields.items() if info.is_required()}
        if tool.effect is READ and step["tool"] != "dlc_wait_for_job" and required <= set(step["arguments"]):
            assert (await book.quiet(step["tool"], **step["arguments"]))["ok"], step


async def survey(book: Notebook) -> None:
    wanted: list[dict[str, Any]] = [
        {},
        {"status": "active", "max_jobs": 20},
        {"status": "failed", "max_jobs": 20},
        {"status": "finished", "order_by": "created", "max_jobs": 3},
        {"status": "finished", "max_jobs": 3},
        {"display_name": "resnet", "since": "-40h"},
        {"status": "finished", "since": "-90m", "only_mine": True},
        {"resource_id": (await quotas_of(book))["vision-night"], "order_by": "ended"},
        {"workspace_id": "1"},
    ]
    for arguments in wanted:
        await book.call("dlc_survey_jobs", **arguments)


async def survey_own_workspaces(book: Notebook) -> None:
    await book.call("dlc_survey_jobs", status="finished", max_jobs=2)
    await book.call("dlc_survey_jobs", display_name="pretrain")
    await book.call("dlc_survey_jobs", workspace_id="1")


async def compare(book: Notebook) -> None:
    jobs = book.jobs
    for names in (
        ("disk-full", "nccl-timeout"),
        ("straggler", "hang", "queue-full", "restart-loop", "stopped-by-person"),
        ("resnet50-baseline", "resnet50-bigger-batch"),
        ("hang", "hang"),
    ):
        await book.call("dlc_compare_jobs", job_ids=[jobs[name] for name in names])
    await book.call("dlc_compare_jobs", job_ids=[jobs["hang"], "dlc0nosuchjob000"])
    one, other = [
        await make(book, name, envs={"DEPTH": f"quite-{name}", "NCCL_DEBUG": "INFO"}, user_command=f"python {name}.py")
        for name in ("first", "second")
    ]
    await book.call("dlc_compare_jobs", job_ids=[one, other])


async def search(book: Notebook) -> None:
    job = book.jobs["nccl-timeout"]
    pod = (await book.quiet("dlc_get_job", job_id=job, view="full"))["data"]["Pods"][2]["PodId"]
    wanted: list[dict[str, Any]] = [
        {"text": "error"},
        {"text": "ERROR", "case_sensitive": True},
        {"text": "o", "context": 0, "max_chars": 2500},
        {"text": "o", "context": 0, "max_chars": 2500, "skip": 6, "from_end": True},
        {"text": "step", "count_only": True},
        {"text": "step", "fold": False, "context": 2, "max_chars": 3000, "pod_id": pod},
        {"text": "decode", "context": 10},
        {"text": "corrupt", "start_time": "2027-01-15T10:00:00Z", "end_time": "2027-01-15T10:10:00Z"},
        {"text": "x", "pod_id": "dlc1-worker-0"},
        {"text": "x", "skip_pods": 8},
        {"text": "error", "skip_pods": 6},
    ]
    for arguments in wanted:
        await book.call("dlc_search_logs", job_id=job, **arguments)


async def search_large(book: Notebook) -> None:
    await book.call("dlc_search_logs", job_id=book.jobs["many-ranks"], text="out of memory")
    await book.call("dlc_diagnose_job", job_id=book.jobs["many-ranks"])
    assert book.answer["data"]["pod"] == pod_of_rank(book.jobs["many-ranks"], load("many-ranks").truth["pod"])
    specs = [(await job_of(book))["job_specs"][0] | {"PodCount": 1000}]
    job = await make(book, "many-pods", job_specs=specs)
    await book.advance(120)
    await book.call("dlc_diagnose_job", job_id=job)
    assert book.answer["data"]["logs_read"].endswith("of 1000 pods")


async def wait(book: Notebook) -> None:
    for name, arguments in (
        ("bad-command", {}),
        ("hang", {"until": "running"}),
        ("queue-full", {"until": "running", "max_seconds": 2}),
        ("hang", {"until": "change"}),
        ("crash-loop", {"max_seconds": 0}),
    ):
        await book.call("dlc_wait_for_job", job_id=book.jobs[name], **arguments)
    job = await make(book, "new")
    for until in ("change", "running", "end"):
        await book.call("dlc_wait_for_job", job_id=job, until=until, max_seconds=22)
    await book.advance(3600)
    await book.call("dlc_wait_for_job", job_id=job)
    book.title("the service does not answer, then answers late")
    book.wire.broken["GetJob"] = 503
    await book.call("dlc_wait_for_job", job_id=book.jobs["hang"])
    book.wire.broken.clear()
    book.wire.late["GetJob"] = 7
    await book.call("dlc_wait_for_job", job_id=book.jobs["hang"], max_seconds=15)
    book.wire.late["GetJob"] = 26
    await book.call("dlc_wait_for_job", job_id=book.jobs["hang"])


async def quotas(book: Notebook) -> None:
    known = await quotas_of(book)
    await book.call("dlc_quota_status")
    for home in (await workspaces_of(book))[:2]:
        await book.call("dlc_quota_status", workspace_id=home)
    for name in ("vision-night", "llm-lingjun", "root-ecs"):
        await book.call("dlc_quota_status", quota_id=known[name])
    await book.call("dlc_quota_status", quota_id="quota00000000000")
    for broken in (
        "paistudio:ListQuotas",
        "paistudio:GetQuota",
        "paistudio:ListQuotaWorkloads",
        "ListJobs",
        "ListResources",
    ):
        book.title(f"without {broken}")
        book.wire.broken = {broken: 403}
        await book.call("dlc_quota_status", quota_id=known["vision-night"])


async def quotas_own_workspaces(book: Notebook) -> None:
    known = await quotas_of(book)
    await book.call("dlc_quota_status")
    for name in ("vision-night", "llm-lingjun"):
        await book.call("dlc_quota_status", quota_id=known[name])


async def validate(book: Notebook) -> None:
    job, known = await job_of(book), await quotas_of(book)
    spec = job["job_specs"][0]
    pair = {name: value for name, value in spec.items() if name != "EcsSpec"} | {"PodCount": 2}
    await book.call("dlc_validate_job")
    for more in (
        {"job_max_running_time_minutes": 90},
        {"user_comand": "x", "display_name": "bad name!"},
        {"priority": 12, "job_type": "pytorch", "envs": {"1A": "x"}},
        {"job_specs": [spec | {"Image": UNSEEN, "PodCount": 4}]},
        {"job_specs": [spec | {"EcsSpec": "ecs.gn7i-c8g1.2xlarge"}], "job_max_running_time_minutes": 90},
        {"resource_id": known["vision-a10"], "job_specs": [pair | {"ResourceConfig": {"GPU": "4", "CPU": "8"}}]},
        {"resource_id": known["vision-night"], "job_specs": [pair | {"ResourceConfig": {"GPU": "1", "CPU": "8"}}]},
        {"resource_id": known["vision-night"], "job_specs": [pair | {"ResourceConfig": {"GPU": "2", "CPU": "8"}}]},
    ):
        await book.call("dlc_validate_job", **(job | more))


async def limited(book: Notebook) -> None:
    job = await job_of(book)
    for name in ("one", "two", "three"):
        await book.call("pai_status")
        await book.call("dlc_validate_job", **(job | {"display_name": name, "job_max_running_time_minutes": 30}))
        await book.quiet("dlc_create_job", **(job | {"display_name": name, "job_max_running_time_minutes": 30}))
    book.wire.broken["ListJobs"] = 403
    await book.call("pai_status")
    book.wire.broken.clear()
    book.wire.late["ListJobs"] = 60
    await book.call("pai_status")


async def clone(book: Notebook) -> None:
    jobs = book.jobs
    envs = {"HF_TOKEN": TOKEN, "DEPTH": "3"}
    own = await make(book, "base", envs=envs, job_max_running_time_minutes=30)
    content = {"JobType": "PyTorchJob", "UserCommand": "python a.py", "JobSpecs": (await job_of(book))["job_specs"]}
    home = (await workspaces_of(book))[0]
    template = await book.quiet("dlc_create_job_template", template_name="locked", workspace_id=home, content=content,
                                constraints={"UserCommand": "locked"})  # fmt: skip
    of_template = {"template_id": template["data"]["TemplateId"]}
    await book.quiet("dlc_get_job_template", **of_template)
    wanted: list[dict[str, Any]] = [
        {"job_id": jobs["disk-full"]},
        {"job_id": jobs["disk-full"], "changes": {"user_command": "python other.py"}, "image": UNSEEN},
        {"job_id": jobs["disk-full"], "ecs_spec": "ecs.c7.large", "display_name": "small", "submit": True},
        {"job_id": jobs["queue-full"], "changes": {"JobSpecs[0].ResourceConfig.GPU": "1", "priority": 3}},
        {"job_id": jobs["disk-full"], "changes": {"user_comand": "x"}},
        {"job_id": jobs["disk-full"], "changes": {"JobSpecs[4].Image": "x"}},
        {"job_id": jobs["disk-full"], **of_template},
        {},
        {"job_id": own},
        {"job_id": own, "submit": True},
        {"job_id": own, "submit": True, "leave_out_secrets": True},
        {"job_id": own, "submit": True, "leave_out_secrets": True},
        {"job_id": own, "changes": {"envs": {"HF_TOKEN": "new"}, "job_max_running_time_minutes": None}},
        {"job_id": own, "changes": {"Envs.HF_TOKEN": "new", "Envs.DEPTH": None, "user_command": "a" * 300}},
        of_template,
        of_template | {"display_name": "from-template", "changes": {"priority": 2}, "submit": True},
        of_template | {"changes": {"user_command": "python b.py"}},
    ]
    for arguments in wanted:
        await book.call("dlc_clone_job", **arguments)
    book.title("without the limit")
    book.wire.broken["ListJobs"] = 403
    await book.call("dlc_clone_job", job_id=own)


async def template(book: Notebook) -> None:
    own = await make(
        book, "base", envs={"HF_TOKEN": TOKEN, "DEPTH": "3"}, user_command="python train.py " + "--x 1 " * 60
    )
    wanted: list[dict[str, Any]] = [
        {"job_id": own},
        {"job_id": book.jobs["mount-failure"], "description": "of a mount", "constraints": {"UserCommand": "fixed"}},
        {"job_id": own, "template_name": "bad name!"},
        {"job_id": own, "template_name": "mnist", "constraints": {"UserCommand": "locked"}, "submit": True},
        {"job_id": own, "template_name": "mnist", "submit": True},
    ]
    for arguments in wanted:
        await book.call("dlc_template_from_job", **arguments)


READS = (
    "GetJobEvents", "GetPodLogs", "GetPodEvents", "GetJobMetrics", "GetMetrics", "ListJobs", "ListEcsSpecs", "GetJob",
    "ListJobSanityCheckResults", "paistudio:GetQuota", "paistudio:GetQuotaWorkloadDiagnosis",
)  # fmt: skip


async def without_a_source(book: Notebook) -> None:
    """Each source fails, and each never answers: how the diagnosis differs then."""
    for name in ("nccl-timeout", "straggler", "queue-full", "sanity-outlier"):
        job = {"job_id": book.jobs[name]}
        before = len(book.wire.service.journal.entries())
        book.wire.broken, book.wire.late = {}, {}
        usual = await book.call("dlc_diagnose_job", **job)
        asked = {str(one["operation"]) for one in book.wire.service.journal.entries()[before:]}
        for operation in (one for one in READS if one in asked):
            book.title(f"{name}: {operation} fails")
            book.wire.broken, book.wire.late = {operation: 403}, {}
            await book.differs(usual, "dlc_diagnose_job", **job)
            book.title(f"{name}: {operation} is late")
            book.wire.broken, book.wire.late = {}, {operation: 60}
            await book.differs(usual, "dlc_diagnose_job", **job)


async def late(book: Notebook) -> None:
    """What a survey, a comparison and a search say of a service that takes its time, or refuses."""
    job, other = book.jobs["nccl-timeout"], book.jobs["disk-full"]
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("dlc_survey_jobs", {"status": "failed", "max_jobs": 3}),
        ("dlc_compare_jobs", {"job_ids": [job, other]}),
        ("dlc_search_logs", {"job_id": job, "text": "corrupt"}),
    )
    for tool, arguments in calls:
        usual = await book.call(tool, **arguments)
        for operation in ("GetPodLogs", "ListJobs", "GetJob"):
            for seconds in (6, 60):
                book.title(f"{operation} takes {seconds} s")
                book.wire.late = {operation: seconds}
                await book.differs(usual, tool, **arguments)
            book.title(f"{operation} fails")
            book.wire.late, book.wire.broken = {}, {operation: 403}
            await book.differs(usual, tool, **arguments)
            book.wire.broken = {}


async def quotas_of(book: Notebook) -> dict[str, str]:
    return {str(one["QuotaName"]): str(one["QuotaId"]) for one in book.wire.service.world.catalogue.quotas.values()}


async def workspaces_of(book: Notebook) -> list[str]:
    return [str(one) for one in book.wire.service.world.catalogue.workspaces]


async def job_of(book: Notebook) -> dict[str, Any]:
    """Arguments of a create that the guards let pass."""
    images = await book.quiet("aiworkspace_list_images", view="full")
    specs = await book.quiet("dlc_list_ecs_specs", accelerator_type="CPU")
    spec = next(one["InstanceType"] for one in specs["data"]["EcsSpecs"] if one.get("IsAvailable"))
    image = images["data"]["Images"][0]["ImageUri"]
    return {
        "display_name": "tests-job",
        "job_type": "PyTorchJob",
        "workspace_id": (await workspaces_of(book))[0],
        "job_specs": [{"Type": "Worker", "PodCount": 1, "Image": image, "EcsSpec": spec}],
        "user_command": "python train.py",
    }


async def make(book: Notebook, name: str, **more: Any) -> str:
    made = await book.quiet("dlc_create_job", **(await job_of(book) | {"display_name": name} | more))
    return str(made["data"]["JobId"])


LIMITS: dict[str, Any] = {
    "max_creates_per_hour": 2, "max_running_jobs": 50, "max_running_gpus": 400, "max_gpus_per_job": 8,
    "require_max_running_time": True, "owners": ("alice",), "requests_per_second": 50, "confirm_by": "token",
}  # fmt: skip
CALLS: tuple[tuple[str, str, Callable[[Notebook], Awaitable[None]], dict[str, Any]], ...] = (
    ("diagnoses", "failures", diagnose_all, {}),
    ("surveys", "failures", survey, {}),
    ("surveys-own-workspaces", "failures", survey_own_workspaces, {"workspaces": ("vision_training",)}),
    ("comparisons", "failures", compare, {}),
    ("searches", "failures", search, {}),
    ("large-jobs", "huge", search_large, {}),
    ("waits", "failures", wait, {}),
    ("quotas", "failures", quotas, {}),
    ("quotas-own-workspaces", "failures", quotas_own_workspaces, {"workspaces": ("vision_training",)}),
    ("quotas-without-studio", "failures", quotas_own_workspaces, {"studio_endpoint": None}),
    ("validations", "default", validate, {}),
    ("limits", "default", limited, LIMITS),
    ("clones", "failures", clone, {}),
    ("templates", "failures", template, {}),
    ("sources", "failures", without_a_source, {}),
    ("late", "failures", late, {}),
)


@pytest.mark.parametrize(("name", "seed", "calls", "settings"), CALLS, ids=[name for name, *_ in CALLS])
def test_the_approved_answers_of(
    name: str, seed: str, calls: Callable[[Notebook], Awaitable[None]], settings: dict[str, Any]
) -> None:
    approved.check(f"calls/{name}.md", written(seed, calls, **settings))
