"""Why a job failed, decided from what was read: who ended first and how, and what nobody caught. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...guards.effects.job_states import running_seconds
from ...timestamps import seconds_of
from .causes import DECISIVE, KIND, SPECIFIC, SYMPTOM, Cause, lessened
from .causes_network import NETWORK
from .causes_platform import ENDS, START, WAITS
from .evidence import Finding, LogReading, explains, strongest
from .exits import after_exception, death, exit_code
from .material import Material, is_earlier, pod_of
from .platform_words import platform_findings
from .restarts import restart_findings
from .subject import Pod, Subject, in_order_of_failure

SANITY = next(one for one in ENDS if one.code == "sanity_failed")
HOST_MEMORY = next(one for one in ENDS if one.code == "host_memory")
LIMIT = next(one for one in ENDS if one.code == "time_limit")
PACKAGE_NETWORK = replace(
    next(one for one in NETWORK if one.code == "unreachable"),
    meaning="a package could not be fetched: the network failed",
)
NAME = next(one for one in NETWORK if one.code == "name_resolution")
NETWORK_CODES = frozenset({"unreachable", "name_resolution", "refused"})
UNREACHED = frozenset({"unreachable", "refused", "package_not_found"})
"""What an unknown name leads to."""
FULL_PERCENT = 95.0
LATE_S = 900.0
"""Events and restarts this long before the end were got over."""
TOGETHER_S = 120.0
"""Pods that ended this close to each other may have ended of one cause, whichever was seen first."""
_NOT_INSTALLED = re.compile(r"Could not install packages due to an ")
"""What pip says before the system's word that ended it."""
_MODULE = re.compile(r"No module named '?(\w+)")
_KILLS, _MISSING = (
    frozenset({"killed", "host_memory", "child_killed"}),
    frozenset({"missing_file", "missing_module", "missing_library", "command_not_found", "checkpoint_missing"}),
)
_FETCHER = re.compile(
    r": line \d+: +\d+ Killed\b.*(?<![\w/-])[\"'$({]*(?:/[\w./-]+/)?(?:conda|CONDA_EXE|mamba|micromamba|pip3?|uv|poetry"
    r"|apt(?:-get)?|yum|dnf|git|wget|curl|aria2c|rsync|rclone|ossutil\w*|huggingface-cli|modelscope|tar|unzip|make|cmake"
    r"|ninja)\b"
)
"""How a shell reports that it lost a program which installs, fetches, unpacks or builds."""
STARTS = frozenset(one.code for one in START)
"""What only matters to a job that never ran."""
WAITED = frozenset(one.code for one in WAITS) | STARTS
"""What only matters to a pod that never began."""
OF_NO_POD = ("time_limit", "stopped_by_person", "preempted", "account_overdue", "recycled")


@dataclass(frozen=True)
class Case:
    """What is known of one failed pod, or of one of its earlier runs (``key`` with ``@``)."""

    pod: Pod
    key: str
    reading: LogReading
    findings: tuple[Finding, ...]
    code: int | None

    @property
    def best(self) -> Finding | None:
        return strongest(self.findings)


@dataclass(frozen=True)
class Decision:
    """The chosen finding and the pod it blames. ``is_settled`` says that another look would not help;
    ``has_conflict`` that other words speak as strongly for another cause."""

    cases: tuple[Case, ...]
    chosen: Finding | None
    pod: Pod | None
    code: int | None
    of_job: tuple[Finding, ...]
    has_conflict: bool

    @property
    def is_settled(self) -> bool:
        return self.chosen is not None and (
            self.chosen.cause.weight >= SPECIFIC or (self.chosen.final and explains(self.chosen))
        )

    @property
    def case(self) -> Case | None:
        """The case that the chosen finding stands in, else the one of the blamed pod."""
        held = next((one for one in self.cases if self.chosen is not None and self.chosen in one.findings), None)
        return held or next((one for one in self.cases if self.pod is not None and one.pod.id == self.pod.id), None)


def decide(material: Material) -> Decision:
    """Of the pods in the order of their failure the first that explains itself, or the platform's word."""
    subject = material.subject
    cases = tuple(_case(material, key) for key in _keys(material))
    of_job = tuple(job_findings(material))
    causal = _causal(cases)
    chosen = _chosen(of_job, causal)
    pod = _pod_of(subject, chosen, causal)
    code = next((case.code for case in cases if pod is not None and case.pod.id == pod.id and case.code), None)
    code = code if code is not None else exit_code([subject.reason])
    return Decision(cases, chosen, pod, code, of_job, _has_conflict(cases, chosen, causal))


