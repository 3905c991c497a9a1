"""``dlc_clone_job``: a job's or a template's spec with changes, shown first, then created through the same guards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..api.catalog import operation
from ..arguments import unknown
from ..errors import InvalidArguments, PaiError
from ..guards.pipeline import perform
from ..guards.validation.templates import content_of
from ..operation import Operation
from ..redaction.engine import secret_values
from ..redaction.scan import harmless
from ..runtime import Call, Outcome, Runtime
from ..shapes import api_name
from .differences import differing, shown
from .dotted import applied, first_of, is_path
from .inputs import CloneJob
from .jobs import read_job
from .respec import Respec, respec
from .unknown_fields import kept, unknown_fields
from .validate import TakenOver, checked_job, draft_of

MOST_ROWS = 40
MOST_PATHS = 20
Source = tuple[Respec, dict[str, Any], dict[str, Any]]
"""What is copied; what the new job starts from; the fields by path that the declarations do not know (R29)."""


async def run(call: Call, runtime: Runtime) -> Outcome:
    """Read the source, apply the changes, and either show or create."""
    inputs = call.inputs_as(CloneJob)
    if (inputs.job_id is None) == (inputs.template_id is None):
        raise InvalidArguments("Give either job_id or template_id.", field="job_id")
    create = operation("CreateJob")
    source, base, unknown = await _source(call, runtime, inputs, create)
    wanted = _wanted(create, inputs, base)
    whole, by_path = _changes(create, inputs.changes or {})
    missing = [name for name in source.secrets if not _given(name, whole) and not by_path.get(name)]
    taken_over = TakenOver(source.args, kept(unknown, [*whole, *by_path]))
    if taken_over.unknown:
        paths = ", ".join(harmless(path)[:80] for path in list(taken_over.unknown)[:MOST_PATHS])
        call.notice("R29", f"Fields that this server does not know are carried on unchanged: {paths}.")
    if inputs.submit:
        return await _created(call, runtime, inputs, source, wanted, missing, taken_over)
    return await _shown(call, runtime, source, wanted, missing, taken_over)


async def _source(call: Call, runtime: Runtime, inputs: CloneJob, create: Operation) -> Source:
    """What is copied, and what the new job starts from: of a template only its name, so that its locks hold (R26)."""
    if inputs.job_id is not None:
        job = await read_job(call, runtime, inputs.job_id)
        found = respec(create, job | await _limit(call, runtime, inputs.job_id, job))
        unknown, secret = unknown_fields(create, job)
        return Respec(found.args, [*found.secrets, *secret], found.variables), dict(found.args), unknown
    reply = await runtime.cloud.send(operation("GetJobTemplate"), {"TemplateId": inputs.template_id}, call.region)
    content = content_of(reply.data) or {}
    call.known.job = content
    workspace = content.get("WorkspaceId") or reply.data.get("WorkspaceId")
    base = {"TemplateId": inputs.template_id, "WorkspaceId": workspace}
    return Respec(respec(create, content).args), {name: value for name, value in base.items() if value}, {}


async def _limit(call: Call, runtime: Runtime, job_id: str, job: Mapping[str, Any]) -> dict[str, Any]:
    """The running-time limit, which only a list of jobs tells; without it the clone would run without one."""
    args: dict[str, Any] = {"JobId": job_id, "PageSize": 1}
    args |= {"StartTime": job["GmtCreateTime"]} if job.get("GmtCreateTime") else {}
    try:
        reply = await runtime.cloud.send(operation("ListJobs"), args, call.region)
    except PaiError:
        call.notice("R22", "The running-time limit of the job could not be read; give job_max_running_time_minutes.")
        return {}
    row: Mapping[str, Any] = next(iter(reply.data.get("Jobs") or []), {})
    return {name: row[name] for name in ("JobMaxRunningTimeMinutes",) if row.get(name)}


def _wanted(create: Operation, inputs: CloneJob, base: dict[str, Any]) -> dict[str, Any]:
    """The new job's arguments by API name.

    Raises:
        InvalidArguments: a change that is no argument of a create, or a path that leads nowhere.
    """
    changes, by_path = _changes(create, inputs.changes or {})
    if isinstance(given := changes.get("Envs"), Mapping):
        changes["Envs"] = dict(base.get("Envs") or {}) | dict(given)
    wanted = dict(base) | changes
    name = inputs.display_name or wanted.get("DisplayName")
    if inputs.display_name is None and "DisplayName" not in changes and name:
        name = f"{str(name)[:249]}-clone"
    wanted["DisplayName"] = name or f"{inputs.template_id}-job"
    for field, value in (("Image", inputs.image), ("EcsSpec", inputs.ecs_spec)):
        if value is not None:
            specs = wanted.get("JobSpecs") or []
            wanted["JobSpecs"] = [dict(spec) | {field: value} for spec in specs]
    wanted = applied(wanted, by_path)
    return {name: value for name, value in wanted.items() if value is not None}


def _changes(create: Operation, changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changes of whole arguments by API name, and those by path, whichever spelling they came in."""
    spelled = {name: api_name(name, info) for name, info in create.inputs.model_fields.items()}
    known = {**spelled, **{api: api for api in spelled.values()}}
    for name in map(first_of, changes):
        if name not in known:
            raise unknown(name, spelled, f"changes: a job has no {name[:60]!r}")
    whole = {known[name]: value for name, value in changes.items() if not is_path(name)}
    by_path = {
        f"{known[first_of(path)]}{path[len(first_of(path)) :]}": value
        for path, value in changes.items()
        if is_path(path)
    }
    return whole, by_path


