"""``pai-dlc-mcp config CLIENT``: the configuration of an MCP client for this server, and where it goes.

The snippet holds the options that were given and no others: a default written down would win over a variable that is
set later.
"""

from __future__ import annotations

import argparse
import base64
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ..cloud.endpoints import is_loopback
from ..config.settings import OPTIONS, OptionError, Settings
from ..config.sources import add_flags, settings_from
from .installation import Installation, installation

NAME = "pai"
"""Short because clients put it before every tool's name, and some limit the characters."""
TOKEN = "PAI_TOKEN"  # noqa: S105 - the name of a variable
"""The variable that holds the bearer token, in clients that read one; no token is ever written into a snippet."""
PASTE = "Bearer PASTE-YOUR-TOKEN-HERE"

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """What a client is to start, or the address it is to call."""

    command: str = ""
    arguments: tuple[str, ...] = ()
    url: str | None = None

    @property
    def words(self) -> list[str]:
        return [self.command, *self.arguments]


@dataclass(frozen=True, slots=True)
class Client:
    """A client: where its configuration is, and its own form of it.

    ``key`` holds the servers in a JSON file; ``local`` and ``remote`` add to, or replace, what most clients take;
    ``text`` writes what is no JSON; ``link`` makes an address that opens the client and adds the server.
    """

    place: str
    key: str = "mcpServers"
    local: Callable[[Server], Entry] | None = None
    remote: Callable[[Server], Entry] | None = None
    around: Mapping[str, Any] | None = None
    text: Callable[[Server], str] | None = None
    link: Callable[[Entry], str] | None = None


def _local(server: Server) -> Entry:
    return {"command": server.command, "args": list(server.arguments)}


def _remote(server: Server, token: str = PASTE, **more: Any) -> Entry:
    return {"url": server.url, **more, "headers": {"Authorization": token}}


def _claude_code(server: Server) -> str:
    if server.url is None:
        return f"claude mcp add --scope user {NAME} -- {shlex.join(server.words)}"
    header = f'--header "Authorization: Bearer ${TOKEN}"'
    return f"claude mcp add --scope user --transport http {NAME} {shlex.quote(server.url)} {header}"


def _inspector(server: Server) -> str:
    start = "npx @modelcontextprotocol/inspector"
    if server.url is None:
        return f"{start} {shlex.join(server.words)}"
    return f"{start} --transport http --server-url {shlex.quote(server.url)}"


def _codex(server: Server) -> str:
    """TOML; a JSON string is one of TOML too."""
    if server.url is not None:
        return f'[mcp_servers.{NAME}]\nurl = {json.dumps(server.url)}\nbearer_token_env_var = "{TOKEN}"'
    command, arguments = json.dumps(server.command), json.dumps(list(server.arguments))
    return f"[mcp_servers.{NAME}]\ncommand = {command}\nargs = {arguments}"


def _bridge(server: Server) -> Entry:
    """Claude Desktop's file takes commands only; the bridge is the usual way to an address."""
    arguments = ["-y", "mcp-remote", server.url, "--header", "Authorization:${AUTH_HEADER}"]
    if _is_plain(server.url or ""):
        arguments.append("--allow-http")
    return {"command": "npx", "args": arguments, "env": {"AUTH_HEADER": PASTE}}


def _base64(entry: Any) -> str:
    return quote(base64.b64encode(json.dumps(entry, separators=(",", ":")).encode()).decode(), safe="")


def _qoder_link(entry: Entry) -> str:
    escaped = quote(json.dumps(entry, separators=(",", ":")), safe="")
    config = quote(base64.b64encode(escaped.encode()).decode(), safe="")
    return f"qoder://aicoding.aicoding-deeplink/mcp/add?name={NAME}&config={config}"


