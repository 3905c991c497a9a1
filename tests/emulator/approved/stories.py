"""Calls that follow each other, told whole: tours of AIWorkSpace; jobs, quotas, templates and tokens in time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from emulator import tours_data, tours_models, tours_workspaces
from emulator.approved.showing import compact, difference, lines_of, refusal
from emulator.approved.stage import JOBS, Wire
from pai_dlc_emulator.accounts import USERS
from pai_dlc_emulator.dlc.environment import pod_environment
from pai_dlc_emulator.dlc.pods import replicas
from pai_dlc_emulator.dlc.timeline import marks
from pai_dlc_emulator.wire import ServiceError

MOST = 3
PUBLIC = {"Type": "Worker", "Image": "registry.example.com/train:1", "EcsSpec": "ecs.gn7i-c8g1.2xlarge"}
JOB: Mapping[str, Any] = {
    "DisplayName": "a-job", "JobType": "PyTorchJob", "UserCommand": "python train.py", "JobSpecs": [PUBLIC],
}  # fmt: skip


class Refused(Exception):
    """A refusal as the SDK raises it: with ``status_code`` and ``code``."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(f"Error: code {error.code}")
        self.status_code, self.code = error.status, error.code


class Teller(Wire):
    """Makes calls and writes down what comes of them: an answer once whole, later by what is no longer the same."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.lines: list[str] = []
        self._last: dict[str, list[str]] = {}

    def call(self, operation: str, **args: Any) -> dict[str, Any]:
        """As the SDK's call."""
        answer = self.send(operation, args)
        shown = " ".join(f"{name}={compact(value)}" for name, value in args.items())
        if isinstance(answer, ServiceError):
            self.lines.append(f"{operation} {shown}\n  {refusal(answer)}")
            raise Refused(answer)
        seen = list(lines_of(answer, most=MOST))
        before = self._last.get(operation)
        self._last[operation] = seen
        told = [f"    {line}" for line in seen] if before is None else [f"  {difference(before, seen)}"]
        self.lines.append("\n".join([f"{operation} {shown}", *told]))
        return answer

    def attempt(self, operation: str, **args: Any) -> dict[str, Any]:
        """The answer, or nothing where it is refused."""
        try:
            return self.call(operation, **args)
        except Refused:
            return {}

    def wait(self, seconds: float) -> None:
        self.scene.clock.advance(seconds)
        self.lines.append(f"{seconds:g} s later")

    def quota(self, name: str) -> str:
        return next(key for key, row in self.scene.world.catalogue.quotas.items() if row["QuotaName"] == name)

    def life(self, job_id: str) -> None:
        job = self.scene.world.training.jobs[job_id]
        for replica in replicas(job):
            self.lines.append(f"{replica.pod_id(job)}: {compact(pod_environment(job, replica))[:900]}")
        for _ in range(12):
            now = self.scene.clock.now()
            later = [mark.start for mark in marks(job) if mark.start > now]
            self.call("GetJob", JobId=job_id)
            if not later:
                break
            self.wait(min(later) - now + 0.25)
        for name in ("GetJobEvents", "ListJobSanityCheckResults", "GetRayDashboard", "GetDashboard"):
            self.call(name, JobId=job_id)
        pods = self.scene.job(job_id).get("Pods", [])
        for pod in pods[-1:]:
            self.call("GetPodEvents", JobId=job_id, PodId=pod["PodId"])
            self.call("GetPodLogs", JobId=job_id, PodId=pod["PodId"])
            self.attempt("GetWebTerminal", JobId=job_id, PodId=pod["PodId"])


def told(tour: Callable[..., None]) -> str:
    teller = Teller("default")
    tour(teller, teller.wait)
    return "".join(f"{line}\n" for line in teller.lines)


def natures(teller: Teller, _: Any) -> None:
    """Jobs of each nature from their creation to their end, and the environment of their pods."""
    more = [*JOBS, {"JobSpecs": [PUBLIC | {"PodCount": 3}], "Accessibility": "PUBLIC", "JobMaxRunningTimeMinutes": 1},
            {"JobType": "TFJob", "JobSpecs": [PUBLIC | {"Type": "Chief"}, PUBLIC | {"Type": "PS", "PodCount": 2}]},
            {"JobType": "MPIJob", "JobSpecs": [PUBLIC | {"Type": "Master"}, PUBLIC | {"PodCount": 2}]},
            {"JobSpecs": [{"Image": PUBLIC["Image"], "EcsSpec": "ecs.g6.large"}],
             "Settings": {"EnableSanityCheck": True, "JobReservedMinutes": 2}}]  # fmt: skip
    for given in more:
        args = {**JOB, **given, "Envs": {"OWN": "1"}}
        args |= {"ResourceId": teller.quota(str(args["ResourceId"]))} if "ResourceId" in args else {}
        teller.life(teller.call("CreateJob", **args)["JobId"])


