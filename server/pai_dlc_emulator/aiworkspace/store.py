"""What the nouns of the catalogue share: they are created, found, changed and erased in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..clock import iso, iso_ms
from ..contract import products
from ..listing import view_as
from ..wire import Caller, Received, Record, ServiceError
from ..world import World, handles
from .nouns import Noun, drop_labels, not_found, put_labels

FIXED = frozenset({"WorkspaceId", "DatasetVersion"})
"""Arguments of an update that say which record is meant and never change it."""
ADMINS = frozenset({"PAI.WorkspaceOwner", "PAI.WorkspaceAdmin"})


def now_text(world: World) -> str:
    return iso_ms(world.clock.now())


def _time_text(world: World, noun: Noun) -> str:
    return iso(world.clock.now()) if noun.seconds else now_text(world)


def is_visible(caller: Caller, record: Record) -> bool:
    """Private records are for their owner; records without an owner or visibility are for all."""
    private = record.get("Accessibility", "PUBLIC") == "PRIVATE"
    return not private or record.get("UserId", caller.user_id) == caller.user_id


def target_workspace(world: World, received: Received) -> str:
    """The workspace that a new record goes to: the named one, or the caller's default (rule R01)."""
    workspace = str(received.args.get("WorkspaceId") or world.catalogue.default_workspace(received.caller.user_id))
    if workspace not in world.catalogue.workspaces:
        raise not_found("Workspace", workspace)
    return workspace


def create_record(world: World, noun: Noun, received: Received, **extra: Any) -> Record:
    """Put a new record with what was sent into its table; a taken name is 409."""
    fields = {**noun.defaults, **received.args, **extra}
    noun.check(fields)
    if noun.parent is not None:
        fields = {"WorkspaceId": find_owned(world, noun.parent, received).get("WorkspaceId")} | fields
    elif noun.scope == "WorkspaceId":
        fields["WorkspaceId"] = target_workspace(world, received)
    check_unique(world, noun, fields, None)
    now = _time_text(world, noun)
    key = fields.get(noun.key) or world.ids.next(noun.prefix, noun.length)
    who = received.caller
    owner = {"UserId": who.user_id, "OwnerId": who.account_id, "Creator": who.user_id}
    record = {**fields, noun.key: key, noun.created: now, noun.modified: now, **owner}
    world.catalogue.tables[noun.table][noun.place(fields, key)] = record
    return record


def check_unique(world: World, noun: Noun, fields: Mapping[str, Any], but: str | None) -> None:
    """Refuse a name that another record of the same scope has."""
    mine = fields.get(noun.unique or "")
    if mine is None:
        return
    for other in world.catalogue.tables[noun.table].values():
        same = other.get(noun.unique or "") == mine and other.get(noun.scope) == fields.get(noun.scope)
        if same and other[noun.key] != but:
            code = f"{noun.name}NameAlreadyExists"
            raise ServiceError(409, code, f"A {noun.name} called {mine} exists already: {other[noun.key]}.")


def find_record(world: World, noun: Noun, received: Received, key: str | None = None) -> Record:
    """The record that the request names, or the service's 404."""
    args = received.args
    wanted = args[noun.key] if key is None else key
    if noun.parent is not None:
        find_record(world, noun.parent, received)
    record = world.catalogue.tables[noun.table].get(noun.place(args, wanted))
    elsewhere = record is not None and record.get("WorkspaceId") not in (
        None,
        args.get("WorkspaceId", record.get("WorkspaceId")),
    )
    if record is None or elsewhere or not is_visible(received.caller, record):
        raise not_found(noun.name, wanted)
    return record


def find_owned(world: World, noun: Noun, received: Received, key: str | None = None) -> Record:
    """The record that the request names, if the caller may change it: its owner and workspace admins may."""
    record = find_record(world, noun, received, key)
    top = find_record(world, noun.parent, received) if noun.parent else record
    caller = received.caller.user_id
    member = world.catalogue.tables["members"].get(f"{top.get('WorkspaceId')}-{caller}", {"Roles": []})
    if top.get("UserId", caller) != caller and not ADMINS & set(member["Roles"]):
        raise ServiceError(403, "Forbidden", f"The caller may see the {noun.name} but not change it.")
    return record


def update_record(world: World, noun: Noun, received: Received) -> Record:
    """Write what was sent over the record, but for what identifies it."""
    record = find_owned(world, noun, received)
    keys = FIXED | {noun.key} | ({noun.parent.key} if noun.parent else set())
    sent = {name: value for name, value in received.args.items() if name not in keys}
    noun.check(sent)
    if noun.unique in sent:
        check_unique(world, noun, record | sent, record[noun.key])
    record.update(sent)
    return touch(world, noun, record)


def touch(world: World, noun: Noun, record: Record) -> Record:
    record[noun.modified] = _time_text(world, noun)
    return record


def delete_record(world: World, noun: Noun, received: Received, key: str | None = None) -> Record:
    """Erase a record and everything that lives in it."""
    record = find_owned(world, noun, received, key)
    identity = record[noun.key]
    for table in noun.children:
        rows_left = {k: r for k, r in world.catalogue.tables[table].items() if r.get(noun.key) != identity}
        world.catalogue.tables[table].clear()
        world.catalogue.tables[table].update(rows_left)
    return world.catalogue.tables[noun.table].pop(noun.place(received.args, identity))


def visible_records(world: World, noun: Noun, received: Received) -> list[Record]:
    """All records of a noun that the caller may see; of a child noun, those of the named parent."""
    found = [record for record in world.catalogue.tables[noun.table].values() if is_visible(received.caller, record)]
    if noun.parent is None:
        return found
    parent = find_record(world, noun.parent, received)[noun.parent.key]
    return [record for record in found if record[noun.parent.key] == parent]


def as_answer(record: Record, operation: str) -> Record:
    """The record as the answer of an operation."""
    return view_as(record, products()["aiworkspace"].operations[operation].response)


def register_crud(
    noun: Noun, *, create_: str = "", get: str = "", update_: str = "", delete_: str = "", publish: str = ""
) -> None:
    """Register the operations of a noun that have nothing peculiar about them."""
    if create_:
        handles(create_)(lambda world, received: as_answer(create_record(world, noun, received), create_))
    if get:
        handles(get)(lambda world, received: as_answer(find_record(world, noun, received), get))
    if update_:
        handles(update_)(lambda world, received: as_answer(update_record(world, noun, received), update_))
    if delete_:
        handles(delete_)(lambda world, received: as_answer(delete_record(world, noun, received), delete_))
    if publish:
        handles(publish)(lambda world, received: as_answer(_publish(world, noun, received), publish))


def register_labels(noun: Noun, *, put: str = "", drop: str, keys: str) -> None:
    """Register the operations on a noun's labels; the argument ``keys`` names those to drop."""

    def change(world: World, received: Received) -> Record:
        record = find_owned(world, noun, received)
        if received.operation == drop:
            drop_labels(record, received.args.get(keys, ""))
        else:
            put_labels(record, received.args.get("Labels") or [])
        touch(world, noun, record)
        return {}

    for operation in filter(None, (put, drop)):
        handles(operation)(change)


def _publish(world: World, noun: Noun, received: Received) -> Record:
    """Make a record visible to its whole workspace."""
    record = find_owned(world, noun, received)
    record["Accessibility"] = "PUBLIC"
    return touch(world, noun, record)
