"""What clients choke on, kept over the whole list: names, sizes, and the dialect of schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pai_dlc_mcp.commands.tools import list_bytes
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.protocol.definitions import definition
from pai_dlc_mcp.protocol.instructions import INSTRUCTIONS
from pai_dlc_mcp.toolsets import enabled, names
from support.every import for_every

from .driving import Driver

FORBIDDEN = {"$ref", "$defs", "anyOf", "oneOf", "allOf", "const", "additionalProperties", "$schema", "not"}
EVERYTHING = {name: definition(tool, Settings()) for name, tool in enabled(["all"]).items()}


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


@for_every("name", EVERYTHING)
def test_a_tool_keeps_the_limits_of_every_client(name: str) -> None:
    tool = EVERYTHING[name]
    assert re.fullmatch(r"[a-z0-9_]{1,52}", tool.name)
    assert 1 <= len(tool.description or "") <= 800
    schema = tool.input_schema
    assert schema["type"] == "object"
    assert isinstance(schema["properties"], dict)
    for node in nodes(schema):
        assert not FORBIDDEN & set(node)
        assert node.get("type") != "null"
        assert not isinstance(node.get("type"), list)
        assert all(isinstance(value, str) for value in node.get("enum", ()))
        assert node is schema or node.get("type") != "object" or node.get("properties")


@for_every("name", EVERYTHING)
def test_a_tool_says_all_four_hints_and_a_title(name: str) -> None:
    hints = EVERYTHING[name].annotations
    assert hints is not None
    assert hints.title
    for hint in (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint):
        assert isinstance(hint, bool)
    assert not (hints.read_only_hint and hints.destructive_hint)


ENDS = re.compile(r"(dlc|aiworkspace)_(stop|delete|remove|untag)_")
_MAY_END = """dlc_create_signal dlc_update_job dlc_update_tensorboard aiworkspace_create_product_orders
aiworkspace_create_image_build aiworkspace_create_workspace_resource aiworkspace_update_workspace_resource
aiworkspace_update_code_source aiworkspace_update_connection aiworkspace_update_config aiworkspace_update_configs
aiworkspace_update_dataset_file_metas aiworkspace_create_dataset_job"""
MAY_END = frozenset(_MAY_END.split())


def test_destructive_is_what_may_end_erase_or_cost_something_by_whichever_name() -> None:
    said = {name for name, tool in EVERYTHING.items() if tool.annotations and tool.annotations.destructive_hint}
    assert said == {name for name in EVERYTHING if ENDS.match(name)} | MAY_END


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("dlc_create_signal", False),
        ("aiworkspace_log_run_metrics", False),
        ("dlc_update_job_template", False),
        ("dlc_create_job", False),
        ("dlc_update_job", True),
        ("dlc_stop_job", True),
        ("dlc_list_jobs", True),
    ],
)
def test_idempotent_is_what_done_twice_is_as_done_once(name: str, same: bool) -> None:
    hints = EVERYTHING[name].annotations
    assert hints is not None
    assert hints.idempotent_hint is same


@pytest.mark.parametrize(("preset", "tools", "tokens"), [("default", 50, 10_000), ("lean", 18, 4_500)])
def test_a_preset_keeps_its_number_of_tools_and_tokens(preset: str, tools: int, tokens: int) -> None:
    chosen = list(enabled([preset]).values())
    assert len(chosen) <= tools
    assert list_bytes(chosen, Settings()) / 4 <= tokens


def test_every_toolset_that_can_be_named_gives_tools() -> None:
    for name in names():
        assert len(enabled([name])) > 1, name


def test_read_only_leaves_reads_alone_in_every_toolset() -> None:
    kept = enabled(["all"], read_only=True)
    assert kept
    assert {tool.effect.value for tool in kept.values()} == {"read"}


def test_the_instructions_are_short_and_name_only_tools_that_exist() -> None:
    assert len(INSTRUCTIONS) <= 1_800
    mentioned = set(re.findall(r"\b(?:dlc|aiworkspace|pai)_[a-z_]+[a-z]\b", INSTRUCTIONS)) - {"aiworkspace_"}
    assert mentioned <= set(EVERYTHING)


async def test_the_list_has_a_fixed_order_and_is_what_a_client_gets(mcp: Driver) -> None:
    first, second = await mcp.client.list_tools(), await mcp.client.list_tools()
    order = [tool.name for tool in first.tools]
    assert order == [tool.name for tool in second.tools] == list(enabled(["default"]))
    size = len(json.dumps(first.model_dump(by_alias=True, exclude_none=True, mode="json"), ensure_ascii=False).encode())
    assert size / 4 <= 12_000 * 1.1