def queues(teller: Teller, wait: Callable[[float], None]) -> None:
    """Jobs that wait for room: by priority, until somebody leaves; what the quotas say of it meanwhile."""
    quota = teller.quota("vision-night")
    spec = {"Type": "Worker", "Image": PUBLIC["Image"], "ResourceConfig": {"CPU": "8", "Memory": "64Gi", "GPU": "2"}}
    names = ("first", "second", "third")
    made = {}
    for name, priority in zip(names, (1, 2, 1), strict=True):
        given = {**JOB, "DisplayName": name, "ResourceId": quota, "Priority": priority, "JobSpecs": [spec],
                 "Envs": {"PAI_EMULATOR_BEHAVIOUR": "hang"}}  # fmt: skip
        made[name] = teller.call("CreateJob", **given)["JobId"]
        wait(1.5)

    def look() -> None:
        for name in names:
            teller.attempt("GetJob", JobId=made[name], NeedDetail=False)
            teller.attempt("GetJobEvents", JobId=made[name])
            teller.attempt("paistudio:GetQuotaWorkloadDiagnosis", QuotaId=quota, WorkloadId=made[name])
        for status in ("Enqueued", "Dequeued"):
            teller.call("paistudio:ListQuotaWorkloads", QuotaId=quota, Status=status, SortBy="GmtEnqueuedTime")
        teller.call("paistudio:GetQuota", QuotaId=quota, WithNodeMeta=True)
        teller.call("paistudio:ListQuotas", SortBy="GPU")

    for _ in range(2):
        wait(10)
        look()
    teller.call("UpdateJob", JobId=made["third"], Priority=9)
    teller.call("UpdateJob", JobId=made["first"], Priority=9)
    wait(25)
    teller.attempt("DeleteJob", JobId=made["first"])
    teller.call("StopJob", JobId=made["first"])
    teller.call("StopJob", JobId=made["first"])
    wait(2)
    look()
    wait(20)
    look()
    teller.attempt("StopJob", JobId=made["first"])
    teller.attempt("UpdateJob", JobId=made["first"], UserCommand="other")
    teller.call("DeleteJob", JobId=made["first"])
    teller.attempt("GetJob", JobId=made["first"])
    home = teller.call("GetDefaultWorkspace")["WorkspaceId"]
    for value in ("30", json.dumps({quota: 1}), "odd"):
        teller.call("UpdateConfig", WorkspaceId=home, CategoryName="QuotaMaximumDuration",
                    ConfigKey="quotaMaximumDuration", ConfigValue=value)  # fmt: skip
        wait(70)
        look()
    teller.call("DeleteConfig", WorkspaceId=home, CategoryName="QuotaMaximumDuration",
                ConfigKey="quotaMaximumDuration")  # fmt: skip
    look()


def signals(teller: Teller, wait: Callable[[float], None]) -> None:
    """Signals to all, to a pod and to a role, before and after a job ends; tags."""
    targets = ({}, {"Scope": "pods", "PodNames": ["-master-0"]}, {"Scope": "roles", "Roles": ["Worker"]},
               {"Scope": "Roles", "Roles": ["Master"]}, {"Scope": "nobody"}, {"Scope": "pods"})  # fmt: skip
    for signal, given in zip(("USR1", "SIGKILL", "15", "term", "9", "HUP"), targets, strict=True):
        job = teller.call("CreateJob", **{**JOB, "JobSpecs": [PUBLIC | {"PodCount": 3}],
                                          "Envs": {"PAI_EMULATOR_BEHAVIOUR": "hang"}})["JobId"]  # fmt: skip
        teller.attempt("CreateSignal", JobId=job, Signal=signal)
        wait(60)
        target: dict[str, Any] = json.loads(json.dumps(given).replace("-master", f"{job}-master"))
        sent = teller.attempt("CreateSignal", JobId=job, Signal=signal, Target=target)
        for seconds in (1.0, 1.5, 10.0):
            wait(seconds)
            teller.call("GetJob", JobId=job)
            teller.call("ListSignals", JobId=job)
        if sent:
            teller.call("GetSignal", JobId=job, SignalId=sent["SignalId"])
        teller.call("GetPodEvents", JobId=job, PodId=f"{job}-worker-1")
        teller.call("GetPodLogs", JobId=job, PodId=f"{job}-worker-1")
        teller.call("GetPodLogs", JobId=job, PodId=f"{job}-master-0")
        teller.call("GetJobMetrics", JobId=job, MetricType="GpuCoreUsage", TimeStep="15s")
        tags = [{"Key": "team", "Value": signal}, {"Key": "more"}]
        teller.call("TagResources", RegionId="cn-hangzhou", ResourceType="Job", ResourceId=[job], Tag=tags)
        teller.call("ListJobs", ShowOwn=True, Tags={"team": signal})
        teller.call("UntagResources", RegionId="cn-hangzhou", ResourceType="Job", ResourceId=[job], TagKey=["more"])
        teller.call("GetJob", JobId=job, NeedDetail=False)
        teller.call("UntagResources", RegionId="cn-hangzhou", ResourceType="Job", ResourceId=[job], All="true")
        teller.call("GetJob", JobId=job, NeedDetail=False)


