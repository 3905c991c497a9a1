"""The pods of a job at one moment: derived from the job's states and the rules of its behaviour.

A job that restarts has its pods again in each Running state; one such round is an attempt, counted from 1.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from . import timeline
from .behaviour import Mark, PodRule, within
from .resources import Demand, pod_demand
from .state import Job


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod in one attempt. Times are epoch seconds; ``began`` and ``ended`` None before they happen, ``due``
    is the end as planned."""

    id: str
    uid: str
    role: str
    rank: int
    attempt: int
    demand: Demand
    node: str
    ip: str
    created: float
    began: float | None
    ended: float | None
    status: str
    sub_status: str
    exit_code: int | None
    exit_reason: str
    rules: tuple[PodRule, ...]
    due: float | None


@dataclass(frozen=True, slots=True)
class Replica:
    """Where a pod stands in its job, before any time: its role and its number among all pods."""

    role: str
    in_role: int
    rank: int
    spec: dict[str, Any]

    @property
    def spec_role(self) -> str:
        """The role as the job's spec has it; the master of a PyTorchJob of workers is a Worker there."""
        return str(self.spec.get("Type") or "Worker")

    def pod_id(self, job: Job) -> str:
        return f"{job.id}-{self.role.lower()}-{self.in_role}"


def replicas(job: Job) -> list[Replica]:
    """All pods by rank. A PyTorchJob of workers has its first pod as master, as the service names it."""
    found: list[Replica] = []
    counts: Counter[str] = Counter()
    for role, count, spec in _groups(job):
        first = counts[role]
        counts[role] += count
        found += [Replica(role, first + i, len(found) + i, spec) for i in range(count)]
    return found


def _groups(job: Job) -> list[tuple[str, int, dict[str, Any]]]:
    """Role, number of pods and job spec, in the order of ranks."""
    specs = job.args.get("JobSpecs") or []
    found = [(str(spec.get("Type") or "Worker"), int(spec.get("PodCount") or 1), spec) for spec in specs]
    if job.args["JobType"] != "PyTorchJob" or not found or any(role == "Master" for role, _, _ in found):
        return found
    role, count, spec = found[0]
    return [("Master", 1, spec), *([(role, count - 1, spec)] if count > 1 else []), *found[1:]]


def pod_count(job: Job) -> int:
    return sum(int(spec.get("PodCount") or 1) for spec in job.args.get("JobSpecs") or [])


def pod_id(job: Job, rank: int) -> str:
    """The id of the pod of that rank, without making all the others."""
    seen: Counter[str] = Counter()
    for role, count, _ in _groups(job):
        if rank < count:
            return f"{job.id}-{role.lower()}-{seen[role] + rank}"
        rank, seen[role] = rank - count, seen[role] + count
    raise IndexError(rank)


def attempts(job: Job, now: float) -> int:
    """How many rounds of pods there have been, the one now being prepared included; 0 before the first."""
    seen = timeline.past(job, now)
    if not any(mark.status == "EnvPreparing" for mark in seen):
        return 0
    return max(1, sum(mark.status == "Running" for mark in seen))


def current_pods(job: Job, now: float) -> list[Pod]:
    """The pods of the latest attempt."""
    last = attempts(job, now)
    return [pod_at(job, replica, last, now) for replica in replicas(job)] if last else []


def history(job: Job, replica: Replica, now: float) -> list[Pod]:
    """The same pod in the earlier attempts, newest first."""
    return [pod_at(job, replica, attempt, now) for attempt in range(attempts(job, now) - 1, 0, -1)]


def find_pod(job: Job, pod_id: str, now: float, uid: str = "") -> Pod | None:
    """The pod of that name, in the attempt that ``uid`` names or else in the latest."""
    replica = next((replica for replica in replicas(job) if replica.pod_id(job) == pod_id), None)
    last = attempts(job, now)
    if replica is None or not last:
        return None
    every = (pod_at(job, replica, attempt, now) for attempt in range(last, 0, -1))
    return next((one for one in every if uid in ("", one.uid)), None)


def pod_at(job: Job, replica: Replica, attempt: int, now: float) -> Pod:
    """One pod as it is at ``now``, its own rules applied."""
    marks = timeline.marks(job)
    rules = tuple(rule for rule in job.behaviour.pods if applies(rule, replica.rank, pod_count(job), attempt))
    created, began, ended = _times(job, replica.rank, marks, attempt, rules)
    if job.run is not None:
        began, ended = job.run.times(replica.rank, began, ended)
    name = replica.pod_id(job)
    draft = Pod(
        id=name, uid=_uid(name, attempt), role=replica.role, rank=replica.rank, attempt=attempt,
        demand=pod_demand(replica.spec), node=_node(job, replica, attempt), ip=_address(name, attempt), created=created,
        began=began if began is not None and began <= now else None,
        ended=ended if ended is not None and ended <= now else None,
        status="Pending", sub_status=_last(rules, "sub_status") or "Normal", exit_code=None, exit_reason="",
        rules=rules, due=ended,
    )  # fmt: skip
    return _with_status(job, draft, marks)


