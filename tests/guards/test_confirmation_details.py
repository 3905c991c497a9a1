"""What a confirmation keeps, for how long, and under which number: the facts that the big tests take for granted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from pai_dlc_mcp.guards.confirmation.snapshot import Binding, bind

from support.stop_calls import JOB, FailingClient, TypingPerson, preview_of, refusal_of, server, stop_call
from support.fake_cloud import call_of
from pai_dlc_mcp.state import canonical
from pai_dlc_mcp.errors import ConfirmationInvalid
from pai_dlc_mcp.guards.confirmation import approvals, elicit, tokens
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.guards.confirmation.snapshot import Snapshot
from pai_dlc_mcp.guards.confirmation.tokens import TokenInvalid
from pai_dlc_mcp.runtime import Runtime
from pai_dlc_mcp.state.keys import keys_of
from pai_dlc_mcp.state.memory import MemoryState


class Watched(MemoryState):
    """Notes for how long each entry is kept, and what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, float] = {}
        self.held: dict[str, str] = {}

    async def put(self, entries: Mapping[str, str], ttl: float) -> None:
        self.kept |= dict.fromkeys(entries, ttl)
        self.held |= entries
        await super().put(entries, ttl)


def a_binding(runtime: Runtime) -> Binding:
    return bind(stop_call(), runtime, Snapshot({}, "seen", "resnet-ddp"))


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "state.db")


async def test_r31_a_token_and_its_record_live_for_five_minutes() -> None:
    state = Watched()
    runtime, _, clock = server(state=state, confirm_by="token")
    shown = await preview_of(runtime)
    assert list(state.kept.values()) == [300.0]
    assert shown.expires_at == confirmation.iso(clock.at + 300)


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


async def test_r31_the_same_arguments_in_another_order_are_the_same() -> None:
    assert canonical({"b": 1, "a": {"d": 2, "c": 3}}) == b'{"a":{"c":3,"d":2},"b":1}'
    assert canonical({"name": "é"}) == b'{"name":"\\u00e9"}'


async def test_r31_a_token_says_for_whom_it_was_made_and_nothing_secret() -> None:
    state = Watched()
    runtime, _, _ = server(state=state, confirm_by="token")
    token = (await preview_of(runtime)).token
    ((key, record),) = state.held.items()
    assert key.startswith("token/")
    assert json.loads(record)["by"] == "two_step"
    assert "=" not in token
    assert set(token.removeprefix("pai1.")) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


async def test_r35_a_request_waits_fifteen_minutes_and_an_answer_serves_for_five(place: str) -> None:
    state = Watched()
    runtime, _, clock = server(state=state, confirm_by="human", store=place)
    error = await refusal_of(runtime, stop_call())
    assert confirmation.iso(clock.at + 900) in error.message
    (request,) = await approvals.open_requests(state, keys_of(runtime.settings))
    assert len(request.id) == 24
    assert await approvals.decide(state, keys_of(runtime.settings), request.id, approved=True) is True
    assert state.kept == {f"approval/{request.id}": 900.0, f"decision/{request.id}": 300.0}
    verdict = {"id": request.id, "approved": True}
    assert json.loads(state.held[f"decision/{request.id}"])["content"] == verdict
    assert await approvals.decide(state, keys_of(runtime.settings), request.id, approved=True) is False


async def test_r35_the_operators_no_bears_the_rule(place: str) -> None:
    runtime, _, _ = server(confirm_by="human", store=place)
    await refusal_of(runtime, stop_call())
    (request,) = await approvals.open_requests(runtime.state, keys_of(runtime.settings))
    await approvals.decide(runtime.state, keys_of(runtime.settings), request.id, approved=False)
    error = await refusal_of(runtime, stop_call())
    assert (error.code, error.rule) == ("confirmation_invalid", "R35")
    assert "said no" in error.message


async def test_r35_a_client_that_failed_is_named_as_the_reason(place: str) -> None:
    runtime, _, _ = server(confirm_by="human", store=place)
    told = await refusal_of(runtime, stop_call(person=FailingClient()))
    assert "The client could not show the question." in told.message
    plain = await refusal_of(runtime, stop_call())
    assert "This client cannot ask a person" in plain.message


