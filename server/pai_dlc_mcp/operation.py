"""The language of the declarations: one operation of the cloud is one pydantic class under one decorator.

::

    @DLC.post("/api/v1/jobs/{JobId}/stop", STOP, "pai:StopJob", "jobs", example={"job_id": "dlc1abcd2345"})
    class StopJob(Input):
        '''Stop a job that has not finished. ...'''
        job_id: str = need("Job to stop.")

The class's name is the action, its docstring the tool's description, its fields the tool's schema. A field's API name
is its Python name in Pascal case unless ``api=`` says otherwise; where it travels follows from the path and the method
(path placeholders first, then GET and DELETE to the query, POST and PUT to the body) unless ``place=`` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, TypeVar

from pydantic.fields import FieldInfo

from .shapes import Input, Place, Wire, api_name, json_text, plain, wire_of

Method = Literal["GET", "POST", "PUT", "DELETE"]


class Effect(StrEnum):
    """What an operation does to the world. The HTTP verb hides it: StopJob is POST, GetToken hands out a credential."""

    READ = "read"
    CREATE = "create"
    WRITE = "write"
    STOP = "stop"
    DELETE = "delete"
    SPEND = "spend"
    EXPOSE = "expose"


READ, CREATE, WRITE, STOP, DELETE, SPEND, EXPOSE = Effect


@dataclass(frozen=True, slots=True)
class Rows:
    """The concise view of a list: where the rows are, and the columns a person looks at first."""

    path: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """The concise view of one thing: the fields a person looks at first, in order."""

    fields: tuple[str, ...]


View = Rows | Card


def rows(path: str, columns: str) -> Rows:
    return Rows(path, tuple(columns.split()))


def card(fields: str) -> Card:
    return Card(tuple(fields.split()))


@dataclass(frozen=True, slots=True)
class Reveals:
    """What an answer of this read teaches the discovery ledger.

    ``path`` leads to the objects (``Images`` for a list, ``""`` for the answer itself), ``key`` is the id that counts
    as seen, ``about`` the fields remembered beside it for suggestions (a name, an id, stock).
    """

    kind: str
    path: str
    key: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tool:
    """What every tool has, be it one operation or a composite of several."""

    name: str
    effect: Effect
    toolset: str
    inputs: type[Input]
    example: Mapping[str, Any] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """The docstring, with its line breaks folded."""
        return re.sub(r"\s+", " ", self.inputs.__doc__ or "").strip()

    @property
    def title(self) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", self.inputs.__name__).capitalize()

    @property
    def actions(self) -> tuple[str, ...]:
        """The RAM actions a call needs."""
        return ()

    @property
    def guarded(self) -> bool:
        """Whether R30 asks for a confirmation, whatever the operator sets."""
        return self.effect in (STOP, DELETE, SPEND)


@dataclass(frozen=True)
class Operation(Tool):
    """One operation of one service; everything the client, the guards and the documents need to know of it."""

    service: Service = field(kw_only=True)
    method: Method = field(kw_only=True)
    path: str = field(kw_only=True)
    ram_action: str = field(kw_only=True)
    view: View | None = field(default=None, kw_only=True)
    reveals: tuple[Reveals, ...] = field(default=(), kw_only=True)
    rules: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def action_name(self) -> str:
        return self.inputs.__name__

    @property
    def actions(self) -> tuple[str, ...]:
        return (self.ram_action,)

    @cached_property
    def fields(self) -> Mapping[str, tuple[str, Wire, Place]]:
        """Python name to (API name, wire facts, place), in declaration order."""
        return {name: self._travel(name, info) for name, info in self.inputs.model_fields.items()}

    def _travel(self, name: str, info: FieldInfo) -> tuple[str, Wire, Place]:
        wire, api = wire_of(info), api_name(name, info)
        default: Place = "query" if self.method in ("GET", "DELETE") else "body"
        place = "path" if f"{{{api}}}" in self.path else wire.place or default
        return api, wire, place

    @cached_property
    def has_body(self) -> bool:
        """Whether a body is sent at all: as the SDKs do, ``{}`` when body fields are declared but none is given."""
        return any(place == "body" for _, _, place in self.fields.values())

    def wire_arguments(self, inputs: Input) -> dict[str, Any]:
        """The given arguments by API name, in declaration order; what was not given is absent."""
        given = inputs.model_fields_set
        return {
            api: (json_text if wire.json_text else plain)(getattr(inputs, name))
            for name, (api, wire, _) in self.fields.items()
            if name in given
        }


InputT = TypeVar("InputT", bound=type[Input])


@dataclass(frozen=True)
class Service:
    """A product: its name on the wire, its version, and its declared operations by action name."""

    key: str
    version: str
    operations: dict[str, Operation] = field(default_factory=dict, repr=False, compare=False)

    def declare(
        self,
        method: Method,
        path: str,
        effect: Effect,
        action: str,
        toolset: str,
        *,
        example: Mapping[str, Any] | None = None,
        view: View | None = None,
        reveals: tuple[Reveals, ...] | Reveals = (),
        rules: str = "",
    ) -> Callable[[InputT], InputT]:
        """The decorator of a declaration. ``rules`` are the numbers (``"R30 R32"``) that guard it."""

        def register(inputs: InputT) -> InputT:
            name = inputs.__name__
            if name in self.operations:
                raise ValueError(f"{self.key} declares {name} twice")
            self.operations[name] = Operation(
                f"{self.key.replace('pai-', '')}_{snake(name)}",
                effect,
                toolset,
                inputs,
                example or {},
                service=self,
                method=method,
                path=path,
                ram_action=action,
                view=view,
                reveals=(reveals,) if isinstance(reveals, Reveals) else reveals,
                rules=tuple(rules.split()),
            )
            return inputs

        return register

    def get(self, path: str, effect: Effect, action: str, toolset: str, **more: Any) -> Callable[[InputT], InputT]:
        return self.declare("GET", path, effect, action, toolset, **more)

    def post(self, path: str, effect: Effect, action: str, toolset: str, **more: Any) -> Callable[[InputT], InputT]:
        return self.declare("POST", path, effect, action, toolset, **more)

    def put(self, path: str, effect: Effect, action: str, toolset: str, **more: Any) -> Callable[[InputT], InputT]:
        return self.declare("PUT", path, effect, action, toolset, **more)

    def delete(self, path: str, effect: Effect, action: str, toolset: str, **more: Any) -> Callable[[InputT], InputT]:
        return self.declare("DELETE", path, effect, action, toolset, **more)


def snake(name: str) -> str:
    """``GetJobSanityCheckResult`` to ``get_job_sanity_check_result``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


DLC = Service("pai-dlc", "2020-12-03")
AIWORKSPACE = Service("aiworkspace", "2021-02-04")
