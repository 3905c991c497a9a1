"""Times of the service, read and written."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.api.kinds import TIME
from pai_dlc_mcp.arguments import parse
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.shapes import kind_of
from pai_dlc_mcp.timestamps import iso, seconds_of, utc_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T00:00:10", 10.0),
        (" 1970-01-01T08:00:10+08:00 ", 10.0),
        ("1970-01-01T00:01Z", 60.0),
        ("", None),
        ("yesterday", None),
        (10, None),
        (None, None),
    ],
)
def test_a_time_of_the_service_is_read_as_utc(text: object, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.fixture
def in_china(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as there:
        there.setenv("TZ", "CST-8")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_china")
def test_a_time_without_a_zone_is_utc_wherever_the_server_stands() -> None:
    assert seconds_of("1970-01-01T00:00:10") == 10.0
    assert iso(10.0) == "1970-01-01T00:00:10Z"


def test_a_time_is_written_to_the_second() -> None:
    assert iso(10.9) == "1970-01-01T00:00:10Z"


NOW = 1_769_846_400.0
"""2026-01-31T08:00:00Z."""


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
        ("2026-01-31T08:00Z", "2026-01-31T08:00Z"),
        ("2021-01-21T17:12:35.232Z", "2021-01-21T17:12:35.232Z"),
        ("2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00Z"),
        ("2026-01-31 08:00:00", "2026-01-31T08:00:00Z"),
        ("2026-01-31T08:00:00.5-01:30", "2026-01-31T09:30:00.500Z"),
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("20260131", "2026-01-31T00:00:00Z"),
        (" 2025-01-12T14:36:01Z\n", "2025-01-12T14:36:01Z"),
        ("-2h", "2026-01-31T06:00:00Z"),
        ("-30m", "2026-01-31T07:30:00Z"),
        ("- 7 days", "2026-01-24T08:00:00Z"),
        ("2 weeks ago", "2026-01-17T08:00:00Z"),
        ("+1h", "2026-01-31T09:00:00Z"),
        ("now", "2026-01-31T08:00:00Z"),
        ("Today", "2026-01-31T00:00:00Z"),
        ("yesterday", "2026-01-30T00:00:00Z"),
    ],
)
def test_r69_what_people_write_for_a_time_travels_in_utc(given: str, sent: str) -> None:
    assert utc_text(given, NOW) == sent


@pytest.mark.parametrize(
    "given",
    ["", "last week", "2h", "-h", "31.01.2026", "2026-13-01", "2026-01-31T25:00", "1769846400", 1769846400, None, "-2y",
     "-999999w", "0001-01-01T00:00+14:00", "２０２６-01-31", "2026-01-31T08:00:00Z; drop", "tomorrow at noon", True],
)  # fmt: skip
def test_r69_anything_else_is_no_time(given: object) -> None:
    with pytest.raises(ValueError, match="is no time"):
        utc_text(given, NOW)


TIMED = [op for op in catalog.operations() if any(leaf.kind is TIME for leaf in op.leaves)]


def test_r69_every_field_whose_name_says_that_it_is_a_time_is_one() -> None:
    numbers = ("ExpireTime", "ExpireTimeSeconds", "JobMaxRunningTimeMinutes", "MaxRunningTimeMinutes")
    fields = [
        (operation.action_name, leaf.path, leaf.kind)
        for operation in catalog.operations()
        for leaf in operation.leaves
        if leaf.path.rpartition(".")[2].endswith(("Time", "ExpiresAt", "SharedAt", "ModifiedAfter"))
    ]
    assert len(fields) > 25
    untimed = [
        (name, path) for name, path, kind in fields if kind is not TIME and path.rpartition(".")[2] not in numbers
    ]
    assert untimed == []


@pytest.mark.parametrize("operation", TIMED, ids=lambda operation: operation.name)
def test_r69_every_time_of_an_operation_is_read_and_what_is_none_is_refused_with_an_example(
    operation: Operation,
) -> None:
    tops = [name for name, info in operation.inputs.model_fields.items() if kind_of(info) is TIME]
    for name in tops:
        api = operation.fields[name][0]
        given = {**operation.example, name: "2026-01-31T08:00:00+08:00"}
        read = parse(operation.inputs, given, tool=operation.name)
        assert read.inputs is not None
        assert operation.wire_arguments(read.inputs)[api] == "2026-01-31T00:00:00Z"
        wrong = parse(operation.inputs, {**operation.example, name: "whenever"}, tool=operation.name)
        assert [(fault.rule, fault.field) for fault in wrong.faults] == [("R69", name)]
        assert "-2h or yesterday" in wrong.faults[0].message


def test_r69_a_time_inside_an_object_is_read_too() -> None:
    share = catalog.operation("UpdateDataset")
    for ends, rule in (("2026-08-27T20:23:58+08:00", None), ("soon", "R69")):
        given = {"dataset_id": "d-1", "sharing_config": {"SharedTo": [{"ExpiresAt": ends}]}}
        read = parse(share.inputs, given, tool=share.name)
        assert [fault.rule for fault in read.faults] == ([rule] if rule else [])
        if read.inputs is not None:
            shared = share.wire_arguments(read.inputs)["SharingConfig"]["SharedTo"][0]
            assert shared["ExpiresAt"] == "2026-08-27T12:23:58Z"
