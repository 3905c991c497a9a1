"""Changes by path: one leaf, and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.composites.dotted import applied
from pai_dlc_mcp.errors import InvalidArguments

BASE = {"JobSpecs": [{"Image": "a", "ResourceConfig": {"GPU": "8", "CPU": "90"}}, {"Image": "b"}], "Envs": {"A": "1"}}


def test_one_leaf_changes_and_its_neighbours_stay() -> None:
    found = applied(BASE, {"JobSpecs[0].ResourceConfig.GPU": "1"})
    assert found["JobSpecs"] == [{"Image": "a", "ResourceConfig": {"GPU": "1", "CPU": "90"}}, {"Image": "b"}]
    assert BASE["JobSpecs"][0]["ResourceConfig"]["GPU"] == "8", "the source is not touched"


def test_none_removes_a_leaf_and_an_object_that_is_missing_is_made() -> None:
    found = applied(
        BASE, {"JobSpecs[0].ResourceConfig": None, "JobSpecs[1].ResourceConfig.GPU": "2", "Settings.Tags.x": "y"}
    )
    assert found["JobSpecs"] == [{"Image": "a"}, {"Image": "b", "ResourceConfig": {"GPU": "2"}}]
    assert found["Settings"] == {"Tags": {"x": "y"}}


def test_an_item_of_a_list_is_replaced_whole() -> None:
    assert applied(BASE, {"JobSpecs[1]": {"Image": "c"}})["JobSpecs"][1] == {"Image": "c"}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("JobSpecs[2].Image", "item 2 of a list of 2"),
        ("JobSpecs[2]", "item 2 of a list of 2"),
        ("Envs[0]", "item 0 of a list of 0"),
        ("JobSpecs.Image", "no object"),
        ("JobSpecs[0].Image.Tag", "no object"),
        ("JobSpecs[0]..Image", "is no path"),
        ("JobSpecs[-1].Image", "is no path"),
        ("JobSpecs[x].Image", "is no path"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_by_name(path: str, why: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        applied(BASE, {path: "x"})
    assert why in refused.value.message
    assert path in refused.value.message
    assert refused.value.field == "changes"


def test_changes_apply_in_their_order() -> None:
    changes: dict[str, Any] = {"JobSpecs[0].Image": "x", "JobSpecs[0]": {"Image": "y"}}
    assert applied(BASE, changes)["JobSpecs"][0] == {"Image": "y"}
