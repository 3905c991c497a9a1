"""The manifests by which registries and clients install the server, made from the package: one version, one text."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pai_dlc_mcp.config.settings import OPTIONS, Option

ROOT = Path(__file__).resolve().parents[2]
REGISTRY_NAME = "io.github.pai-dlc-mcp/pai-dlc-mcp"
"""The name in the MCP registry; its first half belongs to whoever publishes, who proves it when publishing."""
SHORT = "PAI-DLC training jobs and AIWorkSpace on Alibaba Cloud: every operation, guarded, with an emulator."
NAME, SERVER = "pai-dlc-mcp", "pai"
CLOUD = {
    "ALIBABA_CLOUD_PROFILE": "The profile of aliyun configure to use; keys come from the credential chain alone.",
    "ALIBABA_CLOUD_REGION_ID": "The region of calls that name none, such as cn-hangzhou.",
}
OFFERED = ("toolsets", "read_only", "regions", "workspaces", "confirm_by", "max_gpus_per_job", "audit_log")
"""The settings that a registry's form asks for; all others are variables too."""


def project() -> dict[str, Any]:
    return dict(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"])


def version() -> str:
    """The package's, as ``__init__.py`` says it."""
    text = (ROOT / "server/pai_dlc_mcp/__init__.py").read_text(encoding="utf-8")
    return text.split('__version__ = "')[1].split('"')[0]


def manifests() -> dict[str, str]:
    """Every manifest by its path in the repository."""
    made = {
        "server.json": server_json(),
        ".claude-plugin/plugin.json": claude_plugin(),
        ".claude-plugin/marketplace.json": claude_marketplace(),
        ".mcp.json": {"mcpServers": {SERVER: _from_checkout("${CLAUDE_PLUGIN_ROOT}")}},
        "gemini-extension.json": gemini_extension(),
        "deploy/mcpb/manifest.json": mcpb(),
    }
    texts = {path: json.dumps(value, indent=2, ensure_ascii=False) + "\n" for path, value in made.items()}
    return texts | {"deploy/helm/pai-dlc-mcp/Chart.yaml": chart()}


def server_json() -> dict[str, Any]:
    """For the MCP registry, schema of 2025-12-11."""
    return {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": REGISTRY_NAME,
        "title": "PAI-DLC",
        "description": SHORT,
        "version": version(),
        "packages": [
            {
                "registryType": "pypi",
                "identifier": NAME,
                "version": version(),
                "runtimeHint": "uvx",
                "transport": {"type": "stdio"},
                "packageArguments": [{"type": "positional", "value": "serve"}],
                "environmentVariables": [
                    *({"name": name, "description": text, "format": "string"} for name, text in CLOUD.items()),
                    *(_variable(option) for option in OPTIONS if option.field in OFFERED),
                ],
            }
        ],
    }


def _variable(option: Option) -> dict[str, Any]:
    kinds = {"N": "number", "FILE": "filepath", "BOOL": "boolean"}
    made = {
        "name": option.variable,
        "description": _sentence(option.help),
        "format": kinds.get(option.metavar, "string"),
    }
    choices = option.metavar.split("|") if "|" in option.metavar else []
    return made | ({"choices": choices} if choices else {})


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _from_checkout(place: str) -> dict[str, Any]:
    """The server run from the folder that the client has fetched, by uv, which finds or fetches Python itself."""
    return {"command": "uvx", "args": ["--from", place, NAME, "serve"]}


def claude_plugin() -> dict[str, Any]:
    return {
        "name": NAME,
        "version": version(),
        "description": SHORT,
        "author": {"name": "pai-dlc-mcp maintainers"},
        "license": project()["license"],
        "keywords": project()["keywords"],
    }


def claude_marketplace() -> dict[str, Any]:
    plugin = {"name": NAME, "source": "./", "description": SHORT}
    return {
        "name": NAME,
        "owner": {"name": "pai-dlc-mcp maintainers"},
        "metadata": {"description": SHORT, "version": version()},
        "plugins": [plugin],
    }


def gemini_extension() -> dict[str, Any]:
    return {
        "name": NAME,
        "version": version(),
        "description": SHORT,
        "mcpServers": {SERVER: _from_checkout("${extensionPath}")},
    }


def mcpb() -> dict[str, Any]:
    """A desktop bundle, manifest 0.4: the host brings uv, uv brings Python and what the package needs."""
    asked = {
        "region": ("string", "Region", "The region of calls that name none.", "cn-hangzhou"),
        "profile": ("string", "Profile", "The profile of aliyun configure; empty for the current one.", ""),
        "toolsets": ("string", "Toolsets", "Which tools to offer: lean, default, all or names of toolsets.", "default"),
        "read_only": ("boolean", "Read only", "Offer reads only.", False),
    }
    variables = {
        "region": "ALIBABA_CLOUD_REGION_ID",
        "profile": "ALIBABA_CLOUD_PROFILE",
        "toolsets": "PAI_DLC_MCP_TOOLSETS",
        "read_only": "PAI_DLC_MCP_READ_ONLY",
    }
    return {
        "manifest_version": "0.4",
        "name": NAME,
        "display_name": "PAI-DLC",
        "version": version(),
        "description": SHORT,
        "author": {"name": "pai-dlc-mcp maintainers"},
        "license": project()["license"],
        "keywords": project()["keywords"],
        "server": {
            "type": "uv",
            "entry_point": "server/pai_dlc_mcp/__main__.py",
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", "--no-dev", NAME, "serve"],
                "env": {variable: f"${{user_config.{name}}}" for name, variable in variables.items()},
            },
        },
        "tools_generated": True,
        "prompts_generated": True,
        "compatibility": {
            "platforms": ["darwin", "linux", "win32"],
            "runtimes": {"python": project()["requires-python"]},
        },
        "user_config": {
            name: {"type": kind, "title": title, "description": text, "required": False, "default": default}
            for name, (kind, title, text, default) in asked.items()
        },
    }


def chart() -> str:
    return f"""apiVersion: v2
name: pai-dlc-mcp
description: {SHORT.split(":")[0]}, served over HTTP for a team.
type: application
version: {version()}
appVersion: "{version()}"
kubeVersion: ">=1.27-0"
"""
