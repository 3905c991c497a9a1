"""2026-07-28: a call that pauses for an answer hands its state to the client, sealed. What comes back is checked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator

from .over_http import Http
from .processes import http_server

CAN_ASK: dict[str, Any] = {"elicitation": {}}
ALICE, BOB = "alices-token", "bobs-token"
KEY = "EMULATORKEYALICE0000"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("replicas")
    tokens = [
        f"{name}: {hashlib.sha256(token.encode()).hexdigest()}" for name, token in (("alice", ALICE), ("bob", BOB))
    ]
    for name, lines in (("tokens", tokens), ("keys", [secrets.token_hex(32)])):
        (home / name).touch(0o600)
        (home / name).write_text("\n".join(lines) + "\n")
    return home


@pytest.fixture(scope="module")
def replicas(home: Path, shared_emulator: Emulator) -> Iterator[tuple[str, str]]:
    """Two servers with the same keys and the same state."""
    flags = ["--tokens", str(home / "tokens"), "--keys", str(home / "keys"), "--state", str(home / "state.sqlite"),
             "--region", "cn-hangzhou", "--dlc-endpoint", shared_emulator.dlc,
             "--aiworkspace-endpoint", shared_emulator.aiworkspace]  # fmt: skip
    key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEYS[KEY].secret}
    with (
        http_server(*flags, home=home, environment=key) as one,
        http_server(*flags, home=home, environment=key) as other,
    ):
        yield one, other


@pytest.fixture
def alice(replicas: tuple[str, str], emulator: Emulator) -> Iterator[Http]:
    with Http(replicas[0], ALICE) as http:
        yield http


def a_running_job(http: Http) -> tuple[str, str]:
    """Id and name of a job that can be stopped."""
    job = http.data("dlc_list_jobs", status="Running")["Jobs"][0]
    return str(job["JobId"]), str(job["DisplayName"])


def paused(http: Http, job: str, **given: Any) -> tuple[str, str, str]:
    """Ask for the stop; the question's key, its words and the sealed state."""
    result = http.call("dlc_stop_job", can=CAN_ASK, job_id=job, wait_seconds=0, **given)["result"]
    assert result["resultType"] == "input_required", result
    ((key, request),) = result["inputRequests"].items()
    assert request["method"] == "elicitation/create"
    return key, request["params"]["message"], result["requestState"]


def retry(key: str, state: str | None, name: str) -> dict[str, Any]:
    answer = {key: {"action": "accept", "content": {"name": name}}}
    return {"inputResponses": answer, **({"requestState": state} if state is not None else {})}


def stopping(http: Http, job: str, again: dict[str, Any], **given: Any) -> dict[str, Any]:
    return dict(http.call("dlc_stop_job", can=CAN_ASK, retry=again, job_id=job, wait_seconds=0, **given))


def test_the_answer_may_come_to_another_replica_than_the_question(
    alice: Http, replicas: tuple[str, str], writes: Callable[[], list[str]]
) -> None:
    job, name = a_running_job(alice)
    key, message, state = paused(alice, job)
    assert name in message
    with Http(replicas[1], ALICE) as other:
        result = stopping(other, job, retry(key, state, name))["result"]["structuredContent"]
    assert (result["ok"], result["confirmed_by"]) == (True, "human")
    assert writes() == ["StopJob"]


def test_the_state_shows_the_client_nothing_and_any_change_to_it_is_refused(
    alice: Http, writes: Callable[[], list[str]]
) -> None:
    job, name = a_running_job(alice)
    key, _, state = paused(alice, job)
    assert key not in state
    for at in range(0, len(state), 17):
        changed = state[:at] + ("A" if state[at] != "A" else "B") + state[at + 1 :]
        error = stopping(alice, job, retry(key, changed, name))["error"]
        assert (error["code"], error["message"]) == (-32602, "Invalid or expired requestState")
    assert writes() == []


def test_the_state_of_one_caller_does_not_serve_another(
    alice: Http, replicas: tuple[str, str], writes: Callable[[], list[str]]
) -> None:
    job, name = a_running_job(alice)
    key, _, state = paused(alice, job)
    with Http(replicas[0], BOB) as bob:
        assert stopping(bob, job, retry(key, state, name))["error"]["code"] == -32602
    assert writes() == []


