"""R70: a credential that cannot be used is named by its place and reason, never by its value, and not replaced."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from cloud.conftest import World, cli_profiles, key
from cloud.raw import reply, serving
from pai_dlc_mcp.cloud.credentials import ChainCredentials
from pai_dlc_mcp.cloud.profiles import CLI_MODES, INI_TYPES, MOST_SOURCES, region_of_profile, search
from pai_dlc_mcp.errors import CredentialsError

SECRET = "hush-hush-hush"
FULL: dict[str, Any] = {
    "access_key_id": "LTAIfull",
    "access_key_secret": SECRET,
    "sts_token": SECRET,
    "ram_role_arn": "acs:ram::1:role/r",
    "oidc_provider_arn": "acs:ram::1:oidc-provider/p",
    "source_profile": "source",
    "cloud_sso_sign_in_url": "https://sso.example.com",
    "cloud_sso_account_id": "1",
    "cloud_sso_access_config": "c",
    "access_token": SECRET,
    "oauth_refresh_token": SECRET,
    "process_command": f"get-key {SECRET}",
    "credentials_uri": f"http://127.0.0.1:9/{SECRET}",
}
"""A profile with every field that any mode needs."""


def full(home: Path, mode: str) -> dict[str, Any]:
    (home / "token").write_text(SECRET)
    return FULL | {"mode": mode, "oidc_token_file": str(home / "token")}


async def why(profile: str | None = None) -> str:
    """The message of the chain's failure."""
    with pytest.raises(CredentialsError) as caught:
        await ChainCredentials(profile).get()
    assert caught.value.rule == "R70"
    assert SECRET not in caught.value.message
    return caught.value.message


async def test_r70_the_names_of_other_profiles_are_the_operators_alone(world: World, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "you", private=key("private"), **{"odd\nname": key("odd"), "": key("nameless")})
    world()
    assert "private" not in await why()
    assert str(search().places[0].fault).endswith("does not exist; there are: private")


def write(home: Path, text: str | bytes, file: str = ".aliyun/config.json") -> None:
    path = home / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


GOOD = json.dumps({"current": "me", "profiles": [{"name": "me", "mode": "AK"} | key("me")]})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD[: len(GOOD) // 2], r"~/\.aliyun/config\.json is not valid JSON \(line 1\); it may have been cut"),
        (b"\xef\xbb\xbf" + GOOD.encode(), r"config\.json starts with a byte order mark"),
        (GOOD.encode("utf-16"), r"config\.json starts with a byte order mark"),
        (b"\xff" + GOOD.encode(), r"config\.json is not UTF-8"),
        ("", r"config\.json is empty; run `aliyun configure`"),
        ("[" * 100_000, r"config\.json is not (a file of profiles|valid JSON)"),
        ("[]", r"config\.json has no list of profiles"),
        ('{"profiles": 3}', r"config\.json has no list of profiles"),
        ('{"profiles": [3]}', r"config\.json has no list of profiles"),
        (GOOD.replace('"current": "me"', '"current": "you"'), r"profile 'you' of .*json does not exist; mend that"),
    ],
)
async def test_r70_a_damaged_file_is_named_with_its_damage(
    text: str | bytes, reason: str, world: World, tmp_path: Path
) -> None:
    write(tmp_path, text)
    world()
    found = await why()
    assert re.search(reason, found), found
    assert str(tmp_path) not in found


async def test_r70_a_file_that_cannot_be_read_is_named(world: World, tmp_path: Path) -> None:
    (tmp_path / ".aliyun/config.json").mkdir(parents=True)
    world()
    assert "~/.aliyun/config.json is not a file" in await why()


@pytest.mark.parametrize(("mode", "field"), [(mode, field) for mode, needs in CLI_MODES.items() for field in needs])
async def test_r70_each_field_that_a_mode_needs_is_missed_by_name(
    mode: str, field: str, world: World, tmp_path: Path
) -> None:
    incomplete = {name: value for name, value in full(tmp_path, mode).items() if name != field}
    cli_profiles(tmp_path, "me", me=incomplete, source=key("source"))
    world()
    found = search().first
    assert found is None
    assert f"profile 'me' of ~/.aliyun/config.json has mode {mode} and lacks {field}" in search().why_none()


