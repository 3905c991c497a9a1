"""``pai_status``: what the server is set to and can reach, what is used of its limits, how a confirmation will go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from .. import __version__
from ..cloud.endpoints import Endpoints
from ..errors import PaiError
from ..guards.confirmation.expectation import expectation
from ..guards.confirmation.job_preview import whole_if_whole
from ..guards.creates import reservations
from ..guards.discovery.ledger import seen
from ..guards.policy.capacity import active_jobs
from ..operation import AIWORKSPACE, DLC, STUDIO
from ..runtime import Call, Outcome, Runtime
from ..timestamps import iso

if TYPE_CHECKING:
    from ..cloud.credentials import Credentials

KINDS = ("workspace", "image", "image_label", "dataset", "code_source", "quota", "ecs_spec", "template", "job")
SCOPES = ("regions", "workspaces", "owners", "image_prefixes")
"""Settings that name what may be touched."""
COUNT_S = 8.0
"""How long the active jobs are counted; the rest of the answer waits no longer for them."""


async def run(call: Call, runtime: Runtime) -> Outcome:
    """What the server knows of itself; the cloud is asked only where a limit on active jobs is set."""
    settings = runtime.settings
    data = {
        "version": __version__,
        "credentials": await _credentials(runtime),
        "region": call.region or "none is configured: name one in each call, or set ALIBABA_CLOUD_REGION_ID",
        "endpoints": _endpoints(runtime, call.region) if call.region else {},
        "toolsets": list(settings.toolsets),
        "read_only": settings.read_only,
        "confirmation": {
            "effects": sorted(settings.confirm),
            "by": settings.confirm_by,
            "with_this_client": await expectation(call, runtime),
        },
        "limits": await _limits(call, runtime),
        "discovered": await _discovered(call, runtime) if call.region else {},
    }
    return Outcome({name: value for name, value in data.items() if value not in ({}, [])})


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


async def _limits(call: Call, runtime: Runtime) -> dict[str, Any]:
    """What the operator limits, by the names of the settings, with what is used of each and when it is free again."""
    settings = runtime.settings
    found: dict[str, Any] = {name: list(value) for name in SCOPES if (value := getattr(settings, name))}
    if settings.max_gpus_per_job is not None:
        found["max_gpus_per_job"] = settings.max_gpus_per_job
    found |= await _active(call, runtime)
    found |= await _creates(runtime)
    longest = settings.max_running_time_minutes
    if settings.require_max_running_time:
        found["require_max_running_time"] = "a job must give job_max_running_time_minutes"
    if longest is not None:
        found["max_running_time_minutes"] = longest
    return found | _requests(runtime)


async def _active(call: Call, runtime: Runtime) -> dict[str, Any]:
    """Active jobs and the GPUs that they hold, beside what is allowed."""
    settings = runtime.settings
    limits = {"max_running_jobs": settings.max_running_jobs, "max_running_gpus": settings.max_running_gpus}
    most = {name: value for name, value in limits.items() if value is not None}
    if not most:
        return {}
    if not call.region:
        why = "not counted: no region is named"
    else:
        why = f"not counted: the jobs could not be listed within {COUNT_S:.0f} s"
        try:
            with anyio.move_on_after(COUNT_S):
                active = await active_jobs(call, runtime)
                used = {"max_running_jobs": active.jobs, "max_running_gpus": active.gpus}
                return {name: _used(value, used[name]) for name, value in most.items()}
        except PaiError as failure:
            why = f"not counted: {failure.message}"
    return {name: {"most": value, "used": why} for name, value in most.items()}


def _used(most: float, used: float) -> dict[str, Any]:
    return {"most": most, "used": whole_if_whole(used), "left": whole_if_whole(max(0, most - used))}


async def _creates(runtime: Runtime) -> dict[str, Any]:
    use = await reservations.hourly_use(runtime)
    if use.most is None:
        return {}
    free = {"next_free_at": iso(use.free_at)} if use.free_at is not None else {}
    return {"max_creates_per_hour": {"most": use.most, "used": use.taken, "left": use.left, **free}}


def _requests(runtime: Runtime) -> dict[str, str]:
    """The budget of requests a second, where there is one."""
    from ..cloud.client import CloudClient  # start-up: saves 15 ms

    per_second = runtime.cloud.traffic.per_second if isinstance(runtime.cloud, CloudClient) else None
    if per_second is None:
        return {}
    return {"requests_per_second": f"{per_second:g} for each API and region, over all servers of one state"}


async def _discovered(call: Call, runtime: Runtime) -> dict[str, int]:
    counts = {kind: len(await seen(runtime, call.caller, call.region, kind)) for kind in KINDS}
    return {kind: count for kind, count in counts.items() if count}
