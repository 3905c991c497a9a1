"""What an exchange came to, once it is over: a reply or a failure. Pure, whatever the network did."""

from __future__ import annotations

import json
import math
import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from ..errors import (
    CloudError,
    CloudFailure,
    Conflict,
    CredentialsError,
    LostAnswer,
    NotFound,
    PaiError,
    PermissionDenied,
    Throttled,
    Unavailable,
)
from ..runtime import Reply
from .credentials import WHERE
from .request import MOST_BYTES, Exchange, parse
from .salvage import salvage

SALVAGE_OF_WRITES = 262_144
"""Of a write's odd answer only this many bytes are looked at: the new id stands at its beginning."""


def judge(x: Exchange, *, last: bool = False) -> Reply | Failure:
    """The outcome. ``last``: there is no time for another attempt, so a part of what was asked for is better than none.

    A write that the service said it did stays done, however odd its answer: what is whole of it is the reply.
    """
    if x.status is None:
        return broken(x, x.trouble or "gave no answer")
    if x.status >= 400:
        return refused(x)
    if not x.done:
        return broken(x, f"answered with a redirect or a status of no use (HTTP {x.status}), which is not followed")
    return _whole(x) or _part(x, last) or _unreadable(x)


def _whole(x: Exchange) -> Reply | None:
    if x.more or x.trouble:
        return None
    if not x.body.strip() and not x.is_read:
        return Reply({}, request_id_of({}, x))
    try:
        data = parse(x.body.decode("utf-8-sig", "replace"))
    except ValueError:
        return None
    return _reply(x, data) if isinstance(data, dict) else None


def _part(x: Exchange, last: bool) -> Reply | None:
    """What is whole of an answer that was cut: as the caller asked, or because a write was done."""
    wanted = x.asked and (x.more or (last and x.trouble))
    if x.is_read and not wanted:
        return None
    limit = x.limit if wanted else SALVAGE_OF_WRITES
    data = salvage(bytes(x.body[:limit]).decode("utf-8-sig", "ignore"))
    return _reply(x, data, cut=True) if data or x.asked else None


def _reply(x: Exchange, data: dict[str, Any], *, cut: bool = False) -> Reply:
    request_id = request_id_of(data, x)
    for spelling in REQUEST_ID_SPELLINGS:
        data.pop(spelling, None)
    lines = x.operation.lines
    if lines is not None and lines.field in data:
        data[lines.field] = lines_in(data[lines.field])
    return Reply(data, request_id, cut)


def lines_in(value: Any) -> list[str]:
    """The lines of a log or of events, whatever stands in their place: nothing is no line, one text is its lines, and
    what is no text is the JSON that it was sent as."""
    if value is None or value == {}:
        return []
    if isinstance(value, str):
        return value.splitlines()
    items = value if isinstance(value, list) else [value]
    texts = (
        item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items if item is not None
    )
    return list(texts)


def _unreadable(x: Exchange) -> Failure:
    if x.trouble:
        return broken(x, x.trouble)
    if not x.more:
        return Failure(broken(x, f"gave an answer that is not the service's: {_seen(x)}").error)
    what = f"gave an answer of more than {MOST_BYTES // 1_000_000} MB, which was read no further; ask for less of it"
    return Failure(CloudError(f"{x.operation.action_name}: {x.host} {what}.")) if x.is_read else broken(x, what)


def _seen(x: Exchange) -> str:
    kind = clean(x.header("content-type") or "no content type", 60)
    return f"HTTP {x.status}, {kind}, {len(x.body)} bytes"


Again = Literal["always", "reads", "renewed", "never"]
REQUEST_ID_SPELLINGS = ("RequestId", "requestId", "RequestID")
RAM_REFERENCE = "pai-dlc://references/ram-policies"

