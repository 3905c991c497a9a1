"""The service's refusals in our own words: which class, which next step, and what never stands in a message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.cloud.answers import Again, Failure, clean, refused
from pai_dlc_mcp.cloud.client import wait_before
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

GET, STOP = catalog.operation("GetJob"), catalog.operation("StopJob")


def failure(status: int, body: object, *, write: bool = False, **headers: str) -> Failure:
    operation = STOP if write else GET
    x = Exchange.of(operation, {"JobId": "dlc1"}, "https://pai-dlc.cn-hangzhou.aliyuncs.com", None)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    x.status, x.sent, x.body = status, True, bytearray(data)
    x.answer_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return refused(x)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "Forbidden", PermissionDenied),
        (403, "NoPermission", PermissionDenied),
        (400, "Forbidden.RAM", PermissionDenied),
        (403, "", PermissionDenied),
        (401, "Unauthorized", PermissionDenied),
        (404, "InvalidAccessKeyId.NotFound", CredentialsError),
        (400, "InvalidAccessKeyId.Inactive", CredentialsError),
        (403, "InvalidAccessKeyId", CredentialsError),
        (403, "InvalidSecurityToken.Expired", CredentialsError),
        (400, "InvalidSecurityToken.Malformed", CredentialsError),
        (400, "SecurityTokenExpired", CredentialsError),
        (400, "IncompleteSignature", CredentialsError),
        (400, "SignatureDoesNotMatch", CredentialsError),
        (400, "InvalidTimeStamp.Expired", CredentialsError),
        (404, "Job.NotFound", NotFound),
        (400, "EntityNotExist", NotFound),
        (404, "", NotFound),
        (409, "Whatever", Conflict),
        (400, "DisplayName.AlreadyExists", Conflict),
        (429, "TooManyRequests", Throttled),
        (400, "Throttling.User", Throttled),
        (503, "Throttling", Throttled),
        (403, "QuotaExceeded", CloudError),
        (400, "InvalidParameter", CloudError),
        (500, "InternalError", Unavailable),
        (503, "ServiceUnavailable", Unavailable),
        (504, "", Unavailable),
        (407, "", Unavailable),
    ],
)
def test_each_refusal_has_its_class(status: int, code: str, error: type[PaiError]) -> None:
    found = failure(status, {"Code": code, "Message": "Words.", "RequestId": "R-1"}).error
    assert type(found) is error
    assert found.request_id == "R-1"
    if isinstance(found, CloudFailure):
        assert (found.status, found.service_code) == (status, code or None)


def test_r73_a_missing_permission_names_the_action_and_the_reference() -> None:
    found = failure(403, {"Code": "Forbidden.RAM", "Message": "not authorized"}, write=True)
    assert STOP.ram_action in found.error.message
    assert "pai-dlc://references/ram-policies" in found.error.message
    assert (found.error.rule, found.again) == ("R73", "never")


@pytest.mark.parametrize(
    "said",
    [
        {
            "Message": "no",
            "AccessDeniedDetail": {"AuthAction": "pai:StopJob", "PolicyType": "AccountLevelIdentityBased"},
        },
        {"Message": "no", "accessDeniedDetail": {"AuthAction": "pai:StopJob"}},
        {"Message": "You are not authorized to perform pai:StopJob on this resource."},
    ],
)
def test_r73_the_action_that_the_service_names_comes_first(said: dict[str, Any]) -> None:
    message = failure(403, {"Code": "Forbidden.RAM", "RequestId": "R-1", **said}, write=True).error.message
    assert "the RAM action pai:StopJob, paidlc:StopJob, which" in message


@pytest.mark.parametrize("detail", [None, [], "text", {"AuthAction": None}, {"AuthAction": 5}, {}])
def test_r73_a_detail_that_names_no_action_leaves_ours(detail: Any) -> None:
    message = failure(403, {"Code": "Forbidden.RAM", "AccessDeniedDetail": detail}, write=True).error.message
    assert "the RAM action paidlc:StopJob, which" in message


def test_r73_an_action_that_no_page_names_is_not_called_certain() -> None:
    template = catalog.operation("GetJobTemplate")
    x = Exchange.of(template, {"TemplateId": "tpl1"}, "https://pai-dlc.cn-hangzhou.aliyuncs.com", None)
    x.status, x.sent, x.body = 403, True, bytearray(b'{"Code": "Forbidden.RAM"}')
    assert "probably needs the RAM action paidlc:GetJobTemplate, which" in refused(x).error.message


def test_r73_a_call_that_passes_a_role_needs_the_permission_to_pass_it() -> None:
    create = catalog.operation("CreateJob")
    own = ("paidlc:CreateJob",)
    assert create.actions_of({"DataSources": [{"DataSourceId": "d-1"}]}) == own
    assert create.actions_of({"DataSources": [{"Uri": "oss://b/", "RoleArn": ""}]}) == own
    assert create.actions_of({"DataSources": [{"Uri": "oss://b/", "RoleArn": "acs:ram::1:role/r"}]}) == (
        *own,
        "ram:PassRole",
    )
    roles = {"CredentialConfigItems": [{"Key": "k", "Roles": [{"RoleArn": "acs:ram::1:role/r"}]}]}
    assert create.actions_of({"CredentialConfig": roles}) == (*own, "ram:PassRole")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("InvalidSecurityToken.Expired", "says that the credential has expired"),
        ("SecurityTokenExpired", "says that the credential has expired"),
        ("InvalidSecurityToken.Malformed", "does not accept the credential"),
    ],
)
def test_r70_an_expired_credential_is_named_as_such(code: str, said: str) -> None:
    assert said in failure(403, {"Code": code, "Message": "Words."}).error.message


def test_r70_a_refused_credential_says_where_to_configure_and_repeats_nothing_of_the_service() -> None:
    said = "Specified access key LTAIabcdefghijkl is not found; string to sign: x-acs-security-token:CAISsecret"
    found = failure(404, {"Code": "InvalidAccessKeyId.NotFound", "Message": said}).error
    assert "aliyun configure" in found.message
    assert "LTAI" not in found.message
    assert "CAISsecret" not in found.message


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidTimeStamp.Expired"])
def test_r70_a_refused_signature_speaks_of_the_clock(code: str) -> None:
    found = failure(400, {"Code": code, "Message": "server string is: host:secret-host"}).error
    assert "clock" in found.message
    assert "secret-host" not in found.message


def test_r25_a_service_that_failed_may_have_done_a_write() -> None:
    assert type(failure(500, {"Code": "InternalError"}, write=True).error) is LostAnswer
    assert failure(500, {"Code": "InternalError"}, write=True).again == "never"


@pytest.mark.parametrize("spelling", ["RequestId", "requestId", "RequestID"])
def test_the_request_id_of_a_refusal_is_found_in_every_spelling(spelling: str) -> None:
    assert failure(400, {"code": "Odd", "message": "Words.", spelling: "R-1"}).error.request_id == "R-1"


def test_an_xml_refusal_is_understood() -> None:
    body = b"<?xml version='1.0'?><Error><Code>Forbidden</Code><Message>no</Message><RequestId>R-1</RequestId></Error>"
    found = failure(403, body).error
    assert isinstance(found, PermissionDenied)
    assert found.request_id == "R-1"


def test_a_refusal_without_sense_keeps_its_status() -> None:
    found = failure(400, b'{"Code": 7, "Message": ["x"]}').error
    assert isinstance(found, CloudError)
    assert "HTTP 400" in found.message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
@pytest.mark.parametrize(
    "body", [b"", b"<html>blocked</html>", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"error": "no"}']
)
def test_r72_a_refusal_that_is_not_the_services_is_called_that(body: bytes, status: int) -> None:
    found = failure(status, body)
    assert isinstance(found.error, Unavailable)
    assert f"not the service's: HTTP {status}" in found.error.message
    assert (found.error.rule, found.again) == ("R72", "never")


def test_r72_a_refusal_with_the_services_own_fields_is_a_matter_of_permission() -> None:
    for body in ({"Code": "Forbidden.RAM"}, {"requestId": "R-1"}, {"code": "NoPermission", "message": "no"}):
        assert type(failure(403, body).error) is PermissionDenied


def test_r64_the_services_words_are_cleaned_and_cut() -> None:
    hostile = "a\x00b\x1b[31mc\u202ed\u200be\nf\u2028g" + "x" * 10_000
    assert clean(hostile).startswith("ab[31mcde fgxxx")
    assert len(clean(hostile)) == 500
    found = failure(400, {"Code": "Odd\n\x1b[2J" + "y" * 500, "Message": hostile}).error
    assert found.message.isprintable()
    assert len(found.message) < 800


def test_r65_an_access_key_in_the_services_words_is_masked() -> None:
    assert clean("key LTAI5tAbCdEfGhIjKl and STS.NTabcdefgh12") == "key *** and ***"


@pytest.mark.parametrize(
    ("again", "is_read", "allowed"),
    [
        ("always", True, True),
        ("always", False, True),
        ("reads", True, True),
        ("reads", False, False),
        ("never", True, False),
        ("renewed", True, False),
    ],
)
def test_r72_only_what_is_safe_is_sent_again(again: Again, is_read: bool, allowed: bool) -> None:
    known = Failure(CloudError("x"), again)
    assert (wait_before(known, is_read=is_read, done=0, left_s=20, jitter=0.5) is not None) is allowed


def test_r72_waits_grow_with_jitter_and_fit_into_the_time_left() -> None:
    known = Failure(CloudError("x"), "always", wait_s=2)
    assert wait_before(known, is_read=True, done=0, left_s=20, jitter=0) == 2
    assert wait_before(known, is_read=True, done=0, left_s=2.4, jitter=0) is None
    assert wait_before(known, is_read=True, done=2, left_s=20, jitter=0) is None
    plain = Failure(CloudError("x"), "always")
    spread = [wait_before(plain, is_read=True, done=n, left_s=20, jitter=j) for n in (0, 1) for j in (0.0, 1.0)]
    assert spread == pytest.approx([0.15, 0.45, 0.3, 0.9])


def test_r72_a_wait_that_leaves_half_a_second_is_begun() -> None:
    known = Failure(CloudError("x"), "always", wait_s=2)
    assert wait_before(known, is_read=False, done=0, left_s=2.5, jitter=0) == 2
    assert wait_before(known, is_read=False, done=0, left_s=2.49, jitter=0) is None
    assert wait_before(known, is_read=False, done=1, left_s=20, jitter=1) == 2
    assert (
        wait_before(Failure(CloudError("x"), "always", wait_s=0.5), is_read=True, done=1, left_s=9, jitter=0.5) == 0.6
    )
