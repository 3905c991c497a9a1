"""What is masked is what was approved: every word, tool and form, at the shortest and the longest, where it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from docs.generated import ROOT
from docs.masking import PATH, masking
from docs.masking_probes import PATH as PROBES
from docs.masking_probes import probes


@pytest.mark.parametrize(("path", "made"), [(PATH, masking), (PROBES, probes)], ids=["words", "places"])
def test_r65_what_is_masked_and_what_stays_is_what_was_approved(path: str, made: Callable[[], str]) -> None:
    assert made().splitlines() == (ROOT / path).read_text(encoding="utf-8").splitlines(), "make docs, and look"
