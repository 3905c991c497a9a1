"""Creating a job: what the service refuses, which behaviour the job gets, and putting it into the world.

The service is laxer than a careful client: it does not check ids where it would only find out later.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ..world import World
from . import queueing
from .behaviour import Behaviour, Phase, load
from .limits import longest_minutes
from .requests import bad_request
from .resources import SPECS, job_demand, parse_amount, parse_gib
from .state import Job

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
        raise bad_request(f"The parameters take {size} bytes; the limit is {_MOST_BYTES}.", "InvalidParameter")
    _check_shapes(args)
    for name in ("DisplayName", "JobType", "JobSpecs", "UserCommand"):
        if not args.get(name):
            raise bad_request(f"{name} is required.", "MissingParameter")
    _check_name_and_type(args)
    for spec in args["JobSpecs"]:
        check_spec(spec, args["JobType"], str(args.get("ResourceId") or ""))
    _check_references(world, args)


def _check_shapes(args: dict[str, Any]) -> None:
    """A template's content was kept as text, so its shapes are looked at only here."""
    for name in ("Envs", "Settings", "CodeSource", "UserVpc"):
        if not isinstance(args.get(name) or {}, dict):
            raise bad_request(f"{name} must be an object.", "InvalidParameter")
    for name in ("JobSpecs", "DataSources"):
        every = args.get(name) or []
        if not isinstance(every, list) or not all(isinstance(one, dict) for one in every):
            raise bad_request(f"{name} must be a list of objects.", "InvalidParameter")
    for spec in args.get("JobSpecs") or []:
        if not all(isinstance(spec.get(name) or {}, dict) for name in ("ResourceConfig", "SpotSpec", "AssignNodeSpec")):
            raise bad_request("JobSpecs: a field has the wrong type.", "InvalidParameter")


def check_priority(value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 9):
        raise bad_request("Priority must be a whole number from 1 to 9.", "InvalidParameter")


def _check_name_and_type(args: dict[str, Any]) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_.\-]{1,256}", str(args["DisplayName"])):
        raise bad_request("DisplayName may have up to 256 letters, digits, '_', '.' and '-'.", "InvalidParameter")
    if str(args["JobType"]) not in JOB_TYPES:
        raise bad_request(f"JobType {args['JobType']} is not supported.", "InvalidParameter")
    if args.get("Accessibility") not in (None, "", "PUBLIC", "PRIVATE"):
        raise bad_request("Accessibility must be PUBLIC or PRIVATE.", "InvalidParameter")
    minutes = args.get("JobMaxRunningTimeMinutes")
    if minutes is not None and (not isinstance(minutes, int) or minutes < 0):
        raise bad_request("JobMaxRunningTimeMinutes must be a whole number of minutes.", "InvalidParameter")
    check_priority(args.get("Priority"))


def check_spec(spec: dict[str, Any], job_type: str, quota: str) -> None:
    if not spec.get("Image"):
        raise bad_request("JobSpecs: Image is required.", "MissingParameter")
    if not re.fullmatch(_ROLES.get(job_type, ".+"), str(spec.get("Type") or "Worker")):
        raise bad_request(f"JobSpecs: a {job_type} has no role {spec.get('Type')}.", "InvalidParameter")
    count = spec.get("PodCount", 1)
    if not isinstance(count, int) or not 1 <= count <= _MOST_PODS:
        raise bad_request("JobSpecs: PodCount is out of range.", "InvalidParameter")
    _check_resources(spec, quota)


def _check_resources(spec: dict[str, Any], quota: str) -> None:
    instance, asked = spec.get("EcsSpec"), spec.get("ResourceConfig")
    if bool(instance) == bool(asked):
        raise bad_request("JobSpecs: exactly one of EcsSpec and ResourceConfig is needed.", "InvalidParameter")
    if instance and str(instance) not in SPECS:
        raise bad_request(f"JobSpecs: there is no instance type {instance}.", "InvalidParameter")
    if asked and not quota:
        raise bad_request("JobSpecs: ResourceConfig needs a ResourceId.", "InvalidParameter")
    if instance and quota:
        raise bad_request("JobSpecs: EcsSpec cannot be used with a ResourceId.", "InvalidParameter")
    try:
        _ = (
            parse_amount((asked or {}).get("CPU")),
            parse_amount((asked or {}).get("GPU")),
            parse_gib((asked or {}).get("Memory")),
        )
    except ValueError:
        raise bad_request("JobSpecs: ResourceConfig has no amounts.", "InvalidParameter") from None


def _check_references(world: World, args: dict[str, Any]) -> None:
    _known(world.catalogue.workspaces, args.get("WorkspaceId"), "WorkspaceId")
    _known(world.catalogue.quotas, args.get("ResourceId"), "ResourceId")
    _known(world.catalogue.code_sources, (args.get("CodeSource") or {}).get("CodeSourceId"), "CodeSourceId")
    for source in args.get("DataSources") or []:
        if bool(source.get("DataSourceId")) == bool(source.get("Uri")):
            raise bad_request("DataSources: exactly one of DataSourceId and Uri is needed.", "InvalidParameter")
        _known(world.catalogue.datasets, source.get("DataSourceId"), "DataSourceId")


def _known(nouns: dict[str, Any], name: Any, field: str) -> None:
    if name and str(name) not in nouns:
        raise bad_request(f"{field} {name} does not exist.", "InvalidParameter")


