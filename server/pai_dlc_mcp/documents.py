"""Reads SKILL.md and ``references/``, from the wheel or from the checkout they are developed in."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


@cache
def root() -> Path:
    """The folder that holds SKILL.md and references/."""
    packed = PACKAGE / "_documents"
    return packed if packed.is_dir() else PACKAGE.parents[1]


def skill() -> str:
    return (root() / "SKILL.md").read_text(encoding="utf-8")


def reference_names() -> list[str]:
    """Names of the references, without ``.md``, in order."""
    return sorted(path.stem for path in (root() / "references").glob("*.md"))


def reference(name: str) -> str:
    """The text of one reference.

    Raises:
        KeyError: there is none of that name; the name is looked up in the list, never used as a path.
    """
    if name not in reference_names():
        raise KeyError(name)
    return (root() / "references" / f"{name}.md").read_text(encoding="utf-8")


def first_line(text: str) -> str:
    """The first sentence of a document's body, for its listing."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", body)]
    first = next((part for part in paragraphs if part and not part.startswith(("#", "<!--", "|", "```"))), "")
    sentence = re.match(r".*?\.(?=\s|$)|.*", " ".join(first.split()))
    return sentence[0][:200] if sentence else ""
