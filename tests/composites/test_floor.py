"""The floor of the diagnosis: on the failures in ``evals/failures`` it may get better, never worse, and every answer is
the one that was approved (``approved.py``)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import anyio
import pytest
from evals.diagnosis import FAILURES, RIGHT, Score, diagnose, load, scores_of

from pai_dlc_mcp.composites.catalog import COMPOSITES

from . import approved

LEAST_RIGHT_PERCENT, LEAST_FAILURES, LEAST_HELD_OUT, MOST_TOKENS = 98, 1_575, 420, 900
"""Raise these when the diagnosis gets better; they never go down."""


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    return anyio.run(scores_of, load(FAILURES))


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def outcome(score: Score) -> str:
    """One diagnosis in a line: what it says, and hashes of the words that it quotes, of its reads with their arguments,
    and of the whole answer."""
    data = score.data
    blamed = f"{str(data.get('pod') or 'no pod').rpartition('-')[2]}/{data.get('rank', '-')}"
    quoted = (
        f"{line[1:].partition(' ')[0].rstrip(']')}:{short_hash(line)}" for line in data.get("untrusted_evidence") or []
    )
    steps = (step["tool"].removeprefix("dlc_").removeprefix("aiworkspace_") for step in data.get("next") or [])
    reads = f"{len(score.requests)} reads {short_hash(json.dumps(score.requests))}"
    whole = short_hash(json.dumps(data, ensure_ascii=False) + score.text)
    said = f"{data['cause']} {data['confidence']} {blamed}"
    return f"{score.name}: {said} | {' '.join(quoted)} | {' '.join(steps)} | {reads} {whole}"


def of_every_kind(failures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The first failure of each kind and category, and of jobs that run or wait the first of each cause."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in failures:
        truth = one["truth"]
        found.setdefault((one["kind"], truth["ok" if one["kind"] == "running" else "class"][0]), dict(one))
    return list(found.values())


def test_every_answer_is_the_approved_one(scores: list[Score]) -> None:
    approved.check("diagnoses.txt", "\n".join(map(outcome, scores)) + "\n")


@pytest.mark.parametrize("failure", of_every_kind(load(FAILURES)), ids=lambda failure: failure["name"])
def test_one_answer_of_every_kind_and_its_report_are_approved_in_full(
    failure: dict[str, Any], scores: list[Score]
) -> None:
    score = next(one for one in scores if one.name == failure["name"])
    report = anyio.run(diagnose, failure, "report")[0]["untrusted_report"]
    reads = "\n".join(f"{name} {json.dumps(args, ensure_ascii=False)}" for name, args in score.requests)
    approved.check(f"diagnoses/{failure['name']}.md", f"{reads}\n\n---\n\n{score.text}\n\n---\n\n{report}\n")


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
    assert [(one.name, extra) for one in scores if (extra := {name for name, _ in one.requests} - named)] == []


def test_a_quarter_of_the_failures_was_held_out_while_the_tables_were_written() -> None:
    failures = [one for one in load(FAILURES) if one["kind"] != "running"]
    held_out = sum(bool(one.get("held_out")) for one in failures)
    assert held_out >= LEAST_HELD_OUT
    assert 4 * held_out >= len(failures)


def test_jobs_that_run_or_wait_are_among_them_and_none_that_is_unclear_is_called_healthy(scores: list[Score]) -> None:
    running = {one["name"] for one in load(FAILURES) if one["kind"] == "running"}
    assert len(running) >= 34
    assert [one.name for one in scores if one.truth != "healthy" and one.cause == "healthy"] == []
