"""The plan of the house: no circle, no shortcut between its two packages, no table that a declaration should hold."""

from __future__ import annotations

import re

import pytest

from architecture.plan import circles, operation_tables, read_plan
from pai_dlc_mcp.api import catalog

PLAN = read_plan()
MOST_LINES = 400
START_UP = re.compile(r"# start-up: saves \d+ ms")
NAMES = frozenset(name for op in catalog.operations() for name in (op.action_name, op.name))


def test_no_import_leads_in_a_circle() -> None:
    assert circles({name: module.imports for name, module in PLAN.items()}) == []


def test_a_circle_would_be_found_however_long_it_is() -> None:
    ring = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"a"}), "d": frozenset({"a"})}
    assert circles(ring) == [["a", "b", "c"]]


def test_the_two_packages_meet_in_the_commands_only() -> None:
    for name, module in PLAN.items():
        others = {target.split(".")[0] for target in module.imports} - {name.split(".")[0]}
        assert not others or name.startswith("pai_dlc_mcp.commands."), f"{name} imports {others}"


@pytest.mark.parametrize("name", PLAN)
def test_an_import_inside_a_function_names_the_start_up_time_that_it_saves(name: str) -> None:
    bare = {line: text for line, text in PLAN[name].inner.items() if not START_UP.search(text)}
    assert bare == {}


@pytest.mark.parametrize("name", PLAN)
def test_a_file_holds_one_idea_in_at_most_400_lines(name: str) -> None:
    assert PLAN[name].lines <= MOST_LINES


@pytest.mark.parametrize("name", [name for name in PLAN if name.startswith("pai_dlc_mcp") and ".api" not in name])
def test_no_table_outside_the_declarations_is_keyed_by_operation(name: str) -> None:
    assert operation_tables(PLAN[name].path.read_text(encoding="utf-8"), NAMES) == []


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
