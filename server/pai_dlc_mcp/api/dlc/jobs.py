"""Jobs: create, find, change, stop, delete; and the instance types they can run on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from ...operation import (
    CREATE,
    DELETE,
    DLC,
    READ,
    STOP,
    WRITE,
    FieldRisk,
    Find,
    Precondition,
    Reveals,
    Sorting,
    Target,
    card,
    rows,
)
from ...shapes import Input, Known, may, need
from ..kinds import SHOWS, JobId, QuotaId, TemplateId, Timestamp, WorkspaceId
from .shapes import Accessibility, CodeSource, CustomEnv, DataSource, JobSpec, JobType, Order, UserVpc
from .shapes_settings import CredentialConfig, JobElasticSpec, JobSettings

Status = Literal[
    "Creating",
    "Queuing",
    "Bidding",
    "EnvPreparing",
    "SanityChecking",
    "Running",
    "Restarting",
    "Stopping",
    "SucceededReserving",
    "FailedReserving",
    "Succeeded",
    "Failed",
    "Stopped",
]
SpecOrder = Literal["CPU", "GPU", "Memory", "GmtCreateTime"]


def _own_where_all_workspaces(args: Mapping[str, Any]) -> bool:
    """Other people's jobs too, but where the service lists all workspaces: there it takes the caller's own alone."""
    return bool(args.get("FromAllWorkspaces"))


@DLC.post(
    "/api/v1/jobs",
    CREATE,
    "paidlc:CreateJob",
    "jobs",
    rules="R01 R02 R03 R04 R05 R06 R07 R08 R09 R10 R11 R12 R13 R14 R15 R16 R17 R18 R19 R20 R21 R22 R23 R24 R25 R26 R27"
    " R28",
    example={
        "workspace_id": "123456",
        "display_name": "resnet-ddp",
        "job_type": "PyTorchJob",
        "user_command": "torchrun train.py",
        "job_specs": [
            {
                "Type": "Worker",
                "PodCount": 2,
                "Image": "dsw-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai/pytorch:2.4.0-gpu",
                "EcsSpec": "ecs.gn7i-c8g1.2xlarge",
            }
        ],
        "data_sources": [{"DataSourceId": "d-abc123", "MountPath": "/mnt/data"}],
        "job_max_running_time_minutes": 120,
    },
    presets="default lean",
    find=Find("ListJobs", "Jobs", "JobId", "DisplayName", since="StartTime", own=True, is_checked_before=True),
    also_reads="GetJobTemplate ListEcsSpecs",
    starts="job",
    overlay="TemplateId",
)
class CreateJob(Input):
    """Submit a training job; it costs money once it gets resources. First: aiworkspace_list_workspaces,
    aiworkspace_list_images, and dlc_list_ecs_specs (EcsSpec) or the user's quota id (resource_id + ResourceConfig).
    workspace_id always; job_type, job_specs and user_command unless template_id is given. dlc_validate_job checks it
    first."""

    accessibility: Accessibility | None = may(
        "Who sees the job: the workspace, or you and its admins.", rule="R20", risk=SHOWS
    )
    code_source: CodeSource | None = may("Code cloned into the pods.")
    credential_config: CredentialConfig | None = may("Temporary RAM credentials for the pods.")
    custom_envs: list[CustomEnv] | None = may("Variables with a visibility each.")
    data_sources: list[DataSource] | None = may("Datasets or paths to mount.", hint=True)
    debugger_config_content: str | None = may("Ignored by the service (R19).")
    description: str | None = may("Free text.")
    display_name: str = need("Letters, digits, _ . - up to 256.")
    elastic_spec: JobElasticSpec | None = may("Ignored by the service (R19).")
    envs: dict[str, str] | None = may("Environment variables, name to value.", secret=True)
    job_max_running_time_minutes: int | None = may("Stopped after this; no limit otherwise.", hint=True)
    job_specs: list[JobSpec] | None = may("One for each role.", hint=True)
    job_type: JobType | None = may("Any single container: PyTorchJob.", rule="R10", hint=True)
    options: str | None = may("Mount settings for all data sources, as key=value,key=value.")
    priority: int | None = may("1 low (default) to 9 high, in a quota's queue.", ge=1, le=9, rule="R14")
    resource_id: QuotaId | None = may(
        "Quota id, from the user, never guessed. Without it: public resources.", hint=True
    )
    scheduling_strategy: str | None = may("Order within a quota's queue; its values are not documented.")
    settings: JobSettings | None = may("Switches of the job.")
    success_policy: str | None = may("TFJob of several pods: AllWorkers (default) or ChiefWorker.", rule="R17")
    template_id: TemplateId | None = may("Job template to start from; its job type wins (R12).", about=True)
    template_version: int | None = may("Version of it; its default version otherwise.")
    thirdparty_lib_dir: str | None = may("Folder with a requirements.txt that is installed before user_command.")
    thirdparty_libs: list[str] | None = may("pip requirements to install, as numpy==2.1.0.")
    user_command: str | None = may("Shell command that every pod runs.", hint=True)
    user_vpc: UserVpc | None = may("VPC the pods join.")
    workspace_id: WorkspaceId | None = may("Always needed (R01).", hint=True)


@DLC.get(
    "/api/v1/jobs/{JobId}",
    READ,
    "paidlc:GetJob",
    "jobs",
    example={"job_id": "dlc1abcd2345"},
    view=card(
        "JobId DisplayName Status SubStatus ReasonCode ReasonMessage JobType Description WorkspaceId WorkspaceName"
        " UserId OwnerName IsYours ResourceId ResourceType Priority:rank Accessibility TemplateId"
        " JobMaxRunningTimeMinutes:limit GmtCreateTime GmtRunningTime GmtFinishTime Duration:seconds RequestCPU"
        " RequestGPU:pieces RequestMemory:GiB RestartTimes:rank JobSpecs.Type JobSpecs.PodCount JobSpecs.Image"
        " JobSpecs.EcsSpec JobSpecs.ResourceConfig DataSources CodeSource Envs UserCommand Pods.PodId"
        " Pods.Type Pods.Status"
    ),
    reveals=Reveals("job", "", "JobId", ("DisplayName",)),
    rules="R67",
    presets="default lean",
)
class GetJob(Input):
    """One job: status, reason, specs, command, pods (PodId for logs and events), times."""

    job_id: JobId = need("Job to read.")
    need_detail: bool | None = may("false leaves out the details; true by default.")


@DLC.get(
    "/api/v1/jobs",
    READ,
    "paidlc:ListJobs",
    "jobs",
    example={"workspace_id": "123456", "status": "Running", "page_size": 20},
    view=rows(
        "Jobs",
        "JobId DisplayName Status WorkspaceId WorkspaceName Username GmtCreateTime Duration:seconds"
        " RequestGPU ResourceQuotaName",
    ),
    reveals=Reveals("job", "Jobs", "JobId", ("DisplayName",)),
    presets="default lean",
)
class ListJobs(Input):
    """Find jobs by name, status, owner, time, resources. Without start_time only the last 7 days."""

    accessibility: Accessibility | None = may("Only jobs of this visibility.")
    business_user_id: str | None = may("Only jobs labelled with this user.")
    caller: str | None = may("Only jobs labelled with this program.")
    description: str | None = may("Only jobs with this description.", searches="Description")
    display_name: str | None = may("Part of the name.", hint=True, searches="DisplayName")
    display_name_search_mode: str | None = may("How display_name is matched; anywhere in the name by default.")
    enable_assign_node: str | None = may('"true": only jobs bound to nodes.')
    end_time: Timestamp | None = may("Created before; now by default.")
    from_all_workspaces: bool | None = may("All workspaces; only with show_own true.")
    image_search: str | None = may("Words in the image address.", searches="JobSpecs")
    job_id: str | None = may("This job only, whole id; beats job_ids.")
    job_ids: str | None = may("These jobs only, comma-separated ids.")
    job_type: JobType | None = may("Only this framework.", rule="R10")
    numeric_range_field: str | None = may("Field that numeric_range_min and _max bound.")
    numeric_range_max: int | None = may("Upper bound, itself included; needs numeric_range_field.")
    numeric_range_min: int | None = may("Lower bound, itself included; needs numeric_range_field.")
    order: Order | None = may("desc by default.")
    oversold_info: str | None = may(
        "Use of idle quota resources: ForbiddenQuotaOverSold, ForceQuotaOverSold, AcceptQuotaOverSold-true (did run on "
        "them) or AcceptQuotaOverSold-false (ran on guaranteed ones)."
    )
    page_number: int | None = may("From 1, the default.", ge=1, sent_default=1, le=1000)
    page_size: int | None = may("Jobs a page.", ge=1, sent_default=10, le=100)
    payment_type: Literal["PrePaid", "Spot", "PostPaid"] | None = may(
        "Quota (PrePaid), preemptible (Spot) or public resources (PostPaid)."
    )
    pipeline_id: str | None = may("Only jobs of this workflow.")
    reason_search: str | None = may("Words in the reason of a failure.", searches="ReasonCode ReasonMessage")
    resource_id: str | None = may("Only jobs of this quota.")
    resource_ids: str | None = may("Only jobs of these quotas, comma-separated ids.")
    resource_quota_name: str | None = may("Part of a quota's name.")
    show_own: bool | None = may("Only the caller's own jobs.", sent_default=_own_where_all_workspaces)
    sort_by: Literal["DisplayName", "JobType", "Status", "GmtCreateTime", "GmtFinishTime"] | None = may("Sort field.")
    start_time: Timestamp | None = may("Created after.", hint=True, sent_default="-7d")
    status: Status | None = may("Only jobs in this state; Bidding exists for Lingjun spot only.")
    tags: dict[str, str] | None = may("Only jobs with these tags, key to value.", style="json")
    template_id: str | None = may("Only jobs made from this template.")
    time_range_field: str | None = may("Time that start_time and end_time bound; creation by default.")
    user_command_search: str | None = may("Words in the command.", searches="UserCommand")
    user_id_for_filter: str | None = may("Only jobs of this user id.")
    username: str | None = may("Part of the owner's user name.")
    workspace_id: WorkspaceId | None = may("Only jobs of this workspace.")


FINAL = frozenset({"Succeeded", "Failed", "Stopped"})


def _takes_pods(specs: Any, target: Mapping[str, Any] | None) -> bool:
    """Whether new specs leave a job that is not over with fewer pods, or with other ones; unknown counts as yes."""
    if target is None or target.get("Status") in FINAL:
        return target is None
    before = {str(spec.get("Type")): spec for spec in target.get("JobSpecs") or [] if isinstance(spec, Mapping)}
    after = {str(spec.get("Type")): spec for spec in specs if isinstance(spec, Mapping)}
    if not before or before.keys() - after.keys() or len(after) < len(specs):  # which of two of a role counts?
        return True
    return any(_is_smaller(before[role], after[role]) for role in before)


def _is_smaller(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a role has fewer pods, or anything else than its number of pods differs from what it was."""
    counts = [spec.get("PodCount") for spec in (before, after)]
    numbers = [count for count in counts if isinstance(count, int)]
    if len(numbers) < 2 or numbers[1] < numbers[0]:
        return True
    given = {name: value for name, value in after.items() if value not in (None, "", [], {}) and name != "PodCount"}
    return any(before.get(name) != value for name, value in given.items())


