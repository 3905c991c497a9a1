"""``dlc_template_from_job``: a job's spec as the content of a template, shown first, then created through the
guards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..api.catalog import operation
from ..arguments import combined, parse
from ..guards.pipeline import dry_run, malformed, perform
from ..redaction.engine import clean_text, secret_values
from ..runtime import Call, Known, Outcome, Runtime
from .diagnose.text import short
from .differences import flat, is_hidden
from .inputs import TemplateFromJob
from .jobs import read_job
from .respec import Respec, respec
from .validate import faults_of

NOT_OF_A_TEMPLATE = frozenset({"DisplayName", "WorkspaceId", "TemplateId", "TemplateVersion"})
"""What each job has for itself."""
MOST_ROWS, VALUE_CHARS = 40, 160


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Read the job, take off what is its own or secret, and either show the content or create the template."""
    inputs = call.inputs_as(TemplateFromJob)
    job = await read_job(call, runtime, inputs.job_id)
    source = respec(operation("CreateJob"), job)
    content = {name: value for name, value in source.args.items() if name not in NOT_OF_A_TEMPLATE}
    draft = await _draft(call, runtime, inputs, job, content, source)
    made = {"content": _rows(content, job), "secrets_not_copied": source.secrets}
    made = {name: value for name, value in made.items() if value}
    if not inputs.submit:
        found = await dry_run(draft, runtime)
        call.notices.extend(draft.notices)
        data = {"created": False, **made, "valid": not found, "faults": faults_of(found)}
        data["next_step"] = "Mend the faults first." if found else "Call again with submit: true to create it."
        return Outcome(data)
    reply = await perform(draft, runtime)
    call.notices.extend(draft.notices)
    call.confirmed_by = draft.confirmed_by
    return Outcome({**reply.data, "created": True, **made}, reply.request_id)


async def _draft(
    call: Call,
    runtime: Runtime,
    inputs: TemplateFromJob,
    job: Mapping[str, Any],
    content: Mapping[str, Any],
    source: Respec,
) -> Call:
    """The create of the template as it would enter the pipeline; what the job names is looked up (R55).

    Raises:
        PaiError: names, types or values are wrong; every fault in one refusal.
    """
    create = operation("CreateJobTemplate")
    given: dict[str, Any] = {
        "TemplateName": inputs.template_name or f"{job.get('DisplayName') or inputs.job_id}-template",
        "WorkspaceId": inputs.workspace_id or job.get("WorkspaceId"),
        "Content": dict(content),
        "Description": inputs.description or f"Made from job {inputs.job_id}",
        "Constraints": inputs.constraints,
    }
    parsed = parse(create.inputs, {name: value for name, value in given.items() if value}, tool=create.name)
    draft = replace(call, tool=create, args=dict(parsed.raw), notices=[], known=Known(record=source.args))
    if parsed.inputs is None:
        refused = await malformed(create, parsed, runtime, call.caller, call.region)
        raise combined(refused.several or [refused])
    return replace(draft, inputs=parsed.inputs, args=create.wire_arguments(parsed.inputs))


def _rows(content: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, str]:
    """The content by path; values of variables are not shown, and texts are cleaned before they are cut."""
    rows, secrets = list(flat(content).items())[:MOST_ROWS], secret_values(job)
    shown = {path: "is set" if is_hidden(path) else clean_text(str(value), secrets) for path, value in rows}
    return {path: short(text, VALUE_CHARS) for path, text in shown.items()}
