"""Spans of a text, and the words of which a text is full: what is read once, and what is merged."""

from __future__ import annotations

import pytest

from pai_dlc_mcp.redaction import named, patterns
from pai_dlc_mcp.redaction.engine import clean_text
from pai_dlc_mcp.redaction.scan import MASK, WINDOW_CHARS, Scan, Span, masked, merged


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        ([], []),
        ([(3, 5)], [(3, 5)]),
        ([(4, 6), (0, 2)], [(0, 2), (4, 6)]),
        ([(0, 2), (2, 4)], [(0, 2), (2, 4)]),
        ([(0, 3), (2, 4)], [(0, 4)]),
        ([(0, 9), (2, 4), (8, 9)], [(0, 9)]),
        ([(1, 3), (2, 5), (4, 6), (6, 7)], [(1, 6), (6, 7)]),
    ],
)
def test_spans_that_overlap_are_one_and_those_that_touch_are_two(spans: list[Span], found: list[Span]) -> None:
    assert merged(spans) == found
    assert masked("0123456789", found).count("***") == len(found)


def test_a_letter_or_digit_of_ascii_makes_what_follows_the_inside_of_a_word() -> None:
    assert [Scan(f"{before}x").is_inside_word(1) for before in "azAZ09_-密 "] == [True] * 6 + [False] * 4
    assert not Scan("xx").is_inside_word(0)


@pytest.mark.parametrize(
    ("rest", "skipped_to"),
    [("a" * 48, None), ("a" * 49, None), ("a" * 96, None), ("a" * 97, -1), ("a" * 150, -54), ("a.-_Z9" * 20, -24),
     ("a" * 48 + " " + "a" * 99, None), ("a" * 97 + " a", -1)],
)  # fmt: skip
def test_of_a_word_longer_than_names_are_the_parts_are_passed_over(rest: str, skipped_to: int | None) -> None:
    handle = dict(named.names())["secret"]
    assert handle is not None
    assert handle(Scan(f"secret{rest}"), 0, 6) == (None if skipped_to is None else skipped_to - 6)


@pytest.mark.parametrize(
    "line",
    [
        "mongo --password {}", "docker login -u x --password={}", "clickhouse-client --password {}",
        "ossutil ls --access-key-secret {}", "odpscmd --access-key {}", "coscmd config --secret {}",
        "ossutil ls --sts-token {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["[1,2]hunter2", "\\hunter2", "${X}hunter2", "ab\\nhunter2", "hunter2!"])
def test_r65_a_long_option_of_a_known_tool_hides_the_whole_word_behind_it(line: str, value: str) -> None:
    assert "hunter2" not in clean_text(line.format(value))


def test_a_word_that_is_blotted_out_holds_no_word_of_the_table_but_one_that_ends_in_it() -> None:
    words = list(patterns.secret_words()._words)
    blots = [patterns.secret_words()._blotted(number) for number in range(len(words))]
    for word, blot in zip(words, blots, strict=True):
        assert (blot is None) is any(word in other for other in words if other != word)
        if blot is not None:
            kept = blot[1].rstrip("\0")
            assert (blot[0], len(blot[1]), word.startswith(kept)) == (word, len(word), True)
            assert not any(one in kept for one in words)
            assert any(one in word[: len(kept) + 1] for one in words), "no more than that is gone"
    assert sum(blot is not None for blot in blots) > len(words) / 4


def test_r77_of_a_window_full_of_words_lines_are_masked_and_then_all_the_rest() -> None:
    shown = clean_text("sk-\n" * (WINDOW_CHARS // 4) + "next line, sk-\n")
    assert shown == "sk-\n" * 2_049 + f"{MASK}\n" * 1_025 + "next line, sk-\n"


def test_a_long_list_of_addresses_stays_readable_whatever_its_length() -> None:
    listed = "".join(f"oss://b/{number:05d}.jpg\n" for number in range(WINDOW_CHARS // 20))
    assert clean_text(f"{listed}git@github.com\n{listed}") == f"{listed}git@github.com\n{listed}"
    assert clean_text(f"{listed}s://u:pw@h\n{listed}s://u:pw@h") == f"{listed}s://{MASK}@h\n{listed}s://{MASK}@h"


@pytest.mark.parametrize("text", ["auth://hunter22", "oss://u/v://a:b@c", "x:///@y ://u:p@h", "://u:p@h"])
def test_a_secret_is_masked_where_its_word_or_one_that_laps_over_it_began_nothing_before(text: str) -> None:
    before = f"oss://a {' ' * WINDOW_CHARS}"
    assert clean_text(before + text) == before + clean_text(text) != before + text


@pytest.mark.parametrize(
    ("line", "kept"), [("password of of of of of of of of of of", 513), ("passwords: [a, a, a, a, a, a, a]", 257)]
)
def test_r77_what_a_sentence_or_a_list_takes_to_be_read_counts_for_its_window(line: str, kept: int) -> None:
    lines = clean_text(f"{line}\n" * 700).split("\n")
    assert lines[:kept] == [line] * kept
    assert all(MASK in one for one in lines[kept : kept + 20])
