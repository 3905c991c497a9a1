"""Which read shows the state of what an act is about. One table; a read's path arguments are the act's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...api.catalog import operation
from ...operation import Operation
from ...runtime import Call

READERS: Mapping[str, str] = {
    "GetJob": "StopJob DeleteJob UpdateJob CreateSignal GetWebTerminal GetDashboard GetRayDashboard",
    "GetJobTemplate": "DeleteJobTemplate UpdateJobTemplate SetJobTemplateDefaultVersion",
    "GetTensorboard": "StopTensorboard DeleteTensorboard UpdateTensorboard StartTensorboard GetTensorboardSharedUrl",
    "GetRayHistoryServer": "StopRayHistoryServer DeleteRayHistoryServer StartRayHistoryServer",
    "GetWorkspace": "DeleteWorkspace UpdateWorkspace DeleteMembers CreateMember AddMemberRole RemoveMemberRole"
    " DeleteWorkspaceResource CreateWorkspaceResource UpdateWorkspaceResource DeleteWorkspaceRoles CreateWorkspaceRole"
    " UpdateConfig UpdateConfigs DeleteConfig",
    "GetWorkspaceRole": "UpdateWorkspaceRole",
    "GetImage": "RemoveImage RemoveImageLabels AddImageLabels PublishImage",
    "GetDataset": "DeleteDataset UpdateDataset PublishDataset CreateDatasetLabels DeleteDatasetLabels"
    " CreateDatasetVersion CreateDatasetFileMetas UpdateDatasetFileMetas DeleteDatasetFileMetas CreateDatasetJob"
    " CreateDatasetJobConfig",
    "GetDatasetVersion": "DeleteDatasetVersion UpdateDatasetVersion CreateDatasetVersionLabels"
    " DeleteDatasetVersionLabels",
    "GetDatasetJob": "StopDatasetJob DeleteDatasetJob UpdateDatasetJob",
    "GetDatasetJobConfig": "DeleteDatasetJobConfig UpdateDatasetJobConfig",
    "GetCodeSource": "DeleteCodeSource UpdateCodeSource PublishCodeSource",
    "GetModel": "DeleteModel UpdateModel CreateModelLabels DeleteModelLabels CreateModelVersion",
    "GetModelVersion": "DeleteModelVersion UpdateModelVersion CreateModelVersionLabels DeleteModelVersionLabels",
    "GetExperiment": "DeleteExperiment UpdateExperiment SetExperimentLabels DeleteExperimentLabel CreateRun",
    "GetRun": "DeleteRun UpdateRun DeleteRunLabel LogRunMetrics",
    "GetPrompt": "DeletePrompt UpdatePrompt",
    "GetConnection": "DeleteConnection UpdateConnection",
}
"""The read, and the acts whose target it shows."""

READER_OF: Mapping[str, str] = {act: reader for reader, acts in READERS.items() for act in acts.split()}

_WHOLE = (
    "DeleteJob DeleteJobTemplate DeleteTensorboard DeleteRayHistoryServer DeleteWorkspace RemoveImage DeleteDataset"
    " DeleteDatasetVersion DeleteDatasetJob DeleteDatasetJobConfig DeleteCodeSource DeleteModel DeleteModelVersion"
    " DeleteExperiment DeleteRun DeletePrompt DeleteConnection"
)
WHOLE = frozenset(_WHOLE.split())
"""Deletes after which the read finds nothing; the others take a part of what the read shows."""

BESIDE_THE_PATH = ("WorkspaceId",)
"""Arguments that some reads want beside their path."""


@dataclass(frozen=True, slots=True)
class Target:
    """The read of an act's target and its arguments by API name; ``whole`` says that a delete leaves nothing of it."""

    reader: Operation
    args: Mapping[str, Any]
    whole: bool


def target_of(call: Call) -> Target | None:
    """What this act is about; ``None`` where no read shows it, or the call does not name it."""
    reader_name = READER_OF.get(call.operation.action_name)
    if reader_name is None:
        return None
    reader = operation(reader_name)
    wanted = [api for api, _, place in reader.fields.values() if place == "path"]
    if any(call.args.get(api) is None for api in wanted):
        return None
    beside = [api for api, _, _ in reader.fields.values() if api in BESIDE_THE_PATH]
    args = {api: call.args[api] for api in [*wanted, *beside] if call.args.get(api) is not None}
    return Target(reader, args, call.operation.action_name in WHOLE)
