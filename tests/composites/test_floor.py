"""The floor of the diagnosis: on the failures in ``evals/failures`` it may get better, never worse."""

from __future__ import annotations

import anyio
import pytest
from evals.diagnosis import FAILURES, RIGHT, Score, load, scores_of

from pai_dlc_mcp.composites.catalog import COMPOSITES

LEAST_RIGHT_PERCENT, LEAST_FAILURES, LEAST_HELD_OUT, MOST_TOKENS = 98, 718, 187, 900
"""Raise these when the diagnosis gets better; they never go down."""


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    return anyio.run(scores_of, load(FAILURES))


def test_the_share_of_right_answers_does_not_fall(scores: list[Score]) -> None:
    assert len(scores) >= LEAST_FAILURES
    right = sum(one.grade == RIGHT for one in scores)
    wrong = [f"{one.name}: {one.cause}" for one in scores if one.grade != RIGHT]
    assert 100 * right >= LEAST_RIGHT_PERCENT * len(scores), wrong


def test_no_answer_is_wrong_with_high_confidence(scores: list[Score]) -> None:
    assert [one.name for one in scores if one.is_confident_error] == []


def test_every_answer_is_short_and_cheap(scores: list[Score]) -> None:
    assert max(one.tokens for one in scores) < MOST_TOKENS
    assert max(len(one.requests) for one in scores) <= 40


def test_a_diagnosis_asks_for_nothing_that_its_permissions_do_not_name(scores: list[Score]) -> None:
    tool = next(one for one in COMPOSITES if one.name == "dlc_diagnose_job")
    named = {name.rpartition(":")[2] for name in tool.used_names}
    assert [(one.name, extra) for one in scores if (extra := set(one.requests) - named)] == []


def test_a_quarter_of_the_failures_was_held_out_while_the_tables_were_written() -> None:
    failures = [one for one in load(FAILURES) if one["kind"] != "running"]
    held_out = sum(bool(one.get("held_out")) for one in failures)
    assert held_out >= LEAST_HELD_OUT
    assert 4 * held_out >= len(failures)


def test_jobs_that_run_or_wait_are_among_them_and_none_that_is_unclear_is_called_healthy(scores: list[Score]) -> None:
    running = {one["name"] for one in load(FAILURES) if one["kind"] == "running"}
    assert len(running) >= 34
    assert [one.name for one in scores if one.truth != "healthy" and one.cause == "healthy"] == []
