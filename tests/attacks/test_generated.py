"""Every write and every field of it, made from the declarations: nothing protected changes without a confirmation.

Each call goes to a world in which everything is another person's, and to one in which everything is the caller's own;
where things run, and where they are over. The state of the world before and after says what it did: it may change one's
own things and add to them, but not end or lose them, lead a stored secret elsewhere, order, nor let anything in, nor
touch what is another's. After each call that changed something, the world is put back as it was.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic.fields import FieldInfo

from end_to_end.driving import Driver
from pai_dlc_emulator.accounts import ALICE, BOB
from pai_dlc_emulator.world import World
from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.api.kinds import JOB, RAY_HISTORY_SERVER, TENSORBOARD
from pai_dlc_mcp.operation import READ, Operation
from pai_dlc_mcp.shapes import kind_of, shape_in
from support.attack_scene import Scene
from support.direct_wire import connect_directly
from support.furnished_world import Furnished, furnish
from support.guard_removal import both_ways, nothing_awaited, replaced

UNCONFIRMED = replaced("pai_dlc_mcp.guards.confirmation.check.needed_for", nothing_awaited)
LET_IN = ("images", "datasets", "members", "workspace_roles", "roles")
"""Tables whose new rows others will run or see (R39)."""
RIGHTS = {"members": "Roles", "roles": "ModulePermissions", "templates": "default"}
"""Tables and the field that gives rights, or decides what others run (R39)."""
ADDRESSES = {"code_sources": ("CodeRepo", "CodeRepoAccessToken"), "connections": ("Configs", "Secrets")}
"""Tables whose rows hold an address and the secret that is sent there (R38)."""
OVER = ("Succeeded", "Failed", "Stopped", "Stopping")
MOST_VALUES = 6


class Values:
    """Values of a type: each of an enum, the bounds of a number, nothing, ids of here and of elsewhere."""

    def __init__(self, made: Furnished) -> None:
        tables = made.world.catalogue.tables
        other = [one for one in tables["workspaces"] if one != made.ids["123456"]]
        self.of_kind: dict[str, list[Any]] = {
            "job": [made.job, made.own],
            "workspace": [made.ids["123456"], *other],
            "region": ["cn-hangzhou"],
            "dataset": [made.ids["d-a1b2c3d4e5"]],
            "template": [made.ids["tpl-abc123"]],
            "time": ["2026-11-25T10:00:00Z"],
        }
        self.bases: dict[str, dict[str, Any]] = {"JobSpec": made.world.training.jobs[made.job].args["JobSpecs"][0]}

    def of(self, annotation: Any, info: FieldInfo | None = None, depth: int = 0) -> list[Any]:
        """Several values, the most far-reaching ones of a choice among them."""
        options = [one for one in get_args(annotation) if one is not type(None)]
        if (shape := shape_in(annotation)) is not None:
            inner = self._of_shape(shape, depth)
            return [[], *([one] for one in inner)] if "list" in str(annotation) else inner
        if info is not None and (kind := kind_of(info)) is not None and kind.name in self.of_kind:
            found = self.of_kind[kind.name]
            return [[one] for one in found] if get_origin(annotation) is list else found
        if get_origin(annotation) is Literal:
            return list(get_args(annotation))
        if get_origin(annotation) is list:
            return [[], *([one] for one in self.of(options[0], None, depth))] if options else [[]]
        if get_origin(annotation) is dict or annotation is dict:
            return [{"name": "value"}, {}]
        if annotation is bool:
            return [True, False]
        if annotation in (int, float):
            return self._of_number(info)
        return self.of(options[0], info, depth) if options else ["other", ""]

    def _of_shape(self, shape: Any, depth: int) -> list[Any]:
        """The shape with what it needs, and once more with each of its other fields."""
        declared = shape.model_fields.items()
        base = dict(self.bases.get(shape.__name__, {}))
        base |= {name: self.of(one.annotation, one, depth + 1)[0] for name, one in declared if one.is_required()}
        if depth >= 2:
            return [base]
        more = [
            {**base, name: value} for name, one in declared for value in self.of(one.annotation, one, depth + 1)[:2]
        ]
        return [base, *more]

    def _of_number(self, info: FieldInfo | None) -> list[Any]:
        bounds = [
            getattr(one, side, None) for one in (info.metadata if info else ()) for side in ("ge", "gt", "le", "lt")
        ]
        return list(dict.fromkeys([1, 0, *(one for one in bounds if one is not None)]))


def variants(operation: Operation, given: Mapping[str, Any], values: Values) -> Iterator[dict[str, Any]]:
    """The call as its example has it; with each field beside it and in its place; and with what it must have alone."""
    yield dict(given)
    needed = {name for name, info in operation.inputs.model_fields.items() if info.is_required()}
    least = {name: value for name, value in given.items() if name in needed}
    for name, info in operation.inputs.model_fields.items():
        in_path = name in operation.fields and operation.fields[name][2] == "path"
        if in_path:
            continue
        several = values.of(info.annotation, info)
        for value in several if shape_in(info.annotation) is not None else several[:MOST_VALUES]:
            yield {**least, name: value}
        if name not in given:
            yield {**given, name: several[0]}
        yield {**given, name: None}


State = dict[tuple[str, str], Any]
Saved = tuple[bytes, bytes]
"""The state of the catalogue and that of training, for :func:`read`: nearly all of some thousand calls change neither.
Those of unequal states are unequal; those of equal ones may be unequal too."""


def state_of(world: World, now: float) -> Saved:
    """Everything that stands in the world, by kind and id, as it is seen at one moment: time alone changes nothing."""
    rows = State()
    for table, of_table in world.catalogue.tables.items():
        rows |= {(table, str(key)): row for key, row in of_table.items()}
    rows["default", ALICE.user_id] = world.catalogue.defaults.get(ALICE.user_id)
    training, found = world.training, State()
    for job in training.jobs.made():
        found["job", str(job.id)] = (
            job.args, job.stop_asked is not None, job.killed, job.longest, job.priorities, job.tags, job.signals,
        )  # fmt: skip
    for kind in ("tensorboards", "templates", "ray_servers"):
        for key, thing in getattr(training, kind).items():
            status = thing.status(now) if callable(getattr(thing, "status", None)) else None
            found[kind, str(key)] = {one.name: repr(getattr(thing, one.name)) for one in fields(thing)}
            found[kind, str(key)] |= {"Status": status}
    return pickle.dumps(rows, pickle.HIGHEST_PROTOCOL), pickle.dumps(found, pickle.HIGHEST_PROTOCOL)


@functools.lru_cache(4)
def _part(saved: bytes) -> State:
    return dict(pickle.loads(saved))


def read(state: Saved) -> State:
    return _part(state[0]) | _part(state[1])


def harm(before: dict[tuple[str, str], Any], after: dict[tuple[str, str], Any], *, is_foreign: bool) -> list[str]:
    """What changed that is protected."""
    lost = [f"lost {kind}" for kind, key in before if (kind, key) not in after]
    new = [place for place in after if place not in before]
    let_in = [f"let in {kind}" for kind, key in new if kind in LET_IN and _is_in_old_place(before, after[kind, key])]
    ordered = ["ordered" for kind, _ in new if kind == "orders"]
    changed = [place for place in before if place in after and before[place] != after[place]]
    found = [*lost, *let_in, *ordered]
    if is_foreign:
        return [*found, *(f"changed {kind}" for kind, _ in changed)]
    for place in changed:
        kind, was, now = place[0], before[place], after[place]
        found += [f"ended {kind}"] if _is_ended(kind, was, now) else []
        found += [f"let in {kind}"] if kind == "default" or (kind in RIGHTS and _is(RIGHTS[kind], was, now)) else []
        found += [f"led {kind} elsewhere"] if kind in ADDRESSES and _is_redirected(*ADDRESSES[kind], was, now) else []
    return found


def _is_in_old_place(before: Mapping[Any, Any], row: Mapping[str, Any]) -> bool:
    return ("workspaces", row.get("WorkspaceId")) in before


def _is(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a field changed."""
    return bool(was.get(name) != now.get(name))


