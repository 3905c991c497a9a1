"""The nested objects of an image build, fields in the order of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from ...shapes import Known, Shape, may, need
from ..kinds import InstanceType, QuotaId
from .shapes_common import Label

_SWITCH = ("true", "false")
DOCUMENTED_LABELS: Mapping[str, tuple[str, ...]] = {
    "system.official": _SWITCH,
    "system.supported.dlc": _SWITCH,
    "system.supported.dsw": _SWITCH,
    "system.supported.eas": _SWITCH,
    "system.origin": ("PAI", "Community"),
    "system.chipType": ("GPU", "CPU"),
    "system.framework": ("XGBoost 1.6.0",),
    "system.pythonVersion": (),
    "system.source": (),
    **{
        f"system.dsw.{name}": ()
        for name in (
            "cudaVersion", "os", "osVersion", "resourceType", "type", "stage", "tag", "id", "fromImageId",
            "fromInstanceId", "rootImageId",
        )
    },
}  # fmt: skip
"""Keys of image labels that the service's metadata and its Python SDK name, and the values that they name (R46)."""


class BuildConfig(Shape):
    BuildType: Annotated[str, Known("PackageInstallation", "CustomDockerfile")] = need(
        "PackageInstallation adds packages to an image, CustomDockerfile builds freely."
    )
    Dockerfile: str = need("Text of the Dockerfile.")
    RegistryAuths: dict[str, Any] | None = may(
        'Logins for private registries of others: {"host": {"Auth": base64 text}}.', secret=True
    )


class BuildImage(Shape):
    Description: str | None = may("What will be in the image.")
    Labels: list[Label] | None = may("Labels that the image gets.")
    Name: str = need(
        "1 to 50 lower case letters, digits or hyphens, a letter first; free in the workspace.",
        min_length=1,
        max_length=50,
        pattern="^[a-z][a-z0-9-]*$",
    )
    Uri: str = need("Address in the registry, with the tag.")


class BuildResourceConfig(Shape):
    CPU: str | None = may("Cores, such as 4.", hint=True)
    Memory: str | None = may("Memory, such as 8Gi.", hint=True)


class BuildResource(Shape):
    """EcsSpec for public compute; the other three for a subscribed quota."""

    EcsSpec: InstanceType | None = may(
        "Public instance type; goes with user_vpc and without the other fields here.", hint=True
    )
    ResourceConfig: BuildResourceConfig | None = may("Share of the quota that the build takes.", hint=True)
    ResourceId: QuotaId | None = may("Quota; only with subscribed compute.", hint=True)
    ResourceType: str | None = may("Kind of the quota; only Lingjun is known.", hint=True)


class TargetRegistry(Shape):
    InstanceId: str | None = may("Instance of the registry.", hint=True)
    Type: str = need("Kind of registry; only the Enterprise Edition of Container Registry is taken.")


class BuildVpc(Shape):
    DefaultRoute: str | None = may("Interface of the default route; eth1 leaves through the VPC's own gateway.")
    ExtendedCidrs: list[str] | None = may("Address blocks of the VPC to reach; needed once SwitchId is given.")
    SecurityGroupId: str | None = may("Security group in that VPC.", hint=True)
    SwitchId: str | None = may("vSwitch in that VPC.", hint=True)
    VpcId: str | None = may("VPC, one that the registry lets in.", hint=True)