def _given(secret: str, changed: Mapping[str, Any]) -> bool:
    """Whether a secret that was left out is given anew: the variable itself, or the whole field that it stood in."""
    field, _, name = secret.partition(".")
    given = changed.get(field.partition("[")[0])
    return name in given if field == "Envs" and isinstance(given, Mapping) else bool(given)


async def _shown(
    call: Call,
    runtime: Runtime,
    source: Respec,
    wanted: dict[str, Any],
    missing: list[str],
    taken_over: TakenOver,
) -> Outcome:
    """The difference and what the guards say; nothing is created."""
    checked = await checked_job(call, runtime, wanted, taken_over)
    rows = _rows(call, source, wanted)
    data = {"created": False, "changes": rows, **_kept(source, wanted, missing, taken_over), **checked}
    data["next_step"] = "Call again with submit: true to create it." if checked["valid"] else "Mend the faults first."
    return Outcome(data)


def _kept(source: Respec, wanted: Mapping[str, Any], missing: list[str], taken_over: TakenOver) -> dict[str, Any]:
    """Variables that go from the old job to the new one inside the server, and secrets that do not, by name; unknown
    fields that were carried on, by path."""
    copied = sorted({*source.variables, *(wanted.get("Envs") or {})}) if "TemplateId" not in wanted else []
    names = {"variables_copied": copied, "secrets_not_copied": missing}
    names["unknown_fields_carried"] = list(taken_over.unknown)[:MOST_PATHS]
    return {name: value for name, value in names.items() if value}


def _rows(call: Call, source: Respec, wanted: Mapping[str, Any]) -> list[dict[str, str]]:
    secrets = secret_values(call.known.job or {})
    compared = wanted if "TemplateId" not in wanted else {**source.args, **wanted}
    rows = differing([source.args, compared])
    return [dict(zip(("field", "was", "now"), (path, *shown(path, values, secrets)), strict=True))
            for path, values in rows[:MOST_ROWS]]  # fmt: skip


async def _created(
    call: Call,
    runtime: Runtime,
    inputs: CloneJob,
    source: Respec,
    wanted: dict[str, Any],
    missing: list[str],
    taken_over: TakenOver,
) -> Outcome:
    """Through the guards of a create, as if dlc_create_job had been called with these arguments.

    Raises:
        InvalidArguments: secrets that were left out and are not given.
        PaiError: whatever the guards or the service say.
    """
    if missing and not inputs.leave_out_secrets:
        names = ", ".join(missing[:10])
        message = f"Secrets are not copied: give {names} in changes, or set leave_out_secrets to true."
        raise InvalidArguments(message, rule="R67", field="changes")
    draft = await draft_of(call, runtime, wanted, taken_over)
    draft.controls = replace(call.controls, allow_duplicate=bool(inputs.allow_duplicate))
    reply = await perform(draft, runtime)
    call.notices.extend(draft.notices)
    call.confirmed_by = draft.confirmed_by
    call.known.created = draft.known.created
    data = {
        **reply.data,
        "created": True,
        "changes": _rows(call, source, wanted),
        **_kept(source, wanted, missing, taken_over),
    }
    return Outcome(data, reply.request_id)
