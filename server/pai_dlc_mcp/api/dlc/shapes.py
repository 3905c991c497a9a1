"""The nested objects of a training job: its specs, its mounts, its code and its network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from ...shapes import Known, Shape, may
from .. import kinds
from ..kinds import GRANTS, DatasetId, ImageUri, InstanceType
from .shapes_pod import PodExtras

JobType = Literal[
    "TFJob",
    "PyTorchJob",
    "MPIJob",
    "XGBoostJob",
    "OneFlowJob",
    "ElasticBatchJob",
    "SlurmJob",
    "RayJob",
    "DataJuicerJob",
    "FlinkBatchJob",
]
UNDOCUMENTED_JOB_TYPES = ("FlinkBatchJob",)
"""The official command line has it, the page of CreateJob does not."""
NOT_SET: Mapping[str, Any] = {"Priority": 0, "JobMaxRunningTimeMinutes": 0, "ResourceId": ""}
"""How the service writes in a job's record that nothing was set (recorded answers of jobs on public resources)."""

OUTCOME_FIELDS = frozenset({
    "ClusterId", "Duration", "EnablePreemptibleJob", "EnabledDebugger", "GmtCreateTime", "GmtFailedTime",
    "GmtFinishTime", "GmtModifiedTime", "GmtRunningTime", "GmtStoppedTime", "GmtSubmittedTime",
    "GmtSuccessedTime", "IsDeleted", "JobId", "JobReplicaStatuses", "NodeCount", "NodeNames", "Pods",
    "ReasonCode", "ReasonMessage", "RequestCPU", "RequestGPU", "RequestId", "RequestMemory", "ResourceLevel",
    "ResourceName", "ResourceQuotaName", "ResourceType", "RestartRecord", "RestartTimes", "RetryCount",
    "RoleSystemEnvs", "Status", "StatusHistory", "SubStatus", "SystemEnvs", "TemplateName", "TenantId",
    "UseOversoldResource", "UserId", "UserScript", "Username", "WorkingDir", "WorkspaceName",
    "supportedProfilingTypes", "Code", "HttpStatusCode", "Message", "Success",
})  # fmt: skip
"""Fields of a job's record that tell what became of it, or of the answer as such; no job is created with them."""


def without_unset(record: Mapping[str, Any]) -> dict[str, Any]:
    """A job's record without the fields whose value says that they were not set (R14)."""
    return {name: value for name, value in record.items() if name not in NOT_SET or value not in (None, NOT_SET[name])}


Accessibility = Literal["PUBLIC", "PRIVATE"]
Order = Literal["desc", "asc"]


class HyperNodeSpec(Shape):
    """A group of nodes under one network switch."""

    HyperNodeName: str | None = may("Name of the group.")
    NodeNames: str | None = may("Its nodes, comma-separated.")


class NodeAssignment(Shape):
    """Which nodes of a quota may run the pods."""

    AntiAffinityHyperNodes: list[HyperNodeSpec] | None = may("Groups of nodes to keep off.")
    AntiAffinityNodeNames: str | None = may("Nodes to keep off, comma-separated.")
    EnableAssignNode: bool | None = may("Whether the lists here count at all.")
    HyperNodes: list[HyperNodeSpec] | None = may("Groups of nodes to use.")
    NodeNames: str | None = may("Nodes to use, comma-separated.")


class ScalingMetric(Shape):
    """What drives automatic scaling."""

    MetricName: str | None = may("Metric to watch, predefined or your own.")
    StabilizationWindowSeconds: int | None = may("Pause after a scaling step, in seconds.")
    TargetValue: int | None = may("Value the metric is steered towards.")
    Tolerance: str | None = may("Deviation from the target that is let pass, as a percentage.")


class AutoScaling(Shape):
    """How many pods a role may have over time."""

    AutoscalingMetricSpec: ScalingMetric | None = may("Metric that drives it.")
    MaxReplicas: int | None = may("Most pods.")
    MinReplicas: int | None = may("Fewest pods.")
    PodsToDelete: list[str] | None = may("Pods that go first when it shrinks.")
    ScalingStrategy: str | None = may("Strategy; its values are not documented.")


