"""Checks documents against the code: every tool, argument, rule, code, option, command and file they name exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pai_dlc_mcp.guards.validation.features import ARGUMENTS

from . import examples, known
from .generated import ROOT

MOST_LINES = 200
SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
GENERATED = re.compile(r"^<!-- begin: ([a-z-]+) -->$.*?^<!-- end: \1 -->$", re.M | re.S)
OTHERS_WORDS = re.compile(r"^<!-- begin: (words-[a-z-]+) -->$.*?^<!-- end: \1 -->$", re.M | re.S)
"""Generated parts that quote what programs and the platform print: no names of ours."""
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
TOOL = re.compile(r"\b(?:dlc|aiworkspace|pai)_[a-z0-9_]+\b")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:md|py|toml|json|txt)")


def documents() -> list[Path]:
    """The documents that are checked, by path in the repository."""
    fixed = [
        Path(name)
        for name in (
            "README.md",
            "README.zh-CN.md",
            "SKILL.md",
            "CONTRIBUTING.md",
            "CHANGELOG.md",
            "SECURITY.md",
            "AGENTS.md",
        )
    ]
    return fixed + [path.relative_to(ROOT) for path in sorted((ROOT / "references").glob("*.md"))]


def faults() -> list[str]:
    """One line for each thing that is wrong, with the document it stands in."""
    return [f"{path}: {fault}" for path in documents() for fault in _of(path)]


def _of(path: Path) -> Iterator[str]:
    if not (ROOT / path).is_file():
        yield "is missing"
    else:
        yield from in_text(path, (ROOT / path).read_text(encoding="utf-8"))


def in_text(path: Path, text: str) -> Iterator[str]:
    """What is wrong with a document of this text at this place."""
    if path.parent.name == "references":
        yield from _form(text)
    yield from (f"names rule {rule}, which does not exist" for rule in _rules(text))
    yield from (f"links to {link}, which does not exist" for link in _links(path, text))
    yield from (f"names tool {name}, which does not exist" for name in _tools(text))
    prose = FENCE.sub("", OTHERS_WORDS.sub("", text))
    for span in dict.fromkeys(SPAN.findall(prose)):
        yield from (f"`{span}`: {fault}" for fault in of_span(span))
    for block in FENCE.findall(text):
        yield from (f"in a code block: {fault}" for fault in _commands(block))
    yield from examples.misplaced(text)


def _form(text: str) -> Iterator[str]:
    """A reference opens with its title and one plain sentence, and stays short but for what is generated."""
    lines = GENERATED.sub("", text).splitlines()
    if len(lines) > MOST_LINES:
        yield f"has {len(lines)} lines of its own; {MOST_LINES} is the most"
    if not re.match(r"# \S[^\n]*\n\n[A-Z][^\n|`#]{20,190}\.\n\n", text):
        yield "does not open with a title, an empty line and one plain sentence of at most 190 characters"


def _rules(text: str) -> list[str]:
    return [rule for rule in dict.fromkeys(re.findall(r"\bR\d\d\b", text)) if rule not in known.rules()]


def _links(path: Path, text: str) -> Iterator[str]:
    """Relative links; between references the ``.md`` may be left out, as their resources have none."""
    for link in dict.fromkeys(LINK.findall(text)):
        place = ROOT / path.parent / link
        if "://" not in link and not place.exists() and not place.with_name(f"{place.name}.md").is_file():
            yield link


def _tools(text: str) -> list[str]:
    named = (
        name for name in dict.fromkeys(TOOL.findall(text)) if not name.startswith(("pai_dlc_mcp", "pai_dlc_emulator"))
    )
    return [name for name in named if name not in known.tools() | {"dlc_endpoint", "aiworkspace_endpoint"}]


def of_span(span: str) -> Iterator[str]:
    """What is wrong with one inline code span."""
    if span.startswith(("pai-dlc-mcp", "make ", ".venv/bin/pai-dlc-mcp")):
        yield from _commands(span)
    elif span.startswith("--"):
        yield from (f"no command has {flag}" for flag in _flags(span) if flag not in _all_flags())
    elif span.startswith("pai-dlc://"):
        yield from _uri(span)
    elif re.fullmatch(r"PAI_DLC_MCP_[A-Z_]+", span):
        yield from [] if span in known.variables() else ["no such variable"]
    elif re.fullmatch(r"pai[a-z]*:[A-Za-z]+", span):
        yield from [] if span in known.actions() or _doubted(span) else ["no operation needs this RAM action"]
    elif PATH.fullmatch(span) and not span.startswith("AlibabaCloud-Agent-Skills/"):
        yield from [] if _exists(span) or span in known.ours() else ["no such file"]
    elif re.fullmatch(r"[A-Za-z_][\w\[\].*-]*", span):
        yield from (f"{word} is no name of the code" for word in WORD.findall(span) if not _is_known(span, word))


def _is_known(span: str, word: str) -> bool:
    sets = (
        known.arguments(),
        known.api_words(),
        known.codes(),
        known.words(),
        known.tools(),
        known.ours(),
        known.modules(),
    )
    return any(word in names or span in names for names in sets) or word in known.commands() or _numeric(word)


def _numeric(word: str) -> bool:
    """An index or the name of an environment variable of the cloud's own."""
    return word.startswith("ALIBABA_CLOUD_") or bool(re.fullmatch(r"R\d\d|ecs|test_r\d\d_.*", word))


def _doubted(action: str) -> bool:
    """Actions that a source gives and we do not take; ram-policies says why."""
    return action in ("pai:ListImages",)


def _flags(text: str) -> list[str]:
    return re.findall(r"(?<!\S)--[a-z][a-z0-9-]*", text)


def _all_flags() -> frozenset[str]:
    own = {"--write", "--check", "--agent", "--version", "--sanity-check-timing"}
    return frozenset(own).union((f"--{name}" for name in ARGUMENTS), *known.flags().values())


def _commands(text: str) -> Iterator[str]:
    """Commands of ours and make targets in a span or a block of shell."""
    for line in text.splitlines():
        line = line.partition("#")[0]
        if called := re.search(r"pai-dlc-mcp(?: ([a-z]+)\b)?([^|;&]*)", line):
            name, rest = called[1], called[2]
            if name and name not in known.commands() and not line.rstrip().endswith(("-e", "pai-dlc-mcp")):
                yield f"there is no command {name}"
            elif name:
                yield from (f"{name} has no {flag}" for flag in _flags(rest) if flag not in known.flags()[name])
        for target in re.findall(r"(?:^|\s)make ([a-z][a-z-]*)\b", line):
            if target not in known.targets() and text.lstrip().startswith(("make", "```sh")):
                yield f"there is no make target {target}"


def _uri(span: str) -> Iterator[str]:
    kind, _, name = span.removeprefix("pai-dlc://").partition("/")
    if kind not in ("skill", "references", "operations", "jobs"):
        yield "no such resource"
    elif kind == "references" and "{" not in name and not (ROOT / "references" / f"{name}.md").is_file():
        yield "no such reference"
    elif kind == "operations" and "{" not in name and name not in known.api_words():
        yield "no such operation"


def _exists(path: str) -> bool:
    homes = ("", "server/", "server/pai_dlc_mcp/", "server/pai_dlc_mcp/guards/", "references/", "tests/")
    return any((ROOT / f"{home}{path}").exists() for home in homes) or path.rstrip("/") in known.modules()
