"""``dlc_validate_job``: everything that ``dlc_create_job`` would be refused for, found at once and without creating."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from ..api.catalog import operation
from ..arguments import validate as validated
from ..errors import PaiError
from ..runtime import Call, Outcome, Runtime
from ..shapes import Input, need


class ValidateJob(Input):
    """Check a job without creating it: the same rules as dlc_create_job, all faults at once, with GPU hours and the
    calls that would mend each fault."""

    job: dict[str, Any] = need("The arguments that dlc_create_job would get.")


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Run each guard of a create that does not act, and gather what it says."""
    from ..guards import access, discovery, duplicates, validation
    from ..guards.gpus import gpu_facts

    inputs = call.inputs
    assert isinstance(inputs, ValidateJob)  # noqa: S101 - the catalogue pairs them
    try:
        draft = _draft(call, inputs.job)
    except PaiError as error:
        return Outcome({"valid": False, "faults": [_fault(error)]})
    faults = [
        _fault(error)
        for guard in (validation.check, access.check, discovery.check, duplicates.look_up)
        if (error := await _error_of(guard, draft, runtime)) is not None
    ]
    call.notices.extend(draft.notices)
    facts = await gpu_facts(draft, runtime)
    return Outcome({"valid": not faults, "faults": faults, **facts})


def _draft(call: Call, job: dict[str, Any]) -> Call:
    """The create that is being checked, as it would enter the pipeline."""
    from ..guards.validation import special_refusals

    create = operation("CreateJob")
    given = {
        name: value for name, value in job.items() if name not in ("region", "confirmation_token", "allow_duplicate")
    }
    special_refusals(create.name, given)
    inputs = validated(create.inputs, given, tool=create.name)
    region = str(job.get("region") or call.region)
    return replace(
        call, tool=create, inputs=inputs, args=create.wire_arguments(inputs), region=region, notices=[], facts={}
    )


async def _error_of(
    guard: Callable[[Call, Runtime], Awaitable[None]], draft: Call, runtime: Runtime
) -> PaiError | None:
    try:
        await guard(draft, runtime)
    except PaiError as error:
        return error
    return None


def _fault(error: PaiError) -> dict[str, Any]:
    body = error.as_dict()
    return {name: body[name] for name in ("code", "rule", "message", "field", "next") if body.get(name)}