def applies(rule: PodRule, rank: int, count: int, attempt: int) -> bool:
    """Whether a rule is about this pod; numbers wrap around so that a behaviour fits a job of any size."""
    if rule.attempt not in (None, attempt):
        return False
    which = rule.which.removeprefix("not ")
    named = {"first": 0, "last": count - 1}
    chosen = which == "all" or rank == (named[which] if which in named else int(which) % count)
    return chosen != rule.which.startswith("not ")


def _times(
    job: Job, rank: int, marks: tuple[Mark, ...], attempt: int, rules: tuple[PodRule, ...]
) -> tuple[float, float | None, float | None]:
    """When the pod was created, started and ended, if nothing cuts the plan short."""
    running = [mark for mark in marks if mark.status == "Running"]
    preparing = next((mark.start for mark in marks if mark.status == "EnvPreparing"), job.created)
    mine = running[attempt - 1] if len(running) >= attempt else None
    previous = running[attempt - 2].end if attempt > 1 else None
    created = preparing if previous is None else previous + 1
    starts, ends = _last(rules, "starts"), _last(rules, "ends")
    began = _start(starts, marks, mine)
    natural = mine.end if mine else timeline.end_time(job)
    ended = within(ends, marks) if ends else None
    if ended is None or (natural is not None and ended > natural and marks[-1].status == "Stopped"):
        ended = natural
    if _is_killed(job, rank) and job.killed is not None and mine is not None and mine.end == timeline.end_time(job):
        ended = job.killed.at if ended is None else min(ended, job.killed.at)
    return created, began, ended


def _start(starts: str | None, marks: tuple[Mark, ...], mine: Mark | None) -> float | None:
    """A pod whose image cannot be had never starts."""
    if starts == "never":
        return None
    return within(starts, marks) if starts else (mine.start if mine else None)


def _with_status(job: Job, draft: Pod, marks: tuple[Mark, ...]) -> Pod:
    """Fill in the status and, once the pod has ended, how."""
    if draft.ended is None:
        return replace(draft, status="Pending" if draft.began is None else "Running")
    code, reason = _exit(job, draft, marks)
    status = _last(draft.rules, "status") or ("Succeeded" if code == 0 else "Failed")
    return replace(draft, status=status, exit_code=code if draft.began is not None else None, exit_reason=reason)


def _exit(job: Job, draft: Pod, marks: tuple[Mark, ...]) -> tuple[int, str]:
    """The scripted exit; else 0 where the attempt succeeded, and 143 (SIGTERM) where the pod was taken down."""
    if job.run is not None:
        return job.run.exit(draft.rank)
    if job.killed is not None and draft.ended is not None and draft.ended >= job.killed.at:
        return (job.killed.exit_code, "Error") if _is_killed(job, draft.rank) else (143, "Terminated")
    scripted = _last(draft.rules, "exit_code")
    if scripted is not None and not cut_short(job, draft, marks):
        return int(scripted), _last(draft.rules, "exit_reason") or ("Completed" if scripted == 0 else "Error")
    return (0, "Completed") if _outcome(marks, draft.attempt).startswith("Succeeded") else (143, "Terminated")


def _is_killed(job: Job, rank: int) -> bool:
    return job.killed is not None and rank in job.killed.ranks


def cut_short(job: Job, pod: Pod, marks: tuple[Mark, ...]) -> bool:
    """Whether a stop, a time limit or a signal took the pod down before its script was over."""
    if job.killed is not None:
        return pod.ended is not None and pod.ended >= job.killed.at
    return marks[-1].status == "Stopped" and pod.ended is not None and pod.ended >= marks[-2].start


def _outcome(marks: tuple[Mark, ...], attempt: int) -> str:
    """The state that followed an attempt's Running."""
    running = [place for place, mark in enumerate(marks) if mark.status == "Running"]
    after = running[attempt - 1] + 1 if len(running) >= attempt else len(marks) - 1
    return marks[min(after, len(marks) - 1)].status


def _last(rules: tuple[PodRule, ...], name: str) -> Any:
    """What the last rule that speaks about it says."""
    said = [value for rule in rules if (value := getattr(rule, name)) is not None]
    return said[-1] if said else None


def _digest(*parts: object) -> bytes:
    return hashlib.sha256("/".join(map(str, parts)).encode()).digest()


def _uid(pod_id: str, attempt: int) -> str:
    text = _digest("uid", pod_id, attempt).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def _address(pod_id: str, attempt: int) -> str:
    digest = _digest("ip", pod_id, attempt)
    return f"10.{digest[0] % 32}.{digest[1]}.{digest[2] % 250 + 1}"


def _node(job: Job, replica: Replica, attempt: int) -> str:
    """The machine: public jobs get one a pod, quota jobs share eight-GPU machines of the quota.

    The three forms are recorded: ``<region>.<ip>``, ``i-<instance>``, and ``e01-<region>-...`` on Lingjun.
    """
    if not job.quota_id:
        return f"{job.region}.{_address(replica.pod_id(job), 1)}"
    share = max(1, int(8 // max(pod_demand(replica.spec).gpu, 1)))
    group = "" if job.behaviour.setting.get("same_node", True) else attempt
    digest = _digest("node", job.quota_id, job.id, replica.rank // share, group).hex()
    return f"e01-{job.region}-{digest[:12]}" if job.facts.get("lingjun") else f"i-{digest[:20]}"
