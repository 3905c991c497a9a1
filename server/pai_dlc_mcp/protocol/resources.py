"""Resources: the skill, the references, a page for each operation, and live jobs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CompleteResult,
    Completion,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from .. import documents
from ..api.catalog import operations
from ..app import Application
from ..cloud.endpoints import REGIONS
from ..errors import PaiError
from ..guards.discovery.ledger import seen
from ..redaction.engine import clean_text
from ..runtime import Caller
from . import apps, skills
from .call_tool import Peer, call_tool
from .operation_page import page

SKILL = "pai-dlc://skill"
FRESH_MS = 3_600_000
JOB = re.compile(r"^pai-dlc://jobs/([a-z0-9-]{2,40})/([A-Za-z0-9_-]{1,64})$")
MARKDOWN = "text/markdown"


class Resources:
    """Handlers of everything under ``resources/`` and ``completion/``, for the application that a caller uses."""

    def __init__(self, app_of: Callable[[Any], Application], name_of: Callable[[Any], Caller]) -> None:
        self._app_of, self._name_of = app_of, name_of

    async def listing(self, context: Any, params: Any) -> ListResourcesResult:
        pages = [(SKILL, "skill", documents.first_line(documents.skill()))]
        pages += [
            (f"pai-dlc://references/{name}", name, documents.first_line(documents.reference(name)))
            for name in documents.reference_names()
        ]
        found = [
            Resource(uri=uri, name=name, description=text or None, mime_type=MARKDOWN) for uri, name, text in pages
        ]
        views = apps.resources() if apps.is_declared(context.session.client_capabilities) else []
        return ListResourcesResult(resources=[*found, *views])

    async def templates(self, context: Any, params: Any) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(resource_templates=_templates())

    async def read(self, context: Any, params: Any) -> ReadResourceResult:
        uri = str(params.uri)
        if (view := apps.contents(uri)) is not None:
            return ReadResourceResult(contents=[view], ttl_ms=FRESH_MS, cache_scope="public")
        if match := JOB.match(uri):
            text = await self._job(context, *match.groups())
            kept: dict[str, Any] = {"ttl_ms": 0, "cache_scope": "private"}
        else:
            text, kept = self._document(uri), {"ttl_ms": FRESH_MS, "cache_scope": "public"}
        return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type=MARKDOWN, text=text)], **kept)

    def _document(self, uri: str) -> str:
        if (text := skills.text_of(uri)) is not None:
            return text
        kind, _, name = uri.removeprefix("pai-dlc://").partition("/")
        try:
            if uri == SKILL:
                return documents.skill()
            if kind == "references":
                return documents.reference(name)
            if kind == "operations":
                return page(name)
        except (KeyError, PaiError):
            raise _not_found(uri) from None
        raise _not_found(uri)

    async def _job(self, context: Any, region: str, job_id: str) -> str:
        app = self._app_of(context)
        tool = app.tools.get("dlc_get_job")
        if tool is None:
            raise _not_found(f"pai-dlc://jobs/{region}/{job_id}")
        answer = await call_tool(app, tool, {"job_id": job_id, "region": region}, Peer(self._name_of(context)))
        if answer.is_error and answer.structured["error"]["code"] == "not_found":
            raise _not_found(f"pai-dlc://jobs/{region}/{job_id}")
        return answer.text

    async def complete(self, context: Any, params: Any) -> CompleteResult:
        started = params.argument.value
        values = [value for value in await self._values(context, params) if value.lower().startswith(started.lower())]
        return CompleteResult(completion=Completion(values=values[:100], total=len(values), has_more=len(values) > 100))

    async def _values(self, context: Any, params: Any) -> list[str]:
        reference, name = str(getattr(params.ref, "uri", "")), params.argument.name
        if reference.startswith("pai-dlc://references/"):
            return documents.reference_names()
        if reference.startswith("pai-dlc://operations/"):
            return sorted(operation.action_name for operation in operations())
        given = dict(getattr(params.context, "arguments", None) or {}) if params.context else {}
        if name == "region":
            return sorted(self._app_of(context).settings.regions or REGIONS)
        if name == "job_id":
            return await self._seen_jobs(context, given.get("region") or self._app_of(context).settings.region)
        return []

    async def _seen_jobs(self, context: Any, region: str | None) -> list[str]:
        """Jobs that this caller has listed lately; a completion never asks the cloud. What the service calls an id is
        its word, and left out where it may be a secret (R65)."""
        if region is None:
            return []
        runtime = await self._app_of(context).runtime()
        found = [item.id for item in await seen(runtime, self._name_of(context), region, "job")]
        return [one for one in found if clean_text(one) == one]


def _templates() -> list[ResourceTemplate]:
    return [
        ResourceTemplate(
            uri_template="pai-dlc://references/{name}",
            name="reference",
            description="A reference document of the skill.",
            mime_type=MARKDOWN,
        ),
        ResourceTemplate(
            uri_template="pai-dlc://operations/{Operation}",
            name="operation",
            description="One operation: every parameter, its risk, RAM action, rules and an example.",
            mime_type=MARKDOWN,
        ),
        ResourceTemplate(
            uri_template="pai-dlc://jobs/{region}/{job_id}",
            name="job",
            description="The state of a job now.",
            mime_type=MARKDOWN,
        ),
    ]


def _not_found(uri: str) -> Exception:
    return MCPError(INVALID_PARAMS, f"There is no resource {uri[:200]!r}.", {"uri": uri[:200]})
