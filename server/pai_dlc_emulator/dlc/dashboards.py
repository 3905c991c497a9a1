"""Links and tokens: shared views, dashboards, web terminals."""

from __future__ import annotations

from typing import Any, Literal

from ..listing import one_of, whole_number
from ..wire import Received, ServiceError
from ..world import World
from . import timeline
from .requests import bad_request, dlc_handler, job_of, not_found, pod_of
from .state import Job

DEFAULT_LIFE_S = 604_800
TERMINAL_LIFE_S = 30


@dlc_handler("GetToken")
def get_token(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    kind = one_of(args, "TargetType", ("job", "tensorboard"))
    if not kind or not args.get("TargetId"):
        raise bad_request("TargetType and TargetId are required.", "MissingParameter")
    there = world.training.jobs if kind == "job" else world.training.tensorboards
    if args["TargetId"] not in there:
        raise not_found(kind.capitalize(), args["TargetId"])
    life = whole_number(args, "ExpireTime", DEFAULT_LIFE_S, 0)
    return {"Token": new_token(world, kind, args["TargetId"], life)}


@dlc_handler("GetWebTerminal")
def get_web_terminal(world: World, received: Received) -> dict[str, Any]:
    """Only into a live pod of a running job (R45)."""
    job, pod = pod_of(world, received)
    if timeline.current(job, world.clock.now()).status != "Running" or pod.status != "Running":
        raise ServiceError(400, "BadRequest", f"Pod {pod.id} is not running; there is nothing to connect to.")
    token = new_token(world, "terminal", pod.uid, TERMINAL_LIFE_S)
    shared = "&shared=true" if received.args.get("IsShared") is True else ""
    return {"WebTerminalUrl": f"https://terminal.pai.example/{job.id}/{pod.id}?token={token}{shared}"}


@dlc_handler("GetDashboard")
def get_dashboard(world: World, received: Received) -> dict[str, Any]:
    return {"url": _dashboard(world, received, "dashboard")}


@dlc_handler("GetRayDashboard")
def get_ray_dashboard(world: World, received: Received) -> dict[str, Any]:
    url = _dashboard(world, received, "ray")
    return {"url": url, "metricsEnabled": "true" if url else "false"}


def _dashboard(world: World, received: Received, kind: str) -> str:
    """Empty, without an error, for whatever is not a running Ray job (R44)."""
    job = job_of(world, received)
    if job.args["JobType"] != "RayJob" or not _runs(job, world.clock.now()):
        return ""
    address = f"https://{kind}.pai.example/{job.id}"
    if received.args.get("isShared") is not True:
        return address
    if not received.args.get("token"):
        raise bad_request("A shared dashboard needs a token.", "MissingParameter")
    check_token(world, received.args["token"], "job", job.id)
    return f"{address}?token={received.args['token']}"


def _runs(job: Job, now: float) -> bool:
    return timeline.current(job, now).status == "Running"


def new_token(world: World, kind: str, target: str, life_s: float) -> str:
    """A token that opens one target until it expires."""
    token: str = world.ids.next("emulator-token-", 32)
    world.training.tokens[token] = {"kind": kind, "target": target, "expires": world.clock.now() + life_s}
    return token


def check_token(world: World, token: Any, kind: Literal["job", "tensorboard"], target: str) -> None:
    """A token that is given must fit and live; none need be given by somebody who has signed."""
    if token in (None, ""):
        return
    found = world.training.tokens.get(str(token))
    if found is None or (found["kind"], found["target"]) != (kind, target) or found["expires"] <= world.clock.now():
        raise ServiceError(403, "InvalidToken", "The token does not fit or has expired.")
