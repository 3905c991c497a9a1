"""What an act that was carried out did: to what, and how its target stands afterwards. Never an error.

``Done`` and ``Name`` say what was done to what, ``Before`` and ``After`` the fields that the call gave where the target
shows them, ``Status`` its state after a change or a stop, ``Now`` how something that was created stands. One read
after the act; where it fails, a notice says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import anyio

from ...api.catalog import reader_of_created
from ...api.kinds import TEMPLATE
from ...cloud.reads import read
from ...errors import PaiError
from ...operation import CREATE, DELETE, STOP, WRITE, Card, Operation
from ...runtime import Call, Reply, Runtime
from ...state import StateUnavailable, canonical
from ...views import concise
from ..confirmation.snapshot import NAMES, target_of
from ..validation.rule import is_given
from ..validation.templates import learn_template

LOOK_S = 4.0
"""How long the read after an act may take; the act itself is done."""
LEFT_S = 0.5
"""What is left of the call for its answer."""
MOST_CHARS = 300
"""A field whose value is longer is named as changed, not shown twice."""
_PAST = {"Stop": "stopped", "Set": "set", "Tag": "tagged", "Untag": "untagged", "Log": "logged"}


async def before(call: Call, runtime: Runtime) -> Mapping[str, Any] | None:
    """The target of a change as it stands before the act; ``None`` where no read shows it."""
    if call.tool.effect not in (WRITE, DELETE, STOP):
        return None
    target = target_of(call)
    if target is None:
        return None
    try:
        return await read(call, runtime, target.reader.action_name, target.args)
    except PaiError:
        return None


async def describe(call: Call, reply: Reply, runtime: Runtime, stood: Mapping[str, Any] | None) -> Reply:
    """The reply with what the act did; ``stood`` is what :func:`before` gave."""
    operation = call.operation
    if operation.effect not in (CREATE, WRITE, DELETE, STOP):
        return reply
    said: dict[str, Any] = {"Done": words(operation)}
    if name := _name(stood or {}, call.args):
        said["Name"] = name
    now = await _stands(call, reply, runtime) if "Status" not in reply.data else None
    if operation.effect is CREATE and now is not None:
        said["Now"] = now
    elif now is not None:
        said |= compared(call, stood or {}, now) | ({"Status": now["Status"]} if now.get("Status") else {})
    return replace(reply, data={**reply.data, **{key: value for key, value in said.items() if key not in reply.data}})


def words(operation: Operation) -> str:
    """What was done, in words, such as ``deleted job template``."""
    verb, *rest = re.findall(r"[A-Z][a-z0-9]*", operation.action_name)
    past = _PAST.get(verb, verb.lower() + ("d" if verb.endswith("e") else "ed"))
    return " ".join([past, *(word.lower() for word in rest)])


def compared(call: Call, stood: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the call gave, before and after, where the target shows them."""
    ids = set(call.operation.path_names)
    given = [name for name, value in call.args.items() if is_given(value) and name not in ids and name in now]
    return {
        "Before": {name: _short(stood.get(name)) for name in given if name in stood},
        "After": {name: _short(now[name]) for name in given},
    } if given else {}  # fmt: skip


def _short(value: Any) -> Any:
    size = len(canonical(value))
    return value if size <= MOST_CHARS else f"{size:,} characters"


def _name(*sources: Mapping[str, Any]) -> str | None:
    found = (source[field] for source in sources for field in NAMES if source.get(field))
    return next((str(name)[:200] for name in found), None)


async def _stands(call: Call, reply: Reply, runtime: Runtime) -> Mapping[str, Any] | None:
    """The read after the act: the whole target of a change, the card of something created."""
    operation = call.operation
    if operation.effect is CREATE:
        reader, args = reader_of_created(operation), {**call.args, **reply.data}
    elif operation.effect in (WRITE, STOP) and (target := target_of(call)) is not None:
        reader, args = target.reader, dict(target.args)
    else:
        return None
    if reader is None or any(not is_given(args.get(name)) for name in reader.path_names):
        return None
    wanted = {api for api, _, _ in reader.fields.values() if api in reader.path_names or api == "WorkspaceId"}
    asked = {name: args[name] for name in wanted if is_given(args.get(name))}
    with anyio.move_on_after(min(LOOK_S, _left_s())), suppress(PaiError):
        found = await read(call, runtime, reader.action_name, asked, is_fresh=True)
        if call.operation.starts and "JobId" in found:
            call.known.job = found
        if found and operation.effect is CREATE and any(one.kind == TEMPLATE.name for one in reader.reveals):
            await _note_template(call, found, runtime)
        if found:
            return _card(reader, found) if operation.effect is CREATE else found
    call.notice("R25", "It was carried out; how it stands now could not be read.")
    return None


async def _note_template(call: Call, found: Mapping[str, Any], runtime: Runtime) -> None:
    """Who made a template knows what stands in it (R26); where that cannot be remembered it is read before its use."""
    with suppress(StateUnavailable):
        await learn_template(call, Reply(dict(found)), runtime)


def _left_s() -> float:
    return max(anyio.current_effective_deadline() - anyio.current_time() - LEFT_S, 0.0)


def _card(reader: Operation, found: dict[str, Any]) -> Mapping[str, Any]:
    """The fields that a person looks at first, without what the call said at length or a new thing has not yet."""
    shown = concise(reader, found, {}) if isinstance(reader.view, Card) else {}
    return {name: value for name, value in shown.items() if name not in _SAID}


_SAID = frozenset({
    "UserCommand", "Pods", "FrameworkContent", "Content", "Description", "Envs", "UserId", "Duration", "RestartTimes",
})  # fmt: skip
