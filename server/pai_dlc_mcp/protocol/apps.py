"""MCP Apps (``io.modelcontextprotocol/ui``): views that a host shows in a frame of its own beside a tool's answer.

A view is one HTML document, built with the page, which gets what the tool answered from the host and asks nobody
else: no address outside, no permission. Tools name theirs only to clients that declare the extension, so that the
others' lists stay short. A view shows a preview and confirms nothing: the tools that act are not to be called from a
frame, since the server could not tell whose click it was (R35).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_types import Resource, TextResourceContents

from ..api.kinds import JOB
from ..operation import READ, Operation, Tool
from ..page.files import app_document, has_app_document
from ..runtime import Composite

EXTENSION = "io.modelcontextprotocol/ui"
MIME = "text/html;profile=mcp-app"
PREFIX = "ui://pai-dlc-mcp/"
VIEWS: Mapping[str, str] = {
    "job": "A job's card: state, phases, pods.",
    "survey": "Many jobs, a line each.",
    "quota": "Quotas: total, used, free, who holds them.",
    "diagnosis": "Why a job failed, waits or hangs, with the evidence.",
    "confirmation": "What an act would do; it confirms nothing by itself.",
}


def is_declared(capabilities: Any) -> bool:
    """Whether a client's capabilities say that it shows such views."""
    extensions = getattr(capabilities, "extensions", None) or {}
    settings = extensions.get(EXTENSION)
    kinds = settings.get("mimeTypes") if isinstance(settings, Mapping) else None
    return isinstance(kinds, (list, tuple)) and MIME in kinds


def view_of(tool: Tool) -> str | None:
    """The view that shows a tool's answers, by what the tool declares."""
    if isinstance(tool, Composite) and tool.app_view:
        return tool.app_view
    if isinstance(tool, Operation) and tool.action_name == JOB.reader:
        return "job"
    return "confirmation" if tool.may_be_confirmed else None


def meta_of(tool: Tool) -> dict[str, Any] | None:
    """The ``_meta`` of a tool's definition for a client that shows views; ``None`` where none is built for it."""
    view = view_of(tool)
    if view is None or not has_app_document():
        return None
    seen = {} if tool.effect is READ else {"visibility": ["model"]}
    return {"ui": {"resourceUri": PREFIX + view, **seen}}


def resources() -> list[Resource]:
    """The views that are built, as resources."""
    found = VIEWS.items() if has_app_document() else ()
    return [Resource(uri=PREFIX + view, name=view, description=text, mime_type=MIME) for view, text in found]


def contents(uri: str) -> TextResourceContents | None:
    """The document of a view; ``None`` where there is none of this address."""
    view = uri.removeprefix(PREFIX)
    text = app_document() if uri.startswith(PREFIX) and view in VIEWS else None
    if text is None:
        return None
    # No domains at all: the frame may load and ask nothing from outside.
    return TextResourceContents(uri=uri, mime_type=MIME, text=text, meta={"ui": {"csp": {}, "prefersBorder": True}})
