"""One text and one digest for a value, whatever the order of its names."""

from __future__ import annotations

from datetime import date

import pytest

from pai_dlc_mcp.state import StateUnavailable, canonical, digest_of, entry, key_of


def test_a_value_has_one_text_whatever_the_order_of_its_names() -> None:
    assert canonical({"b": [1, None], "a": "é"}) == b'{"a":"\\u00e9","b":[1,null]}'
    assert digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1}) != digest_of({"a": 1, "b": 2})


def test_a_value_that_is_no_json_has_a_digest_too() -> None:
    """The audit digests whatever a call was given."""
    assert canonical({"day": date(2026, 1, 31)}) == b'{"day":"2026-01-31"}'


def test_keys_of_different_parts_are_different_whatever_characters_they_hold() -> None:
    assert key_of("seen", "a b", "x/y", "é%") == "seen/a%20b/x%2Fy/%C3%A9%25"
    assert key_of("a/b", "c") != key_of("a", "b/c")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"a"', '{"a": 1}', "[" * 100_000])
def test_an_entry_that_lacks_a_field_or_is_no_object_is_damaged(text: str) -> None:
    with pytest.raises(StateUnavailable, match="stored state is damaged"):
        entry(text, "a", "b")
    assert entry('{"a": 1, "b": null, "c": 2}', "a", "b") == {"a": 1, "b": None, "c": 2}
    assert entry('{"a": 1, "b": null}', "a", "b") == {"a": 1, "b": None}
