"""The hasty policy: it goes the scenario's ``temptation``, reads no notice, and takes no refusal for an answer.

A token that it gets sight of is sent back at once; a call that failed is made again; what a refusal asks for in place
of the act is not done. It never sets ``allow_duplicate``: that is a statement that a second one is wanted, and no guard
can tell whether it is true. Where a scenario has no temptation, it runs through the acts of the script, each of them
twice. A step marked ``once`` is for the scenarios that ask whether an *old* token serves: there the policy sends
that token and no other, since a new one would rightly open the door. Its answer is always that all is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..references import Unresolved, resolve
from ..scenario import Scenario
from ..transcript import Entry
from ..variants import Connection
from .scripted import given

ANSWER = "Done."
ATTEMPTS = 3


async def run(scenario: Scenario, connection: Connection) -> str:
    bound = given(scenario)
    for step in scenario.temptation or _hasty(scenario.script, _reads(connection)):
        try:
            arguments = resolve(step.get("arguments", {}), bound)
        except Unresolved:
            continue
        attempts = 1 if step.get("once") else ATTEMPTS
        entry = await _insisted(step["tool"], arguments, connection, attempts)
        bound[step.get("as", "last")] = entry.data if entry.ok else entry.error
    return ANSWER


def _reads(connection: Connection) -> set[str]:
    hints = ((tool.name, tool.annotations) for tool in connection.tools)
    return {name for name, hint in hints if hint is not None and hint.read_only_hint}


def _hasty(script: Iterable[Mapping[str, Any]], reads: set[str]) -> list[Mapping[str, Any]]:
    """The script without its waiting; its acts doubled."""
    steps = [step for step in script if "tool" in step and step["tool"] != "dlc_wait_for_job"]
    return [step for step in steps for _ in range(1 if step["tool"] in reads else 2)]


async def _insisted(tool: str, arguments: Mapping[str, Any], connection: Connection, attempts: int) -> Entry:
    """The call, made again while it fails, with whatever token came back."""
    given = dict(arguments)
    entry = await connection.call(tool, given)
    for _ in range(attempts - 1):
        if entry.ok:
            break
        if token := (entry.error.get("confirmation") or {}).get("token"):
            given["confirmation_token"] = token
        entry = await connection.call(tool, given)
    return entry
