"""What must hold after every call, whatever came before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.random_calls import Model, Token

WRITING = ("POST", "PUT", "DELETE")
ENDS = {"dlc_stop_job": "StopJob", "dlc_delete_job": "DeleteJob"}
MAKES = {"dlc_create_job": "CreateJob", "dlc_update_job": "UpdateJob", **ENDS}
ENDED = ("Succeeded", "Failed", "Stopped")
REFUSALS = frozenset(
    ("invalid_arguments", "discovery_required", "confirmation_required", "confirmation_invalid", "no_effect",
     "duplicate", "policy_denied")
)  # fmt: skip


def note_violations(
    model: Model,
    caller: str,
    tool: str,
    given: Mapping[str, Any],
    token: Token | None,
    result: Mapping[str, Any],
    requests: list[Mapping[str, Any]],
    statuses: Mapping[str, str],
) -> None:
    """Note every rule that the writes of this call break. ``statuses`` are the jobs' before the call."""
    writes = [entry for entry in requests if entry["method"] in WRITING]
    wrong = model.violations
    if not writes:
        return
    code = None if result["ok"] else result["error"]["code"]
    if code in REFUSALS:
        wrong.append(f"{tool} was refused ({code}) and yet wrote")
    if len(writes) > 1:
        wrong.append(f"{tool} wrote {len(writes)} times in one call")
    if any(entry["operation"] != MAKES.get(tool) for entry in writes):
        wrong.append(f"{tool} wrote {[entry['operation'] for entry in writes]}")
    if tool == "dlc_create_job":
        _create(model, caller, writes[0]["body"])
    if tool in ENDS:
        _end(model, caller, tool, str(given["job_id"]), token, statuses)


def _create(model: Model, caller: str, body: Mapping[str, Any]) -> None:
    """R01, R02, R21, R24: a workspace, nothing that this caller was not shown, no name twice."""
    spec = body["JobSpecs"][0]
    for field in ("Image", "EcsSpec"):
        if spec[field] not in model.shown[caller]:
            model.violations.append(f"{caller} created with {field} {spec[field]}, which was not shown to them")
    if not body.get("WorkspaceId"):
        model.violations.append("a create without a workspace")
    if body["DisplayName"] in model.names:
        model.violations.append(f"{body['DisplayName']} was created twice")
    model.names.add(body["DisplayName"])


def _end(model: Model, caller: str, tool: str, job: str, token: Token | None, statuses: Mapping[str, str]) -> None:
    """R30 to R32: only with a token of this caller for this act on this job as it was shown, and once."""
    if token is None:
        model.violations.append(f"{tool} without a token")
        return
    token.used += 1
    if token.used > 1:
        model.violations.append(f"{tool} twice with one token")
    if (token.caller, token.tool, token.job) != (caller, tool, job):
        model.violations.append(f"{tool} on {job} by {caller} with a token for {token.tool} by {token.caller}")
    if token.status != statuses.get(job):
        model.violations.append(f"{tool} on a job that went from {token.status} to {statuses.get(job)}")
    if tool == "dlc_stop_job" and statuses.get(job) in ENDED:
        model.violations.append("a stop of a job that has ended")
