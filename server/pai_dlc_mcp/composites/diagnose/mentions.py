"""Whether an event only speaks of an end: of what might happen, a rule, a setting, a search in vain. Pure.

The platform's words are taken for facts, so "the pod may be preempted" must not be taken for a preemption. A word of
this kind is looked for in the clause that names the end, before the words that name it or between them; what is said
of them ("is enabled", "passed") behind them.
"""

from __future__ import annotations

import re

from .causes import Match

_HAPPENINGS = frozenset({
    "preempted", "spot_reclaimed", "evicted", "host_memory", "node_memory", "disk_full", "time_limit", "recycled",
    "hang_detected", "node_lost", "stopped_by_person", "account_overdue", "gpu_hardware", "gpu_throttled",
    "sanity_failed", "rdma", "restarts_spent",
})  # fmt: skip
"""Causes that are something that happened. What could not be done is a fact however it is worded."""
_CLAUSE_END = re.compile(r"[.;!?](?=\s|$)|[。；！？，]|,(?= (?:but|and then|now)\b)")
_PAST = re.compile(r"\b(?:was|were|has been|have been|had been|got)\b", re.IGNORECASE)
_DOING = r"(?:reclaim|releas|evict|interrupt|preempt|stop|kill|recycl|terminat|remov|lost|down|unhealthy|overdue)"
_POSSIBLE = re.compile(
    r"\b(?:may|might)(?! (?:not )?have\b)\b|\b(?:can|could|would|should)(?= (?:also |still |later |then )?(?:be\b|"
    + _DOING
    + r"|happen|occur|fail))|\b(?:if|in case|in the event|unless|whenever|to (?:avoid|prevent)|avoid(?:s|ing)?"
    r"|prevent(?:s|ing)?|protects?|protected|at risk|(?:at|on) (?:the )?risk|risk of|liable to|subject to|eligible"
    r"|possib(?:le|ly|ility)|candidates? for|able to|allow(?:s|ed) to|hypothetical\w*|would)\b"
    r"|可能|或将|也许|如果|若(?!干)|一旦|为避免|避免|防止|以免|不会|可以被|允许被",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\b(?:when|once|until|while|before|as soon as) (?:the |an? |your |its |it |this |any )|时将|后将|期间",
    re.IGNORECASE,
)
"""A condition, unless the clause tells of the past."""
_ANNOUNCED = re.compile(r"\bwill be\b", re.IGNORECASE)
_RULE = re.compile(
    r"\b(?:all |any |idle )?(?:jobs?|pods?|instances?|containers?|nodes?|workloads?|tasks?|replicas?|gpus?) "
    r"(?:that|which|whose|with|without|above|below|over|under|idle|exceeding|using)\b.{0,120}\b(?:are|is|get|(?:will"
    r"|can|may) be)\b"
    r"|\b(?:rule|policy|policies|limit|threshold|tolerations?|grace period|deadline|protection|detection|detector"
    r"|monitoring|schedule|switch|feature)s?\b.{0,40}\b(?:is|are|was|were|has been|:|=) ?"
    r"(?:set|configured|enabled|disabled|on|off|active|applied|updated|changed|created|installed)\b",
    re.IGNORECASE,
)
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:cannot|can't)(?: be)? |\b(?:no|not|never|without|neither|nor|zero|won't|isn't|wasn't|aren't|weren't"
    r"|didn't|doesn't"
    r"|free of"
    r"|not yet|refus\w+ to|declin\w+ to|skipp\w+|waiting for|waits for|wait for|recover(?:ed|s|y|ing)? (?:from|of"
    r"|after)"
    r"|resolv\w+|clear(?:ed|s|ing)?|fixed|healed)(?: be| been)? (?:[\w-]+ ){0,2}|(?<![\w.-])0 (?:[\w-]+ )?"
    r"|(?:没有|未|无|并未|尚未|未发现|未检测到|不会|不再|解除|恢复).{0,6})$",
    re.IGNORECASE,
)
_DENIED_WITHIN = re.compile(
    r"\b(?:not|never|no longer|cannot|won't|can't)(?: be| been| get)? "
    + _DOING
    + r"|(?:没有|未被?|不会被?|不再).{0,4}(?:回收|释放"
    r"|抢占|停止|驱逐|中断|杀死|终止)",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(
    r"\A[\w-]*(?: (?:protection|detection|detector|detect|policy|policies|rules?|check(?:s|er|ing)?|monitor(?:ing)?"
    r"|feature|threshold|settings?|handling|handler|notices?|candidates?|targets?|toleration|switch|counters?|counts?"
    r"|scores?|statistics|support|guard|strategy|plugin|mode|reasons?|errors?|faults?|events?))?"
    r"(?:[ :=]+(?:(?:is|are|was|were|has been|have been)(?: now| currently)? )?"
    r"(?:(?:not|never) (?:allowed|possible|enabled|supported|helpful|needed|permitted|eligible|used|active|found"
    r"|detected"
    r"|seen|reported|required|triggered)|enabled|disabled|configured|supported|allowed|off\b|switched|turned o\w+"
    r"|unset"
    r"|set (?:to|at|up)|passed|succeeded|success\w*|finished|completed?|started|starting|running|skipped|ok\b|okay"
    r"|cleared|resolved|recovered|normal|none\b|0\b|zero\b|(?:begin|began|begun)\b|will (?:start|run|begin)"
    r"|scheduled|planned)| ?(?:检测|策略|功能|保护)?已?(?:开启|启用|关闭|通过|完成|开始|恢复|解除|正常))",
    re.IGNORECASE,
)
_ENDED_WELL = re.compile(r"(?<=[a-z])(?:Passed|Recovered|Cleared|Resolved|Enabled|Disabled|Succeeded|Completed)\b")
"""How a reason says that what it names is over, or is no more than a setting."""
_FAULTY = re.compile(
    r"\b(?:fail\w*|unhealthy|bad|slow\w*|abnormal|errors?|faulty?|outliers?|below|under|over|broken|lost|mismatch\w*"
    r"|missing|not|excluded|isolated|degraded|timed? ?out|worse)\b|(?<=[a-z])(?:Fail|Timeout|Abnormal)|异常|失败|未通过"
    r"|不通过|故障|超时|过慢|慢节点",
    re.IGNORECASE,
)
_FINE = re.compile(
    r"pass(?:ed|es)?\b|start|running|success|complete|finish|\bok\b|enabled|disabled|begin|began|normal|healthy"
    r"|in progress|scheduled|通过|开始|正常|完成|进行中|启用|开启",
    re.IGNORECASE,
)
_NO_FAULT = re.compile(
    r"\b(?:no|0|zero|without) (?:\w+ )?(?:fail\w*|unhealthy|bad|slow|abnormal|errors?|faulty?)\b|无异常"
    r"|未发现.{0,4}(?:异常|故障)",
    re.IGNORECASE,
)
_REACHED = re.compile(
    r"exceed|reach|\bhit\b|\bover\b|expir|elapsed|longer|ran out|used up|stopp|kill|terminat|\bend(?:ed|s|ing)\b"
    r"|cancel|due to|time[d -]?out|evict|pressure|no space|full\b|usage|used\b"
    r"|超|达到|已到|到达|触发|终止|停止|结束|不足|驱逐|已满"
    r"|\blow\b|fail|violat|MaxRunningTime|Deadline|after \d",
    re.IGNORECASE,
)
"""What makes of a limit that was given one that was reached."""
_LIMITS = frozenset({"time_limit", "disk_full"})
_IS_CODE = re.compile(r"[A-Z][a-z]+(?:[A-Z][A-Za-z]*)+")
"""A reason, which is one word of several: a fact by itself."""


def is_mention(line: str, match: Match) -> bool:
    """Whether the words of the match only speak of what they name."""
    code = match.cause.code
    if code not in _HAPPENINGS:
        return False
    said = line[match.start : match.end]
    behind = line[match.end : match.end + 120]
    if code == "sanity_failed":
        rest = _NO_FAULT.sub("", line)
        return bool(_FINE.search(rest)) and not _FAULTY.search(rest)
    if _SAID_AFTER.match(behind) or _DENIED_WITHIN.search(said) or _ENDED_WELL.search(said + behind.split(" ", 1)[0]):
        return True
    if _IS_CODE.fullmatch(said):
        return False
    before = _clause_before(line, match.start)
    clause = before + said + _clause_behind(behind)
    if _DENIED_BEFORE.search(before) or _POSSIBLE.search(before + said):
        return True
    if _ANNOUNCED.search(before + said) and _POSSIBLE.search(behind.partition(",")[0]):
        return True
    if _PAST.search(clause) is None and (_WHEN.search(before) or _RULE.search(clause)):
        return True
    return code in _LIMITS and not _REACHED.search(clause)


def _clause_before(line: str, start: int) -> str:
    """What stands before a place in its clause, without the event's time, type and reason."""
    head = line[max(0, start - 160) : start]
    ends = [one.end() for one in _CLAUSE_END.finditer(head)]
    return head[ends[-1] :] if ends else head


def _clause_behind(behind: str) -> str:
    found = _CLAUSE_END.search(behind)
    return behind[: found.start()] if found is not None else behind
