"""What one finding of a log leaves of another: what is far, what waited, what only shows how to call. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from .causes import BARE, GENERIC, KIND, SYMPTOM, lessened
from .causes_code import NAMELESS
from .chatter import FRESH
from .findings import Finding, LogReading, explains
from .prefixes import EXCEPTION
from .text import FRONT_CHARS

NEAR_LINES = 40
"""A quiet line further before an uncaught exception than this does not explain it."""
_NEXT_LINES = 3
"""How soon a program that found nothing to resume from says that it begins anew, and one that ends itself has ended."""
_ENVIRONMENT = re.compile(r"Could not find conda environment|Environment(?:Name|Location)NotFound")
"""What conda says of an environment that is not there."""
_MAKES = re.compile(
    r"\bConda\w*Error\b|ResolvePackageNotFound|PackagesNotFoundError|Unsatisfiable"
    r"|\b(?:conda|mamba|micromamba) (?:env )?(?:create|install|update)\b"
)
"""What a line bears that tells of an environment's making."""
_DECODES = re.compile(r"(?:[\w.]+\.)?(?:UnicodeDecodeError|JSONDecodeError|binascii\.Error)\b")
"""Exceptions of what was to be read as text, JSON or Base64."""
_NODE_DEAD = ("node", "has been marked dead")
"""What Ray says of a node, before it misses the workers there."""
_KILLS_ITSELF = re.compile(r"received sigquit from a child", re.IGNORECASE)
"""What SGLang says before it ends its own processes."""
_UNHEARD = re.compile(r"\bEI000[26]\b")
"""Ascend's codes for a rank that was waited for in vain."""
CALLS_BELOW = 8
"""So many lines below such a code hold what to do about it and the calls that it came through."""
_TIMED_OUT = re.compile(r"time(?:d )?[ -]?out", re.IGNORECASE)
_REPORTS = frozenset({"terminated", "aborted"})
"""What launchers say of processes that ended."""
LOUD = re.compile(
    r"\b(?:\w*error|fatal|critical|panic|exception|failed|failure|abort(?:ed)?|cannot|can't|unable|denied|refused"
    r"|invalid|illegal|unknown|missing|mismatch|incompatible|not (?:found|allowed|supported|permitted)"
    r"|no (?:rule|such"
    r"|valid)|(?:you must|please) (?:export|give|specify|provide|set|pass))\b"
    r"|错误|失败|异常|无法|拒绝|不足|不存在|过期|中止|超时|占用|未(?:检测|找|发现|安装|设置)|缺[少失]|不能|不支持"
    r"|不匹配|损坏|越界"
    r"|请先|请检查|终止|频繁|不可用|限流|繁忙|耗尽|已满|被杀|驱逐|掉卡|宕机|断开|没有.{0,6}权限",
    re.IGNORECASE,
)
USAGE = re.compile(r"usage: [\w./-]+ .{0,80}[\[<-]", re.IGNORECASE)
"""What a program prints that was called with arguments that it does not take."""


def weigh(reading: LogReading) -> None:
    """Quiet lines far before what ended the process are lessened, and an exception that only says that a wait was over,
    where another line says what was waited for. A launcher's report, and a bare error, say less than a lost peer."""
    if any(one.cause.code == "collective_timeout" for one in reading.findings):
        _lessen(reading, BARE, lambda one: one.cause.code == "terminated" or _is_bare_error(one))
    _lessen(reading, GENERIC, lambda one: _is_usage_of(one, reading.findings))
    begun = [one.line for one in reading.records if FRESH.search(one.front)]
    _lessen(reading, BARE, lambda one: _is_done_without(one, begun))
    _lessen(reading, GENERIC, lambda one: _is_followed(one, reading.findings))
    made = min((one.line for one in reading.findings if explains(one) and _MAKES.search(one.text)), default=None)
    if made is not None:
        _lessen(reading, SYMPTOM, lambda one: one.line > made and bool(_ENVIRONMENT.search(one.text)))
    settings = _last_of_settings(reading)
    if settings is not None:
        _lessen(reading, GENERIC, lambda one: one.final and one.line < settings and bool(_DECODES.match(one.text)))
    lost = min((one.line for one in reading.records if all(word in one.message for word in _NODE_DEAD)), default=None)
    if lost is not None:
        _lessen(reading, SYMPTOM, lambda one: one.cause.code == "child_killed" and one.line > lost)
    own = frozenset(one.line for one in reading.records if _KILLS_ITSELF.search(one.front))
    _lessen(reading, BARE, lambda one: _is_own_kill(one, own))
    last = max((one.line for one in reading.uncaught if explains(one)), default=None)
    if last is not None:
        _lessen(reading, SYMPTOM, lambda one: _is_afterword(one, last))
    if any(_UNHEARD.search(one.text) for one in reading.findings):
        _lessen(reading, BARE, _is_of_waiting)
    is_bare = all(one.cause.weight < SYMPTOM or one.cause.code in _REPORTS for one in reading.findings)
    if is_bare and any(one.final and one.cause.code == "aborted" for one in reading.findings):
        reading.findings = [_as_reported(one) for one in reading.findings]
    finals = [one for one in reading.findings if one.final and one.cause.weight >= GENERIC]
    first = min((one.line for one in finals if one.source == "log"), default=None)
    if first is None:
        return
    _lessen(reading, GENERIC, lambda one: _is_far(one, first))
    if any(explains(one) and one.cause.code not in NAMELESS for one in reading.findings):
        _lessen(reading, SYMPTOM, _is_end_of_wait)


