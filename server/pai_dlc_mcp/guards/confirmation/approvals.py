"""The operator's way (R35): what waits for a person who cannot be asked through the client, and what they decided.

``pai-dlc-mcp approve`` and the page list what waits, show each preview, and store a yes or a no. The decision is bound
to what was shown like a token, sealed with the server's keys, and a yes serves for one call. What was decided, by whom
and what came of it is remembered for a day.
A no holds for the caller and the target, whatever is tried next.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ConfirmationRequired, NextStep, PolicyDenied
from ...operation import CREATE
from ...runtime import Call, Runtime
from ...shapes import walk
from ...state import State, digest_of, key_of
from ...state.keys import Keys, keys_of
from ...timestamps import iso
from .preview import preview_of, sentence
from .snapshot import Binding, Snapshot

WAIT_MINUTES = 15
WAIT_S = WAIT_MINUTES * 60.0
"""How long a request waits for the operator."""
NO_HOLDS_MINUTES = 10
NO_HOLDS_S = NO_HOLDS_MINUTES * 60.0
"""How long a no holds (R35)."""
NO_OF_PERSON, NO_OF_CLIENT = (json.dumps({"by": who}) for who in ("person", "client"))
"""What is kept of a no. Some clients answer by themselves, so what came through one is not called a person's."""
DECIDED_S = 300.0
"""Seconds within which the agent's next call must come after a decision."""
REMEMBERED_S = 86_400.0
"""How long it is remembered what was decided."""
TERMINAL = "terminal"
"""Who decides with ``pai-dlc-mcp approve``."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its number, who wants what, since when (seconds since the epoch), and the preview.

    ``target`` is the id of what the act is about, where it names one. ``holds`` are the places where a no is kept;
    empty where the person started the act themselves: to leave it is no word to an agent.
    """

    id: str
    caller: str
    tool: str
    region: str
    name: str
    at: float
    preview: Mapping[str, Any]
    holds: tuple[str, ...]
    target: str

    @property
    def ends_at(self) -> float:
        """When it no longer waits, in seconds since the epoch."""
        return self.at + WAIT_S

    @property
    def is_own(self) -> bool:
        """Whether the person at the page started the act."""
        return not self.holds


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about a request, by whom, when (seconds since the epoch) and what came of it: ``waits`` for the
    agent's call, ``used``, or how the act ended (``done`` or an error's code)."""

    id: str
    caller: str
    tool: str
    region: str
    name: str
    approved: bool
    by: str
    at: float
    outcome: str
    target: str


async def open_requests(state: State, keys: Keys) -> list[Request]:
    """What waits, the oldest first. What does not bear the server's seal is not shown."""
    entries = (await state.scan(key_of("approval") + "/")).values()
    found = [_request(text, keys) for text in entries]
    return sorted((request for request in found if request is not None), key=lambda item: item.at)


async def find_request(state: State, keys: Keys, id: str) -> Request | None:
    """The request of this number that waits."""
    stored = await state.get(key_of("approval", id))
    return None if stored is None else _request(stored, keys)


async def decide(
    state: State, keys: Keys, id: str, *, approved: bool, by: str = TERMINAL, at: float | None = None
) -> bool:
    """Store a person's answer to a request; ``False`` where it no longer waits. One answer counts, the first.

    A no to an agent's call holds for its caller and target (R35).
    """
    stored = await state.take(key_of("approval", id))
    if stored is None:
        return False
    at, request = time.time() if at is None else at, _request(stored, keys)
    place = key_of("decided", f"{int(at * 1000):015d}-{id}")
    if request is None or approved or not request.is_own:
        decision = {"id": id, "approved": approved, "by": by, "record": place}
        await state.put({key_of("decision", id): keys.sealed("decision", decision)}, DECIDED_S)
    if request is not None:
        if request.holds and not approved:
            await state.put(dict.fromkeys(request.holds, NO_OF_PERSON), NO_HOLDS_S)
        kept = {name: getattr(request, name) for name in ("id", "caller", "tool", "region", "name", "target")}
        outcome = "waits" if approved else "denied"
        record = {**kept, "approved": approved, "by": by, "at": at, "outcome": outcome}
        await state.put({place: keys.sealed("decided", record)}, REMEMBERED_S)
    return True


async def decided(state: State, keys: Keys, *, limit: int = 100) -> list[Decided]:
    """What was decided within the last day, the newest first."""
    entries = (await state.scan(key_of("decided") + "/", limit=limit)).values()
    found = [keys.opened("decided", text) for text in entries]
    return sorted((Decided(**stored) for stored in found if stored is not None), key=lambda item: -item.at)


async def end_decision(runtime: Runtime, id: str, outcome: str) -> None:
    """Say what came of the call that a decision was for (``done`` or an error's code); a yes that it did not use serves
    for nothing else."""
    keys = keys_of(runtime.settings)
    await runtime.state.take(key_of("decision", id))
    records = await runtime.state.scan(key_of("decided") + "/")
    place = max((key for key in records if key.endswith(f"-{id}")), default=None)
    if place is not None:
        await _note_outcome(runtime.state, keys, place, outcome)


