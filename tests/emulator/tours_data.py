"""Images, code sources and datasets through their lives, by the official SDK."""

from __future__ import annotations

from typing import Any

from emulator.driving import Sdk
from emulator.tours_workspaces import Advance, refused, workspace_of


def images(sdk: Sdk, advance: Advance) -> None:
    home = workspace_of(sdk, "vision_training")
    fields = {"WorkspaceId": home, "Name": "my-trainer", "ImageUri": "registry.example.com/me/trainer:1"}
    team = [{"Key": "team", "Value": "vision"}, {"Key": "stage", "Value": "try"}]
    key = sdk.call("AddImage", **fields, Labels=team[:1])["ImageId"]
    assert refused(sdk, "AddImage", **fields) == (409, "ImageNameAlreadyExists")
    assert refused(sdk, "AddImage", **fields | {"Name": "No Capitals"})[1] == "InvalidParameter"
    sdk.call("AddImageLabels", ImageId=key, Labels=team)
    assert sdk.call("GetImage", ImageId=key, Verbose=True)["Labels"] == team
    assert "Labels" not in sdk.call("GetImage", ImageId=key) or not sdk.call("GetImage", ImageId=key)["Labels"]
    sdk.call("RemoveImageLabels", ImageId=key, LabelKey="stage")
    assert sdk.call("ListImageLabels", ImageId=key)["Labels"] == team[:1]
    assert refused(sdk, "RemoveImageLabels", ImageId=key, LabelKey="stage") == (404, "200000002")
    found = sdk.call("ListImages", WorkspaceId=home, Name="my-trainer", Accessibility="PRIVATE")
    assert [row["ImageUri"] for row in found["Images"]] == [fields["ImageUri"]]
    sdk.call("PublishImage", ImageId=key)
    assert sdk.call("GetImage", ImageId=key)["Accessibility"] == "PUBLIC"
    sdk.call("RemoveImage", ImageId=key)
    assert refused(sdk, "GetImage", ImageId=key) == (404, "200000002")
    _official_images(sdk, home)
    _image_build(sdk, home, advance)


def _official_images(sdk: Sdk, home: str) -> None:
    """R46: official images carry labels and show without a workspace only."""
    found = sdk.call("ListImages", Labels="system.chipType=GPU,system.supported.dlc=true", Verbose=True, PageSize=100)
    assert found["TotalCount"] == len(found["Images"]) == 6
    assert all({"Key": "system.official", "Value": "true"} in row["Labels"] for row in found["Images"])
    assert all(row["Name"].startswith(("vision", "my-")) for row in sdk.call("ListImages", WorkspaceId=home)["Images"])
    keys = {label["Key"] for label in sdk.call("ListImageLabels")["Labels"]}
    assert {"system.framework", "system.chipType", "system.pythonVersion"} <= keys
    chips = sdk.call("ListImageLabels", LabelKeys="system.chipType")["Labels"]
    assert [label["Value"] for label in chips] == ["CPU", "GPU"]
    first = sdk.call("ListImages", PageSize=4, PageNumber=1)["Images"]
    second = sdk.call("ListImages", PageSize=4, PageNumber=2)["Images"]
    assert len({row["ImageId"] for row in first + second}) == 8
    assert refused(sdk, "RemoveImage", ImageId=first[0]["ImageId"]) == (403, "Forbidden")


def _image_build(sdk: Sdk, home: str, advance: Advance) -> None:
    build: dict[str, Any] = {
        "WorkspaceId": home, "BuildConfig": {"BuildType": "CustomDockerfile", "Dockerfile": "FROM scratch"},
        "Image": {"Name": "built", "Uri": "registry.example.com/me/built:1"},
        "TargetRegistry": {"Type": "ACR"}, "UserVpc": {"VpcId": "vpc-1"}, "Resource": {"EcsSpec": "ecs.g6.large"},
    }  # fmt: skip
    first = sdk.call("CreateImageBuild", ClientToken="once", **build)
    assert sdk.call("CreateImageBuild", ClientToken="once", **build) == first
    assert sdk.call("ListImages", WorkspaceId=home, Name="built")["TotalCount"] == 0
    advance(300)
    (image,) = sdk.call("ListImages", WorkspaceId=home, Name="built")["Images"]
    assert (image["ImageUri"], image["SourceType"]) == (build["Image"]["Uri"], "Build")
    quota = {"Resource": {"EcsSpec": "ecs.g6.large", "ResourceId": "quota1"}}
    assert refused(sdk, "CreateImageBuild", **build | quota)[1] == "InvalidParameter"


