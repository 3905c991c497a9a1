"""A good token carried to where it was not given: other jobs, arguments, callers, regions, operations, servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pai_dlc_emulator.accounts import BOB
from pai_dlc_mcp.state.memory import MemoryState
from support.attack_scene import Scene, previewed
from support.guard_removal import ANY_REGION, Removal, always, both_ways, nothing, replaced

UNBOUND: Removal = replaced("pai_dlc_mcp.guards.confirmation.tokens._same", nothing)


@both_ways(UNBOUND)
async def test_r31_a_token_for_one_job_does_not_stop_another(scene: Scene) -> list[str]:
    mine, other = scene.job("mine"), scene.job("other", user=BOB.user_id)
    async with scene.server() as driver:
        token = await previewed(driver, job_id=mine)
        await driver.raw("dlc_stop_job", job_id=other, confirmation_token=token, wait_seconds=0)
    return scene.writes()


@both_ways(UNBOUND)
async def test_r31_a_token_for_stopping_does_not_signal(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server(toolsets=("all",)) as driver:
        token = await previewed(driver, job_id=job)
        await driver.raw("dlc_create_signal", job_id=job, signal="SIGKILL", confirmation_token=token)
    return scene.writes()


@both_ways(UNBOUND)
async def test_r31_a_token_for_some_members_does_not_remove_others(scene: Scene) -> list[str]:
    async with scene.server(toolsets=("all",)) as driver:
        workspaces = await driver.data("aiworkspace_list_workspaces")
        workspace = workspaces["Workspaces"][1]["WorkspaceId"]
        members = await driver.data("aiworkspace_list_members", workspace_id=workspace, view="full")
        ids = [member["MemberId"] for member in members["Members"]]
        token = await previewed(driver, "aiworkspace_delete_members", workspace_id=workspace, member_ids=ids[-1])
        all_of_them = {"workspace_id": workspace, "member_ids": ",".join(ids[1:])}
        await driver.raw("aiworkspace_delete_members", confirmation_token=token, **all_of_them)
    return scene.writes()


@both_ways(UNBOUND)
async def test_r31_a_token_of_one_caller_serves_no_other(scene: Scene) -> list[str]:
    job = scene.job()
    async with (
        scene.server(state=scene.state_file, caller="http:alice") as alice,
        scene.server(state=scene.state_file, caller="http:mallory") as mallory,
    ):
        token = await previewed(alice, job_id=job)
        await mallory.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


@both_ways(UNBOUND, ANY_REGION)
async def test_r31_a_token_for_one_region_does_not_act_in_another(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server() as driver:
        token = await previewed(driver, job_id=job, region="cn-hangzhou")
        await driver.raw("dlc_stop_job", job_id=job, region="cn-shanghai", confirmation_token=token, wait_seconds=0)
    return scene.writes()


@both_ways(UNBOUND)
async def test_r31_a_token_for_one_account_does_not_act_in_another(scene: Scene) -> list[str]:
    job = scene.job()
    async with (
        scene.server(state=scene.state_file) as driver,
        scene.server(state=scene.state_file, profile="production") as other,
    ):
        token = await previewed(driver, job_id=job)
        await other.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


@both_ways(replaced("pai_dlc_mcp.state.keys.Keys.fits", always(True)))
async def test_r31_a_token_sealed_by_another_server_is_refused(
    scene: Scene, redis_url: str, tmp_path: Path
) -> list[str]:
    """They share a Redis, by mistake or by a break-in, but not their keys."""
    job = scene.job()
    files = []
    for name in ("one", "two"):
        files.append(tmp_path / name)
        files[-1].write_text(name.encode().hex() * 12 + "\n")
    async with (
        scene.server(state=redis_url, keys=files[0]) as theirs,
        scene.server(state=redis_url, keys=files[1]) as ours,
    ):
        token = await previewed(theirs, job_id=job)
        await ours.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


def one_memory_for_all() -> Removal:
    """Every server's memory is the same dictionary, as if a record were not asked for where it was made."""
    entries: dict[str, Any] = {}

    def remove(monkeypatch: Any) -> None:
        entries.clear()
        made = MemoryState.__init__

        def shared(self: MemoryState, *given: Any) -> None:
            made(self, *given)
            self._entries = entries

        async def left(self: MemoryState) -> None:
            return

        monkeypatch.setattr(MemoryState, "__init__", shared)
        monkeypatch.setattr(MemoryState, "close", left)

    return remove


@both_ways(one_memory_for_all())
async def test_r31_a_token_of_a_server_that_keeps_nothing_ends_with_it(scene: Scene) -> list[str]:
    job = scene.job()
    async with scene.server() as driver:
        token = await previewed(driver, job_id=job)
    async with scene.server() as driver:
        await driver.raw("dlc_stop_job", job_id=job, confirmation_token=token, wait_seconds=0)
    return scene.writes()


@both_ways(UNBOUND)
async def test_r31_a_token_stays_bound_when_its_job_is_spelled_otherwise(scene: Scene) -> list[str]:
    """The API's own spelling, text for numbers: whatever is sent is bound as it is sent."""
    job, other = scene.job(), scene.job("other")
    async with scene.server() as driver:
        token = await previewed(driver, JobId=job)
        for arguments in ({"JobId": other}, {"job_id": f"{other}"}):
            await driver.raw("dlc_stop_job", confirmation_token=token, wait_seconds=0, **arguments)
    return scene.writes()


@both_ways(UNBOUND)
async def test_r31_a_token_for_the_only_job_of_a_name_makes_no_second_one(scene: Scene) -> list[str]:
    """The person agreed to a job, not to another beside one that came in the meantime."""
    async with scene.server(confirm=frozenset({"create"})) as driver:
        await driver.discover()
        token = await previewed(driver, "dlc_create_job", **driver.job("wanted"))
        again = driver.job("wanted", allow_duplicate=True, confirmation_token=token)
        await driver.raw("dlc_create_job", **again)
    return scene.writes()