async def take_approval(runtime: Runtime, binding: Binding) -> str | None:
    """Who said yes to exactly this; the yes is used up. ``None`` where nobody did.

    Raises:
        PolicyDenied: a person said no.
        StateUnavailable: it cannot be determined.
    """
    place, keys = key_of("decision", number_of(binding)), keys_of(runtime.settings)
    stored = await runtime.state.get(place)
    decision = keys.opened("decision", stored)
    if decision is None or decision.get("id") != number_of(binding):
        return None
    if not decision.get("approved"):
        raise PolicyDenied(
            f"A person was asked and said no; nothing was done, and the no holds for {NO_HOLDS_MINUTES} minutes. "
            "Tell the user.",
            rule="R35",
        )
    if await runtime.state.take(place) is None:
        return None
    await _note_outcome(runtime.state, keys, str(decision.get("record")), "used")
    return str(decision.get("by") or TERMINAL)


async def request(
    call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding, *, why: str | None = None
) -> ConfirmationRequired:
    """Put the request where the operator finds it; the refusal that says so. It shows no way round the person."""
    reason = why or "This client cannot ask a person, and this server lets only a person confirm."
    shown = await preview_of(call, runtime, snapshot)
    where = where_to_decide(runtime)
    if not where:
        return ConfirmationRequired(
            f"Nothing was done: {reason} Tell the user: they can do it in the console of PAI; where this server "
            f"runs with --state FILE, they decide in a terminal. {sentence(shown)}.",
            rule="R35",
            next=[_how_it_goes(call)],
        )
    id = number_of(binding)
    content = {
        "id": id,
        "caller": call.caller.name,
        "tool": call.tool.name,
        "region": call.region,
        "name": snapshot.name,
        "at": runtime.now(),
        "preview": shown,
        "holds": [] if call.approval is not None else no_places(call, runtime),
        "target": str(call.args[path_names[-1]]) if (path_names := call.operation.path_names) else "",
    }
    sealed = keys_of(runtime.settings).sealed("request", content)
    await runtime.state.add(key_of("approval", id), sealed, WAIT_S)
    if call.approval is not None:
        call.approval.id = id
    return ConfirmationRequired(
        f"Nothing was done: {reason} It waits until {iso(runtime.now() + WAIT_S)} for a person to decide {where}; "
        f"tell them, and call again after that. {sentence(shown)}.",
        rule="R35",
        next=[_how_it_goes(call)],
    )


def _how_it_goes(call: Call) -> NextStep:
    """A read, and no way round the person: the act itself is not proposed."""
    return NextStep("pai_status", {"region": call.region}, "Shows how a confirmation goes with this client.")


def same_call(call: Call, why: str) -> NextStep:
    """The call once more; of its arguments the ids alone, since the others may be long or secret."""
    fields = call.operation.fields.items()
    given = {name: call.args[api] for name, (api, _, place) in fields if place == "path" and api in call.args}
    return NextStep(call.tool.name, {"region": call.region, **given}, why)


def where_to_decide(runtime: Runtime) -> str:
    """Where a person can decide; empty where nowhere: no terminal reaches state in memory."""
    from_terminal = "with `pai-dlc-mcp approve` or `pai-dlc-mcp dashboard` in a terminal of their own"
    terminal = "" if runtime.settings.state == "memory" else from_terminal
    page = f"on the page at {runtime.page}" if runtime.page else ""
    return " or ".join(place for place in (terminal, page) if place)


def number_of(binding: Binding) -> str:
    """A request's number: the same for the same call on the same state, so that asking twice waits once."""
    return binding.digest.hex()[:24]


async def _note_outcome(state: State, keys: Keys, place: str, outcome: str) -> None:
    """Say in the record of a decision what came of it."""
    stored = await state.get(place)
    record = keys.opened("decided", stored)
    if record is not None:
        await state.put({place: keys.sealed("decided", {**record, "outcome": outcome})}, REMEMBERED_S)


def _request(stored: str, keys: Keys) -> Request | None:
    content = keys.opened("request", stored)
    return None if content is None else Request(**{**content, "holds": tuple(content.get("holds") or ())})


def no_places(call: Call, runtime: Runtime) -> list[str]:
    """Where a no to this call's targets is kept, whatever is to be done to them and by whichever connection."""
    settings = runtime.settings
    account = digest_of([settings.profile, settings.dlc_endpoint, settings.aiworkspace_endpoint])
    subjects = dict.fromkeys(_subjects(call)) or [call.operation.action_name]
    return [key_of("no", call.caller.name, call.region, account, digest_of([one])) for one in subjects]


def _subjects(call: Call) -> Iterator[str]:
    """The ids of what a call acts on: the first in its path, else those that it names. What stands behind it in the
    path is a part of it, whose name others have too (a version, a role). What a create makes has no id yet."""
    operation = call.operation
    named = [*operation.path_names[:1], *(leaf.path for leaf in operation.leaves if leaf.wire.about)]
    if not named and call.tool.effect is not CREATE:
        named = [leaf.path for leaf in operation.leaves if leaf.kind is not None and leaf.kind.reader is not None]
    for path in named:
        yield from (_plain(value) for _, value in walk(call.args, path) if value)


def _plain(identity: Any) -> str:
    """An id as the service may read it: whoever writes it otherwise means the same."""
    return str(identity).strip().casefold()