def code_sources(sdk: Sdk, advance: Advance) -> None:
    home = workspace_of(sdk, "vision_training")
    fields = {
        "WorkspaceId": home,
        "DisplayName": "recipes-2",
        "CodeRepo": "https://code.example.com/r.git",
        "MountPath": "/code",
    }
    key = sdk.call("CreateCodeSource", **fields, CodeRepoAccessToken="do-not-show")["CodeSourceId"]
    found = sdk.call("GetCodeSource", CodeSourceId=key)
    assert (found["CodeRepo"], found["Accessibility"], found["CodeRepoAccessToken"]) == (
        fields["CodeRepo"],
        "PRIVATE",
        "******",
    )
    advance(1)
    assert sdk.call("UpdateCodeSource", CodeSourceId=key, CodeBranch="dev", CloneType=1)["CodeSourceId"] == key
    found = sdk.call("GetCodeSource", CodeSourceId=key)
    assert (found["CodeBranch"], found["CloneType"], found["GmtModifyTime"] > found["GmtCreateTime"]) == (
        "dev",
        1,
        True,
    )
    sdk.call("PublishCodeSource", CodeSourceId=key)
    listed = sdk.call("ListCodeSources", WorkspaceId=home, SortBy="DisplayName", Order="DESC")
    assert [row["DisplayName"] for row in listed["CodeSources"]] == ["vision-recipes", "recipes-2"]
    assert (
        sdk.call("ListCodeSources", WorkspaceId=home, DisplayName="RECIPES-2")["CodeSources"][0]["Accessibility"]
        == "PUBLIC"
    )
    assert refused(sdk, "UpdateCodeSource", CodeSourceId=key, CloneType=7)[1] == "InvalidParameter"
    sdk.call("DeleteCodeSource", CodeSourceId=key)
    assert refused(sdk, "GetCodeSource", CodeSourceId=key) == (404, "201400002")


def _new_dataset(sdk: Sdk, name: str) -> str:
    fields = {
        "Name": name,
        "DataSourceType": "OSS",
        "Property": "DIRECTORY",
        "Uri": "oss://b.oss-cn-hangzhou.aliyuncs.com/d/",
    }
    home = workspace_of(sdk, "vision_training")
    key = sdk.call("CreateDataset", WorkspaceId=home, **fields, VersionDescription="first")["DatasetId"]
    assert refused(sdk, "CreateDataset", WorkspaceId=home, **fields) == (409, "DatasetNameAlreadyExists")
    return str(key)


def datasets(sdk: Sdk, advance: Advance) -> None:
    key = _new_dataset(sdk, "birds")
    found = sdk.call("GetDataset", DatasetId=key)
    assert (found["Accessibility"], found["Edition"], found["LatestVersion"]["VersionName"]) == (
        "PRIVATE",
        "BASIC",
        "v1",
    )
    label = [{"Key": "kind", "Value": "birds"}]
    sdk.call("CreateDatasetLabels", DatasetId=key, Labels=label)
    assert [row["DatasetId"] for row in sdk.call("ListDatasets", Label="kind=birds")["Datasets"]] == [key]
    sdk.call("DeleteDatasetLabels", DatasetId=key, LabelKeys="kind")
    assert sdk.call("ListDatasets", Label="kind=birds")["TotalCount"] == 0
    share = {"SharedTo": [{"TenantId": "2", "WorkspaceId": "77", "AllowedMountAccessLevels": ["RO"]}]}
    sdk.call(
        "UpdateDataset", DatasetId=key, Name="song-birds", SharingConfig=share, MountAccessReadWriteRoleIdList=["*"]
    )
    found = sdk.call("GetDataset", DatasetId=key)
    assert (found["Name"], found["SharingConfig"]["SharedTo"][0]["Status"]) == ("song-birds", "ACTIVE")
    assert [row["DatasetId"] for row in sdk.call("ListDatasets", ShareScope="BY_ME")["Datasets"]] == [key]
    sdk.call("PublishDataset", DatasetId=key)
    listed = sdk.call("ListDatasets", Name="BIRDS", DataSourceTypes="OSS,NAS", DataTypes="COMMON")
    assert [(row["DatasetId"], row["Accessibility"]) for row in listed["Datasets"]] == [(key, "PUBLIC")]
    wrong = {"Name": "x", "DataSourceType": "NAS", "Property": "FILE", "Uri": "oss://b/"}
    assert refused(sdk, "CreateDataset", **wrong)[1] == "InvalidParameter"
    dry = sdk.call("CreateDataset", **wrong | {"DataSourceType": "OSS"}, DryRun=True)
    assert not dry.get("DatasetId")
    sdk.call("DeleteDataset", DatasetId=key)
    assert refused(sdk, "GetDataset", DatasetId=key) == (404, "201300003")
    assert refused(sdk, "GetDatasetVersion", DatasetId=key, VersionName="v1") == (404, "201300003")


