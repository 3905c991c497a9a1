"""The page's source, read without Node: its types and words follow the package, its lock records no address."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_mcp.composites.diagnose import causes_code, causes_network, causes_platform, causes_resources, causes_setup
from pai_dlc_mcp.composites.diagnose.causes import Cause

WEB = Path(__file__).parents[2] / "server/pai_dlc_mcp/web"
DIAGNOSE = Path(causes_code.__file__).parent
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


@pytest.fixture(scope="module")
def schemas() -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "pai_dlc_mcp", "tools", "--json", "--toolsets", "all"]
    listed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {tool["name"]: tool["inputSchema"] for tool in listed}


def test_the_types_of_the_page_are_those_of_the_tools_schemas(schemas: dict[str, dict[str, Any]]) -> None:
    text = (WEB / "src/generated/tools.ts").read_text()
    blocks = re.findall(r"^  (\w+): \{\n(.*?)^  \};", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 10
    for tool, body in blocks:
        assert [line.strip() for line in body.splitlines()] == _fields(schemas[tool]), (
            f"{tool}: pai-dlc-mcp tools --json --toolsets all | node {WEB.name}/scripts/types.mjs"
        )


def _fields(schema: dict[str, Any]) -> list[str]:
    required = schema.get("required", [])
    fields = sorted((name, one) for name, one in schema["properties"].items() if name != "confirmation_token")
    return [f"{name}{'' if name in required else '?'}: {_type(one)};" for name, one in fields]


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"({_type(schema.get('items', {}))})[]"
    return SCALARS.get(schema.get("type", ""), "unknown")


def test_every_cause_of_a_diagnosis_has_its_words_in_both_languages() -> None:
    words = json.loads((WEB / "src/i18n/causes.json").read_text())
    modules = (causes_code, causes_network, causes_platform, causes_resources, causes_setup)
    tables = [value for module in modules for value in vars(module).values() if isinstance(value, tuple)]
    codes = {cause.code for table in tables for cause in table if isinstance(cause, Cause)}
    sources = "\n".join(path.read_text() for path in DIAGNOSE.glob("*.py"))
    codes |= set(re.findall(r'Verdict\(\s*"(\w+)"', sources)) | set(re.findall(r'_stuck\(\w+, \w+, "(\w+)"', sources))
    assert len(codes) > 100
    assert codes - words.keys() == set()


def test_the_lock_records_no_address() -> None:
    lock = (WEB / "package-lock.json").read_text()
    assert "://" not in lock
    assert all("integrity" in package for path, package in json.loads(lock)["packages"].items() if path)


def test_the_page_names_no_address_outside() -> None:
    """Nothing is fetched from elsewhere, neither scripts nor styles nor pictures; the name of SVG is no address."""
    sources = [path for path in (WEB / "src").rglob("*") if path.suffix in {".ts", ".tsx", ".css", ".json", ".svg"}]
    found = {
        (path.name, address)
        for path in [*sources, WEB / "index.html"]
        for address in re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", path.read_text())
        if address != "http://www.w3.org"
    }
    assert len(sources) > 20
    assert found == set()


def test_the_page_never_makes_markup_of_text() -> None:
    for path in (WEB / "src").rglob("*.ts*"):
        assert not re.search(
            r"dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function",
            path.read_text(),
        ), path
