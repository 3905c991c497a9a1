"""``pai_status``: what the server is set to and can reach, without asking the cloud anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import __version__
from ..cloud.endpoints import Endpoints
from ..errors import PaiError
from ..guards.discovery.ledger import seen
from ..operation import AIWORKSPACE, DLC, STUDIO
from ..runtime import Call, Outcome, Runtime
from ..shapes import Input

if TYPE_CHECKING:
    from ..cloud.credentials import Credentials

KINDS = ("workspace", "image", "image_label", "dataset", "code_source", "quota", "ecs_spec", "template", "job")


class Status(Input):
    """This server's own state: credentials (kind and source, never a key), region, guards, limits, toolsets, what
    was discovered."""


async def run(call: Call, runtime: Runtime) -> Outcome:
    settings = runtime.settings
    return Outcome(
        {
            "version": __version__,
            "credentials": await _credentials(runtime),
            "region": call.region or "none is configured: name one in each call, or set ALIBABA_CLOUD_REGION_ID",
            "endpoints": _endpoints(runtime, call.region) if call.region else {},
            "toolsets": list(settings.toolsets),
            "guards": {
                "read_only": settings.read_only,
                "confirmation": {"effects": sorted(settings.confirm), "by": settings.confirm_by},
                "limits": _limits(runtime),
            },
            "discovered": await _discovered(call, runtime) if call.region else {},
        }
    )


async def _credentials(runtime: Runtime) -> dict[str, Any]:
    from ..cloud.client import CloudClient  # start-up: saves 15 ms

    if not isinstance(runtime.cloud, CloudClient):
        return {}
    try:
        return await described(runtime.cloud.credentials)
    except PaiError as error:
        return {"found": False, "why": error.message}


async def described(credentials: Credentials) -> dict[str, Any]:
    """Kind, source and a digest that tells accounts apart; never the key (R70).

    Raises:
        CredentialsError: none could be had.
    """
    kind, source = await credentials.kind(), await credentials.source()
    return {"found": True, "kind": kind, "source": source, "account_digest": await credentials.identity()}


def _endpoints(runtime: Runtime, region: str) -> dict[str, str]:
    found = getattr(runtime.cloud, "endpoints", None) or Endpoints.of(runtime.settings)
    asked = [service for service in (DLC, AIWORKSPACE, STUDIO) if found.is_reachable(service.key)]
    return {service.key: found.base(service.key, region) for service in asked}


def _limits(runtime: Runtime) -> dict[str, Any]:
    names = (
        "regions workspaces owners image_prefixes max_gpus_per_job max_running_jobs max_running_gpus "
        "max_creates_per_hour require_max_running_time"
    )
    values = {name: getattr(runtime.settings, name) for name in names.split()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


async def _discovered(call: Call, runtime: Runtime) -> dict[str, int]:
    counts = {kind: len(await seen(runtime, call.caller, call.region, kind)) for kind in KINDS}
    return {kind: count for kind, count in counts.items() if count}
