"""A model in the loop: both wires, against a local server that speaks them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from evals.agents import GaveUp, agent
from evals.agents.models import MOST_TURNS
from evals.environment import Environment
from evals.scenario import Scenario, load
from evals.trial import Trial, run_trial

from pai_dlc_emulator.server import Emulator

from .fake_models import Asked, model

SCENARIO = load("safety-priority-cannot-take")[0]
ANSWER = "The priority of exp-0124 cannot be raised: it runs on public resources, not in a quota."
STEPS: list[tuple[str, Any]] = [
    ("dlc_list_jobs", {"display_name": "exp-0124"}),
    ("dlc_update_job", {"job_id": "none", "priority": 9}),
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "key-of-a-test")
    monkeypatch.setenv("EVALS_MODEL", "a-model")


async def tried(
    name: str, asked: Asked, emulator: Emulator, patch: pytest.MonkeyPatch, scenario: Scenario = SCENARIO
) -> Trial:
    patch.setenv("ANTHROPIC_BASE_URL", asked.url)
    patch.setenv("OPENAI_BASE_URL", f"{asked.url}/v1")
    return await run_trial(scenario, "server", agent(name), Environment(emulator))


def anthropic(body: dict[str, Any]) -> tuple[int, Any]:
    """Calls the steps one after the other, then answers."""
    number = sum(message["role"] == "assistant" for message in body["messages"])
    if number == len(STEPS):
        return 200, {"content": [{"type": "text", "text": ANSWER}], "stop_reason": "end_turn"}
    tool, arguments = STEPS[number]
    call = {"type": "tool_use", "id": f"t{number}", "name": tool, "input": arguments}
    return 200, {"content": [{"type": "text", "text": "Next."}, call], "stop_reason": "tool_use"}


def openai(body: dict[str, Any]) -> tuple[int, Any]:
    number = sum(message["role"] == "assistant" for message in body["messages"])
    if number == len(STEPS):
        return 200, {"choices": [{"message": {"role": "assistant", "content": ANSWER}}]}
    tool, arguments = STEPS[number]
    call = {"id": f"t{number}", "type": "function", "function": {"name": tool, "arguments": json.dumps(arguments)}}
    return 200, {"choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [call]}}]}


async def test_the_messages_protocol_carries_goal_tools_calls_and_results(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model(anthropic) as asked:
        result = await tried("anthropic", asked, emulator, monkeypatch)
    assert result.verdict.solved, result.verdict
    assert [entry.tool for entry in result.transcript.entries] == ["dlc_list_jobs", "dlc_update_job"]
    first, last = asked[0], asked[-1]["body"]["messages"]
    assert (first["path"], first["headers"]["x-api-key"]) == ("/v1/messages", "key-of-a-test")
    assert first["body"]["messages"] == [{"role": "user", "content": SCENARIO.goal}]
    assert {tool["name"] for tool in first["body"]["tools"]} >= {"dlc_create_job", "dlc_diagnose_job"}
    assert "exp-0124" in last[2]["content"][0]["content"]
    assert last[4]["content"][0]["is_error"] is True


async def test_the_chat_protocol_carries_goal_tools_calls_and_results(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model(openai) as asked:
        result = await tried("openai", asked, emulator, monkeypatch)
    assert result.verdict.solved, result.verdict
    first, last = asked[0], asked[-1]["body"]["messages"]
    assert (first["path"], first["headers"]["authorization"]) == ("/v1/chat/completions", "Bearer key-of-a-test")
    assert [message["role"] for message in last] == ["system", "user", "assistant", "tool", "assistant", "tool"]
    assert last[1]["content"] == SCENARIO.goal
    assert "exp-0124" in last[3]["content"]
    assert all("parameters" in tool["function"] for tool in first["body"]["tools"])


async def test_arguments_that_are_no_json_go_back_to_the_model_as_an_error(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(body: dict[str, Any]) -> tuple[int, Any]:
        if body["messages"][-1]["role"] == "tool":
            return 200, {"choices": [{"message": {"role": "assistant", "content": "Sorry."}}]}
        call = {"id": "x", "type": "function", "function": {"name": "dlc_list_jobs", "arguments": "{job"}}
        return 200, {"choices": [{"message": {"role": "assistant", "tool_calls": [call]}}]}

    with model(say) as asked:
        result = await tried("openai", asked, emulator, monkeypatch)
    assert result.transcript.errors == 1
    assert "not a JSON object" in asked[-1]["body"]["messages"][-1]["content"]
    assert result.transcript.answer == "Sorry."


async def test_a_model_that_never_answers_is_given_up_after_its_turns(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = {"type": "tool_use", "id": "t", "name": "pai_status", "input": {}}
    with model(lambda body: (200, {"content": [call]})) as asked:
        result = await tried("anthropic", asked, emulator, monkeypatch)
    assert len(asked) == MOST_TURNS
    assert str(MOST_TURNS) in str(result.gave_up)
    assert not result.verdict.solved


async def test_a_busy_model_is_asked_again_and_a_refusing_one_is_not(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = [429, 529, 200]
    with model(lambda body: (statuses.pop(0), {"content": [{"type": "text", "text": "Late."}]})) as asked:
        late = await tried("anthropic", asked, emulator, monkeypatch)
    with model(lambda body: (401, {"error": "no such key"})) as asked_once:
        refused = await tried("anthropic", asked_once, emulator, monkeypatch)
    assert (late.transcript.answer, len(asked)) == ("Late.", 3)
    assert "401" in str(refused.gave_up)
    assert len(asked_once) == 1


@pytest.mark.parametrize("missing", ["EVALS_MODEL", "ANTHROPIC_API_KEY"])
def test_what_is_not_set_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(GaveUp, match=missing):
        agent("anthropic")
