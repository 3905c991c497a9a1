"""The built files of the page, read once: what is asked for is looked up by name, never on the disk."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

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
}
"""What is served of the built files, and as what; no other file is."""
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file: its bytes, the same packed, and its type."""

    body: bytes
    packed: bytes
    kind: str


_built: dict[Path, Mapping[str, BuiltFile]] = {}


def built_files(folder: Path | None = None) -> Mapping[str, BuiltFile]:
    """The files by their path from the root of the site (``index.html``, ``assets/…``), read once they are there; empty
    where nothing is built."""
    folder = folder or BUILT
    if folder not in _built and (folder / INDEX).is_file():
        _built[folder] = dict(_read(folder))
    return _built.get(folder, {})


def has_app_document(folder: Path | None = None) -> bool:
    """Whether the document of the views is built."""
    return ((folder or BUILT) / "app" / "view.html").is_file()


def app_document(folder: Path | None = None) -> str | None:
    """The document of all views for hosts of MCP Apps, where it is built; a resource of the protocol and no page."""
    path = (folder or BUILT) / "app" / "view.html"
    return path.read_text(encoding="utf-8") if has_app_document(folder) else None


def _read(folder: Path) -> Iterator[tuple[str, BuiltFile]]:
    for path in [folder / INDEX, *sorted((folder / "assets").rglob("*"))]:
        kind = KINDS.get(path.suffix)
        if kind is None or path.stat().st_size > MOST_BYTES:
            continue
        body = path.read_bytes()
        yield path.relative_to(folder).as_posix(), BuiltFile(body, gzip.compress(body, 9), kind)