def test_r70_these_modes_of_the_command_line_and_types_of_the_sdk_can_be_used() -> None:
    modes = "AK StsToken RamRoleArn EcsRamRole OIDC ChainableRamRoleArn CloudSSO OAuth External CredentialsURI"
    assert list(CLI_MODES) == modes.split()
    assert list(INI_TYPES) == ["access_key", "ram_role_arn", "oidc_role_arn", "ecs_ram_role", "rsa_key_pair"]


@pytest.mark.parametrize("mode", CLI_MODES)
def test_r70_a_complete_profile_of_each_mode_has_no_fault(mode: str, world: World, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "me", me=full(tmp_path, mode), source=key("source"))
    world()
    found = search().first
    assert found is not None
    assert (found.where, found.mode, found.fault) == ("profile 'me' of ~/.aliyun/config.json", mode, None)
    assert SECRET not in repr(found)


@pytest.mark.parametrize("mode", sorted(set(CLI_MODES) - {"EcsRamRole", "CredentialsURI"}))
def test_r70_the_library_takes_every_mode_that_is_called_supported(mode: str, world: World, tmp_path: Path) -> None:
    """Held against the library, so that a mode it drops is noticed."""
    from alibabacloud_credentials.provider import CLIProfileCredentialsProvider

    profile = full(tmp_path, mode) | {"name": "me", "cloud_sso_access_token_expire": int(time.time()) + 3600}
    config = {"profiles": [profile, {"name": "source", "mode": "AK"} | key("source")]}
    world()
    assert CLIProfileCredentialsProvider()._get_credentials_provider(config, "me") is not None


@pytest.mark.parametrize("mode", ["RamRoleArnWithEcs", "RsaKeyPair", "ak", "", None])
async def test_r70_a_mode_that_is_not_supported_is_named_with_those_that_are(
    mode: str | None, world: World, tmp_path: Path
) -> None:
    cli_profiles(tmp_path, "me", me=key("me") | {"mode": mode})  # type: ignore[dict-item]  # a mode of the wrong type is the point
    world()
    assert f"has mode {mode or ''!r}, which is not supported; supported: AK, StsToken, " in await why()


async def test_r70_a_session_that_is_over_says_so_and_how_to_sign_in(world: World, tmp_path: Path) -> None:
    over = full(tmp_path, "CloudSSO") | {"cloud_sso_access_token_expire": int(time.time()) - 60}
    cli_profiles(tmp_path, "me", me=over)
    world()
    found = await why()
    assert "has expired (20" in found
    assert "aliyun configure" in found


async def test_r70_a_temporary_key_without_its_token_is_not_sent(world: World, tmp_path: Path) -> None:
    world(ACCESS_KEY_ID="STS.abc", ACCESS_KEY_SECRET=SECRET)
    assert "temporary key without its token" in await why()
    world(SECURITY_TOKEN="t")
    assert (await ChainCredentials().kind()) == "sts"
    cli_profiles(tmp_path, "me", me={"access_key_id": "STS.abc", "access_key_secret": SECRET})
    found = search("me").named
    assert found is not None
    assert "has mode AK and a temporary key" in str(found.fault)


@pytest.mark.parametrize("missing", ["ACCESS_KEY_ID", "ACCESS_KEY_SECRET"])
async def test_r70_half_a_key_in_the_environment_names_the_other_half(missing: str, world: World) -> None:
    world(**{{"ACCESS_KEY_ID": "ACCESS_KEY_SECRET", "ACCESS_KEY_SECRET": "ACCESS_KEY_ID"}[missing]: SECRET})
    assert f"ALIBABA_CLOUD_{missing} is not set" in await why()


@pytest.mark.parametrize("how", ["named for this server", "named in the environment"])
async def test_r70_a_misspelt_profile_is_named_and_nothing_else_takes_its_place(
    how: str, world: World, tmp_path: Path
) -> None:
    cli_profiles(tmp_path, "training", training=key("training"), other=key("other"))
    async with serving(reply(200, {})) as keys:
        world(CREDENTIALS_URI=f"{keys.url}/key", **({"PROFILE": "trainnig"} if "environment" in how else {}))
        found = await why("trainnig" if "server" in how else None)
    assert found.startswith("Profile 'trainnig' is neither in ~/.aliyun/config.json nor in ~/.alibabacloud/")
    assert keys.seen == []


