"""The command line: finds the command that was called, imports only that one and runs it."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, NoReturn

from . import __version__

COMMANDS = {
    "serve": "the MCP server, on stdio or streamable HTTP",
    "emulator": "the emulator alone",
    "demo": "a tour: a real client, the real server, the emulator",
    "doctor": "check Python, credentials, region, proxies, endpoints and clock, and read each product once",
    "tools": "the catalogue of tools",
    "policy": "the least RAM policy for the enabled tools",
    "config": "a client's configuration snippet",
    "skill": "install the skill into a folder",
    "approve": "see and decide what waits for a person's approval",
    "token": "make, list or revoke a caller's bearer token for HTTP",
    "call": "one tool call from the shell",
    "watch": "follow a job until it ends",
    "dashboard": "the page for people, on loopback: jobs, quotas, what waits for approval",
    "completion": "a script that completes commands, options and tools in a shell",
    "audit": "read the audit log: the last acts, or one of them",
}
NEAR = 0.75
"""How alike two words are, of 1, before one is taken for a slip in the other."""


class Parser(argparse.ArgumentParser):
    """An option parser whose complaint is one line, with the word that was meant; ``--help`` has the rest."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}{self._meant(message)}; see {self.prog} --help\n")

    def _meant(self, message: str) -> str:
        """The option, command or choice that is nearest to the one that is not known."""
        from difflib import get_close_matches  # start-up: saves 1 ms where nothing is wrong

        if option := re.search(r"unrecognized arguments: (--[\w-]+)", message):
            given, known = option[1], [name for action in self._actions for name in action.option_strings]
        elif choice := re.search(r"invalid choice: '?([\w-]+)'? \(choose from (.*)\)", message):
            given, known = choice[1], re.findall(r"[\w-]+", choice[2])
        else:
            return ""
        near = get_close_matches(given, known, 1, NEAR)
        return f" (did you mean {near[0]}?)" if near else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Exit codes: 0 done, 1 a check failed, 2 a wrong option, 3 refused, 4 the cloud failed, 130 interrupted. ``watch``
    ends as its job did: 0 succeeded, 1 failed, 2 stopped.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words[0] if words and words[0] in COMMANDS else None
    with _collection_paused() if name == "serve" else contextlib.nullcontext():
        command = None if name is None else import_module(f"{__package__}.commands.{name}")
        parser = Parser(prog="pai-dlc-mcp", description="MCP server for Alibaba Cloud PAI-DLC.", allow_abbrev=False)
        parser.add_argument("--version", action="version", version=f"pai-dlc-mcp {__version__}")
        commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
        chosen: argparse.ArgumentParser = parser
        for known, text in COMMANDS.items():
            # No abbreviations: a new option would change what an old abbreviation means.
            description = text[0].upper() + text[1:] + "."
            subparser = commands.add_parser(known, help=text, description=description, allow_abbrev=False)
            if command is not None and known == name:
                command.add_arguments(subparser)
                chosen = subparser
        if command is not None and hasattr(command, "complete_words"):
            words = command.complete_words(words)
        flags, unknown = parser.parse_known_args(words)
        if unknown:
            chosen.error(f"unrecognized arguments: {' '.join(unknown)}")
        return _run(command, flags)


@contextlib.contextmanager
def _collection_paused() -> Iterator[None]:
    """No garbage collection while the server is imported and built; the transport resumes it when it serves."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _run(command: Any, flags: argparse.Namespace) -> int:
    from .config.settings import OptionError  # start-up: saves 179 ms for --help and --version

    try:
        return int(command.run(flags))
    except OptionError as wrong:
        print(f"pai-dlc-mcp {flags.command}: {wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _end_without_reader()
    except ExceptionGroup as several:  # a task group of anyio wraps what its tasks raise
        if several.split(BrokenPipeError)[1] is not None:
            raise
        return _end_without_reader()


def _end_without_reader() -> int:
    """The other end of stdout is closed: nothing can be reported, and nothing is left to do."""
    # What is still buffered would fail once more at the end of the interpreter.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
