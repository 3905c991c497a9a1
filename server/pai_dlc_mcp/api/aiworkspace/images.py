"""Images: what a job's containers start from. Official ones belong to no workspace."""

from __future__ import annotations

from typing import Annotated

from ...operation import (
    ADMIT,
    AIWORKSPACE,
    CREATE,
    DELETE,
    EXPOSE,
    READ,
    WRITE,
    FieldRisk,
    Find,
    Reveals,
    Target,
    card,
    rows,
)
from ...shapes import Input, Known, may, need
from ..kinds import SHOWS, ImageId, RegionId, WorkspaceId
from .shapes_common import Accessibility, Label, Order
from .shapes_images import BuildConfig, BuildImage, BuildResource, BuildVpc, TargetRegistry


@AIWORKSPACE.get(
    "/api/v1/images",
    READ,
    "paiimage:ListImages",
    "images",
    example={"labels": "system.supported.dlc=true,system.chipType=GPU", "verbose": True},
    view=rows("Images", "ImageUri Name ImageId Size:bytes Labels:pairs Accessibility WorkspaceId GmtCreateTime"),
    reveals=Reveals("image", "Images", "ImageUri", ("Name", "ImageId")),
    rules="R02 R46",
    presets="default lean discovery",
    is_account_wide=True,
)
class ListImages(Input):
    """Find container images. A job takes the ImageUri verbatim. Without workspace_id: official images; with it: that
    workspace's own."""

    accessibility: Accessibility | None = may("Only custom images of this visibility; official ones ignore it.")
    image_uri: str | None = may("Only the image with this address.")
    labels: str | None = may(
        "Key=Value pairs from aiworkspace_list_image_labels, comma-separated; * is any value.",
        hint=True,
    )
    name: str | None = may("Part of the name.", hint=True, searches="Name")
    options: str | None = may("ExactMatchName: name must match wholly instead of in part.")
    order: Order | None = may("Direction of sort_by (default ASC).")
    page_number: int | None = may("Page to read, from 1 (default 1).", ge=1, sent_default=1)
    page_size: int | None = may("Images on one page (default 20).", ge=1, sent_default=20)
    query: str | None = may("Part of the name or of the description.", searches="Name Description")
    sort_by: str | None = may("Field to sort by; only GmtCreateTime is known.")
    verbose: bool | None = may("With the labels of each image (default true).", sent_default=True)
    workspace_id: WorkspaceId | None = may("Workspace whose custom images are wanted; leave out for official ones.")


@AIWORKSPACE.get(
    "/api/v1/images/{ImageId}",
    READ,
    "paiimage:GetImage",
    "images",
    example={"image_id": "image-4c62s8d1wzabcdefgh", "verbose": True},
    view=card(
        "Name ImageUri Size:bytes Accessibility WorkspaceId UserId OwnerName SourceType Labels "
        "Description GmtCreateTime"
    ),
    reveals=Reveals("image", "", "ImageUri", ("Name",)),
    rules="R02",
    presets="default discovery",
)
class GetImage(Input):
    """Read one image by its id: its ImageUri (what a job takes), size, origin, labels."""

    image_id: ImageId = need("Image to read, from aiworkspace_list_images.")
    verbose: bool | None = may("Add the labels (default false).")


@AIWORKSPACE.get(
    "/api/v1/image/labels",
    READ,
    "paiimage:ListImageLabels",
    "images",
    example={"label_keys": "system.framework,system.chipType"},
    view=rows("Labels", "Key Value"),
    reveals=Reveals("image_label", "Labels", "Key", ("Value",)),
    rules="R46",
    presets="default lean discovery",
    is_account_wide=True,
)
class ListImageLabels(Input):
    """The labels that images carry (framework, chip, Python version …), to filter aiworkspace_list_images by."""

    image_id: ImageId | None = may("Only the labels of this image.", about=True)
    label_filter: str | None = may("key=value pairs to look for, comma-separated; independent of label_keys.")
    label_keys: str | None = may("Only these keys, comma-separated, such as system.framework.")
    image_region: RegionId | None = may("Region where the images lie, where it is not the region called.", api="Region")
    workspace_id: WorkspaceId | None = may("Only labels of this workspace's images.")


