"""``pai-dlc-mcp call TOOL [ARGUMENTS]``: one tool call from the shell, with the same guards and the same output.

Where an act needs a confirmation and both ends are a terminal, the person at it is asked, as a client would ask them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from ..app import Application, local_caller
from ..arguments import controls_of
from ..config.settings import OPTIONS, OptionError, parse_boolean
from ..config.sources import add_flags, settings_from
from ..errors import InvalidArguments, PaiError, Refusal
from ..logs import configure_logging
from ..operation import Tool
from ..protocol.call_tool import Peer, call_tool
from ..protocol.elicitation import question_key
from ..protocol.next_calls import hint
from ..protocol.result import Answer
from ..runtime import MOST_CHARS, InputNeeded, Person, Reaction
from .call_arguments import read_arguments
from .rendering import FORMATS, rendered
from .startup import default_state, embedded_emulator, load_credentials_library

_KINDS: tuple[type[PaiError], ...] = (InvalidArguments, *Refusal.__subclasses__())
REFUSED = frozenset(kind.code for kind in _KINDS)
"""Error codes of the guards' own refusals (exit 3); every other comes of the cloud or of credentials (exit 4)."""
MOST_LINES = 2_000
"""The most lines that one read of a log gives (R60)."""
MOST_PAGES = 200
"""Calls that a file gets at most; what is longer says so."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tool", metavar="TOOL", help="name of the tool, such as dlc_list_jobs")
    parser.add_argument(
        "arguments",
        metavar="ARGUMENTS",
        nargs="*",
        default=[],
        help="a JSON object; @FILE (JSON or YAML); - for standard input; or key=value words (key=@FILE: a file's text)",
    )
    parser.add_argument("--format", choices=FORMATS, help="how a result is printed (default: table)")
    parser.add_argument("--output", metavar="FILE", help="write the result there: all pages of a log or list, a chart")
    parser.add_argument("--structured", action="store_true", help="the same as --format json")
    parser.add_argument("--emulator", action="store_true", help="use a private embedded emulator: no account needed")
    add_flags(parser)


def complete_words(words: list[str]) -> list[str]:
    """The command line with its options in front of the rest, so that they may stand anywhere.

    A bare switch gets ``=true``; it would otherwise take the word behind it as its value.
    """
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    switches = {option.flag for option in OPTIONS if option.is_switch}
    known = {flag: action.nargs != 0 and flag not in switches for flag, action in parser._option_string_actions.items()}
    options: list[str] = []
    rest: list[str] = []
    left = list(words[1:])
    while left:
        word = left.pop(0)
        if word == "--":
            return [words[0], *options, "--", *rest, *left]
        if word in switches:
            options.append(f"{word}={left.pop(0) if left and _is_boolean(left[0]) else 'true'}")
        elif known.get(word) and left:
            options += [word, left.pop(0)]
        else:
            is_option = word.startswith("-") and word != "-"
            (options if is_option else rest).append(word)
    return [words[0], *options, *(["--", *rest] if rest else [])]


def _is_boolean(word: str) -> bool:
    try:
        return isinstance(parse_boolean(word), bool)
    except ValueError:
        return False


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags, state=default_state(flags.emulator))
    configure_logging(settings.log_level, settings.log_format)
    app = Application(settings, emulate=embedded_emulator if flags.emulator else None)
    if not flags.emulator:
        load_credentials_library()
    tool = _tool(app, flags.tool)
    given = read_arguments(flags.arguments, sys.stdin)
    output = Path(flags.output) if flags.output else None
    answers = anyio.run(_call, app, tool, given, output is not None)
    return _deliver(answers, "json" if flags.structured else flags.format or "table", output)


def _tool(app: Application, name: str) -> Tool:
    tool = app.tools.get(name)
    if tool is None:
        raise OptionError(f"there is no enabled tool {name[:60]!r}{hint(name, app.tools) or '; see pai-dlc-mcp tools'}")
    return tool


def _deliver(answers: list[Answer], kind: str, output: Path | None) -> int:
    """Print the result or write it, and say by the exit code how it ended."""
    last = answers[-1]
    if last.is_error:
        print(rendered([last], "json") if kind == "json" else last.text)
        return 3 if last.structured["error"]["code"] in REFUSED else 4
    if output is None:
        print(rendered(answers, kind))
        return 0
    content = last.image if last.image is not None else (rendered(answers, kind) + "\n").encode()
    try:
        output.expanduser().write_bytes(content)
    except OSError as wrong:
        raise OptionError(f"--output: cannot write there ({wrong.strerror})") from None
    print(f"Wrote {len(content):,} bytes to {output}", file=sys.stderr)
    if last.structured.get("truncated"):
        print(f"It is cut: {json.dumps(last.structured['truncated'], ensure_ascii=False)}", file=sys.stderr)
    return 0


async def _call(app: Application, tool: Tool, given: Mapping[str, Any], is_whole: bool) -> list[Answer]:
    """The answer; ``is_whole`` follows a read that was cut to its end, a call for each page."""
    given = {**_whole_pages(tool), **given} if is_whole else given
    async with app.running():
        answers = [await _asked(app, tool, given)]
        while is_whole and tool.effect == "read" and len(answers) < MOST_PAGES:
            more = (answers[-1].structured.get("truncated") or {}).get("more")
            if not more or more["tool"] != tool.name or more["arguments"] == given:
                break
            given = more["arguments"]
            answers.append(await _asked(app, tool, given))
        return answers


def _whole_pages(tool: Tool) -> dict[str, Any]:
    """A file has room: the largest pages, unless the call says otherwise."""
    fields = {**tool.inputs.model_fields, **controls_of(tool).model_fields}
    return {name: most for name, most in (("max_chars", MOST_CHARS), ("max_lines", MOST_LINES)) if name in fields}


async def _asked(app: Application, tool: Tool, given: Mapping[str, Any]) -> Answer:
    """One call, made again with the person's answer where it asks; the person has as long as they need."""
    replies: dict[str, bool] = {}
    while True:
        person = _AtTerminal(replies) if sys.stdin.isatty() and sys.stderr.isatty() else None
        try:
            return await call_tool(app, tool, given, Peer(local_caller(), lambda *_: person))  # noqa: B023 - called now
        except InputNeeded as needed:
            replies[needed.key] = await anyio.to_thread.run_sync(_typed, str(needed), needed.name)


class _AtTerminal(Person):
    """The person at this terminal, whose reply stands in ``replies`` once they have been asked."""

    answers_by_retry = True

    def __init__(self, replies: Mapping[str, bool]) -> None:
        self._replies = replies

    async def ask(self, message: str, name: str) -> Reaction:
        key = question_key(message, name)
        if key not in self._replies:
            raise InputNeeded(key, message, name)
        return Reaction("typed" if self._replies[key] else "mistyped", 0.0)


def _typed(message: str, name: str) -> bool:
    """Whether exactly the name was typed; the question goes to stderr, since stdout is the result's."""
    print(f"\n{message}", file=sys.stderr)
    print(f"Type {name} to go on, anything else to leave it: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == name
