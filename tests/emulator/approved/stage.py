"""A world with several things of each kind that can be put back as it was, and calls that arrive as on the wire."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from emulator.approved.declared import KNOWN, filled, words_of
from emulator.approved.showing import changes
from emulator.every_answer import furnished
from emulator.training.scene import Scene, StandingClock
from pai_dlc_emulator.accounts import ACCOUNT_ID, ALICE, BOB
from pai_dlc_emulator.contract import Parameter, decode_arguments
from pai_dlc_emulator.wire import Caller, Received, ServiceError
from pai_dlc_emulator.world import HANDLERS
from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.operation import Operation as Declared
from support.furnished_world import CREATES, Furnished

Args = Mapping[str, Any]
BETTER: Mapping[str, Args] = {
    "GetMember": {"user_id": BOB.user_id},
    "AddMemberRole": {"role_name": "PAI.LabelManager"},
    "GetConfig": {"category_name": "DLCAutoRecycle", "config_key": "isAutoRecycle"},
}
"""Arguments with which an example meets what there is."""
CALLERS = {user.name: Caller("key", user.user_id, ACCOUNT_ID) for user in (ALICE, BOB)}
OTHERS = ((ALICE.user_id, None), (BOB.user_id, "PRIVATE"), (BOB.user_id, "PUBLIC"))
"""Whose the further records of each kind are, and who sees them; None is as the first one has it."""
KEPT = ("WorkspaceId", "UserId", "OwnerId", "Accessibility", "ParentUserId", "Creator")
_IMAGE = {"Image": "registry.example.com/me/trainer:1"}
_ASKED = {"CPU": "8", "Memory": "64Gi", "GPU": "1"}
JOBS: Sequence[Args] = (
    {"DisplayName": "waits", "ResourceId": "vision-night", "Priority": 7, "Settings": {"OversoldType": "accept"},
     "JobSpecs": [{**_IMAGE, "PodCount": 2, "ResourceConfig": _ASKED}]},
    {"DisplayName": "runs", "ResourceId": "root-ecs", "Settings": {"OversoldType": "reject"},
     "JobSpecs": [{**_IMAGE, "Type": "Worker", "PodCount": 3, "ResourceConfig": {**_ASKED, "GPU": "2"},
                   "AssignNodeSpec": {"EnableAssignNode": True, "NodeNames": "a"}}]},
    {"DisplayName": "bids", "Settings": {"OversoldType": "accept-only", "EnableSanityCheck": True},
     "JobSpecs": [{**_IMAGE, "Type": "Worker", "EcsSpec": "ecs.gn7i-c8g1.2xlarge",
                   "SpotSpec": {"SpotStrategy": "SpotWithPriceLimit", "SpotDiscountLimit": 0.9}}]},
    {"DisplayName": "rays", "JobType": "RayJob", "Settings": {"JobReservedMinutes": 5, "PipelineId": "p-1"},
     "JobSpecs": [{**_IMAGE, "Type": "Head", "EcsSpec": "ecs.gn7i-c8g1.2xlarge"},
                  {**_IMAGE, "Type": "Worker", "PodCount": 2, "EcsSpec": "ecs.gn7i-c8g1.2xlarge"}]},
)  # fmt: skip
"""Jobs of other natures beside those of the examples; quotas by name."""


def decoded(name: str, args: Args) -> dict[str, Any]:
    """The arguments of a request as its handler gets them, after their way over the wire."""
    product, operation = KNOWN[name]
    path, query, body = dict[str, str](), dict[str, str](), dict[str, Any]()
    for one in operation.parameters:
        if one.name not in args or args[one.name] is None:
            continue
        value = args[one.name]
        if one.place == "path":
            path[one.name] = str(value)
        elif one.place == "body":
            body[one.name] = value
        else:
            query |= dict(_in_query(one, value))
    return decode_arguments(product, operation, path, urlencode(query), json.dumps(body).encode())


def _in_query(parameter: Parameter, value: Any) -> Iterator[tuple[str, str]]:
    name = parameter.name
    if parameter.style == "flat" and isinstance(value, Mapping):
        yield from ((f"{name}.{key}", _text(item)) for key, item in value.items())
    elif parameter.style == "simple" and isinstance(value, list):
        yield name, ",".join(map(str, value))
    elif parameter.style == "json" and not isinstance(value, str):
        yield name, json.dumps(value)
    else:
        yield name, _text(value)


HIDDEN = ("behaviour", "phases", "memo", "failure_memo", "run", "facts")


OF_TRAINING = ("templates/", "tensorboards/", "ray_servers/", "tokens/", "jobs/")


def fields(one: Any) -> dict[str, Any]:
    """What a job, a template or a service holds, but for what is planned or worked out from it."""
    return {name: getattr(one, name) for name in type(one).__dataclass_fields__ if name not in HIDDEN}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Wire:
    """A scene whose calls arrive as on the wire."""

    def __init__(self, seed: str) -> None:
        self.scene = Scene(seed)

    def send(self, name: str, args: Args, caller: str = "alice") -> dict[str, Any] | ServiceError:
        """One call: its answer, or the service's refusal."""
        try:
            received = Received(name, decoded(name, args), CALLERS[caller], "request")
            return HANDLERS[name](self.scene.world, received)
        except ServiceError as refusal:
            return refusal