def _keys(material: Material) -> list[str]:
    """Pods that were read, in the order of their failure; earlier runs behind."""
    order = {pod.id: place for place, pod in enumerate(in_order_of_failure(material.subject))}
    read = list(dict.fromkeys([*material.logs, *material.pod_events]))
    return sorted(read, key=lambda key: (is_earlier(key), order.get(pod_of(key), len(order))))


def _case(material: Material, key: str) -> Case:
    subject = material.subject
    pod = subject.pod(pod_of(key)) or subject.pods[0]
    events, reading = material.pod_events.get(key, []), material.reading(key)
    of_platform = [one for one in platform_findings(events, "pod_event", pod.id) if _counts(one, pod)]
    code = exit_code([*events, *material.logs.get(key, [])[-5:]])
    code = (
        code
        or subject.reported.get(pod.id, (None, None))[0]
        or (exit_code([subject.reason]) if pod in subject.named_in(subject.reason) else None)
    )
    ended = _ended(material, pod, code, events, reading)
    return Case(pod, key, reading, (*_refined(reading), *of_platform, *ended), code)


def _counts(finding: Finding, pod: Pod) -> bool:
    """A pod that ran got over whatever delayed its start."""
    return pod.started is None or finding.cause.code not in WAITED


def _ended(material: Material, pod: Pod, code: int | None, events: Sequence[str], reading: LogReading) -> list[Finding]:
    """What the exit code says, and beside it the memory that the pod used."""
    shown = next((line for line in events if exit_code([line]) == code), None)
    reason = material.subject.reason if not material.subject.reported else f"exit code {code}, as the platform reports"
    finding = death(code, "exit", shown or reason, pod.id, reading.lines)
    if finding is None:
        return []
    if finding.cause.code == "killed":
        samples = material.metrics.get("MemoryUsage", {}).get(pod.id, [])
        peak = max((value for _, value in samples), default=None)
        if peak is not None:
            of_memory = replace(HOST_MEMORY, weight=SPECIFIC) if peak >= FULL_PERCENT else finding.cause
            text = f"exit code {code}; highest MemoryUsage of the pod: {peak:g} %"
            return [replace(finding, cause=of_memory, source="metric", text=text)]
    return [after_exception(finding, reading)]


def _refined(reading: LogReading) -> list[Finding]:
    """What failed of a failed network, at its exact word: a package that was not found after the network failed was not
    fetched, and an address that could not be reached after its name was not resolved has no name."""
    found = _of_installs(reading.findings)
    network = [one for one in found if one.cause.area == "network" and one.cause.code in NETWORK_CODES]
    if not network:
        return found
    first = network[0].line
    found = [
        replace(one, cause=PACKAGE_NETWORK) if one.cause.code == "package_not_found" and first <= one.line else one
        for one in found
    ]
    reached = max((one for one in found if one.cause.code in UNREACHED), key=lambda one: one.strength, default=None)
    names = [one for one in found if one.cause.code == "name_resolution"]
    if reached is None or not names or names[0].line > reached.line:
        return found
    exact = replace(names[0], cause=NAME, final=names[0].final or reached.final, rank=names[0].rank or reached.rank)
    return [exact, *(one for one in found if one is not names[0])]


def _of_installs(findings: Sequence[Finding]) -> list[Finding]:
    """What is missing after the installation of its package failed is a consequence of that; so is whatever is missing
    after a program was killed that installs or fetches."""
    installs = [one for one in findings if one.cause.code == "package_not_found" or _NOT_INSTALLED.search(one.text)]
    killed = next((one.line for one in findings if one.cause.code in _KILLS and _FETCHER.search(one.text)), None)
    return [
        replace(one, cause=lessened(one.cause, SYMPTOM))
        if _was_to_be_installed(one, installs)
        or (killed is not None and one.cause.code in _MISSING and one.line > killed)
        else one
        for one in findings
    ]


def _was_to_be_installed(finding: Finding, installs: Sequence[Finding]) -> bool:
    named = _MODULE.search(finding.text) if finding.cause.code == "missing_module" else None
    if named is None:
        return False
    package = re.compile(rf"\b{re.escape(named[1]).replace('_', '[-_]')}\b", re.IGNORECASE)
    before = [one for one in installs if one.line < finding.line]
    return any(package.search(one.text) or _NOT_INSTALLED.search(one.text) for one in before)


