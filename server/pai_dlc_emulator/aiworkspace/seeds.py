"""What a fresh world holds. The records stand in ``seeds.json``; people and places are named there, not numbered."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

from ..accounts import ACCOUNT_ID, USERS
from ..clock import iso_ms
from ..wire import Record
from ..world import REGIONS, World

DAY_S, GIB = 86_400, 2**30
LARGE_IMAGES, LARGE_DATASETS = 5_000, 2_000


@functools.cache
def _text() -> str:
    return resources.files(__package__).joinpath("seeds.json").read_text(encoding="utf-8")


class _Seeder:
    """Puts seed records into one world; names of workspaces, users and quotas become ids on the way."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.users = {user.name: user.user_id for user in USERS}
        self.workspaces: dict[str, str] = {}
        self.quotas: dict[str, str] = {}

    def ago(self, days: float) -> str:
        return iso_ms(self.world.clock.now() - days * DAY_S)

    def owned(self, record: Record, table: str, key: str, prefix: str, length: int, modified: str) -> Record:
        """A record of a user in a workspace."""
        created = self.ago(record.pop("days"))
        times = {"GmtCreateTime": created, modified: created}
        owner = {"UserId": self.users.get(record.pop("UserId", ""), ACCOUNT_ID), "OwnerId": ACCOUNT_ID}
        if "WorkspaceId" in record:
            record["WorkspaceId"] = self.workspaces[record["WorkspaceId"]]
        if "Labels" in record:
            record["Labels"] = [{"Key": name, "Value": value} for name, value in record["Labels"].items()]
        identity = self.world.ids.next(prefix, length)
        self.world.catalogue.tables[table][identity] = {key: identity, **record, **owner, **times}
        return self.world.catalogue.tables[table][identity]

    def workspace(self, record: Record) -> None:
        created = self.ago(record.pop("days"))
        identity = self.world.ids.number("workspace")
        creator = self.users[record.pop("Creator")]
        for name in record.pop("default_of"):
            self.world.catalogue.defaults[self.users[name]] = identity
        self.workspaces[record["WorkspaceName"]] = identity
        self.world.catalogue.workspaces[identity] = {
            "WorkspaceId": identity, **record, "Creator": creator, "UserId": creator,
            "AdminNames": [], "Status": "ENABLED",
            "ResourceGroupId": "rg-emulator", "ExtraInfos": {"TenantId": ACCOUNT_ID}, "_account": ACCOUNT_ID,
            "GmtCreateTime": created, "GmtModifiedTime": created,
        }  # fmt: skip

    def member(self, workspace: str, user: str, roles: list[str]) -> None:
        identity = f"{self.workspaces[workspace]}-{self.users[user]}"
        self.world.catalogue.tables["members"][identity] = {
            "MemberId": identity, "WorkspaceId": self.workspaces[workspace], "UserId": self.users[user],
            "MemberName": user, "DisplayName": user, "AccountName": user, "AccountType": "5", "Roles": roles,
            "GmtCreateTime": self.ago(30),
        }  # fmt: skip
        if {"PAI.WorkspaceOwner", "PAI.WorkspaceAdmin"} & set(roles):
            self.world.catalogue.workspaces[self.workspaces[workspace]]["AdminNames"].append(user)

    def image(self, record: Record) -> None:
        if "WorkspaceId" not in record:
            record |= {"Accessibility": "PUBLIC", "SourceType": "Official"}
        self.owned(record, "images", "ImageId", "image-", 18, "GmtModifiedTime")

    def dataset(self, record: Record) -> None:
        versions = record.pop("versions")
        basics = {"SourceType": "USER", "ProviderType": "Ecs", "Edition": "BASIC", "MountAccess": "RW"}
        dataset = self.owned(basics | record, "datasets", "DatasetId", "d-", 18, "GmtModifiedTime")
        same = {
            name: dataset[name] for name in ("DatasetId", "DataSourceType", "Property", "SourceType", "MountAccess")
        }
        for version in versions:
            times = {"GmtCreateTime": dataset["GmtCreateTime"], "GmtModifiedTime": dataset["GmtModifiedTime"]}
            key = f"{dataset['DatasetId']}/{version['VersionName']}"
            self.world.catalogue.tables["dataset_versions"][key] = {**same, **version, **times, "Labels": []}

    def code_source(self, record: Record) -> None:
        self.owned(record, "code_sources", "CodeSourceId", "code-", 20, "GmtModifyTime")

    def quota(self, record: Record) -> None:
        identity = self.world.ids.next("quota", 11)
        self.quotas[record["QuotaName"]] = identity
        prepaid = {"Mode": "isolate", "ProductCode": "PAI_isolate", "QuotaType": "PAI"}
        gpu = record.pop("gpu")
        specs = [{"Name": n, "Type": gpu if n == "GPU" else n, "Value": v} for n, v in record.pop("Specs").items()]
        quota = self.world.catalogue.quotas[identity] = {
            "QuotaId": identity, "Id": identity, "Name": record["QuotaName"], "QuotaName": record["QuotaName"],
            "DisplayName": record["DisplayName"], "ResourceType": record["ResourceType"], "GpuType": gpu,
            "ParentQuotaId": self.quotas.get(record.get("parent", "")), "Specs": specs, **prepaid,
            "WorkspaceIds": [self.workspaces[name] for name in record["WorkspaceIds"]],
            "Full": bool(record.get("full")), "GmtCreateTime": self.ago(record["days"]),
        }  # fmt: skip
        for workspace in quota["WorkspaceIds"]:
            self.binding(quota, workspace)

    def binding(self, quota: Record, workspace: str) -> None:
        """What makes a quota usable in a workspace: a resource of it, which ListResources shows."""
        identity = self.world.ids.next("resource-", 12)
        self.world.catalogue.tables["resources"][identity] = {
            "Id": identity, "Name": quota["QuotaName"], "GroupName": quota["QuotaName"], "WorkspaceId": workspace,
            "ResourceType": quota["ResourceType"], "ProductType": quota["ResourceType"], "EnvType": "prod",
            "IsDefault": False, "Labels": [], "Spec": {}, "Executor": {"OwnerId": ACCOUNT_ID},
            "Encryption": {"Enabled": False}, "GmtCreateTime": quota["GmtCreateTime"],
            "Quotas": [quota | {"CardType": "GPU"}],
        }  # fmt: skip


