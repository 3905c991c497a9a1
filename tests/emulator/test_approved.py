"""What the emulator answers, changes and refuses is what was approved, to the last value."""

from __future__ import annotations

import pytest

from emulator.approved.texts import FOLDER, TEXTS


@pytest.mark.parametrize("name", TEXTS)
def test_the_emulator_says_what_was_approved(name: str) -> None:
    """Where a difference is meant: ``make docs`` writes the texts anew, to be read as the difference of a commit."""
    assert TEXTS[name]() == (FOLDER / name).read_text(encoding="utf-8")


def test_no_approved_text_is_left_over() -> None:
    assert sorted(TEXTS) == sorted(path.name for path in FOLDER.iterdir())
