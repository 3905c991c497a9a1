"""The file of bearer tokens for HTTP: a line for each caller with a name, the hash of its token and when it expires.

::

    # callers
    alice: sha256:5e88…   expires=2027-03-01T00:00:00Z
    bob = 8d96…
    alice: sha256:77ab…   expires=2027-03-01T00:00:00Z person

A token marked ``person`` signs a person in at the page, where they may approve; no client is served with it, and none
of a client's approves anything. It may bear the name of an access token's subject, such as ``oauth:ann``: that person
then decides what the clients ask which the authorization server knows as ``ann``.

The tokens themselves stand nowhere; who loses one gets another. The file is private (mode 0600) and replaced whole, so
that a server never reads half of one.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..state.files import create_private_folder, state_folder
from ..timestamps import iso
from .private_files import private_file

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]  # Windows has no such module

FIRST_NAME = "local"
"""The caller of the token that a server makes when it is given none."""
DEFAULT_DAYS = 365
PREFIX = "pdm_"
"""How our tokens begin, so that scanners of repositories and logs know them."""
OAUTH = "oauth:"
"""How the names of callers begin whom an authorization server names; only a person's token may bear one."""
_NAME = rf"[A-Za-z0-9_.@-]{{1,64}}|{OAUTH}[A-Za-z0-9_.@|/-]{{1,200}}"
_LINE = re.compile(rf"({_NAME})\s*[:=]\s*(?:sha256:)?([0-9a-f]{{64}})(?:\s+expires=(\S{{1,40}}))?(\s+person)?")
_EMPTY_TOKEN_HASH = hashlib.sha256(b"").digest()
"""What hashing a variable that was not set gives: as a caller's hash it would let in who brings no token."""


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A caller's token as the file knows it. ``expires_at``: seconds since the epoch, ``None`` for never."""

    name: str
    digest: bytes
    expires_at: float | None = None
    is_person: bool = False

    def is_valid_at(self, now: float) -> bool:
        return self.expires_at is None or now < self.expires_at


def caller_named(name: str) -> str:
    """The caller whom a token's name stands for."""
    return name if name.startswith(OAUTH) else f"http:{name}"


def read_tokens(path: Path) -> tuple[BearerToken, ...]:
    """The tokens of a private file, expired ones included.

    Raises:
        ValueError: the file cannot be read, can be read by others, has a line of another form, names a caller twice,
            or lets in somebody without a token. No line of it is repeated in the message.
    """
    lines = [line for line in _lines(path) if _is_entry(line)]
    if not lines:
        raise ValueError("names a file that needs lines of the form 'name: sha256 hex of the token'")
    tokens = tuple(_parse_line(line) for line in lines)
    if any(token.digest == _EMPTY_TOKEN_HASH for token in tokens):
        raise ValueError("names a file that has the hash of an empty token")
    if any(token.name.startswith(OAUTH) and not token.is_person for token in tokens):
        raise ValueError(f"names a file that has a client's token for {OAUTH}…; the authorization server gives those")
    names = {(token.name, token.is_person) for token in tokens}
    if len(names) < len(tokens) or len({token.digest for token in tokens}) < len(tokens):
        raise ValueError("names a file that has a name or a token twice; each token has one name")
    return tokens


def tokens_file(path: Path) -> Path:
    """A private, well-formed file of bearer tokens."""
    read_tokens(path)
    return path.expanduser()


def default_tokens_file() -> Path:
    """The file of tokens in the user's state folder.

    Raises:
        ValueError: this user has no home folder.
    """
    try:
        return state_folder() / "http-tokens"
    except RuntimeError:
        raise ValueError("must name a file: this user has no home folder to keep one in") from None


def add_token(
    path: Path, name: str, *, now: float, days: int = DEFAULT_DAYS, replace: bool = False, is_person: bool = False
) -> str:
    """Make a token for a caller, write its hash, and give the token, which is known nowhere afterwards.

    A caller has one for clients and, with ``is_person``, one for themselves at the page.

    Raises:
        ValueError: no name for a caller, one that has a token already, or a file that is not usable.
    """
    if not re.fullmatch(_NAME, name):
        raise ValueError("takes a name of letters, digits, _, ., @ and -, at most 64, or oauth: and a subject's name")
    if name.startswith(OAUTH) and not is_person:
        raise ValueError("makes none for a client of the authorization server; with --person one for the person")
    token = PREFIX + secrets.token_urlsafe(32)
    line = f"{name}: sha256:{hashlib.sha256(token.encode()).hexdigest()} expires={iso(now + days * 86_400)}"
    line += " person" if is_person else ""
    with _locked(path):
        lines = _lines(path) if path.exists() else ["# callers on HTTP; made by `pai-dlc-mcp token`"]
        others = [one for one in lines if _owner_in(one) != (name, is_person)]
        if len(others) < len(lines) and not replace:
            raise ValueError(f"has a token for {name} already; revoke it first, or replace it")
        _write(path, [*others, line])
    return token


def revoke_token(path: Path, name: str, *, is_person: bool | None = None) -> bool:
    """Take a caller's lines out, or the one of this kind. Whether there was one.

    Raises:
        ValueError: the file is not usable.
    """
    with _locked(path):
        lines = _lines(path)
        gone = {(name, kind) for kind in (True, False) if is_person in (None, kind)}
        others = [one for one in lines if _owner_in(one) not in gone]
        if len(others) < len(lines):
            _write(path, others)
    return len(others) < len(lines)


def first_token(path: Path, *, now: float) -> str | None:
    """The token of a file that did not exist and is made here; ``None`` where there was one.

    Raises:
        ValueError: the file is not usable.
        OSError: it cannot be created.
    """
    create_private_folder(path.parent)
    with _locked(path):
        if path.exists():
            read_tokens(path)
            return None
    try:
        return add_token(path, FIRST_NAME, now=now)
    except ValueError:  # another server was faster, and has shown its own
        return None


def _lines(path: Path) -> list[str]:
    path = private_file(path)
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as wrong:
        raise ValueError(f"names a file that cannot be read ({type(wrong).__name__})") from None


def _is_entry(line: str) -> bool:
    return bool(line) and not line.startswith("#")


def _parse_line(line: str) -> BearerToken:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError("names a file that needs lines of the form 'name: sha256 hex of the token'")
    expires_at = None if match[3] is None else _moment(match[3])
    return BearerToken(match[1], bytes.fromhex(match[2]), expires_at, match[4] is not None)


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("names a file with an expiry that is no time in ISO 8601 form") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _owner_in(line: str) -> tuple[str, bool] | None:
    match = _LINE.fullmatch(line)
    return (match[1], match[4] is not None) if match else None


def _write(path: Path, lines: list[str]) -> None:
    """Replace the file by one of these lines."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, "".join(f"{line}\n" for line in lines).encode())
        os.fsync(handle)
        os.replace(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing the file, where the system has locks."""
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
