"""The concise view: which fields, in which form."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.traits import card, rows
from pai_dlc_mcp.views import concise, pick, readable


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0, "seconds", "0 s"), (9, "seconds", "9 s"), (60, "seconds", "1 min"), (95, "seconds", "1 min 35 s"),
        (3_600, "seconds", "1 h"), (3_659, "seconds", "1 h"), (3_661, "seconds", "1 h 1 min"),
        (86_399, "seconds", "23 h 59 min"), (86_400, "seconds", "1 d"), (259_185, "seconds", "2 d 23 h"),
        ("95", "seconds", "1 min 35 s"), (90, "minutes", "1 h 30 min"), (1_440, "minutes", "1 d"),
        (0, "bytes", "0 B"), (1_023, "bytes", "1023 B"), (1_024, "bytes", "1.0 KiB"), (1_536, "bytes", "1.5 KiB"),
        (10 * 1024**3, "bytes", "10.0 GiB"), (3 * 1024**6, "bytes", "3072.0 PiB"),
        (-1, "seconds", -1), (True, "seconds", True), ("soon", "seconds", "soon"), (None, "bytes", None),
        (95, None, 95),
    ],
)  # fmt: skip
def test_a_number_is_shown_with_its_unit(value: Any, unit: str | None, shown: Any) -> None:
    assert readable(value, unit) == shown


def test_a_unit_that_does_not_exist_ends_the_declaration() -> None:
    with pytest.raises(ValueError, match="weeks"):
        card("Duration:weeks")
    assert rows("Jobs", "JobId Duration:seconds").columns == ("JobId", "Duration")


def test_a_list_of_one_workspace_does_not_repeat_it_in_every_row() -> None:
    lister = catalog.operation("ListJobs")
    data = {"Jobs": [{"JobId": "dlc1", "WorkspaceName": "vision", "Duration": 61}], "TotalCount": 1}
    several = concise(lister, data, {})
    one = concise(lister, data, {"WorkspaceId": "1"})
    assert several["Jobs"] == [{"JobId": "dlc1", "WorkspaceName": "vision", "Duration": "1 min 1 s"}]
    assert one["Jobs"] == [{"JobId": "dlc1", "Duration": "1 min 1 s"}]


def test_a_nested_number_is_shown_with_its_unit_too() -> None:
    view = concise(catalog.operation("GetDatasetFileMeta"), {"DatasetFileMeta": {"DataSize": 2_048}}, {})
    assert view == {"DatasetFileMeta": {"DataSize": "2.0 KiB"}}


def test_what_a_number_counts_is_said_and_what_was_not_set_is_none_or_left_out() -> None:
    units = {"Memory": "GiB", "GPU": "pieces", "Limit": "limit", "Priority": "rank", "Labels": "pairs"}
    labels = [
        {"Key": "system.chipType", "Value": "GPU"}, {"Key": "system.official", "Value": "true"},
        {"Key": "team", "Value": "vision"},
    ]  # fmt: skip
    row = {"Memory": 30.0, "GPU": 1.0, "Limit": 0, "Priority": 0, "Labels": labels}
    assert pick(row, tuple(units), units) == {
        "Memory": "30 GiB", "GPU": 1, "Limit": "none", "Labels": "chipType=GPU, team=vision",
    }  # fmt: skip
    set_ = {"Memory": 1.5, "GPU": "2", "Limit": 90, "Priority": 5, "Labels": []}
    assert pick(set_, tuple(units), units) == {"Memory": "1.5 GiB", "GPU": 2, "Limit": "1 h 30 min", "Priority": 5}


def test_what_says_nothing_is_left_out_on_every_level() -> None:
    row = {"Source": {"Id": "", "Path": ""}, "Specs": [{"Config": {"GPU": "1", "Type": ""}, "Count": 0}], "Flag": False}
    assert pick(row, ("Source", "Specs", "Flag"), {}) == {
        "Specs": [{"Config": {"GPU": "1"}, "Count": 0}], "Flag": False,
    }  # fmt: skip
