"""Ray history servers: they replay the logs of Ray jobs that are over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..accounts import name_of
from ..listing import MOST_A_PAGE, one_of, page, sort_rows, whole_number
from ..wire import Received
from ..world import World
from .requests import bad_request, dlc_handler, not_found, parse_time
from .resources import SPECS
from .state import Hosted

_STATES = ("Creating", "Queuing", "Running", "Stopped", "Failed")


@dlc_handler("CreateRayHistoryServer")
def create_ray_history_server(world: World, received: Received) -> dict[str, Any]:
    args, caller, now = received.args, received.caller, world.clock.now()
    _check(world, args)
    fields = {"Accessibility": "PRIVATE"} | args
    limit = whole_number(args, "MaxRuntimeMinutes", 0, 0) or None
    server = Hosted(world.ids.next("rhs-"), fields, caller.user_id, caller.account_id, now, now, now, limit)
    world.training.ray_servers[server.id] = server
    return {"RayHistoryServerId": server.id}


@dlc_handler("GetRayHistoryServer")
def get_ray_history_server(world: World, received: Received) -> dict[str, Any]:
    return history_server_item(world, _find(world, received))


@dlc_handler("ListRayHistoryServers")
def list_ray_history_servers(world: World, received: Received) -> dict[str, Any]:
    args, now = received.args, world.clock.now()
    one_of(args, "Status", _STATES)
    keys: dict[str, Callable[[Hosted], Any]] = {
        "GmtCreateTime": lambda one: (one.created, one.id),
        "GmtModifyTime": lambda one: (one.modified, one.id),
        "DisplayName": lambda one: (one.fields["DisplayName"], one.id),
        "UserId": lambda one: (one.user_id, one.id),
        "ResourceId": lambda one: (str(one.fields.get("ResourceId") or ""), one.id),
        "Status": lambda one: (one.status(now), one.id),
    }
    every = (one for one in world.training.ray_servers.values() if _wanted(one, received, now))
    found = sort_rows(every, args, keys, "GmtCreateTime", "desc")
    return {
        "RayHistoryServers": [history_server_item(world, one) for one in page(found, args, 10, MOST_A_PAGE)],
        "TotalCount": len(found),
    }


@dlc_handler("StartRayHistoryServer")
def start_ray_history_server(world: World, received: Received) -> dict[str, Any]:
    _find(world, received).start(world.clock.now())
    return {}


@dlc_handler("StopRayHistoryServer")
def stop_ray_history_server(world: World, received: Received) -> dict[str, Any]:
    _find(world, received).stop(world.clock.now())
    return {}


@dlc_handler("DeleteRayHistoryServer")
def delete_ray_history_server(world: World, received: Received) -> dict[str, Any]:
    del world.training.ray_servers[_find(world, received).id]
    return {}


def _check(world: World, args: dict[str, Any]) -> None:
    if str(args["WorkspaceId"]) not in world.catalogue.workspaces:
        raise bad_request(f"WorkspaceId {args['WorkspaceId']} does not exist.", "InvalidParameter")
    if bool(args.get("EcsSpec")) == bool(args.get("ResourceId")):
        raise bad_request("Exactly one of EcsSpec and ResourceId is needed.", "InvalidParameter")
    if args.get("EcsSpec") and args["EcsSpec"] not in SPECS:
        raise bad_request(f"There is no instance type {args['EcsSpec']}.", "InvalidParameter")
    if args.get("ResourceId") and args["ResourceId"] not in world.catalogue.quotas:
        raise bad_request(f"ResourceId {args['ResourceId']} does not exist.", "InvalidParameter")
    one_of(args, "Accessibility", ("PUBLIC", "PRIVATE"))


def _find(world: World, received: Received) -> Hosted:
    found: Hosted | None = world.training.ray_servers.get(str(received.args["RayHistoryServerId"]))
    if found is None:
        raise not_found("RayHistoryServer", str(received.args["RayHistoryServerId"]))
    return found


def history_server_item(world: World, one: Hosted) -> dict[str, Any]:
    now = world.clock.now()
    kept = ("Accessibility", "DisplayName", "EcsSpec", "ResourceId", "StoragePath", "WorkspaceId")
    body = {name: one.fields[name] for name in kept if one.fields.get(name) is not None}
    return body | one.times(now) | one.reason(now) | {
        "RayHistoryServerId": one.id,
        "RayHistoryServerUrl": f"https://ray-history.pai.example/{one.id}" if one.status(now) == "Running" else "",
        "Status": one.status(now),
        "MaxRuntimeMinutes": one.limit or 0,
        "ResourceName": world.catalogue.quotas.get(str(one.fields.get("ResourceId")), {}).get("Name", ""),
        "TenantId": one.account_id,
        "UserId": one.user_id,
        "Username": name_of(one.user_id),
    }  # fmt: skip


def _wanted(one: Hosted, received: Received, now: float) -> bool:
    args = received.args
    equal = {
        "UserIdForFilter": one.user_id,
        "Status": one.status(now),
        "WorkspaceId": one.fields["WorkspaceId"],
        "ResourceId": one.fields.get("ResourceId"),
        "PaymentType": "PrePaid" if one.fields.get("ResourceId") else "PostPaid",
    }
    part = {"DisplayName": one.fields["DisplayName"], "StoragePath": one.fields["StoragePath"]}
    start, end = parse_time(args.get("StartTime"), "StartTime"), parse_time(args.get("EndTime"), "EndTime")
    after = parse_time(args.get("ModifiedAfter"), "ModifiedAfter")
    return (
        all(args.get(name) in (None, "", value) for name, value in equal.items())
        and all(str(args.get(name) or "").lower() in value.lower() for name, value in part.items())
        and one.id.startswith(str(args.get("IdPrefix") or ""))
        and str(args.get("Username") or "").lower() in name_of(one.user_id).lower()
        and (args.get("ShowOwn") is not True or one.user_id == received.caller.user_id)
        and (start is None or one.created >= start)
        and (end is None or one.created <= end)
        and (after is None or one.modified > after)
    )
