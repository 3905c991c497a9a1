"""The types of fields that name something: what they name, who owns it, and what must have been shown first."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from ..shapes import ADMIT, EXPOSE, REDIRECT, FieldRisk, Kind
from ..timestamps import EXAMPLES, utc_text

JOB = Kind("job", reader="GetJob", is_personal=True)
TEMPLATE = Kind("template", reader="GetJobTemplate")
TENSORBOARD = Kind("tensorboard", reader="GetTensorboard", is_personal=True)
RAY_HISTORY_SERVER = Kind("ray_history_server", reader="GetRayHistoryServer")
DATASET = Kind("dataset", reader="GetDataset", rule="R03", words="a dataset", listed_by=("ListDatasets", "DatasetIds"))
IMAGE = Kind("image_id", reader="GetImage")
IMAGE_URI = Kind(
    "image",
    rule="R02",
    words="an ImageUri",
    listed_by=("ListImages", "ImageUri"),
    ways="an image of others: register it (aiworkspace_add_image, R39) or allow it by --image-prefixes",
)
CODE_SOURCE = Kind(
    "code_source", reader="GetCodeSource", rule="R04", words="a code source", listed_by=("ListCodeSources", "")
)
INSTANCE_TYPE = Kind("ecs_spec", rule="R21", words="an instance type", listed_by=("ListEcsSpecs", "InstanceTypes"))
QUOTA = Kind("quota", rule="R05", is_advice=True, confirmed_by="pai:GetQuota", words="a quota")
MODEL = Kind("model", reader="GetModel")
EXPERIMENT = Kind("experiment", reader="GetExperiment")
RUN = Kind("run", reader="GetRun")
PROMPT = Kind("prompt", reader="GetPrompt", lister=("ListPrompts", "Prompts"))
CONNECTION = Kind("connection", reader="GetConnection")
WORKSPACE = Kind("workspace", reader="GetWorkspace")
REGION = Kind("region")
GRANTS = FieldRisk(ADMIT, lambda value, target: value not in (None, False, "", [], {}))
"""The risk of a field that gives rights over a machine or an account: privileged containers, folders of the node, roles
that the pods assume (R39)."""
ROLE = Kind("role", action="ram:PassRole", risk=GRANTS)
TIME = Kind("time", form="ISO 8601 or relative, as -2h.")

_OFFICIAL_IMAGE = re.compile(r"(?:dsw-)?registry(?:-vpc)?\.[a-z0-9-]+(?:\.cr)?\.aliyuncs\.com/(?:pai|pai-dlc)/")


def is_official_image(uri: str) -> bool:
    """Whether the image belongs to no workspace: all others are looked for in one (R46)."""
    return bool(_OFFICIAL_IMAGE.match(uri))


def _utc(given: Any) -> str:
    """A time as it travels (R69).

    Raises:
        PydanticCustomError: it is none; the words say what is.
    """
    try:
        return utc_text(given, time.time())
    except ValueError as fault:
        words = "is a time such as {examples}; {fault}"
        raise PydanticCustomError("time", words, {"examples": EXAMPLES, "fault": str(fault), "rule": "R69"}) from None


JobId = Annotated[str, JOB]
TemplateId = Annotated[str, TEMPLATE]
TensorboardId = Annotated[str, TENSORBOARD]
RayHistoryServerId = Annotated[str, RAY_HISTORY_SERVER]
DatasetId = Annotated[str, DATASET]
ImageId = Annotated[str, IMAGE]
ImageUri = Annotated[str, IMAGE_URI]
CodeSourceId = Annotated[str, CODE_SOURCE]
InstanceType = Annotated[str, INSTANCE_TYPE]
QuotaId = Annotated[str, QUOTA]
ModelId = Annotated[str, MODEL]
ExperimentId = Annotated[str, EXPERIMENT]
RunId = Annotated[str, RUN]
PromptId = Annotated[str, PROMPT]
ConnectionId = Annotated[str, CONNECTION]
WorkspaceId = Annotated[str, WORKSPACE]
RegionId = Annotated[str, REGION]
RoleArn = Annotated[str, ROLE]
Timestamp = Annotated[str, BeforeValidator(_utc), TIME]
"""UTC with Z once it is read, whatever the caller wrote (R69)."""

NAMED_KINDS: Mapping[str, Kind] = {"job": JOB, "dlcjob": JOB, "tensorboard": TENSORBOARD, "datasource": DATASET}
"""What the service calls a kind in a field beside an id (``kind_by``)."""

SHOWS = FieldRisk(EXPOSE, lambda value, target: value not in (None, "PRIVATE", [], {}))
"""The risk of a field that decides who sees something; PRIVATE and nothing show it to nobody."""


def redirects(name: str) -> FieldRisk:
    """The risk of a field that leads elsewhere than the address that is stored under ``name`` (R38)."""
    return FieldRisk(REDIRECT, lambda value, target: target is None or target.get(name) != value, needs_target=True)