def _lessen(reading: LogReading, most: int, is_meant: Callable[[Finding], bool]) -> None:
    """Gives the findings that are meant no more than ``most`` weight."""
    reading.findings = [
        replace(one, cause=lessened(one.cause, most)) if is_meant(one) else one for one in reading.findings
    ]


def _is_bare_error(finding: Finding) -> bool:
    return finding.cause.code == "error_line" and not finding.final


def _is_afterword(finding: Finding, last: int) -> bool:
    """Whether a line came after the last exception that nothing caught, and says what it says in no exact words."""
    return finding.source == "log" and not finding.final and finding.line > last and finding.cause.weight <= KIND


def _is_followed(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether an exception only leads to the one in the next line, which says what it was."""
    if not finding.final or not finding.text.rstrip().endswith(":"):
        return False
    return any(one.final and one.line == finding.line + 1 and one.cause.weight >= KIND for one in findings)


def is_below_a_wait(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether a finding of the network is one of the calls below a code for a rank that was waited for in vain."""
    return finding.cause.area == "network" and any(
        0 < finding.line - one.line <= CALLS_BELOW for one in findings if _UNHEARD.search(one.text)
    )


def _as_reported(finding: Finding) -> Finding:
    """The death by abort that a launcher reports says more than that something ended, where nothing says why."""
    if finding.final and finding.cause.code == "aborted":
        return replace(finding, cause=replace(finding.cause, weight=SYMPTOM))
    return replace(finding, cause=lessened(finding.cause, BARE))


def _is_of_waiting(finding: Finding) -> bool:
    """Whether a kernel's number stands for one that waited in vain for another rank."""
    return finding.cause.code == "device_assert" and "507" in finding.text and not _UNHEARD.search(finding.text)


def _is_usage_of(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether a finding only shows how a program is called, above what the program says of the fault."""
    if not USAGE.match(finding.text):
        return False
    return any(finding.line < one.line <= finding.line + NEAR_LINES and one.cause.weight >= KIND for one in findings)


def _is_done_without(finding: Finding, begun: Sequence[int]) -> bool:
    """Whether a checkpoint was only looked for: the program says at the same place that it begins anew."""
    if finding.final or finding.source != "log" or finding.cause.code not in {"checkpoint_missing", "missing_file"}:
        return False
    return any(finding.line <= line <= finding.line + _NEXT_LINES for line in begun)


def _last_of_settings(reading: LogReading) -> int | None:
    """The last line of an exception about settings that was raised because of another one: what could not be decoded
    before it was the settings."""
    because = {one.line for one in reading.records if one.kind == EXCEPTION and one.link}
    about = (one for one in reading.findings if one.final and one.cause.code == "bad_settings_file")
    return max((one.line for one in about if one.line in because), default=None)


def _is_own_kill(finding: Finding, lines: frozenset[int]) -> bool:
    """Whether a program that says that it ends its own processes was killed by itself."""
    near = range(finding.line - _NEXT_LINES, finding.line + 1)
    return finding.cause.code == "killed" and any(line in lines for line in near)


def _is_end_of_wait(finding: Finding) -> bool:
    return finding.final and finding.cause.code == "exception" and bool(_TIMED_OUT.search(finding.text[:FRONT_CHARS]))


def _is_far(finding: Finding, first: int) -> bool:
    return not finding.final and finding.line < first - NEAR_LINES and not LOUD.search(finding.text[:200])
