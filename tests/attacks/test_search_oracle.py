"""A search for one letter more at a time reads no masked value off the rows that come (R65)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attacks.test_foreign_workspace import dataset, workspaces
from end_to_end.driving import Driver
from pai_dlc_mcp.guards.reading import masked_search
from pai_dlc_mcp.runtime import Reply
from support.attack_scene import Scene
from support.guard_removal import both_ways, replaced

VALUE = "hunter22quetzal"


async def unfiltered(call: Any, runtime: Any, reply: Reply) -> Reply:
    return reply


@both_ways(replaced("pai_dlc_mcp.guards.reading.masked_search.filtered", unfiltered))
async def test_r65_a_search_is_no_oracle_for_a_masked_value(scene: Scene) -> list[str]:
    scene.job("oracle", Envs={"DB_PASSWORD": VALUE}, UserCommand=f"train.py --password {VALUE} --quick")
    found = []
    async with scene.server() as driver:
        open_words = await driver.data("dlc_list_jobs", user_command_search="--quick")
        assert [job["DisplayName"] for job in open_words["Jobs"]] == ["oracle"]
        for length in (8, 12, len(VALUE)):
            data = await driver.data("dlc_list_jobs", user_command_search=VALUE[:length])
            found += [f"{VALUE[:length]}: {data}"] if data.get("Jobs") or data.get("TotalCount") else []
    return found


@both_ways(
    replaced("pai_dlc_mcp.guards.reading.masked_search._is_readable", lambda words, raw, seen: _each(words, seen))
)
@pytest.mark.parametrize("words", ["--password h", " h", "d H"])
async def test_r65_letters_behind_a_blank_are_read_off_no_search(scene: Scene, words: str) -> list[str]:
    """Each word by itself stands somewhere in what is shown; together they stand in the secret alone."""
    scene.job("oracle", UserCommand="sh train.sh --password hunter22quetzal")
    async with scene.server() as driver:
        nothing = await driver.data("dlc_list_jobs", user_command_search=words.replace("h", "r").replace("H", "r"))
        assert not nothing.get("Jobs")
        assert (await driver.data("dlc_list_jobs", user_command_search="sh train.sh"))["Jobs"]
        return list((await driver.data("dlc_list_jobs", user_command_search=words)).get("Jobs") or [])


@both_ways(replaced("pai_dlc_mcp.guards.reading.masked_search.ANYWHERE", ()))
@pytest.mark.parametrize("by", ["query_text", "query_expression"])
async def test_r65_an_expression_tells_nothing_of_a_row_that_holds_something_masked(scene: Scene, by: str) -> list[str]:
    async with scene.server(toolsets=("all",)) as driver:
        rows = [{"FileName": "a", "Comment": f"--password {VALUE}"}, {"FileName": "b", "Comment": "plain"}]
        scene.fault({"operation": "ListDatasetFileMetas", "kind": "answer", "body": {"DatasetFileMetas": rows}})
        mine, _ = workspaces(scene)
        where = {"dataset_id": dataset(scene, mine), "dataset_version": "v1", "workspace_id": mine}
        found = await driver.data("aiworkspace_list_dataset_file_metas", **where, **{by: "password hunter"})
        names = [row["FileName"] for row in found["DatasetFileMetas"]]
        assert "b" in names
        return [name for name in names if name == "a"]


def _each(words: str, seen: Any) -> bool:
    text = "\n".join(masked_search._strings(seen)).lower()
    return all(word in text for word in words.lower().split())


COMMAND = (
    "python train.py --epochs 90 --batch 256 --data /mnt/data/imagenet --registry-password {} --workers 8 --quick " * 2
)


async def compared(driver: Driver, scene: Scene, victim: str, guess: str) -> str:
    other = scene.job(f"guess-{guess}", UserCommand=COMMAND.format(f"{guess}!", "x"))
    data = await driver.data("dlc_compare_jobs", job_ids=[victim, other])
    return json.dumps([row for row in data["differs"] if row["field"] == "UserCommand"]).replace(other, "")


async def cloned(driver: Driver, scene: Scene, victim: str, guess: str) -> str:
    data = await driver.data("dlc_clone_job", job_id=victim, changes={"UserCommand": COMMAND.format(f"{guess}!", "x")})
    return json.dumps([row for row in data["changes"] if row["field"] == "UserCommand"])


@both_ways(replaced("pai_dlc_mcp.composites.differences.clean_text", lambda text, secrets=(): text))
@pytest.mark.parametrize("told", [compared, cloned])
async def test_r65_what_differs_tells_not_how_far_a_guess_is_right(scene: Scene, told: Any) -> list[str]:
    """A text that is cut around its first difference moves with each letter that was guessed."""
    victim = scene.job("victim", UserCommand=COMMAND.format(VALUE, VALUE))
    async with scene.server() as driver:
        seen = {guess: await told(driver, scene, victim, guess) for guess in ("q", VALUE[:1], VALUE[:6], VALUE[:12])}
    leaks = [guess for guess, text in seen.items() if VALUE[6:] in text]
    return [*leaks, *list(set(seen.values()))[1:]]
