"""One tool call from its arguments to its answer, whoever brings it: an MCP client or the ``call`` command."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

import anyio

from ..app import Application
from ..arguments import Parsed, controls_of, parse, resolved, split, taken
from ..errors import InternalError, InvalidArguments, NotFound, PaiError, Unavailable
from ..logs import CALL_ID
from ..off_loop import SPENT
from ..operation import Effect, Operation, Tool
from ..redaction.engine import clean_answer_off_loop
from ..runtime import DELAYS, Approval, Call, Caller, Composite, Controls, InputNeeded, Outcome, Person, Runtime, Sent
from ..shapes import Input
from .next_calls import way_on, where_to_look, within_reach
from .result import Answer, fail, failed, plainly, present

log = logging.getLogger(__name__)
CALL_S = 25.0
"""Every call ends within this time; clients give up at 30 to 60 s."""

Progress = Callable[[float, float | None, str], Awaitable[None]]


NOTED_DELAY_S = 0.5
"""A call whose requests waited this long for their turn says so."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who calls, and how they are asked and informed."""

    caller: Caller
    person: Callable[[Tool, Mapping[str, Any]], Person | None] = lambda tool, given: None
    progress: Progress | None = None
    approval: Approval | None = None
    """Set where a person starts an act at the page."""
    max_chars: int | None = None
    """Longest result where it is read by a program instead of a model; otherwise what the call asks for."""


async def call_tool(app: Application, tool: Tool, given: Mapping[str, Any], peer: Peer) -> Answer:
    """Run a tool and give its answer; every failure of the tree is an answer too, and nothing else ever leaves."""
    CALL_ID.set(token_hex(8))
    sent = Sent()
    DELAYS.set([])
    SPENT.set([])
    try:
        with anyio.fail_after(CALL_S):
            return await _answered(app, tool, given, peer, sent)
    except PaiError as error:
        return failed(within_reach(error, app.tools))
    except TimeoutError:
        return failed(_late(tool, sent))
    except InputNeeded:
        raise
    except Exception:  # the outermost frame of a call: a mistake of ours must not leave as a traceback
        log.exception("%s failed inside", tool.name)
        return failed(InternalError("The server made a mistake; its log on stderr has the details."))


async def _answered(app: Application, tool: Tool, given: Mapping[str, Any], peer: Peer, sent: Sent) -> Answer:
    try:
        call = await prepared(app, tool, given, peer)
        call.sent = sent
    except PaiError as refusal:
        await note_refusal(app, tool.name, peer.caller, refusal)
        raise
    runtime = await app.runtime()
    try:
        outcome = await audited(call, runtime)
    except PaiError as error:
        error.next = error.next or (
            where_to_look(app.tools, call) if isinstance(error, NotFound) else way_on(call, error)
        )
        return await fail(call, within_reach(error, app.tools))
    _note_delays(call)
    return await _present(call, outcome)


def _note_delays(call: Call) -> None:
    delays = DELAYS.get() or ()
    if sum(delays) >= NOTED_DELAY_S:
        call.notice(
            "R72",
            f"Requests waited for their turn, {sum(delays):.1f} s in all ({len(delays)}): the account's requests a "
            "second are shared out over everything that uses this server.",
        )


async def _present(call: Call, outcome: Outcome) -> Answer:
    """The answer. What was carried out never turns into an error because its answer is odd: then the ids alone."""
    try:
        return await present(call, outcome)
    except Exception:  # presenting is ours; the act is done, and its id must reach the caller
        if call.tool.effect is Effect.READ:
            raise
        log.exception("%s was carried out; its answer could not be presented", call.tool.name)
        return plainly(call, outcome)


async def note_refusal(app: Application, name: str, caller: Caller, refusal: PaiError) -> None:
    """The audit's line of what was refused before it was a call: an unknown tool, malformed arguments."""
    if app.settings.audit_log is None:
        return
    from ..audit import record as audit  # start-up: saves 5 ms

    await audit.note(await app.runtime(), tool=name, caller=caller.name, region=None, error=refusal)