def _causal(cases: Sequence[Case]) -> Case | None:
    """The case to blame: the platform's exact word where pods ended together, else the earliest that explains itself.

    Pods that died of the network are asked after those that ended with them of something else: they lost a peer.
    """
    decisive = [one for one in cases if one.best is not None and one.best.cause.weight >= DECISIVE]
    if decisive and _together(cases[0], decisive[0]):
        return decisive[0]
    explained = [one for one in cases if one.best is not None and _is_plain(one.best)]
    if explained:
        first = explained[0]
        if first.best is not None and first.best.cause.area == "network":
            other = next((one for one in explained if one.best is not None and one.best.cause.area != "network"), None)
            return other if other is not None and _together(first, other) else first
        return first
    return next((one for one in cases if explains(one.best)), cases[0] if cases else None)


def _together(first: Case, other: Case) -> bool:
    """Whether two pods ended close to each other; where a time is not known, they may have."""
    if first.pod.finished is None or other.pod.finished is None:
        return True
    return other.pod.finished - first.pod.finished <= TOGETHER_S


def _is_plain(finding: Finding) -> bool:
    return finding.cause.weight >= KIND or (finding.final and explains(finding))


def _chosen(of_job: Sequence[Finding], causal: Case | None) -> Finding | None:
    """The strongest of: the causal pod's own words, the job's reason, late job events, restarts, health checks."""
    job, pod = strongest(of_job), causal.best if causal is not None else None
    if job is None or pod is None:
        return pod or job
    return job if job.cause.weight > pod.cause.weight else pod


def _has_conflict(cases: Sequence[Case], chosen: Finding | None, causal: Case | None) -> bool:
    """Whether a pod or rank that ended no later says something else as exactly."""
    if chosen is None or causal is None or chosen.cause.weight >= DECISIVE:
        return False
    said = (chosen.cause.code, chosen.rank, chosen.source)
    own = [one for one in causal.findings if one.final and one.cause.weight >= SPECIFIC]
    own = [one for one in own if one.cause.code != said[0] and (one.rank, one.source) != said[1:]]
    beside = [case for case in cases if case is not causal and not is_earlier(case.key) and _together(causal, case)]
    others = [case.best for case in beside if case.best is not None]
    return bool(own) or any(
        one.cause.weight >= SPECIFIC and one.final and one.cause.code != chosen.cause.code for one in others
    )


def job_findings(material: Material) -> list[Finding]:
    """What reason, late events, restarts, the limit and health checks say of the job as a whole."""
    subject = material.subject
    ran = any(pod.started for pod in subject.pods)
    end = seconds_of(subject.job.get("GmtFinishTime"))
    late = [line for line in material.job_events if _is_late(material.event_time(line), end)]
    found = platform_findings([subject.reason], "reason") + platform_findings(late, "job_event")
    found += restart_findings(subject, end - LATE_S if end is not None else None)
    found = [one for one in found if not ran or one.cause.code not in _got_over(one)]
    limit = limit_finding(material)
    found += [limit] if limit is not None else []
    failed = [one for one in material.sanity if str(one.get("Status")).lower() == "failed"]
    return found + [Finding(SANITY, "sanity", f"{one.get('Phase')}: {one.get('Message')}") for one in failed]


def _got_over(finding: Finding) -> frozenset[str]:
    """Causes that a job got over when it ran; a reason may still name what a restart waited for in vain."""
    return WAITED if finding.source == "job_event" else STARTS


def _is_late(at: float | None, end: float | None) -> bool:
    """Whether an event belongs to the end: what happened long before was got over."""
    return at is None or end is None or at >= end - LATE_S


def limit_finding(material: Material) -> Finding | None:
    """The limit itself is proof: the job ran as long as it was allowed to, to within a minute."""
    subject = material.subject
    minutes = material.listed.get("JobMaxRunningTimeMinutes") or subject.job.get("JobMaxRunningTimeMinutes")
    seconds = int(running_seconds(subject.job, subject.now))
    if not isinstance(minutes, int) or minutes <= 0 or seconds < minutes * 60 - 60:
        return None
    return Finding(LIMIT, "numbers", f"The job ran {seconds} s; its limit of {minutes} minutes is {minutes * 60} s.")


def _pod_of(subject: Subject, chosen: Finding | None, causal: Case | None) -> Pod | None:
    """The causal pod: the one that the chosen words belong to or name."""
    if chosen is not None and chosen.pod and (found := subject.pod(chosen.pod)):
        return found
    named = subject.named_in(chosen.text) if chosen is not None else []
    if named:
        return named[0]
    if chosen is not None and chosen.cause.code in OF_NO_POD:
        return None
    if causal is not None:
        return causal.pod
    return next(iter(in_order_of_failure(subject)), None)


def is_symptom(finding: Finding | None) -> bool:
    return finding is not None and finding.cause.weight == SYMPTOM


__all__ = ["Case", "Cause", "Decision", "decide", "is_symptom", "job_findings", "limit_finding"]
