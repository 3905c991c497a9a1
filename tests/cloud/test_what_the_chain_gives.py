"""R70: what the provider chain may give or fail with, and what each kind of credential is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cloud.conftest import World
from pai_dlc_mcp.cloud import credentials
from pai_dlc_mcp.cloud.credentials import WHERE, ChainCredentials, Credential, StaticCredentials
from pai_dlc_mcp.cloud.profiles import Place, Search
from pai_dlc_mcp.errors import CredentialsError


class _Chain:
    """A chain of the library's that gives what it is told, or fails so."""

    def __init__(self, found: Any) -> None:
        self.found = found

    def get_credential(self) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def _model(**fields: str | None) -> Any:
    empty = dict.fromkeys(
        ("provider_name", "access_key_id", "access_key_secret", "security_token", "bearer_token"), None
    )
    return SimpleNamespace(**{**empty, **fields})


async def _got(found: Any, monkeypatch: pytest.MonkeyPatch) -> Credential:
    from alibabacloud_credentials import client as library

    monkeypatch.setattr(library, "Client", lambda: _Chain(found))
    return await ChainCredentials().get()


@pytest.mark.parametrize(
    "failure", [OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError, AttributeError, "library", "tea"]
)
async def test_r70_whatever_the_library_fails_with_is_a_missing_credential(
    failure: Any, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    from alibabacloud_credentials.exceptions import CredentialException
    from Tea.exceptions import TeaException

    made = {"library": CredentialException("/home/me/key"), "tea": TeaException({"message": "/home/me/key"})}
    raised = made[failure] if isinstance(failure, str) else failure("/home/me/key")
    with pytest.raises(CredentialsError, match="No Alibaba Cloud credential was found; configure one") as caught:
        await _got(raised, monkeypatch)
    assert caught.value.rule == "R70"
    assert "/home/me" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"access_key_id": "LTAIone", "access_key_secret": "s"}, "access_key"),
        ({"access_key_id": "STS.one", "access_key_secret": "s", "security_token": "t"}, "sts"),
        ({"bearer_token": "b"}, "bearer"),
    ],
)
async def test_r70_a_whole_credential_of_each_kind_is_taken(
    fields: dict[str, str], kind: str, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    found = await _got(_model(**fields), monkeypatch)
    assert (found.kind, found.source) == (kind, "default")
    assert found.access_key_id == fields.get("access_key_id", "")
    assert found.secret == fields.get("access_key_secret", "")
    assert (found.security_token, found.bearer_token) == (fields.get("security_token"), fields.get("bearer_token"))
    assert (await _got(_model(provider_name="ram", **fields), monkeypatch)).source == "ram"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "is not complete"),
        ({"access_key_id": "LTAIone"}, "is not complete"),
        ({"access_key_secret": "s"}, "is not complete"),
        ({"access_key_id": "LTAI one", "access_key_secret": "s"}, "holds blanks or odd characters"),
        ({"access_key_id": "LTAIone", "access_key_secret": "s s"}, "holds blanks or odd characters"),
        ({"access_key_id": "L", "access_key_secret": "s", "security_token": "t\n"}, "holds blanks or odd characters"),
        ({"bearer_token": "é"}, "holds blanks or odd characters"),
    ],
)
async def test_r70_a_credential_that_cannot_sign_names_its_provider_and_the_fault(
    fields: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    with pytest.raises(CredentialsError) as caught:
        await _got(_model(provider_name="the-provider", **fields), monkeypatch)
    assert caught.value.message == f"The credential of the-provider {words}; {WHERE}."
    assert caught.value.rule == "R70"


async def test_a_known_key_is_another_one_only_for_who_was_refused_with_a_different_one() -> None:
    known = StaticCredentials("LTAIone", "s")
    mine = await known.get()
    assert (mine.source, await known.kind(), await known.source()) == ("static_ak", "access_key", "static_ak")
    assert await known.renewed(mine) is None
    assert await known.renewed(Credential("env", "LTAItwo", "s")) == mine
    assert (await StaticCredentials("STS.one", "s", "t").source(), await known.identity()) == (
        "static_sts",
        mine.identity,
    )


def test_the_identity_of_a_bearer_is_its_tokens() -> None:
    one, two = (Credential("env", bearer_token=token) for token in ("one", "two"))
    assert one.identity != two.identity
    assert Credential("env", "LTAIone", "s", bearer_token="x").identity == Credential("env", "LTAIone", "s").identity


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("env", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ("default/env", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ("ecs_ram_role", "the RAM role of this machine"),
        ("default/ecs_ram_role", "the RAM role of this machine"),
        ("default/profile", "default/profile"),
        ("static", "static"),
    ],
)
def test_r70_a_source_without_a_place_is_told_in_words_where_there_are_any(source: str, where: str) -> None:
    assert credentials._Chain(None, Search(())).origin(source) == (where, None)


def test_r70_of_two_places_of_a_source_the_one_without_a_fault_is_named_with_its_end() -> None:
    places = (Place("ini", "one", "is cut"), Place("cli", "two"), Place("ini", "three", expires_at_s=9.0))
    assert credentials._Chain(None, Search(places)).origin("default/profile") == ("three", 9.0)


def test_a_credential_is_the_same_wherever_it_is_from_and_whenever_it_ends() -> None:
    one = Credential("static", "id", "secret", origin="here", expires_at_s=1.0)
    assert one == Credential("static", "id", "secret", origin="there", expires_at_s=2.0)
    assert one != Credential("static", "id", "other", origin="here", expires_at_s=1.0)