class ElasticSpotSpec(Shape):
    """One instance type that a preemptible role may take."""

    InstanceType: kinds.InstanceType | None = may("Instance type.")
    SpotDiscountLimit: float | None = may("Highest discount, in percent, of an instance that is considered.")
    SpotPriceLimit: float | None = may("Most to pay for an hour; the on-demand price when left out.")
    SpotStrategy: Annotated[str, Known("LowestPrice", "CapacityOptimized")] | None = may(
        "Cheapest pool first (LowestPrice, the default) or the pool with most capacity."
    )


class HyperNodeScheduling(Shape):
    """Scheduling over groups of nodes."""

    MinAvailable: int | None = may("Fewest pods that must be placed together.")
    QualityPolicy: str | None = may("Placement policy; its values are not documented.")


class RegistryLogin(Shape):
    """Access to a private image registry."""

    Auth: str | None = may("Registry credentials in one text.", secret=True)
    DockerRegistry: str | None = may("Registry host.")
    Password: str | None = may("Registry password.", secret=True)
    Username: str | None = may("Registry user.")


class LocalMountSpec(Shape):
    """A folder of the node inside the container."""

    LocalPath: str | None = may("Folder on the node.", risk=GRANTS)
    MountMode: str | None = may("Way of mounting; its values are not documented.")
    MountPath: str | None = may("Folder in the container.")


class PodResources(Shape):
    """What one pod takes from a quota."""

    CPU: str | None = may('Cores, as "8".', hint=True)
    GPU: str | None = may('Whole cards, as "1".', hint=True)
    GPUType: str | None = may("Card model.", hint=True)
    Memory: str | None = may('With unit, as "32Gi".', hint=True)
    SharedMemory: str | None = may('Size of /dev/shm with unit, as "16Gi".')


class PodService(Shape):
    """Ports under which pods find each other."""

    DefaultPort: int | None = may("First port.")
    ExtraPorts: list[int] | None = may("Further ports.")
    ServiceMode: Annotated[str, Known("PerPod", "PerRole")] | None = may("One service a pod (default) or one a role.")


class SpotTerms(Shape):
    """Terms of preemptible resources: a discount limit or a price limit, not both."""

    SpotDiscountLimit: float | None = may("Highest discount; excludes SpotPriceLimit.")
    SpotPriceLimit: float | None = may("Highest price, CNY a minute; excludes SpotDiscountLimit.")
    SpotStrategy: str | None = may("SpotWithPriceLimit.")


class StartupDependency(Shape):
    """Another role that has to be there first."""

    MinReplicas: str | None = may("How many of its pods must have got there.")
    OnPhase: str | None = may("Phase they must have reached.")
    Type: str | None = may("Role waited for, as named in JobSpecs[].Type.")


class Disk(Shape):
    """System disk of each pod's instance."""

    Category: str | None = may("Disk category, as ECS names it.")
    PerformanceLevel: str | None = may("Performance level, as ECS names it.")
    Size: int | None = may("Size in GiB.")


