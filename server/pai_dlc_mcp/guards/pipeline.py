"""THE order of the guards, stated once, and the way of a call through them.

Cheap refusals first, the person last: nobody is asked about a call that would fail anyway. A guard that cannot decide
refuses. What a guard has learned is kept in ``call.known`` for the next one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..arguments import Parsed
from ..errors import PaiError, PolicyDenied
from ..operation import READ, Operation, Samples, Tool
from ..runtime import Call, Caller, Reply, Runtime
from .confirmation import check as confirmation
from .confirmation.ownership import mark_owner
from .creates import reservations, send_once
from .discovery import check as discovery
from .effects import changes
from .effects import check as effects
from .policy import access
from .reading import check as reading
from .reading import masked_search
from .reading.samples import read_samples
from .reading.sorting import read_sorted
from .validation import check as validation

__all__ = ["ORDER", "Guard", "admit", "check", "dry_run", "malformed", "mark_owner", "perform"]


@dataclass(frozen=True, slots=True)
class Guard:
    """``name`` is the folder that holds it; ``concerns`` says by an operation's declaration whether it looks at it."""

    name: str
    check: Callable[[Call, Runtime], Awaitable[None]]
    concerns: Callable[[Operation], bool] = lambda operation: True


def _concerns_effects(operation: Operation) -> bool:
    return not effects.RULES.keys().isdisjoint(operation.rules)


def _concerns_reading(operation: Operation) -> bool:
    return operation.effect is READ or bool(operation.hands_out)


ORDER: tuple[Guard, ...] = (
    Guard("policy", access.check),
    Guard("validation", validation.check),
    Guard("discovery", discovery.check, lambda operation: bool(operation.requirements or operation.overlay)),
    Guard("effects", effects.check, _concerns_effects),
    Guard("creates", reservations.check, lambda operation: operation.find is not None),
    Guard("reading", reading.check, _concerns_reading),
    Guard("confirmation", confirmation.check),
)


async def perform(call: Call, runtime: Runtime) -> Reply:
    """Run one operation: every guard, then the request, then what its answer teaches.

    Raises:
        PaiError: the refusal of a guard, or the failure of the cloud.
    """
    await check(call, runtime)
    stood = await changes.before(call, runtime)
    reply = await _sent(call, runtime)
    if call.operation.reveals:
        await discovery.learn(call, reply, runtime)
    if _concerns_effects(call.operation):
        reply = await effects.report(call, reply, runtime)
    reply = await changes.describe(call, reply, runtime, stood)
    if call.operation.searches:
        reply = await masked_search.filtered(call, runtime, reply)
    return reading.finish(call, reply) if _concerns_reading(call.operation) else reply


async def _sent(call: Call, runtime: Runtime) -> Reply:
    """The operation's answer, by the way that its declaration names."""
    operation = call.operation
    if operation.sorting is not None and call.args.get("SortBy") is not None:
        return await read_sorted(call, runtime)
    if isinstance(operation.view, Samples) and operation.view.elsewhere:
        return await read_samples(call, runtime, operation.view)
    return await send_once.send(call, runtime)


async def check(call: Call, runtime: Runtime) -> None:
    """Run every guard that concerns the operation, in order; the first refusal ends it.

    Raises:
        PaiError: the refusal.
    """
    for guard in ORDER:
        if guard.concerns(call.operation):
            await _run(guard, call, runtime)


async def dry_run(call: Call, runtime: Runtime, *, malformed: Sequence[PaiError] = ()) -> list[PaiError]:
    """Everything that the guards would refuse a call for, nothing confirmed and nothing sent.

    What the operator's policy forbids is not looked at any further: a policy refusal is the only one. ``malformed`` are
    faults of form that were found before: then the arguments are raw, and the rules of form have spoken.
    """
    found: list[PaiError] = []
    for guard in ORDER[:-1]:
        try:
            if guard.name == "validation" and malformed:
                found += malformed
            elif guard.concerns(call.operation):
                await _run(guard, call, runtime)
        except PolicyDenied as refusal:
            return [refusal]
        except PaiError as refusal:
            found += refusal.several or [refusal]
    return found


async def admit(call: Call, runtime: Runtime) -> None:
    """Let a composite tool begin: it reads for itself, past the guards of the operations that it is made of.

    Raises:
        PaiError: the operator's settings forbid it, or it cannot be determined.
    """
    await _run(Guard("policy", access.check_composite), call, runtime)


async def _run(guard: Guard, call: Call, runtime: Runtime) -> None:
    """Run one guard and keep what it said for the audit: ``pass``, or the rule or code of its refusal."""
    try:
        await guard.check(call, runtime)
    except PaiError as refusal:
        call.known.decisions[guard.name] = refusal.rule or refusal.code
        raise
    call.known.decisions[guard.name] = "pass"


async def malformed(tool: Tool, parsed: Parsed[Any], runtime: Runtime, caller: Caller, region: str) -> PaiError:
    """The refusal of arguments that could not be read, before there is a call: see ``validation.check.refusal``."""
    return await validation.refusal(tool, parsed, runtime, caller, region)
