"""What the guards say of a call, whole, as it was read and approved (tests/snapshots/refusals.txt; ``make approve``):
the refusal with its rule, field, preview and next steps, the notices, and what was read for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composites.approved import check
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import PaiError, PermissionDenied, Unavailable
from pai_dlc_mcp.guards import pipeline
from pai_dlc_mcp.guards.discovery.ledger import Seen, remember
from pai_dlc_mcp.runtime import Person, Reaction
from pai_dlc_mcp.timestamps import iso
from support.fake_cloud import Answer, Clock, call_of, runtime_of

CREATED = iso(Clock().at - 7_300)
JOB: dict[str, Any] = {
    "JobId": "dlc1", "DisplayName": "resnet", "Status": "Running", "UserId": "20001", "WorkspaceId": "11001",
    "WorkspaceName": "vision", "JobType": "PyTorchJob", "Duration": 7200, "RequestGPU": 16, "GmtCreateTime": CREATED,
    "ResourceId": "quota1", "JobSpecs": [{"Type": "Worker", "PodCount": 2, "ResourceConfig": {"GPU": "8"}}],
    "Pods": [{"PodId": "dlc1-w-0", "Type": "Worker", "Status": "Running"},
             {"PodId": "dlc1-w-1", "Type": "Worker", "Status": "Failed"}],
}  # fmt: skip
IMAGE = "registry.cn-hangzhou.aliyuncs.com/pai/pytorch:2.1"
SPEC: dict[str, Any] = {"Type": "Worker", "Image": IMAGE, "PodCount": 1, "EcsSpec": "ecs.8gpu"}
NEW: dict[str, Any] = {
    "DisplayName": "new", "WorkspaceId": "11001", "JobType": "PyTorchJob", "UserCommand": "train", "JobSpecs": [SPEC]
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "GetJob": JOB,
    "GetPodLogs": {"Logs": ["2026-11-21T07:30:00Z saved checkpoint", "done"]},
    "ListEcsSpecs": {"EcsSpecs": [{"InstanceType": "ecs.8gpu", "Gpu": 8}, {"InstanceType": "ecs.cpu", "Gpu": 0}]},
    "ListImages": {"Images": [{"ImageId": "i1", "Name": "pytorch", "ImageUri": IMAGE}]},
    "ListJobs": {"Jobs": [], "TotalCount": 0},
    "GetTensorboard": {"TensorboardId": "tb1", "DisplayName": "board", "Status": "Running", "UserId": "20002"},
    "GetModel": {"ModelId": "m1", "ModelName": "bert", "WorkspaceId": "11001", "OwnerId": "20002"},
    "GetJobTemplate": {"TemplateId": "t1", "TemplateName": "base", "UserId": "20001", "WorkspaceId": "11001"},
}


class Answers(dict[str, Any]):
    """What is not in it is answered with nothing."""

    def __missing__(self, action: str) -> Answer:
        return {}


class Answering:
    """A client that answers each question like this."""

    answers_by_retry = False

    def __init__(self, reaction: Reaction) -> None:
        self.reaction = reaction

    async def ask(self, message: str, name: str) -> Reaction:
        return self.reaction


@dataclass(frozen=True)
class Case:
    """A call, and what the cloud, the operator and the client say."""

    title: str
    action: str
    args: dict[str, Any]
    answers: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    controls: dict[str, Any] = field(default_factory=dict)
    person: Person | None = None
    is_shown: bool = True
    """Whether the image and the instance type of ``NEW`` were listed before."""


STATES = (
    "Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking", "Running", "Restarting", "Stopping",
    "SucceededReserving", "FailedReserving", "Succeeded", "Failed", "Stopped", "Odd",
)  # fmt: skip


def by_state() -> Iterator[Case]:
    acts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("StopJob", {}), ("DeleteJob", {}), ("UpdateJob", {"Priority": 3}), ("GetWebTerminal", {"PodId": "dlc1-w-0"}),
    )  # fmt: skip
    for action, more in acts:
        for status in STATES:
            job = JOB | {"Status": status, "Pods": [] if status == "Queuing" else JOB["Pods"]}
            yield Case(status, action, {"JobId": "dlc1", **more}, {"GetJob": job}, {"confirm_by": "human"})
    public = JOB | {"Status": "Queuing", "ResourceId": "", "JobSpecs": [SPEC]}
    yield Case("public resources", "UpdateJob", {"JobId": "dlc1", "Priority": 3}, {"GetJob": public})
    yield Case("failed pod", "GetWebTerminal", {"JobId": "dlc1", "PodId": "dlc1-w-1"})
    yield Case("no such pod", "GetWebTerminal", {"JobId": "dlc1", "PodId": "x"})
    yield Case("no such pod", "GetPodLogs", {"JobId": "dlc1", "PodId": "x"})
    yield Case("no RayJob", "GetRayDashboard", {"JobId": "dlc1"})
    ray = {"GetJob": JOB | {"JobType": "RayJob"}}
    yield Case("shared without token", "GetRayDashboard", {"JobId": "dlc1", "isShared": True}, ray)
    yield Case("shared with token", "GetRayDashboard", {"JobId": "dlc1", "isShared": True, "token": "t"}, ray)
    used = {"ListJobs": {"Jobs": [JOB | {"TemplateId": "t1"}], "TotalCount": 1}}
    yield Case("used by a job", "DeleteJobTemplate", {"TemplateId": "t1"}, used)
    yield Case("no job told", "DeleteJobTemplate", {"TemplateId": "t1"}, {"ListJobs": Unavailable("away")})
    yield Case("runs", "DeleteTensorboard", {"TensorboardId": "tb1"})
    yield Case("first version", "DeleteDatasetVersion", {"DatasetId": "d1", "VersionName": "v1"})


def confirmations() -> Iterator[Case]:
    theirs = {"GetJob": JOB | {"UserId": "20002"}}
    stop: dict[str, Any] = {"JobId": "dlc1"}
    yield Case("own job", "StopJob", stop)
    yield Case("another's job", "StopJob", stop, theirs)
    yield Case("an unread log", "StopJob", stop, {"GetPodLogs": PermissionDenied("no")})
    yield Case("a wrong token", "StopJob", stop, controls={"confirmation_token": "pai1.x"})
    yield Case("another's TensorBoard", "UpdateTensorboard", {"TensorboardId": "tb1", "MaxRunningTimeMinutes": 60})
    yield Case("another's model", "DeleteModel", {"ModelId": "m1"})
    yield Case("an order", "CreateProductOrders", {"Products": [{"ProductCode": "dlc", "Count": 10}]})
    yield Case("a signal", "CreateSignal", {"JobId": "dlc1", "Signal": "SIGUSR1", "PodIds": ["dlc1-w-0"]})
    passing = {"pass_signals": ("USR1",)}
    yield Case("a signal that passes", "CreateSignal", {"JobId": "dlc1", "Signal": "SIGUSR1"}, settings=passing)
    yield Case("another's job", "CreateSignal", {"JobId": "dlc1", "Signal": "SIGUSR1"}, theirs, passing)
    yield Case("a member", "CreateMember", {"WorkspaceId": "11001", "Members": [{"UserId": "9", "Roles": ["PAI.A"]}]})
    yield Case("a token", "GetToken", {"TargetType": "job", "TargetId": "dlc1"}, settings={"confirm": {"expose"}})
    long = {"JobId": "dlc1", "Accessibility": "PUBLIC", "UserCommand": "run " * 600}
    yield Case("many pages", "UpdateJob", long, {"GetJob": JOB | {"Status": "Queuing"}}, {"confirm": {"expose"}})
    second = {"preview_page": 2}
    yield Case("page 2", "UpdateJob", long, {"GetJob": JOB | {"Status": "Queuing"}}, {"confirm": {"expose"}}, second)
    yield Case("a create", "CreateJob", NEW, settings={"confirm": {"create"}})
    for by in ("auto", "human", "token"):
        yield Case(f"nobody to ask, {by}", "StopJob", stop, settings={"confirm_by": by})
        yield Case(f"and a terminal, {by}", "StopJob", stop, settings={"confirm_by": by, "state": "FILE"})
        for reaction in (Reaction("typed", 5.0), Reaction("mistyped", 5.0), Reaction("declined", 5.0),
                         Reaction("dismissed", 5.0), Reaction("dismissed", 0.1)):  # fmt: skip
            title = f"{reaction.decision} after {reaction.after_s} s, {by}"
            yield Case(title, "StopJob", stop, settings={"confirm_by": by}, person=Answering(reaction))


def limits() -> Iterator[Case]:
    for settings in (
        {"max_gpus_per_job": 7}, {"max_gpus_per_job": 8}, {"max_running_gpus": 7}, {"max_running_jobs": 0},
        {"max_creates_per_hour": 0}, {"require_max_running_time": True}, {"max_running_time_minutes": 10},
        {"workspaces": ("7",)}, {"regions": ("cn-beijing",)}, {"read_only": True}, {"owners": ("20009",)},
    ):  # fmt: skip
        title = ", ".join(f"{name}={value}" for name, value in settings.items())
        more = {"JobMaxRunningTimeMinutes": 60} if "max_running_time_minutes" in settings else {}
        yield Case(title, "CreateJob", NEW | more, settings=dict(settings))
        if not title.startswith(("max", "require")):
            yield Case(title, "StopJob", {"JobId": "dlc1"}, settings=dict(settings))
        yield Case(title, "CreateTensorboard", {"DisplayName": "b", "WorkspaceId": "11001"}, settings=dict(settings))
    for answer in ({"Jobs": [JOB | {"DisplayName": "new", "GmtCreateTime": iso(Clock().at - 60)}], "TotalCount": 1},
                   Unavailable("away")):  # fmt: skip
        yield Case("R24", "CreateJob", NEW, {"ListJobs": answer})
        yield Case("R24, allowed", "CreateJob", NEW, {"ListJobs": answer}, controls={"allow_duplicate": True})
    yield Case("nothing was shown", "CreateJob", NEW, is_shown=False)
    other = SPEC | {"Image": "pytorch", "EcsSpec": "ecs.9gpu"}
    yield Case("names of others", "CreateJob", NEW | {"JobSpecs": [other], "CodeSource": {"CodeSourceId": "c"}})


def malformed() -> Iterator[Case]:
    spec = {name: value for name, value in SPEC.items() if name != "EcsSpec"}
    wrong: dict[str, dict[str, Any]] = {
        "R01": {"WorkspaceId": None}, "R06 both": {"JobSpecs": [SPEC | {"ResourceConfig": {"GPU": "1"}}]},
        "R06 none": {"JobSpecs": [spec]}, "R07 quota": {"ResourceId": "quota1"},
        "R07 no quota": {"JobSpecs": [spec | {"ResourceConfig": {"GPU": "1"}}]},
        "R08": {"DataSources": [{"Uri": "oss://b", "DataSourceId": "d1"}, {"MountPath": "/x"}]},
        "R09": {"CodeSource": {"CodeSourceId": "c1", "CodeRepo": "https://x/y.git"}},
        "R10": {"JobType": "pytorch"}, "R10 Flink": {"JobType": "FlinkBatchJob"},
        "R11": {"JobSpecs": [SPEC | {"Type": "PS"}]}, "R13": {"DisplayName": "a b"},
        "R13 long": {"DisplayName": "a" * 257},
        "R14": {"Priority": 10}, "R14 zero": {"Priority": 0}, "R15": {"UserCommand": "x" * 66_000},
        "R16": {"Envs": {"A-B": "1", "2C": "2", "OK": "3"}}, "R17": {"SuccessPolicy": "ChiefWorker"},
        "R17 odd": {"SuccessPolicy": "Never"},
        "R18": {"UserVpc": {"ExtendedCIDRs": ["10.0.0.0/33"], "DefaultRoute": "x"}},
        "R18 bare": {"UserVpc": {"SwitchId": "vsw-1"}}, "R19": {"DebuggerConfigContent": "{}", "ElasticSpec": {"A": 1}},
        "R20": {"Accessibility": "public"}, "R22": {"JobMaxRunningTimeMinutes": 0},
        "R23": {"JobSpecs": [SPEC, SPEC | {"PodCount": 2}]},
        "R27": {"Settings": {"EnableSanityCheck": True, "EnableRDMA": True, "EnableErrorMonitoringInAIMaster": True}},
        "R28": {"UserCommand": "a\rb\x00"}, "R67": {"Envs": {"TOKEN": "***"}}, "R50": {"TemplateId": "t1"},
    }  # fmt: skip
    for title, change in wrong.items():
        args = {name: value for name, value in (NEW | change).items() if value is not None}
        yield Case(title, "CreateJob", args)
    update = {"JobId": "dlc1"}
    yield Case("R42", "UpdateJob", update | {"DisplayName": "x"})
    yield Case("R41", "UpdateJob", update | {"Accessibility": "PRIVATE"}, {"GetJob": JOB | {"Accessibility": "PUBLIC"}})
    yield Case("R43", "CreateTensorboard", {"WorkspaceId": "1", "JobId": "j", "DataSources": [{"Uri": "oss://b"}]})
    yield Case("R46", "ListImages", {"Labels": "odd=1,framework=PyTorch"})
    yield Case("R60", "GetPodLogs", {"JobId": "dlc1", "PodId": "dlc1-w-0", "MaxLines": 5_000})
    yield Case("R38", "UpdateCodeSource", {"CodeSourceId": "c1", "CodeRepo": "https://evil/x.git"},
               {"GetCodeSource": {"CodeSourceId": "c1", "CodeRepo": "https://a/x.git", "CodeRepoAccessToken": "***",
                                  "UserId": "20001"}})  # fmt: skip
    yield Case("R53", "ListJobTemplates", {"SortBy": "Name"})


CHANGING = ((r"pai1\.[A-Za-z0-9_-]+", "TOKEN"), (r"\(Request [0-9a-f]+\)", "(Request NUMBER)"), (r"x{400,}", "x…"))


async def told(case: Case, place: str) -> str:
    """A call and what became of it, without what changes from one run to the next."""
    given = {**ANSWERS, **case.answers}
    at = {"state": place} if case.settings.get("state") == "FILE" else {}
    settings = Settings().model_copy(update={**case.settings, **at})
    runtime, cloud, _ = runtime_of(settings=settings, offered=("dlc_list_images", "dlc_list_ecs_specs"))
    cloud.answers = Answers(given)
    call = call_of(case.action, case.args, **case.controls)
    call.person = case.person
    for kind, name in (("image", IMAGE), ("ecs_spec", "ecs.8gpu")) if case.is_shown else ():
        await remember(runtime, call.caller, call.region, kind, [Seen(name)])
    try:
        await pipeline.check(call, runtime)
        said = [f"passes, confirmed by {call.confirmed_by}"]
    except PaiError as refusal:
        said = [json.dumps(refusal.as_dict(), ensure_ascii=False, sort_keys=True)]
    said += [f"notice {notice.rule}: {notice.message}" for notice in call.notices]
    said.append(f"read: {' '.join(cloud.actions)}; decided: {json.dumps(call.known.decisions)}")
    text = "\n".join([f"## {case.action}, {case.title}", *said, "", ""])
    for pattern, by in CHANGING:
        text = re.sub(pattern, by, text)
    return text


async def test_what_the_guards_say_is_what_was_approved(tmp_path: Path) -> None:
    parts = {"By state": by_state(), "Confirmations": confirmations(), "Limits": limits(), "Form": malformed()}
    place = str(tmp_path / "state.db")
    text = "".join(
        [f"# {title}\n\n" + "".join([await told(case, place) for case in cases]) for title, cases in parts.items()]
    )
    check("refusals.txt", text)