def dataset_versions(sdk: Sdk, advance: Advance) -> None:
    path = {"DatasetId": _new_dataset(sdk, "fish")}
    fields = {"DataSourceType": "OSS", "Property": "DIRECTORY", "Uri": "oss://b.oss/d2/", "DataCount": 7}
    advance(1)
    assert sdk.call("CreateDatasetVersion", **path, **fields)["VersionName"] == "v2"
    second = path | {"VersionName": "v2"}
    sdk.call("UpdateDatasetVersion", **second, Description="second", DataSize=10)
    sdk.call("CreateDatasetVersionLabels", **second, Labels=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sdk.call("DeleteDatasetVersionLabels", **second, Keys="a")
    found = sdk.call("GetDatasetVersion", **second)
    assert (found["DataCount"], found["DataSize"], found["Description"]) == (7, 10, "second")
    assert found["Labels"] == [{"Key": "b", "Value": "2"}]
    listed = sdk.call("ListDatasetVersions", **path, PageNumber=1, PageSize=1, Order="DESC")
    assert (listed["TotalCount"], [row["VersionName"] for row in listed["DatasetVersions"]]) == (2, ["v2"])
    assert sdk.call("ListDatasetVersions", **path, PageNumber=1, PageSize=9, LabelKeys="b")["TotalCount"] == 1
    nas = {"DataSourceType": "NAS", "Uri": "nas://x.cn-hangzhou/"}
    assert refused(sdk, "CreateDatasetVersion", **path, **fields | nas)[1] == "InvalidParameter"
    sdk.call("DeleteDatasetVersion", **second)
    assert refused(sdk, "GetDatasetVersion", **second) == (404, "201300003")
    assert refused(sdk, "DeleteDatasetVersion", **path, VersionName="v1") == (400, "InvalidParameter")


def _file(n: int, kind: str = "jpg", tags: str = '{"user": ["cat"]}') -> dict[str, Any]:
    return {
        "Uri": f"oss://b.oss/d/{kind}/{n}.{kind}", "FileType": kind, "ContentType": f"image/{kind}",
        "FileFingerPrint": f"f{n}", "FileUpdateTime": f"2026-01-01T00:{n:02d}Z", "DataSize": n, "Tags": tags,
    }  # fmt: skip


def dataset_files(sdk: Sdk, advance: Advance) -> None:
    home, key = workspace_of(sdk, "vision_training"), _new_dataset(sdk, "pets")
    where = {"DatasetId": key, "WorkspaceId": home, "DatasetVersion": "v1"}
    batch = [_file(n) for n in range(12)] + [_file(20, "png", '{"ai": ["dog"]}')]
    made = sdk.call("CreateDatasetFileMetas", **where, DatasetFileMetas=batch)
    assert (made["Status"], len(made["SucceedDetails"])) == (True, 13)
    again = sdk.call("CreateDatasetFileMetas", **where, DatasetFileMetas=batch[:1])
    assert (again["Status"], len(again["FailedDetails"])) == (False, 1)
    ids = [row["DatasetFileMetaId"] for row in made["SucceedDetails"]]
    sdk.call("UpdateDatasetFileMetas", **where, DatasetFileMetas=[{"DatasetFileMetaId": ids[0], "Comment": "blurred"}])
    one = sdk.call("GetDatasetFileMeta", **where, DatasetFileMetaId=ids[0])
    assert (one["DatasetFileMeta"]["Comment"], one["DatasetFileMeta"]["FileName"]) == ("blurred", "0.jpg")
    first = sdk.call("ListDatasetFileMetas", **where)
    second = sdk.call("ListDatasetFileMetas", **where, NextToken=first["NextToken"])
    assert (len(first["DatasetFileMetas"]), len(second["DatasetFileMetas"]), second["NextToken"]) == (10, 3, "")
    dogs = sdk.call(
        "ListDatasetFileMetas", **where, QueryTagsIncludeAny=["dog", "cow"], QueryFileTypeIncludeAny=["png"]
    )
    assert [row["DatasetFileMetaId"] for row in dogs["DatasetFileMetas"]] == [ids[-1]]
    late = sdk.call(
        "ListDatasetFileMetas", **where, StartFileUpdateTime="2026-01-01T00:11Z", Order="ASC", SortBy="FileUpdateTime"
    )
    assert [row["FileName"] for row in late["DatasetFileMetas"]] == ["11.jpg", "20.png"]
    counted = sdk.call("GetDatasetFileMetasStatistics", **where, AggregateBy="filetype")
    assert counted["DatasetFileMetasStats"] == [{"Count": 12, "Key": "jpg"}, {"Count": 1, "Key": "png"}]
    assert sdk.call("DeleteDatasetFileMetas", **where, DatasetFileMetaIds=",".join(ids[:2]))["Status"] is True
    assert sdk.call("ListDatasetFileMetas", **where)["TotalCount"] == 11
    assert sdk.call("ListDatasetFileMetas", **where, Status="DELETED")["TotalCount"] == 2
    assert refused(sdk, "ListDatasetFileMetas", **where, MaxResults=101)[1] == "InvalidParameter"


def dataset_jobs(sdk: Sdk, advance: Advance) -> None:
    home, key = workspace_of(sdk, "vision_training"), _new_dataset(sdk, "cars")
    where = {"DatasetId": key, "WorkspaceId": home}
    files = [_file(n) for n in range(4)]
    sdk.call("CreateDatasetFileMetas", **where, DatasetVersion="v1", DatasetFileMetas=files)
    fields = {"JobAction": "SemanticIndex", "JobSpec": "{}", "Description": "index"}
    job = {"DatasetId": key, "DatasetJobId": sdk.call("CreateDatasetJob", **where, **fields)["DatasetJobId"]}
    assert sdk.call("GetDatasetJob", **job)["Status"] == "Pending"
    advance(35)
    found = sdk.call("GetDatasetJob", **job)
    assert (found["Status"], found["CompletedFileCount"], found["TotalFileCount"]) == ("Running", 2, 4)
    sdk.call("UpdateDatasetJob", **job, Description="index again")
    assert refused(sdk, "DeleteDatasetJob", **job) == (400, "DatasetJobStatusError")
    sdk.call("StopDatasetJob", **job)
    advance(300)
    (found,) = sdk.call("ListDatasetJobs", **where, WithLogs=True)["DatasetJobs"]
    assert (found["Status"], found["Description"], len(found["Logs"])) == ("Stopped", "index again", 1)
    assert refused(sdk, "StopDatasetJob", **job) == (400, "DatasetJobStatusError")
    other = sdk.call("CreateDatasetJob", **where, **fields | {"JobAction": "FileMetaExport"})["DatasetJobId"]
    advance(300)
    assert sdk.call("GetDatasetJob", DatasetId=key, DatasetJobId=other)["Status"] == "Succeeded"
    sdk.call("DeleteDatasetJob", **job)
    assert refused(sdk, "GetDatasetJob", **job) == (404, "200000002")
    _dataset_job_configs(sdk, where)


def _dataset_job_configs(sdk: Sdk, where: dict[str, str]) -> None:
    fields = {"ConfigType": "MultimodalSemanticIndex", "Config": '{"model": "m"}'}
    key = sdk.call("CreateDatasetJobConfig", **where, **fields)["DatasetJobConfigId"]
    config = {"DatasetId": where["DatasetId"], "DatasetJobConfigId": key}
    sdk.call("UpdateDatasetJobConfig", **config, Config='{"model": "n"}')
    assert sdk.call("GetDatasetJobConfig", **config)["Config"] == '{"model": "n"}'
    listed = sdk.call("ListDatasetJobConfigs", **where, PageNumber="1", PageSize="5")
    assert [row["DatasetJobConfigId"] for row in listed["DatasetJobConfigs"]] == [key]
    sdk.call("DeleteDatasetJobConfig", **config)
    assert refused(sdk, "GetDatasetJobConfig", **config) == (404, "200000002")


TOURS = (images, code_sources, datasets, dataset_versions, dataset_files, dataset_jobs)
