"""The arguments of ours that tools take beside the operation's own: region, view, sizes, tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..config.settings import ALWAYS_CONFIRMED, Settings
from ..guards.confirmation.risks import possible_risks
from ..operation import Effect, Operation, Rows, Samples, Tool
from ..runtime import DEFAULT_CHARS, MOST_CHARS, Controls
from ..shapes import Input, may


class ControlInput(Input):
    region: str | None = may("Region id such as cn-hangzhou.", pattern=r"^[a-z0-9-]{1,40}$", rule="R75")
    view: Literal["concise", "full", "chart"] | None = may("full: every point; chart: a PNG.")
    max_chars: int | None = may("Longest result, in characters.", ge=500, le=MOST_CHARS)
    confirmation_token: str | None = may(
        "Token of the preview that a call without it gives.", hint=True, max_length=2000
    )
    allow_duplicate: bool | None = may("Create although one of that name was just made.")
    wait_seconds: int | None = may("Wait this long for the effect to show.", ge=0, le=20)


class PlainControlInput(ControlInput):
    view: Literal["concise", "full"] | None = may("full gives the API's whole answer.")


def controls_of(tool: Tool) -> type[ControlInput]:
    """The controls in the form in which this tool takes them: only metrics can be drawn."""
    return ControlInput if isinstance(tool, Operation) and isinstance(tool.view, Samples) else PlainControlInput


def taken(tool: Tool, settings: Settings) -> tuple[str, ...]:
    """The controls that a tool takes."""
    names = ["region"]
    if isinstance(tool, Operation):
        if tool.view is not None:
            names.append("view")
        if isinstance(tool.view, Rows | Samples) or tool.lines is not None:
            names.append("max_chars")
        if tool.find is not None and tool.find.is_checked_before:
            names.append("allow_duplicate")
        if tool.is_awaited:
            names.append("wait_seconds")
    if not possible_risks(tool).isdisjoint(settings.confirm | ALWAYS_CONFIRMED):
        names.append("confirmation_token")
    return tuple(names)


def accepted(tool: Tool, settings: Settings) -> tuple[str, ...]:
    """Controls that a call may carry: those taken, and the harmless ones on every tool."""
    return tuple(dict.fromkeys((*taken(tool, settings), "view", "max_chars")))


def split(tool: Tool, given: Mapping[str, Any], settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """A call's arguments, apart: the operation's own, and ours; both as they came."""
    ours = {name for name in accepted(tool, settings) if name not in tool.inputs.model_fields}
    own = {name: value for name, value in given.items() if name not in ours}
    return own, {name: given[name] for name in ours if name in given}


def resolved(given: ControlInput, tool: Tool) -> Controls:
    return Controls(
        view=given.view or "concise",
        max_chars=given.max_chars or DEFAULT_CHARS,
        confirmation_token=given.confirmation_token,
        allow_duplicate=bool(given.allow_duplicate),
        wait_seconds=given.wait_seconds
        if given.wait_seconds is not None
        else (10 if tool.effect is Effect.STOP else 0),
    )
