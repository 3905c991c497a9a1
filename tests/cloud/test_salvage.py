"""R60: from a text that breaks off, what is whole and nothing else."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pai_dlc_mcp.cloud.answers import parse, salvage

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(['"', "\\", '\\"', "[{", ",:"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_OBJECTS = st.dictionaries(_TEXT, _VALUES, max_size=5)


def is_beginning(part: Any, whole: Any, *, in_list: bool = False) -> bool:
    """Whether ``part`` is ``whole`` cut short: fields missing at the end, items missing at the end of a list."""
    if part == whole:
        return True
    if in_list or type(part) is not type(whole):
        return False
    if isinstance(part, list):
        return bool(part == whole[: len(part)])
    if not isinstance(part, dict) or list(part) != list(whole)[: len(part)]:
        return False
    return all(is_beginning(part[key], whole[key]) for key in part)


@given(_OBJECTS, st.data(), st.sampled_from([None, (",", ":")]))
def test_r60_any_cut_gives_a_beginning_of_the_whole(
    whole: dict[str, Any], data: st.DataObject, separators: Any
) -> None:
    text = json.dumps(whole, ensure_ascii=False, separators=separators)
    cut = data.draw(st.integers(0, len(text)))
    assert is_beginning(salvage(text[:cut]), whole)
    assert salvage(text) == whole


@given(st.lists(_VALUES, max_size=6), st.data())
def test_r60_every_whole_item_before_the_cut_is_kept(items: list[Any], data: st.DataObject) -> None:
    text = '{"Logs": [' + ", ".join(json.dumps(item) for item in items)
    kept = data.draw(st.integers(0, len(items)))
    start = '{"Logs": [' + "".join(json.dumps(item) + ", " for item in items[:kept])
    tail = data.draw(st.integers(0, len(text) - len(start))) if kept < len(items) else 0
    found = salvage(start + text[len(start) : len(start) + tail])["Logs"]
    assert found[:kept] == items[:kept]
    assert found == items[: len(found)]


@given(st.text(max_size=60))
def test_r60_what_is_not_json_gives_an_object_or_nothing(text: str) -> None:
    assert isinstance(salvage(text), dict)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"Jobs": [{"Id": 1}, {"Id": 2, "Name": "x', {"Jobs": [{"Id": 1}]}),
        ('{"A": 12', {}),
        ('{"A": 12,', {"A": 12}),
        ('{"A": "x\\"', {}),
        ('{"A": {"B": 1, "C": tru', {"A": {"B": 1}}),
        ('{"A": [[1, 2], [3', {"A": [[1, 2]]}),
        ('{"A": "q\\', {}),
        ("[1, 2", {}),
        ("", {}),
    ],
)
def test_r60_half_an_item_is_no_item(text: str, data: dict[str, Any]) -> None:
    assert salvage(text) == data


@pytest.mark.parametrize("piece", ['"a",', "[", '{"a":', '"', "\\", '"\\', "1,", "]"])
def test_r60_the_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    def seconds(size: int) -> float:
        text = '{"Logs":[' + piece * (size // len(piece))
        started = time.process_time()
        salvage(text)
        return time.process_time() - started

    seconds(10_000)
    small, large = max(seconds(50_000), 0.002), seconds(400_000)
    assert large < 8 * small * 6, (small, large)


@pytest.mark.parametrize("text", ['{"a": "\\ud800"}', '{"a": "x\\udc00y"}', '{"\\ud83d": 1}'])
def test_half_a_surrogate_pair_becomes_text_that_can_be_written(text: str) -> None:
    json.dumps(parse(text), ensure_ascii=False).encode()


def test_a_whole_surrogate_pair_is_kept() -> None:
    assert parse('{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_become_null(number: str) -> None:
    assert parse(f'{{"a": {number}}}') == {"a": None}


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "1" * 10_000, ""])
def test_a_text_beyond_reason_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)
