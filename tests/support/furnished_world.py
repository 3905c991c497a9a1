"""A world with one thing of every kind in it, made by the operations' own examples, that can be put back as it was."""

from __future__ import annotations

import json
import pickle
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pai_dlc_emulator.accounts import ALICE, BOB
from pai_dlc_emulator.world import World
from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.operation import CREATE, Operation, Tool
from support.attack_scene import Scene

CREATES: tuple[tuple[str, str, str], ...] = (
    ("CreateJobTemplate", "TemplateId", "tpl-abc123"),
    ("CreateTensorboard", "TensorboardId", "tbabc123"),
    ("CreateRayHistoryServer", "RayHistoryServerId", "rhs-abc123"),
    ("AddImage", "ImageId", "image-4c62s8d1wzabcdefgh"),
    ("CreateDataset", "DatasetId", "d-a1b2c3d4e5"),
    ("CreateDatasetVersion", "VersionName", ""),
    ("CreateDatasetJob", "DatasetJobId", "dsjob-9f3a"),
    ("CreateDatasetJobConfig", "DatasetJobConfigId", "dscfg-71c0"),
    ("CreateDatasetFileMetas", "", ""),
    ("CreateCodeSource", "CodeSourceId", "code-20240101abcdef"),
    ("CreateModel", "ModelId", "model-5b1c9d2e"),
    ("CreateModelVersion", "VersionName", ""),
    ("CreateExperiment", "ExperimentId", "exp-4f2a81"),
    ("CreateRun", "RunId", "run-8c77d0"),
    ("CreatePrompt", "PromptId", "prompt-2d91"),
    ("CreateConnection", "ConnectionId", "conn-abcd1234"),
    ("CreateWorkspaceRole", "", "role-abcd1234"),
    ("UpdateConfigs", "", ""),
    ("UpdateConfig", "", ""),
    ("SetUserConfigs", "", ""),
)
"""What makes one thing of a kind, the field of the answer with its id, and that id in the examples of other tools."""
MORE: Mapping[str, dict[str, Any]] = {
    "CreateModelVersion": {"version_name": "0.1.0"},
    "CreateConnection": {"secrets": {"api_key": "stored-secret-of-the-connection"}},
    "SetUserConfigs": {
        "configs": [
            {
                "CategoryName": "DataPrivacyConfig",
                "ConfigKey": "customizePAIAssumedRole",
                "ConfigValue": "AsItWas",
                "Scope": "subUser",
            }
        ]
    },
    "CreateCodeSource": {"code_repo_access_token": "stored-token-of-the-code"},
}
"""What an example leaves out and an attack needs: a version of a known name, secrets that could be led elsewhere."""
LABELLED = ("images", "datasets", "dataset_versions", "models", "model_versions", "experiments", "runs")

