"""R35: how a confirmation will go with this client, said before there is anything to confirm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pai_dlc_mcp.guards.confirmation.expectation import expectation, remember_unasked
from pai_dlc_mcp.runtime import Questions
from pai_dlc_mcp.timestamps import iso
from support.fake_cloud import call_of
from support.stop_calls import TypingPerson, server
from support.watched_state import WatchedState

BY_TOKEN = (
    "The first call does nothing: it gives a preview and a confirmation_token. Show the preview to the user and, only "
    "after they agree, make the same call with the token, which serves once within 5 minutes. The answer says "
    "confirmed_by: two_step."
)
BY_REQUEST = (
    "This client can ask its person: the call shows them the preview and they type the target's name, so nothing has "
    "to be agreed beforehand. The call waits 20 s; a question that is not answered by then stays open for 60 minutes, "
    "and the same call again picks the answer up."
)
BY_RETRY = (
    "This client can ask its person: it shows them the preview, they type the target's name, and the client makes the "
    "call again with the answer by itself, so nothing has to be agreed beforehand."
)
ELSE = " A no holds for 10 minutes. A client that puts the question away at once asked nobody; then: "
TERMINAL = "with `pai-dlc-mcp approve` or `pai-dlc-mcp dashboard` in a terminal of their own"
WAITS = (
    "Only a person may confirm here: the call is refused and waits 15 minutes for a person to decide "
    f"{TERMINAL}; tell them, and make the same call again after that."
)


class Retrying(TypingPerson):
    answers_by_retry = True


@pytest.mark.parametrize(
    ("settings", "person", "said"),
    [
        ({"confirm_by": "token"}, TypingPerson(), f"By token, whatever the client can do. {BY_TOKEN}"),
        ({}, None, f"This client cannot ask a person. {BY_TOKEN}"),
        ({}, TypingPerson(), f"{BY_REQUEST}{ELSE}{BY_TOKEN}"),
        ({}, Retrying(), f"{BY_RETRY}{ELSE}{BY_TOKEN}"),
        ({"confirm_by": "human"}, None,
         "This client cannot ask a person. Only a person may confirm here, and none can be reached: what must be "
         "confirmed is refused."),
        ({"confirm_by": "human", "store": "FILE"}, TypingPerson(), f"{BY_REQUEST}{ELSE}{WAITS}"),
    ],
)  # fmt: skip
async def test_r35_how_a_confirmation_will_go_is_told_word_by_word(settings: Any, person: Any, said: str) -> None:
    runtime = replace(server(**settings)[0], questions=Questions(lambda *_: None))
    call = call_of("StopJob", {"JobId": "dlc1"})
    call.person = person
    assert await expectation(call, runtime) == said
    if person is not None:
        alone = replace(runtime, questions=Questions())
        assert (BY_RETRY in await expectation(call, alone)) is (settings.get("confirm_by") != "token")


async def test_r35_a_client_that_asked_nobody_is_remembered_for_an_hour_of_its_caller() -> None:
    state = WatchedState()
    runtime, _, clock = server(state=state)
    call = call_of("StopJob", {"JobId": "dlc1"})
    call.person = TypingPerson()
    await remember_unasked(call, runtime)
    assert state.kept["unasked/ada"] == 3_600.0
    at = iso(clock.at)
    clock.at += 60
    assert await expectation(call, runtime) == (
        f"This client says that it can ask a person, but at {at} it put a question away at once: it runs without one. "
        f"It is asked again each time, and then: {BY_TOKEN}"
    )
    other = call_of("StopJob", {"JobId": "dlc1"}, caller="bob")
    other.person = TypingPerson()
    assert "runs without one" not in await expectation(other, runtime)
