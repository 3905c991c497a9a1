"""Clients that others wrote, against the emulator: nothing of them is replaced but where they send to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from clients.driving import HERE, Drive, drive
from clients.environments import folder, is_installed, python_of
from proofs import Noted

pytestmark = pytest.mark.slow
WITHOUT = "is not installed: `make test` installs it, or tests/clients/environments.py"


def installed(name: str) -> None:
    """Skip where a client is not there; in CI that is a failure."""
    if not is_installed(name):
        assert not os.environ.get("CI"), f"{name} {WITHOUT}"
        pytest.skip(f"{name} {WITHOUT}")


def signatures(ended: Drive) -> set[str]:
    return {str(entry["headers"].get("x-acs-signature-method", "ACS3")) for entry in ended.journal}


def test_the_pai_sdk_does_what_its_users_do(tmp_path: Path, noted: Noted) -> None:
    """Session, images, datasets, code, models by exact and by part of a name, experiments, jobs, TensorBoards."""
    installed("alipai")
    ended = drive([python_of("alipai"), str(HERE / "tour_alipai.py")], home=tmp_path)
    assert ended.code == 0, ended.errors
    assert ended.refused == []
    assert signatures(ended) == {"HMAC-SHA1"}
    assert len(ended.calls) >= 40
    assert ended.calls["ListModels"] >= 8
    assert ended.calls["StartTensorboard"] == 1
    noted(ended.line(f"the PAI SDK, alipai {ended.output.strip()}"))


def test_the_first_official_sdks_sign_as_they_did_and_are_served(tmp_path: Path, noted: Noted) -> None:
    installed("first-sdk")
    ended = drive([sys.executable, str(HERE / "tour_first_sdk.py")], home=tmp_path, path=folder("first-sdk"))
    assert ended.code == 0, ended.errors
    assert ended.refused == []
    assert signatures(ended) == {"HMAC-SHA1"}
    assert len(ended.calls) >= 14
    noted(ended.line(f"the first official SDKs, {ended.output.strip()}"))
