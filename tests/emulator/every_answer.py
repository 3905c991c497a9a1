"""What the tests of every read and every list share: a world with one thing of each kind, the models of answers."""

from __future__ import annotations

from collections.abc import Mapping
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


async def furnished(scene: Scene) -> Furnished:
    """The scene's world with one thing of every kind; operations go straight to their handlers."""

    async def send(operation: Operation, args: Mapping[str, Any]) -> Mapping[str, Any]:
        return scene.call(operation.action_name, **args)

    emulator: Any = SimpleNamespace(world=scene.world)
    return await furnish(attack_scene.Scene(emulator, Path()), send)


def reads() -> list[Operation]:
    return [one for one in operations() if one.effect is READ]
