"""What options name outside the settings: which files serve, and the words for each that does not."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_mcp.config import files
from pai_dlc_mcp.config.files import keys_file, state_store, writable_file
from pai_dlc_mcp.config.private_files import private_file, readable_file
from pai_dlc_mcp.config.tokens import BearerToken, read_tokens, tokens_file

HASH = hashlib.sha256(b"a-token").hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = tmp_path / "file"
    made.write_text("content")
    made.chmod(0o600)
    return made


def fault(check: Callable[[Any], object], given: object) -> str:
    with pytest.raises(ValueError) as caught:
        check(given)
    return str(caught.value)


def denied(monkeypatch: pytest.MonkeyPatch, *modes: int) -> None:
    """As for a user who lacks these rights; the superuser lacks none."""
    monkeypatch.setattr(os, "access", lambda path, mode: not any(mode & one for one in modes))


@pytest.mark.parametrize("check", [readable_file, private_file, writable_file])
def test_a_good_file_is_given_back_with_home_in_its_place(check: Callable[[Path], Path], file: Path) -> None:
    assert check(Path("~/file")) == check(file) == file


@pytest.mark.parametrize("check", [readable_file, private_file, keys_file, tokens_file])
def test_a_file_that_is_read_must_exist_and_be_readable(
    check: Callable[[Path], Path], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for missing in (file.with_name("missing"), file.parent):
        assert fault(check, missing) == "names a file that does not exist"
    denied(monkeypatch, os.R_OK)
    assert fault(check, file) == "names a file that cannot be read"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o610, 0o602])
@pytest.mark.parametrize("check", [private_file, keys_file, tokens_file])
def test_a_secret_file_is_its_owners_alone(check: Callable[[Path], Path], mode: int, file: Path) -> None:
    file.chmod(mode)
    assert fault(check, file) == "names a file that others can read; set its mode to 0600"


def test_a_file_that_is_written_may_be_created_with_the_folders_above_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = file.parent / "a/b/new"
    assert writable_file(new) == new
    assert not new.parent.exists()
    assert fault(writable_file, file.parent) == "names something that is no file, or that cannot be written"
    assert fault(writable_file, file / "below") == "names a file in a folder that cannot be written"
    for right in (os.W_OK, os.X_OK):
        denied(monkeypatch, right)
        assert fault(writable_file, new) == "names a file in a folder that cannot be written"
    denied(monkeypatch, os.W_OK)
    assert fault(writable_file, file) == "names something that is no file, or that cannot be written"


def test_state_is_memory_redis_or_a_file_of_sqlite_and_nothing_else_is_overwritten(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in ("memory", "redis://h:1/0", "rediss://h"):
        assert state_store(where) == where
    new, empty, database = (file.with_name(name) for name in ("new", "empty", "database"))
    empty.touch()
    with closing(sqlite3.connect(database)) as made:
        made.execute("CREATE TABLE a (b)")
    for path in (new, empty, database):
        assert state_store(f"~/{path.name}") == state_store(str(path)) == str(path)
    assert fault(state_store, str(file)) == "names a file that is not a SQLite database"
    file.write_bytes(b"SQLite format 3")
    assert fault(state_store, str(file)) == "names a file that is not a SQLite database"
    for odd in ("a\0b", "http://h", "Redis://h"):
        assert fault(state_store, odd) == "takes memory, a file path or redis://host:port/db"
    assert fault(state_store, str(file.parent)) == "names something that is no file, or that cannot be written"
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    assert fault(state_store, "redis://h") == "needs the extra: pip install 'pai-dlc-mcp[redis]'"
    assert state_store("memory") == "memory"


def test_a_file_of_keys_holds_keys(file: Path) -> None:
    file.write_text("ab" * 32)
    assert keys_file(file) == file
    short = file.with_name("short")
    short.write_text("abcd")
    short.chmod(0o600)
    said = "is not usable: The file of keys needs keys of at least 32 bytes (64 hexadecimal digits)."
    assert fault(keys_file, short) == said


def test_a_file_of_tokens_is_read_in_every_form_of_its_lines(file: Path) -> None:
    lines = ["# who may call", "", f"  ada: {HASH}  ", f"bob_2.x@y-z = sha256:{OTHER} expires=1970-01-02"]
    lines += [f"{'c' * 64}:{'0' * 64} expires=1970-01-01T01:00:00+01:00"]
    lines += [f"ada: {'11' * 32} expires=1970-01-01 person"]
    file.write_text("\n".join(lines))
    assert read_tokens(file) == (
        BearerToken("ada", bytes.fromhex(HASH), None),
        BearerToken("bob_2.x@y-z", bytes.fromhex(OTHER), 86_400.0),
        BearerToken("c" * 64, bytes(32), 0.0),
        BearerToken("ada", b"\x11" * 32, 0.0, is_person=True),
    )
    assert tokens_file(Path("~/file")) == file


FORM = "names a file that needs lines of the form 'name: sha256 hex of the token'"
EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", FORM),
        ("# nobody\n", FORM),
        (f"ada: {HASH}\nthe token itself\n", FORM),
        (f"ada: {HASH} expires=soon", "names a file with an expiry that is no time in ISO 8601 form"),
        (f"{'c' * 65}: {HASH}", FORM),
        (f"a b: {HASH}", FORM),
        (f"ada: {HASH[:-1]}", FORM),
        (f"ada: {HASH}0", FORM),
        (f"ada: {HASH.upper()}", FORM),
        (f"ada: {HASH}\nbob: {EMPTY}", "names a file that has the hash of an empty token"),
        (f"ada: {HASH}\nada: {OTHER}", "names a file that has a name or a token twice; each token has one name"),
        (f"ada: {HASH}\nbob: {HASH}", "names a file that has a name or a token twice; each token has one name"),
    ],
)
def test_a_file_of_tokens_that_lets_in_the_wrong_ones_is_refused_in_words(text: str, words: str, file: Path) -> None:
    file.write_text(text)
    assert fault(read_tokens, file) == fault(tokens_file, file) == words


def test_a_file_of_tokens_that_is_no_text_is_named_by_its_fault(file: Path) -> None:
    file.write_bytes(b"\xff")
    assert fault(read_tokens, file) == "names a file that cannot be read (UnicodeDecodeError)"