async def test_r35_the_question_is_one_fact_a_line_with_a_number_of_its_own() -> None:
    state = Watched()
    runtime, _, _ = server(state=state)
    person, call = TypingPerson(), stop_call()
    call.person = person
    await confirmation.check(call, runtime)
    lines = person.asked[0][0].split("\n")
    assert "state: Running" in lines
    assert "name: resnet-ddp" in lines
    number = lines[-1].removeprefix("Type resnet-ddp to go on. (Request ").removesuffix(")")
    assert len(bytes.fromhex(number)) == 4
    ((key, seconds),) = state.kept.items()
    assert (key.startswith("asked/"), seconds) == (True, 300.0)


async def test_r31_an_answer_that_another_call_took_first_does_not_act(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, _, _ = server()

    async def too_late(key: str) -> None:
        return None

    monkeypatch.setattr(runtime.state, "take", too_late)
    error = await refusal_of(runtime, stop_call(person=TypingPerson()))
    assert isinstance(error, ConfirmationInvalid)
    assert error.rule == "R31"


def test_the_person_is_given_up_before_the_call_is() -> None:
    from pai_dlc_mcp.protocol.call_tool import CALL_SECONDS
    from pai_dlc_mcp.protocol.elicitation import ASK_SECONDS

    assert ASK_SECONDS < elicit.ASK_S <= 21 < CALL_SECONDS


async def test_r31_every_part_of_a_binding_has_words_of_its_own() -> None:
    runtime, _, _ = server(JOB)
    binding = a_binding(runtime)
    for part in binding.parts:
        told = binding.differs_in({**binding.parts, part: "else"})
        assert told is not None
        assert told.startswith(("another ", "other ", "a state that has changed"))
    assert binding.differs_in(binding.parts) is None


async def test_r35_with_confirm_by_token_an_operators_yes_is_not_looked_for(place: str) -> None:
    """The yes was for a server that wants a person; this one wants the second look."""
    runtime, _, _ = server(confirm_by="human", store=place)
    await refusal_of(runtime, stop_call())
    keys = keys_of(runtime.settings)
    (request,) = await approvals.open_requests(runtime.state, keys)
    await approvals.decide(runtime.state, keys, request.id, approved=True)
    by_token, _, _ = server(confirm_by="token", store=place, state=runtime.state)
    assert (await refusal_of(by_token, stop_call())).rule == "R30"


async def test_r31_a_token_that_does_not_serve_names_its_argument() -> None:
    runtime, _, _ = server(confirm_by="token")
    assert (await refusal_of(runtime, stop_call("pai1.nonsense"))).field == "confirmation_token"


async def test_the_next_call_repeats_up_to_500_bytes_and_only_the_path_of_what_is_longer() -> None:
    runtime, _, _ = server(confirm_by="token", more={"GetWorkspace": {"WorkspaceName": "vision"}})
    around = len('{"workspace_id":"1","member_ids":""}')
    calls = [call_of("DeleteMembers", {"WorkspaceId": "1", "MemberIds": "a" * (size - around)}) for size in (500, 501)]
    steps = [(await refusal_of(runtime, call)).next[0] for call in calls]
    assert [step.tool for step in steps] == ["aiworkspace_delete_members"] * 2
    assert [step.why.split(",")[0] for step in steps] == ["The same arguments", "With all the arguments of this call"]
    assert [sorted(step.arguments) for step in steps] == [
        ["confirmation_token", "member_ids", "region", "workspace_id"],
        ["confirmation_token", "region", "workspace_id"],
    ]


async def test_only_a_create_is_looked_at_with_what_its_template_gives() -> None:
    template = {"Versions": [{"Version": 1, "Content": {"Accessibility": "PUBLIC"}}]}
    runtime, cloud, _ = server(more={"GetJobTemplate": template}, confirm=frozenset({"expose"}))
    await confirmation.check(call_of("UpdateJobTemplate", {"TemplateId": "t"}), runtime)
    assert cloud.sent == []
    await preview_of(runtime, call_of("CreateJob", {"TemplateId": "t"}))
    assert ("GetJobTemplate", {"TemplateId": "t"}) in cloud.sent
