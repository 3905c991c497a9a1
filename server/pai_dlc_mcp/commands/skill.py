"""``pai-dlc-mcp skill --install DIR``: the skill and its references in a folder of the skill's own name."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from .. import documents
from ..config.sources import OptionError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--install", metavar="DIR", help="folder below which the skill's own folder is made")


def run(flags: argparse.Namespace) -> int:
    if flags.install is None:
        print(documents.skill())
        return 0
    try:
        place = install(Path(flags.install).expanduser())
    except OSError as wrong:
        raise OptionError(f"--install: cannot write there ({wrong.strerror})") from None
    print(f"Installed {place}")
    return 0


def install(below: Path) -> Path:
    """Write the skill; what an earlier installation left in its references is replaced."""
    place = below / skill_name()
    (place / "references").mkdir(parents=True, exist_ok=True)
    (place / "SKILL.md").write_text(documents.skill(), encoding="utf-8")
    for old in (place / "references").glob("*.md"):
        old.unlink()
    for name in documents.reference_names():
        (place / "references" / f"{name}.md").write_text(documents.reference(name), encoding="utf-8")
    return place


def skill_name() -> str:
    """The name in the skill's front matter."""
    found = re.search(r"^name:\s*([a-z0-9-]+)\s*$", documents.skill(), flags=re.M)
    if found is None:
        raise OptionError("SKILL.md has no name")
    return found[1]
