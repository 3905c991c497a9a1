"""One scenario, one variant, one agent: tried and judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .agents import Agent, GaveUp
from .checks import Verdict, judge
from .environment import Environment
from .references import Unresolved, resolve
from .scenario import Scenario
from .transcript import Transcript
from .variants import Connection, connected


@dataclass(frozen=True)
class Trial:
    """One trial and how it went; ``gave_up`` says why the agent did not come to an end."""

    scenario: Scenario
    variant: str
    verdict: Verdict
    transcript: Transcript
    gave_up: str | None = None


async def run_trial(
    scenario: Scenario, variant: str, agent: Agent, environment: Environment, *, is_set: bool = False
) -> Trial:
    """One trial in a world of its own, which ``is_set`` already or is set up first."""
    if not is_set:
        await environment.set(scenario)
    gave_up = None
    async with connected(variant, scenario, environment) as connection:
        await _before(scenario, variant, environment, connection)
        described = replace(scenario, goal=resolve(scenario.goal, environment.facts))
        try:
            connection.transcript.answer = await agent(described, connection)
        except (GaveUp, Unresolved) as why:
            gave_up = str(why)
        transcript = connection.transcript
    evidence = await environment.look(transcript)
    return Trial(scenario, variant, judge(scenario.check, scenario.forbidden, evidence), transcript, gave_up)


async def _before(scenario: Scenario, variant: str, environment: Environment, connection: Connection) -> None:
    """Calls that were made before, on our server; the other variant knows nothing of tokens and gets a made-up one."""
    for step in scenario.before:
        if "clock" in step:
            environment.advance(step["clock"])
        elif variant == "raw":
            environment.facts[step["as"]] = {"confirmation": {"token": "none"}}
        else:
            entry = await connection.call(step["tool"], resolve(step["arguments"], environment.facts))
            environment.facts[step["as"]] = entry.data if entry.ok else entry.error
    connection.transcript.entries.clear()
    await environment.begin()
