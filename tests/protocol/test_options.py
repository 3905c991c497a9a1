"""A wrong option, variable or file: one clear line on stderr, exit code 2, nothing served."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

import pytest
from pydantic import ValidationError

from pai_dlc_mcp import cli
from pai_dlc_mcp.commands.serve import parse_address
from pai_dlc_mcp.config.files import CHECKS
from pai_dlc_mcp.config.settings import OPTIONS, OptionError, Settings
from pai_dlc_mcp.config.sources import add_flags, settings_from

WRONG = {
    "toolsets": "no-such-set",
    "read-only": "perhaps",
    "region": "CN_Hangzhou!",
    "regions": "cn-hangzhou,NO",
    "confirm": "stop,everything",
    "confirm-by": "nobody",
    "max-gpus-per-job": "-1",
    "max-running-jobs": "many",
    "max-running-gpus": "1.5",
    "requests-per-second": "1.5",
    "max-creates-per-hour": "0x10",
    "require-max-running-time": "sometimes",
    "max-running-time-minutes": "a day",
    "state": "postgres://host/db",
    "keys": "/no/such/file",
    "tokens": "/no/such/file",
    "oauth-issuer": "http://issuer.example",
    "callers": "/no/such/file",
    "public-url": "https://user@host.example",
    "trusted-proxies": "10.0.0.0/99",
    "tls-cert": "/no/such/file",
    "tls-key": "/no/such/file",
    "no-auth": "perhaps",
    "audit-log": "/dev/null/audit.log",
    "log-level": "loud",
    "log-format": "xml",
    "sessions": "some",
    "grace-seconds": "-1",
    "dlc-endpoint": "http://example.com",
    "aiworkspace-endpoint": "ftp://127.0.0.1",
    "studio-endpoint": "http://example.com",
}
ANYTHING_GOES = {"workspaces", "owners", "image-prefixes", "pass-signals", "profile", "oauth-audience"}
"""Names that only the cloud, jobs or the issuer know, and one that is looked up when a credential is needed."""


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def one_error_line(captured: pytest.CaptureFixture[str]) -> str:
    assert gc.isenabled()
    said = captured.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1, said.err
    assert "Traceback" not in said.err
    return said.err


def test_every_option_is_tried_with_a_wrong_value() -> None:
    assert {option.name for option in OPTIONS} == set(WRONG) | ANYTHING_GOES


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_flag_is_one_line_that_names_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", f"--{name}", WRONG[name]]) == 2
    assert f"--{name}" in one_error_line(capsys)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_variable_is_one_line_that_names_it(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = "PAI_DLC_MCP_" + name.upper().replace("-", "_")
    monkeypatch.setenv(variable, WRONG[name])
    assert cli.main(["serve"]) == 2
    assert variable in one_error_line(capsys)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_of_the_file_is_one_line_that_names_it(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "options.toml"
    file.write_text(f'{name} = "{WRONG[name]}"\n')
    assert cli.main(["serve", "--config", str(file)]) == 2
    assert f"{name} in the file" in one_error_line(capsys)


@pytest.mark.parametrize("name", WRONG)
def test_an_empty_value_is_refused_because_a_limit_must_not_be_missed(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    variable, file = "PAI_DLC_MCP_" + name.upper().replace("-", "_"), tmp_path / "options.toml"
    for text in ('""', "[]"):
        file.write_text(f"{name} = {text}\n")
        assert cli.main(["serve", "--config", str(file)]) == 2
        assert f"{name} in the file is empty" in one_error_line(capsys)
    assert cli.main(["serve", f"--{name}="]) == 2
    assert f"--{name} is empty" in one_error_line(capsys)
    monkeypatch.setenv(variable, "")
    assert cli.main(["serve"]) == 2
    assert f"{variable} is empty" in one_error_line(capsys)


def test_an_empty_name_of_the_options_file_is_refused_likewise(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["serve", "--config", ""]) == 2
    assert "--config is empty" in one_error_line(capsys)
    monkeypatch.setenv("PAI_DLC_MCP_CONFIG", "")
    assert cli.main(["serve"]) == 2
    assert "--config is empty" in one_error_line(capsys)


def test_a_misspelt_variable_is_refused_because_a_limit_must_not_be_missed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAI_DLC_MCP_READONLY", "true")
    assert cli.main(["serve"]) == 2
    assert "PAI_DLC_MCP_READ_ONLY" in one_error_line(capsys)


def test_a_wrong_region_of_the_sdks_own_variable_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_REGION_ID", "https://example.com")
    assert cli.main(["serve"]) == 2
    assert "ALIBABA_CLOUD_REGION_ID" in one_error_line(capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "config cursor --toolset lean",
            "unrecognized arguments: --toolset lean (did you mean --toolsets?); see pai-dlc-mcp config",
        ),
        ("serve --regoin cn-hangzhou", "--regoin cn-hangzhou (did you mean --region?); see pai-dlc-mcp serve --help"),
        ("confg cursor", "(did you mean config?); see pai-dlc-mcp --help"),
        ("config claude-cod", "(did you mean claude-code?); see pai-dlc-mcp config --help"),
        ("serve --quite-another", "unrecognized arguments: --quite-another; see pai-dlc-mcp serve --help"),
        ("call", "the following arguments are required: TOOL; see pai-dlc-mcp call --help"),
    ],
)
def test_a_slip_names_the_word_that_was_meant(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(words.split())
    assert end.value.code == 2
    assert said in one_error_line(capsys)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("toolsets = [", "not TOML"),
        ("no_such_option = 1\n", "no-such-option"),
        ("[serve]\nregion = 'cn-hangzhou'\n", "serve"),
        (None, "cannot read"),
        (b"\xff\xfe", "it is not UTF-8"),
    ],
)
def test_a_wrong_file_is_one_line(
    text: str | bytes | None, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "options.toml"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert cli.main(["serve", "--config", str(file)]) == 2
    assert said in one_error_line(capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--no-such-flag"],
        ["serve", "--tool", "all"],
        ["no-such-command"],
        [],
        ["call"],
        ["config", "no-such-client"],
        ["config", "cursor", "--no-such-flag"],
        ["emulator", "--port", "many"],
    ],
)
def test_what_is_no_flag_or_command_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    one_error_line(capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--http", "8080"],
        ["--http", "127.0.0.1:65536"],
        ["--http", "0.0.0.0:0", "--no-auth"],
        ["--http", "127.0.0.1:0", "--no-auth", "--tokens", "TOKENS"],
        ["--http", "no-such-host.invalid:0", "--tokens", "TOKENS"],
    ],
)
def test_what_cannot_be_served_is_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"alice: {'0' * 64}\n")
    tokens.chmod(0o600)
    given = [str(tokens) if word == "TOKENS" else word for word in arguments]
    assert cli.main(["serve", *given]) == 2
    one_error_line(capsys)


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (f"alice: {'0' * 64}\n", 0o644, "0600"),
        ("alice: a-token-in-the-clear\n", 0o600, "sha256"),
        ("# nobody\n", 0o600, "sha256"),
        ("\udcff", 0o600, "cannot be read"),
    ],
)
def test_a_file_of_tokens_that_is_open_or_malformed_is_refused_without_showing_it(
    text: str, mode: int, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_bytes(text.encode("utf-8", "surrogateescape"))
    tokens.chmod(mode)
    assert cli.main(["serve", "--http", "127.0.0.1:0", "--tokens", str(tokens)]) == 2
    line = one_error_line(capsys)
    assert said in line
    assert "in-the-clear" not in line


@pytest.mark.parametrize("text", ["", "abcd\n", "not hexadecimal\n"])
def test_a_file_of_keys_that_does_not_serve_is_refused(
    text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(text)
    keys.chmod(0o600)
    assert cli.main(["serve", "--keys", str(keys)]) == 2
    assert "--keys" in one_error_line(capsys)


@pytest.mark.parametrize("kind", ["folder", "below a file"])
def test_state_and_audit_in_an_impossible_place_are_refused(
    kind: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    place = tmp_path if kind == "folder" else file / "below"
    for flag in ("--state", "--audit-log"):
        assert cli.main(["serve", flag, str(place)]) == 2
        assert flag in one_error_line(capsys)


def test_every_option_that_names_a_file_or_an_address_is_checked_at_the_start() -> None:
    named = {option.field for option in OPTIONS if option.metavar in ("FILE", "URL", "WHERE")}
    assert named <= set(CHECKS) <= {option.field for option in OPTIONS}


def test_help_names_the_variable_and_the_default_of_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["serve", "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for option in OPTIONS:
        default = option.default.replace("`", "")
        assert f"{option.flag} " in text
        assert f"[{option.variable}; default: {default}]" in text


def test_settings_cannot_be_changed_and_a_copy_can_differ() -> None:
    settings = Settings(region="cn-hangzhou")
    with pytest.raises(ValidationError):
        settings.region = "cn-beijing"  # type: ignore[misc]  # frozen
    assert settings.model_copy(update={"region": "cn-beijing"}).region == "cn-beijing"
    assert hash(settings) == hash(Settings(region="cn-hangzhou"))


def test_a_name_that_is_no_setting_is_refused_because_a_limit_must_not_be_missed() -> None:
    with pytest.raises(ValidationError):
        Settings(max_gpu_per_job=1)  # type: ignore[call-arg]  # no such option


def test_no_message_and_no_representation_repeats_the_password_of_a_redis_address() -> None:
    assert "hunter2" not in repr(Settings(state="redis://:hunter2@127.0.0.1/0"))
    with pytest.raises(OptionError) as refused:
        parsed("--state", "postgres://:hunter2@127.0.0.1/0")
    assert "hunter2" not in str(refused.value)


def parsed(*flags: str, state: str = "memory", **environ: str) -> Settings:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return settings_from(parser.parse_args(flags), environ, state=state)


def test_a_flag_wins_over_the_variable_and_the_variable_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "options.toml"
    file.write_text('region = "cn-beijing"\nmax_gpus_per_job = 8\ntoolsets = ["jobs", "images"]\nread-only = true\n')
    named = {"PAI_DLC_MCP_CONFIG": str(file), "PAI_DLC_MCP_REGION": "cn-shanghai"}
    assert parsed("--region", "cn-hangzhou", **named).region == "cn-hangzhou"
    settings = parsed(**named)
    assert (settings.region, settings.max_gpus_per_job, settings.toolsets, settings.read_only) == (
        "cn-shanghai", 8, ("jobs", "images"), True,
    )  # fmt: skip


def test_state_in_memory_stays_in_memory_whoever_says_so() -> None:
    assert parsed(state="/somewhere").state == "/somewhere"
    assert parsed("--state", "memory", state="/somewhere").state == "memory"
    assert parsed(state="/somewhere", PAI_DLC_MCP_STATE="memory").state == "memory"


def test_r30_no_setting_takes_stop_delete_and_spend_from_what_is_confirmed() -> None:
    assert parsed("--confirm", "create").confirm >= {"stop", "delete", "spend", "create"}


def test_limits_that_are_no_numbers_raise_and_never_mean_no_limit() -> None:
    with pytest.raises(OptionError, match="takes a whole number"):
        parsed("--max-gpus-per-job", "unlimited")


@pytest.mark.parametrize(
    ("text", "place"),
    [("127.0.0.1:65535", ("127.0.0.1", 65_535)), ("[::1]:8080", ("::1", 8_080)), ("localhost:0", ("localhost", 0))],
)
def test_an_address_is_a_host_and_a_port(text: str, place: tuple[str, int]) -> None:
    assert parse_address(text) == place


@pytest.mark.parametrize("text", ["127.0.0.1:65536", "127.0.0.1:", ":80", "::1:80", "h:80 ", "h:-1", "u@h:80", "h:1:2"])
def test_what_is_no_address_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(OptionError, match=r"--http takes HOST:PORT, such as 127\.0\.0\.1:8080"):
        parse_address(text)
