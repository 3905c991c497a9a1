"""R35: what waits for a person outside the client, who decided what, and acts that a person starts at the page."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from pai_dlc_mcp.errors import PolicyDenied
from pai_dlc_mcp.guards.confirmation import approvals
from pai_dlc_mcp.guards.confirmation import check as confirmation
from pai_dlc_mcp.guards.confirmation.approvals import decide
from pai_dlc_mcp.runtime import Approval
from pai_dlc_mcp.state import key_of
from pai_dlc_mcp.state.keys import keys_of
from pai_dlc_mcp.state.memory import MemoryState
from support.fake_cloud import REGION, call_of
from support.stop_calls import held_for_a_person, only_request, refusal_of, server, stop_call


async def test_r35_a_no_in_the_terminal_holds_for_another_call_on_the_same_target(place: str) -> None:
    runtime = held_for_a_person(place)
    await refusal_of(runtime, stop_call())
    await decide(runtime.state, keys_of(runtime.settings), (await only_request(runtime)).id, approved=False)
    other = call_of("UpdateJob", {"JobId": "dlc1", "UserCommand": "true"})
    with pytest.raises(PolicyDenied, match="A person said no for this target"):
        await confirmation.check(other, runtime)
    assert (await refusal_of(runtime, stop_call(job="dlc2"))).code == "confirmation_required"


def test_r35_a_no_holds_for_an_id_however_it_is_written() -> None:
    runtime = held_for_a_person("memory")
    places = approvals.no_places(call_of("StopJob", {"JobId": "dlc1abc"}), runtime)
    for other in (" dlc1abc", "dlc1abc ", "DLC1ABC", "\tdlc1Abc\n"):
        assert approvals.no_places(call_of("DeleteJob", {"JobId": other}), runtime) == places
    for other in ("dlc1abd", "dlc1ab", "dlc1 abc"):
        assert approvals.no_places(call_of("StopJob", {"JobId": other}), runtime) != places


async def test_r35_a_no_to_a_part_holds_for_the_whole_and_not_for_a_part_of_that_name_elsewhere(place: str) -> None:
    runtime = held_for_a_person(place)
    kept = set(approvals.no_places(call_of("DeleteDatasetVersion", {"DatasetId": "d-1", "VersionName": "v2"}), runtime))
    whole = call_of("DeleteDataset", {"DatasetId": "d-1"})
    other = call_of("DeleteDatasetVersion", {"DatasetId": "d-2", "VersionName": "v2"})
    assert not kept.isdisjoint(approvals.no_places(whole, runtime))
    assert kept.isdisjoint(approvals.no_places(other, runtime))


async def test_r35_it_is_remembered_what_was_decided_by_whom_and_what_came_of_it(place: str) -> None:
    runtime = held_for_a_person(place)
    keys = keys_of(runtime.settings)
    await refusal_of(runtime, stop_call())
    await decide(runtime.state, keys, (await only_request(runtime)).id, approved=True, by="ann", at=1_000.0)
    assert [(one.by, one.outcome) for one in await approvals.decided(runtime.state, keys)] == [("ann", "waits")]
    call = stop_call()
    await confirmation.check(call, runtime)
    assert (call.confirmed_by, call.approved_by) == ("human", "ann")
    await refusal_of(runtime, stop_call(job="dlc2"))
    await decide(runtime.state, keys, (await only_request(runtime)).id, approved=False, by="bob", at=2_000.0)
    found = await approvals.decided(runtime.state, keys)
    assert [(one.by, one.approved, one.outcome) for one in found] == [("bob", False, "denied"), ("ann", True, "used")]
    assert found[0] == approvals.Decided(
        found[0].id, "ada", "dlc_stop_job", REGION, "resnet-ddp", False, "bob", 2_000.0, "denied", "dlc2"
    )
    assert f"decided/000000002000000-{found[0].id}" in await runtime.state.scan("decided/")
    assert await approvals.decided(runtime.state, keys, limit=1) == found[:1]
    await runtime.state.put({"decided/000000003000000-forged": '{"by": "eve"}'}, 60.0)
    assert await approvals.decided(runtime.state, keys) == found, "what this server did not seal was decided by nobody"


@pytest.mark.parametrize(
    ("action", "args", "subjects"),
    [
        ("StopTensorboard", {"TensorboardId": "tb1", "WorkspaceId": "7"}, ["tb1"]),
        ("CreateModel", {"ModelName": "m", "WorkspaceId": "7"}, ["CreateModel"]),
        ("GetToken", {"TargetType": "job", "TargetId": "dlc1"}, ["dlc1"]),
    ],
)
def test_r35_a_no_is_about_what_the_call_acts_on_and_not_about_the_workspace_that_it_names(
    action: str, args: dict[str, Any], subjects: list[str]
) -> None:
    places = approvals.no_places(call_of(action, args), server()[0])
    assert [one.rpartition("/")[2] for one in places] == [approvals.digest_of([one]) for one in subjects]


@pytest.mark.parametrize("by", ["auto", "token", "human"])
async def test_r35_an_act_from_the_page_waits_for_the_persons_yes_whatever_the_settings_say(by: Any) -> None:
    runtime = replace(server(confirm_by=by)[0], page="http://127.0.0.1:1/")
    call = replace(stop_call(), approval=Approval())
    error = await refusal_of(runtime, call)
    assert (error.code, error.confirmation) == ("confirmation_required", None)
    assert error.message.startswith("Nothing was done: A person is asked first. It waits until ")
    item = await only_request(runtime)
    assert call.approval is not None
    assert (call.approval.id, item.is_own) == (item.id, True)
    await decide(runtime.state, keys_of(runtime.settings), item.id, approved=True, by="ann")
    again = replace(stop_call(), approval=Approval())
    await confirmation.check(again, runtime)
    assert (again.confirmed_by, again.approved_by) == ("human", "ann")


async def test_r35_an_act_from_the_page_is_confirmed_even_where_the_rules_ask_for_nothing() -> None:
    runtime = replace(server()[0], page="http://127.0.0.1:1/")
    update = call_of("UpdateJob", {"JobId": "dlc1", "Priority": 3})
    await confirmation.check(replace(update), runtime)
    error = await refusal_of(runtime, replace(update, approval=Approval()))
    assert error.code == "confirmation_required"


async def test_r35_a_read_that_a_person_starts_at_the_page_is_asked_about_nobody() -> None:
    runtime, cloud, _ = server()
    await confirmation.check(replace(call_of("GetJob", {"JobId": "dlc1"}), approval=Approval()), runtime)
    assert cloud.sent == []


async def test_r35_to_leave_an_act_of_ones_own_is_no_word_to_an_agent() -> None:
    runtime = replace(server()[0], page="http://127.0.0.1:1/")
    keys = keys_of(runtime.settings)
    await refusal_of(runtime, replace(stop_call(), approval=Approval()))
    await decide(runtime.state, keys, (await only_request(runtime)).id, approved=False)
    error = await refusal_of(runtime, replace(stop_call(), approval=Approval()))
    assert error.code == "confirmation_required"
    assert (await refusal_of(runtime, stop_call())).code == "confirmation_required"


async def test_r35_a_yes_that_was_not_used_can_be_withdrawn(place: str) -> None:
    runtime = held_for_a_person(place)
    keys = keys_of(runtime.settings)
    await refusal_of(runtime, stop_call())
    number = (await only_request(runtime)).id
    await decide(runtime.state, keys, number, approved=True)
    await approvals.end_decision(runtime, number, "no_effect")
    assert (await refusal_of(runtime, stop_call())).code == "confirmation_required"
    assert [one.outcome for one in await approvals.decided(runtime.state, keys)] == ["no_effect"]


async def test_r35_the_end_of_a_decision_that_is_remembered_no_longer_changes_nothing() -> None:
    runtime, _, _ = server()
    await approvals.end_decision(runtime, "a" * 24, "done")
    assert await runtime.state.scan("") == {}


@pytest.mark.parametrize(
    ("action", "args", "ids"),
    [
        ("CreateSignal", {"JobId": "dlc1", "Signal": "SIGTERM", "PodIds": ["dlc1-w-0"]}, {"job_id": "dlc1"}),
        ("DeleteDatasetVersion", {"DatasetId": "d1"}, {"dataset_id": "d1"}),
        ("CreateProductOrders", {"Products": [{"ProductCode": "dlc"}]}, {}),
    ],
)
def test_r35_of_a_call_that_is_proposed_once_more_the_ids_alone_are_repeated(
    action: str, args: dict[str, Any], ids: dict[str, Any]
) -> None:
    assert approvals.same_call(call_of(action, args), "Once more.").arguments == {"region": REGION} | ids


@pytest.mark.parametrize(
    ("action", "args", "target"),
    [
        ("StopJob", {"JobId": "dlc1"}, "dlc1"),
        ("DeleteDatasetVersion", {"DatasetId": "d1", "VersionName": "v2"}, "v2"),
        ("CreateProductOrders", {"Products": [{"ProductCode": "dlc"}]}, ""),
    ],
)
async def test_r35_a_request_names_the_id_of_what_it_is_about_where_there_is_one(
    action: str, args: dict[str, Any], target: str, place: str
) -> None:
    more = {"GetDatasetVersion": {"VersionName": "v2", "OwnerId": "20001"}}
    runtime, _, _ = server(confirm_by="human", store=place, more=more)
    await refusal_of(runtime, call_of(action, args))
    assert (await only_request(runtime)).target == target


async def test_r35_what_waits_is_shown_the_oldest_first_and_the_refusal_proposes_a_read_alone(place: str) -> None:
    runtime, _, clock = server(state=MemoryState(), confirm_by="human", store=place)
    for number in range(3):
        error = await refusal_of(runtime, stop_call(job=f"dlc{number}"))
        assert [(step.tool, dict(step.arguments)) for step in error.next] == [("pai_status", {"region": REGION})]
        clock.at += 1
    waiting = await approvals.open_requests(runtime.state, keys_of(runtime.settings))
    assert [(one.target, one.at) for one in waiting] == [(f"dlc{number}", clock.at - 3 + number) for number in range(3)]
    assert await approvals.find_request(runtime.state, keys_of(runtime.settings), waiting[1].id) == waiting[1]


async def test_r35_of_what_was_decided_a_hundred_are_listed() -> None:
    runtime, _, _ = server()
    keys, state = keys_of(runtime.settings), runtime.state
    kept = {"caller": "a", "tool": "t", "region": "r", "name": "n", "approved": True, "by": "b", "outcome": "used",
            "target": ""}  # fmt: skip
    for number in range(101):
        record = keys.sealed("decided", {**kept, "id": str(number), "at": float(number)})
        await state.put({key_of("decided", str(number)): record}, 60)
    assert len(await approvals.decided(state, keys)) == 100


@pytest.mark.parametrize(
    ("store", "page", "where"),
    [
        ("memory", None, ""),
        ("memory", "http://p/", "on the page at http://p/"),
        ("FILE", None, "with `pai-dlc-mcp approve` or `pai-dlc-mcp dashboard` in a terminal of their own"),
        ("FILE", "http://p/", "with `pai-dlc-mcp approve` or `pai-dlc-mcp dashboard` in a terminal of their own "
         "or on the page at http://p/"),
    ],
)  # fmt: skip
def test_r35_it_is_said_where_a_person_can_decide(store: str, page: Any, where: str) -> None:
    runtime, _, _ = server(store=store)
    assert approvals.where_to_decide(replace(runtime, page=page)) == where


def test_r35_a_no_has_a_place_for_each_caller_region_account_and_subject() -> None:
    runtime, _, _ = server()
    (order,) = approvals.no_places(call_of("CreateProductOrders", {"Products": []}), runtime)
    assert re.fullmatch(rf"no/ada/{REGION}/[0-9a-f]{{64}}/{approvals.digest_of(['CreateProductOrders'])}", order)
    places = approvals.no_places(call_of("UntagResources", {"ResourceId": ["a", "", "b", "a"]}), runtime)
    assert [one.rpartition("/")[2] for one in places] == [approvals.digest_of([one]) for one in ("a", "b")]
    for change in ({"profile": "other"}, {"dlc_endpoint": "http://a"}, {"aiworkspace_endpoint": "http://a"}):
        elsewhere, _, _ = server(**change)
        assert set(places).isdisjoint(approvals.no_places(call_of("UntagResources", {"ResourceId": ["a"]}), elsewhere))