def test_the_state_of_one_call_does_not_serve_one_with_other_arguments(
    alice: Http, writes: Callable[[], list[str]]
) -> None:
    job, name = a_running_job(alice)
    key, _, state = paused(alice, job)
    other = next(str(one["JobId"]) for one in alice.data("dlc_list_jobs")["Jobs"] if one["JobId"] != job)
    assert stopping(alice, other, retry(key, state, name))["error"]["code"] == -32602
    assert writes() == []


def test_an_answer_that_brings_no_state_is_asked_for_again(alice: Http, writes: Callable[[], list[str]]) -> None:
    job, name = a_running_job(alice)
    key, _, _ = paused(alice, job)
    again = stopping(alice, job, retry(key, None, name))["result"]
    assert again["resultType"] == "input_required"
    assert writes() == []


def test_an_answer_to_another_question_is_asked_for_again(alice: Http, writes: Callable[[], list[str]]) -> None:
    job, name = a_running_job(alice)
    _, _, state = paused(alice, job)
    again = stopping(alice, job, retry("confirm-000000000000000000000000", state, name))["result"]
    assert again["resultType"] == "input_required"
    assert writes() == []


@pytest.mark.parametrize(
    "answer",
    [
        {"action": "accept"},
        {"action": "accept", "content": {}},
        {"action": "accept", "content": {"name": "something else"}},
        {"action": "accept", "content": {"confirm": True}},
    ],
)
def test_anything_but_the_typed_name_ends_in_a_refusal(
    alice: Http, writes: Callable[[], list[str]], answer: dict[str, Any]
) -> None:
    job, _ = a_running_job(alice)
    key, _, state = paused(alice, job)
    result = stopping(alice, job, {"inputResponses": {key: answer}, "requestState": state})
    assert result["result"]["structuredContent"]["error"]["rule"] == "R35"
    assert writes() == []


def test_r35_a_decline_is_a_no_that_holds_and_a_cancel_at_once_asked_nobody(
    replicas: tuple[str, str], emulator: Emulator, writes: Callable[[], list[str]]
) -> None:
    """By Bob: a no of Alice's would hold for the tests that follow."""
    with Http(replicas[0], BOB) as bob:
        job, _ = a_running_job(bob)
        for action, code, rule in (
            ("cancel", "confirmation_required", "R30"),
            ("decline", "policy_denied", "R35"),
        ):
            key, _, state = paused(bob, job)
            result = stopping(bob, job, {"inputResponses": {key: {"action": action}}, "requestState": state})
            error = result["result"]["structuredContent"]["error"]
            assert (error["code"], error["rule"]) == (code, rule)
        with Http(replicas[1], BOB) as again:
            error = stopping(again, job, {})["result"]["structuredContent"]["error"]
            assert (error["code"], error["rule"]) == ("policy_denied", "R35")
    assert writes() == []


def test_an_answer_serves_once(alice: Http, writes: Callable[[], list[str]]) -> None:
    job, name = a_running_job(alice)
    key, _, state = paused(alice, job)
    assert stopping(alice, job, retry(key, state, name))["result"]["structuredContent"]["ok"]
    second = stopping(alice, job, retry(key, state, name))["result"]
    error = second["structuredContent"]["error"]
    assert (error["code"], error["rule"]) == ("no_effect", "R32")
    assert writes() == ["StopJob"]


@pytest.mark.parametrize(
    ("can", "asked"),
    [
        ({"elicitation": {}}, True),
        ({"elicitation": {"form": {}}}, True),
        ({"elicitation": {"form": {}, "url": {}}}, True),
        ({"elicitation": {"url": {}}}, False),
        ({}, False),
        ({"sampling": {}}, False),
    ],
)
def test_only_a_client_that_shows_forms_is_asked(alice: Http, can: dict[str, Any], asked: bool) -> None:
    job, _ = a_running_job(alice)
    result = alice.call("dlc_stop_job", can=can, job_id=job, wait_seconds=0)["result"]
    assert (result["resultType"] == "input_required") is asked
    if not asked:
        assert result["structuredContent"]["error"]["confirmation"]["token"]
