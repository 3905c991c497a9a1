"""Names of accounts by the members of a workspace: who is asked, how often, and what stays as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pai_dlc_mcp.cloud import people
from pai_dlc_mcp.cloud.reads import own_user_id
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import PermissionDenied, Unavailable
from support.fake_cloud import call_of, cloud_of, runtime_of

ROW = {"JobId": "dlc1", "UserId": "7", "WorkspaceId": "11"}


def members(*pairs: tuple[str, str], total: int | None = None) -> dict[str, Any]:
    rows = [{"UserId": user, "MemberName": name} for user, name in pairs]
    return {"Members": rows, "TotalCount": len(rows) if total is None else total}


async def named(runtime: Any, *rows: dict[str, Any], **args: Any) -> list[Any]:
    found = await people.with_names(call_of("ListJobs", args), runtime, rows, "OwnerName")
    return [row.get("OwnerName") for row in found]


async def test_an_id_gets_its_name_and_the_members_are_kept_for_minutes() -> None:
    runtime, cloud, _ = runtime_of({"ListMembers": members(("7", "lin"), ("8", "wu"))})
    assert await named(runtime, ROW, {**ROW, "UserId": "8"}, {**ROW, "UserId": "9"}) == ["lin", "wu", None]
    assert await named(runtime, ROW) == ["lin"]
    assert cloud.actions == ["ListMembers"]


async def test_a_row_with_a_name_an_unknown_owner_or_no_workspace_asks_nothing() -> None:
    runtime, cloud, _ = runtime_of({"ListMembers": members(("7", "lin"))})
    rows = ({**ROW, "Username": "wu"}, {"WorkspaceId": "11"}, {"UserId": "7"})
    assert await named(runtime, *rows) == [None, None, None]
    assert cloud.actions == []
    assert await named(runtime, {"UserId": "7"}, WorkspaceId="11") == ["lin"]


async def test_members_are_read_page_by_page_up_to_a_bound() -> None:
    def page(args: Any) -> dict[str, Any]:
        start = (args["PageNumber"] - 1) * 100
        return members(*((str(number), f"user{number}") for number in range(start, start + 100)), total=1_000)

    runtime, cloud, _ = runtime_of({"ListMembers": page})
    assert await named(runtime, {**ROW, "UserId": "250"}, {**ROW, "UserId": "350"}) == ["user250", None]
    assert cloud.actions == ["ListMembers"] * people.PAGES


async def test_no_more_workspaces_are_read_than_a_bound_and_none_beside_the_operators_list() -> None:
    rows = [{**ROW, "WorkspaceId": str(number)} for number in range(20)]
    runtime, cloud, _ = runtime_of({"ListMembers": members(("7", "lin"))})
    assert (await named(runtime, *rows)).count("lin") == people.WORKSPACES == len(cloud.sent)
    runtime, cloud, _ = runtime_of({"ListMembers": members(("7", "lin"))}, settings=Settings(workspaces=("12",)))
    assert await named(runtime, ROW, {**ROW, "WorkspaceId": "12"}) == [None, "lin"]
    assert [args["WorkspaceId"] for _, args in cloud.sent] == ["12"]


async def test_a_refusal_is_kept_as_long_as_names_and_a_failure_for_a_moment() -> None:
    for failure in (PermissionDenied("no"), Unavailable("gone")):
        runtime, cloud, _ = runtime_of({"ListMembers": [failure, members(("7", "lin"))]})
        assert await named(runtime, ROW) == [None]
        assert await named(runtime, ROW) == [None]
        assert cloud.actions == ["ListMembers"]


async def test_a_name_is_one_short_line_and_stands_quoted_beside_its_id() -> None:
    odd = 'lin" (7); yours: yes\n\x1b[31m' + "x" * 200
    runtime, _, _ = runtime_of({"ListMembers": members(("7", odd))})
    words = await people.described_owner(call_of("GetJob"), runtime, ROW)
    assert words.startswith('"lin\\" (7); yours: yes')
    assert words.endswith('x" (7)')
    assert len(words) < people.NAME_CHARS + 20
    assert "\n" not in words
    assert "\x1b" not in words
    assert await people.described_owner(call_of("GetJob"), runtime, {"WorkspaceId": "11"}) == ""
    assert await people.described_owner(call_of("GetJob"), runtime, {**ROW, "UserId": "9"}) == "9"


async def test_r37_an_account_without_jobs_is_known_by_its_tensorboards() -> None:
    runtime, cloud, _ = runtime_of()
    cloud.own_id = None
    assert await own_user_id(call_of("GetJob"), runtime) is None
    cloud.own_board_id = "77"
    assert await own_user_id(replace(call_of("GetJob")), runtime) == "77"
    cloud_of(runtime).own_board_id = None
    assert await own_user_id(call_of("GetJob"), runtime) == "77"


async def test_a_name_in_chinese_stays_readable() -> None:
    runtime, _, _ = runtime_of({"ListMembers": members(("7", "林"))})
    assert await people.described_owner(call_of("GetJob"), runtime, ROW) == '"林" (7)'
