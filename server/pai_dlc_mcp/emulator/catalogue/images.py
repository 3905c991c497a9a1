"""Images: official ones are global and belong to no workspace, custom ones live in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received, handles
from .paging import among, containing, labelled, labels, ordered, page
from .store import Noun, Record, find, rows, view

if TYPE_CHECKING:
    from ..world import World

IMAGE = Noun("Image", "images", "ImageId", "image-", unique="Name")


def _scope(world: World, received: Received) -> list[Record]:
    """With a workspace its custom images, without one the official images (rule R46)."""
    workspace = received.args.get("WorkspaceId")
    return [row for row in rows(world, IMAGE, received) if row.get("WorkspaceId") == workspace]


@handles("ListImages")
def list_images(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    found = labelled(_scope(world, received), args.get("Labels"))
    exact = args.get("Options") == "ExactMatchName" and args.get("Name")
    found = among(found, "Name", args["Name"]) if exact else containing(found, ("Name",), args.get("Name"))
    found = containing(found, ("Name", "Description"), args.get("Query"))
    found = among(found, "ImageUri", args.get("ImageUri"))
    if args.get("WorkspaceId"):
        found = among(found, "Accessibility", args.get("Accessibility"))
    found = ordered(found, args, ("GmtCreateTime",))
    shown = [view(_verbose(row, args), "ListImagesResponseBodyImages") for row in page(found, args)]
    return {"Images": shown, "TotalCount": len(found)}


def _verbose(record: Record, args: Record) -> Record:
    return record if args.get("Verbose") else record | {"Labels": None}


@handles("GetImage")
def get_image(world: World, received: Received) -> dict[str, Any]:
    return view(_verbose(find(world, IMAGE, received), received.args), "GetImageResponseBody")


@handles("ListImageLabels")
def list_image_labels(world: World, received: Received) -> dict[str, Any]:
    """The distinct labels of the images in question."""
    args = received.args
    images = [find(world, IMAGE, received)] if args.get("ImageId") else _scope(world, received)
    pairs = sorted({(label["Key"], label["Value"]) for image in images for label in labels(image)})
    found = [{"Key": key, "Value": value} for key, value in pairs]
    found = among(found, "Key", args.get("LabelKeys"))
    if args.get("LabelFilter"):
        wanted = {condition.strip() for condition in args["LabelFilter"].split(",")}
        found = [label for label in found if f"{label['Key']}={label['Value']}" in wanted]
    return {"Labels": found, "TotalCount": len(found)}
