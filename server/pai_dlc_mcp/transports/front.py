"""Answers a stdio client's first requests from a snapshot, before the server is imported. Standard library only.

Clients start servers at every window and wait for ``initialize`` and the lists. Those answers depend on nothing but the
version, the settings and the protocol revision, so the server records what it really answered (:class:`Recorder`), and
the next start repeats it (:class:`Front`). Nothing else is answered here: any other request loads the server, which
then gets every line that was read. It answers the repeated requests once more; those answers stay inside, and one that
differs is logged and replaces the recorded one. A snapshot that is damaged, that somebody else could have written, or
that was made by other files, settings or dependencies is not used.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from select import select
from typing import Any

METHODS = frozenset(
    {
        "initialize", "server/discover", "tools/list", "resources/list", "resources/templates/list", "prompts/list",
    }
)  # fmt: skip
"""Requests whose answers change with the process only."""
LISTED = "tools/list"
"""The request after which a client has what it waits for; then the server is loaded."""
REVISION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
VIEWS = "io.modelcontextprotocol/ui"
IDLE_S = 0.25
"""A client that has asked for nothing so long gets the server loaded behind its back."""
READ_BYTES = 65_536
MOST_BYTES = 1_000_000
"""What is read ahead of the server; a client that writes more waits for it."""
MOST_SNAPSHOTS = 20
_VARIABLES = ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_PROFILE", "HOME", "XDG_STATE_HOME", "LOCALAPPDATA")
_WITHOUT_MODULES = ("__pycache__", "web")
"""Folders that are not looked through: the page's sources bring thousands of files of others along."""
_DEPENDENCIES = ("mcp", "mcp_types", "pydantic", "pydantic_core")

Key = str
"""A method and a protocol revision: all that a recorded answer depends on beside what the snapshot was made of."""


def key_of(method: Any, params: Any, revision: str | None) -> Key | None:
    """The key of a request that a snapshot may answer, or ``None``.

    ``revision`` is what ``initialize`` asked for earlier in this session; requests of later revisions name it
    themselves. A request that gives anything else (a cursor) has no key.
    """
    if not isinstance(method, str) or method not in METHODS or not isinstance(params, (Mapping, type(None))):
        return None
    given = dict(params or {})
    meta = given.pop("_meta", None) or {}
    named = _revision_of(meta.get(REVISION), meta.get(CAPABILITIES)) if isinstance(meta, Mapping) else None
    if method == "initialize":
        named = session_revision(given)
        for name in ("clientInfo", "capabilities", "protocolVersion"):
            given.pop(name, None)
    named = named or revision
    return f"{method} {named}" if isinstance(named, str) and not given else None


def session_revision(params: Mapping[str, Any]) -> Any:
    """What the answers of the session that an ``initialize`` opens depend on: the revision, and whether the client
    shows views, since then tools name theirs."""
    return _revision_of(params.get("protocolVersion"), params.get("capabilities"))


def _revision_of(named: Any, capabilities: Any) -> Any:
    """What names a revision, with what the capabilities add to it; anything else as it is."""
    if not isinstance(named, str):
        return named
    extensions = capabilities.get("extensions") if isinstance(capabilities, Mapping) else None
    return f"{named}+views" if isinstance(extensions, Mapping) and VIEWS in extensions else named


class Snapshot:
    """Recorded answers of one way to start the server, in a file of the user's cache folder (mode 0600)."""

    def __init__(self, path: str, made_of: str, answers: dict[Key, str]) -> None:
        self.path, self.made_of, self.answers = path, made_of, answers

    @classmethod
    def of(cls, words: Sequence[str]) -> Snapshot | None:
        """The snapshot of a start with these arguments, empty where there is none to use; ``None`` without a home."""
        folder = _cache_folder()
        if folder is None:
            return None
        made_of = _made_of(words)
        path = os.path.join(folder, f"{zlib.crc32(made_of.encode('utf-8', 'surrogateescape')):08x}.json")
        return cls(path, made_of, _read(path, made_of))

    def save(self, files: Sequence[str]) -> None:
        """Write the answers; ``files`` are what the settings name, whose change makes the snapshot unusable.

        A folder that cannot be written leaves the next start as slow as without a snapshot, no more.
        """
        body = {
            "made_of": _digest(self.made_of),
            "files": {name: _mode(name) for name in files},
            "answers": self.answers,
        }
        text = json.dumps(body, ensure_ascii=True).encode()
        part = f"{self.path}.{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(b"%08x\n" % zlib.crc32(text) + text)
            os.replace(part, self.path)
            _remove_oldest(os.path.dirname(self.path))
        except OSError:
            return


