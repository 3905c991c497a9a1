"""What the operator allows at all: read-only mode, regions, workspaces, owners, and limits. No call can loosen any.

A limit that cannot be checked refuses. A refusal names the setting, not how to change it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..api.catalog import operation
from ..errors import PolicyDenied
from ..operation import READ
from ..runtime import Call, Runtime
from . import capacity, scope

NAMED_BY_COMPOSITES: Mapping[str, str] = {"job_id": "JobId", "job_ids": "JobId", "template_id": "TemplateId"}
"""Arguments of composite tools, and what each of them names."""


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse what the operator's settings forbid; what costs nothing to look at comes first.

    Raises:
        PolicyDenied: with the name of the setting.
        CloudFailure: what a limit needs cannot be read.
    """
    _of_the_settings(call, runtime)
    await scope.workspaces(call, runtime)
    await scope.owners(call, runtime)
    await capacity.check(call, runtime)


async def composite(call: Call, runtime: Runtime) -> None:
    """The same for a composite tool: what it names may be read by it where the tool that reads one such thing may.

    Raises:
        PolicyDenied: with the name of the setting.
        CloudFailure: what it names cannot be read, where that is needed to tell.
    """
    if not call.tool.actions:
        return
    _of_the_settings(call, runtime)
    for name, api in NAMED_BY_COMPOSITES.items():
        value = call.args.get(name) or []
        for identity in [value] if isinstance(value, str) else dict.fromkeys(value):
            read = operation(scope.HOMES[api])
            await check(Call(read, call.inputs, {api: identity}, call.region, call.caller), runtime)


def _of_the_settings(call: Call, runtime: Runtime) -> None:
    """Read-only mode and regions: the call's own, and one that is named beside it (where jobs to tag are)."""
    settings = runtime.settings
    if settings.read_only and call.tool.effect is not READ:
        raise PolicyDenied(f"This server only reads (read_only); {call.tool.name} changes things.")
    for region in (call.region, call.args.get("RegionId")):
        if settings.regions and region is not None and region not in settings.regions:
            raise PolicyDenied(
                f"Region {str(region)[:40]} is not one that this server may use (regions).", field="region"
            )
