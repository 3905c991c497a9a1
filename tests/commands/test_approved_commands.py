"""What the commands print, whole, as it was read and approved (tests/snapshots/commands)."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud.conftest import _library_reads_the_environment, cli_profiles, key
from composites.approved import check
from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp import __version__, cli
from pai_dlc_mcp.cloud import profiles
from pai_dlc_mcp.cloud.profiles import search
from pai_dlc_mcp.commands import config
from pai_dlc_mcp.commands.call_arguments import read_arguments
from pai_dlc_mcp.commands.completion import SHELLS
from pai_dlc_mcp.commands.config import CLIENTS
from pai_dlc_mcp.commands.installation import Installation
from pai_dlc_mcp.config.settings import OptionError
from pai_dlc_mcp.timestamps import iso

ALICE = "EMULATORKEYALICE0000"
Shown = Callable[..., str]
Surround = Callable[[dict[str, str]], None]
VARYING = (
    (re.escape(__version__), "VERSION"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?", "TIME"),
    (r"^\d\d:\d\d:\d\d\b", "CLOCK"),
    (r'"time":"\d{10}"', '"time":"SECONDS"'),
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r"\b[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}\b", "REQUEST"),
    (r"digest [0-9a-f]+", "digest DIGEST"),
    (r"\bpython: 3\.\d+\.\d+\S*", "python: 3"),
    (r"\b\d+ s (ahead of|behind) the service", "N s off the service"),
    (r"(\(for|in|after|of) (?:\d+ (?:d|h|min|s|ms)\b ?)+", r"\1 DURATION "),
)  # fmt: skip
"""What is another in each run or version, and what stands for it."""


def masked(text: str, home: Path) -> str:
    for pattern, stand_in in ((re.escape(str(home)), "HOME"), *VARYING):
        text = re.sub(pattern, stand_in, text, flags=re.MULTILINE)
    return text


@pytest.fixture
def surround(tmp_path: Path) -> Iterator[Surround]:
    """``surround({name: value})``: these variables and next to no other, for the credentials library too."""

    before = dict(os.environ)
    kept = {name: value for name, value in before.items() if name.startswith(("APPROVE", "PYTEST_"))}
    bare = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}

    def set_to(variables: dict[str, str]) -> None:
        os.environ.clear()
        os.environ.update(kept | bare | variables)
        _library_reads_the_environment()

    set_to({})
    yield set_to
    set_to(before)


@pytest.fixture
def shown(surround: Surround, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shown:
    """``shown(words)``: a command line, its exit code and what it wrote to both ends, without what varies."""

    def run(*words: str) -> str:
        code = cli.main(words)
        said = capsys.readouterr()
        ends = [f"{end}:\n{text}" for end, text in (("stdout", said.out), ("stderr", said.err)) if text]
        line = " ".join(word if " " not in word else repr(word) for word in words)
        return masked("\n".join([f"> {line}", f"exit {code}", *ends]), tmp_path)

    return run


def test_the_catalogue_and_the_policies_are_what_was_approved(shown: Shown, tmp_path: Path) -> None:
    some = "dlc_get_job,dlc_stop_job,dlc_diagnose_job,dlc_create_job"
    text = [
        shown("tools", "--toolsets", some), shown("tools", "--toolsets", "lean", "--read-only"),
        shown("tools", "--toolsets", "nothing"),
        shown("policy", "--toolsets", some), shown("policy", "--toolsets", some, "--read-only", "--compat"),
        shown("skill", "--install", str(tmp_path)), shown("skill", "--install", "/proc/no-such"),
    ]  # fmt: skip
    check("commands/catalogue.txt", "\n".join(text))


def test_an_entry_of_the_catalogue_for_programs_is_what_was_approved(
    surround: Surround, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["tools", "--json", "--toolsets", "dlc_get_job,dlc_stop_job,dlc_diagnose_job"])
    entries = json.loads(capsys.readouterr().out)
    for entry in entries:
        del entry["inputSchema"], entry["description"]  # they stand in tests/snapshots/tools
    check("commands/catalogue.json", json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_completion_of_a_shell_is_what_was_approved(shell: str, shown: Shown) -> None:
    check(f"commands/completion-{shell}.txt", shown("completion", shell))


INSTALLATIONS = {
    "that stays": Installation("pipx", "pai-dlc-mcp"),
    "of a venv": Installation("environment", "/opt/pai tools/bin/pai-dlc-mcp", (), "It stays where it is."),
}


def test_the_snippets_of_all_clients_are_what_was_approved(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    text = []
    for name, own in INSTALLATIONS.items():
        monkeypatch.setattr(config, "installation", lambda own=own: own)
        for client in CLIENTS:
            text.append(f"# installed {name}")
            text.append(shown("config", client, "--region", "cn-hangzhou", "--toolsets", "lean"))
    for client in CLIENTS:
        text.append(shown("config", client, "--http", "https://mcp.example.com/mcp"))
        text.append(shown("config", client, "--emulator"))
    text += [
        shown("config", "codex", "--http", address) for address in ("mcp.example.com", "http://u:p@h/mcp", "ftp://h")
    ]
    check("commands/config.txt", "\n".join(text))


@pytest.fixture
def account(emulator: Emulator, surround: Surround) -> Emulator:
    """The emulator with Alice's key in the environment."""
    surround(
        {"ALIBABA_CLOUD_ACCESS_KEY_ID": ALICE, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEYS[ALICE].secret,
         "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc, "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
         "PAI_DLC_MCP_STUDIO_ENDPOINT": emulator.paistudio, "PAI_DLC_MCP_REGION": "cn-hangzhou"}
    )  # fmt: skip
    return emulator


