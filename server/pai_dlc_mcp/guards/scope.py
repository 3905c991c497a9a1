"""Whose things a call may touch: the operator's workspaces and owners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..api.catalog import operation
from ..errors import PolicyDenied
from ..operation import CREATE, DELETE, READ, STOP
from ..runtime import Call, Runtime
from .facts import job_of

HOMES: Mapping[str, str] = {
    "JobId": "GetJob",
    "TemplateId": "GetJobTemplate",
    "TensorboardId": "GetTensorboard",
    "RayHistoryServerId": "GetRayHistoryServer",
    "DatasetId": "GetDataset",
    "ImageId": "GetImage",
    "CodeSourceId": "GetCodeSource",
    "ModelId": "GetModel",
    "ExperimentId": "GetExperiment",
    "RunId": "GetRun",
    "PromptId": "GetPrompt",
    "ConnectionId": "GetConnection",
}
"""A path argument, and the read that tells whose the thing is and which workspace it is in."""

_ANYWHERE = (
    "ListEcsSpecs ListQuotas ListWorkspaces GetDefaultWorkspace ListProducts ListFeatures ListImages ListImageLabels"
    " ListUserConfigs GetInstanceJob"
)
ANYWHERE = frozenset(_ANYWHERE.split())
"""Reads of what belongs to no workspace: the account's catalogue, and the official images."""

TOKEN_TARGETS = {"job": "JobId", "tensorboard": "TensorboardId"}
WITHOUT_PATH = frozenset({"TagResources", "UntagResources"})
"""Acts on jobs that do not name them in the path."""


async def workspaces(call: Call, runtime: Runtime) -> None:
    """The workspace that a call names, and the one that its target is in, are both among the operator's.

    Raises:
        PolicyDenied: one is not, or it cannot be told.
    """
    allowed = runtime.settings.workspaces
    if not allowed:
        return
    named = list(_named(call.args))
    for workspace in named:
        _allowed(workspace, allowed)
    if call.args.get("FromAllWorkspaces"):
        raise _denied("all workspaces")
    home = await _home(call, runtime)
    if home is not None:
        found = home.get("WorkspaceId") or (named[0] if named else None)
        if found is None and not (call.tool.effect is READ and "ImageId" in call.args):
            raise PolicyDenied("The target does not tell its workspace, so it cannot be allowed (workspaces).")
        if found is not None:
            _allowed(str(found), allowed)
    elif not named and call.operation.action_name not in ANYWHERE:
        raise PolicyDenied(
            f"Name a workspace of this server's list (workspaces): {', '.join(allowed)[:200]}.", field="workspace_id"
        )


def _named(args: Mapping[str, Any]) -> Iterator[str]:
    for field in ("WorkspaceId", "WorkspaceIds"):
        value = args.get(field)
        if isinstance(value, (str, int)):
            yield from (part.strip() for part in str(value).split(",") if part.strip())
        elif isinstance(value, list):
            yield from map(str, value)


def _allowed(workspace: str, allowed: tuple[str, ...]) -> None:
    if workspace not in allowed:
        raise _denied(f"workspace {workspace[:40]}")


def _denied(what: str) -> PolicyDenied:
    return PolicyDenied(f"This server may not touch {what} (workspaces).", field="workspace_id")


async def owners(call: Call, runtime: Runtime) -> None:
    """A job is changed, stopped or deleted only where its owner is on the operator's list.

    Raises:
        PolicyDenied: the owner is another one, or is not told.
    """
    allowed = runtime.settings.owners
    if not allowed or call.tool.effect in (READ, CREATE):
        return
    if call.operation.action_name in WITHOUT_PATH:
        raise PolicyDenied("Whose jobs these are cannot be checked here (owners).")
    home = await _home(call, runtime)
    if home is None:
        return
    owner, is_job = home.get("UserId"), "JobId" in _path(call)
    ends = call.tool.effect in (STOP, DELETE) and owner is not None
    if (is_job or ends) and str(owner) not in allowed:
        raise PolicyDenied("The target belongs to a user whose things this server may not change (owners).")


def _path(call: Call) -> dict[str, Any]:
    """What the call is about: its path arguments, a share token's target, the job that a TensorBoard shows."""
    path = {api: call.args.get(api) for api, _, place in call.operation.fields.values() if place == "path"}
    if call.operation.action_name == "GetToken":
        target = TOKEN_TARGETS.get(str(call.args.get("TargetType")))
        return {target: call.args.get("TargetId")} if target else {}
    return {"JobId": call.args.get("JobId")} if call.operation.action_name == "CreateTensorboard" else path


async def _home(call: Call, runtime: Runtime) -> Mapping[str, Any] | None:
    """The thing that the path leads to, read once a call; ``None`` where the path names none."""
    path = _path(call)
    id_name = next((name for name in HOMES if path.get(name)), None)
    if id_name is None:
        return None
    if id_name == "JobId" and call.args.get("JobId") == path["JobId"]:
        return await job_of(call, runtime)
    if "home" not in call.facts:
        reader = operation(HOMES[id_name])
        args = {id_name: path[id_name]}
        if "workspace_id" in reader.fields and call.args.get("WorkspaceId"):
            args["WorkspaceId"] = call.args["WorkspaceId"]
        call.facts["home"] = (await runtime.cloud.send(reader, args, call.region)).data
    home: Mapping[str, Any] = call.facts["home"]
    return home
