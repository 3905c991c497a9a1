"""What a rule is: a pure function of a call's arguments that raises, advises, or says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...arguments import nearest
from ...errors import InvalidArguments, NextStep, NoEffect, Notice, PaiError
from ...operation import Operation, snake


@dataclass(frozen=True, slots=True)
class Case:
    """Arguments by API name, as far as they are known.

    ``prefix`` stands before every path that is reported (``Content.`` inside a job template). ``partial`` says that
    what is missing may come later, so only what is there is checked. ``operation`` is the one that is called.
    """

    args: Mapping[str, Any]
    prefix: str = ""
    partial: bool = False
    operation: Operation | None = None

    def top(self, name: str) -> str:
        """Path of a top-level argument: its Python name, or its place inside the content."""
        return f"{self.prefix}{name}" if self.prefix else snake(name)

    def objects(self, name: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The objects of a list argument with their paths; anything else in it is the schema's business."""
        items = self.args.get(name)
        objects = enumerate(items if isinstance(items, list) else [])
        return [(f"{self.prefix}{name}[{index}]", item) for index, item in objects if isinstance(item, Mapping)]

    def part(self, name: str) -> Mapping[str, Any]:
        """An object argument, empty where it is missing or not an object."""
        value = self.args.get(name)
        return value if isinstance(value, Mapping) else {}


Rule = Callable[[Case], Notice | None]


def refuse(rule: str, field: str | None, message: str, *steps: NextStep) -> InvalidArguments:
    """The refusal of a call that breaks a rule of form."""
    return InvalidArguments(message, rule=rule, field=field, next=steps)


def no_effect(rule: str, field: str | None, message: str, *steps: NextStep) -> NoEffect:
    """The refusal of a call that the service would swallow."""
    return NoEffect(message, rule=rule, field=field, next=steps)


def is_given(value: Any) -> bool:
    """Whether a value says anything: empty text, lists and maps do not."""
    return value is not None and value not in ("", [], {})


def says_something(value: Any) -> bool:
    """Whether a value says what is wanted: blank text does not, nor a map of nothing but empty values."""
    if isinstance(value, Mapping):
        return any(says_something(inner) for inner in value.values())
    return is_given(value) and not (isinstance(value, str) and not value.strip())


def listing(case: Case, tool: str, why: str) -> NextStep:
    """The call of a list, of the workspace that the arguments name."""
    workspace = case.args.get("WorkspaceId")
    return NextStep(tool, {"workspace_id": str(workspace)} if says_something(workspace) else {}, why)


def closest(word: Any, legal: tuple[str, ...]) -> str:
    """`` (did you mean X?)``, or nothing where no legal value is near."""
    near = nearest(str(word), legal)
    return f" (did you mean {near[0]}?)" if near else ""


def with_region(refusal: PaiError, region: str) -> PaiError:
    """Name the region in the next calls that a refusal proposes (R75)."""
    refusal.next = [NextStep(step.tool, {"region": region, **step.arguments}, step.why) for step in refusal.next]
    return refusal
