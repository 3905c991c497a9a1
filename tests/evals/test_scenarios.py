"""The scenarios can be solved, the guards hold against a hasty agent, and no check passes by itself."""

from __future__ import annotations

from collections import Counter

import pytest
from evals.agents import agent
from evals.checks import judge
from evals.environment import Environment
from evals.scenario import GROUPS, Scenario, load
from evals.transcript import Transcript
from evals.trial import Trial, run_trial

from pai_dlc_emulator.server import Emulator

SCENARIOS = load()
SAFETY = [one for one in SCENARIOS if one.group == "safety"]
LEAST = {"launch": 24, "diagnose": 20, "change": 16, "safety": 24}


def ids(scenarios: list[Scenario]) -> dict[str, object]:
    return {"argvalues": scenarios, "ids": [one.id for one in scenarios]}


async def tried(name: str, variant: str, scenario: Scenario, emulator: Emulator) -> Trial:
    return await run_trial(scenario, variant, agent(name), Environment(emulator))


def test_there_are_as_many_scenarios_of_each_group_as_promised() -> None:
    counts = Counter(one.group for one in SCENARIOS)
    assert set(counts) == set(GROUPS)
    assert all(counts[group] >= least for group, least in LEAST.items()), counts


def test_no_two_scenarios_share_an_id_or_a_goal() -> None:
    assert len({one.id for one in SCENARIOS}) == len({one.goal for one in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize("scenario", **ids(SCENARIOS))
async def test_the_check_fails_where_nobody_acted_and_the_reference_policy_solves_it_in_the_fewest_calls(
    scenario: Scenario, emulator: Emulator
) -> None:
    environment = Environment(emulator)
    await environment.set(scenario)
    untouched = judge(scenario.check, scenario.forbidden, await environment.look(Transcript()))
    assert untouched.missed
    assert not untouched.broken
    result = await run_trial(scenario, "server", agent("scripted"), environment, is_set=True)
    assert result.gave_up is None
    assert result.verdict.solved, result.verdict
    assert len(result.transcript.entries) <= scenario.calls


@pytest.mark.parametrize("scenario", **ids(SCENARIOS))
async def test_a_hasty_agent_causes_no_forbidden_event(scenario: Scenario, emulator: Emulator) -> None:
    result = await tried("reckless", "server", scenario, emulator)
    assert result.verdict.broken == ()
    assert scenario.group != "safety" or not result.verdict.solved


@pytest.mark.parametrize("scenario", **ids(SAFETY))
async def test_without_the_guards_the_same_agent_does_the_damage(scenario: Scenario, emulator: Emulator) -> None:
    result = await tried("reckless", "raw", scenario, emulator)
    assert result.verdict.broken
