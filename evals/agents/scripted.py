"""The reference policy: the steps of the scenario's ``script``, each with how it must end.

A step is ``{"tool", "arguments", "as", "expect", "until", "most"}`` or ``{"answer": "..."}``. ``expect`` is ``ok`` or
an error code; ``until`` repeats the call, at most ``most`` times, until the result's data fits. It knows nothing but
the results of its own calls, and ``$goal.token``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..checks import matches
from ..references import follow, resolve
from ..scenario import Scenario
from ..transcript import Entry
from ..variants import Connection
from . import GaveUp

MOST_REPEATS = 12


class Surprise(GaveUp):
    """A step did not end as the script says."""


async def run(scenario: Scenario, connection: Connection) -> str:
    """The answer of the script.

    Raises:
        Surprise: a call ended in another way.
        Unresolved: a result does not hold what the next step needs.
    """
    bound = given(scenario)
    answer = ""
    for step in scenario.script:
        if "answer" in step:
            answer = str(resolve(step["answer"], bound))
        else:
            entry = await _called(step, bound, connection)
            bound[step.get("as", "last")] = entry.data if entry.ok else entry.error
    return answer


def given(scenario: Scenario) -> dict[str, Any]:
    """What a policy knows before its first call: the confirmation token that stands in the goal, if one does."""
    token = re.search(r"pai1\.[\w.-]*\w", scenario.goal)
    return {"goal": {"token": token[0] if token else "none"}}


async def _called(step: Mapping[str, Any], bound: Mapping[str, Any], connection: Connection) -> Entry:
    arguments, expected = resolve(step.get("arguments", {}), bound), step.get("expect", "ok")
    for _ in range(step.get("most", MOST_REPEATS)):
        entry = await connection.call(step["tool"], arguments)
        if entry.code != expected:
            raise Surprise(f"{step['tool']}: {expected} was expected, not {entry.code}: {entry.text[:300]}")
        if _arrived(step.get("until", {}), entry):
            return entry
    raise Surprise(f"{step['tool']}: never {step['until']}")


def _arrived(until: Mapping[str, Any], entry: Entry) -> bool:
    return all(matches(follow(path, entry.data), wanted) for path, wanted in until.items())
