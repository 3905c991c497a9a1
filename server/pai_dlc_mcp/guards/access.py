"""What the operator allows at all: read-only mode, regions, workspaces, owners, and limits. No call can loosen any.

A limit that cannot be checked refuses. A refusal names the setting, not how to change it.
"""

from __future__ import annotations

from ..errors import PolicyDenied
from ..operation import READ
from ..runtime import Call, Runtime
from . import capacity, scope


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse what the operator's settings forbid; what costs nothing to look at comes first.

    Raises:
        PolicyDenied: with the name of the setting.
        CloudFailure: what a limit needs cannot be read.
    """
    settings = runtime.settings
    if settings.read_only and call.tool.effect is not READ:
        raise PolicyDenied(f"This server only reads (read_only); {call.tool.name} changes things.")
    if settings.regions and call.region not in settings.regions:
        raise PolicyDenied(f"Region {call.region[:40]} is not one that this server may use (regions).", field="region")
    await scope.workspaces(call, runtime)
    await scope.owners(call, runtime)
    await capacity.check(call, runtime)
