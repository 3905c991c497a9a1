"""The threat model's table: every row names a guard, a test that exists and proves something, and what remains."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "references" / "threat-model.md").read_text().partition("## What an attack runs into")[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.partition("\n## ")[0].splitlines()
    if "|" in line
]
COLUMNS = ["threat", "guard", "rules", "test", "what remains"]


def named(row: list[str]) -> list[str]:
    return re.findall(r"`(tests/[^`]+)`", row[COLUMNS.index("test")])


def names_of_tests(path: Path) -> list[str]:
    functions = (
        one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [one.name for one in functions if one.name.startswith("test_")]


def test_every_row_has_all_columns() -> None:
    assert ROWS[0] == COLUMNS
    assert len(ROWS) > 30
    for row in ROWS[2:]:
        assert len(row) == len(COLUMNS), row
        assert all(row), row


def test_every_row_names_tests_that_exist() -> None:
    for row in ROWS[2:]:
        assert named(row), row[0]
        for name in named(row):
            assert names_of_tests(ROOT / name), name


def test_every_rule_of_a_row_is_tested_by_its_number_somewhere() -> None:
    written = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for row in ROWS[2:]:
        for number in re.findall(r"R(\d\d)", row[COLUMNS.index("rules")]):
            assert re.search(rf"def test_(?:r\d\d_)*r{number}_", written), (row[0], number)


def test_every_attack_that_is_carried_out_stands_in_the_table() -> None:
    carried_out = {f"tests/attacks/{path.name}" for path in (ROOT / "tests" / "attacks").glob("test_*.py")}
    assert carried_out <= {name for row in ROWS[2:] for name in named(row)}
