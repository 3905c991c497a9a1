"""Every setting with its default and its forms, and the one line that each wrong value gets."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_mcp.config.settings import ALWAYS_CONFIRMED, OPTIONS, Option, OptionError, Settings, parse_list
from pai_dlc_mcp.config.sources import add_flags, settings_from

ALWAYS = frozenset({"stop", "delete", "spend", "redirect", "admit", "foreign"})
"""What R30 confirms whatever is set."""
CONFIRMABLE = "stop, delete, spend, redirect, admit, foreign, expose, overwrite, create"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def parsed(*flags: str, state: str = "memory", **environ: str) -> Settings:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return settings_from(parser.parse_args(flags), environ, state=state)


def refused(*flags: str, **environ: str) -> str:
    with pytest.raises(OptionError) as caught:
        parsed(*flags, **environ)
    return str(caught.value)


def test_what_is_set_when_nobody_sets_anything() -> None:
    nothing = dict.fromkeys(
        name
        for name in Settings.model_fields
        if name.startswith(("max_", "oauth_", "tls_", "profile"))
        or name.endswith("_endpoint")
        or name in {"region", "keys", "tokens", "callers", "requests_per_second"}
    ) | {"audit_log": None, "public_url": None}
    lists: dict[str, Any] = dict.fromkeys(
        ("regions", "workspaces", "owners", "image_prefixes", "pass_signals", "trusted_proxies"), ()
    )
    assert parsed().model_dump() == nothing | lists | {
        "toolsets": ("default",),
        "read_only": False,
        "confirm": ALWAYS_CONFIRMED,
        "confirm_by": "auto",
        "require_max_running_time": False,
        "state": "memory",
        "no_auth": False,
        "sessions": "auto",
        "grace_seconds": 10,
        "log_format": "text",
        "log_level": "warning",
    }


def test_every_option_has_its_flag_its_variable_and_a_default_in_words() -> None:
    by_name = {option.name: option for option in OPTIONS}
    assert [option.field for option in OPTIONS] == [
        name for name in Settings.model_fields if name != "profile_of_environment"
    ]
    assert by_name["max-gpus-per-job"] == Option(
        "max_gpus_per_job", "N", "most GPUs that one job may request", "no limit", is_switch=False
    )
    assert by_name["read-only"] == Option("read_only", "BOOL", "offer reads only", "false", is_switch=True)
    assert (by_name["read-only"].flag, by_name["read-only"].variable) == ("--read-only", "PAI_DLC_MCP_READ_ONLY")
    switches = {name for name, option in by_name.items() if option.is_switch}
    assert switches == {"read-only", "require-max-running-time", "no-auth"}
    words = {
        "toolsets": "default",
        "read-only": "false",
        "region": "`ALIBABA_CLOUD_REGION_ID`, else the profile's, else none",
        "regions": "any",
        "workspaces": "any",
        "owners": "any",
        "image-prefixes": "none",
        "confirm": "no others",
        "confirm-by": "auto",
        "max-gpus-per-job": "no limit",
        "max-running-jobs": "no limit",
        "max-running-gpus": "no limit",
        "max-creates-per-hour": "no limit",
        "require-max-running-time": "false",
        "state": "a file in the user's state folder; memory with `--emulator`",
        "keys": "none",
        "tokens": "none",
        "audit-log": "none",
        "log-level": "warning",
        "dlc-endpoint": "the region's",
        "aiworkspace-endpoint": "the region's",
        "studio-endpoint": "the region's; none where others are replaced",
        "sessions": "none with Redis, else kept",
        "grace-seconds": "10",
    }
    assert {name: by_name[name].default for name in words} == words


@pytest.mark.parametrize(
    ("flag", "text", "value"),
    [
        ("toolsets", "jobs, images\tdatasets,,all", ("jobs", "images", "datasets", "all")),
        ("workspaces", "1 2", ("1", "2")),
        ("owners", "10", ("10",)),
        ("image-prefixes", "a/b,c", ("a/b", "c")),
        ("region", "cn-hangzhou", "cn-hangzhou"),
        ("region", "a" * 40, "a" * 40),
        ("region", "a1", "a1"),
        ("regions", "cn-hangzhou,cn-beijing", ("cn-hangzhou", "cn-beijing")),
        *[("read-only", text, True) for text in ("1", "true", "YES", " on ")],
        *[("read-only", text, False) for text in ("0", "False", "no", "OFF")],
        ("require-max-running-time", "yes", True),
        ("max-gpus-per-job", "0", 0),
        ("max-running-jobs", " 12 ", 12),
        ("max-running-gpus", "999999999", 999_999_999),
        ("max-creates-per-hour", "007", 7),
        ("confirm", "expose create", ALWAYS | {"expose", "create"}),
        ("confirm", "stop", ALWAYS),
        ("confirm-by", "human", "human"),
        ("confirm-by", "token", "token"),
        *[("log-level", level, level) for level in ("debug", "info", "warning", "error")],
        ("dlc-endpoint", "gateway.example.com", "https://gateway.example.com"),
        ("aiworkspace-endpoint", "http://127.0.0.1:1/", "http://127.0.0.1:1"),
        ("studio-endpoint", "https://example.com:8443", "https://example.com:8443"),
    ],
)
def test_an_option_is_read_in_its_forms_from_flag_variable_and_file(
    flag: str, text: str, value: object, tmp_path: Path
) -> None:
    field = flag.replace("-", "_")
    (tmp_path / "options.toml").write_text(f'{flag} = "{text}"\n')
    found = [
        parsed(f"--{flag}", text),
        parsed(**{f"PAI_DLC_MCP_{field.upper()}": text}),
        parsed("--config", str(tmp_path / "options.toml")),
    ]
    assert [getattr(settings, field) for settings in found] == [value] * 3


@pytest.mark.parametrize(
    ("flag", "text", "words"),
    [
        ("read-only", "perhaps", "takes true or false"),
        ("max-gpus-per-job", "1000000000", "takes a whole number, 0 or more"),
        ("max-gpus-per-job", "-1", "takes a whole number, 0 or more"),
        ("max-gpus-per-job", "1.5", "takes a whole number, 0 or more"),
        ("region", "a", "takes a region id such as cn-hangzhou"),
        ("region", "a" * 41, "takes a region id such as cn-hangzhou"),
        ("regions", "cn-hangzhou,CN", "takes a region id such as cn-hangzhou"),
        ("confirm", "write,all", f"takes {CONFIRMABLE}, not all, write"),
        ("confirm-by", "nobody", "takes 'auto', 'human' or 'token'"),
        ("log-level", "loud", "takes 'debug', 'info', 'warning' or 'error'"),
        ("trusted-proxies", "10.0.0.5,proxy", "takes addresses and networks, such as 10.0.0.5,192.168.0.0/16"),
        ("trusted-proxies", "10.0.0.0/33", "takes addresses and networks, such as 10.0.0.5,192.168.0.0/16"),
        ("state", "postgres://host/db", "takes memory, a file path or redis://host:port/db"),
        ("state", "a\0b", "takes memory, a file path or redis://host:port/db"),
        ("keys", "/no/such/file", "names a file that does not exist"),
        ("dlc-endpoint", "http://example.com", "endpoint 'http://example.com': plain http is only for this machine"),
    ],
)
def test_a_wrong_value_is_refused_with_what_the_option_takes(flag: str, text: str, words: str) -> None:
    assert refused(f"--{flag}", text).startswith(f"--{flag} {words}")
    if "\0" not in text:
        variable = f"PAI_DLC_MCP_{flag.upper().replace('-', '_')}"
        assert refused(**{variable: text}).startswith(f"{variable} {words}")


def test_toolsets_that_there_are_not_are_named_and_those_that_there_are() -> None:
    said = refused("--toolsets", "jobs,lots,nothing")
    assert said.startswith("--toolsets takes default, lean, all, ")
    assert said.endswith(", discovery, composites and names of tools, not lots, nothing")


@pytest.mark.parametrize("blank", ["", " ", ",", " ,\t"])
def test_a_blank_text_is_no_value_wherever_it_stands(blank: str, tmp_path: Path) -> None:
    assert refused(f"--workspaces={blank}") == "--workspaces is empty; leave it out or give it a value"
    (tmp_path / "options.toml").write_text(f'workspaces = "{blank}"\n'.replace("\t", "\\t"))
    said = "workspaces in the file is empty; leave it out or give it a value"
    assert refused("--config", str(tmp_path / "options.toml")) == said


def test_a_switch_without_a_word_is_on() -> None:
    assert parsed("--read-only").read_only
    assert not parsed("--read-only", "false", PAI_DLC_MCP_READ_ONLY="true").read_only


def test_the_sdks_own_variables_count_where_ours_say_nothing() -> None:
    theirs = {"ALIBABA_CLOUD_REGION_ID": "cn-beijing", "ALIBABA_CLOUD_PROFILE": "work"}
    assert (parsed(**theirs).region, parsed(**theirs).profile_of_environment) == ("cn-beijing", "work")
    assert parsed("--region", "cn-hangzhou", **theirs).region == "cn-hangzhou"
    assert parsed(PAI_DLC_MCP_REGION="cn-shanghai", **theirs).region == "cn-shanghai"
    empty = parsed(ALIBABA_CLOUD_REGION_ID="", ALIBABA_CLOUD_PROFILE="")
    assert (empty.region, empty.profile_of_environment) == (None, None)
    assert refused(ALIBABA_CLOUD_REGION_ID="B") == "ALIBABA_CLOUD_REGION_ID takes a region id such as cn-hangzhou"


def test_a_file_of_options_is_named_by_flag_or_variable_and_takes_lists_and_either_dash(
    tmp_path: Path,
) -> None:
    lines = 'image_prefixes = ["a/b", "c"]\nmax-running-jobs = 3\nread_only = true\n'
    (tmp_path / "one.toml").write_text(lines)
    (tmp_path / "two.toml").write_text("max-running-jobs = 4\n")
    one, two = str(tmp_path / "one.toml"), str(tmp_path / "two.toml")
    for settings in (parsed("--config", one, PAI_DLC_MCP_CONFIG=two), parsed(PAI_DLC_MCP_CONFIG="~/one.toml")):
        assert settings.image_prefixes == ("a/b", "c")
        assert (settings.max_running_jobs, settings.read_only) == (3, True)
    (tmp_path / "one.toml").write_text("what_is_this = 1\na = 2\n")
    assert refused("--config", one) == f"--config: {one} has unknown lines: a, what-is-this"
    assert refused("--config", "/no/file") == "--config: cannot read /no/file (No such file or directory)"


def test_a_variable_that_is_none_of_ours_is_refused_with_the_nearest() -> None:
    said = "PAI_DLC_MCP_REGOIN is not a known variable; did you mean PAI_DLC_MCP_REGION?"
    assert refused(PAI_DLC_MCP_REGOIN="x", PAI_DLC_MCP_ZZ="y") == said
    far = f"PAI_DLC_MCP_{'9' * 40}"
    assert refused(**{far: "x"}) == f"{far} is not a known variable"
    assert parsed(MY_PAI_DLC_MCP_REGOIN="x") == parsed()


def test_a_list_is_split_at_commas_and_blanks_and_what_is_no_text_stays() -> None:
    assert parse_list("a,b c\n,d ") == ("a", "b", "c", "d")
    assert parse_list(["a b"]) == ["a b"]
    found = Settings(read_only=True, max_running_jobs=3, confirm=frozenset({"expose"})).confirm
    assert found == ALWAYS | {"expose"}
