"""``dlc_validate_job``: everything that ``dlc_create_job`` would be refused for, found at once and without creating."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..api.catalog import operation
from ..arguments import validate as validated
from ..errors import PaiError
from ..runtime import Call, Outcome, Runtime
from ..shapes import Input, need

OURS = ("region", "confirmation_token", "allow_duplicate")


class ValidateJob(Input):
    """Check a job without creating it: the same rules as dlc_create_job, all faults at once, with GPU hours and the
    calls that would mend each fault."""

    job: dict[str, Any] = need("The arguments that dlc_create_job would get.")


async def run(call: Call, runtime: Runtime) -> Outcome:
    """What every guard says of the job, before anything is sent."""
    inputs = call.inputs_as(ValidateJob)
    try:
        draft = draft_of(call, inputs.job)
    except PaiError as error:
        return Outcome({"valid": False, "faults": [fault_of(error)]})
    checked = await checked_draft(draft, runtime)
    call.notices.extend(draft.notices)
    return Outcome(checked)


async def checked_draft(draft: Call, runtime: Runtime) -> dict[str, Any]:
    """Run each guard of a create that does not act, and gather what it says; with pods, GPUs and GPU hours."""
    from ..guards.creates import duplicates
    from ..guards.discovery import check as discovery
    from ..guards.policy import access
    from ..guards.validation import check as validation

    found = await validation.findings(draft, runtime)
    for guard in (access.check, discovery.check, duplicates.check):
        try:
            await guard(draft, runtime)
        except PaiError as error:
            found.append(error)
    return {"valid": not found, "faults": [fault_of(error) for error in found], **await _cost(draft, runtime)}


async def _cost(draft: Call, runtime: Runtime) -> dict[str, Any]:
    """Pods, GPUs and GPU hours up to the time limit; hours, never a currency, since the API tells no price."""
    from ..guards.confirmation.job_preview import plain
    from ..guards.policy.gpu_count import all_pods, of_specs

    specs, minutes = draft.args.get("JobSpecs"), draft.args.get("JobMaxRunningTimeMinutes")
    gpus = await of_specs(draft, runtime, specs)
    hours: Any = "unknown" if gpus is None else "no time limit is set"
    if gpus == 0:
        hours = 0
    elif gpus is not None and minutes:
        hours = plain(round(gpus * minutes / 60, 2))
    known: Any = "unknown" if gpus is None else plain(gpus)
    return {"pods": all_pods(specs), "gpus": known, "gpu_hours_at_most": hours}


def draft_of(call: Call, job: dict[str, Any]) -> Call:
    """The create that is being checked, as it would enter the pipeline.

    Raises:
        InvalidArguments: its names and types are wrong already; with the rule's number where one knows more.
    """
    from ..guards.validation.refusals import special_refusals

    create = operation("CreateJob")
    given = {name: value for name, value in job.items() if name not in OURS}
    try:
        inputs = validated(create.inputs, given, tool=create.name)
    except PaiError:
        special_refusals(create.name, given)
        raise
    region = str(job.get("region") or call.region)
    return replace(
        call, tool=create, inputs=inputs, args=create.wire_arguments(inputs), region=region, notices=[], facts={}
    )


def fault_of(error: PaiError) -> dict[str, Any]:
    body = error.as_dict()
    return {name: body[name] for name in ("code", "rule", "message", "field", "next") if body.get(name)}
