"""The codes that services give their refusals, as exact as a text and in no language: what the words in them say. Pure.

Clouds and their tools answer a refused call with a code in one word (``Throttling.User``, ``QUOTA_EXCEEDED``,
``InsufficientInstanceCapacity``) or a status of HTTP. There are thousands, but they are made of few words.

Sources: error codes of the APIs of Alibaba Cloud, AWS, Google Cloud and Azure, the statuses of gRPC and of HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .causes import GENERIC, KIND, Area, Category, Cause, Match
from .error_numbers import READ_CHARS

_CODE = re.compile(
    r"\(([A-Za-z][\w.]{3,60})\) when calling\b"
    r"|\b(?:errorcode|error_code|code|status"
    r"|reason)[\"']?\s{0,2}[:=]\s{0,2}[\"']?(?:StatusCode\.)?([A-Za-z][\w.]{4,60})"
    r"|<Code>([A-Za-z][\w.]{3,60})</Code>"
    r"|\bError: ?([A-Z][a-z]\w{2,40}(?:\.\w{3,40})+)\b|(?:Error|Exception): \(([A-Z][a-z]+[A-Z]\w{3,50})\)"
    r"|(?:Error|Exception): \(?(?!(?-i:\w*(?:Error|Exception)\b))"
    r"((?-i:[A-Z][a-z]+(?:[A-Z][a-z]+)+|[A-Z]\w{2,40}\.[A-Z]\w{2,40}))"
    r"(?:\)|[:,] | - |$)",
    re.IGNORECASE,
)
"""Where a code stands: in AWS's sentence, behind its key in a body, in XML or behind an SDK's name."""
_DOTTED = re.compile(r"(?<![\w./])[A-Z][a-z]+[A-Za-z]*\.[A-Z][a-z]+[A-Za-z]*\b(?![/(])")
_FRONT = re.compile(
    r"\(?([A-Z][a-z]+[A-Z][A-Za-z]{2,50}(?:\.[A-Z]\w{2,40})?|[A-Z][a-z]{3,20}\.[A-Z]\w{2,40})(?:\) |: |$)"
)
"""A code at the front of a text, where capitals and small letters count."""

_OF_PROGRAMS = re.compile(r"Internal(?:Error|Exception)?$|\A(?:Backend|Server|System)?(?:Error|Exception)$")
"""Names that programs give their own faults too."""


def _cause(code: str, category: Category, area: Area, meaning: str, weight: int = KIND) -> Cause:
    return Cause(code, category, area, weight, meaning)


_MISSING = _cause("missing_file", "configuration", "data", "a service does not have what it was asked for")
_CREDENTIAL = _cause("credential", "configuration", "credentials", "a service refused the key, role or permission")
_RATE = _cause("rate_limited", "network", "network", "a service limits the rate of requests")
_FAULT = _cause("service_fault", "system", "network", "a service answered with an internal fault")
_SLOW = _cause("unreachable", "network", "network", "a service did not answer in time")
_OVERDUE = _cause(
    "account_overdue", "configuration", "person", "the account may not use the service: it owes or is closed"
)
_REFUSED = _cause("bad_settings_file", "configuration", "settings", "a service refused what it was asked for", GENERIC)

_BY_WORDS: tuple[tuple[Cause, re.Pattern[str]], ...] = tuple(
    (cause, re.compile(words, re.IGNORECASE))
    for cause, words in (
        (_OVERDUE, r"arrear|overdue|notenoughbalance|insufficient_?balance|userdisable|payment_?required"
                   r"|billing_?(?:disabled|not)|account_?(?:suspend|disabled|closed)"),
        (_RATE, r"thrott|rate_?limit|rate_?exceed|toomanyrequests|request_?limit_?exceed|slow_?down|flow_?control|qps"
                r"|throughput_?exceed|server_?busy|(?:read|write|shard)\w*quota_?exceed|bandwidth_?limit"),
        (_cause("no_stock", "resource", "scheduling", "the cloud has no such machine now"),
         r"no_?stock|stock_?out|insufficient\w*capacity|capacity_?(?:error|not|unavail|exceed)|notonsale|sold_?out"
         r"|pool_?exhausted|allocation_?failed|constrainedallocation|sku_?not_?available"
         r"|resource_?not_?(?:available|enough)|resourcetype\.notsupported|stock_?not_?enough"),
        (_cause("workspace_limit", "resource", "scheduling", "a limit of the account in the cloud is reached"),
         r"quota\w*(?:exceed|reach)|exceed\w*quota|limit_?exceed|exceed\w*limit|out_?of_?quota|quota_?(?:full"
         r"|not_?enough)"
         r"|max\w*count_?exceed|insufficient_?quota"),
        (_CREDENTIAL, r"un_?authori[sz]ed|access_?denied|forbidden|no_?permission|permission_?denied"
                      r"|permission_?mismatch"
                      r"|auth(?:entication|ori[sz]ation)?_?(?:fail|error|required)|not_?authori[sz]ed|access_?key"
                      r"|client_?token_?id|signature|security_?token|expired_?token|token_?(?:expired|invalid)"
                      r"|invalid_?token|opt_?in_?required|invalid_?grant|credential|entitynotexist\.role"
                      r"|role_?not_?exist"
                      r"|unauthenticated|service_?disabled|time_?too_?skewed|unrecognizedclient|api_?key"),
        (_MISSING, r"no_?such_?(?:key|bucket|object|file|path|upload|table)|(?:blob|container|object|bucket|file|key"
                   r"|path|table|image|repository|manifest|dataset|model)\w*not_?(?:found|exist)"),
        (_SLOW, r"request_?time_?out|deadline_?exceeded|gateway_?time_?out|operation_?timed_?out"),
        (_FAULT, r"internal_?(?:server|service)?_?(?:error|failure|fault)|service_?unavailable|\bunavailable\b"
                 r"|^backend_?error|service_?failure|^server_?error|system_?(?:error|fault)"),
        (_REFUSED, r"(?:invalid|missing|unsupported|malformed|illegal|bad)_?(?:parameter|param|argument|input|request"
                   r"|value|instance|region|zone|vswitch|vpc|endpoint)|not_?supported\b|validation_?(?:error|exception)"
                   r"|permanent_?redirect"),
    )
)  # fmt: skip
"""Causes by words of a code, in the order in which they are asked."""
_BY_STATUS: Mapping[int, Cause] = {
    **dict.fromkeys((401, 403, 407), _CREDENTIAL),
    402: _OVERDUE,
    **dict.fromkeys((404, 410), _MISSING),
    **dict.fromkeys((408, 504), _SLOW),
    **dict.fromkeys((400, 405, 406, 411, 412, 413, 415, 422), _REFUSED),
    429: _RATE,
    **dict.fromkeys((500, 502, 503, 507, 520, 521, 522, 523, 524, 529), _FAULT),
}
"""Causes by HTTP's status."""
_STATUS = re.compile(
    r"\b(?:http(?:/[\d.]+)?(?: status)?(?: error)?(?: code)?|status(?:[ _-]?code)?|statuscode|response code"
    r"|code|returned (?:error|status)(?: code)?)[\"']?\s{0,2}[:=(\[]?\s{0,2}[\"']?([45]\d\d)\b"
    r"|\b([45]\d\d) (?:client error|server error|unauthorized|forbidden|not found|bad gateway|gateway time|too many"
    r"|internal server|service (?:temporarily )?unavailable|payment required|proxy authentication)",
    re.IGNORECASE,
)


