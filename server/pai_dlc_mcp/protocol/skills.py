"""The skills extension (SEP-2640): this server's skill with a digest of each file, which a client reads as resources.

One skill: SKILL.md and its references, at ``skill://NAME/SKILL.md`` and ``skill://NAME/references/…``. Digests are of
the bytes that ``resources/read`` serves, so that a client can check what it was given against what its user approved.
Sessions of 2025-11-25 have no place for the declaration; the two methods answer there all the same.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Any

from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, PaginatedRequestParams, RequestParams

from .. import documents

EXTENSION = "io.modelcontextprotocol/skills"
FRESH_MS = 3_600_000
"""The skill only changes with the process."""
KEPT: dict[str, Any] = {"resultType": "complete", "ttlMs": FRESH_MS, "cacheScope": "public"}


class GetSkillParams(RequestParams):
    """Which skill: the URI of its SKILL.md."""

    uri: str


def add_to(server: Server[Any]) -> None:
    """Declare the extension and answer its two methods, in both eras of the protocol."""
    server.extensions[EXTENSION] = {}
    server.add_request_handler("skills/list", PaginatedRequestParams, _list)
    server.add_request_handler("skills/get", GetSkillParams, _get)


async def _list(context: Any, params: PaginatedRequestParams) -> dict[str, Any]:
    if params.cursor is not None:
        raise MCPError(INVALID_PARAMS, "The list of skills has one page; there is no such cursor.")
    return {**KEPT, "skills": [skill()]}


async def _get(context: Any, params: GetSkillParams) -> dict[str, Any]:
    if params.uri != skill()["uri"]:
        raise MCPError(INVALID_PARAMS, f"There is no skill {params.uri[:200]!r}.", {"uri": params.uri[:200]})
    return {**KEPT, "skill": skill()}


@cache
def skill() -> dict[str, Any]:
    """The skill's entry: the URI of its SKILL.md, its front matter, and every file with digest and size in bytes."""
    files = [
        {"uri": uri, "digest": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}", "size": len(text.encode())}
        for uri, text in texts().items()
    ]
    return {"uri": files[0]["uri"], "frontmatter": front_matter(documents.skill()), "resources": files}


def text_of(uri: str) -> str | None:
    """The file of the skill at this URI; ``None`` where there is none."""
    return texts().get(uri) if uri.startswith("skill://") else None


@cache
def texts() -> dict[str, str]:
    """The skill's files by URI, SKILL.md first."""
    main = documents.skill()
    root = f"skill://{front_matter(main)['name']}"
    references = {f"{root}/references/{name}.md": documents.reference(name) for name in documents.reference_names()}
    return {f"{root}/SKILL.md": main, **references}


def front_matter(text: str) -> dict[str, str]:
    """The front matter of SKILL.md: words and folded texts, which is the YAML that ours is written in.

    Raises:
        ValueError: there is none, or it says something else.
    """
    found = re.match(r"\A---\n(.*?)\n---\n", text, flags=re.S)
    entries = re.findall(r"^([a-z-]+):(.*(?:\n[ ]+.*)*)$", found[1], flags=re.M) if found else []
    if found is None or "".join(f"{name}:{value}\n" for name, value in entries) != found[1] + "\n":
        raise ValueError("SKILL.md has no front matter that can be read")
    return {name: " ".join(re.sub(r"\A\s*>-\n", "", value).split()) for name, value in entries}
