"""R70: the doctor names each thing that keeps a server from working, with what to do, exit 1, and never a traceback."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import anyio
import pytest

from cloud.conftest import World, cli_profiles
from cloud.raw import raw, serving
from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp import cli
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.commands import doctor
from pai_dlc_mcp.operation import READ

ALICE, CAROL, STALE = "EMULATORKEYALICE0000", "STS.EMULATORKEYCAROL", "STS.EMULATORKEYSTALE"
Doctor = Callable[..., tuple[int, str]]


def profile(key_id: str, **fields: Any) -> dict[str, Any]:
    """A profile as the command line writes it, with the emulator's secret and token of that key."""
    key = KEYS[key_id]
    token = {"mode": "StsToken", "sts_token": key.token} if key.token else {}
    return {"access_key_id": key_id, "access_key_secret": key.secret, "region_id": "cn-hangzhou", **token, **fields}


@pytest.fixture
def examine(
    emulator: Emulator, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Doctor:
    """Run the doctor in front of the emulator: its exit code and output, in which no key stands."""
    monkeypatch.setenv("PAI_DLC_MCP_DLC_ENDPOINT", emulator.dlc)
    monkeypatch.setenv("PAI_DLC_MCP_AIWORKSPACE_ENDPOINT", emulator.aiworkspace)

    def run(*flags: str, **environment: str) -> tuple[int, str]:
        world(**environment)
        code = cli.main(["doctor", *flags])
        said = capsys.readouterr()
        assert said.err == ""
        for key_id, key in KEYS.items():
            assert not any(part in said.out for part in (key_id, key.secret, key.token) if part)
        lines = said.out.splitlines()
        assert code == int(any(line.startswith("FAIL") for line in lines)), said.out
        follow = [lines[at + 1] for at, line in enumerate(lines) if line.startswith("FAIL")]
        assert all(line.startswith("      -> ") for line in follow), said.out
        return code, said.out

    return run


def test_r70_a_good_profile_passes_every_check_with_its_own_region_and_a_signed_read_of_each_product(
    examine: Doctor, tmp_path: Path
) -> None:
    cli_profiles(tmp_path, "training", training=profile(ALICE))
    code, out = examine()
    assert code == 0, out
    assert "ok    credentials: access key from profile 'training' of ~/.aliyun/config.json" in out
    assert "ok    region: cn-hangzhou" in out
    assert "ok    pai-dlc read: ListJobs answers" in out
    assert "ok    aiworkspace read: ListWorkspaces answers" in out
    assert "All checks passed." in out


def test_r70_the_profile_that_the_option_names_is_examined_and_no_other(examine: Doctor, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "first", first=profile(ALICE, access_key_secret="wrong"), second=profile(ALICE))
    assert examine("--profile", "second")[0] == 0
    code, out = examine("--profile", "third")
    assert (code, "Profile 'third' is neither in" in out) == (1, True)
    assert "credentials.ini; there are: first, second\n" in out


def test_r70_the_operator_is_told_which_profiles_there_are(examine: Doctor, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "nobody", training=profile(ALICE))
    code, out = examine(REGION_ID="cn-hangzhou")
    assert (code, "profile 'nobody' of ~/.aliyun/config.json does not exist; there are: training" in out) == (1, True)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "wrong key": (profile(ALICE, access_key_id="LTAInobody"), "no access key of that id, or a disabled one"),
    "wrong secret": (profile(ALICE, access_key_secret="x"), "the secret is not this key's"),
    "wrong token": (profile(CAROL, sts_token="x"), "the security token is not this key's"),
    "expired": (profile(STALE), "says that the credential has expired"),
    "missing token": (profile(CAROL, sts_token=""), "has mode StsToken and lacks sts_token"),
    "mode": (profile(ALICE, mode="RamRoleArnWithEcs"), "which is not supported; supported: AK"),
    "no secret": (profile(ALICE, access_key_secret=""), "has mode AK and lacks access_key_secret"),
}


