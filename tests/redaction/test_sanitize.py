"""Text of other people made harmless: what a terminal would obey and what nobody sees is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pai_dlc_mcp.redaction.engine import clean_lines, clean_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("a\x1b(Bb\x1bMc", "abc"),
        ("a\x00b\x07c\x08d\x7fe\x85f", "abcdef"),
        ("a\u200bb\u200dc\ufeffd\u2060e", "abcde"),
        ("a\u202eb\u2066c\u200fd", "abcd"),
        ("a\U000e0041\U000e0042b\ufe0fc\U000e0101d", "abcd"),
        ("a\u3164b\u115fc\u00add", "abcd"),
        ("tab\tand\nbreak stay", "tab\tand\nbreak stay"),
        ("50%\r100%\r\ndone", "50%\n100%\ndone"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("half \ud83d character", "half � character"),
        ("训练 naïve 🚀", "训练 naïve 🚀"),
    ],
)
def test_r64_text_is_shown_as_a_person_would_read_it(text: str, shown: str) -> None:
    assert clean_text(text) == shown


@given(st.text())
def test_r64_nothing_that_a_terminal_obeys_is_left_and_cleaning_twice_changes_nothing(text: str) -> None:
    shown = clean_text(text)
    assert all(char >= " " or char in "\n\t" for char in shown)
    assert not any("\x7f" <= char <= "\x9f" or "\u202a" <= char <= "\u202e" or char == "\u200b" for char in shown)
    shown.encode()
    assert clean_text(shown) == shown


def test_r64_a_break_inside_a_log_line_makes_two() -> None:
    assert clean_lines(["a\rb", "c\nd"]) == ["a", "b", "c", "d"]
    assert clean_lines([]) == []
    assert clean_lines([""]) == []
