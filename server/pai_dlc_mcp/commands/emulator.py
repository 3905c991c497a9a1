"""``pai-dlc-mcp emulator``: the emulator alone, for other clients and for tests."""

from __future__ import annotations

import argparse
import json
import signal

import anyio

from pai_dlc_emulator.server import running

from ..config.settings import OptionError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, metavar="N", help="first of seven ports; 0: any")
    parser.add_argument("--execute", action="store_true", help="really run the jobs' commands")
    parser.add_argument("--speed", type=float, default=1.0, metavar="N", help="emulated seconds for each real one")
    parser.add_argument("--seed", default="default", metavar="NAME", help="the world it starts with")


def run(flags: argparse.Namespace) -> int:
    if not 0 <= flags.port <= 65_529:
        raise OptionError("--port takes 0 to 65529")
    if not 0 < flags.speed <= 100_000:
        raise OptionError("--speed takes a number above 0, at most 100,000")
    anyio.run(_serve, flags)
    return 0


async def _serve(flags: argparse.Namespace) -> None:
    server = running(port=flags.port, seed=flags.seed, speed=flags.speed, execute=flags.execute)
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        try:
            async with server as emulator:
                print(json.dumps(emulator.announcement()), flush=True)
                async for _ in signals:
                    return
        except OSError as wrong:
            raise OptionError(f"cannot listen: {wrong.strerror}") from None
        except ValueError as wrong:
            raise OptionError(f"--seed: {wrong}") from None
