"""A secret of each kind in every text of every answer the service can give, walked through every read (R65, R67).

The answers are made from the service's own metadata: each text of each record, at any depth, holds an ordinary word and
a secret. No tool, composite or resource may show the secret, in its concise or its full view; the words stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import pytest

from pai_dlc_mcp.operation import READ, Operation
from pai_dlc_mcp.redaction import engine
from pai_dlc_mcp.runtime import Composite
from support.attack_scene import Scene, everything
from support.canaries import KINDS, VALUE, leaks, unmasked
from support.furnished_world import furnish
from support.guard_removal import both_ways

WORD = "neighbour"
AS_THEY_ARE: Mapping[str, Any] = {
    "Status": "Failed", "JobType": "PyTorchJob", "Type": "Worker", "PodCount": 1, "Accessibility": "PUBLIC",
    "Version": "1", "DefaultVersion": 1, "TotalCount": 1, "Visible": "public",
}  # fmt: skip
"""Fields that tools decide by: odd ones are another test's (``test_odd_shapes``)."""
DEEPEST = 5
CONTRACT = resources.files("pai_dlc_emulator").joinpath("contract.json")


@dataclass
class Filler:
    """Answers by the service's metadata, with the secrets of ``kinds`` in turn in their texts."""

    models: Mapping[str, Any]
    job: str
    kinds: list[str]
    count: int = 0

    def model(self, name: str, depth: int = 0) -> dict[str, Any]:
        fields = self.models.get(name, ()) if depth <= DEEPEST else ()
        return {one["name"]: self.value(one["name"], one["type"], depth) for one in fields}

    def value(self, name: str, kind: str, depth: int) -> Any:
        if name in AS_THEY_ARE:
            return AS_THEY_ARE[name]
        if name in ("Envs", "SystemEnvs"):
            return {"ANY": VALUE}
        if name == "JobId":
            return self.job
        if name.startswith(("Gmt", "Time")) or name.endswith("Time"):
            return "2026-11-25T10:00:00Z"
        if kind.startswith("list["):
            return [self.value(name, kind[5:-1], depth + 1)]
        if kind in self.models:
            return self.model(kind, depth + 1)
        if kind.startswith("map"):
            return {"note": self.text(name)}
        return {"integer": 1, "number": 1.0, "boolean": True}.get(kind) or self.text(name)

    def text(self, name: str) -> str:
        self.count += 1
        kind = self.kinds[self.count % len(self.kinds)]
        if kind.startswith("variable") and name in engine._OPEN:
            kind = self.kinds[1]  # a variable that repeats a name or an id which is shown anyway is no secret
        return f"{WORD} {name} {KINDS[kind][0]}"


def answers_of(job: str, kinds: list[str]) -> Iterator[dict[str, Any]]:
    """One fault for each operation: its answer, filled."""
    for product in json.loads(CONTRACT.read_text(encoding="utf-8")).values():
        for name, operation in product["operations"].items():
            body = Filler(product["models"], job, kinds).model(operation["response"])
            yield {"operation": name, "kind": "answer", "body": {"RequestId": "r", **body}, "times": 100_000}


GROUPS = [list(KINDS)[start::4] for start in range(4)]


@pytest.mark.parametrize("kinds", GROUPS, ids=["+".join(one).replace(" ", "-") for one in GROUPS])
@both_ways(unmasked)
async def test_r65_r67_no_read_shows_a_secret_in_any_field_of_any_record(scene: Scene, kinds: list[str]) -> list[str]:
    found, worded, shown = list[str](), 0, 0
    async with scene.server(toolsets=("all",)) as driver:
        await driver.live_by_the_emulated_clock()
        runtime = await driver.app.runtime()

        async def send(operation: Operation, args: Mapping[str, Any]) -> Mapping[str, Any]:
            return (await runtime.cloud.send(operation, args, "cn-hangzhou")).data

        made = await furnish(scene, send)
        job = made.job
        scene.fault(*answers_of(job, kinds))
        for tool in driver.app.tools.values():
            if tool.effect is not READ and not isinstance(tool, Composite):
                continue
            given = made.example_of(tool)
            for view in ("concise", "full"):
                more: dict[str, Any] = {"view": view} if "view" not in tool.inputs.model_fields else {}
                more |= {"start_time": "2026-11-25T09:00:00Z"} if tool.name == "dlc_get_job_events" else {}
                more |= {"max_seconds": 1} if tool.name == "dlc_wait_for_job" else {}
                result = await driver.raw(tool.name, **given, max_chars=20_000, **more)
                text = everything(result)
                own = [kind for kind in kinds if "job_id" in given or not kind.startswith("variable")]
                found += leaks(f"{tool.name} ({view})", text, own)
                if isinstance(tool, Operation) and view == "full" and not result.is_error:
                    shown, worded = shown + 1, worded + (WORD in text)
            if len(found) > 20:
                return found  # without masking the walk need not go on
        resource = await driver.client.read_resource(f"pai-dlc://jobs/cn-hangzhou/{job}")
        found += leaks("resource", str(resource), kinds)
    assert found or (shown > 50 and worded > 0.85 * shown), f"the words beside them are gone: {worded} of {shown}"
    return found


@both_ways(unmasked)
async def test_r65_no_error_of_the_service_shows_a_secret_of_any_kind(scene: Scene) -> list[str]:
    found, kinds = list[str](), [one for one in KINDS if not one.startswith("variable")]
    async with scene.server(toolsets=("all",)) as driver:
        await driver.live_by_the_emulated_clock()
        for kind in kinds:
            for status, code in (
                (400, "InvalidParameter"),
                (403, "Forbidden.RAM"),
                (404, "NotFound"),
                (500, "Failure"),
            ):
                fault = {"operation": "*", "kind": "status", "status": status, "code": code, "message": KINDS[kind][0]}
                scene.fault({**fault, "times": 99})
                for tool in ("dlc_get_job", "dlc_diagnose_job", "dlc_clone_job"):
                    text = everything(await driver.raw(tool, job_id="dlc1"))
                    found += leaks(f"{tool} {status}", text, [kind])
                if len(found) > 20:
                    return found
    return found
