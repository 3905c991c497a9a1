"""``pai-dlc-mcp call TOOL [JSON]``: one tool call from the shell, with the same guards and the same output."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import anyio

from ..app import Application, local_caller
from ..config.settings import OPTIONS, OptionError, parse_boolean
from ..config.sources import add_flags, settings_from
from ..errors import InvalidArguments, PaiError, Refusal
from ..protocol.call_tool import Peer, call_tool
from ..protocol.next_calls import hint
from .startup import configure_logging, default_state, embedded_emulator

_KINDS: tuple[type[PaiError], ...] = (InvalidArguments, *Refusal.__subclasses__())
REFUSED = frozenset(kind.code for kind in _KINDS)
"""Error codes of the guards' own refusals (exit 3); every other comes of the cloud or of credentials (exit 4)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tool", metavar="TOOL", help="name of the tool, such as dlc_list_jobs")
    parser.add_argument("json", metavar="JSON", nargs="?", default="{}", help="its arguments; - reads standard input")
    parser.add_argument("--structured", action="store_true", help="print the structured result instead of the text")
    parser.add_argument("--emulator", action="store_true", help="use a private embedded emulator: no account needed")
    add_flags(parser)


def complete_words(words: list[str]) -> list[str]:
    """The command line with ``=true`` after a bare switch, which would otherwise take the tool's name as its value."""
    switches = {option.flag for option in OPTIONS if option.is_switch}
    following = [*words[1:], ""]
    return [
        f"{word}=true" if word in switches and not _is_boolean(after) else word
        for word, after in zip(words, following, strict=True)
    ]


def _is_boolean(word: str) -> bool:
    try:
        return isinstance(parse_boolean(word), bool)
    except ValueError:
        return False


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags, state=default_state(flags.emulator))
    configure_logging(settings.log_level)
    given = _arguments(sys.stdin.read() if flags.json == "-" else flags.json)
    app = Application(settings, emulate=embedded_emulator if flags.emulator else None)
    answer = anyio.run(_call, app, flags.tool, given)
    print(json.dumps(answer.structured, ensure_ascii=False, indent=1) if flags.structured else answer.text)
    if not answer.is_error:
        return 0
    return 3 if answer.structured["error"]["code"] in REFUSED else 4


def _arguments(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise OptionError("JSON: not valid JSON") from None
    if not isinstance(given, dict):
        raise OptionError("JSON: takes an object of arguments")
    return given


async def _call(app: Application, name: str, given: dict[str, Any]) -> Any:
    tool = app.tools.get(name)
    if tool is None:
        raise OptionError(f"there is no enabled tool {name[:60]!r}{hint(name, app.tools) or '; see pai-dlc-mcp tools'}")
    async with app.running():
        return await call_tool(app, tool, given, Peer(local_caller()))