def _read(path: str, made_of: str) -> dict[Key, str]:
    """The recorded answers of a file that is whole, this user's alone, and of the same making."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o077):
                return {}
            check, _, text = file.read().partition(b"\n")
        if check != b"%08x" % zlib.crc32(text):
            return {}
        body = json.loads(text)
        if body["made_of"] != _digest(made_of) or any(_mode(name) != mode for name, mode in body["files"].items()):
            return {}
        answers: dict[Key, str] = body["answers"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return answers


def _cache_folder() -> str | None:
    """Where snapshots are; a home that does not exist is not created for them."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA" if os.name == "nt" else "HOME")
    if not base or not os.path.isdir(base):
        return None
    below = () if os.environ.get("XDG_CACHE_HOME") or os.name == "nt" else (".cache",)
    return os.path.join(base, *below, "pai-dlc-mcp", "starts")


def _made_of(words: Sequence[str]) -> str:
    """All that the answers depend on: arguments, variables, the interpreter, our files and those we list with."""
    variables = sorted(
        (name, value) for name, value in os.environ.items() if name.startswith("PAI_DLC_MCP_") or name in _VARIABLES
    )
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    built = os.path.join(package, "web", "dist", "index.html")
    stamps = [
        *_stamps(package),
        _stamp(built),
        *(_stamp(path) for path in (*_documents(package), *_settings_files(words))),
    ]
    return repr((sys.version, os.getcwd(), list(words), variables, stamps, [*_dependencies()]))


def _settings_files(words: Sequence[str]) -> Iterator[str]:
    """The file of settings that the arguments or the variable name."""
    for at, word in enumerate(words):
        if word.startswith("--config="):
            yield word.partition("=")[2]
        elif word == "--config":
            yield from words[at + 1 : at + 2]
    yield os.environ.get("PAI_DLC_MCP_CONFIG", "")


def _documents(package: str) -> Iterator[str]:
    """Where the references that are listed as resources stand: in the package, or in the tree that it is run from."""
    top = os.path.dirname(os.path.dirname(package))
    for folder in (os.path.join(package, "references"), os.path.join(top, "references")):
        if os.path.isdir(folder):
            yield folder
            yield from (entry.path for entry in os.scandir(folder))
    yield os.path.join(top, "SKILL.md")


