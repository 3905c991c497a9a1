"""The language of the declarations: one operation of the cloud is one pydantic class under one decorator.

::

    @DLC.post("/api/v1/jobs/{JobId}/stop", STOP, "paidlc:StopJob", "jobs", example={"job_id": "dlc1abcd2345"})
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
from functools import cached_property
from typing import Any, Literal, TypeVar

from pydantic.fields import FieldInfo

from .config.settings import ALWAYS_CONFIRMED
from .shapes import (
    ADMIT,
    CREATE,
    DELETE,
    EXPOSE,
    FOREIGN,
    OVERWRITE,
    READ,
    REDIRECT,
    SPEND,
    STOP,
    WRITE,
    Effect,
    FieldRisk,
    Input,
    Kind,
    Leaf,
    Place,
    Wire,
    api_name,
    json_text,
    kind_of,
    leaves,
    plain,
    snake,
    walk,
    wire_of,
)
from .timestamps import utc_text
from .traits import Card, Find, Lines, Precondition, Reveals, Rows, Samples, Sorting, Target, View, card, rows, samples

__all__ = [
    "ADMIT", "AIWORKSPACE", "CREATE", "DELETE", "DLC", "EXPOSE", "FOREIGN", "OVERWRITE", "READ", "REDIRECT", "SPEND",
    "STOP", "STUDIO", "WRITE", "Card", "Effect", "FieldRisk", "Find", "Kind", "Lines", "Operation", "Precondition",
    "Reveals", "Rows", "Samples", "Service", "Sorting", "Target", "Tool", "View", "card", "rows", "samples", "snake",
]  # fmt: skip

Method = Literal["GET", "POST", "PUT", "DELETE"]
Confidence = Literal["official", "secondary", "conflict"]
"""How sure a fact is: a page of the service names it; it follows from its neighbours; pages say different things."""


@dataclass(frozen=True)
class Tool:
    """What every tool has, be it one operation or a composite of several."""

    name: str
    effect: Effect
    toolset: str
    inputs: type[Input]
    example: Mapping[str, Any] = field(default_factory=dict)
    presets: tuple[str, ...] = field(default=(), kw_only=True)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every declared field at any depth."""
        return tuple(leaves(self.inputs))

    @property
    def description(self) -> str:
        """The docstring, with its line breaks folded."""
        return re.sub(r"\s+", " ", self.inputs.__doc__ or "").strip()

    @property
    def title(self) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", self.inputs.__name__).capitalize()

    @property
    def actions(self) -> tuple[str, ...]:
        """The RAM actions that every call needs."""
        return ()

    @cached_property
    def field_actions(self) -> Mapping[str, str]:
        """RAM actions that a call needs where it gives a field: the field's path to the action."""
        found = ((leaf.path, leaf.kind.action) for leaf in self.leaves if leaf.kind is not None and leaf.kind.action)
        return {} if self.effect is READ else dict(found)

    @property
    def guarded(self) -> bool:
        """Whether R30 asks for a confirmation of every call, whatever the operator sets."""
        return not ALWAYS_CONFIRMED.isdisjoint({self.effect.value})

    @cached_property
    def possible_risks(self) -> frozenset[str]:
        """What some call of this tool may do, by the names of ``--confirm`` (and ``read`` and ``write``)."""
        return frozenset({self.effect.value})

    @property
    def may_be_confirmed(self) -> bool:
        """Whether R30 asks for a confirmation of some call, whatever the operator sets."""
        return not self.possible_risks.isdisjoint(ALWAYS_CONFIRMED)

    @property
    def may_destroy(self) -> bool:
        """Whether some call ends, erases, redirects or costs something; others add, or change what is one's own."""
        return not self.possible_risks.isdisjoint({STOP.value, DELETE.value, SPEND.value, REDIRECT.value})

    @property
    def risk_text(self) -> str:
        """The risk in a word or two, as catalogues and documents show it."""
        if self.guarded:
            return f"{self.effect.value}, confirmed"
        return self.effect.value + (", sometimes confirmed" if self.may_be_confirmed else "")


