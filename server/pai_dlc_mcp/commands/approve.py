"""``pai-dlc-mcp approve``: in a person's own terminal, what waits for approval, its preview, yes or no.

Both ends must be a terminal, so that an agent with a shell does not approve itself through a pipe; what an agent with
a terminal of the same user could do stands in ``references/threat-model.md``.
"""

from __future__ import annotations

import argparse
import sys
import time

import anyio

from ..config.settings import OptionError, Settings
from ..config.sources import add_flags, settings_from
from ..errors import PaiError
from ..guards.confirmation import approvals
from ..state.keys import keys_of
from ..state.open import open_state
from .startup import default_state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="only show what waits")
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    settings = settings_from(flags, state=default_state(emulator=False))
    if not flags.list and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise OptionError("approvals are given by a person in a terminal, and this is not one (--list only shows them)")
    try:
        return int(anyio.run(_decide, settings, flags.list))
    except PaiError as error:
        raise OptionError(error.message) from None


async def _decide(settings: Settings, only_list: bool) -> int:
    state, keys = await open_state(settings.state), keys_of(settings)
    try:
        requests = await approvals.open_requests(state, keys)
        if not requests:
            print("Nothing waits for approval.")
        for request in requests:
            print(as_text(request))
            if not only_list:
                approved = _ask(request.name)
                in_time = await approvals.decide(state, keys, request.id, approved=approved)
                print(_result(approved) if in_time else "The request has expired.")
    finally:
        await state.close()
    return 0


def as_text(request: approvals.Request) -> str:
    """A request and its preview, one line each; values were cleaned of control characters when it was stored."""
    age = max(0, round(time.time() - request.at))
    lines = [f"\n{request.tool} on {request.name} in {request.region}, asked by {request.caller} {age} s ago"]
    return "\n".join(lines + [f"  {name}: {value}" for name, value in request.preview.items()])


def _ask(name: str) -> bool:
    """Yes only by typing the name; anything else, or the end of input, is no."""
    try:
        return input(f"Type {name} to approve, anything else to deny: ").strip() == name
    except EOFError:
        return False


def _result(approved: bool) -> str:
    return "Approved: the agent's next identical call goes through, once." if approved else "Denied."
