"""Whether what a clone or a template takes over is still there, asked of the service at that moment (R55)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from ...api.catalog import operation
from ...cloud.reads import TooMany, all_rows, read
from ...errors import NotFound, PaiError
from ...operation import Operation, Reveals
from ...runtime import Call, Reply, Runtime
from ...shapes import Kind, walk
from ..policy import access
from .ledger import Seen, remember, shown_entries
from .suggestions import LONGEST_VALUE_CHARS, NAMES, Named, nearest

MOST_LOOKUPS = 20
"""Values of one call that are looked up; a record that names more is not asked about any further."""
MOST_PAGES = 5
CONTENT = "Content."


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the service said of one value: its entry where it exists; otherwise whether it is surely gone, and the ids,
    names beside them, of what is nearest to it."""

    entry: Seen | None = None
    is_gone: bool = False
    nearest: tuple[str, ...] = ()


def named_in(record: Mapping[str, Any], owner: Operation) -> Iterator[Named]:
    """Every value of a job's record that can be looked up, wherever a field of that kind stands."""
    for leaf in owner.requirements:
        if leaf.kind is not None and leaf.kind.listed_by is not None:
            for field, value in walk(record, leaf.path.removeprefix(CONTENT)):
                if isinstance(value, str) and value:
                    yield Named(field, value, leaf.kind)


async def look_up(call: Call, runtime: Runtime, item: Named) -> Lookup:
    """Ask the service; what exists counts as seen from now on. Nobody learns here of what the settings forbid to read.

    Raises:
        StateUnavailable: what exists cannot be remembered.
    """
    try:
        shown = await _exactly(call, runtime, item)
        entry = next((one for one in shown if one.id == item.value), None)
        if entry is None:
            return Lookup(None, True, _closest(item.value, await _others(call, runtime, item.kind)))
    except PaiError:
        return Lookup()
    await remember(runtime, call.caller, call.region, item.kind.name, [entry])
    return Lookup(entry)


async def _exactly(call: Call, runtime: Runtime, item: Named) -> list[Seen]:
    """The entries that an exact question gives.

    Raises:
        PaiError: it cannot be read, or the settings forbid it.
    """
    if item.kind.reader is not None:
        reader = operation(item.kind.reader)
        args = {reader.path_names[0]: item.value}
        try:
            await _admit(call, runtime, reader, args)
            data = await read(call, runtime, reader.action_name, args)
        except NotFound:
            return []
        reveals = _reveals(reader)
        return shown_entries(call, Reply({reveals.key: item.value, **data}), runtime, reveals)
    lister, argument = _listed_by(item.kind)
    found: list[Seen] = []
    for args in await _scopes(call, runtime, operation(lister)):
        data = await read(call, runtime, lister, args | {argument: item.value})
        found += shown_entries(call, Reply(data), runtime, _reveals(operation(lister)))
    return found


async def _others(call: Call, runtime: Runtime, kind: Kind) -> list[Seen]:
    """All of a kind that the call's workspace can use, as far as a few pages show them."""
    lister = operation(_listed_by(kind)[0])
    reveals, found = _reveals(lister), list[Seen]()
    for args in await _scopes(call, runtime, lister):
        try:
            rows = await all_rows(runtime, lister.action_name, args, reveals.path, call.region, most_pages=MOST_PAGES)
        except (PaiError, TooMany):
            continue
        found += shown_entries(call, Reply({reveals.path: rows}), runtime, reveals)
    return found


async def _scopes(call: Call, runtime: Runtime, lister: Operation) -> list[dict[str, Any]]:
    """The arguments under which a list is asked: the workspace of the call, and what belongs to no workspace."""
    workspace = call.args.get("WorkspaceId") or call.known.workspace
    where: list[dict[str, Any]] = [{"WorkspaceId": workspace}] if workspace and "workspace_id" in lister.fields else []
    if "workspace_id" not in lister.fields or lister.is_account_wide:
        where.append({})
    allowed = []
    for args in where:
        try:
            await _admit(call, runtime, lister, args)
        except PaiError:
            continue
        allowed.append(args)
    return allowed


async def _admit(call: Call, runtime: Runtime, reader: Operation, args: Mapping[str, Any]) -> None:
    """Let the operator's settings judge the read as they judge the tool that makes it.

    Raises:
        PaiError: they forbid it.
    """
    await access.check(Call(reader, call.inputs, dict(args), call.region, call.caller, known=call.known), runtime)


def _listed_by(kind: Kind) -> tuple[str, str]:
    """The list of a kind that can be looked up, and its argument for exactly one value."""
    return cast("tuple[str, str]", kind.listed_by)


def _reveals(owner: Operation) -> Reveals:
    """What the read or the list of a kind shows of it: none shows another kind beside."""
    return owner.reveals[0]


def _closest(value: str, others: Iterable[Seen]) -> tuple[str, ...]:
    """The two that look most like it, each with its name."""
    known = {one.id: one for one in others}
    return tuple(_with_name(known[one]) for one in nearest(value, known, cutoff=0.0))


def _with_name(one: Seen) -> str:
    name = next((str(one.about[name]) for name in NAMES if one.about.get(name)), "")
    return repr(one.id[:LONGEST_VALUE_CHARS]) + (f" ({name[:60]!r})" if name else "")
