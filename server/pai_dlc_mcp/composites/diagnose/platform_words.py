"""What the words of the platform say of causes: events, reasons and records of restarts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .causes import BARE, GENERIC, KIND, SPECIFIC, Match, lessened
from .causes_platform import ENDS, START, WAITS
from .error_numbers import of_number
from .event_families import of_event
from .findings import Finding
from .likeness import like_event
from .mentions import is_mention
from .service_codes import of_code
from .tables import EVENTS, PROGRAM
from .wording import of_words
from .wrapped_words import named_in

_HARMLESS = re.compile(
    r"\b(?:DNSConfigForming|ContainerGCFailed|MissingClusterDNS|CheckLimitsForResolvConf|FailedToUpdateEndpoint\w*"
    r"|CgroupV1|FailedKillPod"
    r"|CIDRNotAvailable|PolicyViolation|ExceededGracePeriod|FailedPreStopHook|DeprecatedAnnotation|OwnerRefInvalid\w*"
    r"|FailedDaemonPod|FailedToStartNodeHealthcheck|PossibleMemoryBackedVolumesOnDisk|VolumePermissionChange\w*)\b"
)
"""Reasons of warnings that every cluster gives to pods that run well."""
UNKNOWN_LINES = 40
"""Of lines that no table knows so many, the last that differ in more than numbers, are read for kinds of words and for
what they are most like: that takes 1.5 ms each, and a job may have hundreds of events."""
_NUMBERS = re.compile(r"\d+")
_OF_SCHEDULER = re.compile(r"\bFailedScheduling\b|\bnodes are available\b")
_ONLY_ENDS = frozenset(one.code for one in ENDS) - {one.code for one in (*WAITS, *START)}
_STARTS = frozenset(one.code for one in START)
_FAILS = re.compile(
    r"fail|error|\bErr|denied|cannot|can't|couldn't|could not|unable|back-?off|refused|not found|no such|invalid"
    r"|timed? ?out"
    r"|timeout|expired|missing|does(?: not|n't)|unknown|unauthori[sz]ed|forbidden|insufficient|not enough"
    r"|no (?:space|room"
    r"|available|ip)|exceed|exhaust|reject|unreachable|too many|waiting for|unbound|bound immediate|locked|lost|stale"
    r"|失败|无法|拒绝|超时|不存在|错误|异常|不足|限流|未找到|不可用|未就绪|无权|权限",
    re.IGNORECASE,
)
"""Words without which an event of the type Normal tells of nothing that failed."""


def platform_findings(lines: Iterable[str], source: str, pod: str | None = None) -> list[Finding]:
    """What events, a reason or records say, in their order."""
    found = []
    unknown: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines):
        exact = _fact(line)
        match = exact
        inner = named_in(exact, line) if exact is not None and exact.cause.weight == SPECIFIC else None
        if inner is not None and not is_mention(line, inner):
            match = inner
        elif exact is None or _is_wrapper(exact):
            worded = _worded(line)
            is_named = worded is not None and (exact is None or worded.cause.code in _WRAPPED[exact.cause.code])
            match = worded if is_named else exact
        if match is None or match.cause.weight == BARE:
            match = _as_of_a_program(line) or match
        if match is not None:
            start, end = match.start, match.end
            if match is exact and match.cause.code in _CHAINED:
                start = end = len(line)
            found.append(
                Finding(match.cause, source, line, pod, number, start=start, end=end, is_generic=match is not exact)
            )
        elif _is_unknown(line):
            shape = _NUMBERS.sub("0", line)
            unknown.pop(shape, None)
            unknown[shape] = (number, line)
    for number, line in list(unknown.values())[-UNKNOWN_LINES:]:
        if (match := _in_other_words(line)) is not None:
            found.append(Finding(match.cause, source, line, pod, number, False, None, match.start, match.end, "",
                                 is_generic=True))  # fmt: skip
    return sorted(found, key=lambda one: one.line)


def _is_unknown(line: str) -> bool:
    """Whether no table knows a line: not one that is harmless, or only speaks of something."""
    return bool(line) and not _is_normal(line) and not _HARMLESS.search(line) and EVENTS.best(line) is None


def _is_normal(line: str) -> bool:
    return " Normal " in line or line.startswith("Normal ")


def _fact(line: str) -> Match | None:
    """The best exact words of the line that say that something happened, not that it might: of what ends pods nothing
    in a scheduler's words on nodes, and of what could not be done nothing where nothing failed."""
    barred = _ONLY_ENDS if _OF_SCHEDULER.search(line) else frozenset()
    if _is_normal(line) and not _FAILS.search(line):
        barred |= _STARTS
    return next(
        (one for one in EVENTS.matches(line) if one.cause.code not in barred and not is_mention(line, one)), None
    )


def _is_wrapper(exact: Match) -> bool:
    """Whether exact words only say what could not be done: that no node took a pod, only where nothing says why."""
    return exact.cause.code in _WRAPPED and (exact.cause.code != "unschedulable" or exact.cause.weight <= KIND)


def _worded(line: str) -> Match | None:
    worded = of_event(line)
    return worded if worded is not None and not is_mention(line, worded) else None


def _as_of_a_program(line: str) -> Match | None:
    """What exact words of programs say in a line that is in none of the platform's tables: a hint, as they are quoted
    from what failed somewhere else."""
    if _is_normal(line) or not line or _HARMLESS.search(line):
        return None
    exact = next((one for one in PROGRAM.matches(line) if one.cause.weight >= SPECIFIC), None)
    if exact is None or is_mention(line, exact):
        return None
    return Match(lessened(exact.cause, KIND), exact.start, exact.end)


def _in_other_words(line: str) -> Match | None:
    """What the kinds of a program's words say in an unknown line, else what the words of a warning are most like."""
    worded = _of_account(line) or of_number(line) or of_words(line)
    if worded is not None:
        return Match(lessened(worded.cause, GENERIC), worded.start, worded.end)
    like = like_event(line)
    return Match(like, 0, len(line)) if like is not None else None


def _of_account(line: str) -> Match | None:
    """What a code of a cloud's API says of the account: codes of other kinds are gRPC's, of the call that failed."""
    coded = of_code(line)
    return coded if coded is not None and coded.cause.code in _OF_ACCOUNTS else None


_OF_ACCOUNTS = frozenset({"account_overdue", "no_stock", "workspace_limit", "credential", "rate_limited"})
_CHAINED = frozenset({"container_start", "image_pull", "mount_failed"})
"""Causes whose texts are chains of what failed in what: of a long one the end says most, so that is quoted."""


_BROKEN = frozenset({"gpu_hardware", "disk_full", "host_memory"})
_WRAPPED = {
    "container_start": _BROKEN,
    "init_failed": _BROKEN,
    "image_pull": frozenset({"image_not_found", "image_refused", "disk_full"}),
    "unschedulable": frozenset({"quota_full", "fragmentation", "no_stock", "vpc", "workspace_limit", "queue_order"}),
}
"""What the same event may name as the reason, where exact words of the platform only say what could not be done."""
