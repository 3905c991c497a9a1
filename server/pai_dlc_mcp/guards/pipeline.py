"""THE order of the guards, stated once, and the way a call takes through them.

Cheap refusals first, the person last: nobody is asked about a call that would fail anyway. A guard that cannot decide
refuses. What a guard has read is kept in ``call.facts`` for the next one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..errors import PaiError
from ..runtime import Call, Reply, Runtime
from .confirmation import check as confirmation
from .creates import duplicates, send_once
from .discovery import check as discovery
from .effects import check as effects
from .policy import access
from .reading import check as reading
from .validation import check as validation

Guard = Callable[[Call, Runtime], Awaitable[None]]

ORDER: tuple[Guard, ...] = (
    access.check,
    validation.check,
    discovery.check,
    effects.check,
    duplicates.check,
    reading.check,
    confirmation.check,
)


async def perform(call: Call, runtime: Runtime) -> Reply:
    """Run one operation: every guard, then the request, then what its answer teaches.

    Raises:
        PaiError: the refusal of a guard, or the failure of the cloud.
    """
    for guard in ORDER:
        await _judge(guard, call, runtime)
    reply = await send_once.send_once(call, runtime)
    await discovery.learn(call, reply, runtime)
    return reading.settle(call, await effects.settle(call, reply, runtime))


async def admit(call: Call, runtime: Runtime) -> None:
    """Let a composite tool begin: it reads for itself, past the guards of the operations that it is made of.

    Raises:
        PaiError: the operator's settings forbid it, or it cannot be told.
    """
    await _judge(access.composite, call, runtime)


async def _judge(guard: Guard, call: Call, runtime: Runtime) -> None:
    """Run one guard and keep its verdict for the audit: ``pass``, or the rule or code of its refusal."""
    verdicts: dict[str, str] = call.facts.setdefault("verdicts", {})
    name = guard.__module__.split(".")[-2]
    try:
        await guard(call, runtime)
    except PaiError as refusal:
        verdicts[name] = refusal.rule or refusal.code
        raise
    verdicts[name] = "pass"
