"""R30, R31, R35 and R36: tokens, bindings, and the preview."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import anyio
import pytest

from pai_dlc_mcp.errors import ConfirmationInvalid
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.guards.confirmation import tokens
from pai_dlc_mcp.guards.confirmation.snapshot import Binding, Snapshot, bind
from pai_dlc_mcp.guards.confirmation.tokens import TokenInvalid
from pai_dlc_mcp.runtime import Runtime
from pai_dlc_mcp.state import StateUnavailable, canonical
from pai_dlc_mcp.state.memory import MemoryState
from pai_dlc_mcp.timestamps import iso
from support.fake_cloud import call_of
from support.stop_calls import JOB, preview_of, refusal_of, server, stop_call
from support.watched_state import WatchedState


async def test_r31_a_token_serves_once() -> None:
    runtime, _, _ = server()
    token = (await preview_of(runtime)).token
    await confirmation.check(stop_call(token), runtime)
    error = await refusal_of(runtime, stop_call(token))
    assert (error.code, error.rule) == ("confirmation_invalid", "R31")
    assert "used already" in error.message


async def test_r31_a_wrong_token_brings_no_new_one_but_the_call_that_gets_a_new_preview() -> None:
    runtime, _, _ = server()
    error = await refusal_of(runtime, stop_call("pai1.nonsense"))
    assert "the token is not a token" in error.message
    assert error.confirmation is None
    assert dict(error.next[0].arguments) == {"region": "cn-hangzhou", "job_id": "dlc1"}
    await confirmation.check(stop_call((await preview_of(runtime)).token), runtime)


async def test_r31_of_a_hundred_calls_with_one_token_at_once_one_passes() -> None:
    runtime, _, _ = server()
    token = (await preview_of(runtime)).token
    passed: list[int] = []

    async def act(number: int) -> None:
        try:
            await confirmation.check(stop_call(token), runtime)
            passed.append(number)
        except ConfirmationInvalid:
            return

    async with anyio.create_task_group() as group:
        for number in range(100):
            group.start_soon(act, number)
    assert len(passed) == 1


async def test_r31_a_token_with_any_one_bit_changed_is_refused_and_the_right_one_still_serves() -> None:
    runtime, _, _ = server(logs={"Logs": []})
    token = (await preview_of(runtime)).token
    raw = base64.urlsafe_b64decode(token.removeprefix("pai1.") + "==")
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        await _is_forged(runtime, "pai1." + base64.urlsafe_b64encode(bytes(changed)).rstrip(b"=").decode())
    await confirmation.check(stop_call(token), runtime)


async def _is_forged(runtime: Any, token: str) -> None:
    error = await refusal_of(runtime, stop_call(token))
    assert error.code == "confirmation_invalid"


async def test_r31_every_other_spelling_of_a_token_is_refused() -> None:
    runtime, _, _ = server()
    token = (await preview_of(runtime)).token
    spare = token[:-1] + chr(ord(token[-1]) + 1)
    for other in ("", " ", token + "=", token + "\n", " " + token, token.upper(), token[5:], token[:-1], spare,
                  "pai2." + token[5:], token + "AA", "pai1." + "é" * 118, "pai1." + "A" * 118):  # fmt: skip
        await _is_forged(runtime, other)
    await confirmation.check(stop_call(token), runtime)


async def test_r31_a_token_lives_five_minutes() -> None:
    runtime, _, clock = server()
    token = (await preview_of(runtime)).token
    clock.at += 301
    error = await refusal_of(runtime, stop_call(token))
    assert "older than 300 s" in error.message
    runtime, _, clock = server()
    token = (await preview_of(runtime)).token
    clock.at += 299
    await confirmation.check(stop_call(token), runtime)


async def test_r31_setting_the_clock_back_makes_no_token_live_longer() -> None:
    ticks = [0.0]
    runtime, _, clock = server(state=MemoryState(lambda: ticks[0]))
    token = (await preview_of(runtime)).token
    clock.at -= 20
    ticks[0] += 301
    assert "no longer known" in (await refusal_of(runtime, stop_call(token))).message
    token = (await preview_of(runtime)).token
    clock.at -= 3_600
    assert "clock was set back" in (await refusal_of(runtime, stop_call(token))).message


async def test_r31_a_token_of_another_job_caller_operation_region_or_account_is_refused_and_says_which() -> None:
    state = MemoryState()
    runtime, _, _ = server(state=state)
    token = (await preview_of(runtime)).token
    elsewhere, _, _ = server(state=state, dlc_endpoint="http://127.0.0.1:1")
    delete = call_of("DeleteJob", {"JobId": "dlc1"}, confirmation_token=token)
    for told, call, where in [
        ("the arguments", stop_call(token, job="dlc2"), runtime),
        ("the caller", stop_call(token, caller="bob"), runtime),
        ("the operation", delete, runtime),
        ("the account or endpoint", stop_call(token), elsewhere),
    ]:
        message = (await refusal_of(where, call)).message
        assert f"was given for dlc_stop_job in cn-hangzhou, and what differs is {told}" in message
    await confirmation.check(stop_call(token), runtime)


async def test_r31_a_token_of_another_region_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, _, _ = server()
    token = (await preview_of(runtime)).token
    monkeypatch.setattr("support.fake_cloud.REGION", "cn-shanghai")
    call = stop_call(token)
    assert call.region == "cn-shanghai"
    assert (
        "given for dlc_stop_job in cn-hangzhou, and what differs is the region"
        in (await refusal_of(runtime, call)).message
    )


@pytest.mark.parametrize(
    "moved", [{"Status": "Stopping"}, {"UserId": "20002"}, {"DisplayName": "other"}, {"Priority": 9}]
)
async def test_r31_a_job_that_has_moved_since_it_was_shown_wants_a_new_preview(moved: dict[str, Any]) -> None:
    runtime, _, _ = server([JOB, JOB | moved])
    token = (await preview_of(runtime)).token
    error = await refusal_of(runtime, stop_call(token))
    assert "has changed since it was shown" in error.message
    assert error.confirmation is None
    assert (await preview_of(runtime)).preview["state"] == (JOB | moved)["Status"]


async def test_r31_time_that_passes_is_no_change() -> None:
    later = JOB | {"Duration": 7_260, "ReasonMessage": "still going", "Pods": [{"PodId": "other"}]}
    runtime, _, _ = server([JOB, later])
    await confirmation.check(stop_call((await preview_of(runtime)).token), runtime)


async def test_r31_the_target_is_read_again_right_before_the_act_whatever_was_read_before() -> None:
    runtime, cloud, _ = server([JOB, JOB | {"Status": "Succeeded"}])
    token = (await preview_of(runtime)).token
    call = stop_call(token)
    call.known.job = dict(JOB)
    await refusal_of(runtime, call)
    assert cloud.actions.count("GetJob") == 2


async def test_r31_a_token_of_another_server_or_after_the_state_is_gone_is_refused() -> None:
    runtime, _, _ = server()
    token = (await preview_of(runtime)).token
    other, _, _ = server()
    await refusal_of(other, stop_call(token))
    await runtime.state.close()
    assert "no longer known" in (await refusal_of(runtime, stop_call(token))).message


class Gone(MemoryState):
    broken = False

    async def get(self, key: str) -> str | None:
        if self.broken:
            raise StateUnavailable("gone")
        return await super().get(key)

    async def take(self, key: str) -> str | None:
        if self.broken:
            raise StateUnavailable("gone")
        return await super().take(key)

    async def put(self, entries: Any, ttl: float) -> None:
        if self.broken:
            raise StateUnavailable("gone")
        await super().put(entries, ttl)


async def test_r31_without_the_state_neither_a_token_is_given_nor_one_taken() -> None:
    state = Gone()
    runtime, _, _ = server(state=state)
    token = (await preview_of(runtime)).token
    state.broken = True
    for call in (stop_call(token), stop_call()):
        with pytest.raises(StateUnavailable):
            await confirmation.check(call, runtime)
        assert call.confirmed_by is None


def a_binding(runtime: Runtime) -> Binding:
    return bind(stop_call(), runtime, Snapshot({}, "seen", "resnet-ddp"))


async def test_r31_a_token_and_its_record_live_for_five_minutes() -> None:
    state = WatchedState()
    runtime, _, clock = server(state=state, confirm_by="token")
    shown = await preview_of(runtime)
    assert [seconds for key, seconds in state.kept.items() if key.startswith("token/")] == [300.0]
    assert shown.expires_at == iso(clock.at + 300)


@pytest.mark.parametrize(("seconds", "serves"), [(300.0, True), (300.002, False), (-30.0, True), (-30.002, False)])
async def test_r31_the_ends_of_a_tokens_time_are_exact(seconds: float, serves: bool) -> None:
    runtime, _, clock = server(confirm_by="token")
    token = (await preview_of(runtime)).token
    clock.at += seconds
    if serves:
        await confirmation.check(stop_call(token), runtime)
    else:
        assert (await refusal_of(runtime, stop_call(token))).rule == "R31"


async def test_r31_a_token_that_another_call_takes_first_was_used_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at the record and its taking, another server was faster."""
    runtime, _, _ = server(confirm_by="token")
    binding = a_binding(runtime)
    token = await tokens.issue(runtime, binding, confirmation.TWO_STEP)

    async def too_late(key: str) -> None:
        return None

    monkeypatch.setattr(runtime.state, "take", too_late)
    with pytest.raises(TokenInvalid, match="was used already"):
        await tokens.redeem(runtime, token.text, binding, confirmation.TWO_STEP)


