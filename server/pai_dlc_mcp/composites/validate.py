"""``dlc_validate_job``: everything that ``dlc_create_job`` would be refused for, found at once and without creating."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .. import amounts
from ..api.catalog import operation
from ..arguments import combined, parse
from ..cloud.quotas import figures, find_quota
from ..errors import PaiError, PolicyDenied
from ..guards.confirmation.job_preview import whole_if_whole
from ..guards.creates import reservations
from ..guards.pipeline import dry_run, malformed
from ..guards.policy.gpu_count import all_pods, of_specs
from ..runtime import Call, Known, Outcome, Runtime
from ..timestamps import iso
from .inputs import ValidateJob
from .unknown_fields import grafted

OURS = ("region", "confirmation_token", "allow_duplicate")


async def run(call: Call, runtime: Runtime) -> Outcome:
    """What every guard says of the job, before anything is sent."""
    return Outcome(await checked_job(call, runtime, call.inputs_as(ValidateJob).job or {}))


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What a draft owes to the record that it was made from: the arguments as they stood there, whose ids are looked up
    where the draft did not change them (R55), and fields unknown to the declarations by path (R29)."""

    args: Mapping[str, Any] = field(default_factory=dict)
    unknown: Mapping[str, Any] = field(default_factory=dict)


OWN = TakenOver()
"""A job that was made from nothing."""


async def checked_job(
    call: Call, runtime: Runtime, job: Mapping[str, Any], taken_over: TakenOver = OWN
) -> dict[str, Any]:
    """All that the guards of a create would refuse this job for; with pods, GPUs and GPU hours where it is well formed.

    The notices that the create would carry are added to the call.
    """
    draft, faults = await _draft(call, runtime, job, taken_over)
    found = await dry_run(draft, runtime, malformed=faults)
    call.notices.extend(draft.notices)
    is_costed = not faults and not any(isinstance(one, PolicyDenied) for one in found)
    stated = {**await _cost(draft, runtime), **await _quota(draft, runtime)} if is_costed else {}
    policy = await policy_of(runtime)
    return {"valid": not found, "faults": faults_of(found), **stated, **({"policy": policy} if policy else {})}


POLICY = ("max_gpus_per_job", "max_running_jobs", "max_running_gpus", "require_max_running_time", "owners")


async def policy_of(runtime: Runtime) -> dict[str, Any]:
    """The operator's limits that a create meets, by the names of their settings; those that are set."""
    values = {name: getattr(runtime.settings, name) for name in POLICY}
    found = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    use = await reservations.hourly_use(runtime)
    found |= {"creates_left_this_hour": use.left, "max_creates_per_hour": use.most}
    found |= {"next_create_at": iso(use.free_at) if use.left == 0 and use.free_at is not None else None}
    return {name: value for name, value in found.items() if value is not None and value is not False and value != []}


async def _cost(draft: Call, runtime: Runtime) -> dict[str, Any]:
    """Pods, GPUs and GPU hours up to the time limit; hours, never a currency, since the API tells no price."""
    specs, minutes = draft.args.get("JobSpecs"), draft.args.get("JobMaxRunningTimeMinutes")
    gpus = await of_specs(draft, runtime, specs)
    hours: Any = "unknown" if gpus is None else "no time limit is set"
    if gpus == 0:
        hours = 0
    elif gpus is not None and minutes:
        hours = whole_if_whole(round(gpus * minutes / 60, 2))
    known: Any = "unknown" if gpus is None else whole_if_whole(gpus)
    return {"pods": all_pods(specs), "gpus": known, "gpu_hours_at_most": hours}


async def _quota(draft: Call, runtime: Runtime) -> dict[str, str]:
    """What the job's quota has and has left now, and by how much it is short of what the job asks for."""
    named = str(draft.args.get("ResourceId") or "")
    quota = await find_quota(draft, runtime, named) if named else None
    if quota is None or not quota.total:
        return {}
    asked = amounts.of_specs(draft.args.get("JobSpecs"))
    facts = {"quota": f"{named}: {figures(quota)}"}
    if amounts.short_by(asked, quota.total):
        return facts | {"never_fits": f"the job asks for {amounts.describe(asked)}, more than the whole quota has"}
    lack = amounts.short_by(asked, quota.free)
    return facts | ({"would_wait": f"short by {amounts.describe(lack)} now"} if lack else {})


async def draft_of(call: Call, runtime: Runtime, job: Mapping[str, Any], taken_over: TakenOver = OWN) -> Call:
    """The create that is being checked, as it would enter the pipeline.

    Raises:
        PaiError: its names, types or values are wrong; every fault in one refusal.
    """
    draft, faults = await _draft(call, runtime, job, taken_over)
    if faults:
        raise combined(faults)
    return draft


async def _draft(
    call: Call, runtime: Runtime, job: Mapping[str, Any], taken_over: TakenOver
) -> tuple[Call, Sequence[PaiError]]:
    """The create, and what is wrong with the form of its arguments; then they are raw."""
    create = operation("CreateJob")
    given = {name: value for name, value in job.items() if name not in OURS}
    region = str(job.get("region") or call.region)
    parsed = parse(create.inputs, given, tool=create.name)
    known = Known(record=taken_over.args)
    draft = replace(call, tool=create, args=dict(parsed.raw), region=region, notices=[], known=known)
    if parsed.inputs is None:
        refused = await malformed(create, parsed, runtime, call.caller, region)
        return draft, refused.several or [refused]
    args = grafted(create.wire_arguments(parsed.inputs), taken_over.unknown)
    return replace(draft, inputs=parsed.inputs, args=args), ()


def faults_of(errors: Iterable[PaiError]) -> list[dict[str, Any]]:
    """Each fault by itself, as far as it says something."""
    bodies = [one.as_dict() for error in errors for one in (error.several or [error])]
    return [
        {name: body[name] for name in ("code", "rule", "message", "field", "next") if body.get(name)} for body in bodies
    ]
