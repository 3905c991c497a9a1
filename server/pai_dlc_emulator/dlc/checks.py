"""What the service refuses in a create, with its codes. It is laxer than a careful client: it does not check
that ids exist where it would only find out later."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from .demand import gibibytes, number
from .params import bad
from .specs import SPECS

if TYPE_CHECKING:
    from ..world import World

JOB_TYPES = (
    "TFJob", "PyTorchJob", "MPIJob", "XGBoostJob", "OneFlowJob",
    "ElasticBatchJob", "SlurmJob", "RayJob", "DataJuicerJob",
)  # fmt: skip
_ROLES = {
    "TFJob": r"Chief|PS|Worker|Evaluator|GraphLearn",
    "PyTorchJob": r"Worker|Master",
    "XGBoostJob": r"Worker|Master",
    "OneFlowJob": r"Worker|Master",
    "ElasticBatchJob": r"Worker|Master",
    "MPIJob": r"Worker|Master",
    "RayJob": r"Head|Worker(-[\w-]+)?",
}
_MOST_BYTES = 65_536
_MOST_PODS = 10_000


def check_create(world: World, args: dict[str, Any]) -> None:
    size = len(json.dumps(args, ensure_ascii=False, separators=(",", ":")).encode())
    if size > _MOST_BYTES:
        raise bad(f"The parameters take {size} bytes; the limit is {_MOST_BYTES}.", "InvalidParameter")
    _check_shapes(args)
    for name in ("DisplayName", "JobType", "JobSpecs", "UserCommand"):
        if not args.get(name):
            raise bad(f"{name} is required.", "MissingParameter")
    _check_name_and_type(args)
    for spec in args["JobSpecs"]:
        check_spec(spec, args["JobType"], str(args.get("ResourceId") or ""))
    _check_references(world, args)


def _check_shapes(args: dict[str, Any]) -> None:
    """A template's content was kept as text, so its shapes are looked at only here."""
    for name in ("Envs", "Settings", "CodeSource", "UserVpc"):
        if not isinstance(args.get(name) or {}, dict):
            raise bad(f"{name} must be an object.", "InvalidParameter")
    for name in ("JobSpecs", "DataSources"):
        every = args.get(name) or []
        if not isinstance(every, list) or not all(isinstance(one, dict) for one in every):
            raise bad(f"{name} must be a list of objects.", "InvalidParameter")
    for spec in args.get("JobSpecs") or []:
        if not all(isinstance(spec.get(name) or {}, dict) for name in ("ResourceConfig", "SpotSpec", "AssignNodeSpec")):
            raise bad("JobSpecs: a field has the wrong type.", "InvalidParameter")


def check_priority(value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 9):
        raise bad("Priority must be a whole number from 1 to 9.", "InvalidParameter")


def _check_name_and_type(args: dict[str, Any]) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_.\-]{1,256}", str(args["DisplayName"])):
        raise bad("DisplayName may hold up to 256 letters, digits, '_', '.' and '-'.", "InvalidParameter")
    if str(args["JobType"]) not in JOB_TYPES:
        raise bad(f"JobType {args['JobType']} is not supported.", "InvalidParameter")
    if args.get("Accessibility") not in (None, "", "PUBLIC", "PRIVATE"):
        raise bad("Accessibility must be PUBLIC or PRIVATE.", "InvalidParameter")
    minutes = args.get("JobMaxRunningTimeMinutes")
    if minutes is not None and (not isinstance(minutes, int) or minutes < 0):
        raise bad("JobMaxRunningTimeMinutes must be a whole number of minutes.", "InvalidParameter")
    check_priority(args.get("Priority"))


def check_spec(spec: dict[str, Any], job_type: str, quota: str) -> None:
    if not spec.get("Image"):
        raise bad("JobSpecs: Image is required.", "MissingParameter")
    if not re.fullmatch(_ROLES.get(job_type, ".+"), str(spec.get("Type") or "Worker")):
        raise bad(f"JobSpecs: a {job_type} has no role {spec.get('Type')}.", "InvalidParameter")
    count = spec.get("PodCount", 1)
    if not isinstance(count, int) or not 1 <= count <= _MOST_PODS:
        raise bad("JobSpecs: PodCount is out of range.", "InvalidParameter")
    _check_resources(spec, quota)


def _check_resources(spec: dict[str, Any], quota: str) -> None:
    instance, asked = spec.get("EcsSpec"), spec.get("ResourceConfig")
    if bool(instance) == bool(asked):
        raise bad("JobSpecs: exactly one of EcsSpec and ResourceConfig is needed.", "InvalidParameter")
    if instance and str(instance) not in SPECS:
        raise bad(f"JobSpecs: there is no instance type {instance}.", "InvalidParameter")
    if asked and not quota:
        raise bad("JobSpecs: ResourceConfig needs a ResourceId.", "InvalidParameter")
    if instance and quota:
        raise bad("JobSpecs: EcsSpec cannot be used with a ResourceId.", "InvalidParameter")
    try:
        _ = number((asked or {}).get("CPU")), number((asked or {}).get("GPU")), gibibytes((asked or {}).get("Memory"))
    except ValueError:
        raise bad("JobSpecs: ResourceConfig holds no amounts.", "InvalidParameter") from None


def _check_references(world: World, args: dict[str, Any]) -> None:
    _known(world.workspaces, args.get("WorkspaceId"), "WorkspaceId")
    _known(world.quotas, args.get("ResourceId"), "ResourceId")
    _known(world.code_sources, (args.get("CodeSource") or {}).get("CodeSourceId"), "CodeSourceId")
    for source in args.get("DataSources") or []:
        if bool(source.get("DataSourceId")) == bool(source.get("Uri")):
            raise bad("DataSources: exactly one of DataSourceId and Uri is needed.", "InvalidParameter")
        _known(world.datasets, source.get("DataSourceId"), "DataSourceId")


def _known(nouns: dict[str, Any], name: Any, field: str) -> None:
    if name and str(name) not in nouns:
        raise bad(f"{field} {name} does not exist.", "InvalidParameter")