async def prepared(app: Application, tool: Tool, given: Mapping[str, Any], peer: Peer) -> Call:
    """The validated call, before anything has been read or sent.

    Raises:
        PaiError: every fault of names, types, values and rules in one refusal, or a region that neither the call nor
            the settings name (R75).
    """
    own, ours = split(tool, given, app.settings)
    parsed = parse(
        tool.inputs, own, tool=tool.name, known=taken(tool, app.settings), is_read=tool.effect is Effect.READ
    )
    controls = parse(controls_of(tool), ours, tool=tool.name, is_read=True)
    if parsed.inputs is None or controls.inputs is None:
        from ..guards import pipeline  # start-up: saves 60 ms

        faults: Parsed[Input] = Parsed(None, parsed.raw, [*parsed.faults, *controls.faults])
        raise await pipeline.malformed(
            tool, faults, await app.runtime(), peer.caller, _known_region(app, ours.get("region"))
        )
    args = (
        tool.wire_arguments(parsed.inputs)
        if isinstance(tool, Operation)
        else parsed.inputs.model_dump(exclude_unset=True)
    )
    call = Call(
        tool,
        parsed.inputs,
        args,
        _region(app, controls.inputs.region, needed=not isinstance(tool, Composite) or tool.needs_region),
        peer.caller,
        _sized(resolved(controls.inputs, tool), peer.max_chars),
        person=peer.person(tool, given),
        approval=peer.approval,
    )
    call.progress = None if peer.progress is None else _cleaned(call, peer.progress)
    return call


def _cleaned(call: Call, progress: Progress) -> Progress:
    """Progress without the secrets of the job that it is about, like every answer (R65, R67)."""

    async def report(done: float, total: float | None, message: str) -> None:
        await progress(done, total, await clean_answer_off_loop(message, (call.known.job,)))

    return report


def _sized(controls: Controls, max_chars: int | None) -> Controls:
    return controls if max_chars is None else replace(controls, max_chars=max_chars)


def _known_region(app: Application, given: Any) -> str:
    """The region that a refusal's next calls name; empty where none is known."""
    return str(given) if isinstance(given, str) and given else app.settings.region or ""


def _region(app: Application, given: str | None, *, needed: bool) -> str:
    region = given or app.settings.region or (app.emulator.regions[0] if app.emulator else None)
    if region is None and app.emulate:
        return "cn-hangzhou"
    if region is None and needed:
        raise InvalidArguments(
            "No region is given and none is configured; name one, such as cn-hangzhou.", rule="R75", field="region"
        )
    return region or ""


async def audited(call: Call, runtime: Runtime) -> Outcome:
    """The tool's work between the two ends of its audit line."""
    if runtime.settings.audit_log is None:
        return await _run(call, runtime)
    from ..audit import record as audit  # start-up: saves 5 ms

    async with audit.record(call, runtime) as line:
        outcome = await _run(call, runtime)
        line.request_id = outcome.request_id
        return outcome


async def _run(call: Call, runtime: Runtime) -> Outcome:
    from ..guards import pipeline  # start-up: saves 60 ms

    if isinstance(call.tool, Composite):
        await pipeline.admit(call, runtime)
        return await call.tool.run(call, runtime)
    reply = await pipeline.perform(call, runtime)
    data = await pipeline.mark_owner(call, runtime, reply.data) if call.tool.effect is Effect.READ else reply.data
    return Outcome(data, reply.request_id, {"body": "longer than was read"} if reply.cut else None)


def _late(tool: Tool, sent: Sent) -> PaiError:
    if tool.effect is Effect.READ:
        return Unavailable(f"The answer did not come within {CALL_S:.0f} s; ask for less, or again.")
    from ..guards.creates.send_once import late  # start-up: saves 60 ms

    return late(sent)
