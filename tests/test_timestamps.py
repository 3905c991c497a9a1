"""Times of the service, read and written."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pai_dlc_mcp.timestamps import iso, seconds_of


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
