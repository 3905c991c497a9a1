"""What an answer shows says something: no row, no list and no card of any read holds a field that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.operation import READ, Card, Operation, Rows
from support.attack_scene import Scene
from support.furnished_world import furnish


def empty_places(value: Any, path: str = "") -> Iterator[str]:
    """Where a structure says nothing; a list of rows may be empty as a whole."""
    if value in (None, "", {}):
        yield path
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from empty_places(item, f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from [f"{path}[] is empty"] if item == [] else empty_places(item, f"{path}[]")


async def test_no_list_and_no_card_of_any_read_shows_a_field_that_says_nothing(
    emulator: Emulator, tmp_path: Path
) -> None:
    scene = Scene(emulator, tmp_path)
    read, cards, wrong = set(), set(), {}
    async with scene.server(toolsets=("all",)) as driver:
        cloud = (await driver.app.runtime()).cloud

        async def send(operation: Operation, args: Any) -> Any:
            return (await cloud.send(operation, args, "cn-hangzhou")).data

        made = await furnish(scene, send)
        for tool in driver.app.tools.values():
            if not isinstance(tool, Operation) or tool.effect is not READ or not isinstance(tool.view, Rows | Card):
                continue
            said = (await driver.raw(tool.name, **made.example_of(tool))).structured_content
            is_list = isinstance(tool.view, Rows)
            shown = said["data"] if said["ok"] else {}
            if shown.get(tool.view.path.rpartition(".")[2]) if isinstance(tool.view, Rows) else shown:
                (read if is_list else cards).add(tool.name)
                wrong |= {tool.name: places} if (places := sorted(set(empty_places(said["data"])))) else {}
    assert wrong == {}
    assert len(read) >= 20, read
    assert len(cards) >= 20, cards