def of_code(text: str, name: str = "", is_error: bool = False) -> Match | None:
    """The cause that a service's code in the text names, or the exception's own name where it is such a code. In an
    error a code of two parts is known wherever it stands."""
    text = text[:READ_CHARS]
    front = _FRONT.match(text) if text[:1].isupper() or text[:1] == "(" else None
    if front is not None and not _OF_PROGRAMS.search(front[1]) and (cause := _of_words(front[1])) is not None:
        return Match(cause, *front.span(1))
    for found in _CODE.finditer(text) if _may_hold_one(text) else ():
        group = next(number for number, said in enumerate(found.groups(), 1) if said)
        if (cause := _of_words(found[group])) is not None:
            return Match(cause, *found.span(group))
    for found in _DOTTED.finditer(text) if is_error else ():
        if (cause := _of_words(found[0])) is not None and cause is not _REFUSED:
            return Match(cause, *found.span())
    last = name.rpartition(".")[2]
    cause = _of_words(last) if last and not _OF_PROGRAMS.search(last) else None
    return Match(cause, 0, len(name)) if cause is not None and cause is not _REFUSED else None


def _may_hold_one(text: str) -> bool:
    """Whether a code can stand inside of a text: most lines have none of the words before one, and are not searched."""
    has_key = "ode" in text or "CODE" in text or "tatus" in text or "eason" in text
    return has_key or "calling" in text or "Error:" in text or "Exception: " in text


def of_status(text: str) -> Match | None:
    """The cause that a status of HTTP in the text names."""
    for found in _STATUS.finditer(text[:READ_CHARS]):
        cause = _BY_STATUS.get(int(found[1] or found[2]))
        if cause is not None:
            return Match(cause, *found.span())
    return None


def _of_words(code: str) -> Cause | None:
    return next((cause for cause, words in _BY_WORDS if words.search(code)), None)
