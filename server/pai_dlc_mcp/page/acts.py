"""Acts and approvals of the page (R35): whole preview, the target's name typed, yes or no, and what was decided.

An act that a person starts here goes the way of every approval: the call runs as far as its confirmation, the request
waits in the state, the person decides, and only then the same call goes through the same guards once more. So what was
shown is what is done: a target that has changed in between waits for a new yes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..api.catalog import operation
from ..app import Application
from ..guards.confirmation import approvals
from ..guards.confirmation.preview import pages_of
from ..operation import READ, Operation, Tool
from ..protocol.call_tool import Peer, call_tool
from ..protocol.result import Answer
from ..runtime import Approval, Caller, Runtime
from ..state.keys import keys_of
from ..timestamps import iso
from .gate import Denied

MAX_STARTED = 200
"""Acts that wait here for their person at once; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class _Started:
    """An act that a person has started: the call to make once they have said yes."""

    tool: Tool
    arguments: Mapping[str, Any]
    caller: str
    ends_at: float


class Acts:
    """What waits and what was decided, for callers of one process.

    ``sees_all``: the page's own user decides about every caller's requests, as ``pai-dlc-mcp approve`` does; otherwise
    each caller about those that bear their name.
    """

    def __init__(self, *, sees_all: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._sees_all, self._now = sees_all, now
        self._started: dict[str, _Started] = {}

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
        self._remember(approval.id, _Started(tool, dict(arguments), caller.name, self._now() + approvals.WAIT_S))
        runtime = await app.runtime()
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
        if not await approvals.decide(runtime.state, keys, id, approved=is_yes, by=caller.name, at=runtime.now()):
            raise Denied(409, "gone", "Somebody else has decided in the meantime.")
        started = self._started.pop(id, None)
        answer = None
        if is_yes and started is not None and started.caller == caller.name:
            answer = await self._carried_out(app, caller, runtime, started, id)
        decision = "yes" if is_yes else "no"
        return {"ok": True, "decision": decision, "answer": None if answer is None else answer.structured}

    async def _carried_out(
        self, app: Application, caller: Caller, runtime: Runtime, started: _Started, id: str
    ) -> Answer:
        """The call once more, now with the person's yes; a yes that it did not use serves for nothing else."""
        answer = await call_tool(app, started.tool, started.arguments, Peer(caller, approval=Approval()))
        outcome = str(answer.structured["error"]["code"]) if answer.is_error else "done"
        await approvals.end_decision(runtime, id, outcome)
        return answer

    def _sees(self, caller: Caller, asked_by: str) -> bool:
        return self._sees_all or asked_by == caller.name

    def _remember(self, id: str, started: _Started) -> None:
        now = self._now()
        self._started = {key: one for key, one in self._started.items() if one.ends_at > now and key != id}
        if len(self._started) >= MAX_STARTED:
            del self._started[next(iter(self._started))]
        self._started[id] = started


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
