"""One scenario, one arm, one agent: played and judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .agents import Agent, GaveUp
from .arms import Connection, connected
from .checks import Verdict, judge
from .references import Unresolved, resolve
from .scenario import Scenario
from .stage import Stage
from .transcript import Transcript


@dataclass(frozen=True)
class Play:
    """One trial and how it went; ``gave_up`` says why the agent did not come to an end."""

    scenario: Scenario
    arm: str
    verdict: Verdict
    transcript: Transcript
    gave_up: str | None = None


async def play(scenario: Scenario, arm: str, agent: Agent, stage: Stage) -> Play:
    await stage.set(scenario)
    gave_up = None
    async with connected(arm, scenario, stage) as connection:
        await _before(scenario, arm, stage, connection)
        told = replace(scenario, goal=resolve(scenario.goal, stage.facts))
        try:
            connection.transcript.answer = await agent(told, connection)
        except (GaveUp, Unresolved) as why:
            gave_up = str(why)
        transcript = connection.transcript
    evidence = await stage.look(transcript)
    return Play(scenario, arm, judge(scenario.check, scenario.forbidden, evidence), transcript, gave_up)


async def _before(scenario: Scenario, arm: str, stage: Stage, connection: Connection) -> None:
    """Calls that were made before, on our server; the other arm knows nothing of tokens and gets a made-up one."""
    for step in scenario.before:
        if "clock" in step:
            stage.advance(step["clock"])
        elif arm == "raw":
            stage.facts[step["as"]] = {"confirmation": {"token": "none"}}
        else:
            entry = await connection.call(step["tool"], resolve(step["arguments"], stage.facts))
            stage.facts[step["as"]] = entry.data if entry.ok else entry.error
    connection.transcript.entries.clear()
    await stage.begin()