def test_what_watch_says_of_jobs_that_are_over_is_what_was_approved(
    account: Emulator, shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    text = []
    account.service.reset("failures")
    for status in ("Succeeded", "Failed", "Stopped"):
        cli.main(["call", "dlc_list_jobs", f"status={status}", "--structured", "page_size=4"])
        jobs = [row["JobId"] for row in json.loads(capsys.readouterr().out)["data"]["Jobs"]]
        text += [shown("watch", job) for job in jobs]
    text.append(shown("watch", jobs[0], "--lines", "0"))
    text.append(shown("watch", "dlcnosuchjob"))
    check("commands/watch.txt", "\n".join(text))


def test_the_formats_of_an_answer_are_what_was_approved(account: Emulator, shown: Shown) -> None:
    lists = [
        shown("call", "aiworkspace_list_workspaces", "--format", kind, *more)
        for kind in ("table", "json", "csv") for more in ([], ["page_size=1"])
    ]  # fmt: skip
    single = [
        shown("call", "aiworkspace_get_workspace", "workspace_id=1", "--format", kind) for kind in ("csv", "table")
    ]
    wrong = [
        shown("call", "dlc_get_job"), shown("call", "dlc_no_such_tool"), shown("call", "dlc_get_job", "job_id=x y"),
        *(shown("call", "dlc_list_jobs", word) for word in ("page_size=zero", "{", "[]")),
        shown("call", "dlc_list_jobs", "@/no/such/file"), shown("call", "dlc_stop_job", "job_id=dlcnosuchjob"),
    ]  # fmt: skip
    check("commands/call.txt", "\n".join([*lists, *single, *wrong]))


YAML = (
    "a: 1\nb: -2\nc: 1.5\nd: true\ne: null\nf: ~\ng:\nh: yes\ni: 1e3\nj: 0o7\nk: 2026-11-25\nl: '1'",
    "m: [x, 2]\nn: {o: é}",
    "- 1", "a", "", "a: 1\na: 2", "a: {b: 1, b: 2}", "1: x\n'1': y", "a: &x 1\nb: *x", "a: !!python/object:os.system 1",
    "a: [1\nb: 2", "a: \t- x", "a: 'x",
    "? [1, 2]\n: 3", "a: 1\n---\nb: 2", "[" * 3_000, "a: 00\nb: .5\nc: +1\nd: 1.0e+3",
)  # fmt: skip
JSON_TEXTS = ("{}", "[]", "1", '{"a": 1, "a": 2}', '{"a": }', "[" * 100_000, "", '{"a": "é"}', "\ufeff{}", "nul")


def test_what_is_read_of_the_arguments_in_a_file_is_what_was_approved(tmp_path: Path) -> None:
    text = []
    for name, contents in (("job.yaml", YAML), ("job.json", JSON_TEXTS)):
        for content in contents:
            (tmp_path / name).write_text(content, encoding="utf-8")
            try:
                found = json.dumps(read_arguments([f"@{tmp_path / name}"], io.StringIO()), ensure_ascii=False)
            except OptionError as wrong:
                found = str(wrong)
            text += [f"{name}: {content[:60]!r}", masked(found, tmp_path), ""]
    check("commands/arguments.txt", "\n".join(text))


ACT = {
    "when": "2026-11-25T10:00:00Z", "caller": "änne", "tool": "dlc_stop_job", "target": {"JobId": "dlc1"},
    "region": "cn-hangzhou", "outcome": "ok", "rule": None, "confirmed_by": "token", "request_id": "R-1",
}  # fmt: skip


def test_what_audit_shows_is_what_was_approved(shown: Shown, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    acts = [ACT, ACT | {"caller": "bob", "outcome": "refused", "rule": "R30", "request_id": "R-2"}, ACT | {"tool": "é"}]
    log.write_text("".join(f"{json.dumps(act)}\n" for act in acts) + "no line of ours\n")
    log.chmod(0o600)
    words = (
        [], ["--json"], ["--act", "R-1"], ["--act", "R-9"], ["--caller", "bob", "--tool", "dlc_stop_job"],
        ["--caller", "bob", "--outcome", "ok"], ["--rule", "R30"], ["--since", "2026-11-26"], ["--last", "0"],
        ["--region", "cn-beijing"], ["--reads"],
    )  # fmt: skip
    text = [shown("audit", "--audit-log", str(log), *some) for some in words]
    check("commands/audit.txt", "\n".join([*text, shown("audit"), shown("audit", "--audit-log", str(tmp_path))]))


FULL = {
    "access_key_id": "LTAIfull", "access_key_secret": "hush-hush-hush", "sts_token": "hush-hush-hush",
    "ram_role_arn": "acs:ram::1:role/r", "source_profile": "source", "access_token": "hush-hush-hush",
    "credentials_uri": "http://127.0.0.1:9/x", "region_id": "cn-hangzhou",
}  # fmt: skip
CLI_FILES: dict[str, str | bytes] = {
    "empty": " \n", "cut": '{"profiles": [{"name": "default",\n "mode"', "a list": "[]", "no profiles": "{}",
    "profiles of text": '{"profiles": ["default"]}', "deep": "[" * 100_000, "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": b"\xff\xfe{\0}\0", "not UTF-8": b'{"profiles": "\xff"}', "large": " " * 2_000_000,
}  # fmt: skip
CLI_PROFILES: dict[str, dict[str, Any]] = {
    **{mode: FULL | {"mode": mode} for mode in (*profiles.CLI_MODES, "External9", "")},
    "AK and nothing": {"mode": "AK"},
    "a temporary key as AK": FULL | {"mode": "AK", "access_key_id": "STS.x"},
    "an expired session": FULL | {"mode": "StsToken", "sts_expiration": 1_000_000_000},
    "OIDC without its file": FULL | {"mode": "OIDC", "oidc_provider_arn": "a", "oidc_token_file": "/no/such"},
    "a source that is none": FULL | {"mode": "ChainableRamRoleArn", "source_profile": "elsewhere"},
    "a source with a long name": FULL | {"mode": "ChainableRamRoleArn", "source_profile": "s" * 70},
    "itself as a source": FULL | {"mode": "ChainableRamRoleArn", "source_profile": "mine"},
}
INI_FILES = {
    "no section": "type = access_key", "no type": "[default]\nenable = true",
    "a type": "[default]\ntype = no_such # why",
    "half": "[default]\ntype = access_key\naccess_key_id = LTAI", "another name": "[other]\ntype = access_key",
    "a temporary key": "[default]\ntype = access_key\naccess_key_id = STS.x\naccess_key_secret = hush",
    "twice": "[default]\ntype = a\n[default]\ntype = b",
}  # fmt: skip
VARIABLES: dict[str, dict[str, str]] = {
    "half a key": {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI"},
    "the other half": {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush"},
    "a temporary key": {"ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.x", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush"},
    "no command line": {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"},
    "a profile that is not there": {"ALIBABA_CLOUD_PROFILE": "elsewhere"},
    "an OIDC file that is not there": {
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/no/such", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "a",
        "ALIBABA_CLOUD_ROLE_ARN": "b",
    },
    "OIDC in part": {"ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/no/such", "ALIBABA_CLOUD_ROLE_ARN": "b"},
    "parts that serve others": {"ALIBABA_CLOUD_ROLE_ARN": "b"},
    "an address that is asked": {"ALIBABA_CLOUD_CREDENTIALS_URI": "http://127.0.0.1:9/x"},
    "a file that was named": {"ALIBABA_CLOUD_CREDENTIALS_FILE": "/no/such"},
}  # fmt: skip


def places(home: Path, environ: dict[str, str], profile: str | None = None) -> list[str]:
    found = search(profile, {"HOME": str(home), **environ})
    looked = [*found.places, *([found.named] if found.named else [])]
    lines = [
        f"  {place.kind}: {place.where}: {place.fault or 'good'}"
        f" [{place.profile} {place.mode} {place.region} {place.uri}{' missing' * place.is_missing}"
        f"{' readable' * place.readable_by_others}{f' until {iso(place.expires_at_s)}' if place.expires_at_s else ''}]"
        for place in looked
    ]
    return [*lines, f"  why none: {found.why_none()}", ""]


def test_r70_what_is_wrong_with_each_place_of_a_credential_is_what_was_approved(tmp_path: Path) -> None:
    assert time.time() > 1_000_000_000
    text = []
    for name, content in CLI_FILES.items():
        home = tmp_path / name
        (home / ".aliyun").mkdir(parents=True)
        file = home / ".aliyun" / "config.json"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        file.chmod(0o600)
        text += [f"config.json: {name}", *places(home, {})]
    (tmp_path / "folder" / ".aliyun" / "config.json").mkdir(parents=True)
    text += ["config.json: a folder", *places(tmp_path / "folder", {})]
    for name, profile in CLI_PROFILES.items():
        home = tmp_path / f"profile {name}"
        home.mkdir()
        cli_profiles(home, "mine", mine=profile, source=key("source"))
        text += [f"profile: {name}", *places(home, {})]
    cli_profiles(tmp_path, "n" * 70, **{"n" * 70: FULL | {"mode": "ChainableRamRoleArn", "source_profile": "u" * 70}},
                 **{"u" * 70: FULL | {"mode": "CredentialsURI"}})  # fmt: skip
    text += ["profile: long names of a profile and its source, which has an address", *places(tmp_path, {})]
    text += ["profile: a long name, and there is none", *places(tmp_path, {}, "x" * 70)]
    (tmp_path / ".aliyun" / "config.json").unlink()
    text += ["profile: named, and another is current", *places(home, {}, "source")]
    text += ["profile: named, and there is none", *places(home, {}, "elsewhere")]
    for name, content in INI_FILES.items():
        home = tmp_path / f"ini {name}"
        (home / ".alibabacloud").mkdir(parents=True)
        (home / ".alibabacloud" / "credentials.ini").write_text(content)
        text += [f"credentials.ini: {name}", *places(home, {})]
    for name, environ in VARIABLES.items():
        text += [f"variables: {name}", *places(tmp_path, environ)]
    shown = masked("\n".join(text), tmp_path)
    assert "hush" not in shown
    check("commands/places.txt", shown)


@pytest.mark.skipif(sys.platform != "linux", reason="the words are the system's")
def test_r70_what_doctor_says_is_what_was_approved(account: Emulator, surround: Surround, shown: Shown) -> None:
    ends = {"PAI_DLC_MCP_DLC_ENDPOINT": account.dlc, "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": account.aiworkspace}
    keyed = {"ALIBABA_CLOUD_ACCESS_KEY_ID": ALICE, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEYS[ALICE].secret}
    region = {"PAI_DLC_MCP_REGION": "cn-hangzhou"}
    surroundings: dict[str, dict[str, str]] = {
        "all is well": ends | keyed | region,
        "no region": ends | keyed,
        "no credential": ends | region,
        "a wrong secret": ends | region | keyed | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush"},
        "a wrong key": ends | region | keyed | {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAInosuch"},
        "nobody there": keyed | region | dict.fromkeys(ends, "http://127.0.0.1:9"),
        "a proxy that is no address": ends | keyed | region | {"HTTPS_PROXY": "proxy without a scheme"},
        "entries of NO_PROXY that mean nothing": ends
        | keyed
        | region
        | {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "a b,127.0.0.1"},
        "an unknown region": keyed | ends | {"PAI_DLC_MCP_REGION": "cn-hangzou"},
        "a profile that is not there": ends | region | {"ALIBABA_CLOUD_PROFILE": "elsewhere"},
        "half a key": ends | region | {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI"},
        "another region's host": keyed | region | dict.fromkeys(ends, "https://pai-dlc.cn-beijing.aliyuncs.com"),
    }
    text = []
    for name, environ in surroundings.items():
        surround(environ)
        text += [f"# {name}", shown("doctor")]
    shown_text = "\n".join(text)
    assert "hush" not in shown_text
    check("commands/doctor.txt", shown_text)
