"""Whatever arrives, an operation answers or refuses: it never breaks, and its answer fits the contract."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.driving import RECORDED_EXTRAS
from pai_dlc_emulator import accounts
from pai_dlc_emulator.contract import Operation, check_type, products
from pai_dlc_emulator.dlc.pods import replicas
from pai_dlc_emulator.service import create_world
from pai_dlc_emulator.wire import Received, ServiceError
from pai_dlc_emulator.world import HANDLERS, World
from support.every import for_every

MODELS = {name: fields for product in products().values() for name, fields in product.models.items()}
OPERATIONS = {name: product for product in products().values() for name in product.operations}
CALLER = accounts.KEYS["EMULATORKEYALICE0000"].caller
WORDS = (
    "GmtCreateTime",
    "ASC",
    "PRIVATE",
    "PUBLIC",
    "OSS",
    "oss://b/x",
    "DIRECTORY",
    "prod",
    "Custom",
    "v1",
    "1",
    "a",
    "",
    "ü=,",
    "PyTorchJob",
    "Worker",
    "ecs.gn7i-c8g1.2xlarge",
    "GpuCoreUsage",
    "2026-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "-1",
    "1e400",
    '{"JobSpecs":5}',
    "$.JobSpecs[0].Image",
)
JOB = {
    "DisplayName": "j",
    "JobType": "RayJob",
    "UserCommand": "true",
    "JobSpecs": [{"Type": "Head", "Image": "i", "EcsSpec": "ecs.gn7i-c8g1.2xlarge", "PodCount": 2}],
}


MADE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CreateModel", {"ModelName": "m"}),
    ("CreateModelVersion", {"ModelId": "*", "Uri": "oss://b/m"}),
    ("CreateExperiment", {"WorkspaceId": "*", "Name": "e"}),
    ("CreateRun", {"ExperimentId": "*"}),
    ("CreatePrompt", {"WorkspaceId": "*", "PromptName": "p"}),
    ("CreateConnection", {"ConnectionName": "c", "ConnectionType": "CustomConnection", "Configs": {}}),
    ("CreateWorkspaceRole", {"WorkspaceId": "*", "RoleName": "r", "ModulePermissions": []}),
    ("CreateDatasetJob", {"DatasetId": "*", "JobAction": "FileMetaExport", "JobSpec": "{}"}),
    (
        "CreateDatasetJobConfig",
        {"DatasetId": "*", "Config": "{}", "ConfigType": "MultimodalSemanticIndex"},
    ),
    ("CreateJob", JOB),
    ("CreateJobTemplate", {"TemplateName": "t", "WorkspaceId": "*", "Content": json.dumps(JOB)}),
    ("CreateTensorboard", {"DisplayName": "t"}),
    (
        "CreateRayHistoryServer",
        {
            "DisplayName": "r",
            "WorkspaceId": "*",
            "EcsSpec": "ecs.gn7i-c8g1.2xlarge",
            "RamRole": "r",
            "StoragePath": "oss://b/r",
        },
    ),
)


def furnished() -> World:
    """A world with at least one of everything that has an id."""
    world = create_world("default")
    for name, args in MADE:
        known = identities(world)
        own = {key: known[key][0] if value == "*" else value for key, value in args.items()}
        assert attempt(world, name, own) is None
    world.clock.advance(3600)
    return world


def identities(world: World) -> dict[str, list[str]]:
    """Ids that exist, by the name of the field, so that not every attempt ends at 404."""
    found: dict[str, list[str]] = {}
    for table in world.catalogue.tables.values():
        for record in list(table.values())[:3]:
            for field, value in record.items():
                if field.endswith(("Id", "VersionName")) and isinstance(value, str):
                    found.setdefault(field, []).append(value)
    return found | _of_training(world)


def _of_training(world: World) -> dict[str, list[str]]:
    jobs = list(world.training.jobs.values())
    return {
        "JobId": [job.id for job in jobs],
        "PodId": [place.pod_id(job) for job in jobs for place in replicas(job)][-2:],
        "TemplateId": list(world.training.templates),
        "TensorboardId": list(world.training.tensorboards),
        "RayHistoryServerId": list(world.training.ray_servers),
    }


def values(kind: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Any JSON value of a contract type."""
    if kind.startswith("list["):
        return st.lists(values(kind[5:-1], depth + 1), max_size=2)
    if kind.startswith("map[string]"):
        return st.dictionaries(st.sampled_from(WORDS), values(kind.removeprefix("map[string]"), depth + 1), max_size=2)
    if kind in MODELS:
        fields = {f.name: values(f.type, depth + 1) for f in MODELS[kind]} if depth < 4 else {}
        return st.fixed_dictionaries({}, optional=fields)
    plain: dict[str, st.SearchStrategy[Any]] = {
        "string": st.sampled_from(WORDS) | st.text(max_size=8),
        "integer": st.integers(-2, 100),
        "number": st.floats(-1, 1),
        "boolean": st.booleans(),
    }
    return plain.get(kind, st.none() | st.booleans() | st.text(max_size=3))


def arguments(operation: Operation, known: dict[str, list[str]]) -> st.SearchStrategy[dict[str, Any]]:
    def likely(name: str, kind: str) -> st.SearchStrategy[Any]:
        return st.sampled_from(known[name]) | values(kind) if name in known else values(kind)

    needed = {p.name: likely(p.name, p.type) for p in operation.parameters if p.required}
    optional = {p.name: likely(p.name, p.type) for p in operation.parameters if not p.required}
    return st.fixed_dictionaries(needed, optional=optional)


def attempt(world: World, name: str, args: dict[str, Any]) -> ServiceError | None:
    """One call, decoded as the front door does it; its refusal, or None when it was carried out."""
    product = OPERATIONS[name]
    operation = product.operations[name]
    sent = {p.name: p.type for p in operation.parameters if p.name in args}
    clean = {name: check_type(product, kind, args[name], name) for name, kind in sent.items()}
    try:
        body = HANDLERS[operation.name](world, Received(operation.name, clean, CALLER, "R"))
    except ServiceError as refusal:
        return refusal
    told = {key: value for key, value in body.items() if value is not None}
    told = {key: value for key, value in told.items() if key not in RECORDED_EXTRAS.get(name, ())}
    assert check_type(product, operation.response, told, operation.name) == told
    json.dumps(body)
    return None


@for_every("name", sorted(OPERATIONS))
def test_an_operation_answers_or_refuses_whatever_arrives(name: str) -> None:
    operation, world = OPERATIONS[name].operations[name], furnished()
    known = identities(world)

    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(arguments(operation, known))
    def check(args: dict[str, Any]) -> None:
        refusal = attempt(world, name, args)
        if refusal is not None:
            assert 400 <= refusal.status < 500
            assert refusal.message

    check()
