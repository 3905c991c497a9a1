"""A run in a process that has run tests before finds nothing that was remembered then."""

from __future__ import annotations

import re

import pytest

from pai_dlc_mcp.redaction import harmless
from pai_dlc_mcp.redaction.engine import clean_text
from pai_dlc_mcp.redaction.patterns import secret_words

from .remembered import forget_remembered


def test_a_fault_that_comes_after_a_text_was_cleaned_is_seen_when_what_was_remembered_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "password=****"
    assert clean_text(text) == text
    words = secret_words()
    monkeypatch.setattr(harmless, "_NOTHING", re.compile("nothing"))
    assert clean_text(text) == text, "remembered"
    forget_remembered()
    assert clean_text(text) == "password=***"
    assert secret_words() is not words
    monkeypatch.undo()
    forget_remembered()
    assert clean_text(text) == text