async def test_r70_the_profile_that_was_named_for_this_server_wins_over_keys_of_the_environment(
    world: World, tmp_path: Path
) -> None:
    cli_profiles(tmp_path, "first", first=key("first"), second=key("second"))
    world(ACCESS_KEY_ID="LTAIenv", ACCESS_KEY_SECRET="s", PROFILE="first")
    found = await ChainCredentials("second").get()
    assert (found.access_key_id, found.origin) == ("LTAIsecond", "profile 'second' of ~/.aliyun/config.json")
    found = await ChainCredentials().get()
    assert (found.access_key_id, found.origin) == ("LTAIenv", "ALIBABA_CLOUD_ACCESS_KEY_ID")


INI = "[default]\ntype=access_key\naccess_key_id=LTAIini\naccess_key_secret=s\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (INI.replace("[default]", ""), "is not a credentials file (line 2)"),
        (INI.replace("access_key_secret=s", ""), "has type access_key and lacks access_key_secret"),
        (INI.replace("=access_key\n", "=bearer\n"), "has type 'bearer', which is not supported; supported: access_key"),
        (INI.replace("type=access_key\n", ""), "has no type; supported: access_key"),
        (INI.replace("[default]", "[other]"), "profile 'default' of ~/.alibabacloud/credentials.ini does not exist"),
        (INI.replace("LTAIini", "STS.ini"), "~/.alibabacloud/credentials.ini is a temporary key without its token"),
        ("\ufeff" + INI, "credentials.ini starts with a byte order mark"),
    ],
)
async def test_r70_the_sdks_credentials_file_is_named_with_its_fault(
    text: str, reason: str, world: World, tmp_path: Path
) -> None:
    write(tmp_path, text, ".alibabacloud/credentials.ini")
    world()
    assert reason in await why()


async def test_r70_a_credentials_file_that_was_named_and_is_not_there_is_named_by_its_variable(
    world: World, tmp_path: Path
) -> None:
    world(CREDENTIALS_FILE=str(tmp_path / "nowhere.ini"))
    found = await why()
    assert "the file of ALIBABA_CLOUD_CREDENTIALS_FILE does not name a file that exists" in found
    assert "nowhere" not in found


@pytest.mark.parametrize("kind", [kind for kind in INI_TYPES if kind != "ecs_ram_role"])
def test_r70_the_library_takes_every_type_that_is_called_supported(kind: str, world: World, tmp_path: Path) -> None:
    from alibabacloud_credentials.provider import ProfileCredentialsProvider

    (tmp_path / "key").write_text("k")
    world()
    section = {name: str(tmp_path / "key") if "file" in name else "v" for name in INI_TYPES[kind]} | {"type": kind}
    assert ProfileCredentialsProvider()._get_credentials_provider(section) is not None


def chain_of(length: int) -> dict[str, dict[str, Any]]:
    follows = {
        f"p{n}": {"mode": "ChainableRamRoleArn", "ram_role_arn": "r", "source_profile": f"p{n + 1}"}
        for n in range(length)
    }
    return follows | {f"p{length}": key("end")}


@pytest.mark.parametrize(
    ("profiles", "reason"),
    [
        (chain_of(2), None),
        (chain_of(MOST_SOURCES), None),
        (chain_of(MOST_SOURCES + 1), "without an end"),
        (chain_of(40), "without an end"),
        (
            chain_of(1) | {"p1": {"mode": "ChainableRamRoleArn", "ram_role_arn": "r", "source_profile": "p0"}},
            "without an end",
        ),
        ({"p0": chain_of(1)["p0"]}, "takes its key from profile 'p1', which does not exist"),
        (chain_of(1) | {"p1": {"mode": "AK"}}, "takes its key from profile 'p1', which has mode AK and lacks"),
        (chain_of(1) | {"p1": {"mode": "CredentialsURI", "credentials_uri": "u"}}, "cannot be a source"),
    ],
)
def test_r70_profiles_that_follow_one_another_are_followed_to_their_end(
    profiles: dict[str, dict[str, Any]], reason: str | None, world: World, tmp_path: Path
) -> None:
    cli_profiles(tmp_path, "p0", **profiles)
    world()
    place = search().places[0]
    assert (reason or "") in (place.fault or "")
    assert bool(place.fault) is bool(reason)


def uri_answer(name: str) -> Any:
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    fields = {"AccessKeyId": f"STS.{name}", "AccessKeySecret": "s", "SecurityToken": "t", "Expiration": until}
    return reply(200, {"Code": "Success", **fields})