def templates(teller: Teller, wait: Callable[[float], None]) -> None:
    """Jobs from templates: what is taken over, locked, required; versions, and one that is in use."""
    home = teller.call("GetDefaultWorkspace")["WorkspaceId"]
    content = {**JOB, "Priority": 3, "Envs": {"A": "1", "B": ["x"]}}
    constraints = {"JobSpecs[0].Image": "locked", "Envs.A": "locked", "UserCommand": "overridable",
                   "Description": "required", "Envs.B[0]": "locked"}  # fmt: skip
    made = teller.call("CreateJobTemplate", TemplateName="base", WorkspaceId=home, Content=json.dumps(content),
                       Constraints=constraints, Metadata={"team": "vision"})["TemplateId"]  # fmt: skip
    wait(61)
    calls: tuple[dict[str, Any], ...] = (
        {}, {"Description": ""}, {"Description": "d"}, {"Description": "d", "JobType": "TFJob"},
        {"Description": "d", "UserCommand": "other", "JobSpecs": [PUBLIC | {"PodCount": 2}]},
        {"Description": "d", "JobSpecs": [PUBLIC | {"Image": "other"}]}, {"Description": "d", "Envs": {"A": "2"}},
        {"Description": "d", "Envs": {"A": "1", "C": "3"}}, {"Description": "d", "JobSpecs": []},
        {"Description": "d", "Envs": {"A": "1", "B": ["y"]}}, {"Description": "d", "TemplateVersion": 7},
    )  # fmt: skip
    for given in calls:
        job = teller.attempt("CreateJob", TemplateId=made, **given)
        if job:
            teller.call("GetJob", JobId=job["JobId"])
    teller.call("ListJobs", ShowOwn=True, TemplateId=made)
    teller.attempt("DeleteJobTemplate", TemplateId=made)
    for wrong in ({"$.Envs": "locked"}, {"Envs.Z": "locked"}, {"Envs": "maybe"}, {"Envs!": "required"}):
        teller.attempt("UpdateJobTemplate", TemplateId=made, Content=json.dumps(content), Constraints=wrong)
    teller.attempt("UpdateJobTemplate", TemplateId=made, Constraints={})
    for text in ("[]", "{", '{"UserCommand": "second"}'):
        teller.attempt("UpdateJobTemplate", TemplateId=made, Content=text)
    teller.call("UpdateJobTemplate", TemplateId=made, Content='{"UserCommand": "third"}', SetAsDefault=True)
    teller.call("GetJobTemplate", TemplateId=made, Version="all")
    teller.call("GetJobTemplate", TemplateId=made, Version="2")
    teller.call("GetJobTemplate", TemplateId=made)
    teller.call("SetJobTemplateDefaultVersion", TemplateId=made, Version=2)
    teller.call("GetJobTemplate", TemplateId=made)
    teller.attempt("CreateJob", TemplateId=made)
    teller.attempt("CreateJob", TemplateId="tpl-none")


def shapes(teller: Teller, _: Any) -> None:
    """Contents of templates whose fields are of no shape that a job has, and amounts that are none."""
    home = teller.call("GetDefaultWorkspace")["WorkspaceId"]
    asked = {"CPU": "8", "Memory": "64Gi", "GPU": "1"}
    odd: list[dict[str, Any]] = [
        {name: value} for name in ("Envs", "Settings", "CodeSource", "UserVpc", "JobSpecs", "DataSources")
        for value in (3, [3])
    ]  # fmt: skip
    odd += [{"JobSpecs": [PUBLIC | {name: [3]}]} for name in ("ResourceConfig", "SpotSpec", "AssignNodeSpec")]
    odd += [
        {
            "ResourceId": teller.quota("vision-night"),
            "JobSpecs": [{"Image": "i", "ResourceConfig": asked | {name: "x"}}],
        }
        for name in asked
    ]
    odd += [{"JobMaxRunningTimeMinutes": "5"}, {"JobMaxRunningTimeMinutes": -1}, {"Priority": True}, {"Priority": "1"}]
    for number, fields in enumerate(odd):
        content = json.dumps({**JOB, **fields})
        made = teller.call("CreateJobTemplate", TemplateName=f"t{number}", WorkspaceId=home, Content=content)
        teller.attempt("CreateJob", TemplateId=made["TemplateId"])


