"""Stop, delete and spend need a second look or a person (R30, R31, R35, R36)."""

from __future__ import annotations

from ..errors import ConfirmationRequired
from ..runtime import Call, Runtime


async def check(call: Call, runtime: Runtime) -> None:
    """Let nothing pass that must be confirmed and is not."""
    if call.tool.effect.value in runtime.settings.confirm:
        raise ConfirmationRequired(f"{call.tool.name} needs a confirmation.", rule="R30")
