"""An error on its way out: what goes first where it is too long, and its words whole where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.errors import Confirmation, ConfirmationRequired, InvalidArguments, NextStep, NotFound, PaiError
from pai_dlc_mcp.protocol.result import compact, fail, failed
from support.fake_cloud import call_of

TOKEN = "pai1." + "Ab-_9" * 24


def step(number: int, size: int = 0) -> NextStep:
    return NextStep("dlc_get_job", {"job_id": f"dlc{number}", **({"x": "y" * size} if size else {})}, "Shows it.")


def body(error: PaiError) -> dict[str, Any]:
    answer = failed(error)
    assert answer.is_error
    assert answer.structured["ok"] is False
    assert max(len(answer.text), len(compact(answer.structured))) <= 2_000
    found: dict[str, Any] = answer.structured["error"]
    return found


def test_an_error_is_the_contracts_object_and_its_text_says_the_same() -> None:
    confirmation = Confirmation(TOKEN, "2026-01-31T08:00:00Z", {"name": "a", "state": "Running"})
    again = NextStep("dlc_stop_job", {"job_id": "dlc1", "confirmation_token": TOKEN}, "Stops it.")
    error = ConfirmationRequired(
        "It runs.", rule="R30", field="job_id", next=[again, step(1)], request_id="req-1", confirmation=confirmation
    )
    answer = failed(error)
    assert answer.structured == {"ok": False, "error": error.as_dict()}
    assert answer.text == (
        "confirmation_required [R30]: It runs.\nfield: job_id\n"
        f"confirmation_token: {TOKEN} (until 2026-01-31T08:00:00Z)\n"
        'preview: {"name":"a","state":"Running"}\n'
        f'next: dlc_stop_job {{"job_id":"dlc1","confirmation_token":"{TOKEN}"}} - Stops it.\n'
        'next: dlc_get_job {"job_id":"dlc1"} - Shows it.\nrequest id: req-1'
    )


def test_an_error_with_nothing_beside_its_words_is_one_line() -> None:
    assert failed(NotFound("Nothing\nof that name.")).text == "not_found: Nothing\\nof that name."


async def test_r67_secrets_of_the_job_are_masked_in_the_services_words() -> None:
    call = call_of("GetJob")
    call.known.job = {"JobId": "dlc1", "Envs": {"MY_TOKEN": "my-own-secret-value"}}
    answer = await fail(call, NotFound("No my-own-secret-value here."))
    assert "my-own-secret-value" not in answer.text + compact(answer.structured)
    assert answer.text.startswith("not_found: No ")


def test_of_an_error_that_is_too_long_places_go_first_then_next_calls_from_the_end() -> None:
    """What is kept of each part is as long as the service's own identifiers are, and longer."""
    place = body(InvalidArguments("m" * 600, field="f" * 900, request_id="r" * 900, next=[step(1)]))
    assert (place["field"], place["request_id"]) == ("f" * 200 + "…", "r" * 200 + "…")
    assert (place["message"], len(place["next"])) == ("m" * 600, 1)
    fitting = body(InvalidArguments("m" * 600, field="f" * 201, next=[step(1)]))
    assert fitting["field"] == "f" * 201
    steps = body(InvalidArguments("m" * 300, next=[step(number, 500) for number in range(6)]))
    assert [one["arguments"]["job_id"] for one in steps["next"]] == ["dlc0", "dlc1"]
    assert steps["message"] == "m" * 300


def test_of_an_endless_message_the_beginning_and_one_next_call_stay() -> None:
    long = body(InvalidArguments("m" * 9_000, rule="R15", next=[step(1), step(2)]))
    assert (long["message"], len(long["next"])) == ("m" * 600 + "…", 1)
    both = body(InvalidArguments("m" * 9_000, rule="R15", next=[step(1, 3_000)]))
    assert (both["message"], both["next"]) == ("m" * 600 + "…", [])


@pytest.mark.parametrize("size", [900, 1_500])
def test_r36_a_preview_stays_whole_where_a_next_call_can_go(size: int) -> None:
    confirmation = Confirmation(TOKEN, "2026-01-31T08:00:00Z", {"name": "a", "lines": ["x" * 40] * (size // 40)})
    error = ConfirmationRequired("m" * 500, rule="R30", confirmation=confirmation, next=[step(1, 200)])
    found = body(error)
    whole = {"name": "a", "lines": ["x" * 40] * (size // 40)}
    if size == 900:
        assert found["confirmation"]["preview"] == whole
    else:
        assert found["next"] == []
        assert found["confirmation"]["preview"]["name"] == "a"


def test_the_smallest_error_still_has_its_code_its_rule_and_its_token() -> None:
    confirmation = Confirmation(TOKEN, "2026-01-31T08:00:00Z", {f"n{number}": "日" * 500 for number in range(30)})
    found = body(ConfirmationRequired("日" * 5_000, rule="R30", field="x" * 300, confirmation=confirmation))
    assert (found["code"], found["rule"], found["confirmation"]["token"]) == ("confirmation_required", "R30", TOKEN)
