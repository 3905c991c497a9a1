"""The nested objects of a TensorBoard."""

from __future__ import annotations

from typing import Annotated

from ...shapes import Known, Shape, may
from ..kinds import DatasetId, InstanceType, Timestamp


class MountedDataset(Shape):
    """A registered dataset to mount. A Uri is not taken here: the service would drop it (R43)."""

    DataSourceId: DatasetId | None = may("DatasetId from aiworkspace_list_datasets.", hint=True)
    DataSourceType: str | None = may("Kind of storage; NAS is the documented one.")
    Description: str | None = may("Text of the data source.")
    DisplayName: str | None = may("Name of the data source.")
    Endpoint: str | None = may("OSS endpoint.")
    FileSystemId: str | None = may("NAS file system.")
    GmtCreateTime: Timestamp | None = may("Creation; set by the service.")
    GmtModifyTime: Timestamp | None = may("Last change; set by the service.")
    MountPath: str | None = may("Folder in the container.", hint=True)
    Options: str | None = may("OSS mount options.")
    Path: str | None = may("Path on OSS.")
    UserId: str | None = may("Account that registered it; set by the service.")


class SummarySource(Shape):
    """A path with summaries that is not registered as a dataset."""

    DataSourceType: str | None = may("Kind of storage behind Uri, as OSS.")
    DirectoryName: str | None = may("Folder under which TensorBoard shows it.")
    FullSummaryPath: str | None = may("Whole path of the summaries.")
    Id: str | None = may("Id of the dataset or job it stands for.", kind_by="SourceType")
    Name: str | None = may("Name of the dataset or job it stands for.")
    SourceType: Annotated[str, Known("datasource", "dlcjob")] | None = may(
        "datasource: a path; dlcjob: a job.", hint=True
    )
    SummaryPath: str | None = may("Folder of the summaries below Uri.", hint=True)
    Uri: str | None = may("As oss://bucket.endpoint/path.", hint=True)


class TensorboardInstance(Shape):
    """The instance of a TensorBoard that is paid for by use."""

    EcsType: InstanceType | None = may("Instance type.")
    SecurityGroupId: str | None = may("Its security group.")
    SwitchId: str | None = may("Its vSwitch.")
    VpcId: str | None = may("Its VPC.")