NAMES_KEPT = ("version_name", "category_name")
Send = Callable[[Operation, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


@dataclass
class Furnished:
    """The world, and ids of what is in it: ``ids`` maps an id of the examples to one that exists."""

    world: World
    job: str
    own: str
    ids: dict[str, str] = field(default_factory=dict)
    _catalogue: bytes = b""
    _training: bytes = b""

    def example_of(self, tool: Tool) -> dict[str, Any]:
        """The tool's example with ids that lead to what is there; what it creates has a name of its own."""
        text = json.dumps(dict(tool.example))
        for known, real in self.ids.items():
            text = text.replace(known, real)
        given = dict(json.loads(text))
        if tool.effect is CREATE and self._catalogue:
            named = [name for name in given if name.endswith("name") and name not in NAMES_KEPT]
            given |= {name: f"{given[name]}2" for name in named}
        return given

    def belongs_to(self, user: str) -> None:
        """From now on everything is this user's, seen by all, but for the job by which the account knows itself."""
        for rows in self.world.catalogue.tables.values():
            for row in rows.values():
                row.update({name: user for name in ("UserId", "Creator") if name in row})
                row.update({"Accessibility": "PUBLIC"} if "Accessibility" in row else {})
        training = self.world.training
        jobs = [job for job in training.jobs.values() if job.id != self.own]
        for thing in [*jobs, *training.tensorboards.values(), *training.templates.values(),
                      *training.ray_servers.values()]:  # fmt: skip
            thing.user_id = user

    def stop_everything(self) -> None:
        """From now on nothing runs: jobs, TensorBoards and history servers are over."""
        now = self.world.clock.now()
        training = self.world.training
        training.jobs[self.job].stop_asked = now - 3600.0
        for hosted in (*training.tensorboards.values(), *training.ray_servers.values()):
            hosted.stopped = now - 1.0

    def save(self) -> None:
        """Remember the world as it is now."""
        one = self.world.training
        hosted = (one.templates, one.tensorboards, one.ray_servers, one.tokens)
        self._catalogue = pickle.dumps((self.world.catalogue, self.world.ids), pickle.HIGHEST_PROTOCOL)
        self._training = pickle.dumps((hosted, one.jobs, one.queue, one.admitted), pickle.HIGHEST_PROTOCOL)

    def restore(self, *, with_training: bool = True) -> None:
        """Put the world back as it was saved; jobs and what hangs on them take longer, so only ``with_training``."""
        self.world.catalogue, self.world.ids = pickle.loads(self._catalogue)
        if with_training:
            one = self.world.training
            hosted, one.jobs, one.queue, one.admitted = pickle.loads(self._training)
            one.templates, one.tensorboards, one.ray_servers, one.tokens = hosted


async def furnish(scene: Scene, send: Send) -> Furnished:
    """One thing of every kind, all in a workspace whose owner the account is; past the guards, straight to the service.

    ``send`` sends one operation with arguments by API name and gives its answer.
    """
    world = scene.emulator.world
    home = next(iter(world.catalogue.workspaces))
    made = Furnished(world, job=scene.job("target", WorkspaceId=home), own=scene.job("own", WorkspaceId=home))
    member = next(key for key, row in world.catalogue.tables["members"].items() if row["UserId"] == BOB.user_id)
    resource = next(key for key, row in world.catalogue.tables["resources"].items() if row["WorkspaceId"] == home)
    made.ids = {
        "dlc1abcd2345": made.job,
        "123456-200123456789012345": member,
        "resource-abcd1234": resource,
        "200123456789012345": "200000000000000044",
        "123456": home,
        "88001": home,
        "ecs.g7.xlarge": "ecs.g7.16xlarge",
    }
    for name, id_field, known in CREATES:
        create = operation(name)
        given = {**made.example_of(create), **MORE.get(name, {})}
        answer = await send(create, create.wire_arguments(create.inputs.model_validate(given)))
        if known:
            made.ids[known] = str(answer[id_field]) if id_field else next(reversed(world.catalogue.tables["roles"]))
        if name == "CreateJobTemplate":
            version = operation("UpdateJobTemplate")
            content = {"template_id": made.ids[known], "content": {"UserCommand": "other"}}
            await send(version, version.wire_arguments(version.inputs.model_validate(content)))
    metas = world.catalogue.tables["dataset_files"]
    made.ids["imagenet-mini/0001.jpg"] = "imagenet-mini/0002.jpg"
    made.ids["07914c9534586e4e"] = next(reversed(metas.values()))["DatasetFileMetaId"]
    for table in LABELLED:
        for row in world.catalogue.tables[table].values():
            keys = ("team", "stage", "best", "system.chipType")
            row["Labels"] = [{"Key": key, "Value": "as it was"} for key in keys]
    training = world.training
    training.jobs[made.job].tags.update({"team": "as it was"})
    world.catalogue.defaults[ALICE.user_id] = next(one for one in world.catalogue.workspaces if one != home)
    world.catalogue.tables["members"][member]["Roles"].append("PAI.AlgoOperator")
    scene.later(20.0)
    await send(
        operation("ListWorkspaceRoles"), {"WorkspaceId": home}
    )  # a role that is being changed is seen to be done
    assert world.catalogue.tables["members"][f"{home}-{ALICE.user_id}"]["Roles"] == ["PAI.WorkspaceOwner"]
    return made