_REQUEST_ID = re.compile(r"[0-9A-Fa-f-]{1,64}|[0-9A-Za-z-]{1,12}")
"""An id as the service makes them, or too short for a secret: it is shown as it is."""
_KEY = re.compile(r"(LTAI|STS\.|TMP\.)[A-Za-z0-9._-]{6,}")
_XML_FIELD = re.compile(r"<(Code|Message|RequestId)>([^<]{0,2000})</\1>")
_REFUSED_KEY = re.compile(
    r"InvalidAccessKeyId|InvalidSecurityToken|SecurityToken|InvalidCredential|IncompleteSignature|InvalidAccessKeySecret"
)
_CLOCK = re.compile(r"SignatureDoesNotMatch|InvalidTimeStamp|InvalidSignature")
_DENIED = re.compile(r"Forbidden|NoPermission|PermissionDenied|AccessDenied|Unauthori[sz]ed|NoAuth", re.IGNORECASE)
_ACTION = re.compile(r"\b[a-z][a-z0-9-]{1,30}:[A-Z][A-Za-z]{2,60}\b")
"""A RAM action as it stands in a refusal, such as ``paidlc:CreateJob``."""
_LIMIT = re.compile(r"Quota|Limit|Exceed|Arrear|Overdue|Balance", re.IGNORECASE)
_MISSING = re.compile(r"NotFound|NotExists?\b|NoSuch", re.IGNORECASE)
_CLASH = re.compile(r"AlreadyExists?|Conflict|Duplicate|IncorrectStatus|InvalidStatus|InUse", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """``again`` says what may be sent once more: anything, reads only, anything with another credential, nothing.

    ``wait_s`` is how long the service asked to wait.
    """

    error: PaiError
    again: Again = "never"
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """The service's own account of a refusal, cleaned.

    ``action`` is the RAM action that it names; ``is_of_service`` is false where it has none of the fields that the
    service writes.
    """

    status: int
    code: str
    message: str
    request_id: str | None
    action: str = ""
    is_of_service: bool = True

    def tell(self, what: str) -> str:
        code = f"HTTP {self.status}, {self.code}" if self.code else f"HTTP {self.status}"
        return f"{what} ({code})" + (f": {self.message}" if self.message else ".")


def clean(text: object, most: int = 500) -> str:
    """Other people's words on one line: no control, format or surrogate characters, no access key."""
    kept = "".join(
        " " if char in "\t\r\n" else char
        for char in str(text)[: 4 * most]
        if char in "\t\r\n" or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
    )
    return _KEY.sub("***", " ".join(kept.split()))[:most]


def request_id_of(data: dict[str, Any], x: Exchange) -> str | None:
    """The request id in any of its three spellings, else the answer's header; nothing that has not an id's form, since
    it is shown as it is."""
    named = next((data[spelling] for spelling in REQUEST_ID_SPELLINGS if data.get(spelling)), None)
    found = named or x.header("x-acs-request-id")
    return found if isinstance(found, str) and _REQUEST_ID.fullmatch(found) else None


def refused(x: Exchange) -> Failure:
    """The failure of an answer of status 400 and above."""
    said, wait_s = _account(x), _wait_s(x)
    for test, make in _KINDS:
        if test(said):
            return make(x, said, wait_s)
    message = said.tell(f"{x.operation.action_name} was refused")
    return Failure(_filled(CloudError(message), said))


def broken(x: Exchange, why: str) -> Failure:
    """The failure of a request that got no answer, or none that can be read."""
    what = f"{x.operation.action_name}: {x.host} {why}"
    if not x.sent:
        return Failure(_with_status(Unavailable(f"{what}; nothing was sent."), x), "always")
    if x.is_read:
        return Failure(_with_status(Unavailable(f"{what}."), x), "reads")
    return Failure(_with_status(LostAnswer(f"{what}; the request may have been carried out.", rule="R25"), x))


def _with_status(error: CloudFailure, x: Exchange) -> CloudFailure:
    error.status, error.request_id = x.status, request_id_of({}, x)
    return error


def _account(x: Exchange) -> Refused:
    fields = _fields(x.body.decode("utf-8", "replace"))
    code = fields.get("Code") or fields.get("code") or fields.get("ErrorCode") or ""
    message = fields.get("Message") or fields.get("message") or fields.get("ErrorMessage") or ""
    detail = fields.get("AccessDeniedDetail") or fields.get("accessDeniedDetail")
    found = detail.get("AuthAction") if isinstance(detail, dict) else None
    action = _ACTION.search(str(found or "")) or _ACTION.search(str(message))
    known = bool(code or request_id_of(fields, x))
    return Refused(
        x.status or 0, clean(code, 100), clean(message), request_id_of(fields, x), action[0] if action else "", known
    )


def _fields(text: str) -> dict[str, Any]:
    try:
        data = parse(text)
    except ValueError:
        return dict(_XML_FIELD.findall(text))
    return data if isinstance(data, dict) else {}


def _wait_s(x: Exchange) -> float:
    """Seconds asked for by ``x-acs-retry-after`` (milliseconds) or ``Retry-After`` (seconds, or a date)."""
    milliseconds, plain = x.header("x-acs-retry-after") or "", x.header("retry-after") or ""
    if _is_number(milliseconds):
        return int(milliseconds) / 1000
    if _is_number(plain):
        return float(plain)
    return _seconds_until(plain, x.header("date") or "")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _seconds_until(then: str, now: str) -> float:
    """Between two HTTP dates of the same clock, the service's."""
    try:
        return max(0.0, (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _filled(error: CloudFailure, said: Refused) -> CloudFailure:
    error.service_code, error.status, error.request_id = said.code or None, said.status, said.request_id
    return error


def _throttled(x: Exchange, said: Refused, wait_s: float) -> Failure:
    """A throttled write reached the service; how soon to try it again is the caller's to decide."""
    what = said.tell(f"{x.operation.action_name} was throttled").rstrip(".")
    once = "" if x.is_read else " It was not carried out and not sent again;"
    what = f"{what}.{once} call again {f'after {math.ceil(wait_s)} s' if wait_s else 'later'}."
    return Failure(_filled(Throttled(what, rule="R72"), said), "reads", wait_s)


_KEY_REASONS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile("Expired"), "says that the credential has expired", "sign in anew, or let the provider renew it"),
    (
        re.compile("InvalidAccessKeyId|InvalidCredential"),
        "does not accept the credential: no access key of that id, or a disabled one",
        "look at the key in the RAM console, and at the site: keys of aliyun.com and alibabacloud.com are not the same",
    ),
    (
        re.compile("SecurityToken"),
        "does not accept the credential: the security token is not this key's, or is cut",
        "take key, secret and token of one and the same answer",
    ),
    (re.compile(""), "does not accept the credential", "give key id, secret and token as they were handed out"),
)
"""Why a key was refused, by the service's code: what it says, and what to do."""


def _credentials(x: Exchange, said: Refused, wait_s: float) -> Failure:
    """The service's message is left out: it can repeat what was signed."""
    how, mend = next((how, mend) for pattern, how, mend in _KEY_REASONS if pattern.search(said.code))
    what = f"{x.operation.action_name}: the service {how} ({said.code}){_from(x)}; {mend}, or {WHERE}."
    return Failure(CredentialsError(what, rule="R70", request_id=said.request_id), "renewed")


def _from(x: Exchange) -> str:
    return f"; it is from {x.origin}" if x.origin else ""


def _clock(x: Exchange, said: Refused, wait_s: float) -> Failure:
    """A wrong secret and a wrong clock are refused with codes of their own; a date within an answer tells how wrong."""
    what = f"{x.operation.action_name}: the service does not accept the signature ({said.code})"
    if "TimeStamp" in said.code:
        off_s = clock_difference_s(x.header("date"))
        differs = "" if off_s is None else f", which is {abs(off_s):.0f} s {'ahead' if off_s > 0 else 'behind'}"
        mend = f"the time of this machine is to blame{differs}; set its clock"
    else:
        mend = (
            f"the secret is not this key's{_from(x)}; if it is, look at this machine's clock and at proxies on the way"
        )
    return Failure(CredentialsError(f"{what}: {mend}.", rule="R70", request_id=said.request_id), "renewed")


def clock_difference_s(date: str | None) -> float | None:
    """Seconds by which this machine is ahead of an answer's date; ``None`` where there is none."""
    try:
        return time.time() - parsedate_to_datetime(date or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _denied(x: Exchange, said: Refused, wait_s: float) -> Failure:
    """R73: the action that the service names comes first, then those that we know of."""
    is_sure = bool(said.action) or x.operation.action_confidence == "official"
    actions = ", ".join(dict.fromkeys(filter(None, (said.action, *x.actions))))
    needs = "needs" if is_sure else "probably needs"
    what = f"{x.operation.action_name} {needs} the RAM action {actions}, which this account lacks; see {RAM_REFERENCE}"
    return Failure(_filled(PermissionDenied(said.tell(what), rule="R73"), said))


def _foreign(x: Exchange, said: Refused, wait_s: float) -> Failure:
    """R72: a refusal in a form that the service does not write comes from something before it, such as a proxy."""
    what = f"gave a refusal that is not the service's: {_seen(x)}; a proxy or gateway on the way may have sent it"
    return Failure(_with_status(Unavailable(f"{x.operation.action_name}: {x.host} {what}.", rule="R72"), x))


def _missing(x: Exchange, said: Refused, wait_s: float) -> Failure:
    return Failure(_filled(NotFound(said.tell(f"{x.operation.action_name} found nothing of that name")), said))


def _conflict(x: Exchange, said: Refused, wait_s: float) -> Failure:
    what = f"{x.operation.action_name} does not fit the present state"
    return Failure(_filled(Conflict(said.tell(what)), said))


def _failing(x: Exchange, said: Refused, wait_s: float) -> Failure:
    """A service that failed may have carried out a write all the same."""
    what = said.tell(f"{x.operation.action_name}: the service failed")
    if x.is_read:
        return Failure(_filled(Unavailable(what), said), "reads", wait_s)
    return Failure(_filled(LostAnswer(f"{what} The request may have been carried out.", rule="R25"), said))


def _proxy_refused(x: Exchange, said: Refused, wait_s: float) -> Failure:
    return Failure(_filled(Unavailable(said.tell("The proxy asks for a login")), said))


_KINDS: tuple[tuple[Callable[[Refused], object], Callable[[Exchange, Refused, float], Failure]], ...] = (
    (lambda said: said.status == 429 or said.code.startswith("Throttling"), _throttled),
    (lambda said: said.status >= 500 or said.status == 408, _failing),
    (lambda said: _REFUSED_KEY.match(said.code), _credentials),
    (lambda said: _CLOCK.match(said.code), _clock),
    (lambda said: said.status == 407, _proxy_refused),
    (lambda said: not said.is_of_service, _foreign),
    (lambda said: not _LIMIT.search(said.code) and (said.status in (401, 403) or _DENIED.match(said.code)), _denied),
    (lambda said: said.status == 409 or _CLASH.search(said.code), _conflict),
    (lambda said: said.status == 404 or _MISSING.search(said.code), _missing),
)
"""The first that fits wins."""
