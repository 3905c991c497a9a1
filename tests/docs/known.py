"""Every name that a document may use, gathered from the code that gives it its meaning."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module, resources
from typing import Any

from pai_dlc_emulator.dlc.behaviour import names as behaviour_names
from pai_dlc_emulator.faults import KINDS
from pai_dlc_mcp import errors
from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.arguments import ControlInput
from pai_dlc_mcp.cli import COMMANDS
from pai_dlc_mcp.commands.config import CLIENTS
from pai_dlc_mcp.config.settings import OPTIONS, Settings
from pai_dlc_mcp.guards.validation.updates import CONSTRAINTS
from pai_dlc_mcp.operation import STUDIO, Effect
from pai_dlc_mcp.protocol.prompts import BRIEFS
from pai_dlc_mcp.schema import JsonSchema, field_schema
from pai_dlc_mcp.toolsets import names as toolset_names

from . import causes
from .generated import ROOT
from .tables import every_tool, ram_facts

RULE = re.compile(r"^\| (R\d\d) \|", re.M)
DEFINED = re.compile(r"^(?:class |def |async def |)([A-Za-z]\w+)(?=[:(]| = )", re.M)


@cache
def rules() -> tuple[str, ...]:
    """The numbered rules, as references/guards.md lists them."""
    return tuple(RULE.findall((ROOT / "references/guards.md").read_text(encoding="utf-8")))


@cache
def tools() -> frozenset[str]:
    return frozenset(tool.name for tool in every_tool())


@cache
def arguments() -> frozenset[str]:
    """Arguments of any tool by both spellings, with the fields and values of their nested shapes."""
    found: set[str] = set(ControlInput.model_fields)
    for tool in every_tool():
        found |= {spelled for name, info in tool.inputs.model_fields.items() for spelled in _words(name, info)}
    for operation in catalog.operations():
        found |= {api for api, _, _ in operation.fields.values()} | {operation.action_name}
    return frozenset(found)


def _words(name: str, info: Any) -> Iterator[str]:
    yield name
    yield from _inside(field_schema(info, full=True))


def _inside(schema: JsonSchema) -> Iterator[str]:
    yield from (str(value) for value in (*schema.get("enum", ()), *schema.get("examples", ())))
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from _inside(inner)
    if "items" in schema:
        yield from _inside(schema["items"])


@cache
def api_words() -> frozenset[str]:
    """Field names of every request and answer, from the contract frozen of the official SDKs."""
    contract = resources.files("pai_dlc_emulator") / "contract.json"
    return frozenset(re.findall(r"[A-Za-z_]\w*", contract.read_text(encoding="utf-8")))


@cache
def codes() -> frozenset[str]:
    """Error codes of the contract."""
    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.PaiError)]
    return frozenset(one.code for one in classes)


@cache
def flags() -> Mapping[str, frozenset[str]]:
    """The flags of each command."""
    found: dict[str, frozenset[str]] = {}
    for command in COMMANDS:
        parser = argparse.ArgumentParser()
        import_module(f"pai_dlc_mcp.commands.{command}").add_arguments(parser)
        found[command] = frozenset(parser._option_string_actions)
    return found


@cache
def variables() -> frozenset[str]:
    ours = {option.variable for option in OPTIONS} | {"PAI_DLC_MCP_CONFIG"}
    return frozenset(ours)


def studio_reads() -> Iterator[Any]:
    """The inner reads of the third product, which are in no list of tools."""
    catalog.operation("GetQuotaWorkloadDiagnosis")
    yield from STUDIO.operations.values()


@cache
def actions() -> frozenset[str]:
    known = (*catalog.operations(), *studio_reads())
    named = {action for one in known for action in (*one.actions, *one.other_spellings, *one.field_actions.values())}
    beside = (several for row in ram_facts().values() for several, _ in row["beside"])
    return frozenset(named | {action.strip() for several in beside for action in several.split(",")})


@cache
def targets() -> frozenset[str]:
    """Targets of the Makefile."""
    return frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


@cache
def words() -> frozenset[str]:
    """Whatever else has a name in the code: settings, clients, prompts, faults, behaviours, toolsets, causes."""
    settings = set(Settings.model_fields) | set(CONSTRAINTS) | {effect.value for effect in Effect}
    others = (CLIENTS, BRIEFS, KINDS, behaviour_names(), toolset_names(), causes.codes())
    return frozenset(settings.union(*others))


@cache
def ours() -> frozenset[str]:
    """Names that no declaration holds."""
    lines = (ROOT / "tests/docs/words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


@cache
def modules() -> frozenset[str]:
    """Modules and packages of the source, with and without ``.py``, and what they define at their top level."""
    found: set[str] = set()
    for path in (ROOT / "server").rglob("*.py"):
        found |= {path.stem, path.name, path.parent.name}
        found |= set(
            re.findall(r"^(?:class |def |async def |)([A-Za-z]\w+)(?=[:(]| = )", path.read_text("utf-8"), re.M)
        )
    return frozenset(found)


def commands() -> frozenset[str]:
    return frozenset(COMMANDS)