class JobSpec(Shape):
    """One role of a job: its pods are alike. EcsSpec (public) or ResourceConfig (quota), never both (R06, R07)."""

    AssignNodeSpec: NodeAssignment | None = may("Nodes to use or avoid, in a quota.")
    AutoScalingSpec: AutoScaling | None = may("Automatic change of the pod count.")
    ConsiderInSuccessPolicy: bool | None = may("Whether the role counts for success; policy Partial only.")
    Driver: str | None = may("NVIDIA driver version of the nodes.")
    EcsSpec: InstanceType | None = may("InstanceType from dlc_list_ecs_specs; public resources only.", hint=True)
    ElasticSpotSpecs: list[ElasticSpotSpec] | None = may("Instance types a preemptible role may take.")
    ExtraPodSpec: PodExtras | None = may("Sidecars, init containers, labels, lifecycle hooks.")
    HyperNodeSchedulingConfig: HyperNodeScheduling | None = may("Placement over groups of nodes.")
    Image: ImageUri | None = may("ImageUri from aiworkspace_list_images, verbatim.", hint=True)
    ImageConfig: RegistryLogin | None = may("Login to a private registry.")
    IsChief: bool | None = may("Marks the chief role; at most one.")
    LocalMountSpecs: list[LocalMountSpec] | None = may("Folders of the node to mount.")
    OversoldType: str | None = may("Use of idle quota resources by this role.")
    PodCount: int | None = may("Pods; multi-node PyTorch is one Worker spec with n pods.", hint=True)
    QuotaId: kinds.QuotaId | None = may("Quota of this role, where it is not the job's.")
    ResourceConfig: PodResources | None = may("Per pod; only with resource_id.", hint=True)
    RestartPolicy: Literal["Always", "Never", "OnFailure", "ExitCode"] | None = may("When an ended pod is restarted.")
    ServiceSpec: PodService | None = may("Ports between pods.")
    SpotSpec: SpotTerms | None = may("Price terms when UseSpotInstance is true.")
    StartupDependencies: list[StartupDependency] | None = may("Roles that must be up before this one.")
    SystemDisk: Disk | None = may("System disk of the pods.")
    Type: str | None = may("Worker, Master, PS, Chief, Evaluator, Head ... fitting the job type.", hint=True)
    UseSpotInstance: bool | None = may("Preemptible resources: cheaper, reclaimed at short notice.")
    UserCommand: str | None = may("Command of this role alone, in place of the job's.")


class DataSource(Shape):
    """Data mounted into every pod: DataSourceId or Uri, one of them (R08)."""

    AccessPointId: str | None = may("Access point, for CPFS of Lingjun only.")
    DataSourceId: DatasetId | None = may("DatasetId from aiworkspace_list_datasets; excludes Uri.", hint=True)
    DataSourceVersion: str | None = may("Dataset version, as v1.")
    EnableCache: bool | None = may("Whether reads go through a cache.")
    MountAccess: Literal["RO", "RW"] | None = may("Read only, or write too.", hint=True)
    MountPath: str | None = may("Folder in the container; the dataset's own by default.", hint=True)
    Options: str | None = may("Mount properties as JSON text; OSS only.")
    RoleArn: kinds.RoleArn | None = may("RAM role that reads the data.")
    RoleChain: kinds.RoleArn | None = may("Chain of RAM roles to assume, as JSON text.")
    Uri: str | None = may("As oss://bucket.endpoint/path/; excludes DataSourceId.", hint=True)


class CodeSource(Shape):
    """Code that is cloned into every pod."""

    Branch: str | None = may("Branch in place of the code source's own.", hint=True)
    CodeSourceId: kinds.CodeSourceId | None = may("From aiworkspace_list_code_sources.", hint=True)
    Commit: str | None = may("Commit in place of the code source's own; beats Branch.", hint=True)
    IsSharedMountPath: bool | None = may("MountPath is shared storage: one pod clones for all.")
    MountPath: str | None = may("Folder in the container; the code source's own by default.", hint=True)


class CustomEnv(Shape):
    """An environment variable with a visibility of its own."""

    Key: str | None = may("Name of the variable.")
    Value: str | None = may("Value of the variable.", secret=True)
    Visible: str | None = may("Who may see the value; its values are not documented.")


class UserVpc(Shape):
    """The network of the caller that the pods join."""

    DefaultRoute: str | None = may("Interface for outside traffic: eth0 (public gateway) or eth1 (your VPC).")
    ExtendedCIDRs: list[str] | None = may("All CIDR blocks of the VPC; needed once SwitchId is given (R18).")
    SecurityGroupId: str | None = may("Security group of the pods.")
    SwitchId: str | None = may("vSwitch; chosen by stock when left out.")
    VpcId: str | None = may("The VPC.")
