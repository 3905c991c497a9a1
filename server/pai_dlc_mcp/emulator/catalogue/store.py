"""What the nouns of the catalogue share: they are made, found, changed and erased in the same way.

A noun is described once (:class:`Noun`); its module then only says what is peculiar to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..contract import products
from ..wire import Caller, Received, ServiceError

if TYPE_CHECKING:
    from ..world import World

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of record.

    ``unique`` is the field no two records of one ``scope`` may share; ``created`` and ``modified`` are what this
    noun calls its times.
    """

    name: str
    table: str
    key: str
    prefix: str
    length: int = 18
    unique: str | None = None
    scope: str = "WorkspaceId"
    created: str = "GmtCreateTime"
    modified: str = "GmtModifiedTime"


def moment(world: World) -> str:
    """The world's now, to the millisecond, as most of AIWorkSpace writes it."""
    at = datetime.fromtimestamp(world.clock.now(), UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def not_found(noun: str, key: str) -> ServiceError:
    return ServiceError(404, f"{noun}NotFound", f"The {noun} {key} does not exist or cannot be seen by the caller.")


def invalid(field: str, why: str) -> ServiceError:
    return ServiceError(400, "InvalidParameter", f"The parameter {field} is not valid: {why}.")


def visible(caller: Caller, record: Record) -> bool:
    """Private records are for their owner; records without an owner or visibility are for all."""
    private = record.get("Accessibility", "PUBLIC") == "PRIVATE"
    return not private or record.get("UserId", caller.user_id) == caller.user_id


def create(world: World, noun: Noun, fields: Mapping[str, Any], caller: Caller | None = None) -> Record:
    """Put a new record into its table; a taken name is 409."""
    table = world.tables[noun.table]
    if noun.unique:
        check_unique(world, noun, fields, None)
    now = moment(world)
    key = world.ids.next(noun.prefix, noun.length)
    record = {noun.key: key, noun.created: now, noun.modified: now, **fields}
    if caller is not None:
        record |= {"UserId": caller.user_id, "OwnerId": caller.account_id}
    table[key] = record
    return record


def check_unique(world: World, noun: Noun, fields: Mapping[str, Any], but: str | None) -> None:
    """Refuse a name that another record of the same scope has."""
    mine = fields.get(noun.unique or "")
    if mine is None:
        return
    for key, other in world.tables[noun.table].items():
        same = other.get(noun.unique or "") == mine and other.get(noun.scope) == fields.get(noun.scope)
        if same and key != but:
            code = f"{noun.name}NameAlreadyExists"
            raise ServiceError(409, code, f"A {noun.name} called {mine} exists already: {key}.")


def find(world: World, noun: Noun, received: Received, key: str | None = None) -> Record:
    """The record that the request names, or the service's 404."""
    wanted = received.args[noun.key] if key is None else key
    record = world.tables[noun.table].get(wanted)
    if record is None or not visible(received.caller, record):
        raise not_found(noun.name, wanted)
    return record


def update(world: World, noun: Noun, received: Received) -> Record:
    """Write what was sent over the record, but for its key."""
    record = find(world, noun, received)
    sent = {name: value for name, value in received.args.items() if name != noun.key}
    if noun.unique in sent:
        check_unique(world, noun, record | sent, record[noun.key])
    record.update(sent)
    record[noun.modified] = moment(world)
    return record


def delete(world: World, noun: Noun, received: Received) -> Record:
    record = find(world, noun, received)
    return world.tables[noun.table].pop(record[noun.key])


def rows(world: World, noun: Noun, received: Received) -> list[Record]:
    """All records of a noun that the caller may see."""
    return [record for record in world.tables[noun.table].values() if visible(received.caller, record)]


def view(record: Record, model: str) -> Record:
    """The record as a model of the contract: what the model does not name stays inside."""
    names = [field.name for field in products()["aiworkspace"].models[model]]
    return {name: record[name] for name in names if record.get(name) is not None}
