"""Completion: every command, option, client and tool, in a real bash, and in zsh and fish where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pai_dlc_mcp.cli import COMMANDS
from pai_dlc_mcp.commands.completion import SHELLS, script
from pai_dlc_mcp.commands.config import CLIENTS
from pai_dlc_mcp.toolsets import enabled


def completed(*words: str) -> set[str]:
    """What bash offers for the last of these words."""
    program = f"""{script("bash")}
COMP_WORDS=(pai-dlc-mcp {" ".join(f"'{word}'" for word in words)}); COMP_CWORD={len(words)}
_pai_dlc_mcp; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_completes_commands_options_clients_and_tools() -> None:
    assert completed("") == set(COMMANDS) | {"--help", "--version"}
    assert completed("do") == {"doctor"}
    assert completed("config", "") == set(CLIENTS)
    assert completed("config", "cursor", "--emu") == {"--emulator"}
    assert completed("call", "dlc_get_pod_") == {"dlc_get_pod_events", "dlc_get_pod_logs"}
    assert completed("call", "") == set(enabled(("all",)))
    assert completed("serve", "--max-gpus") == {"--max-gpus-per-job"}
    assert completed("completion", "") == set(SHELLS)


def test_bash_completes_files_where_nothing_else_belongs(tmp_path: Path) -> None:
    (tmp_path / "jobfile.json").touch()
    assert completed("call", "dlc_create_job", f"{tmp_path}/job") == {f"{tmp_path}/jobfile.json"}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_parses_in_its_shell(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    done = subprocess.run([shell, "-n"], input=script(shell), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_says_where_it_goes_and_names_every_command(shell: str) -> None:
    text = script(shell)
    assert text.startswith("# ")
    assert f"pai-dlc-mcp completion {shell}" in text.splitlines()[0]
    assert all(name in text for name in COMMANDS)


def test_fish_completes_options_by_their_names_and_words_in_their_place() -> None:
    lines = script("fish").splitlines()
    seen = "complete -c pai-dlc-mcp -n '__fish_seen_subcommand_from"
    assert f"{seen} serve' -l max-gpus-per-job" in lines
    assert f"{seen} audit' -l act" in lines
    first = f"{seen} config; and test (count (commandline -opc)) -eq 2' -a '"
    (words,) = [line.removeprefix(first) for line in lines if line.startswith(first)]
    assert set(words.removesuffix("'").split()) == set(CLIENTS)
    assert not [line for line in lines if " -l -" in line]
