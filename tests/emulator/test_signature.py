"""Whoever signs wrongly gets the service's own error, and nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.driving import RawClient, Sdk


def refused(raw: RawClient, **how: Any) -> tuple[int, str]:
    response = raw.send("ListWorkspaces", **how)
    assert set(response.json()) == {"Code", "Message", "RequestId"}
    return response.status_code, response.json()["Code"]


def stamp(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_request_signed_by_the_book_is_served(raw: RawClient) -> None:
    response = raw.send("ListWorkspaces", query={"WorkspaceName": "vision ~*/ü", "PageSize": "1"})
    assert (response.status_code, response.json()["TotalCount"]) == (200, 0)


def test_an_unknown_key_is_not_found(raw: RawClient) -> None:
    assert refused(raw, key_id="NOBODYSKEY") == (404, "InvalidAccessKeyId.NotFound")


@pytest.mark.parametrize(
    "change",
    [{"x-acs-action": "ListImages"}, {"x-acs-signature-nonce": "another"}, {"x-acs-content-sha256": "0" * 64}],
)
def test_a_signed_header_that_was_changed_breaks_the_signature(raw: RawClient, change: dict[str, str]) -> None:
    assert refused(raw, change=change) == (400, "SignatureDoesNotMatch")


def test_one_changed_bit_of_the_signature_breaks_it(raw: RawClient) -> None:
    sent = raw.send("ListWorkspaces").request.headers["authorization"]
    flipped = sent[:-1] + ("0" if sent[-1] != "0" else "1")
    assert refused(raw, change={"authorization": flipped})[1] == "SignatureDoesNotMatch"


def test_a_body_other_than_the_hashed_one_breaks_the_signature(raw: RawClient) -> None:
    response = raw.send("CreateWorkspace", body={"a": 1}, override={"x-acs-content-sha256": "0" * 64})
    assert response.json()["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize(("minutes", "code"), [(-14, None), (14, None), (-16, "Expired"), (16, "Expired")])
def test_a_date_is_good_for_fifteen_minutes_either_way(raw: RawClient, minutes: float, code: str | None) -> None:
    response = raw.send("ListWorkspaces", override={"x-acs-date": stamp(minutes)})
    expected = (400, f"InvalidTimeStamp.{code}") if code else (200, None)
    assert (response.status_code, response.json().get("Code")) == expected


def test_the_date_is_held_against_real_time_not_the_emulated_clock(raw: RawClient, admin: Any) -> None:
    admin("clock", {"advance_s": 86_400})
    assert raw.send("ListWorkspaces").status_code == 200


def test_a_malformed_date_is_said_to_be_malformed(raw: RawClient) -> None:
    assert refused(raw, override={"x-acs-date": "yesterday"}) == (400, "InvalidTimeStamp.Format")


def test_a_nonce_serves_once(raw: RawClient) -> None:
    override = {"x-acs-signature-nonce": "the-same-twice"}
    assert raw.send("ListWorkspaces", override=override).status_code == 200
    assert refused(raw, override=override) == (400, "SignatureNonceUsed")


def test_a_nonce_of_a_refused_request_is_still_free(raw: RawClient) -> None:
    override = {"x-acs-signature-nonce": "tried-in-vain"}
    assert refused(raw, override=override, change={"x-acs-version": "1"})[1] == "SignatureDoesNotMatch"
    assert raw.send("ListWorkspaces", override=override).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["authorization", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"],
)
def test_a_missing_header_is_named(raw: RawClient, name: str) -> None:
    response = raw.send("ListWorkspaces", change={name: None})
    assert (response.status_code, response.json()["Code"]) == (400, "MissingParameter")
    assert name in response.json()["Message"].lower()


def test_an_acs_header_that_is_not_signed_is_refused(raw: RawClient) -> None:
    assert refused(raw, change={"x-acs-extra": "smuggled"}) == (400, "IncompleteSignature")


def test_a_temporary_key_needs_its_token(raw: RawClient) -> None:
    carol = "STS.EMULATORKEYCAROL"
    assert raw.send("ListWorkspaces", key_id=carol).status_code == 200
    wrong = {"x-acs-security-token": "another token"}
    assert refused(raw, key_id=carol, override=wrong) == (400, "InvalidSecurityToken.Malformed")


def test_an_expired_token_is_said_to_be_expired(raw: RawClient) -> None:
    assert refused(raw, key_id="STS.EMULATORKEYSTALE") == (400, "InvalidSecurityToken.Expired")


def test_the_official_sdk_signs_for_every_living_key(raw: RawClient) -> None:
    for key_id in ("EMULATORKEYALICE0000", "EMULATORKEYBOB000000", "STS.EMULATORKEYCAROL"):
        assert Sdk(raw.emulator, key_id).call("ListWorkspaces")["TotalCount"] == 3
