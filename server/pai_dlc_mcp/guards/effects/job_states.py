"""The states of a job and its pods, by what can still be done with them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...errors import InvalidArguments, NextStep
from ...timestamps import seconds_of
from ..validation.rule import is_given, no_effect, refuse

STARTING = frozenset({"Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking"})
"""On the way to Running."""
FINAL = frozenset({"Succeeded", "Failed", "Stopped"})
RESERVING = frozenset({"SucceededReserving", "FailedReserving"})
"""The command has ended; its nodes are kept for a while."""

REPRIORITISED = frozenset({"Creating", "Queuing", "EnvPreparing"})
"""Where a new priority still counts (R40)."""


Job = Mapping[str, Any]


def running_seconds(job: Job, now: float) -> float:
    """Seconds that the job has run, between its own times.

    ``Duration`` counts from the creation, so that it holds the wait as well; it serves only where a job that is past
    its start does not say when that was.
    """
    start, status = seconds_of(job.get("GmtRunningTime")), job.get("Status")
    end = seconds_of(job.get("GmtFinishTime")) if status in FINAL else None
    if start is not None:
        return max(0.0, (end or now) - start)
    return 0.0 if status in STARTING else _finite(job.get("Duration"))


def _finite(value: Any) -> float:
    """A number of the service as a float; 0 where it is none, infinite or beyond a float: JSON can say all three."""
    try:
        found = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
    except OverflowError:
        return 0.0
    return found if math.isfinite(found) else 0.0


def _status(job: Job) -> str:
    return _text_of(job, "Status")


def _text_of(job: Job, name: str) -> str:
    """What the service says of the job, as far as a refusal repeats it."""
    return str(job.get(name) or "unknown")[:40]


def r32(job: Job) -> str | None:
    """A job that is over cannot be stopped; where its nodes are still reserved the sources are silent: a remark."""
    status, field = _status(job), "job_id"
    if status == "Stopping":
        step = NextStep("dlc_wait_for_job", {"job_id": job.get("JobId")}, "Waits until it is Stopped.")
        raise no_effect("R32", field, "The job is Stopping already; a second stop does nothing.", step)
    if status in FINAL:
        raise no_effect("R32", field, f"The job has ended ({status}); there is nothing to stop.")
    if status in RESERVING:
        return f"The job's command has ended ({status}); whether a stop frees its reserved nodes is not documented."
    return None


def r40(job: Job) -> None:
    """A priority counts for a quota job that has not left the queue; the service drops any other and says 200."""
    status, quota = _status(job), is_in_quota(job)
    if quota and status in REPRIORITISED:
        return
    what = "a quota" if quota else "public resources (pay as you go)"
    raise no_effect(
        "R40",
        "priority",
        f"The service would drop the priority: the job is {status} on {what}, and a priority counts only for a quota "
        f"job that is {', '.join(sorted(REPRIORITISED))}; nothing was sent.",
    )


def is_in_quota(job: Job) -> bool:
    """Whether the job's pods run in a quota, not on public resources."""
    specs = [spec for spec in job.get("JobSpecs") or () if isinstance(spec, Mapping)]
    if any(is_given(spec.get("EcsSpec")) for spec in specs):
        return False
    return is_given(job.get("ResourceId")) or any(is_given(spec.get("QuotaId")) for spec in specs)


def r44(job: Job, args: Mapping[str, Any]) -> None:
    """Dashboards exist for a RayJob only; a shared one needs a token."""
    kind = _text_of(job, "JobType")
    if kind != "RayJob":
        message = f"Dashboards exist for a RayJob only and this is a {kind}; the service would give an empty address."
        raise no_effect("R44", "job_id", message)
    if args.get("isShared") is True and not is_given(args.get("token")):
        step = NextStep(
            "dlc_get_token", {"target_type": "job", "target_id": job.get("JobId")}, "Gives the token to share with."
        )
        raise no_effect("R44", "token", "A shared dashboard needs the token that get_token gives for the job.", step)


def r45(job: Job, pod_id: str) -> str | None:
    """A terminal needs a running job and a living pod of it."""
    status = _status(job)
    if status in RESERVING:
        return f"The job is {status}: its command has ended, and whether a terminal opens is not documented."
    if status != "Running":
        raise no_effect("R45", "job_id", f"A web terminal needs a Running job; this one is {status}.")
    pod = next((pod for pod in pods_of(job) if pod.get("PodId") == pod_id), None)
    if pod is None:
        raise unknown_pod("R45", job, pod_id, "dlc_get_web_terminal")
    if pod.get("Status") != "Running":
        message = f"A web terminal needs a Running pod; this one is {_status(pod)}."
        raise no_effect("R45", "pod_id", message, *_pod_steps("dlc_get_web_terminal", job, _living(job)))
    return None


def r61(job: Job, pod_id: str, tool: str) -> None:
    """A pod id is one of that job's, earlier instances included."""
    if not any(pod.get("PodId") == pod_id for pod in instances_of(job)):
        raise unknown_pod("R61", job, pod_id, tool)


def unknown_pod(rule: str, job: Job, pod_id: str, tool: str) -> InvalidArguments:
    """The refusal of a pod id that the job does not have, with those it has."""
    pods = list(pods_of(job))
    shown = ", ".join(f"{pod.get('PodId')} ({pod.get('Type')}, {pod.get('Status')})" for pod in pods[:8])
    more = f" and {len(pods) - 8} more" if len(pods) > 8 else ""
    has = f"its pods are {shown}{more}" if pods else f"it has no pods yet, being {_status(job)}"
    message = f"The job has no pod {str(pod_id)[:80]!r}; {has}."
    return refuse(rule, "pod_id", message, *_pod_steps(tool, job, pods))


def _pod_steps(tool: str, job: Job, pods: Sequence[Job]) -> list[NextStep]:
    if not pods:
        return [NextStep("dlc_get_job", {"job_id": job.get("JobId")}, "Shows the job's state and pods.")]
    arguments = {"job_id": job.get("JobId"), "pod_id": pods[0].get("PodId")}
    return [NextStep(tool, arguments, "The first pod of the job.")]


def _living(job: Job) -> list[Job]:
    return [pod for pod in pods_of(job) if pod.get("Status") == "Running"]


def pods_of(job: Job) -> Iterator[Job]:
    """The job's pods as they are now."""
    return (pod for pod in job.get("Pods") or () if isinstance(pod, Mapping))


def instances_of(job: Job) -> Iterator[Job]:
    """The job's pods, each with its earlier instances."""
    for pod in pods_of(job):
        yield pod
        yield from (old for old in pod.get("HistoryPods") or () if isinstance(old, Mapping))
