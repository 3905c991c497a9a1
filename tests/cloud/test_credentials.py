"""R70: credentials come from the default provider chain, in the places where it looks, and never show themselves."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import anyio
import pytest

from cloud.conftest import MakeClient, World, cli_profiles, key
from cloud.raw import refusal, reply, serving, silence
from pai_dlc_mcp.cloud.client import CloudClient
from pai_dlc_mcp.cloud.credentials import ChainCredentials, Credential, StaticCredentials, _Chain, _why_none
from pai_dlc_mcp.cloud.endpoints import Endpoints
from pai_dlc_mcp.cloud.profiles import Place, Search
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import CredentialsError, InvalidArguments
from pai_dlc_mcp.operation import Operation

JOB = {"JobId": "dlc1"}
REGION = "cn-hangzhou"
EXPIRED = refusal(400, "InvalidSecurityToken.Expired")
UNKNOWN = refusal(404, "InvalidAccessKeyId.NotFound")


async def test_r70_a_key_of_the_environment_is_found(world: World) -> None:
    world(ACCESS_KEY_ID="LTAIenv", ACCESS_KEY_SECRET="s")
    chain = ChainCredentials()
    assert (await chain.get()).access_key_id == "LTAIenv"
    assert (await chain.kind(), await chain.source()) == ("access_key", "env")


async def test_r70_a_temporary_credential_of_the_environment_is_found(world: World) -> None:
    world(ACCESS_KEY_ID="STS.env", ACCESS_KEY_SECRET="s", SECURITY_TOKEN="t")
    chain = ChainCredentials()
    assert ((await chain.get()).security_token, await chain.kind()) == ("t", "sts")


async def test_r70_the_profiles_of_the_command_line_are_found(world: World, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "first", first=key("first"), second=key("second"))
    world()
    chain = ChainCredentials()
    assert (await chain.get()).access_key_id == "LTAIfirst"
    assert await chain.source() == "cli_profile/static_ak"
    assert (await ChainCredentials("second").get()).access_key_id == "LTAIsecond"
    world(PROFILE="second")
    assert (await ChainCredentials().get()).access_key_id == "LTAIsecond"


async def test_r70_the_profiles_of_the_credentials_file_are_found(world: World, tmp_path: Path) -> None:
    lines = ["[default]", "type=access_key", "access_key_id=LTAIini", "access_key_secret=s"]
    lines += ["[other]", "type=access_key", "access_key_id=LTAIother", "access_key_secret=s"]
    (tmp_path / ".alibabacloud").mkdir()
    (tmp_path / ".alibabacloud/credentials.ini").write_text("\n".join(lines), encoding="utf-8")
    world()
    chain = ChainCredentials()
    assert ((await chain.get()).access_key_id, await chain.source()) == ("LTAIini", "profile/static_ak")
    world(PROFILE="other")
    assert (await ChainCredentials().get()).access_key_id == "LTAIother"


@pytest.mark.parametrize("profile", [None, "nobody"])
async def test_r70_without_a_credential_the_person_is_told_where_to_configure_one(
    profile: str | None, world: World, tmp_path: Path
) -> None:
    if profile:
        cli_profiles(tmp_path, "first", first=key("first"))
    world()
    with pytest.raises(CredentialsError, match="outside of this conversation") as caught:
        await ChainCredentials(profile).get()
    assert (caught.value.rule, caught.value.code) == ("R70", "credentials")
    assert str(tmp_path) not in caught.value.message
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["{", "[]", '{"profiles": 3}', '{"current": "x", "profiles": [{"name": "x"}]}', ""])
async def test_r70_a_file_that_is_spoilt_is_a_missing_credential(text: str, world: World, tmp_path: Path) -> None:
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun/config.json").write_text(text, encoding="utf-8")
    world()
    with pytest.raises(CredentialsError):
        await ChainCredentials().get()


@pytest.mark.parametrize("secret", ["with blank", "täst", "line\nbreak"])
async def test_r70_a_key_that_no_header_could_hold_is_named(secret: str, world: World) -> None:
    world(ACCESS_KEY_ID="LTAIenv", ACCESS_KEY_SECRET=secret)
    with pytest.raises(CredentialsError, match="odd characters") as caught:
        await ChainCredentials().get()
    assert secret not in caught.value.message


def _served(minutes: float, name: str = "uri") -> Any:
    """What a credentials URI answers: a temporary credential for so many minutes."""
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60 * minutes))
    fields = {"AccessKeyId": f"STS.{name}", "AccessKeySecret": "s", "SecurityToken": "t", "Expiration": until}
    return reply(200, {"Code": "Success", **fields})


@pytest.mark.parametrize(("minutes", "asked"), [(60, 1), (10, 3)])
async def test_r70_a_credential_is_kept_until_it_nears_its_end(minutes: float, asked: int, world: World) -> None:
    async with serving(_served(minutes)) as server:
        world(CREDENTIALS_URI=f"{server.url}/key")
        chain = ChainCredentials()
        for _ in range(3):
            assert (await chain.get()).access_key_id == "STS.uri"
    assert len(server.seen) == asked
    if asked == 1:  # its server is gone, the credential is not
        assert await chain.source() == "credential_uri"


async def test_r70_an_expired_credential_is_read_anew_once(
    client: MakeClient, get_job: Operation, world: World
) -> None:
    async with serving(_served(60, "old"), _served(60, "new")) as keys, serving(EXPIRED, reply()) as server:
        world(CREDENTIALS_URI=f"{keys.url}/key")
        await client(server.url, credentials=ChainCredentials()).send(get_job, JOB, REGION)
    assert [sent.headers["x-acs-accesskey-id"] for sent in server.seen] == ["STS.old", "STS.new"]


async def test_r70_a_key_rotated_in_a_file_is_seen_without_a_restart(
    client: MakeClient, create_job: Operation, world: World, tmp_path: Path
) -> None:
    cli_profiles(tmp_path, "me", me=key("old"))
    world()
    async with serving(reply(), UNKNOWN, reply(200, {"JobId": "dlc1"})) as server:
        cloud = client(server.url, credentials=ChainCredentials())
        await cloud.send(create_job, {}, REGION)
        cli_profiles(tmp_path, "me", me=key("new"))
        assert (await cloud.send(create_job, {}, REGION)).data == {"JobId": "dlc1"}
    used = [sent.headers["authorization"].split("Credential=")[1].split(",")[0] for sent in server.seen]
    assert used == ["LTAIold", "LTAIold", "LTAInew"]


async def test_r70_a_refused_key_that_has_no_other_is_not_sent_again(
    client: MakeClient, get_job: Operation, world: World
) -> None:
    world(ACCESS_KEY_ID="LTAIenv", ACCESS_KEY_SECRET="s")
    for credentials in (ChainCredentials(), StaticCredentials("LTAIenv", "s")):
        async with serving(UNKNOWN) as server:
            with pytest.raises(CredentialsError, match="does not accept") as caught:
                await client(server.url, credentials=credentials).send(get_job, JOB, REGION)
        assert len(server.seen) == 1
        assert "LTAI" not in caught.value.message


async def test_r70_a_service_that_refuses_every_key_does_not_build_chain_after_chain(
    client: MakeClient, get_job: Operation, world: World
) -> None:
    async with serving(*[_served(60, str(n)) for n in range(9)]) as keys, serving(EXPIRED) as server:
        world(CREDENTIALS_URI=f"{keys.url}/key")
        cloud = client(server.url, credentials=ChainCredentials(renew_every_s=60))
        for _ in range(3):
            with pytest.raises(CredentialsError):
                await cloud.send(get_job, JOB, REGION)
    assert len(keys.seen) == 2
    assert len(server.seen) == 4


async def test_r70_a_provider_that_hangs_does_not_hang_the_call(
    client: MakeClient, get_job: Operation, world: World
) -> None:
    async with serving(silence) as keys, serving(reply()) as server:
        world(CREDENTIALS_URI=f"{keys.url}/key")
        cloud = client(server.url, deadline_s=1.0, credentials=ChainCredentials())
        with anyio.fail_after(30), pytest.raises(CredentialsError, match="in time"):
            await cloud.send(get_job, JOB, REGION)
    assert server.seen == []


async def test_callers_at_the_same_time_build_one_chain(
    monkeypatch: pytest.MonkeyPatch, world: World, tmp_path: Path
) -> None:
    from alibabacloud_credentials import client as library

    built: list[int] = []
    real = library.Client

    def counted() -> Any:
        built.append(1)
        return real()

    monkeypatch.setattr(library, "Client", counted)
    cli_profiles(tmp_path, "me", me=key("me"))
    world()
    chain = ChainCredentials()
    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(chain.get)
    assert built == [1]


async def test_the_identity_tells_accounts_apart_and_shows_nothing_of_the_key() -> None:
    names = ("LTAIone", "LTAIone", "LTAItwo")
    first, again, other = [await StaticCredentials(name, "s").identity() for name in names]
    assert first == again != other
    assert "LTAI" not in first
    assert len(first) == 16


def test_r65_a_credential_does_not_show_itself() -> None:
    shown = repr(Credential("static_sts", "LTAIone", "secret-one", "token-one", "bearer-one"))
    assert not any(part in shown for part in ("LTAIone", "secret-one", "token-one", "bearer-one"))


async def test_a_client_closed_twice_and_used_again_works(get_job: Operation) -> None:
    async with serving(reply()) as server:
        cloud = CloudClient(Endpoints({"pai-dlc": server.url}), StaticCredentials("LTAIone", "s"))
        await cloud.send(get_job, JOB, REGION)
        await cloud.close()
        await cloud.close()
        await cloud.send(get_job, JOB, REGION)
        await cloud.close()
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("renewals_s", "built"), [([0.0], 2), ([0.0, 29.9], 2), ([0.0, 30.0], 3), ([0.0, 29.9, 30.0, 59.9, 60.0], 4)]
)
async def test_r70_a_chain_is_built_anew_at_most_every_thirty_seconds(
    renewals_s: list[float], built: int, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    from alibabacloud_credentials import client as library

    world(ACCESS_KEY_ID="LTAIenv", ACCESS_KEY_SECRET="s")
    chains: list[object] = []
    real = library.Client

    def counted() -> Any:
        chains.append(real())
        return chains[-1]

    monkeypatch.setattr(library, "Client", counted)
    chain = ChainCredentials()
    refused = await chain.get()
    for at_s in renewals_s:
        monkeypatch.setattr("pai_dlc_mcp.cloud.credentials.time.monotonic", lambda at_s=at_s: at_s)
        assert await chain.renewed(refused) is None
    assert len(chains) == built


async def test_r70_the_librarys_own_log_lines_are_silent(world: World) -> None:
    world(ACCESS_KEY_ID="LTAIenv", ACCESS_KEY_SECRET="s")
    logging.getLogger("credentials").disabled = False
    await ChainCredentials().get()
    assert logging.getLogger("credentials").disabled


async def test_a_client_is_made_as_the_operator_set_it(world: World, tmp_path: Path, get_job: Operation) -> None:
    cli_profiles(tmp_path, "first", first=key("first"), second=key("second"))
    world()
    async with serving(reply()) as server:
        cloud = CloudClient.of(Settings(profile="second", dlc_endpoint=server.url, region="cn-beijing"))
        await cloud.send(get_job, JOB, "cn-beijing")
        with pytest.raises(InvalidArguments, match="cn-beijing alone"):
            await cloud.send(get_job, JOB, REGION)
        await cloud.close()
        given = CloudClient.of(Settings(dlc_endpoint=server.url), StaticCredentials("LTAIgiven", "s"))
        await given.send(get_job, JOB, REGION)
        await given.close()
    assert ["Credential=LTAIsecond," in server.seen[0].headers["authorization"], len(server.seen)] == [True, 2]
    assert "Credential=LTAIgiven," in server.seen[1].headers["authorization"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("env", "ALIBABA_CLOUD_ACCESS_KEY_ID"), ("default/env", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ("oidc_role_arn", "the role of a variable"), ("cli_profile", "a profile of the command line"),
        ("profile", "a profile of the file"), ("credential_uri", "an address that gives credentials"),
        ("ecs_ram_role", "the RAM role of this machine"), ("another", "another"),
    ],
)  # fmt: skip
def test_r70_a_credential_is_said_to_be_from_the_place_of_its_kind(source: str, words: str) -> None:
    places = (
        Place("env", "ALIBABA_CLOUD_ACCESS_KEY_ID"), Place("oidc", "the role of a variable"),
        Place("cli", "a profile of the command line"), Place("ini", "a profile of the file"),
        Place("uri", "an address that gives credentials"), Place("env", "a broken one", "cannot be used"),
    )  # fmt: skip
    if source == "credential_uri":
        places = tuple(one for one in places if one.kind != "cli")
    assert _Chain(None, Search(places)).origin(source) == (words, None)


def test_r70_without_a_place_the_environment_is_named_by_its_variable() -> None:
    assert _Chain(None, Search(())).origin("env") == ("ALIBABA_CLOUD_ACCESS_KEY_ID", None)
    named = Place("cli", "profile 'a'", expires_at_s=7.0)
    assert _Chain(None, Search((), named)).origin("env") == ("profile 'a'", 7.0)


def test_a_credential_that_was_renewed_with_the_same_key_is_the_same_one() -> None:
    one = Credential("LTAI", "hush", origin="a file", expires_at_s=1.0)
    assert one == Credential("LTAI", "hush", origin="a variable", expires_at_s=2.0)
    assert one != Credential("LTAI", "other", origin="a file", expires_at_s=1.0)
    assert one != Credential("LTAI", "hush", security_token="token", origin="a file", expires_at_s=1.0)


@pytest.mark.parametrize(("mode", "words"), [("", ""), ("StsToken", " (mode StsToken)")])
def test_r70_a_place_that_gave_nothing_is_named_with_its_mode_where_it_has_one(mode: str, words: str) -> None:
    said = _why_none(Search((Place("uri", "ALIBABA_CLOUD_CREDENTIALS_URI", mode=mode),)), "Max retries exceeded")
    assert said.startswith(
        f"ALIBABA_CLOUD_CREDENTIALS_URI{words} gave no credential: the credential service could not be reached; "
    )
