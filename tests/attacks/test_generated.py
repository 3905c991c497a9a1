"""Every write and every field of it, made from the declarations: nothing protected changes without a confirmation.

Each call goes to a world in which everything is another person's, and to one in which everything is the caller's own.
The state of the world before and after says what it did: it may change one's own things and add to them, but not end or
lose them, nor let anything in, nor touch what is another's.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic.fields import FieldInfo

from pai_dlc_emulator.accounts import ALICE, BOB
from pai_dlc_emulator.world import World
from pai_dlc_mcp.operation import READ, Operation
from pai_dlc_mcp.shapes import shape_in
from support.attack_scene import Scene
from support.every_tool import there, walk
from support.guard_removal import both_ways, nothing_awaited, replaced

UNCONFIRMED = replaced("pai_dlc_mcp.guards.confirmation.check.needed_for", nothing_awaited)
LET_IN = ("images", "datasets", "members", "workspace_roles", "roles")
"""Tables whose new rows others will run or see (R39)."""
OVER = ("Succeeded", "Failed", "Stopped", "Stopping")


def value_of(annotation: Any, depth: int = 0) -> Any:
    """Some value of a type, the most far-reaching one where there is a choice."""
    options = [one for one in get_args(annotation) if one is not type(None)]
    if (shape := shape_in(annotation)) is not None:
        declared = shape.model_fields.items() if depth < 3 else ()
        inner = {
            name: value_of(info.annotation, depth + 1) for name, info in declared if info.is_required() or depth < 1
        }
        return [inner] if "list" in str(annotation) else inner
    if get_origin(annotation) is Literal:
        return get_args(annotation)[-1]
    if get_origin(annotation) is list:
        return [value_of(options[0], depth)] if options else []
    if get_origin(annotation) is dict or annotation is dict:
        return {"name": "value"}
    if options:
        return value_of(options[0], depth)
    return {bool: True, int: 1, float: 1.0}.get(annotation, "other")


def variants(operation: Operation, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The call as its example has it, and once more with each optional field beside it."""
    yield dict(given)
    for name, info in operation.inputs.model_fields.items():
        if name not in given and isinstance(info, FieldInfo):
            yield {**given, name: value_of(info.annotation)}


def owned_by(world: World, user: str, but: str) -> None:
    """From now on everything is this user's, ``but`` for one job."""
    for rows in world.catalogue.tables.values():
        for row in rows.values():
            row.update({name: user for name in ("UserId", "Creator") if name in row})
    training = world.training
    jobs = [job for job in training.jobs.values() if job.id != but]
    for thing in [*jobs, *training.tensorboards.values(), *training.templates.values(),
                  *training.ray_servers.values()]:  # fmt: skip
        thing.user_id = user


def state_of(world: World, now: float) -> dict[tuple[str, str], Any]:
    """Everything that stands in the world, by kind and id, as it is seen at one moment: time alone changes nothing."""
    found = dict[tuple[str, str], Any]()
    for table, rows in world.catalogue.tables.items():
        found |= {(table, str(key)): copy.deepcopy(row) for key, row in rows.items()}
    training = world.training
    for job in training.jobs.values():
        found["job", str(job.id)] = copy.deepcopy(
            (job.args, job.stop_asked is not None, job.killed, job.longest, job.priorities, job.tags, job.signals)
        )
    for kind in ("tensorboards", "templates", "ray_servers"):
        for key, thing in getattr(training, kind).items():
            status = thing.status(now) if callable(getattr(thing, "status", None)) else None
            found[kind, str(key)] = (status, {one.name: repr(getattr(thing, one.name)) for one in fields(thing)})
    found["default", ALICE.user_id] = world.catalogue.defaults.get(ALICE.user_id)
    return found


def harm(before: dict[tuple[str, str], Any], after: dict[tuple[str, str], Any], *, is_foreign: bool) -> list[str]:
    """What changed that is protected."""
    lost = [f"lost {kind}" for kind, key in before if (kind, key) not in after]
    new = [place for place in after if place not in before and place[0] in LET_IN]
    let_in = [f"let in {place[0]}" for place in new if ("workspaces", after[place].get("WorkspaceId")) in before]
    changed = [place for place in before if place in after and before[place] != after[place]]
    if is_foreign:
        return [*lost, *let_in, *(f"changed {kind}" for kind, _ in changed)]
    ended = [f"ended {kind}" for kind, key in changed if _is_ended(kind, before[kind, key], after[kind, key])]
    defaults = [f"let in {kind}" for kind, _ in changed if kind == "default"]
    return [*lost, *let_in, *ended, *defaults]


def _is_ended(kind: str, before: Any, after: Any) -> bool:
    if kind == "job":
        return bool(before[1:4] != after[1:4])
    if kind in ("tensorboards", "ray_servers"):
        return before[0] not in OVER and after[0] in OVER
    return False


@pytest.mark.parametrize("owner", ["another's", "one's own"])
@both_ways(UNCONFIRMED)
async def test_r30_r37_r39_no_field_of_any_write_changes_what_is_protected_unconfirmed(
    scene: Scene, owner: str
) -> list[str]:
    world, found, writes = scene.emulator.world, list[str](), 0
    async with scene.server(toolsets=("all",)) as driver:
        own = scene.job("own")  # by which the account knows its user id
        job = scene.job("target")
        known = there(world, job)
        calls = [
            (tool, given)
            for tool, example in walk(driver.app.tools, known)
            if isinstance(tool, Operation) and tool.effect is not READ
            for given in variants(tool, example)
        ]
        for tool, given in calls:
            owned_by(world, BOB.user_id if owner == "another's" else ALICE.user_id, but=own)
            now = world.clock.now()
            before, sent = state_of(world, now), len(scene.writes(tool.action_name))
            await driver.raw(tool.name, **given)
            writes += len(scene.writes(tool.action_name)) - sent
            what = harm(before, state_of(world, now), is_foreign=owner == "another's")
            found += [f"{tool.action_name} {sorted(set(given))}: {one}" for one in what]
    assert len(calls) > 300
    assert owner == "another's" or writes > 60, "hardly a call reached the service"
    return found