def _replaces_command(command: Any, target: Mapping[str, Any] | None) -> bool:
    """Whether a job that is not over gets another command; unknown counts as yes."""
    if target is None or target.get("Status") in FINAL:
        return target is None
    return bool(command != target.get("UserCommand"))


@DLC.put(
    "/api/v1/jobs/{JobId}",
    WRITE,
    "paidlc:UpdateJob",
    "jobs",
    example={"job_id": "dlc1abcd2345", "priority": 5},
    rules="R02 R05 R12 R14 R20 R21 R28 R40 R41 R42",
    presets="default lean",
    target=Target("GetJob"),
    is_awaited=True,
    also_reads="ListEcsSpecs ListJobs",
    starts="change",
)
class UpdateJob(Input):
    """Change a job. priority works only for a quota job that is Creating, Queuing or EnvPreparing; accessibility can
    only go to PUBLIC; a job cannot be renamed."""

    job_id: JobId = need("Job to change.")
    accessibility: Accessibility | None = may("PUBLIC; the way back does not exist (R41).", rule="R41", risk=SHOWS)
    description: str | None = may("New description.")
    job_specs: list[JobSpec] | None = may(
        "New specs, as in dlc_create_job.", risk=FieldRisk(STOP, _takes_pods, needs_target=True)
    )
    priority: int | None = may("1 low to 9 high; takes 10 to 60 s (R40).", ge=1, le=9, rule="R14")
    user_command: str | None = may("New command.", risk=FieldRisk(STOP, _replaces_command, needs_target=True))