def _is_redirected(address: str, secret: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return _is(address, was, now) and bool(was.get(secret)) and not _is(secret, was, now)


def _is_ended(kind: str, was: Any, now: Any) -> bool:
    if kind == "job":
        return bool(was[1:4] != now[1:4]) or _is("UserCommand", was[0], now[0]) or _pods(now[0]) < _pods(was[0])
    if kind in ("tensorboards", "ray_servers"):
        return was["Status"] not in OVER and now["Status"] in OVER
    return False


def _pods(args: Mapping[str, Any]) -> int:
    return sum(int(spec.get("PodCount") or 1) for spec in args.get("JobSpecs") or [])


async def furnished(scene: Scene, driver: Driver, *, state: str, owner: str) -> Furnished:
    """The world in which the calls are made, saved as it is."""
    await driver.live_by_the_emulated_clock()
    runtime = await driver.app.runtime()
    connect_directly(runtime.cloud, scene.emulator)

    async def send(operation: Operation, args: Mapping[str, Any]) -> Mapping[str, Any]:
        return (await runtime.cloud.send(operation, args, "cn-hangzhou")).data

    made = await furnish(scene, send)
    if state == "over":
        made.stop_everything()
    seen = await driver.discover()
    for spec in operation("CreateJob").example["job_specs"]:
        made.ids |= {spec["Image"]: seen["image"], spec["EcsSpec"]: seen["spec"]}
    made.ids["d-abc123"] = made.ids["d-a1b2c3d4e5"]
    await driver.ok("aiworkspace_get_dataset", dataset_id=made.ids["d-abc123"])
    made.belongs_to(BOB.user_id if owner == "another's" else ALICE.user_id)
    scene.emulator.world.clock.run_at(0)  # it moves on only where the server waits
    made.save()
    return made


def writes_of(driver: Driver, state: str) -> Iterator[Operation]:
    """Every operation that is no read; where things are over, those about something that can be over."""
    for tool in driver.app.tools.values():
        if isinstance(tool, Operation) and tool.effect is not READ and (state == "running" or can_be_over(tool)):
            yield tool


def can_be_over(tool: Operation) -> bool:
    kinds = (JOB, TENSORBOARD, RAY_HISTORY_SERVER)
    return any(leaf.kind in kinds and leaf.path in tool.path_names for leaf in tool.leaves)


@pytest.mark.parametrize("owner", ["another's", "one's own"])
@pytest.mark.parametrize("state", ["running", "over"])
@both_ways(UNCONFIRMED)
async def test_r30_r37_r38_r39_no_field_of_any_write_changes_what_is_protected_unconfirmed(
    scene: Scene, owner: str, state: str
) -> list[str]:
    world, found, tried = scene.emulator.world, list[str](), 0
    async with scene.server(toolsets=("all",)) as driver:
        made = await furnished(scene, driver, state=state, owner=owner)
        values, now, before = Values(made), 0.0, (b"", b"")
        for tool in writes_of(driver, state):
            for given in variants(tool, made.example_of(tool), values):
                tried += 1
                if world.clock.now() != now:
                    now = world.clock.now()
                    before = state_of(world, now)
                await driver.raw(tool.name, **given)
                after = state_of(world, now)
                if after == before:
                    continue
                made.restore(with_training=after[1] != before[1])
                what = harm(read(before), read(after), is_foreign=owner == "another's")
                found += [f"{tool.action_name} {given}: {one}" for one in what]
            if len(found) > 20:
                break  # enough to see what is wrong, and without the guard the walk need not go on
    assert found or tried > (2_000 if state == "running" else 100)
    return found


CHANGE_NOTHING = {
    "GetTensorboardSharedUrl", "GetDashboard", "GetRayDashboard", "GetWebTerminal", "GetToken",  # hand something out
    "ValidateConnection",  # tries an address
    "AcceptDataworksEvent",  # refused: for the service alone
    "UpdateJob",  # its example is a priority, which a job on public resources has not
    "DeleteDatasetJob",  # it runs
    "AddMemberRole",  # the member has the role of the example, which another call takes away
}  # fmt: skip


async def test_the_emulator_carries_out_what_every_write_says(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the attack above could find nothing. Unconfirmed, on one's own things, the examples as they are."""
    UNCONFIRMED(monkeypatch)
    world, idle = scene.emulator.world, dict[str, Any]()
    async with scene.server(toolsets=("all",)) as driver:
        made = await furnished(scene, driver, state="running", owner="one's own")
        for state in ("running", "over"):
            if state == "over":
                made.stop_everything()
                made.save()
            for tool in writes_of(driver, state):
                now = world.clock.now()
                before = state_of(world, now)
                result = await driver.raw(tool.name, **made.example_of(tool))
                if read(state_of(world, now)) != read(before):
                    idle[tool.action_name] = None
                    made.restore()
                elif idle.get(tool.action_name, "") is not None:
                    idle[tool.action_name] = result.structured_content
    assert {name: said for name, said in idle.items() if said is not None and name not in CHANGE_NOTHING} == {}
