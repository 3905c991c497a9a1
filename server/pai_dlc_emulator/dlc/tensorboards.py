"""TensorBoards: over a job's output, a dataset or a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..accounts import name_of
from ..listing import MOST_A_PAGE, one_of, page, sort_rows, whole_number
from ..wire import Received
from ..world import World
from .dashboards import check_token, new_token
from .requests import DEFAULT_WINDOW_S, bad_request, dlc_handler, not_found, parse_time
from .state import Hosted

_LONGEST_SHARE_S = 604_800
PAGES = "/tensorboard"
"""The folder of the pages that TensorBoards themselves serve."""
_KEPT = (
    "Accessibility", "Cpu", "DataSourceId", "DataSourceType", "DisplayName", "JobId", "Memory", "Options", "Priority",
    "QuotaId", "SummaryPath", "SummaryRelativePath", "TensorboardDataSources", "TensorboardSpec", "WorkspaceId",
)  # fmt: skip


@dlc_handler("CreateTensorboard")
def create_tensorboard(world: World, received: Received) -> dict[str, Any]:
    args, caller, now = dict(received.args), received.caller, world.clock.now()
    _check(world, args)
    args["DataSources"] = [{k: v for k, v in one.items() if k != "Uri"} for one in args.get("DataSources") or []]
    first = args["DataSources"][0] if args["DataSources"] else {}
    args.setdefault("DataSourceId", first.get("DataSourceId"))
    args["WorkspaceId"] = _workspace(world, received)
    fields = {"Accessibility": "PRIVATE", "Priority": "1"} | {k: v for k, v in args.items() if v is not None}
    board = Hosted(
        world.ids.next("tensorboard-"), fields, caller.user_id, caller.account_id, now, now, now,
        args.get("MaxRunningTimeMinutes"),
    )  # fmt: skip
    world.training.tensorboards[board.id] = board
    return {name: fields[name] for name in ("JobId", "DataSourceId") if fields.get(name)} | {"TensorboardId": board.id}


@dlc_handler("GetTensorboard")
def get_tensorboard(world: World, received: Received) -> dict[str, Any]:
    found = _find(world, received)
    check_token(world, received.args.get("Token"), "tensorboard", found.id)
    return tensorboard_item(world, found)


@dlc_handler("ListTensorboards")
def list_tensorboards(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    keys: dict[str, Callable[[Hosted], Any]] = {
        "GmtCreateTime": lambda one: (one.created, one.id),
        "DisplayName": lambda one: (str(one.fields.get("DisplayName")), one.id),
    }
    every = (one for one in world.training.tensorboards.values() if _wanted(world, one, received))
    found = sort_rows(every, args, keys, "GmtCreateTime", "desc")
    return {
        "Tensorboards": [tensorboard_item(world, one) for one in page(found, args, 10, MOST_A_PAGE)],
        "TotalCount": len(found),
    }


@dlc_handler("StartTensorboard")
def start_tensorboard(world: World, received: Received) -> dict[str, Any]:
    found = _find(world, received)
    found.start(world.clock.now())
    return {"TensorboardId": found.id}


@dlc_handler("StopTensorboard")
def stop_tensorboard(world: World, received: Received) -> dict[str, Any]:
    found = _find(world, received)
    found.stop(world.clock.now())
    return {"TensorboardId": found.id}


@dlc_handler("UpdateTensorboard")
def update_tensorboard(world: World, received: Received) -> dict[str, Any]:
    """There is no renaming (R42)."""
    found, args = _find(world, received), received.args
    one_of(args, "Accessibility", ("PUBLIC", "PRIVATE"))
    _check_priority(args)
    found.fields |= {name: args[name] for name in ("Accessibility", "Priority") if args.get(name)}
    found.limit = whole_number(args, "MaxRunningTimeMinutes", found.limit or 0, 0) or None
    found.modified = world.clock.now()
    return {"TensorboardId": found.id}


@dlc_handler("DeleteTensorboard")
def delete_tensorboard(world: World, received: Received) -> dict[str, Any]:
    """Only a stopped one can be deleted."""
    found = _find(world, received)
    found.must_be_stopped(world.clock.now(), "deleted")
    del world.training.tensorboards[found.id]
    return {"TensorboardId": found.id}


@dlc_handler("GetTensorboardSharedUrl")
def get_tensorboard_shared_url(world: World, received: Received) -> dict[str, Any]:
    found = _find(world, received)
    found.must_run(world.clock.now(), "shared")
    life = whole_number(received.args, "ExpireTimeSeconds", _LONGEST_SHARE_S, 1, _LONGEST_SHARE_S)
    token = new_token(world, "tensorboard", found.id, life)
    return {"TensorboardSharedUrl": f"{_url(world, found)}?token={token}"}


def _check(world: World, args: dict[str, Any]) -> None:
    """A job and data sources exclude each other; an address inside DataSources is dropped later, silently (R43)."""
    if args.get("JobId") and args.get("DataSources"):
        raise bad_request("JobId and DataSources exclude each other.", "InvalidParameter")
    if args.get("JobId") and args["JobId"] not in world.training.jobs:
        raise not_found("Job", args["JobId"])
    for source in args.get("DataSources") or []:
        if source.get("DataSourceId") and source["DataSourceId"] not in world.catalogue.datasets:
            raise bad_request(f"DataSourceId {source['DataSourceId']} does not exist.", "InvalidParameter")
    one_of(args, "Accessibility", ("PUBLIC", "PRIVATE"))
    one_of(args, "DataSourceType", ("OSS", "NAS"))
    _check_priority(args)
    whole_number(args, "MaxRunningTimeMinutes", 0, 0)


def _check_priority(args: dict[str, Any]) -> None:
    if args.get("Priority") not in (None, "") and str(args["Priority"]) not in "123456789":
        raise bad_request("Priority must be a whole number from 1 to 9.", "InvalidParameter")


def _workspace(world: World, received: Received) -> str:
    """The one named, the job's, or the caller's default."""
    named = received.args.get("WorkspaceId")
    job = world.training.jobs.get(str(received.args.get("JobId")))
    if named and str(named) not in world.catalogue.workspaces:
        raise bad_request(f"WorkspaceId {named} does not exist.", "InvalidParameter")
    return str(
        named or (job.args["WorkspaceId"] if job else world.catalogue.default_workspace(received.caller.user_id))
    )


def _find(world: World, received: Received) -> Hosted:
    found: Hosted | None = world.training.tensorboards.get(str(received.args["TensorboardId"]))
    if found is None:
        raise not_found("Tensorboard", str(received.args["TensorboardId"]))
    return found


def _url(world: World, one: Hosted) -> str:
    return f"{world.address or 'https://tensorboard.pai.example'}{PAGES}/{one.id}"


def page_of(world: World, name: str) -> tuple[int, str]:
    """Status and text of a TensorBoard's own page: clients that wait for one ask it until it is no longer 5xx."""
    found = world.training.tensorboards.get(name)
    if found is None:
        return 404, "<p>There is no such TensorBoard.</p>"
    status = found.status(world.clock.now())
    return (200, f"<h1>{found.id}</h1>") if status == "Running" else (503, f"<p>{status}</p>")


