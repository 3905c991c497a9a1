"""Acts and approvals of the page (R35): whole preview, the target's name typed, yes or no, and what was decided.

An act that a person starts here goes the way of every approval: the call runs as far as its confirmation, the request
waits in the state, the person decides, and only then the same call goes through the same guards once more. So what was
shown is what is done: a target that has changed in between waits for a new yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..api.catalog import operation
from ..app import Application
from ..guards.confirmation import approvals
from ..guards.confirmation.preview import pages_of
from ..operation import READ, Operation, Tool
from ..protocol.call_tool import Peer, call_tool
from ..protocol.result import Answer
from ..redaction.engine import clean
from ..runtime import Approval, Caller, Runtime
from ..state import key_of
from ..state.keys import keys_of
from ..timestamps import iso
from .gate import Denied

MAX_HELD = 200
"""Acts that wait in this process for their person at once; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class _Started:
    """An act that a person has started: the call to make once they have said yes."""

    id: str
    tool: str
    arguments: Mapping[str, Any]
    caller: str


class Acts:
    """What waits and what was decided. Acts that were started wait in the state, where any server of it carries them
    out; those whose arguments may hold a secret wait in this process alone.

    ``sees_all``: the page's own user decides about every caller's requests, as ``pai-dlc-mcp approve`` does; otherwise
    each caller about those that bear their name.
    """

    def __init__(self, *, sees_all: bool) -> None:
        self._sees_all = sees_all
        self._held: dict[str, _Started] = {}

    async def start(self, app: Application, caller: Caller, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Run an act as far as its confirmation: ``{"ok": false, "approval": …}``, or the tool's refusal.

        Raises:
            Denied: there is no such act for this caller.
        """
        tool = app.tools.get(name)
        if not isinstance(tool, Operation) or tool.effect is READ:
            raise Denied(403, "not_allowed", "There is no such act for this caller.")
        approval = Approval()
        answer = await call_tool(app, tool, arguments, Peer(caller, approval=approval))
        if approval.id is None:
            return answer.structured
        runtime = await app.runtime()
        await self._remember(runtime, _Started(approval.id, name, dict(arguments), caller.name))
        waiting = await approvals.find_request(runtime.state, keys_of(runtime.settings), approval.id)
        if waiting is None:
            raise Denied(409, "gone", "The request is no longer there; start again.")
        return {"ok": False, "approval": described(waiting)}

    async def listing(self, app: Application, caller: Caller) -> dict[str, Any]:
        """``{"waiting": […], "decided": […]}``, the newest decision first."""
        runtime = await app.runtime()
        keys = keys_of(runtime.settings)
        waiting = [one for one in await approvals.open_requests(runtime.state, keys) if self._sees(caller, one.caller)]
        past = [one for one in await approvals.decided(runtime.state, keys) if self._sees(caller, one.caller)]
        return {"waiting": [described(one) for one in waiting], "decided": [_past(one) for one in past]}

    async def decide(
        self, app: Application, caller: Caller, id: str, *, is_yes: bool, typed_name: str
    ) -> dict[str, Any]:
        """Take a person's answer; with a yes to an act that was started here, carry it out.

        Raises:
            Denied: nothing of the caller's waits under this number, or another name was typed.
        """
        runtime = await app.runtime()
        keys = keys_of(runtime.settings)
        waiting = await approvals.find_request(runtime.state, keys, id)
        if waiting is None or not self._sees(caller, waiting.caller):
            raise Denied(404, "not_found", "Nothing waits under this number; it may have been decided or have expired.")
        if is_yes and typed_name.strip() != waiting.name:
            raise Denied(
                409, "name_differs", "The text that was typed is not the target's name; nothing was done.", rule="R35"
            )
        own = await self._own_act(app, caller, runtime, id)
        if is_yes and waiting.is_own and own is None:
            raise Denied(409, "gone", "The act was started in a process that holds it no longer; start it again.")
        if not await approvals.decide(runtime.state, keys, id, approved=is_yes, by=caller.name, at=runtime.now()):
            raise Denied(409, "gone", "Somebody else has decided in the meantime.")
        await self._forget(runtime, id)
        answer = await self._carried_out(app, caller, runtime, *own) if is_yes and own is not None else None
        decision = "yes" if is_yes else "no"
        return {"ok": True, "decision": decision, "answer": None if answer is None else answer.structured}

    async def _carried_out(
        self, app: Application, caller: Caller, runtime: Runtime, tool: Tool, started: _Started
    ) -> Answer:
        """The call once more, now with the person's yes; a yes that it did not use serves for nothing else."""
        answer = await call_tool(app, tool, started.arguments, Peer(caller, approval=Approval()))
        outcome = str(answer.structured["error"]["code"]) if answer.is_error else "done"
        await approvals.end_decision(runtime, started.id, outcome)
        return answer

    def _sees(self, caller: Caller, asked_by: str) -> bool:
        return self._sees_all or asked_by == caller.name

    async def _remember(self, runtime: Runtime, started: _Started) -> None:
        if _may_be_stored(started.arguments):
            sealed = keys_of(runtime.settings).sealed("page-act", asdict(started))
            await runtime.state.put({_place_of(started.id): sealed}, approvals.WAIT_S)
            return
        self._held.pop(started.id, None)
        if len(self._held) >= MAX_HELD:
            del self._held[next(iter(self._held))]
        self._held[started.id] = started

    async def _own_act(
        self, app: Application, caller: Caller, runtime: Runtime, id: str
    ) -> tuple[Tool, _Started] | None:
        """The act that this caller started under this number, where its tool is offered to them here."""
        started = await self._started_act(runtime, id)
        if started is None or started.caller != caller.name:
            return None
        tool = app.tools.get(started.tool)
        return None if tool is None else (tool, started)

    async def _started_act(self, runtime: Runtime, id: str) -> _Started | None:
        if id in self._held:
            return self._held[id]
        found = keys_of(runtime.settings).opened("page-act", await runtime.state.get(_place_of(id)))
        return _Started(**found) if found is not None and found["id"] == id else None

    async def _forget(self, runtime: Runtime, id: str) -> None:
        self._held.pop(id, None)
        await runtime.state.take(_place_of(id))


def _place_of(id: str) -> str:
    return key_of("page-act", id)


def _may_be_stored(arguments: Mapping[str, Any]) -> bool:
    """Whether nothing in an act's arguments may be a secret: plain values that the masking leaves as they are."""
    is_plain = all(isinstance(value, str | int | float) for value in arguments.values())
    return is_plain and clean(arguments) == arguments


def described(request: approvals.Request) -> dict[str, Any]:
    """A request as the page shows it; its texts were cleaned when it was stored."""
    tool = operation(str(request.preview["act"]))
    return {
        "id": request.id,
        "tool": request.tool,
        "title": tool.title,
        "effect": tool.effect.value,
        "region": request.region,
        "target": {"id": request.target, "name": request.name},
        "type_name": request.name,
        "preview": dict(request.preview),
        "pages": len(pages_of(request.preview)),
        "asked_at": iso(request.at),
        "expires_at": iso(request.ends_at),
        "asked_by": request.caller,
        "is_own": request.is_own,
    }


def _past(one: approvals.Decided) -> dict[str, Any]:
    return {
        "id": one.id,
        "tool": one.tool,
        "region": one.region,
        "target": {"id": one.target, "name": one.name},
        "asked_by": one.caller,
        "decision": "yes" if one.approved else "no",
        "decided_by": one.by,
        "decided_at": iso(one.at),
        "outcome": one.outcome,
    }
