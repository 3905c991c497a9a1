"""The state of an act's target as it was read, and what a confirmation of the act is bound to (R31)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...api.catalog import operation
from ...api.kinds import JOB, NAMED_KINDS
from ...cloud.reads import read, template_of
from ...operation import CREATE, READ, Operation, Target
from ...redaction.engine import clean_text
from ...runtime import Call, Runtime
from ...state import canonical, digest_of
from ..validation.templates import merged

_NAMES = "DisplayName TemplateName ModelName PromptName ConnectionName RoleName Name VersionName WorkspaceName"
NAMES = tuple(_NAMES.split())
"""Fields that hold a name, the specific ones first."""

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
"""Fields that a person looks at before an act, and what a preview calls them."""

_JOB = "JobId DisplayName Status UserId WorkspaceId ResourceId JobType JobSpecs RequestGPU Priority GmtCreateTime"
JOB_FIELDS = tuple(_JOB.split())
"""What a job's preview rests on. Run time, pods and reasons move by themselves and are left out."""

LONGEST_NAME_CHARS = 100


BESIDE_THE_PATH = ("WorkspaceId",)
"""Arguments that some reads want beside their path."""


@dataclass(frozen=True, slots=True)
class Read:
    """The read of an act's target and its arguments by API name; ``is_whole``: a delete leaves nothing of it."""

    reader: Operation
    args: Mapping[str, Any]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``data`` is the answer of the read, empty where no read shows the target; ``name`` is what a person types."""

    data: Mapping[str, Any]
    digest: str
    name: str


@dataclass(frozen=True, slots=True)
class Binding:
    """What a confirmation is bound to: a digest of each part, so that a refusal can say which one differs."""

    parts: Mapping[str, str]

    @property
    def digest(self) -> bytes:
        """32 bytes over all parts."""
        return hashlib.sha256(canonical(self.parts)).digest()

    def differs_in(self, other: Mapping[str, Any]) -> str | None:
        """The first part that is not the same, in words."""
        return next((PARTS[name] for name in PARTS if other.get(name) != self.parts[name]), None)


PARTS: Mapping[str, str] = {
    "tool": "the operation",
    "arguments": "the arguments",
    "caller": "the caller",
    "region": "the region",
    "account": "the account or endpoint",
    "target": "the target's state, which has changed since it was shown",
}


def bind(call: Call, runtime: Runtime, snapshot: Snapshot) -> Binding:
    """The binding of this call to the state that is shown with it."""
    settings = runtime.settings
    return Binding(
        {
            "tool": call.tool.name,
            "arguments": digest_of([call.args, call.controls.allow_duplicate]),
            "caller": digest_of(call.caller.name),
            "region": call.region,
            "account": digest_of(
                [
                    settings.profile or settings.profile_of_environment,
                    settings.dlc_endpoint,
                    settings.aiworkspace_endpoint,
                    settings.studio_endpoint,
                ]
            ),
            "target": snapshot.digest,
        }
    )


def target_of(call: Call) -> Read | None:
    """The read of what this act is about; ``None`` where no read shows it, or the call does not name it."""
    target = call.operation.target or _named_beside(call)
    if target is None:
        return None
    reader = operation(target.reader)
    ids = {api: call.args.get(target.id_from or api) for api in reader.path_names}
    if any(identity is None for identity in ids.values()):
        return None
    beside = [api for api, _, _ in reader.fields.values() if api in BESIDE_THE_PATH and api not in ids]
    args = ids | {api: call.args[api] for api in beside if call.args.get(api) is not None}
    return Read(reader, args, target.is_whole)


def _named_beside(call: Call) -> Target | None:
    """What an act is about that names it beside its path, such as the job of a share token."""
    if call.tool.effect in (READ, CREATE):
        return None
    for leaf in call.operation.leaves:
        if leaf.wire.about:
            kind = NAMED_KINDS.get(str(call.args.get(leaf.wire.kind_by))) if leaf.wire.kind_by else leaf.kind
            return Target(kind.reader, id_from=leaf.path) if kind is not None and kind.reader else None
    return None


async def take_snapshot(call: Call, runtime: Runtime, *, is_fresh: bool = False) -> Snapshot:
    """The target as this call has read it, or is to read it now; ``is_fresh`` reads it again.

    Raises:
        NotFound: there is no such target.
        CloudFailure: it cannot be read, so it cannot be shown, so it cannot be confirmed.
    """
    target = target_of(call)
    if target is None:
        return Snapshot({}, digest_of(await _overlaid(call, runtime, is_fresh=is_fresh)), name_of({}, call))
    data = await read(call, runtime, target.reader.action_name, target.args, is_fresh=is_fresh)
    fields: tuple[str, ...] = (*NAMES, *SHOWN)
    if target.reader.action_name == JOB.reader:
        call.known.job, fields = data, JOB_FIELDS
    return Snapshot(data, digest_of({field: data.get(field) for field in fields}), name_of(data, call))


async def _overlaid(call: Call, runtime: Runtime, *, is_fresh: bool) -> Mapping[str, Any]:
    """What a job from a template is made of: somebody may edit the template between the preview and the create."""
    if not call.args.get(call.operation.overlay):
        return {}
    return merged(call.args, await template_of(call, runtime, is_fresh=is_fresh))


def name_of(data: Mapping[str, Any], call: Call) -> str:
    """The name that a person types: the target's own where it can be typed, else its id, else the tool's name.

    A name that cannot be typed is not replaced by a name of something else that the answer holds.
    """
    own = next((source[field] for source in (data, call.args) for field in NAMES if source.get(field)), None)
    ids = [call.args.get(api) for api in call.operation.path_names]
    return next((str(value) for value in (own, *reversed(ids)) if is_typable(value)), call.tool.name)


def is_typable(value: Any) -> bool:
    """Whether a person sees and types the same: one short line without control or invisible characters."""
    is_short = isinstance(value, str) and 0 < len(value) <= LONGEST_NAME_CHARS
    return is_short and " ".join(clean_text(value).split()) == value