def _stamps(folder: str) -> Iterator[tuple[str, int, int]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.endswith(".py"):
            found = entry.stat()
            yield entry.path, found.st_mtime_ns, found.st_size
        elif entry.name not in _WITHOUT_MODULES and entry.is_dir():
            yield from _stamps(entry.path)


def _stamp(path: str) -> tuple[str, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return path, 0, 0
    return path, found.st_mtime_ns, found.st_size


def _dependencies() -> Iterator[tuple[str, int, int]]:
    """The first file of each package on the path that the lists are made with; an update touches it."""
    for name in _DEPENDENCIES:
        for folder in sys.path:
            path = os.path.join(folder, name, "__init__.py")
            if os.path.exists(path):
                yield _stamp(path)
                break


def _digest(made_of: str) -> str:
    """What the file keeps of it: settings may hold a password (``redis://``)."""
    from hashlib import sha256  # start-up: saves 3 ms where there is no snapshot

    return sha256(made_of.encode("utf-8", "surrogateescape")).hexdigest()


def _mode(path: str) -> list[int] | None:
    """Whether a file that the settings name is there, and who may do what with it."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return [found.st_mode, found.st_uid]


def _remove_oldest(folder: str) -> None:
    """Snapshots of settings and versions that are no longer used go."""
    found = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
    for entry in found[MOST_SNAPSHOTS:]:
        os.unlink(entry.path)


class Front:
    """Reads a client's lines until the server takes over, and answers those that the snapshot holds."""

    def __init__(self, snapshot: Snapshot, source: int = 0, target: int = 1) -> None:
        self.snapshot = snapshot
        self.answered: dict[str, Key] = {}
        """The JSON text of the id of each request that was answered here, and its key."""
        self.read = bytearray()
        """Every byte that was read, all of it for the server."""
        self.is_over = False
        """The client has closed its end."""
        self._source, self._target = source, target
        self._lines_at, self._requests = 0, 0
        self._revision: str | None = None
        self._is_listed = self._is_needed = False
        self._thread: threading.Thread | None = None
        self._woken, self._wake = os.pipe()

    def run(self) -> bool:
        """Answer until the server is needed, and go on behind while it is imported.

        False where the client closed its end and has every answer: then there is nothing to load.
        """
        while not (self._is_listed or self._is_needed or self.is_over):
            if not self._step(IDLE_S):
                break
        while self._is_listed and not self._is_needed and not self.is_over and self._step(0):
            pass  # what is written already, above all the end
        if self.is_over and self._requests == len(self.answered) and not self.read[self._lines_at :].strip():
            return False
        self._thread = threading.Thread(target=self._go_on, name="front", daemon=True)
        self._thread.start()
        return True

    def hand_over(self) -> bytes:
        """End, and give what was read."""
        os.write(self._wake, b"x")
        if self._thread is not None:
            self._thread.join()
        os.close(self._wake)
        os.close(self._woken)
        return bytes(self.read)

    def _go_on(self) -> None:
        while not self.is_over and len(self.read) < MOST_BYTES and self._step(None):
            pass

    def _step(self, wait_s: float | None) -> bool:
        """Take what the client writes next; false where it wrote nothing or the server takes over."""
        ready, _, _ = select([self._source, self._woken], [], [], wait_s)
        if self._source not in ready:
            return False
        try:
            chunk = os.read(self._source, READ_BYTES)
        except OSError:
            chunk = b""
        self.is_over = not chunk
        self.read += chunk
        while (end := self.read.find(b"\n", self._lines_at)) >= 0:
            line = bytes(self.read[self._lines_at : end])
            self._lines_at = end + 1
            self._answer(line)
        return True

    def _answer(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            method, number, params = message.get("method"), message.get("id"), message.get("params")
        except (ValueError, AttributeError, RecursionError):
            self._is_needed = self._is_needed or bool(line.strip())
            self._requests += bool(line.strip())
            return
        if number is None or method is None:
            return
        self._requests += 1
        named = json.dumps(number)
        key = key_of(method, params, self._revision) if type(number) in (int, str) else None
        answer = None if key is None or named in self.answered else self.snapshot.answers.get(key)
        if answer is None or key is None:
            self._is_needed = True
            return
        if method == "initialize":
            self._revision = session_revision(params)
        self.answered[named] = key
        self._is_listed = self._is_listed or method == LISTED
        self._write(f'{{"jsonrpc":"2.0","id":{named},"result":{answer}}}\n'.encode())

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._target, data) :]
        except OSError:  # the client is gone; the server finds out likewise
            self._is_needed = True


class Recorder:
    """What the server behind really answers: kept for the next start, and held against what was said for it."""

    def __init__(self, snapshot: Snapshot, answered: Mapping[str, Key], files: Sequence[str]) -> None:
        self._snapshot, self._answered, self._files = snapshot, answered, files
        self._keys: dict[str, Key] = {}
        self._revision: str | None = None

    def note_request(self, number: Any, method: str, params: Any) -> None:
        """Remember a request whose answer can be recorded."""
        if (key := key_of(method, params, self._revision)) is not None:
            self._keys[json.dumps(number)] = key
        if method == "initialize" and isinstance(params, Mapping):
            self._revision = session_revision(params)

    def note_answer(self, number: Any, result: Any) -> str | None:
        """Record an answer (``None`` for an error) and say whether the client has one already.

        Returns:
            ``None`` for an answer that has to be sent, ``"same"`` or ``"different"`` for one that was given before.
        """
        named = json.dumps(number)
        key = self._keys.pop(named, None)
        if key is None:
            return None
        before = self._snapshot.answers.get(key)
        now = None if result is None else json.dumps(result, ensure_ascii=True, separators=(",", ":"))
        is_same = before == now
        if not is_same:
            if now is None:
                self._snapshot.answers.pop(key, None)
            else:
                self._snapshot.answers[key] = now
            self._snapshot.save(self._files)
        if named not in self._answered or self._answered[named] != key:
            return None
        return "same" if is_same else "different"


_running: list[Front] = []


def start(words: Sequence[str]) -> bool:
    """Start to answer for ``serve`` with these arguments where that is possible; false when all is done already."""
    if words[:1] != ["serve"] or any(word.startswith(("--http", "-h", "--help")) for word in words):
        return True
    snapshot = Snapshot.of(words) if hasattr(os, "getuid") and not os.isatty(0) else None
    if snapshot is None:
        return True
    front = Front(snapshot)
    _running.append(front)
    return front.run() if snapshot.answers else True


def started() -> Front | None:
    """The front of this process; the transport takes over from it, once."""
    return _running.pop() if _running else None