CLIENTS: Mapping[str, Client] = {
    "claude-code": Client("run this once in a terminal", text=_claude_code),
    "claude-desktop": Client("claude_desktop_config.json (Settings > Developer > Edit Config)", remote=_bridge),
    "vscode": Client(
        ".vscode/mcp.json, or the user's mcp.json (MCP: Open User Configuration)",
        "servers",
        lambda server: {"type": "stdio", **_local(server)},
        lambda server: {"type": "http", **_remote(server, f"Bearer ${{env:{TOKEN}}}")},
        link=lambda entry: f"vscode:mcp/install?{quote(json.dumps({'name': NAME, **entry}), safe='')}",
    ),
    "cursor": Client(
        "~/.cursor/mcp.json",
        remote=lambda server: _remote(server, f"Bearer ${{env:{TOKEN}}}"),
        link=lambda entry: f"cursor://anysphere.cursor-deeplink/mcp/install?name={NAME}&config={_base64(entry)}",
    ),
    "windsurf": Client(
        "~/.codeium/windsurf/mcp_config.json",
        remote=lambda server: {
            "serverUrl": server.url,
            "headers": {"Authorization": f"Bearer ${{env:{TOKEN}}}"},
        },
    ),
    "cline": Client(
        "cline_mcp_settings.json (MCP Servers > Configure > Configure MCP Servers)",
        remote=lambda server: _remote(server, type="streamableHttp"),
    ),
    "codex": Client("~/.codex/config.toml", text=_codex),
    "gemini-cli": Client(
        "~/.gemini/settings.json",
        remote=lambda server: {"httpUrl": server.url, "headers": {"Authorization": f"Bearer ${TOKEN}"}},
    ),
    "qwen-code": Client(
        "~/.qwen/settings.json",
        remote=lambda server: {"httpUrl": server.url, "headers": {"Authorization": f"Bearer ${TOKEN}"}},
    ),
    "qoder": Client(
        "Qoder Settings > MCP > My Servers > Add",
        remote=lambda server: _remote(server, type="streamable-http"),
        link=_qoder_link,
    ),
    "lingma": Client("lingma_mcp.json (MCP > + > by configuration file)", remote=_remote),
    "trae": Client(
        "Settings > MCP > Add > manually, or .trae/mcp.json in a project",
        remote=_remote,
        link=lambda entry: (
            f"trae://trae.ai-ide/mcp-import?type={'http' if 'url' in entry else 'stdio'}&name={NAME}"
            f"&config={_base64(entry)}"
        ),
    ),
    "cherry-studio": Client(
        "Settings > MCP Servers > Add > Import from JSON",
        local=lambda server: {"name": NAME, "type": "stdio", "isActive": True, **_local(server)},
        remote=lambda server: {
            "name": NAME,
            "type": "streamableHttp",
            "isActive": True,
            "baseUrl": server.url,
            "headers": {"Authorization": PASTE},
        },
        link=lambda entry: f"cherrystudio://mcp/install?servers={_base64({'mcpServers': {NAME: entry}})}",
    ),
    "zed": Client(
        "settings.json (zed: open settings file)",
        "context_servers",
        lambda server: {**_local(server), "env": {}},
        _remote,
    ),
    "opencode": Client(
        "opencode.json in the project, or ~/.config/opencode/opencode.json",
        "mcp",
        lambda server: {"type": "local", "command": server.words, "enabled": True},
        lambda server: _remote(server, f"Bearer {{env:{TOKEN}}}", type="remote", enabled=True),
        {"$schema": "https://opencode.ai/config.json"},
    ),
    "inspector": Client("run this once in a terminal", text=_inspector),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("client", metavar="CLIENT", choices=sorted(CLIENTS), help=", ".join(sorted(CLIENTS)))
    parser.add_argument("--http", metavar="URL", help="the address of a server elsewhere, such as https://host/mcp")
    parser.add_argument("--emulator", action="store_true", help="use a private embedded emulator: no account needed")
    add_flags(parser)


def run(flags: argparse.Namespace) -> int:
    chosen = CLIENTS[flags.client]
    own = installation()
    server = server_of(flags, own)
    print(f"Where it goes: {chosen.place}", file=sys.stderr)
    if own.remark and server.url is None:
        print(f"Note: {own.remark}", file=sys.stderr)
    if server.url is not None and TOKEN in snippet(flags.client, server):
        print(f"The token is read from the variable {TOKEN}.", file=sys.stderr)
    print(snippet(flags.client, server))
    if link := deep_link(flags.client, server):
        print(f"Or open: {link}", file=sys.stderr)
    return 0


def server_of(flags: argparse.Namespace, own: Installation) -> Server:
    """What to start or to call, with the options that were given.

    Raises:
        OptionError: an option that ``serve`` would refuse, or an address that no client can use.
    """
    words = _options(flags)
    if flags.http is not None:
        if words or flags.emulator:
            raise OptionError("--http names a server elsewhere, which has options of its own; leave the others out")
        return Server(url=_checked_url(flags.http))
    emulator = ["--emulator"] if flags.emulator else []
    return Server(own.command, (*own.arguments, "serve", *emulator, *words))


def _options(flags: argparse.Namespace) -> list[str]:
    """The options as ``serve`` takes them: checked now, and with whole paths, for a client starts it elsewhere."""
    # Nothing of the environment: what is not given stays for the variables of the day on which the server starts.
    settings_from(flags, {"HOME": "/nonexistent"})
    words = []
    if flags.config is not None:
        words += ["--config", _whole(flags.config)]
    for option in OPTIONS:
        value = getattr(flags, option.field)
        if value is not None:
            words += [option.flag, _whole(value) if _is_path(option.field, value) else value]
    return words


def _is_path(field: str, value: str) -> bool:
    if field == "state":
        return value != "memory" and "://" not in value
    return Settings.model_fields[field].annotation == Path | None


def _whole(path: str) -> str:
    return str(Path(path).expanduser().absolute())


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise OptionError("--http takes an address such as https://host/mcp")
    if parts.username or parts.password:
        raise OptionError("--http takes an address without a user; the token goes into a header")
    if _is_plain(url) and not is_loopback(parts.hostname or ""):
        raise OptionError("--http: plain http is only for this machine; a token would travel readable, use https")
    return url if parts.path.strip("/") else f"{url.rstrip('/')}/mcp"


def _is_plain(url: str) -> bool:
    return urlsplit(url).scheme == "http"


def entry_of(client: str, server: Server) -> Entry:
    """The client's entry for the server, for those whose configuration is JSON."""
    chosen = CLIENTS[client]
    if server.url is None:
        return (chosen.local or _local)(server)
    return (chosen.remote or _remote)(server)


def snippet(client: str, server: Server) -> str:
    """The text to paste or to run."""
    chosen = CLIENTS[client]
    if chosen.text is not None:
        return chosen.text(server)
    whole = {**(chosen.around or {}), chosen.key: {NAME: entry_of(client, server)}}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def deep_link(client: str, server: Server) -> str | None:
    """An address that opens the client and adds the server, where the client has one."""
    link = CLIENTS[client].link
    return link(entry_of(client, server)) if link else None
