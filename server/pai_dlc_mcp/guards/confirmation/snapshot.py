"""The state of an act's target, read freshly, and the digest by which a later read is compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...digests import digest_of
from ...redaction.engine import clean_text
from ...runtime import Call, Runtime
from ..validation.templates import whole_job
from .targets import target_of

_NAMES = "DisplayName TemplateName ModelName PromptName ConnectionName RoleName Name VersionName WorkspaceName"
NAMES = tuple(_NAMES.split())
"""Fields that hold the name of a thing, the telling ones first."""

SHOWN: Mapping[str, str] = {
    "Status": "state",
    "WorkspaceId": "workspace",
    "UserId": "owner",
    "OwnerId": "owner",
    "Creator": "owner",
    "Username": "owner_name",
    "Accessibility": "visible_to",
    "DataSourceType": "storage",
    "Uri": "uri",
    "ImageUri": "image",
    "JobId": "job",
    "JobAction": "action",
    "DefaultVersion": "default_version",
    "GmtCreateTime": "created",
    "GmtModifiedTime": "changed",
}
"""Fields of any thing that a person looks at before it goes, and what a preview calls them."""

_JOB = "JobId DisplayName Status UserId WorkspaceId ResourceId JobType JobSpecs RequestGPU Priority GmtCreateTime"
JOB = tuple(_JOB.split())
"""What a job's preview rests on. Run time, pods and reasons move by themselves and are left out."""

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Observed:
    """``data`` is the answer of the read, empty where no read shows the target; ``name`` is what a person types."""

    data: Mapping[str, Any]
    digest: str
    name: str


async def observe(call: Call, runtime: Runtime) -> Observed:
    """Read the target now, whatever was read before in this call.

    Raises:
        NotFound: there is no such target.
        CloudFailure: it cannot be read, so it cannot be shown, so it cannot be confirmed.
    """
    target = target_of(call)
    if target is None:
        return Observed({}, digest_of(await _taken_over(call, runtime)), name_of({}, call))
    reply = await runtime.cloud.send(target.reader, target.args, call.region)
    data, fields = reply.data, (*NAMES, *SHOWN)
    if target.reader.action_name == "GetJob":
        call.facts["job"], fields = data, JOB
    return Observed(data, digest_of({field: data.get(field) for field in fields}), name_of(data, call))


async def _taken_over(call: Call, runtime: Runtime) -> Mapping[str, Any]:
    """What a job from a template is made of: somebody may edit the template between the preview and the create."""
    if call.operation.action_name != "CreateJob":
        return {}
    call.facts.pop("template", None)
    return await whole_job(call, runtime)


def name_of(data: Mapping[str, Any], call: Call) -> str:
    """The name that a person types: the target's own where it can be typed, else its id, else the tool's name.

    A name that cannot be typed is not replaced by a name of something else that the answer holds.
    """
    own = next((source[field] for source in (data, call.args) for field in NAMES if source.get(field)), None)
    ids = [call.args.get(api) for api, _, place in call.operation.fields.values() if place == "path"]
    return next((str(value) for value in (own, *reversed(ids)) if typable(value)), call.tool.name)


def typable(value: Any) -> bool:
    """Whether a person sees and types the same: on one line, no control or invisible characters, single blanks inside,
    not long."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and " ".join(clean_text(value).split()) == value
