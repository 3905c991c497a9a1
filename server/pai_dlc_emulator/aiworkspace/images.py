"""Images: official ones are global and belong to no workspace, custom ones live in one."""

from __future__ import annotations

from typing import Any

from ..listing import Listing, among, answer, labels
from ..wire import Received, Record, invalid
from ..world import World, handles
from .nouns import ACCESS, Noun
from .store import as_answer, create_record, find_record, register_crud, register_labels, visible_records

BUILD_S = 120.0
"""How long a build takes until its image is there, in emulated seconds."""
IMAGE = Noun(
    "Image",
    "images",
    "ImageId",
    "image-",
    unique="Name",
    pattern="[a-z][a-z0-9-]{0,49}",
    enums=ACCESS | {"SourceType": ("Import", "Build")},
    defaults={"Accessibility": "PRIVATE", "SourceType": "Import", "Labels": []},
)
LISTING = Listing(exact={"ImageUri": "ImageUri"}, fuzzy={"Query": ("Name", "Description")})
register_crud(IMAGE, create_="AddImage", delete_="RemoveImage", publish="PublishImage")
register_labels(IMAGE, put="AddImageLabels", drop="RemoveImageLabels", keys="LabelKey")


def _scope(world: World, received: Received) -> list[Record]:
    """With a workspace its custom images, without one the official images (rule R46)."""
    workspace, now = received.args.get("WorkspaceId"), world.clock.now()
    found = [row for row in visible_records(world, IMAGE, received) if row.get("WorkspaceId") == workspace]
    return [row for row in found if row.get("_ready", now) <= now]


@handles("ListImages")
def list_images(world: World, received: Received) -> dict[str, Any]:
    args, found = received.args, _scope(world, received)
    exact = args.get("Options") == "ExactMatchName"
    name = args.get("Name") or ""
    found = [row for row in found if (row["Name"] == name if exact and name else name.lower() in row["Name"].lower())]
    if args.get("WorkspaceId"):
        found = among(found, "Accessibility", args.get("Accessibility"))
    return LISTING.answer(received, found, lambda row: _verbose(row, args))


def _verbose(record: Record, args: Record) -> Record:
    return record if args.get("Verbose") else record | {"Labels": None}


@handles("GetImage")
def get_image(world: World, received: Received) -> dict[str, Any]:
    return as_answer(_verbose(find_record(world, IMAGE, received), received.args), "GetImage")


@handles("ListImageLabels")
def list_image_labels(world: World, received: Received) -> dict[str, Any]:
    """The distinct labels of the images in question."""
    args = received.args
    images = [find_record(world, IMAGE, received)] if args.get("ImageId") else _scope(world, received)
    pairs = sorted({(label["Key"], label["Value"]) for image in images for label in labels(image)})
    found = among([{"Key": key, "Value": value} for key, value in pairs], "Key", args.get("LabelKeys"))
    if args.get("LabelFilter"):
        wanted = {condition.strip() for condition in args["LabelFilter"].split(",")}
        found = [label for label in found if f"{label['Key']}={label['Value']}" in wanted]
    return answer("ListImageLabels", found, TotalCount=len(found))


@handles("CreateImageBuild")
def create_image_build(world: World, received: Received) -> dict[str, Any]:
    """Build an image; it is there when the build has had its time. The same ``ClientToken`` builds once."""
    args, builds = received.args, world.catalogue.tables["image_builds"]
    token = args.get("ClientToken")
    for build in builds.values():
        if token and build["_token"] == token:
            return as_answer(build, "CreateImageBuild")
    _check_build(args)
    source = args["Image"]
    fields = {"Name": source["Name"], "ImageUri": source["Uri"], "Labels": source.get("Labels") or []}
    access = {"Accessibility": args.get("Accessibility", "PRIVATE"), "SourceType": "Build"}
    extra = {**fields, **access, "Description": source.get("Description", ""), "_ready": world.clock.now() + BUILD_S}
    image = create_record(world, IMAGE, received, **extra)
    build = {"ImageBuildId": world.ids.next("imgbuild-"), "ImageBuildJobId": world.ids.next("dlc"), "_token": token}
    builds[build["ImageBuildId"]] = build | {"ImageId": image["ImageId"], "WorkspaceId": image["WorkspaceId"]}
    return as_answer(build, "CreateImageBuild")


def _check_build(args: Record) -> None:
    config, resource = args["BuildConfig"], args["Resource"]
    if config.get("BuildType") not in ("PackageInstallation", "CustomDockerfile"):
        raise invalid("BuildConfig.BuildType", "it is PackageInstallation or CustomDockerfile")
    for name in ("Name", "Uri"):
        if not args["Image"].get(name):
            raise invalid(f"Image.{name}", "it is missing")
    public = "ResourceId" not in resource and "ResourceConfig" not in resource
    if public != bool(resource.get("EcsSpec")) or (public and "UserVpc" not in args):
        raise invalid("Resource", "public resources take EcsSpec and UserVpc, a quota ResourceId and ResourceConfig")
