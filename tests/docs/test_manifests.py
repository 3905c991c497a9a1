"""The manifests hold what their published schemas ask for, name this version, and install what is here.

The schemas themselves are others' and stay where they are published; what they ask is written down here by hand.
``make manifests`` puts the same files before the validators of the clients that read them.
"""

from __future__ import annotations

import importlib.util
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from docs.manifests import REGISTRY_NAME, manifests, version
from pai_dlc_mcp import __version__, cli
from pai_dlc_mcp.config.settings import OPTIONS, Settings
from pai_dlc_mcp.config.sources import settings_from
from pai_dlc_mcp.transports.process import FORCED_EXIT_S

from .generated import ROOT

MADE = manifests()


def held(path: str) -> Any:
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


def test_one_version_stands_everywhere() -> None:
    assert version() == __version__
    found = {path: re.findall(r'"?version"?: "?(\d+\.\d+\.\d+)', text) for path, text in MADE.items()}
    assert {one for versions in found.values() for one in versions} == {__version__}
    compose = (ROOT / "deploy/compose/compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"pai-dlc-mcp:(\S+)", compose) == [__version__]
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_server_json_has_what_the_registrys_schema_asks_for() -> None:
    """https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"""
    made = held("server.json")
    assert made["$schema"] == "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", made["name"])
    assert 3 <= len(made["name"]) <= 200
    assert 1 <= len(made["description"]) <= 100
    assert 1 <= len(made["title"]) <= 100
    assert re.fullmatch(r"\d+\.\d+\.\d+", made["version"])
    known = {"$schema", "_meta", "description", "icons", "name", "packages", "remotes", "repository", "title",
             "version", "websiteUrl"}  # fmt: skip
    assert set(made) <= known
    for package in made["packages"]:
        assert {"registryType", "identifier", "transport"} <= set(package)
        assert package["transport"] == {"type": "stdio"}
        assert package["version"] == made["version"]
        for argument in package["packageArguments"]:
            assert argument["type"] == "positional"
            assert argument.keys() & {"value", "valueHint"}
        for variable in package["environmentVariables"]:
            assert variable["format"] in {"string", "number", "boolean", "filepath"}
            assert not variable.get("isSecret"), "keys come from the credential chain alone (R70)"


def test_the_readme_proves_the_registrys_name() -> None:
    """The registry looks for this line in the package's description, which is the README."""
    assert f"<!-- mcp-name: {REGISTRY_NAME} -->" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(MADE))
def test_a_manifest_names_only_variables_that_there_are(path: str) -> None:
    known = {option.variable for option in OPTIONS} | {"PAI_DLC_MCP_CONFIG"}
    assert set(re.findall(r"PAI_DLC_MCP_[A-Z_]+", MADE[path])) <= known


DEPLOYED = [path for folder in ("deploy",) for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]


