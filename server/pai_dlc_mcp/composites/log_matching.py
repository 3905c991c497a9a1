"""Finding a literal text in lines, folding repeats, and showing matches so that they fit. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..off_loop import checked
from .diagnose.text import plain

WIDEST = 300
"""Characters of a line that are shown."""
COMPARED = 2_000
"""Characters of a line by which repeats are known."""
_CHANGING = re.compile(r"0x[0-9a-fA-F]+|\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Match:
    """A line that holds the text: ``line`` counts from 1 at the first line that was read of this pod."""

    pod: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Matches that differ only in numbers and times: the first of them stands for all."""

    first: Match
    last: Match
    count: int
    pods: int


def matches_in(pod: str, lines: Sequence[str], text: str, cased: bool) -> list[Match]:
    wanted = text if cased else text.lower()
    return [Match(pod, number, line) for number, line in enumerate(checked(lines), 1)
            if wanted in (line if cased else line.lower())]  # fmt: skip


def grouped(found: Sequence[Match], *, fold: bool = True, from_end: bool = False) -> list[Group]:
    """Repeats folded over all pods, in the order of their first; from the end in the order of their last, the newest
    first and standing for all. Without ``fold`` each match is a group of its own."""
    if not fold:
        ordered = sorted(found, key=lambda match: -match.line) if from_end else found
        return [Group(match, match, 1, 1) for match in ordered]
    alike: dict[str, list[Match]] = {}
    for match in checked(found):
        alike.setdefault(_CHANGING.sub("#", plain(match.text[:COMPARED])), []).append(match)
    groups = [Group(same[0], same[-1], len(same), len({match.pod for match in same})) for same in alike.values()]
    if not from_end:
        return groups
    turned = [Group(group.last, group.first, group.count, group.pods) for group in groups]
    return sorted(turned, key=lambda group: -group.first.line)


def counted(group: Group, text: str) -> str:
    """A kind of line in one line: how often, where first and last, and one of them."""
    where = f"{group.first.pod}:{group.first.line}"
    last = f" to {group.last.pod}:{group.last.line}" if group.count > 1 else ""
    return f"{group.count} x {where}{last}: {centred(group.first.text, text, 160)}"


def rendered(
    groups: Sequence[Group], lines: Mapping[str, Sequence[str]], text: str, context: int, budget: int
) -> tuple[list[str], int]:
    """As many groups as fit into so many characters, as lines; and how many those are. One always fits."""
    shown: list[str] = []
    used = 0
    for number, group in enumerate(groups):
        block = _block(group, lines.get(group.first.pod, ()), text, context)
        size = sum(len(line) + 4 for line in block)
        if number and used + size > budget:
            return shown, number
        shown += block
        used += size
    return shown, len(groups)


def _block(group: Group, lines: Sequence[str], text: str, context: int) -> list[str]:
    """The match between its neighbours; its own line is marked with ``>``."""
    at = group.first.line
    before = [_line(group.first.pod, n, lines[n - 1], " ") for n in range(max(1, at - context), at)]
    after = [_line(group.first.pod, n, lines[n - 1], " ") for n in range(at + 1, min(len(lines), at + context) + 1)]
    return [*before, f"{group.first.pod}:{at}> {centred(group.first.text, text)}{_repeats(group)}", *after]


def _line(pod: str, number: int, line: str, mark: str) -> str:
    return f"{pod}:{number}{mark} {line if len(line) <= WIDEST else line[:WIDEST] + '…'}"


def _repeats(group: Group) -> str:
    if group.count == 1:
        return ""
    where = f"{group.last.pod}:{group.last.line}"
    pods = f" in {group.pods} pods" if group.pods > 1 else ""
    end = "last" if group.last.line >= group.first.line else "first"
    return f"  [{group.count} alike{pods}, the {end} at {where}]"


def centred(line: str, text: str, width: int = WIDEST) -> str:
    """A long line cut around its first match, with what was left out on either side."""
    if len(line) <= width:
        return line
    found = max(0, line.lower().find(text.lower()))
    start = max(0, min(found - (width - min(len(text), width)) // 2, len(line) - width))
    end = start + width
    before = f"[{start} characters] …" if start else ""
    after = f"… [{len(line) - end} characters]" if end < len(line) else ""
    return f"{before}{line[start:end]}{after}"
