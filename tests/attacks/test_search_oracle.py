"""A search for one letter more at a time reads no masked value off the rows that come (R65)."""

from __future__ import annotations

from typing import Any

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
