"""Ten read-only questions with one answer each, found through the tools in the emulator's default world."""

from __future__ import annotations

import pytest
from evals.environment import Environment
from evals.questions import ANSWERING, pairs
from evals.scenario import Scenario
from evals.variants import connected

from pai_dlc_emulator.server import Emulator

READER = Scenario("questions", "diagnose", "", 1, (), (), server={"read_only": True})


def test_there_are_ten_questions_and_none_is_asked_twice() -> None:
    assert len(ANSWERING) == len(pairs()) == len({question for question, _ in pairs()}) == 10
    assert all(question.endswith(".") and answer == answer.strip() for question, answer in pairs())
    assert all(answer for _, answer in pairs())


@pytest.mark.parametrize("number", range(10))
async def test_the_answer_is_what_the_tools_of_a_read_only_server_show(number: int, emulator: Emulator) -> None:
    environment = Environment(emulator)
    await environment.set(READER)
    async with connected("server", READER, environment) as connection:
        found = await ANSWERING[number](connection)
    assert found == pairs()[number][1]
    assert connection.transcript.errors == 0
