"""When a value says something, which the rules of form ask before they speak of it."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.guards.validation.rule import says_something


@pytest.mark.parametrize("value", [None, "", " \t\n", [], {}, {"A": ""}, {"A": {"B": None}, "C": " "}])
def test_blank_text_and_maps_of_nothing_say_nothing(value: Any) -> None:
    assert not says_something(value)


@pytest.mark.parametrize("value", ["x", 0, False, [""], [{}], {"A": "", "B": 0}, {"A": {"B": "x"}}])
def test_whatever_else_says_something(value: Any) -> None:
    assert says_something(value)
