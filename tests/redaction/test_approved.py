"""What is masked is what was approved: every word, tool and form, at the shortest and the longest, where it ends."""

from __future__ import annotations

from docs.generated import ROOT
from docs.masking import PATH, masking


def test_r65_what_is_masked_and_what_stays_is_what_was_approved() -> None:
    assert masking().splitlines() == (ROOT / PATH).read_text(encoding="utf-8").splitlines(), "make docs, and look"
