"""What an exchange came to, once it is over: a reply or a failure. Pure, whatever the network did."""

from __future__ import annotations

import json
import math
import re
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
from .request import MOST_BYTES, Exchange

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
    return Reply(data, request_id, cut)


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

_KEY = re.compile(r"(LTAI|STS\.|TMP\.)[A-Za-z0-9._-]{6,}")
_XML_FIELD = re.compile(r"<(Code|Message|RequestId)>([^<]{0,2000})</\1>")
_REFUSED_KEY = re.compile(
    r"InvalidAccessKeyId|InvalidSecurityToken|SecurityToken|InvalidCredential|IncompleteSignature|InvalidAccessKeySecret"
)
_CLOCK = re.compile(r"SignatureDoesNotMatch|InvalidTimeStamp|InvalidSignature")
_DENIED = re.compile(r"Forbidden|NoPermission|PermissionDenied|AccessDenied|Unauthori[sz]ed|NoAuth", re.IGNORECASE)
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
    """The service's own account of a refusal, cleaned."""

    status: int
    code: str
    message: str
    request_id: str | None

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
    """The request id in any of its three spellings, else the answer's header."""
    named = next((data[spelling] for spelling in REQUEST_ID_SPELLINGS if data.get(spelling)), None)
    found = named or x.header("x-acs-request-id")
    return clean(found, 128) if isinstance(found, str) else None


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
    return Refused(x.status or 0, clean(code, 100), clean(message), request_id_of(fields, x))


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


def _credentials(x: Exchange, said: Refused, wait_s: float) -> Failure:
    """The service's message is left out: it can repeat what was signed."""
    how = "says that the credential has expired" if "Expired" in said.code else "does not accept the credential"
    what = f"{x.operation.action_name}: the service {how} ({said.code}); {WHERE}."
    return Failure(CredentialsError(what, rule="R70", request_id=said.request_id), "renewed")


def _clock(x: Exchange, said: Refused, wait_s: float) -> Failure:
    what = f"{x.operation.action_name}: the service does not accept the signature ({said.code})"
    mend = "check that this machine's clock is right to the minute, and that the secret is this key's."
    return Failure(CredentialsError(f"{what}; {mend}", rule="R70", request_id=said.request_id), "renewed")


def _denied(x: Exchange, said: Refused, wait_s: float) -> Failure:
    actions = ", ".join(x.operation.actions)
    what = f"{x.operation.action_name} needs the RAM action {actions}, which this account lacks; see {RAM_REFERENCE}"
    return Failure(_filled(PermissionDenied(said.tell(what), rule="R73"), said))


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
    (lambda said: not _LIMIT.search(said.code) and (said.status in (401, 403) or _DENIED.match(said.code)), _denied),
    (lambda said: said.status == 409 or _CLASH.search(said.code), _conflict),
    (lambda said: said.status == 404 or _MISSING.search(said.code), _missing),
)
"""The first that fits wins."""


# Possessive groups: a string without an end is one token, not a search for one.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(")?|[{}\[\],:]|[^\s"{}\[\],:]++', re.DOTALL)
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CLOSES = {"{": "}", "[": "]"}


def parse(text: str) -> Any:
    """A JSON text as data that can be written again: no NaN, no infinity, no half of a surrogate pair.

    Raises:
        ValueError: not JSON, or nested beyond reason.
    """
    try:
        data = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
        return _mended(data) if _LONE_SURROGATE.search(text) else data
    except RecursionError:
        raise ValueError("nested too deep") from None


def salvage(text: str) -> dict[str, Any]:
    """The whole part of an object that breaks off; ``{}`` where nothing is whole.

    Whole are the fields before the break, and of a list that was open the items before it. An item that broke off is
    left out altogether, so that no row of a table is half a row.
    """
    cut, closers = _last_whole(text)
    try:
        data = parse(text[:cut] + closers)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _last_whole(text: str) -> tuple[int, str]:
    """Where the last whole value ended, and what closes the objects and the list that were open there."""
    walk = _Walk()
    for found in _TOKEN.finditer(text):
        walk.step(found[0], found.end(), closed=found[1] is not None)
    return walk.cut, "]" * walk.in_list + "}" * walk.objects


class _Walk:
    """Remembers the last place where the text could be closed: ``cut``, with so many open objects, and in a list."""

    def __init__(self) -> None:
        self.cut, self.objects, self.in_list = 0, 0, False
        self._open: list[str] = []
        self._lists = 0
        self._scalar_end = 0
        self._at_key = False

    def step(self, part: str, end: int, *, closed: bool) -> None:
        if part in "{[":
            self._enter(part, end)
        elif part in "}]":
            self._leave(end)
        elif part in ",:":
            self._end_scalar()
            self._at_key = part == "," and self._open[-1:] == ["{"]
        elif not self._at_key:
            self._scalar_end = end
            if closed:
                self._end_scalar()

    def _enter(self, part: str, end: int) -> None:
        self._open.append(part)
        self._lists += part == "["
        self._at_key = part == "{"
        self._mark(end)

    def _leave(self, end: int) -> None:
        self._end_scalar()
        if self._open:
            self._lists -= self._open.pop() == "["
        self._at_key = False
        self._mark(end)

    def _end_scalar(self) -> None:
        """A number or a word is whole only when something follows it."""
        if self._scalar_end:
            self._mark(self._scalar_end)
            self._scalar_end = 0

    def _mark(self, end: int) -> None:
        """Unless an item of a list is open here: it must be whole or absent."""
        in_list = self._open[-1:] == ["["]
        if self._lists == in_list:
            self.cut, self.objects, self.in_list = end, len(self._open) - self._lists, in_list


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value