VARIABLE = "PAI_EMULATOR_BEHAVIOUR"
_SANITY_SECONDS = 20.0
_BIDDING_SECONDS = 15.0


def choose_behaviour(world: World, args: dict[str, Any]) -> Behaviour:
    named = str((args.get("Envs") or {}).get(VARIABLE) or "")
    try:
        return load(named or _by_nature(world, args))
    except KeyError:
        raise bad_request(f"The emulator has no behaviour {named}.", "InvalidParameter") from None


def plan_phases(behaviour: Behaviour, args: dict[str, Any]) -> tuple[Phase, ...]:
    """The behaviour's phases, with the bidding, health check and reservation that the job itself asked for."""
    phases = list(behaviour.phases)
    names = [phase.status for phase in phases]
    if is_spot(args) and "Bidding" not in names and "Queuing" in names:
        phases.insert(names.index("Queuing") + 1, _bidding(args))
    names = [phase.status for phase in phases]
    if (args.get("Settings") or {}).get("EnableSanityCheck") and "SanityChecking" not in names and "Running" in names:
        phases.insert(names.index("Running"), Phase("SanityChecking", _SANITY_SECONDS))
    reserved = (args.get("Settings") or {}).get("JobReservedMinutes")
    if reserved and phases[-1].status in ("Succeeded", "Failed"):
        phases.insert(len(phases) - 1, Phase(f"{phases[-1].status}Reserving", 60.0 * reserved))
    return tuple(phases)


def is_spot(args: dict[str, Any]) -> bool:
    return any(spec.get("SpotSpec") or spec.get("UseSpotInstance") for spec in args.get("JobSpecs") or [])


def _by_nature(world: World, args: dict[str, Any]) -> str:
    images = {str(spec.get("Image")) for spec in args["JobSpecs"]}
    if any(image.get("_broken") for image in world.catalogue.images.values() if image.get("ImageUri") in images):
        return "image-pull"
    stock = {SPECS.get(str(spec.get("EcsSpec")), {}).get("SpotStockStatus") for spec in args["JobSpecs"]}
    return "spot-reclaim" if is_spot(args) and "LowStock" in stock else "succeed"


def _bidding(args: dict[str, Any]) -> Phase:
    """A bid under the market's price, or on a type without spot stock, is never accepted."""
    for spec in args["JobSpecs"]:
        offer = SPECS.get(str(spec.get("EcsSpec")), {})
        limit = (spec.get("SpotSpec") or {}).get("SpotDiscountLimit")
        price = offer.get("NonProtectSpotDiscount", 0.0)
        if offer.get("SpotStockStatus") == "NoStock":
            return Phase("Bidding", None, False, "", "SpotStockNotEnough", "No spot stock of the instance type.")
        if limit is not None and float(limit) < price:
            message = f"The bid of {limit} is below the market price of {price}."
            return Phase("Bidding", None, False, "", "SpotPriceTooLow", message)
    return Phase("Bidding", _BIDDING_SECONDS)


def add_job(world: World, args: dict[str, Any], user_id: str, account_id: str, created: float, named: str = "") -> Job:
    """Put a checked job into the world; ``named`` is a behaviour that overrules what its nature brings about."""
    training = world.training
    job = make_job(world, world.ids.next("dlc"), args, user_id, account_id, created, named)
    training.jobs[job.id] = job
    if job.quota_id:
        queueing.join(training, job)
    if training.runner is not None and not named and job.behaviour.name == "succeed":
        training.runner.take(job)
    return job


def make_job(
    world: World, job_id: str, args: dict[str, Any], user_id: str, account_id: str, created: float, named: str
) -> Job:
    """A job that is not in the world yet."""
    behaviour = load(named) if named else choose_behaviour(world, args)
    job = Job(
        id=job_id,
        args={"Accessibility": "PRIVATE"} | args,
        user_id=user_id,
        account_id=account_id,
        created=created,
        behaviour=behaviour,
        phases=plan_phases(behaviour, args),
        region=world.region,
        modified=created,
        tags={str(key): str(value) for key, value in ((args.get("Settings") or {}).get("Tags") or {}).items()},
    )
    minutes = longest_minutes(world, str(args["WorkspaceId"]), job.quota_id) if job.quota_id else None
    job.longest = None if minutes is None else (minutes, created)
    _set_up(world, job)
    return job


def _set_up(world: World, job: Job) -> None:
    """What a scripted job brings along: a limit, somebody who stops it, figures for its texts."""
    setting = job.behaviour.setting
    if setting.get("limit"):
        job.args.setdefault("JobMaxRunningTimeMinutes", setting["limit"])
    if setting.get("stop_after_s"):
        job.stop_asked, job.stopped_by = job.created + setting["stop_after_s"], setting["stopped_by"]
    asked, above = job_demand(job.args), queueing.chain(world, job.quota_id)
    total = queueing.total(world, job.quota_id)
    job.facts = {
        "asked": str(asked),
        "asked_gpus": f"{asked.gpu:g}",
        "quota_gpus": f"{total.gpu:g}" if total else "0",
        "lingjun": (world.catalogue.quotas.get(job.quota_id) or {}).get("ResourceType") == "Lingjun",
        "parent": above[1] if len(above) > 1 else "above it",
    }
