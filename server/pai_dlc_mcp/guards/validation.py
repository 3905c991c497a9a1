"""Cross-field rules of a call's arguments, before anything is read or sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..runtime import Call, Runtime


async def check(call: Call, runtime: Runtime) -> None:
    """Run the rules of this operation."""


def special_refusals(tool_name: str, given: Mapping[str, Any]) -> None:
    """Refusals that know more than the schema, raised before it is asked."""
