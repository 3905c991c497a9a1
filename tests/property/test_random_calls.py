"""Random sequences of calls by two callers: nothing that the rules forbid is ever written.

A violation names its seed, which plays the same sequence again.
"""

from __future__ import annotations

from collections import Counter

import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.guards.creates import send_once
from support.guard_removal import Removal, always_awaited, nothing, replaced, without
from support.random_calls import Sequence, environment_of
from support.weak_stores import entries_are_never_taken

SEQUENCES_A_RESET = 50
"""Sequences before the emulator starts afresh: lists grow with every job."""
SEQUENCES, PARTS = 100, 2
"""In parts that processes share; each fault that is put into the guards below is found by one of them."""


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look after a lost answer does not wait for a real service's lists."""
    monkeypatch.setattr(send_once, "PAUSES_S", (0.0, 0.01))
    monkeypatch.setattr("pai_dlc_mcp.cloud.client.BASE_S", 0.01)


async def violations(
    emulator: Emulator, seeds: range, *, at_most: int | None = None, acts: Counter[str] | None = None
) -> list[str]:
    """What went wrong in the sequences of these seeds; ends early once enough has. ``acts`` counts what was written."""
    found: list[str] = []
    for start in range(seeds.start, seeds.stop, SEQUENCES_A_RESET):
        emulator.service.reset("default")
        async with environment_of(emulator) as environment:
            for seed in range(start, min(start + SEQUENCES_A_RESET, seeds.stop)):
                found += await Sequence(environment, seed).play()
                if at_most is not None and len(found) >= at_most:
                    return found
            if acts is not None:
                acts.update(entry["operation"] for entry in environment.requests())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
async def test_no_sequence_of_calls_writes_what_the_rules_forbid(shared_emulator: Emulator, part: int) -> None:
    acts: Counter[str] = Counter()
    count = SEQUENCES // PARTS
    assert await violations(shared_emulator, range(part * count, (part + 1) * count), acts=acts) == []
    for operation in ("CreateJob", "StopJob", "DeleteJob"):
        assert acts[operation] > count / 20, f"hardly any {operation} got through: {acts}"


def no_names_reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the look before a create nor the reservation of its name while it is in flight."""
    without("creates")(monkeypatch)
    monkeypatch.setattr("pai_dlc_mcp.guards.creates.reservations._reserve_name", always_awaited(()))


REMOVALS: dict[str, Removal] = {
    "discovery": without("discovery"),
    "confirmation": without("confirmation"),
    "effects": without("effects"),
    "creates": no_names_reserved,
    "binding": replaced("pai_dlc_mcp.guards.confirmation.tokens._same", nothing),
    "single use": entries_are_never_taken,
}


@pytest.mark.parametrize("guard", REMOVALS)
async def test_the_same_sequences_find_out_a_server_without_one_guard(
    shared_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    """Otherwise the sequences above would prove nothing."""
    REMOVALS[guard](monkeypatch)
    first = SEQUENCES_A_RESET if guard == "binding" else 0  # the first fifty do not find this one
    assert await violations(shared_emulator, range(first, SEQUENCES), at_most=1) != []
