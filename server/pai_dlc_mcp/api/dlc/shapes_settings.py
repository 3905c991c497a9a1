"""The nested objects of a job that most jobs leave alone: settings, credentials, elasticity."""

from __future__ import annotations

from typing import Annotated, Any

from ...shapes import Known, Shape, may
from .. import kinds
from ..kinds import ImageUri


class ResourceCeiling(Shape):
    """Bounds for an estimate of resources."""

    CPU: str | None = may("Most cores.")
    GPU: str | None = may("Most GPUs.")
    Memory: str | None = may("Most memory, with unit.")


class DataJuicer(Shape):
    """How a DataJuicerJob runs."""

    CommandType: Annotated[str, Known("shell", "config")] | None = may(
        "user_command is a shell command or a DataJuicer YAML."
    )
    EnableResourceEstimation: bool | None = may("Size the job by estimate; needs distributed and config.")
    ExecutionMode: Annotated[str, Known("standalone", "distributed")] | None = may("One node or several.")
    ResourceLimit: ResourceCeiling | None = may("Ceiling of that estimate.")


class ModelOrigin(Shape):
    """The model a job trains further."""

    Collections: str | None = may("Collections the model is listed in.")
    ModelName: str | None = may("Name of that model.")
    Provider: str | None = may("Its provider.")


class OutputModel(Shape):
    """The model a job puts out; joint training only."""

    ModelName: str | None = may("Name of the model put out.")
    ModelTemplate: ModelOrigin | None = may("Model it starts from.")


class JobSettings(Shape):
    """Switches of a job."""

    AdvancedSettings: dict[str, Any] | None = may("Further settings by name; not documented one by one.")
    AllocateAllRDMADevices: bool | None = may("Mount every RDMA interface of the node.")
    AllowUnschedulableNodes: bool | None = may("Take cordoned nodes too.")
    BusinessUserId: str | None = may("User on whose behalf the job runs; a label, no permission.")
    Caller: str | None = may("Program that submits; a label.")
    DataJuicerConfig: DataJuicer | None = may("For DataJuicerJob.")
    DisableEcsStockCheck: bool | None = may("Submit even where the instance type is out of stock.")
    Driver: str | None = may("NVIDIA driver version.")
    ElasticSpotJobMaxRestartTimes: int | None = may("Restarts allowed after preemptible nodes were reclaimed.")
    EnableCPUAffinity: bool | None = may("Pin CPUs; general-computing subscription resources only.")
    EnableDSWDev: bool | None = may("Not documented by the service.")
    EnableErrorMonitoringInAIMaster: bool | None = may("Fault tolerance: watch the job and restart it on errors.")
    EnableOssAppend: bool | None = may("Allow appending to OSS objects through mounts.")
    EnableRDMA: bool | None = may("Fast network for multi-node GPU jobs.", hint=True)
    EnableSanityCheck: bool | None = may("Test the GPUs before training starts.", hint=True)
    EnableTideResource: bool | None = may("Allow tidal (off-peak) resources.")
    ErrorMonitoringArgs: str | None = may("Arguments of the fault tolerance, e.g. hang detection by log.")
    JobReservedMinutes: int | None = may("How long pods are kept after the end, in minutes.")
    JobReservedPolicy: str | None = may("When pods are kept after the end; its values are not documented.")
    ModelConfig: OutputModel | None = may("Model put out; joint training only.")
    OversoldType: str | None = may("Idle quota resources: reject, accept or accept only; spelling not documented.")
    PipelineId: str | None = may("Workflow the job belongs to.")
    SanityCheckArgs: str | None = may("Arguments of the GPU check.")
    Shell: str | None = may("Shell that runs user_command.")
    Tags: dict[str, str] | None = may("Tags of the job, by key.")
    TerminationGracePeriodSeconds: int | None = may("Seconds between the polite and the hard end of a pod.")


class AssumingUser(Shape):
    """The identity that assumes a role."""

    AccessKeyId: str | None = may("Its access key id.", secret=True)
    Id: str | None = may("Account or user id.")
    SecurityToken: str | None = may("Its temporary token.", secret=True)
    Type: str | None = may("Kind of identity.")


class CredentialRole(Shape):
    """One link of a chain of RAM roles."""

    AssumeRoleFor: str | None = may("Account the role is assumed for.")
    AssumeUserInfo: AssumingUser | None = may("Identity that assumes it.")
    Policy: str | None = may("Policy that narrows the session.")
    RoleArn: kinds.RoleArn | None = may("The role.")
    RoleType: str | None = may("Kind of role, as service or user.")


class CredentialConfigItem(Shape):
    """One credential that pods can fetch."""

    Key: str | None = may("Name under which pods find it.")
    Roles: list[CredentialRole] | None = may("Roles assumed, in order.")
    Type: str | None = may("Kind of credential.")


class CredentialConfig(Shape):
    """Temporary credentials for the pods."""

    AliyunEnvRoleKey: str | None = may("Key of the item that goes into environment variables.")
    CredentialConfigItems: list[CredentialConfigItem] | None = may("The credentials.")
    EnableCredentialInject: bool | None = may("Whether they are put into the pods.")


class JobElasticSpec(Shape):
    """Elastic training; the service ignores it today (R19)."""

    AIMasterDockerImage: ImageUri | None = may("Image of the AIMaster.")
    AIMasterType: str | None = may("Kind of AIMaster.")
    EDPMaxParallelism: int | None = may("Most workers of elastic data parallelism.")
    EDPMinParallelism: int | None = may("Fewest workers of elastic data parallelism.")
    ElasticStrategy: str | None = may("Strategy by which it scales.")
    EnableAIMaster: bool | None = may("Run an AIMaster.")
    EnableEDP: bool | None = may("Elastic data parallelism.")
    EnableElasticTraining: bool | None = may("Elastic training as such.")
    EnablePsJobElasticPS: bool | None = may("Scale the parameter servers of a TFJob.")
    EnablePsJobElasticWorker: bool | None = may("Scale the workers of a TFJob.")
    EnablePsResourceEstimate: bool | None = may("Size parameter servers by estimate.")
    MaxParallelism: int | None = may("Most workers.")
    MinParallelism: int | None = may("Fewest workers.")
    PSMaxParallelism: int | None = may("Most parameter servers.")
    PSMinParallelism: int | None = may("Fewest parameter servers.")