@pytest.mark.parametrize("path", [*DEPLOYED, ROOT / "Dockerfile"], ids=lambda path: path.name)
def test_a_file_of_deployment_names_only_variables_and_flags_that_there_are(path: Path) -> None:
    if path.suffix == ".pyc":
        return
    text = path.read_text(encoding="utf-8")
    known = {option.variable for option in OPTIONS} | {"PAI_DLC_MCP_CONFIG"}
    assert set(re.findall(r"PAI_DLC_MCP_[A-Z_]+", text)) <= known
    serve = [line for line in text.splitlines() if re.search(r'pai-dlc-mcp serve|"serve"', line)]
    flags = {flag for line in serve for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*", line)}
    assert flags <= {option.flag for option in OPTIONS} | {"--http", "--config", "--from", "--directory", "--no-dev"}


def test_the_desktop_bundle_has_what_its_manifest_asks_for(tmp_path: Path) -> None:
    """Manifest 0.4: nothing that the schema does not know, defaults of their types, and a package that uv can run."""
    made = held("deploy/mcpb/manifest.json")
    assert made["manifest_version"] == "0.4"
    assert {"name", "version", "description", "author", "server"} <= set(made)
    assert set(made["server"]) == {"type", "entry_point", "mcp_config"}
    assert made["server"]["type"] == "uv"
    assert set(made["compatibility"]["platforms"]) <= {"darwin", "win32", "linux"}
    kinds = {"string": str, "boolean": bool}
    for asked in made["user_config"].values():
        assert {"type", "title", "description"} <= set(asked)
        assert isinstance(asked["default"], kinds[asked["type"]])
    placeholders = re.findall(r"user_config\.(\w+)", json.dumps(made["server"]))
    assert set(placeholders) == set(made["user_config"])
    bundle = zipfile.ZipFile(_build(tmp_path))
    names = set(bundle.namelist())
    assert {"manifest.json", "pyproject.toml", "SKILL.md", "server/pai_dlc_mcp/cli.py"} <= names
    assert made["server"]["entry_point"] in names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests/", "."))]


def _build(folder: Path) -> Path:
    specification = importlib.util.spec_from_file_location("build_bundle", ROOT / "deploy/mcpb/build.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    place: Path = module.build(folder)
    return place


def test_the_same_sources_give_the_same_bundle(tmp_path: Path) -> None:
    assert _build(tmp_path / "one").read_bytes() == _build(tmp_path / "two").read_bytes()


def test_what_a_bundle_sets_by_default_is_taken_by_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host puts its form's defaults into the variables; an empty text must not stop the start."""
    import argparse

    made = held("deploy/mcpb/manifest.json")
    values = {name: str(one["default"]).lower() for name, one in made["user_config"].items()}
    environ = {
        variable: re.sub(r"\$\{user_config\.(\w+)\}", lambda found: values[found[1]], text)
        for variable, text in made["server"]["mcp_config"]["env"].items()
    }
    settings = settings_from(argparse.Namespace(emulator=True), environ | {"HOME": "/nonexistent"})
    assert (settings.region, settings.read_only) == ("cn-hangzhou", False)


@pytest.mark.parametrize(
    "path", [".claude-plugin/plugin.json", ".claude-plugin/marketplace.json", "gemini-extension.json"]
)
def test_a_plugin_has_a_name_of_small_letters_and_a_version(path: str) -> None:
    made = held(path)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made["name"])
    for plugin in made.get("plugins", ()):
        assert (ROOT / plugin["source"]).is_dir()
    for server in made.get("mcpServers", {}).values():
        assert server["command"] == "uvx"
        assert "trust" not in server


def test_a_plugin_brings_the_skill_with_its_references() -> None:
    [folder] = (ROOT / "skills").iterdir()
    front = (folder / "SKILL.md").read_text(encoding="utf-8")
    assert f"\nname: {folder.name}\n" in front
    assert front == (ROOT / "SKILL.md").read_text(encoding="utf-8")
    assert {path.name for path in (folder / "references").iterdir()} == {
        path.name for path in (ROOT / "references").iterdir()
    }


def test_the_image_runs_as_nobody_in_particular_and_holds_no_secret() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001:10001"]
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert [line for line in lines if line.startswith("FROM")][-1] == "FROM python:3.13-slim"
    assert not [line for line in lines if re.search(r"(ENV|ARG) .*(KEY|SECRET|TOKEN)", line)]
    copied = {word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied <= {line.removeprefix("!") for line in ignored}
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_lists_its_tools_without_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a registry's scan does with it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cli.main(["tools", "--json"]) == 0


CHART = ROOT / "deploy/helm/pai-dlc-mcp"


def test_every_value_that_the_chart_uses_has_a_default_and_every_default_is_used() -> None:
    yaml = pytest.importorskip("yaml")
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in (CHART / "templates").iterdir())
    used = set(re.findall(r"\.Values\.([A-Za-z.]+)", text))
    for path in used:
        found = values
        for name in path.split("."):
            assert name in found, path
            found = found[name]
    assert {path.split(".")[0] for path in used} == set(values)


def test_the_charts_schema_knows_every_value_and_no_other() -> None:
    """A misspelt value is refused by Helm, since the schema allows no other names."""
    yaml = pytest.importorskip("yaml")

    def names(values: Any, schema: dict[str, Any], path: str = "") -> None:
        if schema.get("additionalProperties") is not False:
            return
        assert set(values) == set(schema["properties"]) - {"global"}, path
        for name, value in values.items():
            names(value, schema["properties"][name], f"{path}.{name}")

    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert schema["additionalProperties"] is False
    names(yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8")), schema)


def test_every_proxy_passes_on_what_clients_need_and_not_the_page() -> None:
    ingress = (CHART / "templates/service.yaml").read_text(encoding="utf-8")
    assert re.findall(r"range list (.+) }}", ingress) == ['"/mcp" "/.well-known/oauth-protected-resource"']
    caddy = (ROOT / "deploy/compose/Caddyfile").read_text(encoding="utf-8")
    assert re.findall(r"^\s*@server path (.+)$", caddy, flags=re.M) == ["/mcp /.well-known/*"]


def test_every_template_of_the_chart_is_yaml_once_its_braces_are_filled() -> None:
    """Not what Helm makes of it, but a slip of indentation shows."""
    yaml = pytest.importorskip("yaml")
    for path in (CHART / "templates").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^\s*\{\{-?[^{}]*\}\}\s*$", "", text, flags=re.M)
        text = re.sub(r"\{\{-[^{}]*nindent[^{}]*\}\}", "{}", text)
        text = re.sub(r"\{\{[^{}]*\}\}", "filled", text)
        kinds = [one["kind"] for one in yaml.safe_load_all(text)]
        assert kinds
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["apiVersion"] == "v2"


def test_compose_keeps_the_servers_and_their_state_from_the_outside() -> None:
    yaml = pytest.importorskip("yaml")
    made = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text(encoding="utf-8"))
    services = made["services"]
    assert {name for name, one in services.items() if "ports" in one} == {"proxy"}
    assert made["networks"]["inside"]["internal"] is True
    assert services["redis"]["networks"] == ["inside"]
    servers = [one for one in services.values() if one.get("command", [""])[0] == "serve"]
    assert len(servers) == 2
    for server in servers:
        assert server["read_only"] is True
        assert server["cap_drop"] == ["ALL"]
        assert all(re.fullmatch(r"/[^,]+(:\S+)?", mount) for mount in server["tmpfs"]), "an option is no mount"
        grace_s = float(re.fullmatch(r"(\d+)s", server["stop_grace_period"])[1])  # type: ignore[index]  # None fails too
        assert grace_s > Settings().grace_seconds + FORCED_EXIT_S, "an act is not cut between its answer and its record"
        assert server["environment"]["PAI_DLC_MCP_STATE"].startswith("redis://")
    assert set(made["secrets"]) == {"tokens", "keys"}


def test_the_unit_is_locked_in_and_keeps_secrets_out_of_its_words() -> None:
    text = (ROOT / "deploy/systemd/pai-dlc-mcp.service").read_text(encoding="utf-8")
    for line in ("DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "LoadCredential=tokens:"):
        assert line in text
    assert "ACCESS_KEY_SECRET" not in text
    # A credential of systemd is read by an ACL, whose mask stands in the mode as if a group read: no private file.
    assert "--tokens ${RUNTIME_DIRECTORY}/tokens" in text
    assert "install -m 0600 ${CREDENTIALS_DIRECTORY}/tokens ${RUNTIME_DIRECTORY}/tokens" in text
    filters = re.findall(r"^SystemCallFilter=(.+)$", text, flags=re.M)
    assert filters.index("setpriority") > filters.index("~@privileged @resources"), "the masking process is nice"
