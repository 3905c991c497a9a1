"""What the words of the platform say of causes: events, reasons and records of restarts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .causes import BARE, GENERIC, KIND, SPECIFIC, Match, lessened
from .error_numbers import of_number
from .event_families import of_event
from .findings import Finding
from .likeness import like_event
from .service_codes import of_code
from .tables import EVENTS, PROGRAM
from .wording import of_words

_HARMLESS = re.compile(
    r"\b(?:DNSConfigForming|ContainerGCFailed|MissingClusterDNS|CheckLimitsForResolvConf|FailedToUpdateEndpoint\w*|CgroupV1|FailedKillPod"
    r"|CIDRNotAvailable|PolicyViolation|ExceededGracePeriod|FailedPreStopHook|DeprecatedAnnotation|OwnerRefInvalid\w*"
    r"|FailedDaemonPod|FailedToStartNodeHealthcheck|PossibleMemoryBackedVolumesOnDisk|VolumePermissionChange\w*)\b"
)
"""Reasons of warnings that every cluster gives to pods that run well."""


def platform_findings(lines: Iterable[str], source: str, pod: str | None = None) -> list[Finding]:
    """What events, a reason or records say."""
    found = []
    for number, line in enumerate(lines):
        exact = EVENTS.best(line)
        match = exact
        if exact is None or exact.cause.code in _WRAPPED:
            worded = of_event(line)
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
    return found


def _as_of_a_program(line: str) -> Match | None:
    """What words that are in none of the platform's tables say in a program's vocabulary: a hint, as they are quoted
    from what failed somewhere else."""
    if " Normal " in line or not line or _HARMLESS.search(line):
        return None
    exact = next((one for one in PROGRAM.matches(line) if one.cause.weight >= SPECIFIC), None)
    if exact is not None:
        return Match(lessened(exact.cause, KIND), exact.start, exact.end)
    if EVENTS.best(line) is not None:
        return None
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
}
"""What the same event may name as the reason, where exact words of the platform only say what could not be done."""
