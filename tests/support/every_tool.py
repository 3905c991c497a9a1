"""A walk through every tool there is, with arguments that lead to things that are there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from end_to_end.driving import Driver
from pai_dlc_emulator.accounts import ALICE
from pai_dlc_emulator.world import World
from pai_dlc_mcp.operation import Effect, Tool

TABLES: Mapping[str, str] = {
    "workspace_id": "workspaces",
    "image_id": "images",
    "dataset_id": "datasets",
    "code_source_id": "code_sources",
    "model_id": "models",
    "experiment_id": "experiments",
    "run_id": "runs",
    "prompt_id": "prompts",
    "connection_id": "connections",
    "dataset_job_config_id": "dataset_job_configs",
}
"""A tool's argument, and the emulator's table that holds what it names."""
LATE = (Effect.STOP, Effect.DELETE, Effect.SPEND)


def there(world: World, job: str) -> dict[str, Any]:
    """Arguments that name something: the job, its pod, and the newest thing of each table."""
    found = {name: newest(world, table) for name, table in TABLES.items() if world.catalogue.tables[table]}
    return found | {"job_id": job, "source_id": job, "target_id": job, "pod_id": f"{job}-master-0"}


def newest(world: World, table: str) -> str:
    """The newest thing of a table that Alice may see."""
    rows = world.catalogue.tables[table].items()
    seen = [id for id, row in rows if row.get("Accessibility") != "PRIVATE" or row.get("UserId") == ALICE.user_id]
    return seen[0 if table == "workspaces" else -1]


def walk(tools: Mapping[str, Tool], known: Mapping[str, Any]) -> Iterator[tuple[Tool, dict[str, Any]]]:
    """Every tool with its example, the ids in it led to what is there; acts that end something come last."""
    for tool in sorted(tools.values(), key=lambda one: (one.effect in LATE, one.effect is not Effect.READ)):
        given = dict(tool.example) | {name: value for name, value in known.items() if name in tool.inputs.model_fields}
        given = {name: value for name, value in given.items() if name in tool.example or name in tool_needs(tool)}
        if "encrypt_option" in tool.inputs.model_fields:
            given["encrypt_option"] = "PlainText"
        yield tool, given


def tool_needs(tool: Tool) -> set[str]:
    return {name for name, info in tool.inputs.model_fields.items() if info.is_required()}


async def answers(driver: Driver, known: Mapping[str, Any]) -> AsyncIterator[tuple[str, Any]]:
    """What every tool answers, in the concise and in the full view."""
    for tool, given in walk(driver.app.tools, known):
        for view in ("concise", "full"):
            more: dict[str, Any] = {} if "view" in tool.inputs.model_fields else {"view": view}
            if tool.name == "dlc_wait_for_job":
                more["max_seconds"] = 1
            yield f"{tool.name} ({view})", await driver.raw(tool.name, **given | more)
