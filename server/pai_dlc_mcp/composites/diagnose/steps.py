"""The next calls for each cause: a fixed table in our words; nothing of it ever comes out of a log. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ...api.kinds import is_official_image
from .subject import Subject
from .verdict import Verdict

Step = Literal[
    "logs", "search", "quotas", "holders", "specs", "images", "clone", "datasets", "wait", "sanity", "metrics",
    "events", "stop", "compare",
]  # fmt: skip
STEPS: Mapping[Step, tuple[str, str]] = {
    "logs": ("dlc_get_pod_logs", "More of this pod's log."),
    "search": ("dlc_search_logs", "Look for errors over all pods."),
    "quotas": ("dlc_quota_status", "See which quota has room."),
    "holders": ("dlc_quota_status", "See who holds the quota, whose owners may free it, and who waits for it."),
    "specs": ("dlc_list_ecs_specs", "Find an instance type in stock, or one with more memory."),
    "images": ("aiworkspace_list_images", "Find an image that exists and holds what the program needs."),
    "clone": ("dlc_clone_job", "Start it again with what has to change; it shows the difference first."),
    "datasets": ("aiworkspace_list_datasets", "Check the dataset's address and who may read it."),
    "wait": ("dlc_wait_for_job", "Wait for its next change."),
    "sanity": ("dlc_list_job_sanity_check_results", "See each phase of the health check."),
    "metrics": ("dlc_get_job_metrics", "See the use of each pod over time."),
    "events": ("dlc_get_job_events", "All events of the job."),
    "stop": ("dlc_stop_job", "Stop it so that it does not hold GPUs for nothing; asks for confirmation."),
    "compare": ("dlc_list_jobs", "Find a job that ran well, to compare with dlc_compare_jobs."),
}

_IMAGE: tuple[Step, ...] = ("images", "clone")
_MOUNT: tuple[Step, ...] = ("datasets", "clone")
_QUOTA: tuple[Step, ...] = ("holders", "quotas", "wait")
_CODE: tuple[Step, ...] = ("logs", "clone")
BY_CAUSE: Mapping[str, tuple[Step, ...]] = {
    "gpu_memory": ("clone", "specs", "metrics"),
    "host_memory": ("specs", "clone", "metrics"),
    "node_memory": ("specs", "clone", "metrics"),
    "killed": ("metrics", "specs", "clone"),
    "child_killed": ("metrics", "specs", "clone"),
    "shared_memory": ("clone", "specs"),
    "disk_full": ("clone", "logs"),
    "missing_module": _IMAGE,
    "import_failed": _IMAGE,
    "missing_library": _IMAGE,
    "wrong_architecture": _IMAGE,
    "driver_mismatch": ("images", "specs", "clone"),
    "image_not_found": _IMAGE,
    "image_refused": _IMAGE,
    "image_unreachable": _IMAGE,
    "image_pull": _IMAGE,
    "image_rate_limited": _IMAGE,
    "image_architecture": _IMAGE,
    "image_disk": ("specs", "clone"),
    "mount_refused": _MOUNT,
    "mount_missing": _MOUNT,
    "mount_unreachable": _MOUNT,
    "mount_failed": _MOUNT,
    "file_exists": ("logs", "clone"),
    "missing_file": ("logs", "datasets", "clone"),
    "corrupt_data": ("logs", "datasets", "clone"),
    "file_permission": ("clone", "logs", "datasets"),
    "storage_fault": ("logs", "datasets", "clone"),
    "checkpoint_missing": ("logs", "datasets", "clone"),
    "checkpoint_mismatch": ("logs", "clone"),
    "quota_full": _QUOTA,
    "parent_quota": ("quotas", "wait"),
    "user_limit": _QUOTA,
    "queue_order": ("holders", "wait"),
    "fragmentation": ("holders", "clone", "wait"),
    "unschedulable": ("quotas", "specs", "wait"),
    "node_refused": ("quotas", "specs", "clone"),
    "node_cordoned": ("quotas", "wait"),
    "preempted": ("holders", "wait"),
    "no_stock": ("specs", "clone"),
    "bid_too_low": ("specs", "clone"),
    "priority_not_applied": ("specs", "quotas", "clone"),
    "spot_reclaimed": ("clone", "specs"),
    "gpu_hardware": ("sanity", "clone", "events"),
    "gpu_busy": ("clone", "events"),
    "fabric_manager": ("sanity", "clone", "events"),
    "gpu_throttled": ("metrics", "sanity", "stop"),
    "node_lost": ("clone", "events"),
    "sanity_failed": ("sanity", "clone"),
    "rdma": ("sanity", "clone", "events"),
    "hang": ("logs", "metrics", "stop"),
    "hang_in_start": ("logs", "events", "stop"),
    "hang_at_end": ("logs", "metrics", "stop"),
    "starting": ("wait", "logs", "metrics"),
    "straggler": ("metrics", "sanity", "logs"),
    "idle": ("metrics", "logs", "stop"),
    "input_bound": ("metrics", "clone"),
    "not_a_number": ("logs", "clone"),
    "restart_loop": ("events", "sanity", "logs"),
    "restarting": ("wait", "events"),
    "runs_with_errors": ("logs", "wait"),
    "package_not_found": ("clone", "logs"),
    "quota_too_small": ("quotas", "clone"),
    "healthy": ("wait", "metrics"),
    "unclear": ("logs", "metrics", "wait"),
    "waiting": ("wait", "events"),
    "time_limit": ("clone", "logs"),
    "stopped_by_person": ("clone", "events"),
    "succeeded": ("compare",),
    "collective_timeout": ("search", "logs", "events"),
    "terminated": ("search", "logs", "events"),
    "mpi_launch": ("logs", "events", "clone"),
    "exception": _CODE,
    "assertion": _CODE,
}
OTHERWISE: tuple[Step, ...] = ("logs", "search", "clone")
UNEXPLAINED: tuple[Step, ...] = ("search", "logs", "events")


def next_steps(verdict: Verdict, given: Mapping[Step, Mapping[str, Any]], most: int = 3) -> list[dict[str, Any]]:
    """The steps for a cause; ``given`` holds the arguments of each step that can be called as it stands."""
    names: Sequence[Step] = BY_CAUSE.get(verdict.cause, UNEXPLAINED if verdict.confidence == "low" else OTHERWISE)
    chosen = [name for name in names if name in given][:most]
    return [{"tool": STEPS[name][0], "arguments": dict(given[name]), "why": STEPS[name][1]} for name in chosen]


def _has_own_image(subject: Subject) -> bool:
    """Whether the job runs an image of its workspace: another one stands beside it there, not among the official."""
    specs = subject.job.get("JobSpecs")
    images = [
        str(spec.get("Image")) for spec in (specs if isinstance(specs, list) else []) if isinstance(spec, Mapping)
    ]
    return any(not is_official_image(image) for image in images)


def arguments_of(subject: Subject, verdict: Verdict, region: str) -> dict[Step, dict[str, Any]]:
    """The arguments of each step, complete, for the steps that can be called as they stand."""
    job = {"region": region, "job_id": subject.id}
    pod = verdict.pod or (subject.pods[0].id if subject.pods else None)
    of_the_job: tuple[Step, ...] = ("clone", "wait", "sanity", "events", "stop")
    of_the_region: tuple[Step, ...] = ("quotas", "specs", "images")
    given: dict[Step, dict[str, Any]] = {**dict.fromkeys(of_the_job, job)}
    given |= {name: {"region": region} for name in of_the_region}
    given["search"] = job | {"text": "error"}
    workspace = subject.job.get("WorkspaceId")
    if workspace:
        if _has_own_image(subject):
            given["images"] = {"region": region, "workspace_id": str(workspace)}
        given["datasets"] = {"region": region, "workspace_id": str(workspace)}
        given["quotas"] = {"region": region, "workspace_id": str(workspace)}
        given["compare"] = {"region": region, "workspace_id": str(workspace), "status": "Succeeded"}
    of_memory = verdict.cause in ("host_memory", "killed", "child_killed", "node_memory")
    kind = "MemoryUsage" if of_memory or not subject.job.get("RequestGPU") else "GpuCoreUsage"
    given["metrics"] = job | {"metric_type": kind}
    if subject.job.get("GmtFinishTime") and subject.created:
        given["metrics"] |= {"start_time": subject.created, "end_time": subject.job["GmtFinishTime"]}
    if pod is not None:
        given["logs"] = job | {"pod_id": pod}
    if subject.quota:
        given["holders"] = {"region": region, "quota_id": subject.quota}
    return given
