"""``pai-dlc-mcp skill``: prints the skill, or installs it with its references into a folder of its own name."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from .. import documents
from ..config.settings import OptionError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--install", metavar="DIR", help="folder in which the skill's own folder is created")


def run(flags: argparse.Namespace) -> int:
    if flags.install is None:
        print(documents.skill())
        return 0
    try:
        folder = install(Path(flags.install).expanduser())
    except OSError as wrong:
        raise OptionError(f"--install: cannot write there ({wrong.strerror})") from None
    print(f"Installed {folder}")
    return 0


def install(below: Path) -> Path:
    """Write the skill; references of an earlier installation are replaced.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = below / skill_name()
    (folder / "references").mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(documents.skill(), encoding="utf-8")
    for old in (folder / "references").glob("*.md"):
        old.unlink()
    for name in documents.reference_names():
        (folder / "references" / f"{name}.md").write_text(documents.reference(name), encoding="utf-8")
    return folder


def skill_name() -> str:
    """The name in the skill's front matter."""
    found = re.search(r"^name:\s*([a-z0-9-]+)\s*$", documents.skill(), flags=re.M)
    if found is None:
        raise OptionError("SKILL.md has no name")
    return found[1]
