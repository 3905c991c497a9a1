"""Every numbered rule is broken on purpose by a test that bears its number."""

from __future__ import annotations

import ast
import re

import pytest

from . import known
from .generated import ROOT

ALIKE = re.compile(r"R\d\d\S{0,4}")
NAMED = re.compile(r"^ *(?:async )?def test_((?:r\d\d_)+)", re.M)


def numbers() -> set[str]:
    """The rules that a test's name begins with: ``test_r06_…``, or ``test_r06_r07_…`` for both."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return {f"R{number}" for text in sources for found in NAMED.findall(text) for number in re.findall(r"\d\d", found)}


@pytest.mark.parametrize("rule", known.rules())
def test_the_rule_has_a_test_that_bears_its_number(rule: str) -> None:
    assert rule in numbers(), f"no test is called test_{rule.lower()}_…"


def test_no_test_bears_the_number_of_a_rule_that_is_not_written_down() -> None:
    assert numbers() <= set(known.rules())


def test_the_rules_are_all_there_and_each_stands_once() -> None:
    expected = [*range(1, 40), *range(40, 49), *range(50, 56)]
    expected += [*range(60, 80)]
    assert sorted(known.rules()) == [f"R{number:02d}" for number in expected]


def test_every_rule_that_the_code_names_is_written_down() -> None:
    named: dict[str, str] = {}
    for path in (ROOT / "server").glob("pai_dlc_*/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ALIKE.fullmatch(node.value):
                named[node.value] = f"{path.name}:{node.lineno}"
            if isinstance(node, ast.keyword) and node.arg == "rule" and isinstance(node.value, ast.Constant):
                named[str(node.value.value)] = f"{path.name}:{node.value.lineno}"
    assert {rule: place for rule, place in named.items() if rule not in {*known.rules(), "None", ""}} == {}
    assert len(named) > 50
