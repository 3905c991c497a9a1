"""Builds the desktop bundle: a zip of the manifest, the package's sources and what uv needs to run them.

The same sources give the same bytes: names in order, one date, no owner.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / "deploy/mcpb/manifest.json"
FILES = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "SKILL.md")
FOLDERS = ("server", "references")
DATE = (2020, 1, 1, 0, 0, 0)


def members() -> Iterator[tuple[str, Path]]:
    """Name in the bundle and file, in order."""
    yield "manifest.json", MANIFEST
    for name in FILES:
        yield name, ROOT / name
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and _is_packed(path):
                yield str(path.relative_to(ROOT)), path


def _is_packed(path: Path) -> bool:
    """Not what Python and npm leave behind, and of the page what is built of it."""
    parts = path.relative_to(ROOT).parts
    is_source = parts[:3] == ("server", "pai_dlc_mcp", "web") and parts[3] != "dist"
    return "__pycache__" not in parts and path.suffix != ".pyc" and not is_source


def build(folder: Path) -> Path:
    """The bundle, written into ``folder``."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{manifest['name']}-{manifest['version']}.mcpb"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, path in members():
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            bundle.writestr(entry, path.read_bytes())
    return place


if __name__ == "__main__":
    print(build(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist")))