async def test_r31_a_record_that_was_exchanged_beside_a_token_does_not_help() -> None:
    """The seal holds the digest of the binding; the record in the state cannot stand in for it."""
    runtime, _, _ = server(confirm_by="token")
    mine = a_binding(runtime)
    other = bind(stop_call(job="dlc2"), runtime, Snapshot({}, "seen", "resnet-ddp"))
    token = await tokens.issue(runtime, mine, confirmation.TWO_STEP)
    (key,) = await runtime.state.scan("token/")
    forged = {"by": confirmation.TWO_STEP, "parts": dict(other.parts)}
    await runtime.state.put({key: json.dumps(forged)}, 300)
    with pytest.raises(TokenInvalid, match="was given for something else"):
        await tokens.redeem(runtime, token.text, other, confirmation.TWO_STEP)


async def test_r31_a_token_that_was_altered_and_a_piece_of_one_are_told_apart() -> None:
    runtime, _, _ = server(confirm_by="token")
    token = (await preview_of(runtime)).token
    other = "A" if token[-3] != "A" else "B"
    altered = token[:-3] + other + token[-2:]
    assert "was not given by this server, or was altered" in (await refusal_of(runtime, stop_call(altered))).message
    for piece in (token[:-4], "pai1.é"):
        assert "is not a token" in (await refusal_of(runtime, stop_call(piece))).message