def seed_catalogue(world: World) -> None:
    """Fill a fresh world. ``empty`` has workspaces, official images and quotas, and nothing that users created."""
    seeds: dict[str, list[Any]] = json.loads(_text().replace(REGIONS[0], world.region))
    sower = _Seeder(world)
    for record in seeds["workspaces"]:
        sower.workspace(record)
    for workspace, user, roles in seeds["members"]:
        sower.member(workspace, user, roles)
    for record in seeds["quotas"]:
        sower.quota(record)
    empty = world.seed == "empty"
    for record in seeds["images"]:
        if not (empty and "WorkspaceId" in record):
            sower.image(record)
    if not empty:
        _user_made(sower, seeds)
    if world.seed == "large":
        _enlarge(sower)


def _user_made(sower: _Seeder, seeds: dict[str, list[Any]]) -> None:
    for record in seeds["datasets"]:
        sower.dataset(record)
    for record in seeds["code_sources"]:
        sower.code_source(record)


def _enlarge(sower: _Seeder) -> None:
    for record in _many_images(LARGE_IMAGES - len(sower.world.catalogue.images)):
        sower.image(record)
    for record in _many_datasets(LARGE_DATASETS - len(sower.world.catalogue.datasets)):
        sower.dataset(record)


def _many_images(count: int) -> Iterator[Record]:
    """Half of them official, half custom ones of the vision workspace."""
    for n in range(count):
        chip = "GPU" if n % 3 else "CPU"
        labels = {"system.chipType": chip, "system.framework": f"PyTorch 2.{n % 7}", "system.supported.dlc": "true"}
        custom = {"WorkspaceId": "vision_training", "UserId": "alice", "Accessibility": "PUBLIC", "SourceType": "Build"}
        place = (
            "registry-vpc.cn-hangzhou.aliyuncs.com/vision-team/nightly"
            if n % 2
            else "dsw-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai/archive"
        )
        yield {
            "Name": f"nightly-{n:05d}" if n % 2 else f"archive-{n:05d}", "ImageUri": f"{place}:{n:05d}",
            "Size": (5 + n % 9) * GIB, "Description": f"Build {n}",
            "Labels": labels | ({} if n % 2 else {"system.official": "true"}), "days": 600 - n / 10,
            **(custom if n % 2 else {}),
        }  # fmt: skip


def _many_datasets(count: int) -> Iterator[Record]:
    for n in range(count):
        uri = f"oss://vision-data.oss-cn-hangzhou-internal.aliyuncs.com/shard-{n:05d}/"
        version = {"VersionName": "v1", "Uri": uri, "DataCount": 1000 + n, "DataSize": 10**9, "Description": ""}
        yield {
            "Name": f"shard-{n:05d}", "WorkspaceId": "vision_training", "UserId": "alice", "Accessibility": "PUBLIC",
            "DataSourceType": "OSS", "DataType": "PIC", "Property": "DIRECTORY", "Uri": uri, "Description": "",
            "Labels": {"team": "vision"}, "days": 500 - n / 10, "versions": [version],
        }  # fmt: skip
