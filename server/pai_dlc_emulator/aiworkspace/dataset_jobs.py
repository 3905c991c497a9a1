"""Tasks on a dataset (indexing, tagging, import, export) and their settings. Tasks run on the world's clock."""

from __future__ import annotations

from typing import Any

from ..clock import iso
from ..listing import Listing
from ..wire import Received, Record, ServiceError, invalid
from ..world import World, handles
from .dataset_files import files
from .datasets import DATASET, VERSION, versions
from .nouns import Noun
from .store import as_answer, create_record, delete_record, find_owned, find_record, register_crud, visible_records

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
register_crud(JOB, update_="UpdateDatasetJob")
register_crud(
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
    args, dataset = received.args, find_owned(world, DATASET, received)
    version = args.get("DatasetVersion") or versions(world, dataset)[-1]["VersionName"]
    find_record(world, VERSION, received, version)
    if args.get("JobMode") == "Increment" and args["JobAction"] not in ("SemanticIndex", "IntelligentTag"):
        raise invalid("JobMode", "only SemanticIndex and IntelligentTag work incrementally")
    count = sum(row["Status"] == "ACTIVE" for row in files(world, dataset["DatasetId"], version))
    extra = {"DatasetVersion": version, "_at": world.clock.now(), "_files": count}
    return as_answer(create_record(world, JOB, received, **extra), "CreateDatasetJob")


@handles("GetDatasetJob")
def get_dataset_job(world: World, received: Received) -> dict[str, Any]:
    return as_answer(_observed(world, find_record(world, JOB, received)), "GetDatasetJob")


@handles("ListDatasetJobs")
def list_dataset_jobs(world: World, received: Received) -> dict[str, Any]:
    found = [_observed(world, row) for row in visible_records(world, JOB, received)]
    logs = received.args.get("WithLogs")
    return JOBS.answer(received, found, lambda row: row if logs else row | {"Logs": None})


@handles("StopDatasetJob")
def stop_dataset_job(world: World, received: Received) -> dict[str, Any]:
    job = find_owned(world, JOB, received)
    status = _observed(world, job)["Status"]
    if status not in ("Pending", "Running"):
        raise ServiceError(400, "DatasetJobStatusError", f"A task that is {status} cannot be stopped.")
    job["_stopped"] = world.clock.now()
    return {}


@handles("DeleteDatasetJob")
def delete_dataset_job(world: World, received: Received) -> dict[str, Any]:
    status = _observed(world, find_owned(world, JOB, received))["Status"]
    if status in ("Pending", "Running"):
        raise ServiceError(400, "DatasetJobStatusError", f"A task that is {status} must be stopped first.")
    return as_answer(delete_record(world, JOB, received), "DeleteDatasetJob")


@handles("ListDatasetJobConfigs")
def list_dataset_job_configs(world: World, received: Received) -> dict[str, Any]:
    return CONFIGS.answer(received, visible_records(world, CONFIG, received))
