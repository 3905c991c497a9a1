"""The built files of the page, read once: what is asked for is looked up by name, never on the disk."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

BUILT = Path(__file__).parents[1] / "web" / "dist"
INDEX = "index.html"
HOW_TO_BUILD = "The page is not built here: run `make web` (it needs Node.js 20), or install the wheel, which holds it."
MOST_BYTES = 4_000_000
"""Largest built file that is served."""
KINDS: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
}
"""What is served of the built files, and as what; no other file is."""
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file: its bytes, the same packed where that is shorter, and its type."""

    body: bytes
    packed: bytes | None
    kind: str

    def response(self, request: Request, cache: str) -> Response:
        """The file, packed where the client takes that."""
        takes = {one.split(";")[0].strip() for one in request.headers.get("accept-encoding", "").split(",")}
        headers = {"content-type": self.kind, "cache-control": cache, "vary": "accept-encoding"}
        if self.packed is not None and "gzip" in takes:
            return Response(self.packed, headers={**headers, "content-encoding": "gzip"})
        return Response(self.body, headers=headers)


_built: dict[Path, Mapping[str, BuiltFile]] = {}


def built_files(folder: Path = BUILT) -> Mapping[str, BuiltFile]:
    """The files by their path from the root of the site (``index.html``, ``assets/…``), read once they are there; empty
    where nothing is built."""
    if folder not in _built and (folder / INDEX).is_file():
        _built[folder] = dict(_read(folder))
    return _built.get(folder, {})


def app_document(view: str, folder: Path = BUILT) -> str | None:
    """The document of a view for hosts of MCP Apps, where it is built; it is a resource of the protocol and no page."""
    found = built_files(folder).get(f"app/{view}.html")
    return None if found is None else found.body.decode("utf-8")


def _read(folder: Path) -> Iterator[tuple[str, BuiltFile]]:
    for path in sorted(folder.rglob("*")):
        kind = KINDS.get(path.suffix)
        if kind is None or not path.is_file() or path.stat().st_size > MOST_BYTES:
            continue
        body = path.read_bytes()
        packed = gzip.compress(body, 9, mtime=0)
        yield path.relative_to(folder).as_posix(), BuiltFile(body, packed if len(packed) < len(body) else None, kind)
