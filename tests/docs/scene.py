"""What the placeholders of the documents' examples stand for, brought about in an emulator when first asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from end_to_end.driving import Driver

from .examples import Example

PLACEHOLDER = re.compile(r"<([a-z_]+)>")
SOON_S = 45
"""Emulated seconds until a job runs."""


class Scene:
    """One caller's view of one world: ids by placeholder, and the token of the last preview."""

    def __init__(self, driver: Driver, admin: Callable[..., Any]) -> None:
        self._driver, self._admin = driver, admin
        self._known: dict[str, str] = {}

    async def run(self, example: Example) -> dict[str, Any]:
        """Make the call of an example; the whole structured answer."""
        body = example.body
        for name in dict.fromkeys(PLACEHOLDER.findall(body)):
            body = body.replace(f"<{name}>", await self._value(name))
        result = await self._driver.raw(example.tool, **json.loads(body))
        answer = dict(result.structured_content or {})
        if not answer.get("ok") and answer["error"].get("confirmation"):
            self._known["confirmation_token"] = answer["error"]["confirmation"]["token"]
        return answer

    async def _value(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = await getattr(self, f"_{name}")()
        return self._known[name]

    async def _seen(self, kind: str) -> str:
        if not self._driver.seen:
            await self._driver.discover()
        return str(self._driver.seen[kind])

    async def _workspace_id(self) -> str:
        return await self._seen("workspace")

    async def _image_uri(self) -> str:
        return await self._seen("image")

    async def _ecs_spec(self) -> str:
        return await self._seen("spec")

    async def _listed(self, tool: str, rows: str, key: str, **arguments: Any) -> str:
        found = await self._driver.data(tool, view="full", **arguments)
        return str(found[rows][0][key])

    async def _image_id(self) -> str:
        return await self._listed("aiworkspace_list_images", "Images", "ImageId")

    async def _label(self) -> str:
        found = await self._driver.data("aiworkspace_list_image_labels", view="full")
        first = found["Labels"][0]
        return f"{first['Key']}={first['Value']}"

    async def _dataset_id(self) -> str:
        workspace = await self._value("workspace_id")
        return await self._listed("aiworkspace_list_datasets", "Datasets", "DatasetId", workspace_id=workspace)

    async def _code_source_id(self) -> str:
        workspace = await self._value("workspace_id")
        arguments = {"workspace_id": workspace}
        return await self._listed("aiworkspace_list_code_sources", "CodeSources", "CodeSourceId", **arguments)

    async def _quota_id(self) -> str:
        arguments = {"option": "ListResource", "page_size": 50, "view": "full"}
        found = await self._driver.data("aiworkspace_list_resources", **arguments)
        quotas = [quota for row in found["Resources"] for quota in row["Quotas"]]
        return next(str(one["Id"]) for one in quotas if "night" in str(one.get("Name")))

    async def _job_id(self) -> str:
        job = await self._driver.create("scene-running", job_max_running_time_minutes=600)
        self._admin("clock", {"advance_s": SOON_S})
        return job

    async def _running_job_id(self) -> str:
        """A second running job, for examples that end it."""
        job = await self._driver.create("scene-to-end", job_max_running_time_minutes=600)
        self._admin("clock", {"advance_s": SOON_S})
        return job

    async def _pod_id(self) -> str:
        job = await self._driver.data("dlc_get_job", job_id=await self._value("job_id"))
        return str(job["Pods"][0]["PodId"])

    async def _queued_job_id(self) -> str:
        """A job in the quota that another one fills."""
        image = await self._value("image_uri")
        wanted = {"CPU": "8", "Memory": "32Gi", "GPU": "1"}
        spec = {"Type": "Worker", "PodCount": 1, "Image": image, "ResourceConfig": wanted}
        quota = await self._value("quota_id")
        job = await self._driver.create("scene-queued", job_specs=[spec], resource_id=quota)
        self._admin("clock", {"advance_s": SOON_S})
        return job

    async def _failed_job_id(self) -> str:
        return await self._listed("dlc_list_jobs", "Jobs", "JobId", status="Failed")

    async def _finished_job_id(self) -> str:
        return await self._listed("dlc_list_jobs", "Jobs", "JobId", status="Succeeded")

    async def _ray_job_id(self) -> str:
        job = await self._driver.create("scene-ray", job_type="RayJob", job_max_running_time_minutes=600)
        self._admin("clock", {"advance_s": SOON_S})
        return job

    async def _share_token(self) -> str:
        target = {"target_type": "job", "target_id": await self._value("ray_job_id")}
        return str((await self._driver.data("dlc_get_token", **target))["Token"])

    async def _template_id(self) -> str:
        """A template that has been read, as R26 wants it before a job is made from it."""
        image, spec = await self._value("image_uri"), await self._value("ecs_spec")
        specs = [{"Type": "Worker", "PodCount": 1, "Image": image, "EcsSpec": spec}]
        made = await self._driver.data(
            "dlc_create_job_template",
            template_name="scene-template",
            workspace_id=await self._value("workspace_id"),
            content={"JobType": "PyTorchJob", "JobSpecs": specs, "UserCommand": "python train.py"},
            constraints={"JobSpecs[0].Image": "locked", "UserCommand": "overridable"},
        )
        await self._driver.ok("dlc_get_job_template", template_id=made["TemplateId"])
        return str(made["TemplateId"])

    async def _tensorboard_id(self) -> str:
        made = await self._driver.data(
            "dlc_create_tensorboard",
            display_name="scene-board",
            workspace_id=await self._value("workspace_id"),
            job_id=await self._value("job_id"),
        )
        self._admin("clock", {"advance_s": SOON_S})
        return str(made["TensorboardId"])
