"""Outcomes of exchanges as a whole: class, words, what may be sent again, and what of an odd answer is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.cloud.answers import SALVAGE_OF_WRITES, Failure, clean, judge, request_id_of
from pai_dlc_mcp.cloud.credentials import WHERE
from pai_dlc_mcp.cloud.request import Exchange
from pai_dlc_mcp.errors import (
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
from pai_dlc_mcp.runtime import Reply

READ, WRITE = catalog.operation("GetJob"), catalog.operation("StopJob")
HOST = "pai-dlc.cn-hangzhou.aliyuncs.com"


def exchange(body: object = b"", *, status: int | None = 200, write: bool = False, **known: Any) -> Exchange:
    """One that is over; ``known`` are further fields, ``headers`` those of the answer."""
    x = Exchange.of(WRITE if write else READ, {"JobId": "dlc1"}, f"https://{HOST}", known.pop("max_bytes", None))
    x.status, x.sent = status, known.pop("sent", True)
    x.body = bytearray(body if isinstance(body, bytes) else json.dumps(body).encode())
    x.answer_headers = known.pop("headers", {})
    for name, value in known.items():
        setattr(x, name, value)
    return x


def failure(x: Exchange, *, last: bool = False) -> Failure:
    found = judge(x, last=last)
    assert isinstance(found, Failure)
    return found


def reply(x: Exchange, *, last: bool = False) -> Reply:
    found = judge(x, last=last)
    assert isinstance(found, Reply)
    return found


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        *[(400, code, CredentialsError) for code in ("InvalidCredentials", "InvalidAccessKeySecret", "SecurityToken")],
        *[(400, code, CredentialsError) for code in ("InvalidSignature", "SignatureDoesNotMatch.x")],
        *[(400, code, PermissionDenied) for code in ("forbidden", "AccessDenied", "Unauthorized", "Unauthorised")],
        *[(400, code, PermissionDenied) for code in ("NoAuth", "PermissionDenied.Child", "nopermission")],
        *[(403, code, CloudError) for code in ("User.Arrear", "Overdue", "InsufficientBalance", "JobLimit", "exceed")],
        *[(401, code, CloudError) for code in ("QUOTA", "Forbidden.QuotaExceeded")],
        *[(400, code, NotFound) for code in ("JobNotFound", "EntityNotExists", "NoSuchBucket", "workspace.notfound")],
        *[(400, code, Conflict) for code in ("AlreadyExist", "Job.Conflict", "DuplicateName", "IncorrectStatus")],
        *[(400, code, Conflict) for code in ("InvalidStatus.Job", "Image.InUse", "alreadyexists")],
        *[(400, code, CloudError) for code in ("NotExisting", "Authorization", "MyForbidden", "X.InvalidSignature")],
        (404, "Job.AlreadyExists", Conflict),
        (409, "NotFound", Conflict),
        (408, "RequestTimeout", Unavailable),
        (499, "Odd", CloudError),
        (500, "Forbidden", Unavailable),
        (429, "Forbidden", Throttled),
        (403, "ThrottlingNot", Throttled),
        (403, "NotThrottling", PermissionDenied),
        (407, "InvalidStatus", Unavailable),
    ],
)
def test_every_word_of_a_services_code_that_decides_gives_its_class(
    status: int, code: str, error: type[PaiError]
) -> None:
    found = failure(exchange({"Code": code, "RequestId": "R-1"}, status=status)).error
    assert (type(found), found.request_id) == (error, "R-1")


EXPIRED = "says that the credential has expired (SecurityTokenExpired)"
UNKNOWN = "does not accept the credential: no access key of that id, or a disabled one (InvalidAccessKeyId)"
SIGN_IN = "sign in anew, or let the provider renew it"
KEY = "look at the key in the RAM console, and at the site: keys of aliyun.com and alibabacloud.com are not the same"
UNSIGNED = "does not accept the signature (SignatureDoesNotMatch)"
DONE_MAYBE = " The request may have been carried out."
SENT_ONCE = " It was not carried out and not sent again; call again later."
SECRET = "the secret is not this key's; if it is, look at this machine's clock and at proxies on the way."
DENIED = "StopJob needs the RAM action paidlc:StopJob, which this account lacks; see pai-dlc://references/ram-policies"
CASES: list[tuple[int, str, bool, str, str | None, str]] = [
    (400, "Odd", False, "GetJob was refused (HTTP 400, Odd): No.", None, "never"),
    (429, "Slow", False, "GetJob was throttled (HTTP 429, Slow): No. call again later.", "R72", "reads"),
    (429, "Slow", True, f"StopJob was throttled (HTTP 429, Slow): No.{SENT_ONCE}", "R72", "reads"),
    (500, "Bad", False, "GetJob: the service failed (HTTP 500, Bad): No.", None, "reads"),
    (500, "Bad", True, f"StopJob: the service failed (HTTP 500, Bad): No.{DONE_MAYBE}", "R25", "never"),
    (400, "SecurityTokenExpired", False, f"GetJob: the service {EXPIRED}; {SIGN_IN}, or {WHERE}.", "R70", "renewed"),
    (403, "InvalidAccessKeyId", True, f"StopJob: the service {UNKNOWN}; {KEY}, or {WHERE}.", "R70", "renewed"),
    (
        403,
        "InvalidCredential",
        False,
        f"GetJob: the service {UNKNOWN.replace('InvalidAccessKeyId', 'InvalidCredential')}; {KEY}, or {WHERE}.",
        "R70",
        "renewed",
    ),
    (400, "SignatureDoesNotMatch", False, f"GetJob: the service {UNSIGNED}: {SECRET}", "R70", "renewed"),
    (407, "Proxy", False, "The proxy asks for a login (HTTP 407, Proxy): No.", None, "never"),
    (404, "Gone", False, "GetJob found nothing of that name (HTTP 404, Gone): No.", None, "never"),
    (409, "Busy", True, "StopJob does not fit the present state (HTTP 409, Busy): No.", None, "never"),
    (403, "Forbidden", True, f"{DENIED} (HTTP 403, Forbidden): No.", "R73", "never"),
]


@pytest.mark.parametrize(("status", "code", "write", "words", "rule", "again"), CASES)
def test_a_refusal_says_what_happened_and_what_may_be_sent_again(
    status: int, code: str, write: bool, words: str, rule: str | None, again: str
) -> None:
    found = failure(exchange({"Code": code, "Message": "No.", "RequestId": "R-1"}, status=status, write=write))
    assert (found.error.message, found.error.rule, found.again) == (words, rule, again)
    assert (found.error.request_id, found.wait_s) == ("R-1", 0.0)
    if isinstance(found.error, CloudFailure):
        assert (found.error.status, found.error.service_code) == (status, code)


def test_a_refusal_without_code_or_words_is_told_by_its_status_alone() -> None:
    found = failure(exchange({"RequestId": "R-1"}, status=400)).error
    assert found.message == "GetJob was refused (HTTP 400)."
    assert isinstance(found, CloudFailure)
    assert found.service_code is None


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"Code": "A", "code": "B", "ErrorCode": "C", "Message": "a", "message": "b", "ErrorMessage": "c"}, "A", "a"),
        ({"code": "B", "ErrorCode": "C", "message": "b", "ErrorMessage": "c"}, "B", "b"),
        ({"ErrorCode": "C", "ErrorMessage": "c"}, "C", "c"),
        ({"Code": "A" * 101, "Message": "m" * 501}, "A" * 100, "m" * 500),
        (f"<Error><Code>A</Code><Message>{'m' * 2000}</Message></Error>".encode(), "A", "m" * 500),
        (f"<Error><Code>A</Code><Message>{'m' * 2001}</Message></Error>".encode(), "A", ""),
        (b"<Error><Code>A</Code><Message>a</RequestId></Error>", "A", ""),
    ],
)
def test_code_and_words_of_a_refusal_are_found_in_every_spelling_and_have_a_length(
    body: object, code: str, words: str
) -> None:
    told = f"GetJob was refused (HTTP 400, {code})" + (f": {words}" if words else ".")
    assert failure(exchange(body, status=400)).error.message == told


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"x-acs-retry-after": "999999999"}, 999_999.999),
        ({"x-acs-retry-after": "1000000000"}, 0.0),
        ({"x-acs-retry-after": "1500", "retry-after": "9"}, 1.5),
        ({"x-acs-retry-after": "\u0663", "retry-after": "9"}, 9.0),
        ({"retry-after": "1.5"}, 0.0),
        (
            {"date": "Sat, 31 Jan 2026 08:00:04 GMT", "retry-after": "Sat, 31 Jan 2026 08:00:00 GMT"},
            0.0,
        ),
        ({"retry-after": "Sat, 31 Jan 2026 08:00:00 GMT"}, 0.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_r72_the_wait_that_is_asked_for_is_read_from_either_header(
    headers: dict[str, str], wait_s: float, status: int
) -> None:
    assert failure(exchange({"Code": "Slow"}, status=status, headers=headers)).wait_s == wait_s


def test_r73_an_action_in_the_services_words_is_one_with_a_product_and_a_name() -> None:
    def told(words: str) -> str:
        x = exchange({"Code": "Forbidden", "Message": words}, status=403, write=True)
        return failure(x).error.message.partition("the RAM action ")[2].partition(", which")[0]

    assert told("denied: oss:GetObject") == "oss:GetObject, paidlc:StopJob"
    assert told("denied: paidlc:StopJob") == "paidlc:StopJob"
    for words in ("at 10:30", "http://x", "a:Get", "oss:getobject", "oss:Go"):
        assert told(words) == "paidlc:StopJob"


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"sent": False, "trouble": "could not be asked"}, "could not be asked; nothing was sent."),
        ({"sent": True}, "gave no answer."),
        ({"sent": True, "trouble": "broke the connection"}, "broke the connection."),
    ],
)
def test_r72_a_read_without_an_answer_names_host_and_trouble(known: dict[str, Any], words: str) -> None:
    found = failure(exchange(status=None, **known))
    assert found.error.message == f"GetJob: {HOST} {words}"
    assert (type(found.error), found.again) == (Unavailable, "reads" if known["sent"] else "always")


@pytest.mark.parametrize("sent", [True, False])
def test_r25_a_write_without_an_answer_is_lost_only_where_it_was_sent(sent: bool) -> None:
    found = failure(exchange(status=None, write=True, sent=sent, trouble="broke the connection"))
    ending = "the request may have been carried out." if sent else "nothing was sent."
    assert found.error.message == f"StopJob: {HOST} broke the connection; {ending}"
    assert (type(found.error), found.error.rule) == ((LostAnswer, "R25") if sent else (Unavailable, None))
    assert found.again == ("never" if sent else "always")


@pytest.mark.parametrize("status", [199, 300, 304, 399])
def test_a_status_that_is_neither_done_nor_refused_is_no_answer(status: int) -> None:
    found = failure(exchange({"JobId": "dlc1"}, status=status, headers={"x-acs-request-id": "R-3"}))
    what = f"answered with a redirect or a status of no use (HTTP {status}), which is not followed."
    assert (found.error.message, found.again) == (f"GetJob: {HOST} {what}", "reads")
    assert isinstance(found.error, CloudFailure)
    assert (found.error.status, found.error.request_id) == (status, "R-3")


@pytest.mark.parametrize("status", [200, 201, 299])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_whole_answer_is_handed_over_without_its_request_id(status: int, start: bytes) -> None:
    body = start + b'{"JobId": "dlc1", "RequestId": "R-1", "requestId": "R-2", "RequestID": "R-3"}'
    assert reply(exchange(body, status=status)) == Reply({"JobId": "dlc1"}, "R-1")


@pytest.mark.parametrize("body", [b"", b" \n", b"<html>", b"[1]", b'"x"'])
def test_a_read_whose_answer_is_not_the_services_is_not_sent_again(body: bytes) -> None:
    found = failure(exchange(body))
    seen = f"HTTP 200, no content type, {len(body)} bytes"
    assert found.error.message == f"GetJob: {HOST} gave an answer that is not the service's: {seen}."
    assert (type(found.error), found.again) == (Unavailable, "never")
    long = failure(exchange(body, headers={"content-type": "t" * 61}))
    assert f"HTTP 200, {'t' * 60}, {len(body)} bytes" in long.error.message


def test_an_empty_answer_to_a_write_is_a_whole_one() -> None:
    assert reply(exchange(b" ", write=True, headers={"x-acs-request-id": "R-9"})) == Reply({}, "R-9")


LOGS = b'{"Logs": ["one", "two", "thr'


@pytest.mark.parametrize(
    ("known", "last", "rows"),
    [
        ({"max_bytes": 27, "more": True}, False, ["one", "two"]),
        ({"max_bytes": 21, "more": True}, False, ["one"]),
        ({"max_bytes": 22, "more": True}, False, ["one", "two"]),
        ({"max_bytes": 900, "trouble": "broke the connection"}, True, ["one", "two"]),
        ({"max_bytes": 900, "trouble": "broke the connection"}, False, None),
        ({"trouble": "broke the connection"}, True, None),
    ],
)
def test_r60_of_a_read_a_part_is_given_where_a_part_was_asked_for(
    known: dict[str, Any], last: bool, rows: list[str] | None
) -> None:
    x = exchange(LOGS, **known)
    if rows is None:
        found = failure(x, last=last)
        assert (found.error.message, found.again) == (f"GetJob: {HOST} broke the connection.", "reads")
    else:
        assert reply(x, last=last) == Reply({"Logs": rows}, cut=True)


def test_r60_a_part_without_anything_whole_is_an_empty_one() -> None:
    assert reply(exchange(b'{"Logs', max_bytes=6, more=True)) == Reply({}, cut=True)


def test_r60_an_answer_beyond_the_clients_own_limit_is_an_error_of_a_read_and_a_lost_one_of_a_write() -> None:
    what = f"{HOST} gave an answer of more than 8 MB, which was read no further; ask for less of it"
    found = failure(exchange(LOGS, more=True))
    assert (type(found.error), found.error.message) == (CloudError, f"GetJob: {what}.")
    lost = failure(exchange(b'{"Jo', write=True, more=True))
    assert type(lost.error) is LostAnswer
    assert lost.error.message == f"StopJob: {what}; the request may have been carried out."
    broken = failure(exchange(b'{"Jo', write=True, trouble="broke the connection"))
    assert broken.error.message == f"StopJob: {HOST} broke the connection; the request may have been carried out."


@pytest.mark.parametrize("spare", [0, 1])
def test_of_a_writes_odd_answer_the_beginning_is_looked_at(spare: int) -> None:
    start = b'{"JobId": "dlc1", "A": "'
    body = start + b"a" * (SALVAGE_OF_WRITES - len(start) - 1 + spare) + b'", "B": [1'
    found = reply(exchange(body, write=True, more=True))
    assert (set(found.data), found.cut) == ({"JobId"} if spare else {"JobId", "A"}, True)
    assert SALVAGE_OF_WRITES == 2**18


def test_r65_other_peoples_words_stand_on_one_line_without_what_hides_in_it() -> None:
    assert clean("a\tb\r\n c") == "a b c"
    assert clean("a\x00\u200b\u202e\ud800\ue000\u2028\u2029\U0010ffffb") == "ab"
    assert clean("x" * 501) == "x" * 500
    assert clean("\u200b" * 36 + "abcdefghij" * 2, 10) == "abcd"
    assert clean("LTAI12345 LTAI123456 STS.123456 TMP.1234-_") == "LTAI12345 *** *** ***"


def test_the_request_id_is_a_text_of_the_answer_or_of_its_header() -> None:
    x = exchange(headers={"x-acs-request-id": "R-9"})
    assert request_id_of({}, x) == request_id_of({"RequestId": ""}, x) == "R-9"
    assert request_id_of({"RequestID": "R-3", "requestId": "R-2"}, x) == "R-2"
    assert request_id_of({"RequestId": 5}, x) is None
    assert request_id_of({}, exchange()) is None
    assert request_id_of({"RequestId": "R" * 13}, x) is None