def tokens(teller: Teller, wait: Callable[[float], None]) -> None:
    """Tokens of jobs and TensorBoards, while they live and afterwards."""
    ray = {**JOB, "JobType": "RayJob", "JobSpecs": [PUBLIC | {"Type": "Head"}],
           "Envs": {"PAI_EMULATOR_BEHAVIOUR": "hang"}}  # fmt: skip
    job = teller.call("CreateJob", **ray)["JobId"]
    teller.call("GetRayDashboard", JobId=job)
    wait(60)
    board = teller.call("CreateTensorboard", DisplayName="curves", JobId=job, MaxRunningTimeMinutes=2)["TensorboardId"]
    other = teller.call("CreateJob", **JOB)["JobId"]
    found = {}
    for kind, target in (("job", job), ("tensorboard", board)):
        found[kind] = teller.call("GetToken", TargetType=kind, TargetId=target, ExpireTime=30)["Token"]
    for seconds in (0.0, 29.0, 1.0):
        wait(seconds)
        for token in found.values():
            for name in ("GetJob", "ListSignals"):
                teller.attempt(name, JobId=job, Token=token)
            teller.attempt("GetJob", JobId=other, Token=token)
            teller.attempt("GetTensorboard", TensorboardId=board, Token=token)
            for name in ("GetDashboard", "GetRayDashboard"):
                teller.attempt(name, JobId=job, isShared=True, token=token)
    teller.attempt("GetRayDashboard", JobId=job, isShared=True)
    teller.call("GetRayDashboard", JobId=job, isShared=False)
    for shared in (True, False):
        teller.call("GetWebTerminal", JobId=job, PodId=f"{job}-head-0", IsShared=shared)
    teller.call("GetTensorboardSharedUrl", TensorboardId=board, ExpireTimeSeconds=60)
    for seconds in (60.0, 40.0):
        wait(seconds)
        teller.call("GetTensorboard", TensorboardId=board)
        teller.call("ListTensorboards", SourceType="job", SourceId=job)
    teller.attempt("StopTensorboard", TensorboardId=board)
    teller.call("StartTensorboard", TensorboardId=board)
    teller.attempt("DeleteTensorboard", TensorboardId=board)
    teller.call("StopTensorboard", TensorboardId=board)
    teller.call("GetTensorboard", TensorboardId=board)
    teller.call("DeleteTensorboard", TensorboardId=board)


def rights(teller: Teller, wait: Callable[[float], None]) -> None:
    """What a role of each kind permits, to whom."""
    home = teller.call("GetDefaultWorkspace")["WorkspaceId"]
    rules = [{"Accessibility": "PRIVATE", "EntityAccessType": "CREATOR"}]
    custom = {"PermissionCodes": ["PaiDLC:StopJob"], "PermissionRules": rules}
    for number, (module, kind) in enumerate((
        ("DLC", "ReadOnly"), ("PaiWorkspace@@Workspace", "ReadWrite"), ("", "FullAccess"), ("DLC", "NoPrivilege"),
        ("DLC", "CustomPermissions"),
    )):  # fmt: skip
        one = {"ModuleName": module, "PermissionType": kind, **({"Permissions": [custom]} if number == 4 else {})}
        job = teller.call("CreateWorkspaceRole", WorkspaceId=home, RoleName=f"role{number}", ModulePermissions=[one])
        wait(6)
        teller.call("GetInstanceJob", InstanceJobId=job["InstanceJobId"])
        role = next(reversed(teller.scene.world.catalogue.tables["roles"]))
        member = f"{home}-{USERS[1 + number % 2].user_id}"
        teller.attempt("AddMemberRole", WorkspaceId=home, MemberId=member, RoleName=role)
        teller.attempt("DeleteWorkspaceRoles", WorkspaceId=home, RoleIds=[role])
        for user in USERS:
            for code in ("PaiDLC:StopJob", "PaiDLC:GetJob", "PaiWorkspace:ListImages", "PaiWorkspace:AddImage"):
                for access in ("PUBLIC", "PRIVATE"):
                    teller.attempt("GetPermission", WorkspaceId=home, PermissionCode=code, CallerUid=user.user_id,
                                   Accessibility=access, Creator=USERS[0].user_id)  # fmt: skip
    teller.call("ListWorkspaceRoles", WorkspaceId=home)
    teller.call("ListMembers", WorkspaceId=home)


TOURS = (*tours_workspaces.TOURS, *tours_data.TOURS, *tours_models.TOURS)
STORIES: Mapping[str, Callable[[], str]] = {
    **{f"tour.{one.__name__}.txt": partial(told, one) for one in TOURS},
    **{
        f"story.{one.__name__}.txt": partial(told, one)
        for one in (natures, queues, signals, templates, shapes, tokens, rights)
    },
}
