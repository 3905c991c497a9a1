"""Whose things a call may touch: the operator's workspaces and owners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...api.catalog import operation
from ...cloud.reads import TooMany, all_rows
from ...errors import PolicyDenied
from ...operation import CREATE, DELETE, READ, STOP
from ...runtime import Call, Runtime
from ..discovery.requirements import walk

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
BESIDE_THE_PATH: Mapping[str, str] = {
    "CreateJob": "TemplateId",
    "CreateTensorboard": "JobId",
    "CreateRun": "ExperimentId",
    "ListRuns": "ExperimentId",
    "ListImageLabels": "ImageId",
    "ValidateConnection": "ConnectionId",
}
"""Operations that are about a thing which they do not name in the path."""
SOURCES = {"job": "GetJob", "dlcjob": "GetJob", "datasource": "GetDataset"}
"""What a new TensorBoard shows besides, by kind, and the read that tells its workspace."""
NESTED = ("Resources[].WorkspaceId", "SharingConfig.SharedTo[].WorkspaceId")
"""Workspaces that are named inside an argument: where compute goes, with whom a dataset is shared."""
MOST_PAGES = 50
_ON_ANY_JOB = "TagResources UntagResources DeleteWorkspace UpdateConfig UpdateConfigs DeleteConfig"
ON_ANY_JOB = frozenset(_ON_ANY_JOB.split())
"""Acts on jobs that do not name them in the path: lists of jobs, and all jobs of a workspace (its settings say how long
they may run and how urgent they are)."""
OF_A_PERSON = ("JobId", "TensorboardId")
"""A job and what shows it are nobody's to change but their owner's; of other things it is the end that counts."""


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
        await _lies_within(call, runtime, home)
    for kind, identity in _sources(call):
        await _lies_within(call, runtime, await _source(call, runtime, kind, identity))
    if not named and not _is_placed(call, home) and call.operation.action_name not in ANYWHERE:
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
    for path in NESTED:
        yield from (str(workspace) for _, workspace in walk(args, path.split(".")))


def _sources(call: Call) -> list[tuple[str, Any]]:
    """Kind and id of what a new TensorBoard shows and names neither as ``job_id`` nor in ``data_sources``."""
    if call.operation.action_name != "CreateTensorboard":
        return []
    rows = call.args.get("TensorboardDataSources") or []
    pairs = [
        (call.args.get("SourceType"), call.args.get("SourceId")),
        *((x.get("SourceType"), x.get("Id")) for x in rows),
    ]
    return [(str(kind), identity) for kind, identity in pairs if identity]


async def _source(call: Call, runtime: Runtime, kind: str, identity: str) -> Mapping[str, Any]:
    """The thing as it was read; of a kind that is not known nothing is told."""
    if kind not in SOURCES:
        return {}
    reader = operation(SOURCES[kind])
    (id_name,) = (api for api, _, place in reader.fields.values() if place == "path")
    return (await runtime.cloud.send(reader, {id_name: identity}, call.region)).data


def _is_placed(call: Call, home: Mapping[str, Any] | None) -> bool:
    """Whether the thing that the call is about says where. What it makes goes where the call says, or by default."""
    return home is not None and not (call.tool.effect is CREATE and "workspace_id" in call.operation.fields)


async def _lies_within(call: Call, runtime: Runtime, home: Mapping[str, Any]) -> None:
    """The target is in an allowed workspace by the service's word: the one that the call names proves nothing."""
    found = home.get("WorkspaceId")
    is_official_image = call.tool.effect is READ and "ImageId" in call.args
    if found:
        _allowed(str(found), runtime.settings.workspaces)
    elif not is_official_image and not await _is_listed_prompt(call, runtime):
        raise PolicyDenied("The target does not tell its workspace, so it cannot be allowed (workspaces).")


async def _is_listed_prompt(call: Call, runtime: Runtime) -> bool:
    """Prompts do not tell their workspace, but the list of the workspace that the call names shows its own."""
    prompt, workspace = call.args.get("PromptId"), call.args.get("WorkspaceId")
    if not prompt or not workspace:
        return False
    where = {"WorkspaceId": workspace}
    try:
        rows = await all_rows(runtime, "ListPrompts", where, "Prompts", call.region, most_pages=MOST_PAGES)
    except TooMany:
        return False
    return any(row.get("PromptId") == prompt for row in rows)


def _allowed(workspace: str, allowed: tuple[str, ...]) -> None:
    if workspace not in allowed:
        raise _denied(f"workspace {workspace[:40]}")


def _denied(what: str) -> PolicyDenied:
    return PolicyDenied(f"This server may not touch {what} (workspaces).", field="workspace_id")


async def owners(call: Call, runtime: Runtime) -> None:
    """A job or a TensorBoard is changed, shared, stopped or deleted only where its owner is on the operator's list.

    Raises:
        PolicyDenied: the owner is another one, or is not told.
    """
    allowed = runtime.settings.owners
    if not allowed or call.tool.effect in (READ, CREATE):
        return
    home = await _home(call, runtime)
    if home is None and call.operation.action_name in {*ON_ANY_JOB, "GetToken"}:
        raise PolicyDenied("Whose jobs these are cannot be checked here (owners).")
    if home is None:
        return
    owner, is_personal = home.get("UserId"), any(name in _path(call) for name in OF_A_PERSON)
    ends = call.tool.effect in (STOP, DELETE) and owner is not None
    if (is_personal or ends) and str(owner) not in allowed:
        raise PolicyDenied("The target belongs to a user whose things this server may not change (owners).")


def _path(call: Call) -> dict[str, Any]:
    """What the call is about: its path arguments, a share token's target, or what it names beside its path."""
    path = {api: call.args.get(api) for api, _, place in call.operation.fields.values() if place == "path"}
    if call.operation.action_name == "GetToken":
        return {TOKEN_TARGETS.get(str(call.args.get("TargetType")), ""): call.args.get("TargetId")}
    beside = BESIDE_THE_PATH.get(call.operation.action_name)
    return {beside: call.args.get(beside)} if beside else path


async def _home(call: Call, runtime: Runtime) -> Mapping[str, Any] | None:
    """The thing that the call is about, read once (a job for later guards too); ``None`` where it names none."""
    path = _path(call)
    id_name = next((name for name in HOMES if path.get(name)), None)
    if id_name is None:
        return None
    fact = "job" if id_name == "JobId" else "home"
    if fact not in call.facts:
        reader = operation(HOMES[id_name])
        args = {id_name: path[id_name]}
        if "workspace_id" in reader.fields and call.args.get("WorkspaceId"):
            args["WorkspaceId"] = call.args["WorkspaceId"]
        call.facts[fact] = (await runtime.cloud.send(reader, args, call.region)).data
    home: Mapping[str, Any] = call.facts[fact]
    return home
