"""What the operator allows at all: read-only mode, regions, workspaces, owners, and limits. No call can loosen any.

A limit that cannot be checked refuses. A refusal names the setting, not how to change it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...api.catalog import operation
from ...errors import PolicyDenied
from ...operation import READ
from ...runtime import Call, Runtime
from ..discovery.requirements import walk
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
    """Read-only mode, and every region that the call names."""
    settings = runtime.settings
    if settings.read_only and call.tool.effect is not READ:
        raise PolicyDenied(f"This server only reads (read_only); {call.tool.name} changes things.")
    for region in _regions(call) if settings.regions else ():
        if region not in settings.regions:
            raise PolicyDenied(f"Region {region[:40]} is not one that this server may use (regions).", field="region")


def _regions(call: Call) -> list[str]:
    """The call's own region, and those of what it is about: jobs to tag, images, a build, products to order."""
    beside = [call.args.get(name) for name in ("RegionId", "Region")]
    ordered = [item for _, item in walk(call.args, ["Products[]", "InstanceProperties[]"])]
    beside += [item.get("Value") for item in ordered if str(item.get("Code")).lower() == "region"]
    return [call.region, *(str(region) for region in beside if region)]
