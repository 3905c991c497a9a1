"""R30, R31, R35 and R36: tokens, bindings, and the preview."""

from __future__ import annotations

import base64
from typing import Any

import anyio
import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import ConfirmationInvalid, ConfirmationRequired, NotFound, Unavailable
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.operation import DELETE, SPEND, STOP, Operation
from pai_dlc_mcp.state import StateUnavailable
from pai_dlc_mcp.state.memory import MemoryState
from support.fake_cloud import call_of
from support.stop_calls import JOB, preview_of, refusal_of, server, stop_call

GUARDED = [op for op in catalog.operations() if op.effect in (STOP, DELETE, SPEND)]


async def test_r30_a_stop_without_a_token_shows_the_job_and_gives_a_token_that_lets_the_next_call_pass() -> None:
    runtime, cloud, _ = server()
    first = stop_call()
    with pytest.raises(ConfirmationRequired) as required:
        await confirmation.check(first, runtime)
    error = required.value
    assert (error.rule, first.confirmed_by) == ("R30", None)
    assert error.message.startswith("Nothing was done yet to resnet-ddp")
    assert error.confirmation is not None
    assert dict(error.next[0].arguments) == {
        "region": "cn-hangzhou",
        "job_id": "dlc1",
        "confirmation_token": error.confirmation.token,
    }
    second = stop_call(error.confirmation.token)
    await confirmation.check(second, runtime)
    assert second.confirmed_by == "two_step"
    assert "StopJob" not in cloud.actions


async def test_r31_a_token_serves_once() -> None:
    runtime, _, _ = server()
    token = (await preview_of(runtime)).token
    await confirmation.check(stop_call(token), runtime)
    error = await refusal_of(runtime, stop_call(token))
    assert (error.code, error.rule) == ("confirmation_invalid", "R31")
    assert "used already" in error.message


async def test_r31_a_wrong_token_brings_a_new_preview_and_a_token_that_serves() -> None:
    runtime, _, _ = server()
    error = await refusal_of(runtime, stop_call("pai1.nonsense"))
    assert "the token is not a token" in error.message
    assert error.confirmation is not None
    assert error.next[0].arguments["confirmation_token"] == error.confirmation.token
    assert error.confirmation.preview["name"] == "resnet-ddp"
    await confirmation.check(stop_call(error.confirmation.token), runtime)


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
        ("other arguments", stop_call(token, job="dlc2"), runtime),
        ("another caller", stop_call(token, caller="bob"), runtime),
        ("another operation", delete, runtime),
        ("another account or endpoint", stop_call(token), elsewhere),
    ]:
        assert told in (await refusal_of(where, call)).message
    await confirmation.check(stop_call(token), runtime)


async def test_r31_a_token_of_another_region_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, _, _ = server()
    token = (await preview_of(runtime)).token
    monkeypatch.setattr("support.fake_cloud.REGION", "cn-shanghai")
    call = stop_call(token)
    assert call.region == "cn-shanghai"
    assert "another region" in (await refusal_of(runtime, call)).message


@pytest.mark.parametrize(
    "moved", [{"Status": "Stopping"}, {"UserId": "20002"}, {"DisplayName": "other"}, {"Priority": 9}]
)
async def test_r31_a_job_that_has_moved_since_it_was_shown_is_shown_again(moved: dict[str, Any]) -> None:
    runtime, _, _ = server([JOB, JOB | moved])
    token = (await preview_of(runtime)).token
    error = await refusal_of(runtime, stop_call(token))
    assert "has changed since it was shown" in error.message
    assert error.confirmation is not None
    assert error.confirmation.preview["state"] == (JOB | moved)["Status"]


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


@pytest.mark.parametrize("failure", [NotFound("no such job"), Unavailable("down")])
async def test_r30_a_target_that_cannot_be_read_is_not_confirmed(failure: Any) -> None:
    runtime, _, _ = server(failure)
    with pytest.raises(type(failure)):
        await confirmation.check(stop_call(), runtime)


@pytest.mark.parametrize("op", GUARDED, ids=lambda op: op.action_name)
async def test_r30_every_stop_delete_remove_and_order_needs_a_token_and_passes_with_it(op: Operation) -> None:
    reads = {reader: {"Name": "thing", "Status": "Running"} for reader in ALL_READS}
    runtime, cloud, _ = server(JOB, more={name: answer for name, answer in reads.items() if name != "GetJob"})
    args = {api: f"{api.lower()}-1" for api, _, place in op.fields.values() if place == "path"}
    error = await refusal_of(runtime, call_of(op.action_name, args))
    assert (error.code, error.rule) == ("confirmation_required", "R30")
    assert error.confirmation is not None
    assert error.confirmation.preview["act"] == op.action_name
    call = call_of(op.action_name, args, confirmation_token=error.confirmation.token)
    await confirmation.check(call, runtime)
    assert call.confirmed_by == "two_step"
    assert op.action_name not in cloud.actions


ALL_READS = [op.action_name for op in catalog.operations() if op.action_name.startswith("Get")]


def test_r30_names_and_effects_agree_over_the_whole_catalogue() -> None:
    by_name = {
        op.action_name
        for op in catalog.operations()
        if op.action_name.startswith(("Stop", "Delete", "Remove")) or op.action_name == "CreateProductOrders"
    }
    assert by_name <= {op.action_name for op in GUARDED}
    assert len(GUARDED) >= 35


@pytest.mark.parametrize("action", ["CreateJob", "GetWebTerminal", "UpdateJob", "GetJob"])
async def test_other_effects_are_confirmed_only_where_the_operator_says_so(action: str) -> None:
    runtime, cloud, _ = server(confirm=frozenset())
    await confirmation.check(call_of(action, {"JobId": "dlc1"}), runtime)
    assert cloud.sent == []


async def test_r30_the_operators_setting_adds_to_what_is_confirmed_and_never_takes_away() -> None:
    empty, _, _ = server(confirm=frozenset())
    await refusal_of(empty, stop_call())
    more, _, _ = server(confirm=frozenset({"create", "expose"}))
    terminal = await refusal_of(more, call_of("GetWebTerminal", {"JobId": "dlc1", "PodId": "p"}))
    assert terminal.confirmation is not None
    args = {"DisplayName": "new", "WorkspaceId": "1", "JobSpecs": [{"PodCount": 4, "ResourceConfig": {"GPU": "8"}}],
            "Envs": {"PASSWORD": "hunter2hunter2"}}  # fmt: skip
    create = await refusal_of(more, call_of("CreateJob", args))
    assert create.confirmation is not None
    assert create.confirmation.preview["gpus"] == 32
    assert create.confirmation.preview["time_limit"] == "none"
    assert "hunter2" not in str(create.as_dict())


async def test_a_token_by_settings_alone_is_the_same_for_every_confirm_by_but_human() -> None:
    for by in ("auto", "token"):
        runtime, _, _ = server(confirm_by=by)
        call = stop_call((await preview_of(runtime)).token)
        await confirmation.check(call, runtime)
        assert call.confirmed_by == "two_step"
    assert Settings().confirm_by == "auto"