@DLC.post(
    "/api/v1/jobs/{JobId}/stop",
    STOP,
    "paidlc:StopJob",
    "jobs",
    example={"job_id": "dlc1abcd2345"},
    rules="R30 R31 R32 R33 R35 R36",
    presets="default lean",
    target=Target("GetJob"),
    is_awaited=True,
)
class StopJob(Input):
    """Stop a job that has not finished: its pods end and what they did not save is lost. The record stays. Needs a
    confirmation."""

    job_id: JobId = need("Job to stop.")


@DLC.delete(
    "/api/v1/jobs/{JobId}",
    DELETE,
    "paidlc:DeleteJob",
    "jobs",
    example={"job_id": "dlc1abcd2345"},
    rules="R30 R31 R35 R36 R48",
    presets="default",
    target=Target("GetJob", is_whole=True),
    lost="the job's record; its logs and events cannot be read any more",
    precondition=Precondition(
        ("Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking", "Running", "Restarting", "Stopping"),
        first="StopJob",
    ),
)
class DeleteJob(Input):
    """Erase a job's record for good. To end a running job use dlc_stop_job. Needs a
    confirmation."""

    job_id: JobId = need("Job to erase.")


@DLC.get(
    "/api/v1/ecsspecs",
    READ,
    "paidlc:ListEcsSpecs",
    "jobs",
    example={"accelerator_type": "GPU", "sort_by": "GPU", "page_size": 20},
    view=rows(
        "EcsSpecs", "InstanceType IsAvailable Gpu GpuType GpuMemory:GiB Cpu Memory:GiB ResourceType SpotStockStatus"
    ),
    reveals=Reveals(
        "ecs_spec",
        "EcsSpecs",
        "InstanceType",
        ("IsAvailable", "AcceleratorType", "Gpu", "GpuType", "GpuMemory", "Cpu", "Memory", "ResourceType"),
    ),
    rules="R21 R47",
    presets="default lean discovery",
    is_account_wide=True,
    sorting=Sorting("EcsSpecs", {"CPU": "Cpu", "GPU": "Gpu", "Memory": "Memory", "GmtCreateTime": "GmtCreateTime"}),
    action_confidence="secondary",
)
class ListEcsSpecs(Input):
    """Instance types for public resources, with GPUs and stock. JobSpecs[].EcsSpec takes the InstanceType."""

    accelerator_type: Literal["CPU", "GPU"] | None = may("With or without GPUs.")
    instance_types: str | None = may("These types only, comma-separated.")
    order: Order | None = may("Direction of sort_by; desc by default.", is_sent=False)
    page_number: int | None = may("From 1.", ge=1)
    page_size: int | None = may("Types a page.", ge=1)
    resource_type: Annotated[str, Known("ECS", "Lingjun")] | None = may("General computing or Lingjun.")
    sort_by: SpecOrder | None = may("Sort field; this server sorts, the service does not.", rule="R47", is_sent=False)