def tensorboard_item(world: World, one: Hosted) -> dict[str, Any]:
    now = world.clock.now()
    over = one.ended(now)
    body = {name: one.fields[name] for name in _KEPT if one.fields.get(name) is not None}
    quota = world.catalogue.quotas.get(str(one.fields.get("QuotaId")), {}).get("Name")
    return body | one.times(now) | one.reason(now) | ({"QuotaName": quota} if quota else {}) | {
        "TensorboardId": one.id,
        "Status": one.status(now),
        "TensorboardUrl": _url(world, one) if one.status(now) == "Running" else "",
        "MaxRunningTimeMinutes": one.limit or 0,
        "Duration": str(int((now if over is None else over) - one.started)),
        "UserId": one.user_id,
        "Username": name_of(one.user_id),
    }  # fmt: skip


def _wanted(world: World, one: Hosted, received: Received) -> bool:
    args, now = received.args, world.clock.now()
    mine = {
        "UserId": one.user_id,
        "TensorboardId": one.id,
        "Status": one.status(now),
        "SourceId": one.fields.get("SourceId") or one.fields.get("JobId"),
        "SourceType": one.fields.get("SourceType") or ("job" if one.fields.get("JobId") else None),
    }
    same = ("WorkspaceId", "JobId", "QuotaId", "Accessibility")
    equal = mine | {name: one.fields.get(name) for name in same}
    start, end = parse_time(args.get("StartTime"), "StartTime"), parse_time(args.get("EndTime"), "EndTime")
    paid = "Postpaid" if one.fields.get("TensorboardSpec") else "Free"
    return (
        all(args.get(name) in (None, "", value) for name, value in equal.items())
        and args.get("PaymentType") in (None, "", paid)
        and (args.get("ShowOwn") is False or one.user_id == received.caller.user_id)
        and str(args.get("DisplayName") or "").lower() in str(one.fields.get("DisplayName") or "").lower()
        and str(args.get("Username") or "").lower() in name_of(one.user_id).lower()
        and one.created >= (start if start is not None else (end or now) - DEFAULT_WINDOW_S)
        and (end is None or one.created <= end)
    )