@pytest.mark.parametrize("profile", [None, "me"])
async def test_r70_a_profile_of_mode_credentialsuri_is_asked(profile: str | None, world: World, tmp_path: Path) -> None:
    async with serving(uri_answer("uri")) as keys:
        cli_profiles(tmp_path, "me", me={"mode": "CredentialsURI", "credentials_uri": f"{keys.url}/key"})
        world()
        found = await ChainCredentials(profile).get()
    assert (found.access_key_id, found.security_token) == ("STS.uri", "t")
    assert found.origin == "profile 'me' of ~/.aliyun/config.json"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(404, {"Code": "NoSuchRole", "Message": SECRET}), "refused it (NoSuchRole)"),
        (reply(200, {"Code": "Failed", "Message": SECRET}), "refused it (Failed)"),
        (reply(500, {"Message": SECRET}), "its provider failed"),
    ],
)
async def test_r70_a_provider_that_fails_is_named_with_the_services_code_at_most(
    answer: Any, reason: str, world: World, tmp_path: Path
) -> None:
    async with serving(answer) as keys:
        cli_profiles(tmp_path, "me", me={"mode": "CredentialsURI", "credentials_uri": f"{keys.url}/{SECRET}"})
        world()
        found = await why()
    assert found.startswith("Profile 'me' of ~/.aliyun/config.json (mode CredentialsURI) gave no credential: ")
    assert reason in found


async def test_r70_a_provider_that_cannot_be_reached_is_called_that(world: World, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "me", me={"mode": "CredentialsURI", "credentials_uri": "http://127.0.0.1:9/key"})
    world()
    assert "the credential service could not be reached" in await why()


def test_r75_the_region_of_the_profile_that_is_used_counts(world: World, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "a", a=key("a") | {"region_id": "cn-beijing"}, b=key("b") | {"region_id": "cn-shanghai"})
    home = {"HOME": str(tmp_path)}
    where = "profile {!r} of ~/.aliyun/config.json"
    assert region_of_profile(home) == ("cn-beijing", where.format("a"))
    assert region_of_profile(home, "b") == ("cn-shanghai", where.format("b"))
    assert region_of_profile(home | {"ALIBABA_CLOUD_PROFILE": "b"}) == ("cn-shanghai", where.format("b"))
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "k", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s"}
    assert region_of_profile(home | keys) is None


def test_a_faulty_file_that_others_can_read_is_known_as_such_too(world: World, tmp_path: Path) -> None:
    world()
    for name, text in ((".aliyun/config.json", "{"), (".alibabacloud/credentials.ini", "no section")):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        for mode, is_open in ((0o644, True), (0o600, False)):
            file.chmod(mode)
            found = [place for place in search().places if place.fault and place.where.endswith(file.name)]
            assert [place.readable_by_others for place in found] == [is_open], name
        file.unlink()


def test_files_that_others_can_read_are_told_apart(world: World, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "me", me=key("me"))
    world()
    for mode, is_open in ((0o644, True), (0o600, False)):
        (tmp_path / ".aliyun/config.json").chmod(mode)
        assert search().places[0].readable_by_others is is_open


def test_r70_the_sdks_credentials_file_is_described_by_its_kind_and_a_long_name_is_cut(
    world: World, tmp_path: Path
) -> None:
    name, file = "p" * 70, tmp_path / ".alibabacloud/credentials.ini"
    world()
    for text, mode, where in (
        (
            INI.replace("[default]", f"[{name}]"),
            "access_key",
            f"profile '{'p' * 60}' of ~/{file.relative_to(tmp_path)}",
        ),
        (INI.replace("[default]", ""), "", f"~/{file.relative_to(tmp_path)}"),
    ):
        write(tmp_path, text, ".alibabacloud/credentials.ini")
        file.chmod(0o644)
        place = search(name).named
        assert place is not None
        assert (place.kind, place.where, place.mode, place.readable_by_others) == ("ini", where, mode, True)


@pytest.mark.parametrize(("more", "fault"), [(0, None), (1, "is larger than any such file")])
def test_r70_a_profile_of_up_to_a_megabyte_is_read(more: int, fault: str | None, world: World, tmp_path: Path) -> None:
    world()
    write(tmp_path, INI + "#" * (1_000_000 - len(INI) + more), ".alibabacloud/credentials.ini")
    place = search("default").named
    assert place is not None
    assert place.fault == fault


def test_a_file_that_cannot_be_read_is_not_said_to_be_open_to_others(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli_profiles(tmp_path, "default", default=key("default"))
    world()

    def fail(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", fail)
    place = search().places[0]
    assert (place.fault, place.readable_by_others) == ("cannot be read (Permission denied)", False)
