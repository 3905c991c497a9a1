"""Tags of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import Received
from .params import bad, missing, one_of
from .serving import serves
from .state import Job

if TYPE_CHECKING:
    from ..world import World

MOST_RESOURCES, MOST_TAGS, LONGEST_KEY = 50, 20, 128


@serves("TagResources")
def tag_resources(world: World, received: Received) -> dict[str, Any]:
    """Either all jobs get the tags or none does."""
    jobs, tags = _jobs(world, received), received.args.get("Tag") or []
    if not 1 <= len(tags) <= MOST_TAGS:
        raise bad(f"Tag must hold 1 to {MOST_TAGS} tags.", "InvalidParameter")
    for tag in tags:
        _check_key(str(tag.get("Key") or ""))
    fresh = {str(tag["Key"]): str(tag.get("Value") or "") for tag in tags}
    if any(len(job.tags | fresh) > MOST_TAGS for job in jobs):
        raise bad(f"A job can have {MOST_TAGS} tags.", "InvalidParameter")
    for job in jobs:
        job.tags |= fresh
    return {}


@serves("UntagResources")
def untag_resources(world: World, received: Received) -> dict[str, Any]:
    """``All`` counts only where no keys are named."""
    jobs, keys = _jobs(world, received), received.args.get("TagKey") or []
    everything = one_of(received.args, "All", ("true", "false", "True", "False"), "false").lower() == "true"
    if not keys and not everything:
        raise bad("TagKey or All is required.", "MissingParameter")
    for job in jobs:
        job.tags = {key: value for key, value in job.tags.items() if keys and key not in keys}
    return {}


def _jobs(world: World, received: Received) -> list[Job]:
    one_of(received.args, "ResourceType", ("Job", "job"))
    ids = received.args["ResourceId"]
    if not 1 <= len(ids) <= MOST_RESOURCES:
        raise bad(f"ResourceId must hold 1 to {MOST_RESOURCES} ids.", "InvalidParameter")
    absent = next((one for one in ids if one not in world.training.jobs), None)
    if absent is not None:
        raise missing("Job", str(absent))
    return [world.training.jobs[one] for one in ids]


def _check_key(key: str) -> None:
    reserved = key.startswith(("aliyun", "acs:")) or "http://" in key or "https://" in key
    if not key or len(key) > LONGEST_KEY or reserved:
        raise bad(f"{key!r} cannot be the key of a tag.", "InvalidParameter")
