"""The commands. Each is imported when it is the one that was called: ``serve`` starts with nothing else loaded."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from . import __version__

COMMANDS = {
    "serve": "the MCP server, on stdio or streamable HTTP",
    "emulator": "the emulator alone",
    "demo": "a tour: a real client, the real server, the emulator",
    "doctor": "check Python, credentials, region, endpoints and clock",
    "tools": "the catalogue of tools",
    "policy": "the least RAM policy for the enabled tools",
    "config": "a client's configuration snippet",
    "skill": "put the skill into a folder",
    "approve": "see and decide what waits for a person's approval",
    "call": "one tool call from the shell",
}


class Parser(argparse.ArgumentParser):
    """An option parser whose complaint is one line; ``--help`` has the rest."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 a check failed, 2 a wrong option, 3 refused, 4 the cloud failed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = Parser(prog="pai-dlc-mcp", description="MCP server for Alibaba Cloud PAI-DLC.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"pai-dlc-mcp {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = given[0] if given and given[0] in COMMANDS else None
    for name, text in COMMANDS.items():
        # No abbreviations: a new option would change what an old abbreviation means.
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        if name == chosen:
            import_module(f"{__package__}.commands.{name}").add_arguments(command)
    if chosen == "call":
        from .commands.call import completed

        given = completed(given)
    flags = parser.parse_args(given)
    return _run(flags)


def _run(flags: argparse.Namespace) -> int:
    from .config.sources import OptionError

    try:
        return int(import_module(f"{__package__}.commands.{flags.command}").run(flags))
    except OptionError as wrong:
        print(f"pai-dlc-mcp {flags.command}: {wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _nobody_reads()
    except ExceptionGroup as several:  # a task group of anyio wraps what its tasks raise
        if several.split(BrokenPipeError)[1] is not None:
            raise
        return _nobody_reads()


def _nobody_reads() -> int:
    """The other end of stdout is gone: there is nobody to tell, and nothing left to do."""
    import os

    # What is still buffered would fail once more at the end of the interpreter.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