async def test_r31_a_token_says_for_whom_it_was_made_and_nothing_secret() -> None:
    state = WatchedState()
    runtime, _, _ = server(state=state, confirm_by="token")
    token = (await preview_of(runtime)).token
    (record,) = [text for key, text in state.held.items() if key.startswith("token/")]
    assert json.loads(record)["by"] == "two_step"
    assert re.fullmatch(r"pai1\.[A-Za-z0-9_-]{118}", token)


async def test_r31_every_part_of_a_binding_has_words_of_its_own() -> None:
    runtime, _, _ = server(JOB)
    binding = a_binding(runtime)
    for part in binding.parts:
        told = binding.differs_in({**binding.parts, part: "else"})
        assert told is not None
        assert told.startswith("the ")
    assert binding.differs_in(binding.parts) is None


@pytest.mark.parametrize(
    ("settings", "other"),
    [
        *(({}, {name: "other"}) for name in ("profile", "profile_of_environment", "dlc_endpoint",
                                             "aiworkspace_endpoint", "studio_endpoint")),
        ({"profile": "one"}, {"profile": "two"}),
        ({"profile": "one", "profile_of_environment": "two"}, {"profile": "two", "profile_of_environment": "two"}),
    ],
)  # fmt: skip
def test_r31_a_binding_is_to_one_account_at_one_set_of_endpoints(
    settings: dict[str, Any], other: dict[str, Any]
) -> None:
    here, there = (a_binding(server(**one)[0]) for one in (settings, other))
    assert here.differs_in(there.parts) == "the account or endpoint"


def test_r31_the_profile_of_the_environment_counts_only_where_none_is_set() -> None:
    here, there = (a_binding(server(profile="one", **more)[0]) for more in ({}, {"profile_of_environment": "two"}))
    assert here == there


async def test_r31_the_same_arguments_in_another_order_are_the_same() -> None:
    assert canonical({"b": 1, "a": {"d": 2, "c": 3}}) == b'{"a":{"c":3,"d":2},"b":1}'
    assert canonical({"name": "é"}) == b'{"name":"\\u00e9"}'


def test_r31_of_what_a_token_was_given_for_the_beginning_is_named() -> None:
    runtime, _, _ = server()
    binding = a_binding(runtime)
    for more, said in ((0, "t" * 60 + " in " + "r" * 40), (1, "t" * 60 + " in " + "r" * 40)):
        record = {"parts": {"tool": "t" * (60 + more), "region": "r" * (40 + more)}}
        with pytest.raises(TokenInvalid, match=f"was given for {said}, and what differs is the operation"):
            tokens._same(record, binding, binding.digest)
