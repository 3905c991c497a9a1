"""Owners by name: where the service gives an id alone, the members of the workspace tell the name, and cost little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pai_dlc_emulator.accounts import BOB as BOB_USER
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.cloud import people
from pai_dlc_mcp.guards.confirmation import ownership

from .driving import BOB, driving

Admin = Callable[..., Any]


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine an answer may take longer than names are waited for."""
    monkeypatch.setattr(people, "READ_S", 20.0)
    monkeypatch.setattr(ownership, "MARK_S", 20.0)


NAMED = f'"{BOB_USER.name}" ({BOB_USER.user_id})'


def member_reads(admin: Admin) -> int:
    return sum(line["operation"] == "ListMembers" for line in admin("journal"))


async def bobs_job(emulator: Emulator, name: str = "bobs", **more: Any) -> str:
    async with driving(emulator, key=BOB) as bob:
        return await bob.create(name, accessibility="PUBLIC", **more)


async def test_a_jobs_card_names_its_owner_and_the_members_are_read_once(emulator: Emulator, admin: Admin) -> None:
    job = await bobs_job(emulator)
    async with driving(emulator) as alice:
        before = member_reads(admin)
        for _ in range(3):
            card = await alice.data("dlc_get_job", job_id=job)
            assert (card["UserId"], card["OwnerName"]) == (BOB_USER.user_id, BOB_USER.name)
        assert member_reads(admin) == before + 1
        assert "OwnerName" not in await alice.data("dlc_get_job", job_id=job, view="full")


async def test_a_diagnosis_names_the_owner_where_the_name_is_kept_and_reads_no_members(
    emulator: Emulator, admin: Admin
) -> None:
    job = await bobs_job(emulator)
    async with driving(emulator) as alice:
        before = member_reads(admin)
        assert (await alice.data("dlc_diagnose_job", job_id=job))["untrusted_owner"] == BOB_USER.user_id
        assert member_reads(admin) == before
        await alice.data("dlc_get_job", job_id=job)
        named = await alice.data("dlc_diagnose_job", job_id=job)
        assert named["untrusted_owner"] == f"{BOB_USER.name} ({BOB_USER.user_id})"
        assert member_reads(admin) == before + 1


async def test_rows_that_have_names_cost_no_read_of_members(emulator: Emulator, admin: Admin) -> None:
    await bobs_job(emulator)
    async with driving(emulator) as alice:
        before = member_reads(admin)
        rows = (await alice.data("dlc_list_jobs", display_name="bobs"))["Jobs"]
        assert [row["Username"] for row in rows] == [BOB_USER.name]
        assert member_reads(admin) == before


async def test_a_list_whose_rows_have_ids_alone_gets_the_names(emulator: Emulator) -> None:
    async with driving(emulator, toolsets=("all",)) as alice:
        job = await alice.create("to-keep")
        await alice.data("dlc_template_from_job", job_id=job, template_name="kept", submit=True)
        rows = (await alice.data("dlc_list_job_templates", workspace_id=alice.seen["workspace"]))["JobTemplates"]
        assert next(row for row in rows if row["TemplateName"] == "kept")["OwnerName"] == "alice"


async def test_r37_a_preview_names_the_person_to_whom_the_target_belongs(emulator: Emulator) -> None:
    job = await bobs_job(emulator)
    async with driving(emulator) as alice:
        shown = (await alice.error("dlc_stop_job", job_id=job))["confirmation"]["preview"]
        assert shown["owner"] == NAMED
        assert shown["yours"] == f"no, it belongs to {NAMED}" or shown["yours"].startswith("cannot be determined")
        await alice.create("own")
        shown = (await alice.error("dlc_stop_job", job_id=job))["confirmation"]["preview"]
        assert shown["yours"] == f"no, it belongs to {NAMED}"


@pytest.mark.parametrize("fault", ["denied", "slow", "broken"])
async def test_names_that_cannot_be_read_leave_the_id_and_fail_nothing(
    emulator: Emulator, admin: Admin, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    job = await bobs_job(emulator)
    if fault == "denied":
        admin("policy", {"deny": ["paiworkspace:ListMembers"]})
    elif fault == "slow":
        monkeypatch.setattr(people, "READ_S", 0.2)
        admin("faults", [{"operation": "ListMembers", "kind": "delay", "delay_s": 2, "times": 99}])
    else:
        admin("faults", [{"operation": "ListMembers", "kind": "garbage", "times": 99}])
    async with driving(emulator) as alice:
        card = await alice.data("dlc_get_job", job_id=job)
        assert card["UserId"] == BOB_USER.user_id
        assert "OwnerName" not in card
        error = await alice.error("dlc_stop_job", job_id=job)
        assert error["confirmation"]["preview"]["owner"] == BOB_USER.user_id


async def test_that_names_may_not_be_read_is_remembered(emulator: Emulator, admin: Admin) -> None:
    job = await bobs_job(emulator)
    admin("policy", {"deny": ["paiworkspace:ListMembers"]})
    async with driving(emulator) as alice:
        before = member_reads(admin)
        for _ in range(3):
            await alice.data("dlc_get_job", job_id=job)
        assert member_reads(admin) == before + 1
