"""What the operator allows at all: read-only mode and the allow lists, before anything else is looked at."""

from __future__ import annotations

from ..errors import PolicyDenied
from ..operation import READ
from ..runtime import Call, Runtime


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse what the operator's settings forbid.

    Raises:
        PolicyDenied: with the name of the setting.
    """
    settings = runtime.settings
    if settings.read_only and call.tool.effect is not READ:
        raise PolicyDenied(f"This server is read-only (read_only): {call.tool.name} is not available.")
    if settings.regions and call.region not in settings.regions:
        raise PolicyDenied(f"Region {call.region} is not among the allowed ones: {', '.join(settings.regions)}.")
