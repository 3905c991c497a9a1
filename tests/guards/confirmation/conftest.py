"""Shared by the tests of confirmations."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A state that the operator's terminal can reach; the entries themselves stay in memory here."""
    return str(tmp_path / "state.db")