@pytest.mark.parametrize("what", WRONG)
def test_r70_what_is_wrong_with_a_key_is_named_with_its_profile(what: str, examine: Doctor, tmp_path: Path) -> None:
    given, reason = WRONG[what]
    cli_profiles(tmp_path, "me", me=given)
    code, out = examine(REGION_ID="cn-hangzhou")
    assert code == 1, out
    assert reason in out
    assert "profile 'me' of ~/.aliyun/config.json" in out


def test_r70_a_key_of_the_environment_is_mended_there(examine: Doctor) -> None:
    code, out = examine(ACCESS_KEY_ID="LTAInobody", ACCESS_KEY_SECRET="x", REGION_ID="cn-hangzhou")
    assert (code, out.count("-> Set ALIBABA_CLOUD_ACCESS_KEY_ID and what belongs to it anew")) == (1, 2)
    assert "aliyun configure" not in out


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(lambda t: t[:40], "is not valid JSON"), (lambda t: "\ufeff" + t, "byte order mark"), (lambda t: "", "is empty")],
)
def test_r70_a_damaged_file_is_a_line(
    damage: Callable[[str], str], reason: str, examine: Doctor, tmp_path: Path
) -> None:
    cli_profiles(tmp_path, "me", me=profile(ALICE))
    file = tmp_path / ".aliyun/config.json"
    file.write_text(damage(file.read_text()))
    code, out = examine(REGION_ID="cn-hangzhou")
    assert (code, out.count(reason)) == (1, 1), out
    assert "RAM actions" not in out, "nothing was read"


def test_r70_without_anything_it_says_what_to_set(examine: Doctor) -> None:
    code, out = examine()
    assert code == 1
    assert "FAIL  credentials: No Alibaba Cloud credential was found" in out
    assert "FAIL  region: none configured" in out


@pytest.mark.parametrize(("product", "action"), [("pai-dlc", "paidlc:ListJobs"), ("aiworkspace", "ListWorkspaces")])
def test_r73_a_denied_read_names_its_action_and_the_other_product_is_read_all_the_same(
    product: str, action: str, examine: Doctor, admin: Any, tmp_path: Path
) -> None:
    cli_profiles(tmp_path, "me", me=profile(ALICE))
    admin("policy", {"deny": [f"*:{action.rpartition(':')[2]}"]})
    code, out = examine()
    assert code == 1
    [line] = [line for line in out.splitlines() if line.startswith("FAIL")]
    assert line.startswith(f"FAIL  {product} read: ")
    assert action in line