@AIWORKSPACE.post(
    "/api/v1/images",
    CREATE,
    "paiimage:AddImage",
    "images",
    example={
        "image_uri": "registry-vpc.cn-hangzhou.aliyuncs.com/team/train:1.4",
        "name": "team-train-1-4",
        "workspace_id": "123456",
    },
    find=Find("ListImages", "Images", "ImageId", "Name"),
    risks=(ADMIT,),
)
class AddImage(Input):
    """Register an image that already lies in a registry, so that jobs can use it. Nothing is copied or built; to build
    one, use aiworkspace_create_image_build."""

    accessibility: Accessibility | None = may(
        "Who may manage it: PUBLIC every member of the workspace, PRIVATE only its creator.", risk=SHOWS
    )
    description: str | None = may("What is in the image.")
    image_id: str | None = may("Id of your own: image- and 18 letters or digits; made by the service when left out.")
    image_uri: str = need("Address in the registry, with the tag; several images may share one.")
    labels: list[Label] | None = may(
        "Labels with system.* keys such as system.chipType, system.framework, system.supported.dlc."
    )
    name: str = need(
        "1 to 50 lower case letters, digits or hyphens, a letter first; free in the workspace.",
        min_length=1,
        max_length=50,
        pattern="^[a-z][a-z0-9-]*$",
    )
    size: int | None = may("Size in GB.", ge=0)
    source_id: str | None = may("Where it comes from; for source_type Build the id of the image build.")
    source_type: Annotated[str, Known("Import", "Build")] | None = may("How it was made.")
    user_id: str | None = may("Account that counts as the creator.")
    workspace_id: WorkspaceId | None = may("Workspace that gets the image.", hint=True)


@AIWORKSPACE.post(
    "/api/v1/images/{ImageId}/labels",
    WRITE,
    "paiimage:AddImageLabels",
    "images",
    example={
        "image_id": "image-4c62s8d1wzabcdefgh",
        "labels": [{"Key": "system.chipType", "Value": "GPU"}],
    },
    target=Target("GetImage"),
)
class AddImageLabels(Input):
    """Put labels on a custom image."""

    image_id: ImageId = need("Image to label.")
    labels: list[Label] = need("Labels with system.* keys such as system.chipType or system.framework.")


@AIWORKSPACE.put(
    "/api/v1/images/{ImageId}/publish",
    EXPOSE,
    "paiimage:PublishImage",
    "images",
    example={"image_id": "image-4c62s8d1wzabcdefgh"},
    target=Target("GetImage"),
)
class PublishImage(Input):
    """Make a private image visible to every member of its workspace."""

    image_id: ImageId = need("Image to publish.")


@AIWORKSPACE.delete(
    "/api/v1/images/{ImageId}",
    DELETE,
    "paiimage:RemoveImage",
    "images",
    example={"image_id": "image-4c62s8d1wzabcdefgh"},
    rules="R30",
    target=Target("GetImage", is_whole=True),
    lost="the registration of the image; the registry keeps the image itself",
)
class RemoveImage(Input):
    """Delete the registration of a custom image; the image in its registry stays."""

    image_id: ImageId = need("Image to delete.")


@AIWORKSPACE.delete(
    "/api/v1/images/{ImageId}/labels/{LabelKey}",
    DELETE,
    "paiimage:RemoveImageLabels",
    "images",
    example={"image_id": "image-4c62s8d1wzabcdefgh", "label_key": "system.chipType"},
    rules="R30",
    target=Target("GetImage"),
)
class RemoveImageLabels(Input):
    """Take one label off a custom image."""

    image_id: ImageId = need("Image that has the label.")
    label_key: str = need("Key of the label to take off.", slash=True)


@AIWORKSPACE.post(
    "/api/v1/imagebuilds",
    CREATE,
    "paiimage:CreateImageBuild",
    "images",
    example={
        "build_config": {"BuildType": "CustomDockerfile", "Dockerfile": "FROM python:3.11\nRUN pip install torch"},
        "image": {"Name": "torch-base", "Uri": "team-registry-vpc.cn-hangzhou.cr.aliyuncs.com/ml/torch:1"},
        "resource": {"EcsSpec": "ecs.c6.large"},
        "target_registry": {"Type": "ACR_EE", "InstanceId": "cri-abcd1234"},
        "user_vpc": {"VpcId": "vpc-abcd1234", "SecurityGroupId": "sg-abcd1234"},
        "workspace_id": "123456",
    },
    risks=(ADMIT,),
    starts="instance",
)
class CreateImageBuild(Input):
    """Build an image from a Dockerfile on cloud compute (which is billed), push it to an enterprise registry and
    register it. To register one that exists, use aiworkspace_add_image."""

    client_token: str | None = may(
        "Text of your own; a repeat with the same one starts no second build.", place="query"
    )
    accessibility: Accessibility | None = may("Who sees the image that is made.", risk=SHOWS)
    build_config: BuildConfig = need("What to build.")
    image: BuildImage = need("Name and address of the image that is made.")
    image_build_job_name: str | None = may("Name of the build task.")
    overwrite_image_tag: bool | None = may(
        "Whether a tag that the registry has already is replaced.",
        risk=FieldRisk(DELETE, lambda value, target: value is True),
    )
    region_id: RegionId | None = may("Region of the build.")
    resource: BuildResource = need("Compute of the build: EcsSpec, or a quota with ResourceConfig.")
    target_registry: TargetRegistry = need("Registry that gets the image.")
    user_vpc: BuildVpc | None = may("Network of the build; needed with an EcsSpec.", hint=True)
    workspace_id: WorkspaceId = need("Workspace that gets the image.")
