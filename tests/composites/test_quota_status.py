"""dlc_quota_status: totals of PAI Studio, what a workspace can use by its resources, who holds it and who waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from end_to_end.driving import Driver, driving
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp import amounts
from pai_dlc_mcp.cloud.quotas import Quota, quota_from, usable
from pai_dlc_mcp.composites import quota_status
from pai_dlc_mcp.composites.quota_status import _Found
from pai_dlc_mcp.runtime import MOST_CHARS
from pai_dlc_mcp.state import StateUnavailable

from .conftest import World, post
from .emulated_time import Notebook, written


def by_name(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["QuotaName"]: row for row in data["quotas"]}


async def workspaces(mcp: Driver) -> dict[str, str]:
    rows = (await mcp.data("aiworkspace_list_workspaces", view="full"))["Workspaces"]
    return {row["WorkspaceName"]: row["WorkspaceId"] for row in rows}


async def test_a_workspace_sees_its_quotas_with_total_used_free_parent_and_holders(
    emulator: Emulator, mcp: Driver
) -> None:
    home = (await workspaces(mcp))["vision_training"]
    rows = by_name(await mcp.data("dlc_quota_status", workspace_id=home))
    assert set(rows) == {"root-ecs", "vision-a10", "vision-night", "llm-lingjun"}
    night = rows["vision-night"]
    assert (night["total"], night["GPUType"]) == ("2 GPU, 32 CPU, 128 GiB", "NVIDIA A10")
    assert (night["used"].split(",")[0], night["free"].split(",")[0]) == ("2 GPU", "0 GPU")
    assert night["parent"].startswith(rows["root-ecs"]["QuotaId"])
    assert "free 30 GPU" in night["parent"]
    held = (await mcp.data("dlc_list_jobs", display_name="nightly-embedding"))["Jobs"][0]["JobId"]
    assert held in night["holders"]
    assert night["holders"].endswith('of "bob"')
    assert held in rows["root-ecs"]["holders"]  # what a quota below holds, the parent holds
    assert "holders" not in rows["vision-a10"]


async def test_a_quota_that_only_the_rest_of_the_account_can_use_is_refused_under_an_operators_list(
    emulator: Emulator,
) -> None:
    async with driving(emulator) as mcp:
        home = await workspaces(mcp)
        rows = by_name(await mcp.data("dlc_quota_status"))
    async with driving(emulator, workspaces=(home["llm_pretraining"],)) as mcp:
        assert set(by_name(await mcp.data("dlc_quota_status"))) == {"llm-lingjun"}
        error = await mcp.error("dlc_quota_status", quota_id=rows["vision-night"]["QuotaId"])
        assert error["code"] == "policy_denied"
        assert (await mcp.ok("dlc_quota_status", quota_id=rows["llm-lingjun"]["QuotaId"]))["ok"]
        other = await mcp.error("dlc_quota_status", workspace_id=home["vision_training"])
        assert other["code"] == "policy_denied"


async def test_jobs_of_workspaces_that_are_not_the_operators_are_not_named(emulator: Emulator) -> None:
    async with driving(emulator) as mcp:
        home = await workspaces(mcp)
        quota = by_name(await mcp.data("dlc_quota_status"))["llm-lingjun"]["QuotaId"]
        await mcp.discover()
        spec = {"Type": "Worker", "PodCount": 1, "Image": mcp.seen["image"], "ResourceConfig": {"GPU": "8", "CPU": "8"}}
        given = mcp.job("next-door", resource_id=quota, job_specs=[spec]) | {"workspace_id": home["llm_pretraining"]}
        job = (await mcp.data("dlc_create_job", **given))["JobId"]
        post(emulator, "clock", {"advance_s": 120})
        assert job in str(await mcp.data("dlc_quota_status", quota_id=quota))
    async with driving(emulator, workspaces=(home["vision_training"],)) as mcp:
        data = await mcp.data("dlc_quota_status", quota_id=quota)
        assert job not in str(data)
        assert data["held_by_others"].startswith("8 GPU")


@pytest.mark.parametrize("kind", ["throttle", "garbage", "status"])
async def test_a_failing_pai_studio_is_named_and_no_error_of_the_rest(kind: str, emulator: Emulator) -> None:
    async with driving(emulator) as mcp:
        fault = {"operation": "paistudio:ListQuotas", "kind": kind, "times": 20}
        post(emulator, "faults", [fault | ({"status": 403, "code": "NoPermission"} if kind == "status" else {})])
        data = await mcp.data("dlc_quota_status")
        assert any(line.startswith("quotas of PAI Studio") for line in data["not_read"])
        assert "total" in next(iter(data["quotas"]))  # each is read by itself


async def quota_job(mcp: Driver, quota: str, gpus: str) -> dict[str, Any]:
    await mcp.discover()
    spec = {"Type": "Worker", "PodCount": 2, "Image": mcp.seen["image"], "ResourceConfig": {"GPU": gpus, "CPU": "8"}}
    return mcp.job("in-a-quota", resource_id=quota, job_specs=[spec])


async def test_r05_a_quota_that_pai_studio_shows_needs_no_notice_and_one_that_nothing_shows_gets_one(
    emulator: Emulator,
) -> None:
    quotas = {one["QuotaName"]: one["QuotaId"] for one in emulator.world.catalogue.quotas.values()}
    async with driving(emulator) as mcp:
        job = await quota_job(mcp, quotas["vision-a10"], "1")
        unknown = await mcp.ok("dlc_validate_job", job=job | {"resource_id": "quota00000000000"})
        assert [one["rule"] for one in unknown["notices"]].count("R05") == 1
        assert unknown["data"]["valid"]
        shown = await mcp.ok("dlc_validate_job", job=job)
        assert "R05" not in [one["rule"] for one in shown["notices"]]
    async with driving(emulator, caller="os:another", studio_endpoint=None, toolsets=("all",)) as mcp:
        await mcp.discover()
        await mcp.data("aiworkspace_list_quotas")  # the list of older quotas proves nothing
        alone = await mcp.ok("dlc_validate_job", job=job | {"resource_id": "quota1abcdefghij"})
        assert "R05" in [one["rule"] for one in alone["notices"]]


async def test_what_quota_status_shows_confirms_the_id_for_a_later_create(emulator: Emulator) -> None:
    quotas = {one["QuotaName"]: one["QuotaId"] for one in emulator.world.catalogue.quotas.values()}
    async with driving(emulator) as mcp:
        await mcp.data("dlc_quota_status", quota_id=quotas["vision-a10"])
        fault = {"operation": "paistudio:GetQuota", "kind": "status", "status": 403, "code": "NoPermission"}
        post(emulator, "faults", [fault | {"times": 50}])
        job = await quota_job(mcp, quotas["vision-a10"], "1")
        assert "R05" not in [one["rule"] for one in (await mcp.ok("dlc_validate_job", job=job))["notices"]]


async def test_the_preview_of_a_create_shows_the_quotas_figures(emulator: Emulator) -> None:
    quotas = {one["QuotaName"]: one["QuotaId"] for one in emulator.world.catalogue.quotas.values()}
    async with driving(emulator, confirm=("create",), confirm_by="token") as mcp:
        error = await mcp.error("dlc_create_job", **await quota_job(mcp, quotas["vision-a10"], "1"))
        assert error["code"] == "confirmation_required"
        assert "free 16 GPU" in error["confirmation"]["preview"]["quota_now"]


def test_r05_quotas_that_cannot_be_remembered_are_shown_with_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any) -> None:
        raise StateUnavailable("The state cannot be written.")

    async def calls(book: Notebook) -> None:
        usual = await book.quiet("dlc_quota_status")
        monkeypatch.setattr("pai_dlc_mcp.composites.quota_status.remember", fails)
        answer = await book.quiet("dlc_quota_status")
        assert answer["data"] == usual["data"]
        assert [(one["rule"], "cannot be written" in one["message"]) for one in answer["notices"]] == [("R05", True)]

    written("default", calls)


def test_free_is_what_can_be_allocated_less_what_is_where_both_are_told() -> None:
    details = {
        "ActualMinQuota": {"GPU": "16", "CPU": "100", "Memory": "100Gi", "GPUType": "GPU"},
        "AllocatableQuota": {"GPU": "14"},
        "AllocatedQuota": {"GPU": "8"},
        "UsedQuota": {"GPU": "9"},
    }
    quota = quota_from({"QuotaId": "q", "QuotaDetails": details})
    assert (quota.total["GPU"], quota.used, quota.free) == (16, {"GPU": 8}, {"GPU": 6})


@pytest.mark.parametrize("details", [None, [], {}, {"UsedQuota": None}, {"ActualMinQuota": {"GPU": "many"}}])
def test_amounts_that_are_not_told_are_not_taken_for_zero(details: Any) -> None:
    quota = quota_from({"QuotaId": "q", "QuotaDetails": details, "SubQuotas": [None, {"QuotaId": ""}]})
    assert (quota.total, quota.used, quota.free, quota.children) == ({}, {}, {}, ())


def test_the_amounts_of_specs_count_every_pod() -> None:
    specs = [{"PodCount": 2, "ResourceConfig": {"GPU": "4", "Memory": "64Gi"}}, {"ResourceConfig": {"CPU": 2}}, None]
    assert amounts.of_specs(specs) == {"GPU": 8, "Memory": 128, "CPU": 2}
    assert amounts.of_specs("no list") == {}


def test_usable_quotas_stand_in_a_resources_quotas_or_in_its_spec() -> None:
    rows = [
        {"Name": "a", "Quotas": [{"Id": "quota1", "Name": "one"}, "odd"]},
        {"Name": "b", "Spec": {"resourceId": "quota2"}},
        {"Name": "MaxCompute alone"},
        None,
    ]
    assert usable({"Resources": rows}) == {"quota1": "one", "quota2": "b"}
    assert usable({"Resources": "odd"}) == {}


def test_quotas_that_are_each_others_parents_do_not_loop() -> None:
    pair = [quota_from({"QuotaId": one, "ParentQuotaId": other}) for one, other in (("a", "b"), ("b", "a"))]
    assert _Found({one.id: one for one in pair}).within("a") == {"a", "b"}


async def test_of_more_quotas_than_are_shown_only_those_that_are_have_their_jobs_read(
    world: World, mcp: Driver, monkeypatch: pytest.MonkeyPatch, requests: Callable[[], list[Any]]
) -> None:
    world("default")
    monkeypatch.setattr(quota_status, "MOST_QUOTAS", 1)
    answer = await mcp.ok("dlc_quota_status")
    (row,) = answer["data"]["quotas"]
    assert answer["truncated"]["quotas_left"] == 3
    read = {line["query"]["ResourceIds"] for line in requests() if line["operation"] == "ListJobs"}
    assert read == {row["QuotaId"]}


def test_every_field_of_a_quota_is_read_from_its_place() -> None:
    row = {
        "QuotaId": "quota1", "QuotaName": "one", "ResourceType": "Lingjun", "Status": "Ready", "ParentQuotaId": "root",
        "SubQuotas": [{"QuotaId": "quota2"}, {}, "odd"], "QueueStrategy": "FIFO",
        "Workspaces": [{"WorkspaceId": "1"}, {"WorkspaceId": 2}],
        "QuotaDetails": {
            "ActualMinQuota": {"GPU": "16", "GPUType": "GU7X"}, "DesiredMinQuota": {"GPU": "32", "GPUType": "other"},
            "AllocatedQuota": {"GPU": "3"}, "UsedQuota": {"GPU": "4"}, "AllocatableQuota": {"GPU": "15"},
        },
    }  # fmt: skip
    assert quota_from(row) == Quota(
        id="quota1", name="one", kind="Lingjun", status="Ready", parent="root", children=("quota2",),
        workspaces=("1", "2"), strategy="FIFO", gpu_type="GU7X",
        total={"GPU": 16.0}, used={"GPU": 3.0}, allocatable={"GPU": 15.0},
    )  # fmt: skip
    assert quota_from(row).free == {"GPU": 12.0}
    assert quota_from({}) == Quota("", "", "", "", "", (), (), "", "", {}, {}, {})


async def test_a_cut_answer_names_the_same_call_with_what_was_given_and_no_more(mcp: Driver) -> None:
    answer = (await mcp.raw("dlc_quota_status", max_chars=500)).structured_content
    more = {"tool": "dlc_quota_status", "arguments": {"region": "cn-hangzhou", "max_chars": MOST_CHARS}}
    assert answer["truncated"]["more"] == more
