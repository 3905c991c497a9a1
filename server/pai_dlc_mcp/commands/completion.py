"""``pai-dlc-mcp completion SHELL``: a script that completes commands, options and tools in bash, zsh or fish."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

from ..cli import COMMANDS
from ..toolsets import enabled

SHELLS = ("bash", "fish", "zsh")
SCRIPT = "pai-dlc-mcp"
HOW = {
    "bash": 'eval "$(pai-dlc-mcp completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(pai-dlc-mcp completion zsh)"    # in ~/.zshrc, after compinit',
    "fish": "pai-dlc-mcp completion fish | source   # in ~/.config/fish/config.fish",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))


def run(flags: argparse.Namespace) -> int:
    print(script(flags.shell))
    return 0


def script(shell: str) -> str:
    """The script for a shell, made of the commands as they are."""
    table = {name: words_of(name) for name in COMMANDS}
    body = _fish(table) if shell == "fish" else _bash(table, is_zsh=shell == "zsh")
    return f"# {HOW[shell]}\n{body}"


def words_of(command: str) -> tuple[list[str], list[str]]:
    """The options of a command, and what may stand in the place of its first argument."""
    parser = argparse.ArgumentParser(add_help=False)
    import_module(f"{__package__}.{command}").add_arguments(parser)
    options = [flag for flag in parser._option_string_actions if flag.startswith("--")]
    first: Any = next((action for action in parser._actions if not action.option_strings), None)
    if command == "call":
        return options, list(enabled(("all",)))
    return options, list(first.choices or ()) if first is not None else []


def _bash(table: dict[str, tuple[list[str], list[str]]], *, is_zsh: bool) -> str:
    """One function; zsh runs it in its own emulation of bash's completion."""
    cases = "\n".join(
        f"    {name}) options='{' '.join(options)}'; words='{' '.join(words)}' ;;"
        for name, (options, words) in table.items()
    )
    head = "autoload -U +X bashcompinit && bashcompinit\n" if is_zsh else ""
    return f"""{head}_pai_dlc_mcp() {{
  local here="${{COMP_WORDS[COMP_CWORD]}}" options='' words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{" ".join(table)} --help --version' -- "$here"))
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{cases}
  esac
  case "$here" in
    -*) COMPREPLY=($(compgen -W "$options --help" -- "$here")) ;;
    *) if [ "$COMP_CWORD" -eq 2 ] && [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$here")); \
else COMPREPLY=($(compgen -f -- "$here")); fi ;;
  esac
}}
complete -F _pai_dlc_mcp {SCRIPT}"""


def _fish(table: dict[str, tuple[list[str], list[str]]]) -> str:
    lines = [f"complete -c {SCRIPT} -f"]
    for name, (options, words) in table.items():
        text = COMMANDS[name].replace("'", "\\'")
        lines.append(f"complete -c {SCRIPT} -n __fish_use_subcommand -a {name} -d '{text}'")
        seen = f"'__fish_seen_subcommand_from {name}'"
        lines += [f"complete -c {SCRIPT} -n {seen} -l {flag.removeprefix('--')}" for flag in options]
        if words:
            first = f"'__fish_seen_subcommand_from {name}; and test (count (commandline -opc)) -eq 2'"
            lines.append(f"complete -c {SCRIPT} -n {first} -a '{' '.join(words)}'")
    return "\n".join(lines)
