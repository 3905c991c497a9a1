"""A job template's content: an object for callers, JSON text on the wire and in the service's answers (R51)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def opened(content: Any) -> dict[str, Any] | None:
    """A content as an object, whoever wrote it; ``None`` where it is none."""
    try:
        value = json.loads(content) if isinstance(content, str) else content
    except (ValueError, RecursionError):
        return None
    return dict(value) if isinstance(value, Mapping) else None


def content_of(template: Mapping[str, Any]) -> dict[str, Any] | None:
    """The content of a template that was read in one version."""
    return opened(_version(template).get("Content"))


def constraints_of(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """The constraints of a template that was read in one version."""
    found = _version(template).get("Constraints")
    return found if isinstance(found, Mapping) else {}


def _version(template: Mapping[str, Any]) -> Mapping[str, Any]:
    versions = template.get("Versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    return first if isinstance(first, Mapping) else {}
