"""What is generated into the repository, by path: parts of documents, a schema a tool, what is masked, limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.operation import Tool
from pai_dlc_mcp.protocol.definitions import definition

from .likeness import PATH as LIKENESS
from .likeness import likeness
from .limits import PATH as LIMITS
from .limits import limits
from .manifests import manifests
from .masking import PATH as MASKING
from .masking import masking
from .masking_probes import PATH as PROBES
from .masking_probes import probes
from .page_types import PATH as PAGE_TYPES
from .page_types import page_types
from .tables import SECTIONS, every_tool

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOTS = Path("tests/snapshots/tools")
HOW = "make docs"
"""The command that brings everything up to date."""


def expected() -> dict[str, str]:
    """Every generated file as it should be, by path in the repository."""
    return {
        **{path: filled(path) for path in SECTIONS},
        **{_snapshot_path(tool): snapshot(tool) for tool in every_tool()},
        **manifests(),
        PAGE_TYPES: page_types(),
        MASKING: masking(),
        PROBES: probes(),
        LIMITS: limits(),
        LIKENESS: likeness(),
    }


def filled(path: str) -> str:
    """A document with its marked parts made anew.

    Raises:
        ValueError: the document or a marker in it is missing.
    """
    place = ROOT / path
    if not place.is_file():
        raise ValueError(f"{path} is missing")
    text = place.read_text(encoding="utf-8")
    for name, make in SECTIONS[path].items():
        part = re.compile(rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)", re.S)
        if not part.search(text):
            raise ValueError(f"{path} has no markers for {name}")
        text = _between(part, text, make())
    return text


def _between(part: re.Pattern[str], text: str, made: str) -> str:
    return part.sub(lambda found: f"{found[1]}{made}\n{found[2]}", text)


def snapshot(tool: Tool) -> str:
    """A tool as ``tools/list`` shows it."""
    listed = definition(tool, Settings()).model_dump(by_alias=True, exclude_none=True, mode="json")
    return json.dumps(listed, ensure_ascii=False, indent=1) + "\n"


def _snapshot_path(tool: Tool) -> str:
    return str(SNAPSHOTS / f"{tool.name}.json")


def orphans() -> Iterator[str]:
    """Snapshots of tools that are no more."""
    known = {f"{tool.name}.json" for tool in every_tool()}
    yield from (
        str(SNAPSHOTS / path.name) for path in sorted((ROOT / SNAPSHOTS).glob("*.json")) if path.name not in known
    )


def stale() -> list[str]:
    """One line for each generated file that is not what the code says."""
    wrong = []
    for path, text in expected().items():
        place = ROOT / path
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            wrong.append(f"{path} is stale: run '{HOW}'")
    return wrong + [f"{path} belongs to no tool: run '{HOW}'" for path in orphans()]


def write() -> list[str]:
    """Bring every generated file up to date; the paths that changed."""
    changed = []
    for path, text in expected().items():
        place = ROOT / path
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
            changed.append(path)
    for path in list(orphans()):
        (ROOT / path).unlink()
        changed.append(path)
    return changed
