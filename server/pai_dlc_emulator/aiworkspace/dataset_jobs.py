"""Tasks on a dataset (indexing, tagging, import, export) and their settings. Tasks run on the world's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..clock import iso
from ..wire import Received, ServiceError, handles
from .dataset_files import files
from .datasets import DATASET, VERSION, versions
from .nouns import Noun, Record, invalid
from .paging import Listing
from .store import create, crud, delete, find, owned, rows, shown

if TYPE_CHECKING:
    from ..world import World

START_S, RUN_S = 5.0, 60.0
"""How long a task waits and then runs, in emulated seconds."""
JOB = Noun(
    "DatasetJob",
    "dataset_jobs",
    "DatasetJobId",
    "dsj-",
    parent=DATASET,
    created="CreateTime",
    modified="ModifyTime",
    seconds=True,
    enums={
        "JobAction": (
            "SemanticIndex", "IntelligentTag", "IntelligentTagRevert",
            "FileMetaExport", "FileMetaBuild", "FileMetaImport",
        ),
        "JobMode": ("Full", "Increment"),
    },
    defaults={"JobMode": "Full"},
)  # fmt: skip
CONFIG = Noun(
    "DatasetJobConfig",
    "dataset_job_configs",
    "DatasetJobConfigId",
    "dsjc-",
    parent=DATASET,
    created="CreateTime",
    modified="ModifyTime",
    seconds=True,
    enums={"ConfigType": ("MultimodalIntelligentTag", "MultimodalSemanticIndex")},
)
JOBS = Listing(
    exact={"DatasetVersion": "DatasetVersion", "JobAction": "JobAction", "Status": "Status"},
    sortable=("CreateTime", "GmtCreateTime", "FinishTime"),
    by="CreateTime",
    order="DESC",
)
CONFIGS = Listing(
    exact={"ConfigType": "ConfigType", "DatasetVersion": "DatasetVersion"},
    sortable=("CreateTime",),
    by="CreateTime",
    size=10,
)
crud(JOB, update_="UpdateDatasetJob")
crud(
    CONFIG,
    create_="CreateDatasetJobConfig",
    get="GetDatasetJobConfig",
    update_="UpdateDatasetJobConfig",
    delete_="DeleteDatasetJobConfig",
)


def _observed(world: World, job: Record) -> Record:
    """The task as it stands now: waiting, running through its files, or ended."""
    now, started = world.clock.now(), job["_at"] + START_S
    stopped = job.get("_stopped")
    at = min(now, stopped) if stopped is not None else now
    share = min(max((at - started) / RUN_S, 0.0), 1.0)
    status = (
        "Succeeded" if share == 1 else "Stopped" if stopped is not None else "Running" if at >= started else "Pending"
    )
    end = {"Succeeded": started + RUN_S, "Stopped": stopped}.get(status)
    finish = {"FinishTime": iso(end)} if end is not None else {}
    done = int(share * job["_files"])
    logs = [f"{iso(started)} {job['JobAction']}: {done} of {job['_files']} files"] if at >= started else []
    counts = {"CompletedFileCount": done, "FailedFileCount": 0, "TotalFileCount": job["_files"]}
    return {**job, **counts, **finish, "Status": status, "Logs": logs}


@handles("CreateDatasetJob")
def create_dataset_job(world: World, received: Received) -> dict[str, Any]:
    args, dataset = received.args, owned(world, DATASET, received)
    version = args.get("DatasetVersion") or versions(world, dataset)[-1]["VersionName"]
    find(world, VERSION, received, version)
    if args.get("JobMode") == "Increment" and args["JobAction"] not in ("SemanticIndex", "IntelligentTag"):
        raise invalid("JobMode", "only SemanticIndex and IntelligentTag work incrementally")
    count = sum(row["Status"] == "ACTIVE" for row in files(world, dataset["DatasetId"], version))
    extra = {"DatasetVersion": version, "_at": world.clock.now(), "_files": count}
    return shown(create(world, JOB, received, **extra), "CreateDatasetJob")


@handles("GetDatasetJob")
def get_dataset_job(world: World, received: Received) -> dict[str, Any]:
    return shown(_observed(world, find(world, JOB, received)), "GetDatasetJob")


@handles("ListDatasetJobs")
def list_dataset_jobs(world: World, received: Received) -> dict[str, Any]:
    found = [_observed(world, row) for row in rows(world, JOB, received)]
    logs = received.args.get("WithLogs")
    return JOBS.answer(received, found, lambda row: row if logs else row | {"Logs": None})


@handles("StopDatasetJob")
def stop_dataset_job(world: World, received: Received) -> dict[str, Any]:
    job = owned(world, JOB, received)
    status = _observed(world, job)["Status"]
    if status not in ("Pending", "Running"):
        raise ServiceError(400, "DatasetJobStatusError", f"A task that is {status} cannot be stopped.")
    job["_stopped"] = world.clock.now()
    return {}


@handles("DeleteDatasetJob")
def delete_dataset_job(world: World, received: Received) -> dict[str, Any]:
    status = _observed(world, owned(world, JOB, received))["Status"]
    if status in ("Pending", "Running"):
        raise ServiceError(400, "DatasetJobStatusError", f"A task that is {status} must be stopped first.")
    return shown(delete(world, JOB, received), "DeleteDatasetJob")


@handles("ListDatasetJobConfigs")
def list_dataset_job_configs(world: World, received: Received) -> dict[str, Any]:
    return CONFIGS.answer(received, rows(world, CONFIG, received))
