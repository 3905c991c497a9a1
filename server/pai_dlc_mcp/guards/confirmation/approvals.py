"""The operator's way (R35): what waits for a person who cannot be asked through the client, and what they decided.

``pai-dlc-mcp approve`` lists what waits, shows each preview, and stores a yes or a no. The decision is bound to what
was shown like a token, sealed with the server's keys, and a yes serves for one call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ConfirmationInvalid, ConfirmationRequired
from ...runtime import Call, Runtime
from ...state import State, StateUnavailable, canonical, entry, key_of
from ...state.keys import Keys, keys_of
from ...timestamps import iso
from .preview import preview_of, sentence
from .snapshot import Binding, Snapshot

WAIT_S = 900.0
"""Seconds that a request waits for the operator."""
DECIDED_S = 300.0
"""Seconds within which the agent's next call must come after a decision."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its number, who wants what, since when (seconds since the epoch), and the preview."""

    id: str
    caller: str
    tool: str
    region: str
    name: str
    at: float
    preview: Mapping[str, Any]


async def open_requests(state: State, keys: Keys) -> list[Request]:
    """What waits, the oldest first. What does not bear the server's seal is not shown."""
    entries = (await state.scan(key_of("approval") + "/")).values()
    found = [_verified(text, b"request", keys) for text in entries]
    return sorted((Request(**stored) for stored in found if stored is not None), key=lambda item: item.at)


async def decide(state: State, keys: Keys, id: str, *, approved: bool) -> bool:
    """Store the operator's answer to a request; ``False`` where it no longer waits. One answer counts, the first."""
    if await state.take(key_of("approval", id)) is None:
        return False
    decision = {"id": id, "approved": approved}
    await state.put({key_of("decision", id): _sealed(decision, b"decision", keys)}, DECIDED_S)
    return True


async def take_approval(runtime: Runtime, binding: Binding) -> bool:
    """Whether the operator said yes to exactly this; the yes is used up.

    Raises:
        ConfirmationInvalid: the operator said no.
        StateUnavailable: it cannot be determined.
    """
    place = key_of("decision", number_of(binding))
    stored = await runtime.state.get(place)
    decision = _verified(stored, b"decision", keys_of(runtime.settings)) if stored is not None else None
    if decision is None or decision.get("id") != number_of(binding):
        return False
    if not decision.get("approved"):
        raise ConfirmationInvalid("The operator was asked and said no; nothing was done.", rule="R35")
    return await runtime.state.take(place) is not None


async def request(
    call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding, *, why: str | None = None
) -> ConfirmationRequired:
    """Put the request where the operator finds it; the refusal that says so. It shows no way round the person."""
    reason = why or "This client cannot ask a person, and this server lets only a person confirm."
    shown = await preview_of(call, runtime, snapshot)
    if runtime.settings.state == "memory":
        return ConfirmationRequired(f"Nothing was done: {reason} {sentence(shown)}.", rule="R35")
    id = number_of(binding)
    content = {
        "id": id,
        "caller": call.caller.name,
        "tool": call.tool.name,
        "region": call.region,
        "name": snapshot.name,
        "at": runtime.now(),
        "preview": shown,
    }
    sealed = _sealed(content, b"request", keys_of(runtime.settings))
    await runtime.state.add(key_of("approval", id), sealed, WAIT_S)
    return ConfirmationRequired(
        f"Nothing was done: {reason} It waits until {iso(runtime.now() + WAIT_S)} for a person to run "
        f"`pai-dlc-mcp approve` in a terminal of their own; tell them, and call again after that. {sentence(shown)}.",
        rule="R35",
    )


def number_of(binding: Binding) -> str:
    """A request's number: the same for the same call on the same state, so that asking twice waits once."""
    return binding.digest.hex()[:24]


def _sealed(content: Mapping[str, Any], kind: bytes, keys: Keys) -> str:
    return json.dumps({"content": content, "seal": keys.seal(kind + canonical(content)).hex()})


def _verified(stored: str, kind: bytes, keys: Keys) -> dict[str, Any] | None:
    """What was stored, where its seal is ours and of this kind."""
    try:
        held = entry(stored, "content", "seal")
        content, seal = held["content"], bytes.fromhex(held["seal"])
    except (StateUnavailable, ValueError, TypeError):
        return None
    return content if isinstance(content, dict) and keys.fits(kind + canonical(content), seal) else None
