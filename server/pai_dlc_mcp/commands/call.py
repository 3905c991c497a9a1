"""``pai-dlc-mcp call TOOL [JSON]``: one tool call from the shell, with the same guards and the same output."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from ..config.sources import OPTIONS, OptionError, add_flags, settings_from, switch
from ..errors import InvalidArguments, PaiError, Refusal
from .serve import configure_logging, default_state

_KINDS: tuple[type[PaiError], ...] = (InvalidArguments, *Refusal.__subclasses__())
REFUSED = frozenset(kind.code for kind in _KINDS)
"""Error codes of our own refusals (exit 3); every other is the cloud's or the credentials' (exit 4)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tool", metavar="TOOL", help="name of the tool, such as dlc_list_jobs")
    parser.add_argument("json", metavar="JSON", nargs="?", default="{}", help="its arguments; - reads standard input")
    parser.add_argument("--structured", action="store_true", help="print the structured result instead of the text")
    parser.add_argument("--emulator", action="store_true", help="against a private embedded emulator")
    add_flags(parser)


def completed(given: list[str]) -> list[str]:
    """The words of the command line, with ``=true`` after a bare switch, which else would swallow the tool's name."""
    switches = {option.flag for option in OPTIONS if option.read is switch}
    after = [*given[1:], ""]
    return [
        f"{word}=true" if word in switches and not _is_value(then) else word
        for word, then in zip(given, after, strict=True)
    ]


def _is_value(word: str) -> bool:
    try:
        return isinstance(switch(word), bool)
    except ValueError:
        return False


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags, state=default_state(flags.emulator))
    configure_logging(settings.log_level)
    given = _arguments(sys.stdin.read() if flags.json == "-" else flags.json)
    import anyio

    from ..app import Application

    answer = anyio.run(_call, Application(settings, emulate=flags.emulator), flags.tool, given)
    print(json.dumps(answer.structured, ensure_ascii=False, indent=1) if flags.structured else answer.text)
    if not answer.is_error:
        return 0
    return 3 if answer.structured["error"]["code"] in REFUSED else 4


def _arguments(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise OptionError("JSON: that is not valid JSON") from None
    if not isinstance(given, dict):
        raise OptionError("JSON: takes an object of arguments")
    return given


async def _call(app: Any, name: str, given: dict[str, Any]) -> Any:
    from ..app import local_caller
    from ..protocol.call_tool import Peer, call_tool
    from ..protocol.next_calls import hint

    tool = app.tools.get(name)
    if tool is None:
        raise OptionError(f"there is no enabled tool {name[:60]!r}{hint(name, app.tools) or '; see pai-dlc-mcp tools'}")
    async with app.running():
        return await call_tool(app, tool, given, Peer(local_caller()))
