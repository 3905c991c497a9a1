"""One text and one digest for a value, whatever the order of its names."""

from __future__ import annotations

from datetime import date

from pai_dlc_mcp.state import canonical, digest_of


def test_a_value_has_one_text_whatever_the_order_of_its_names() -> None:
    assert canonical({"b": [1, None], "a": "é"}) == b'{"a":"\\u00e9","b":[1,null]}'
    assert digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1}) != digest_of({"a": 1, "b": 2})


def test_a_value_that_is_no_json_has_a_digest_too() -> None:
    """The audit digests whatever a call was given."""
    assert canonical({"day": date(2026, 1, 31)}) == b'{"day":"2026-01-31"}'
