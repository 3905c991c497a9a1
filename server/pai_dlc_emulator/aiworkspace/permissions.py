"""What the caller may do in a workspace: it follows from the roles that he has there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..contract import products
from ..wire import Received, ServiceError, handles
from .members import MEMBER
from .nouns import Record, not_found
from .paging import answer
from .store import ADMINS, find, shown
from .workspaces import WORKSPACE

if TYPE_CHECKING:
    from ..world import World

_SPACES = {"pai-dlc": "PaiDLC", "aiworkspace": "PaiWorkspace"}
_MODULES = {"DLC": "PaiDLC:", "PaiWorkspace@@Workspace": "PaiWorkspace:"}
_ALL = [{"Accessibility": "ANY", "EntityAccessType": "ANY"}]
_OWN = [
    {"Accessibility": "PUBLIC", "EntityAccessType": "ANY"},
    {"Accessibility": "PRIVATE", "EntityAccessType": "CREATOR"},
]
_PUBLIC = [{"Accessibility": "PUBLIC", "EntityAccessType": "ANY"}]
_READERS = frozenset({"PAI.WorkspaceGuest", "PAI.LabelManager"})


def codes() -> list[str]:
    """A permission for every operation of both products."""
    return [f"{_SPACES[name]}:{operation}" for name, product in products().items() for operation in product.operations]


def _reads(code: str) -> bool:
    return code.split(":")[1].startswith(("Get", "List"))


def _of_basic(role: str) -> Iterator[tuple[str, list[Record]]]:
    for code in codes():
        if role in ADMINS:
            yield code, _ALL
        elif role not in _READERS:
            yield code, _OWN
        elif _reads(code):
            yield code, _PUBLIC


def _of_custom(role: Record) -> Iterator[tuple[str, list[Record]]]:
    for module in role["ModulePermissions"]:
        kind, prefix = module["PermissionType"], _MODULES.get(module.get("ModuleName", ""), "Pai")
        for permission in module.get("Permissions") or []:
            rules = permission.get("PermissionRules") or _OWN
            yield from ((code, rules) for code in permission.get("PermissionCodes") or [])
        for code in codes():
            allowed = kind in ("ReadWrite", "FullAccess") or (kind == "ReadOnly" and _reads(code))
            if allowed and code.startswith(prefix):
                yield code, _ALL if kind == "FullAccess" else _OWN


def granted(world: World, workspace: str, user_id: str) -> dict[str, list[Record]]:
    """Permission codes of a member with the rules under which they hold; the widest role wins."""
    member = world.tables[MEMBER.table].get(f"{workspace}-{user_id}", {"Roles": []})
    found: dict[str, list[Record]] = {}
    for role in member["Roles"]:
        custom = world.tables["roles"].get(role)
        for code, rules in _of_custom(custom) if custom else _of_basic(role):
            if found.get(code) != _ALL:
                found[code] = rules
    return found


@handles("ListPermissions")
def list_permissions(world: World, received: Received) -> dict[str, Any]:
    workspace = find(world, WORKSPACE, received)["WorkspaceId"]
    found = granted(world, workspace, received.caller.user_id)
    rows = [{"PermissionCode": code, "PermissionRules": rules} for code, rules in sorted(found.items())]
    return answer("ListPermissions", rows, TotalCount=len(rows))


@handles("GetPermission")
def get_permission(world: World, received: Received) -> dict[str, Any]:
    args = received.args
    workspace, code = find(world, WORKSPACE, received)["WorkspaceId"], args["PermissionCode"]
    if code not in codes():
        raise not_found("Permission", code)
    rules = granted(world, workspace, args.get("CallerUid") or received.caller.user_id).get(code)
    if rules is None or not _holds(rules, args, received):
        raise ServiceError(403, "PermissionDenied", f"The permission {code} is not granted in this workspace.")
    return shown({"PermissionCode": code, "PermissionRules": rules}, "GetPermission")


def _holds(rules: list[Record], args: Record, received: Received) -> bool:
    """Whether one of the rules fits the entity that the caller describes, where he describes one."""
    if not args.get("Accessibility"):
        return True
    own = args.get("Creator", received.caller.user_id) == received.caller.user_id
    fitting = [rule for rule in rules if rule["Accessibility"] in ("ANY", args["Accessibility"])]
    return any(rule.get("EntityAccessType") in (None, "ANY") or own for rule in fitting)
