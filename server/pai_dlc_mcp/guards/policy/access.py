"""What the operator allows at all: read-only mode, regions, workspaces, owners, and limits. No call can loosen any.

A limit that cannot be checked refuses. A refusal names the setting, not how to change it.
"""

from __future__ import annotations

import re

from ...api.catalog import operation
from ...config.settings import Settings
from ...errors import PolicyDenied
from ...operation import READ
from ...runtime import Call, Composite, Runtime
from ...shapes import kind_of, walk
from . import capacity, scope

LIMITS = tuple(name for name in Settings.model_fields if name.startswith("max_"))
"""Numbers that bound what a call may start; 0 is a limit too."""
REGION_SPELLED = re.compile("region(?:id)?$")
"""How the name of a field that holds a region ends, whatever object it stands in (R29)."""
ORDERED_PROPERTIES = "Products[].InstanceProperties[]"
"""Where an order names its region, as a property with a code."""


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse what the operator's settings forbid; what costs nothing to look at comes first.

    Raises:
        PolicyDenied: with the name of the setting.
        CloudFailure: what a limit needs cannot be read.
    """
    _check_settings(call, runtime)
    if runtime.settings.workspaces or runtime.settings.owners:
        await scope.check(call, runtime)
    if any(getattr(runtime.settings, name) is not None for name in LIMITS) or runtime.settings.require_max_running_time:
        await capacity.check(call, runtime)


async def check_composite(call: Call, runtime: Runtime) -> None:
    """The same for a composite tool: what it names may be read by it where the tool that reads one such thing may.

    Raises:
        PolicyDenied: with the name of the setting.
        CloudFailure: what it names cannot be read, where that is needed to tell.
    """
    _check_settings(call, runtime)
    for name, info in call.tool.inputs.model_fields.items():
        kind = kind_of(info)
        value = call.args.get(name)
        if kind is None or kind.reader is None or not value:
            continue
        reader = operation(kind.reader)
        for identity in [value] if isinstance(value, str) else dict.fromkeys(value):
            await check(Call(reader, call.inputs, {reader.path_names[0]: identity}, call.region, call.caller), runtime)


def _check_settings(call: Call, runtime: Runtime) -> None:
    """Read-only mode, and every region that the call names."""
    settings = runtime.settings
    if settings.read_only and call.tool.effect is not READ:
        raise PolicyDenied(f"This server only reads (read_only); {call.tool.name} changes something.")
    answers_anywhere = isinstance(call.tool, Composite) and not call.tool.needs_region
    for region in _named_regions(call) if settings.regions and not answers_anywhere else ():
        if region not in settings.regions:
            raise PolicyDenied(f"Region {region[:40]} is not one that this server may use (regions).", field="region")


def _named_regions(call: Call) -> list[str]:
    """The call's own region, and those that its arguments name: of jobs to tag, of images, of products to order."""
    properties = [item for _, item in walk(call.args, ORDERED_PROPERTIES)]
    named = scope.values_spelled(call, REGION_SPELLED)
    named += [item.get("Value") for item in properties if str(item.get("Code")).lower() == "region"]
    return [call.region, *(str(region) for region in named if region)]