@dataclass(frozen=True)
class Operation(Tool):
    """One operation of one service; everything the client, the guards and the documents need to know of it.

    ``risks`` are effects beside ``effect`` that every call has, whatever its arguments. ``lost`` says in words what an
    act takes away or costs. ``hands_out`` is the field of the answer whose purpose is to be a secret (R65). ``starts``
    says that the arguments describe machines: the pods of a new job, of one that is changed, or another instance.
    ``precondition`` is the state that the target must not be in. ``overlay`` is the argument that
    names a template whose content the call's arguments are laid over (R26). ``is_awaited``: the effect shows later and
    can be waited for. ``adds``: repeating it adds once more. ``is_account_wide``: it reads what no workspace owns.
    ``touches_any_job``: it acts on jobs that it does not name in its path. ``also_reads`` are operations that the
    guards call for it beside the read of its target and the look by name. ``ram_actions`` are what RAM checks, as
    sure as ``action_confidence`` says; ``or_actions`` what another official source calls the same.
    """

    service: Service = field(kw_only=True)
    method: Method = field(kw_only=True)
    path: str = field(kw_only=True)
    ram_actions: tuple[str, ...] = field(kw_only=True)
    action_confidence: Confidence = field(default="official", kw_only=True)
    or_actions: tuple[str, ...] = field(default=(), kw_only=True)
    view: View | None = field(default=None, kw_only=True)
    reveals: tuple[Reveals, ...] = field(default=(), kw_only=True)
    declared_rules: tuple[str, ...] = field(default=(), kw_only=True)
    risks: tuple[Effect, ...] = field(default=(), kw_only=True)
    target: Target | None = field(default=None, kw_only=True)
    find: Find | None = field(default=None, kw_only=True)
    lines: Lines | None = field(default=None, kw_only=True)
    sorting: Sorting | None = field(default=None, kw_only=True)
    lost: str = field(default="", kw_only=True)
    hands_out: str = field(default="", kw_only=True)
    starts: Literal["", "job", "change", "instance"] = field(default="", kw_only=True)
    precondition: Precondition | None = field(default=None, kw_only=True)
    overlay: str = field(default="", kw_only=True)
    is_awaited: bool = field(default=False, kw_only=True)
    adds: bool = field(default=False, kw_only=True)
    is_account_wide: bool = field(default=False, kw_only=True)
    touches_any_job: bool = field(default=False, kw_only=True)
    also_reads: tuple[str, ...] = field(default=(), kw_only=True)

    @cached_property
    def action_name(self) -> str:
        return self.inputs.__name__

    @cached_property
    def path_names(self) -> tuple[str, ...]:
        """The arguments in the path, by API name: they name what the call is about."""
        return tuple(api for api, _, place in self.fields.values() if place == "path")

    @cached_property
    def searches(self) -> Mapping[str, tuple[str, ...]]:
        """The arguments whose words the service looks for in text, by API name, with the row's fields that hold it."""
        return {api: wire.searches for api, wire, _ in self.fields.values() if wire.searches}

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """The numbers of the rules that guard it: those declared, and those that follow from its fields and effects."""
        follow = [
            ("R30", self.may_be_confirmed), ("R37", self.may_be_foreign), ("R39", ADMIT.value in self.possible_risks),
            ("R38", any(leaf.wire.address for leaf in self.leaves)), ("R48", self.precondition is not None),
        ]  # fmt: skip
        kinds = {leaf.kind.rule for leaf in self.requirements if leaf.kind and leaf.kind.rule}
        more = {number for number, holds in follow if holds and self.effect is not READ}
        return tuple(dict.fromkeys((*self.declared_rules, *sorted(kinds | more))))

    @cached_property
    def requirements(self) -> tuple[Leaf, ...]:
        """The fields beside the path whose value a read must have shown, in the order of their rules."""
        if self.effect is READ:
            return ()
        named = [leaf for leaf in self.leaves if leaf.kind and leaf.kind.rule and leaf.path not in self.path_names]
        return tuple(sorted(named, key=lambda leaf: str(leaf.kind and leaf.kind.rule)))

    @property
    def ram_action(self) -> str:
        """The first of its RAM actions, the one that names the operation."""
        return self.ram_actions[0]

    @property
    def actions(self) -> tuple[str, ...]:
        return self.ram_actions

    @property
    def other_spellings(self) -> tuple[str, ...]:
        """The actions as the sources that disagree with ours write them."""
        respelled = (action.split(":", 1) for action in self.ram_actions)
        prefixed = (
            f"{self.service.other_prefixes[space]}:{name}"
            for space, name in respelled
            if space in self.service.other_prefixes
        )
        return (*prefixed, *self.or_actions)

    def actions_of(self, args: Mapping[str, Any]) -> tuple[str, ...]:
        """The RAM actions that a call with these arguments needs."""
        given = (action for path, action in self.field_actions.items() if any(one for _, one in walk(args, path)))
        return tuple(dict.fromkeys((*self.ram_actions, *given)))

    @cached_property
    def _field_risks(self) -> tuple[tuple[str, str, FieldRisk], ...]:
        risks = ((one, one.wire.risk or getattr(one.kind, "risk", None)) for one in self.leaves)
        return tuple((o.argument, o.path.removesuffix("[]"), risk) for o, risk in risks if risk and self.effect != READ)

    @cached_property
    def possible_risks(self) -> frozenset[str]:
        by_field = [risk.effect for _, _, risk in self._field_risks]
        foreign = [FOREIGN] if self.may_be_foreign else []
        return frozenset(effect.value for effect in (self.effect, *self.risks, *by_field, *foreign))

    @cached_property
    def may_be_foreign(self) -> bool:
        """Whether a call writes to something that may belong to another person (R37)."""
        if self.effect in (READ, CREATE):
            return self.effect is CREATE and self.target is not None
        return self.target is not None or any(leaf.wire.about for leaf in self.leaves) or self.touches_any_job

    @property
    def guarded(self) -> bool:
        return not ALWAYS_CONFIRMED.isdisjoint({effect.value for effect in (self.effect, *self.risks)})

    @property
    def needs_target(self) -> bool:
        """Whether what a call does depends on the state of its target."""
        return any(risk.needs_target for _, _, risk in self._field_risks)

    def risks_of(self, args: Mapping[str, Any], target: Mapping[str, Any] | None = None) -> frozenset[str]:
        """What a call with these arguments may do to a target in this state (R30).

        An operation has one declared effect, but an update can show something to others or set an end to it, and a
        create can do both at once. What ``--confirm`` asks for is asked of all of these. Without the target's state
        what depends on it counts.
        """
        found = {self.effect, *self.risks}
        for argument, path, risk in self._field_risks:
            given = walk(args, path) if argument in args else ()
            if any(value is not None and risk.applies(value, target) for _, value in given):
                found.add(risk.effect)
        return frozenset(effect.value for effect in found)

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

    @cached_property
    def _sent_defaults(self) -> Mapping[str, tuple[Any, bool]]:
        """By API name what is sent unless given, and whether it is a time."""
        infos = self.inputs.model_fields
        found = {
            api: (wire.sent_default, getattr(kind_of(infos[name]), "name", "") == "time")
            for name, (api, wire, _) in self.fields.items()
            if wire.sent_default is not None
        }
        return {self.lines.count: (self.lines.default, False), **found} if self.lines is not None else found

    def with_defaults(self, args: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Arguments by API name with the windows and defaults that are always sent explicitly (R66).

        ``now`` is seconds since the epoch; a relative window counts from there.
        """
        whole = dict(args)
        for api, (default, is_time) in self._sent_defaults.items():
            if whole.get(api) is None:
                value = default(args) if callable(default) else default
                whole |= {api: utc_text(value, now) if is_time else value} if value is not None else {}
        return whole

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
    """A product: its name on the wire, its version, and its declared operations by action name.

    ``other_prefixes``: a prefix of RAM actions to the one that other official sources write in its place.
    """

    key: str
    version: str
    other_prefixes: Mapping[str, str] = field(default_factory=dict, compare=False)
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
        presets: str = "",
        also_reads: str = "",
        or_action: str = "",
        **more: Any,
    ) -> Callable[[InputT], InputT]:
        """The decorator of a declaration.

        ``action`` is the RAM action, several with blanks between them, and ``or_action`` what other sources call it.
        ``rules`` are the numbers (``"R32 R36"``) that guard it and do not follow from its fields; ``presets`` the
        selections of tools it belongs to; ``more`` is the rest of :class:`Operation`.
        """

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
                ram_actions=tuple(action.split()),
                or_actions=tuple(or_action.split()),
                view=view,
                reveals=(reveals,) if isinstance(reveals, Reveals) else reveals,
                declared_rules=tuple(rules.split()),
                presets=tuple(presets.split()),
                also_reads=tuple(also_reads.split()),
                **more,
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


DLC = Service("pai-dlc", "2020-12-03", {"paidlc": "pai"})
AIWORKSPACE = Service("aiworkspace", "2021-02-04", {"paiworkspace": "aiworkspace"})
STUDIO = Service("pai", "2022-01-12", {"paistudio": "pai"})