def test_r70_a_wrong_clock_is_a_line_and_by_how_much(
    examine: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli_profiles(tmp_path, "me", me=profile(ALICE))
    real = time.time
    monkeypatch.setattr("pai_dlc_mcp.cloud.answers.time.time", lambda: real() + 0)
    monkeypatch.setattr("pai_dlc_mcp.cloud.transport.Acs3.__init__", _late(real))
    code, out = examine()
    assert code == 1
    assert "the service does not accept the signature (InvalidTimeStamp.Expired): the time of this machine" in out


def _late(real: Callable[[], float]) -> Any:
    def signed_late(self: Any, credential: Any) -> None:
        self._credential, self._now = credential, lambda: real() - 3600

    return signed_late


async def test_r70_the_difference_of_the_clocks_is_told_before_anything_is_signed() -> None:
    def dated(off_s: float) -> Any:
        date = formatdate(time.time() + off_s, usegmt=True)
        return raw(f"HTTP/1.1 403 Forbidden\r\ndate: {date}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())

    for off_s, level, words in ((3600, "FAIL", "behind"), (-3600, "FAIL", "ahead of"), (5, "ok", "behind")):
        async with serving(dated(off_s)) as server:
            settings = doctor.Settings(region="cn-hangzhou", dlc_endpoint=server.url, aiworkspace_endpoint=server.url)
            found = [one async for one in doctor.examine(settings) if one.name == "pai-dlc clock"]
        assert [(one.level, words in one.found) for one in found] == [(level, True)]


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("HTTPS_PROXY", "http://me:hush@127.0.0.1:99999", "has a port that is no number"),
        ("ALL_PROXY", "socks5://me:hush@127.0.0.1:1", "needs one more package"),
        ("http_proxy", "gopher://me:hush@127.0.0.1:1", "kind of proxy"),
        ("SSL_CERT_FILE", "/nowhere/hush.pem", "certificates that cannot be read"),
    ],
)
def test_r70_a_variable_that_cannot_be_used_is_named(
    variable: str, value: str, reason: str, examine: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli_profiles(tmp_path, "me", me=profile(ALICE))
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv(variable, value)
    code, out = examine()
    [line] = [line for line in out.splitlines() if line.startswith("FAIL")]
    assert (code, variable in line, reason in line, "hush" in out) == (1, True, True, False)


@pytest.mark.parametrize("no_proxy", ["[::1],127.0.0.1", "10.0.0.0/8,127.0.0.0/8", "localhost"])
def test_every_form_of_no_proxy_passes(
    no_proxy: str, examine: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli_profiles(tmp_path, "me", me=profile(ALICE))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    code, out = examine()
    assert code == 0, out
    assert "ok    proxy: HTTP_PROXY" in out


def test_r75_a_region_that_there_is_not_is_named_with_the_nearest(
    examine: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(anyio, "getaddrinfo", unknown)
    for name in ("PAI_DLC_MCP_DLC_ENDPOINT", "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT"):
        monkeypatch.delenv(name)
    cli_profiles(tmp_path, "me", me=profile(ALICE, region_id="cn-hangzou"))
    code, out = examine()
    assert code == 1
    assert "FAIL  region: cn-hangzou is no region of PAI-DLC; did you mean cn-hangzhou?" in out
    assert "endpoint" not in out


def test_a_region_that_no_page_names_yet_and_that_answers_is_only_a_note(
    examine: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(*_: Any) -> Any:
        return []

    monkeypatch.setattr(anyio, "getaddrinfo", found)
    monkeypatch.delenv("PAI_DLC_MCP_AIWORKSPACE_ENDPOINT")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    cli_profiles(tmp_path, "me", me=profile(ALICE, region_id="cn-newtown"))
    out = examine()[1]
    assert "note  region: cn-newtown is not among the documented regions" in out
    assert "Look at HTTPS_PROXY: is it the right proxy" in out


def test_an_unused_place_that_is_damaged_and_a_file_open_to_others_are_notes(examine: Doctor, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "me", me=profile(ALICE))
    (tmp_path / ".aliyun/config.json").chmod(0o644)
    (tmp_path / ".alibabacloud").mkdir()
    (tmp_path / ".alibabacloud/credentials.ini").write_text("nothing", encoding="utf-8")
    code, out = examine()
    assert code == 0, out
    assert "note  credentials: ~/.alibabacloud/credentials.ini is not a credentials file" in out
    assert "note  credentials: profile 'me' of ~/.aliyun/config.json can be read by others" in out


def test_an_answer_that_is_not_the_services_is_called_that(examine: Doctor, admin: Any, tmp_path: Path) -> None:
    cli_profiles(tmp_path, "me", me=profile(ALICE))
    admin("faults", [{"operation": "ListJobs", "kind": "garbage", "times": 9}])
    code, out = examine()
    assert code == 1
    assert "FAIL  pai-dlc read: ListJobs: " in out
    assert "that is not the service's" in out
    assert "ListWorkspaces answers" in out


def test_the_permissions_that_doctor_looks_for_are_those_of_reads_alone() -> None:
    writes = {action for tool in catalog.operations() if tool.effect is not READ for action in tool.actions}
    found = doctor._read_actions()
    assert {operation.ram_action for operation in map(catalog.operation, ("GetJob", "ListJobs"))} <= set(found)
    assert writes.isdisjoint(found)
    assert found == sorted(set(found))
