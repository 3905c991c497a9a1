"""``pai-dlc-mcp token``: makes, lists and revokes the bearer tokens of callers on HTTP; a running server takes SIGHUP.

A token is printed once, on stdout alone; the file keeps its hash.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ..config.settings import OptionError
from ..config.sources import CONFIG_VARIABLE, text_of
from ..config.tokens import DEFAULT_DAYS, add_token, default_tokens_file, read_tokens, revoke_token
from ..state.files import create_private_folder
from ..timestamps import iso

MOST_DAYS = 3_650
RELOAD = "A running server learns of it by SIGHUP, or by its next start."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="the caller: letters, digits, _, ., @ and -; with --person also oauth:SUBJECT",
    )
    parser.add_argument("--list", action="store_true", help="the callers and when their tokens expire")
    parser.add_argument("--revoke", action="store_true", help="take the caller's token out")
    parser.add_argument("--replace", action="store_true", help="make another token for a caller that has one")
    parser.add_argument(
        "--person", action="store_true", help="for the caller themselves at the page, to approve; no client may have it"
    )
    parser.add_argument("--days", metavar="N", default=str(DEFAULT_DAYS), help=f"how long it is good [{DEFAULT_DAYS}]")
    parser.add_argument(
        "--tokens", metavar="FILE", help="the file [PAI_DLC_MCP_TOKENS; default: http-tokens in the state folder]"
    )
    parser.add_argument("--config", metavar="FILE", help=f"TOML file that may name it [{CONFIG_VARIABLE}]")


def run(flags: argparse.Namespace) -> int:
    given = text_of(flags, "tokens")
    if flags.name is None and not flags.list:
        raise OptionError("a NAME is needed, or --list")
    try:
        path = Path(given).expanduser() if given else default_tokens_file()
        if flags.list or flags.revoke:
            _check_any(path, is_named=bool(given))
        if flags.list:
            return _list(path)
        return _revoke(path, flags.name, flags.person or None) if flags.revoke else _make(path, flags)
    except OptionError:
        raise
    except ValueError as wrong:
        raise OptionError(f"--tokens {wrong}") from None
    except OSError as wrong:
        raise OptionError(f"--tokens names a file that cannot be changed ({wrong.strerror})") from None


def _check_any(path: Path, *, is_named: bool) -> None:
    """Who named no file hears that there are no tokens, and nothing of an option."""
    if not is_named and not path.exists():
        raise OptionError("no token was made yet; pai-dlc-mcp token NAME makes one")


def _make(path: Path, flags: argparse.Namespace) -> int:
    if not (flags.days.isascii() and flags.days.isdigit() and 1 <= int(flags.days[:6]) <= MOST_DAYS):
        raise OptionError(f"--days takes a whole number from 1 to {MOST_DAYS:,}")
    create_private_folder(path.parent)
    now = time.time()
    token = add_token(path, flags.name, now=now, days=int(flags.days), replace=flags.replace, is_person=flags.person)
    until = iso(now + int(flags.days) * 86_400)
    whose = f"{flags.name} in person, to sign in at the page" if flags.person else flags.name
    print(f"A token for {whose}, good until {until}; it is shown this once. {RELOAD}", file=sys.stderr, flush=True)
    print(token)
    return 0


def _revoke(path: Path, name: str, is_person: bool | None) -> int:
    if not revoke_token(path, name, is_person=is_person):
        print(f"{name} has no token.", file=sys.stderr)
        return 1
    print(f"The token of {name} is out. {RELOAD}", file=sys.stderr)
    return 0


def _list(path: Path) -> int:
    now = time.time()
    for token in read_tokens(path):
        end = "never expires" if token.expires_at is None else f"expires {iso(token.expires_at)}"
        end = end if token.is_valid_at(now) else end.replace("expires", "expired")
        print(f"{token.name:<24} {end}{', for the person at the page' if token.is_person else ''}")
    return 0
