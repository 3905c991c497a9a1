"""The plan of the house: no circle, no shortcut between its two packages, no table that a declaration should hold."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from architecture.plan import Module, circles, operation_tables, read_plan
from pai_dlc_mcp.api import catalog

MOST_LINES = 400
START_UP = re.compile(r"# start-up: saves \d+ ms")
NAMES = frozenset(name for op in catalog.operations() for name in (op.action_name, op.name))
CALLED_FROM_OUTSIDE = {
    "HANDLER_MODULES": "the modules whose import registers the handlers",
    "auth_flow": "httpx calls it",
}
Plan = dict[str, Module]


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Read when a test asks for it: parsing every module takes seconds of processor time."""
    return read_plan()


def test_no_import_leads_in_a_circle(plan: Plan) -> None:
    assert len(plan) > 250
    assert circles({name: module.imports for name, module in plan.items()}) == []


def test_a_circle_would_be_found_however_long_it_is() -> None:
    ring = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"a"}), "d": frozenset({"a"})}
    assert circles(ring) == [["a", "b", "c"]]


def test_the_two_packages_meet_in_the_commands_only(plan: Plan) -> None:
    for name, module in plan.items():
        others = {target.split(".")[0] for target in module.imports} - {name.split(".")[0]}
        assert not others or name.startswith("pai_dlc_mcp.commands."), f"{name} imports {others}"


def test_an_import_inside_a_function_names_the_start_up_time_that_it_saves(plan: Plan) -> None:
    places = [(name, line, text) for name, module in plan.items() for line, text in module.inner.items()]
    assert [place for place in places if not START_UP.search(place[2])] == []


def test_a_file_holds_one_idea_in_at_most_400_lines(plan: Plan) -> None:
    assert {name: module.lines for name, module in plan.items() if module.lines > MOST_LINES} == {}


def names_defined(source: str) -> Iterator[str]:
    """Classes, functions that nothing decorates, and constants of the module."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.decorator_list:
            yield node.name
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def never_used(sources: list[str]) -> list[str]:
    words = Counter(word for source in sources for word in re.findall(r"\w+", source))
    found = {name for source in sources for name in names_defined(source) if words[name] == 1}
    return sorted(name for name in found if not name.startswith("__"))


def test_every_name_that_the_server_defines_it_also_uses(plan: Plan) -> None:
    sources = [module.path.read_text(encoding="utf-8") for module in plan.values()]
    assert never_used(sources) == sorted(CALLED_FROM_OUTSIDE)
    assert never_used(["A = 1\nB = A\nclass C:\n    def d(self): ...\n"]) == ["B", "C", "d"]


def test_no_table_outside_the_declarations_is_keyed_by_operation(plan: Plan) -> None:
    others = [name for name in plan if name.startswith("pai_dlc_mcp") and ".api" not in name]
    found = {name: operation_tables(plan[name].path.read_text(encoding="utf-8"), NAMES) for name in others}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "table",
    [
        'LOST = {"DeleteJob": "the record", "StopJob": "the run"}',
        'ACTS = frozenset({"DeleteJob", "StopJob"})',
        '_ANYWHERE = ("ListQuotas ListWorkspaces"\n " GetInstanceJob")',
        'TOOLS = ("dlc_stop_job", "dlc_get_job")',
    ],
)
def test_a_table_would_be_found_in_each_of_its_forms(table: str) -> None:
    assert operation_tables(table, NAMES) == [1]
