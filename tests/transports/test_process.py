"""How the server's process ends when its end takes too long, and when it collects garbage again."""

from __future__ import annotations

import gc
import os

import pytest

from pai_dlc_mcp.transports.process import FORCED_EXIT_S, Shutdown, resume_collection


def test_an_end_that_takes_too_long_is_forced_with_a_code_that_is_not_an_orderly_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    forced = Shutdown(5.0)._forced_exit
    assert (forced.interval, forced.daemon, ended) == (5.0 + FORCED_EXIT_S, True, [])
    forced.function()
    assert ended == [1]


def test_garbage_is_collected_again_and_what_is_there_is_left_alone() -> None:
    gc.disable()
    before = gc.get_freeze_count()
    try:
        resume_collection()
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before
    finally:
        gc.enable()
