"""What a diagnosis concludes, and the fixed table of next steps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .hits import Hit, plain
from .patterns import DECISIVE, KIND, SPECIFIC

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of evidence in other people's words, and where it stood."""

    source: str
    text: str
    pod: str | None = None


@dataclass
class Verdict:
    """The conclusion. ``summary`` and ``facts`` are ours; ``quotes`` and ``lines`` are other people's words (R64)."""

    cause: str
    category: str
    summary: str
    confidence: Confidence
    pod: str | None = None
    quotes: list[Quote] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


def quote(hit: Hit) -> Quote:
    return Quote(hit.source, hit.text, hit.pod)


def quotes_of(chosen: Hit, hits: Iterable[Hit], most: int = 4) -> list[Quote]:
    """The chosen words first, then others of the same cause, each message once, at most two of a source."""
    found = [chosen] if chosen.text else []
    said = {plain(hit.text) for hit in found}
    for hit in sorted(hits, key=lambda hit: -hit.pattern.weight):
        same = hit.pattern.code == chosen.pattern.code and hit.text and plain(hit.text) not in said
        if same and sum(one.source == hit.source for one in found) < 2:
            found.append(hit)
            said.add(plain(hit.text))
    return [quote(hit) for hit in found[:most]]


def confidence_in(hit: Hit, confirmed: bool) -> Confidence:
    """High for the platform's own verdict or an exact error that something else confirms."""
    if hit.pattern.weight >= DECISIVE or (hit.pattern.weight >= SPECIFIC and confirmed):
        return "high"
    return "medium" if hit.pattern.weight >= KIND or hit.final else "low"


STEPS: Mapping[str, tuple[str, str]] = {
    "logs": ("dlc_get_pod_logs", "More of this pod's log."),
    "search": ("dlc_search_logs", "Look for a word over all pods."),
    "quotas": ("aiworkspace_list_quotas", "See which quota has room."),
    "holders": ("dlc_list_jobs", "See who holds the quota; their owners may free it."),
    "specs": ("dlc_list_ecs_specs", "Find an instance type that is in stock, or one with more memory."),
    "images": ("aiworkspace_list_images", "Find an image that exists and holds what the program needs."),
    "clone": ("dlc_clone_job", "Start it again with what has to change; it shows the difference first."),
    "datasets": ("aiworkspace_list_datasets", "Check the dataset's address and who may read it."),
    "wait": ("dlc_wait_for_job", "Wait for its next change."),
    "sanity": ("dlc_list_job_sanity_check_results", "See each phase of the health check."),
    "metrics": ("dlc_get_job_metrics", "See the use of each pod over time."),
    "events": ("dlc_get_job_events", "All events of the job."),
    "stop": ("dlc_stop_job", "Stop it so that it does not hold GPUs for nothing; asks for confirmation."),
    "compare": ("dlc_compare_jobs", "Compare with a job that ran well."),
}
"""Everything that may be proposed, in our words; nothing of it ever comes out of a log."""

BY_CAUSE: Mapping[str, tuple[str, ...]] = {
    "gpu_memory": ("clone", "specs", "metrics"),
    "host_memory": ("clone", "specs", "metrics"),
    "shared_memory": ("clone", "specs"),
    "disk_full": ("clone", "logs"),
    "missing_module": ("images", "clone"),
    "import_failed": ("images", "clone"),
    "missing_library": ("images", "clone"),
    "driver_mismatch": ("images", "specs", "clone"),
    "image_not_found": ("images", "clone"),
    "image_refused": ("images", "clone"),
    "image_unreachable": ("images", "clone"),
    "image_pull": ("images", "clone"),
    "mount_refused": ("datasets", "clone"),
    "mount_missing": ("datasets", "clone"),
    "mount_unreachable": ("datasets", "clone"),
    "mount_failed": ("datasets", "clone"),
    "quota_full": ("holders", "quotas", "wait"),
    "parent_quota": ("quotas", "wait"),
    "user_limit": ("holders", "quotas", "wait"),
    "queue_order": ("holders", "wait"),
    "fragmentation": ("holders", "clone", "wait"),
    "unschedulable": ("quotas", "wait"),
    "preempted": ("holders", "wait"),
    "no_stock": ("specs", "clone"),
    "bid_too_low": ("specs", "clone"),
    "priority_not_applied": ("specs", "quotas", "clone"),
    "spot_reclaimed": ("clone", "specs"),
    "gpu_hardware": ("sanity", "clone", "events"),
    "gpu_throttled": ("metrics", "sanity", "stop"),
    "node_lost": ("clone", "events"),
    "sanity_failed": ("sanity", "clone"),
    "hang": ("logs", "metrics", "stop"),
    "hang_in_start": ("logs", "events", "stop"),
    "straggler": ("metrics", "sanity", "logs"),
    "idle": ("metrics", "logs", "stop"),
    "input_bound": ("metrics", "clone"),
    "not_a_number": ("logs", "stop", "clone"),
    "restart_loop": ("events", "sanity", "logs"),
    "restarting": ("wait", "events"),
    "runs_with_errors": ("logs", "wait"),
    "package_not_found": ("clone", "logs"),
    "quota_too_small": ("quotas", "clone"),
    "healthy": ("wait", "metrics"),
    "waiting": ("wait", "events"),
    "time_limit": ("clone", "logs"),
    "stopped_by_person": ("clone", "events"),
    "succeeded": ("compare",),
}
OTHERWISE = ("logs", "events", "clone")


def next_steps(cause: str, given: Mapping[str, Mapping[str, Any]], most: int = 3) -> list[dict[str, Any]]:
    """The steps for a cause; ``given`` holds the arguments of each step that can be called as it stands."""
    names: Sequence[str] = [name for name in BY_CAUSE.get(cause, OTHERWISE) if name in given][:most]
    return [{"tool": STEPS[name][0], "arguments": dict(given[name]), "why": STEPS[name][1]} for name in names]
