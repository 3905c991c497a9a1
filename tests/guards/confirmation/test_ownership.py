"""R37: whose something is, by the service's word, and what a read says of it."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.cloud.reads import EARLIEST
from pai_dlc_mcp.errors import CloudFailure, PermissionDenied, Unavailable
from pai_dlc_mcp.guards.confirmation import ownership
from pai_dlc_mcp.guards.confirmation.ownership import IS_YOURS, is_foreign, mark_owner, named_jobs, rows_of_jobs
from support.fake_cloud import Answer, call_of, runtime_of

MINE, THEIRS = {"UserId": "20001"}, {"UserId": "20002"}


@pytest.mark.parametrize(
    ("action", "target", "own", "foreign"),
    [
        ("StopJob", MINE, "20001", False),
        ("StopJob", {"OwnerId": "20001"}, "20001", False),
        ("StopJob", THEIRS, "20001", True),
        ("StopJob", {"JobId": "dlc1"}, "20001", True),
        ("StopJob", MINE, None, True),
        ("StopJob", {}, "20001", True),
        ("CreateJob", THEIRS, "20001", False),
        ("GetJob", THEIRS, None, False),
    ],
)
async def test_r37_what_is_not_the_accounts_own_by_the_services_word_is_foreign(
    action: str, target: dict[str, Any], own: str | None, foreign: bool
) -> None:
    runtime, cloud, _ = runtime_of()
    cloud.own_id = own
    assert await is_foreign(call_of(action, {"JobId": "dlc1"}), runtime, target) is foreign
    assert cloud.sent == []


def row(id: str) -> dict[str, Any]:
    return {"JobId": id, "UserId": "20001"}


@pytest.mark.parametrize(
    ("ids", "answer", "foreign"),
    [
        (["dlc1", "dlc2"], {"Jobs": [row("dlc1"), row("dlc2"), row("dlc3")]}, False),
        (["dlc1", "dlc2"], {"Jobs": [row("dlc1"), row("dlc3")]}, True),
        (["dlc1"], {"Jobs": []}, True),
        (["dlc1"], {"Jobs": "dlc1"}, True),
        (["dlc1"], {"Jobs": ["dlc1", row("dlc1")]}, False),
        (["dlc1"], PermissionDenied("no"), True),
        ([], {"Jobs": [row("dlc1")]}, True),
    ],
)
async def test_r37_of_jobs_that_a_list_names_each_must_be_among_the_accounts_own(
    ids: list[str], answer: Answer, foreign: bool
) -> None:
    runtime, cloud, _ = runtime_of({"ListJobs": answer})
    assert await is_foreign(call_of("TagResources", {"ResourceId": ids}), runtime, {}) is foreign
    asked = [args for _, args in cloud.sent]
    assert [one["JobIds"] for one in asked] == ([",".join(ids)] if ids else [])
    assert all(one["ShowOwn"] is True and (one["PageNumber"], one["PageSize"]) == (1, 100) for one in asked)


async def test_the_rows_of_named_jobs_are_those_that_were_asked_for() -> None:
    runtime, cloud, _ = runtime_of({"ListJobs": {"Jobs": [row("dlc1"), {"UserId": "1"}, None, row("dlc9")]}})
    found = await rows_of_jobs(call_of("TagResources"), runtime, {"dlc2", "dlc1"})
    assert found == {"dlc1": row("dlc1")}
    ((_, args),) = cloud.sent
    assert (args["JobIds"], args["ShowOwn"], args["StartTime"]) == ("dlc1,dlc2", False, EARLIEST), (
        "however old they are"
    )
    failing, _, _ = runtime_of({"ListJobs": Unavailable("away")})
    with pytest.raises(CloudFailure):
        await rows_of_jobs(call_of("TagResources"), failing, {"dlc1"})


@pytest.mark.parametrize(
    ("action", "args", "named"),
    [
        ("TagResources", {"ResourceId": ["dlc1", 2, ""]}, {"dlc1", "2"}),
        ("TagResources", {"ResourceId": []}, set()),
        ("TagResources", {}, set()),
        ("StopJob", {"JobId": "dlc1"}, set()),
        ("CreateTensorboard", {"JobId": "dlc1"}, {"dlc1"}),
    ],
)
def test_r37_the_jobs_that_a_call_names_beside_its_path_are_read_from_its_arguments(
    action: str, args: dict[str, Any], named: set[str]
) -> None:
    assert named_jobs(call_of(action, args)) == named


MEMBERS = {"ListMembers": {"Members": [{"UserId": "20001", "MemberName": "ada"}, {"UserId": "20002"}]}}
CARD = {"JobId": "dlc1", "WorkspaceId": "11001"}


@pytest.mark.parametrize(
    ("action", "view", "data", "own", "marks"),
    [
        ("GetJob", "concise", CARD | MINE, "20001", {"OwnerName": "ada", "IsYours": True}),
        ("GetJob", "concise", CARD | THEIRS, "20001", {"IsYours": False}),
        ("GetJob", "concise", CARD | MINE, None, {"OwnerName": "ada"}),
        ("GetJob", "full", CARD | MINE, "20001", {}),
        ("GetJob", "concise", CARD, "20001", {}),
        ("GetModel", "concise", CARD | MINE, "20001", {"OwnerName": "ada"}),
        ("GetPodLogs", "concise", CARD | MINE, "20001", {}),
    ],
)
async def test_r37_a_card_says_whose_its_object_is_where_it_can_be_told(
    action: str, view: str, data: dict[str, Any], own: str | None, marks: dict[str, Any]
) -> None:
    runtime, cloud, _ = runtime_of(dict(MEMBERS))
    cloud.own_id = own
    assert await mark_owner(call_of(action, {"JobId": "dlc1"}, view=view), runtime, data) == data | marks


async def test_r37_names_that_do_not_come_hold_a_card_up_no_longer_than_their_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ownership, "MARK_S", 0.02)
    runtime, cloud, _ = runtime_of()

    async def hanging(*_: Any, **__: Any) -> Any:
        await anyio.sleep_forever()

    monkeypatch.setattr(cloud, "send", hanging)
    with anyio.fail_after(5):
        assert await mark_owner(call_of("GetJob", {"JobId": "dlc1"}), runtime, CARD | MINE) == CARD | MINE


def test_r37_a_card_that_says_whether_it_is_yours_names_its_owner_too() -> None:
    shown = [one.view.shown for one in operations() if one.view is not None and IS_YOURS in one.view.shown]
    assert shown
    assert not [names for names in shown if "OwnerName" not in names]


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ([MINE | {"WorkspaceId": "11001"}], [MINE | {"WorkspaceId": "11001", "Username": "ada"}]),
        ([MINE | {"WorkspaceId": "11001"}, "odd"], [MINE | {"WorkspaceId": "11001"}, "odd"]),
        ("odd", "odd"),
        (None, None),
    ],
)
async def test_r37_the_rows_of_a_list_say_their_owners_by_name(rows: Any, shown: Any) -> None:
    runtime, _, _ = runtime_of(dict(MEMBERS))
    data = {"Jobs": rows, "TotalCount": 1}
    assert await mark_owner(call_of("ListJobs"), runtime, data) == {"Jobs": shown, "TotalCount": 1}
    assert await mark_owner(call_of("ListJobs", view="full"), runtime, data) == data