class Stage(Wire):
    """The default world with one thing of each kind, made by the examples, and three that differ from it a little."""

    def __init__(self) -> None:
        super().__init__("default")
        self.made: Furnished = asyncio.run(furnished(self.scene))
        self._name_more()
        self._save()
        for name in (*(name for name, _, _ in CREATES), "CreateJob"):
            self._create_in_full(operation(name))
        for more in JOBS:
            self._create_job(more)
        self._multiply()
        self._save()

    def _save(self) -> None:
        self.made.save()
        self._at = self.scene.clock.now()
        self.pristine = copy.deepcopy(self.state())

    def _name_more(self) -> None:
        """Ids of what the examples name and the furnished world has otherwise."""
        tables, ids = self.scene.world.catalogue.tables, self.made.ids
        ids["d-abc123"] = next(reversed(tables["datasets"]))
        ids["job-abcd1234"] = next(iter(tables["instance_jobs"]))
        ids[f"{self.made.job}-worker-0"] = f"{self.made.job}-master-0"
        signal = self.send("CreateSignal", self.example(operation("CreateSignal")))
        assert isinstance(signal, dict)
        ids["sig-abc123"] = str(signal["SignalId"])

    def _create_in_full(self, create: Declared) -> None:
        """One more of a kind, with every argument that is taken beside the others."""
        name, args = create.action_name, self.example(create)
        args |= {key: f"{value[:-1]}3" for key, value in args.items() if key.endswith("Name") and value.endswith("2")}
        if isinstance(self.send(name, args), ServiceError):
            return
        for one in KNOWN[name][1].parameters:
            if one.name not in args:
                self.restore()
                more = {**args, one.name: filled(one.type, one.name, words_of(create))}
                args = args if isinstance(self.send(name, more), ServiceError) else more
        self.restore()
        self.send(name, args)
        self._save()

    def _create_job(self, more: Args) -> None:
        quotas = self.scene.world.catalogue.quotas
        named = {row["QuotaName"]: key for key, row in quotas.items()}
        args = {**self.example(operation("CreateJob")), **more}
        args |= {"ResourceId": named[args["ResourceId"]]} if "ResourceId" in args else {}
        answer = self.send("CreateJob", args)
        assert isinstance(answer, dict), answer

    def _multiply(self) -> None:
        """Three more of each kind that differ a little from the last one."""
        for rows in self.scene.world.catalogue.tables.values():
            for key, row in list(rows.items())[-1:]:
                for number, (owner, access) in enumerate(OTHERS, 2):
                    if "WorkspaceId" in row and isinstance(key, str):
                        other = {name: _other(name, value, number) for name, value in row.items()}
                        other |= {"UserId": owner} if "UserId" in row and access else {}
                        other |= {"Accessibility": access} if "Accessibility" in row and access else {}
                        last = key.rpartition("/")[2]
                        named = {name: f"{last}{number}" for name, value in row.items() if value == last}
                        rows[f"{key}{number}"] = other | named

    def restore(self, changed: Sequence[str] | None = None) -> None:
        """Put the world back; where it is known what changed, only as much as is needed."""
        with_training = changed is None or any(line.startswith(OF_TRAINING) for line in changed)
        self.made.restore(with_training=with_training)
        self.at(0)

    def at(self, seconds: float) -> None:
        """Set the clock to that long after the world was furnished."""
        assert isinstance(self.scene.clock, StandingClock)
        self.scene.clock.at = self._at + seconds

    def example(self, declared: Declared) -> dict[str, Any]:
        """The operation's example as it is sent."""
        example = self.made.example_of(declared) | BETTER.get(declared.action_name, {})
        return dict(declared.wire_arguments(declared.inputs.model_validate(example)))

    def changes(self) -> list[str]:
        """What is not as it was."""
        return list(changes(self.pristine, self.state()))

    def state(self) -> dict[str, dict[str, Any]]:
        """All that a write can change: each table by its keys."""
        world = self.scene.world
        training = world.training
        found: dict[str, dict[str, Any]] = {**world.catalogue.tables, "defaults": dict(world.catalogue.defaults)}
        for name in ("templates", "tensorboards", "ray_servers"):
            found[name] = {key: fields(one) for key, one in getattr(training, name).items()}
        found["tokens"] = training.tokens
        found["jobs"] = {job.id: fields(job) for job in training.jobs.made()}
        return found


def _other(name: str, value: Any, number: int) -> Any:
    """Another value of the kind, but for what decides who sees a record and what something else hangs on."""
    is_word = isinstance(value, str) and value and not name.startswith("Gmt") and not name.endswith(("Id", "Time"))
    if is_word and name not in KEPT and name not in ("Status", "Config", "JobSpec"):
        return value[::-1] if number == 2 else f"{value}{number}"
    return copy.deepcopy(value)
