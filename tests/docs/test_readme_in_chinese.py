"""Both README say the same: headings, tables, code, links and names agree one by one."""

from __future__ import annotations

import re

import pytest

from .generated import ROOT

ENGLISH, CHINESE = "README.md", "README.zh-CN.md"
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def headings(path: str) -> list[str]:
    """The levels of the headings, in order."""
    return re.findall(r"^(#+) ", FENCE.sub("", text(path)), flags=re.M)


def tables(path: str) -> list[list[int]]:
    """Each table as the number of cells of its lines."""
    found: list[list[int]] = [[]]
    for line in text(path).splitlines():
        if line.startswith("|"):
            found[-1].append(len(re.findall(r"(?<!\\)\|", line)))
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def first_cells(path: str) -> list[str]:
    """What the rows of tables begin with where that is no word of a language: code, rules."""
    rows = re.findall(r"^\| ([^|]+) \|", text(path), flags=re.M)
    return [row for row in rows if row.startswith(("`", "R")) and not row[1:2].islower()] + [
        row for row in rows if row.startswith("`")
    ]


def commands(path: str) -> list[str]:
    """The lines of the code blocks without their remarks."""
    return [line.split("#")[0].rstrip() for block in FENCE.findall(text(path)) for line in block.splitlines()]


def links(path: str) -> list[str]:
    return sorted(link for link in re.findall(r"\]\(([^)]+)\)", text(path)) if link not in (ENGLISH, CHINESE))


def spans(path: str) -> set[str]:
    prose = "\n".join(line for line in FENCE.sub("", text(path)).splitlines() if not line.startswith("|"))
    return set(re.findall(r"`([^`\n]+)`", prose))


@pytest.mark.parametrize(
    "part", [headings, tables, first_cells, commands, links, spans], ids=lambda part: part.__name__
)
def test_both_readme_have_the_same(part: object) -> None:
    assert callable(part)
    assert part(CHINESE) == part(ENGLISH)
    assert part(ENGLISH)


def test_each_readme_leads_to_the_other() -> None:
    assert f"]({CHINESE})" in text(ENGLISH)
    assert f"]({ENGLISH})" in text(CHINESE)


def test_the_chinese_one_is_in_chinese() -> None:
    prose = re.sub(r"<!-- begin.*?<!-- end[^>]*>", "", text(CHINESE), flags=re.S)
    lines = [line for line in FENCE.sub("", prose).splitlines() if len(line) > 60 and line[0] not in "<|"]
    assert [line for line in lines if not re.search(r"[\u4e00-\u9fff]", line)] == []
