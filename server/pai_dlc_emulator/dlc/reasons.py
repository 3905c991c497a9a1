"""Why a job is in its state, in the service's own codes and words (recorded from answers of 2022 and 2026)."""

from __future__ import annotations

import json
from collections import defaultdict

from . import timeline
from .behaviour import Mark
from .output import fill, job_values
from .pods import Pod, attempts, pod_at, replicas
from .state import Job

SIGTERM_EXIT = 143
NEVER_STARTED_EXIT = 128
"""What the service reports of a container that it could not start."""
_TEXTS = {
    "Queuing": ("JobEnqueued", "sync enqueue status from queueUnit status"),
    "EnvPreparing": (
        "JobPreparing", "{type} {job} has been successfully scheduled and is now entering the preparation phase.",
    ),
    "Running": ("JobRunning", "{type} {job} is running."),
    "SucceededReserving": ("JobSucceeded", "{type} {job} is successfully completed."),
    "Succeeded": ("JobSucceeded", "{type} {job} is successfully completed."),
}  # fmt: skip
"""By state. The code of Running is by analogy: only its message is on record."""


def reason_of(job: Job, mark: Mark) -> tuple[str, str]:
    """Code and message of a state: what its script says, else what the service says of every such job."""
    if mark.reason_code or mark.reason_message:
        return mark.reason_code, fill(mark.reason_message, job_values(job))
    if mark.status in ("Failed", "FailedReserving"):
        return "JobFailed", json.dumps(_failure(job, mark), separators=(",", ":"))
    code, text = _TEXTS.get(mark.status, ("", ""))
    return code, text.format(type=job.args["JobType"], job=job.id)


def summary_of(job: Job, mark: Mark) -> str:
    """The message as one sentence, for events: of a failure only its overview."""
    if mark.status == "Failed" and not mark.reason_message:
        return str(_failure(job, mark)["overview"])
    return reason_of(job, mark)[1] or f"{job.args['JobType']} {job.id} is {mark.status}."


def _failure(job: Job, mark: Mark) -> dict[str, object]:
    """What failed; worked out once for a job whose plan stays as it is."""
    marks = timeline.marks(job)
    if job.failure_memo is None or job.failure_memo[0] is not marks:
        job.failure_memo = (marks, _work_out_failure(job, mark))
    found: dict[str, object] = job.failure_memo[1]
    return found


def _work_out_failure(job: Job, mark: Mark) -> dict[str, object]:
    """An overview, then pods by role and exit code (as text, with the Unix time as text)."""
    last = max(1, attempts(job, mark.start))
    pods = [pod_at(job, replica, last, mark.start) for replica in replicas(job)]
    own = [pod for pod in pods if _code(pod) not in (0, SIGTERM_EXIT)] or pods
    counts: dict[str, int] = defaultdict(int)
    groups: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for pod in own:
        counts[pod.role] += 1
        groups[_code(pod)][pod.role].append(int(pod.id.rpartition("-")[2]))
    replica_counts = ", ".join(f"{count} {role} replica(s)" for role, count in counts.items())
    return {
        "overview": f"{job.args['JobType']} {job.id} failed because {replica_counts} failed.",
        "content": [
            {"time": str(int(mark.start)), "pods": dict(roles), "reason": str(code)} for code, roles in groups.items()
        ],
    }


def _code(pod: Pod) -> int:
    return NEVER_STARTED_EXIT if pod.exit_code is None else pod.exit_code
