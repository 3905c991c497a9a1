"""What the tests of every read and every list share: a world with one thing of each kind, the fields of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from emulator.training.scene import Scene
from pai_dlc_emulator.contract import products
from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.operation import READ, Operation
from support import attack_scene
from support.furnished_world import Furnished, furnish

MODELS = {name: fields for product in products().values() for name, fields in product.models.items()}
Answer = tuple[str, Mapping[str, Any]]


async def furnished(scene: Scene) -> Furnished:
    """The scene's world with one thing of every kind; operations go straight to their handlers."""

    async def send(operation: Operation, args: Mapping[str, Any]) -> Mapping[str, Any]:
        return scene.call(operation.action_name, **args)

    emulator: Any = SimpleNamespace(world=scene.world)
    return await furnish(attack_scene.Scene(emulator, Path()), send)


def reads() -> list[Operation]:
    return [one for one in operations() if one.effect is READ]


def arguments(made: Furnished, operation: Operation, **more: Any) -> dict[str, Any]:
    """The operation's example as it is sent."""
    given = operation.inputs.model_validate(made.example_of(operation) | more)
    return dict(operation.wire_arguments(given))


def fields_of(name: str, answer: Mapping[str, Any]) -> Iterator[str]:
    """The fields that an answer fills, each as model and name."""
    response = next(one.operations[name].response for one in products().values() if name in one.operations)
    yield from _fields(response, answer)


def _fields(model: str, value: Any) -> Iterator[str]:
    kinds = {field.name: field.type for field in MODELS.get(model, ())}
    for name, item in value.items():
        if name in kinds:
            yield f"{model}.{name}"
            inner = kinds[name].removeprefix("list[").removesuffix("]")
            for one in item if isinstance(item, list) else [item]:
                if inner in MODELS and isinstance(one, Mapping):
                    yield from _fields(inner, one)


def shown(fields: set[str]) -> str:
    """One line a model, for the snapshot."""
    by_model: dict[str, list[str]] = {}
    for field in sorted(fields):
        model, _, name = field.partition(".")
        by_model.setdefault(model, []).append(name)
    return "".join(f"{model}: {' '.join(names)}\n" for model, names in by_model.items())
