"""From what a client sent to validated arguments: names, spellings and the forms that models really send.

An object or a list is also taken as its JSON text, a number as text, an all-digit id as a number; ``null`` is the same
as leaving the argument out. Everything else is refused with the field and the nearest value that would be right. Beside
an operation's own arguments stand the controls: region, view, sizes, token.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, Literal, TypeVar

from pydantic import ValidationError
from pydantic.alias_generators import to_pascal

from .coercion import coerce, is_absent
from .config.settings import ALWAYS_CONFIRMED, Settings
from .errors import InvalidArguments, NextStep, PaiError
from .operation import Effect, Operation, Rows, Samples, Tool
from .runtime import DEFAULT_CHARS, MOST_CHARS, Controls
from .shapes import Input, api_name, may, shape_in, wire_of

InputType = type[Input]
Valid = TypeVar("Valid", bound=Input)
FaultT = TypeVar("FaultT", bound=PaiError)
MOST_FAULTS = 8
"""Faults of one call that are spelled out; more are counted."""
MOST_EXPLAINED = 100
NAME_CHARS = 200
"""Of an unknown name so much is compared with the known ones."""
"""Faults of values that are looked into; a list of half a million wrong items must not hold up other calls (R77)."""


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Valid]):
    """Arguments as far as they could be read.

    ``inputs`` is ``None`` where there are ``faults``; ``raw`` holds what was given by API name, JSON texts read, for
    the rules that look across fields.
    """

    inputs: Valid | None
    raw: Mapping[str, Any]
    faults: list[InvalidArguments]


def validate(inputs: type[Valid], given: Mapping[str, Any], *, tool: str) -> Valid:
    """The validated arguments.

    Raises:
        InvalidArguments: an unknown or missing argument, a wrong type or value, all of them in one refusal.
    """
    parsed = parse(inputs, given, tool=tool)
    if parsed.inputs is None:
        raise combined(parsed.faults)
    return parsed.inputs


def parse(
    inputs: type[Valid], given: Mapping[str, Any], *, tool: str, known: Iterable[str] = (), is_read: bool = False
) -> Parsed[Valid]:
    """Read arguments and find every fault of names, types and values.

    ``known`` are further names to propose; an empty text for an optional argument of a read is absent (R76).
    """
    given = _gathered(inputs, given)
    named, faults = _by_python_name(inputs, given, tool, [*inputs.model_fields, *known])
    opened: dict[str, Any] = {}
    unreadable: set[str] = set()
    for name, value in named.items():
        info = inputs.model_fields[name]
        if is_read and is_absent(info, value):
            continue
        try:
            opened[name] = coerce(info, name, value)
        except InvalidArguments as fault:
            faults.append(fault)
            unreadable.add(name)
    raw = {api_name(name, inputs.model_fields[name]): value for name, value in opened.items()}
    unread = {_pascal(key): value for key, value in given.items() if key not in named and value is not None}
    raw = {**unread, **raw}
    try:
        valid = inputs.model_validate(opened)
    except ValidationError as failure:
        faults += [fault for fault in _explained(inputs, failure) if fault.field not in unreadable]
        return Parsed(None, raw, faults)
    return Parsed(None if faults else valid, raw, faults)


def _gathered(inputs: InputType, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the inputs do not know themselves, put into the object that gathers it (``Input.gathers``)."""
    place = inputs.gathers
    own = {*inputs.model_fields, *_spelling(inputs)}
    rest = {name: value for name, value in given.items() if name not in own}
    if not place or not rest:
        return given
    held = coerce(inputs.model_fields[place], place, given.get(place) or {})
    return {name: value for name, value in given.items() if name in own} | {place: {**held, **rest}}


def combined(faults: Sequence[FaultT]) -> FaultT:
    """One refusal for all faults of a call: the first one's kind, rule and field, the words and next calls of all."""
    first = faults[0]
    if len(faults) == 1:
        return first
    texts = [fault.message.rstrip(".") for fault in faults[:MOST_FAULTS]]
    more = [f"{len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
    steps = {f"{step.tool} {sorted(map(str, step.arguments.items()))}": step for fault in faults for step in fault.next}
    count = f"{len(faults)} faults" if len(faults) < MOST_EXPLAINED else f"{MOST_EXPLAINED} faults or more"
    message = f"{count}: {'; '.join([*texts, *more])}."
    made = type(first)(message, rule=first.rule, field=first.field, next=list(steps.values()))
    made.several = list(faults)
    return made


def _pascal(key: object) -> str:
    return str(key) if str(key)[:1].isupper() else to_pascal(str(key))


def _by_python_name(
    inputs: InputType, given: Mapping[str, Any], tool: str, known: Sequence[str]
) -> tuple[dict[str, Any], list[InvalidArguments]]:
    spelling = _spelling(inputs)
    named: dict[str, Any] = {}
    faults: list[InvalidArguments] = []
    for key, value in given.items():
        name = key if key in inputs.model_fields else spelling.get(key)
        if name is None and len(faults) >= MOST_EXPLAINED:
            continue  # looking for the nearest names takes time, which a caller must not use up for all
        if name is None:
            faults.append(unknown(key, known, f"{tool} has no argument {_shown(key)}", rule="R29"))
        elif name in named:
            faults.append(InvalidArguments(f"{name} is given twice, once as {_shown(key)}.", field=name))
        elif value is not None:
            named[name] = value
    return named, faults


@lru_cache(maxsize=256)
def _spelling(inputs: InputType) -> Mapping[str, str]:
    return {api_name(name, info): name for name, info in inputs.model_fields.items()}


def unknown(key: str, known: Iterable[str], what: str, *, rule: str | None = None) -> InvalidArguments:
    """The refusal of an unknown name, with the nearest known ones."""
    names = list(known)
    near = nearest(key, names)
    hint = f"did you mean {', '.join(near)}?" if near else f"it takes {', '.join(names) or 'none'}"
    return InvalidArguments(f"{what}; {hint[:600]}", rule=rule, field=str(key)[:80])


def nearest(word: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Known names closest to a word, case and underscores aside."""
    plain = {name.replace("_", "").lower(): name for name in known}
    found = difflib.get_close_matches(word[:NAME_CHARS].replace("_", "").lower(), plain, n=most, cutoff=0.5)
    return [plain[name] for name in found]


def _explained(inputs: InputType, failure: ValidationError) -> list[InvalidArguments]:
    """The faults in words, each with the rule of its field; no more than ``MOST_EXPLAINED``."""
    faults = []
    for fault in failure.errors(include_url=False)[:MOST_EXPLAINED]:
        path = _path(inputs, fault["loc"])
        message = f"{path}{_reason(inputs, fault)}."
        is_unknown = fault["type"] == "extra_forbidden"
        rule = "R29" if is_unknown else fault.get("ctx", {}).get("rule") or _rule(inputs, fault["loc"])
        faults.append(InvalidArguments(message, rule=rule, field=path, next=_lists(path)))
    return faults


def _lists(path: str) -> list[NextStep]:
    """The call that shows what is missing, where one without arguments does."""
    known = path.rpartition(".")[2] in ("workspace_id", "WorkspaceId")
    return [NextStep("aiworkspace_list_workspaces", {}, "Shows the workspaces and their ids.")] if known else []


_OBJECT = re.compile(r"a valid dictionary(?: or instance of \w+)?")
_SUBJECT = re.compile(r"(?:Input|String|List|Dictionary|Value|Data|Object) (?=should )")
"""What pydantic calls a value; the sentence begins with the field instead, for ``token: input should …`` reads like a
secret and would be masked."""


def _reason(inputs: InputType, fault: Any) -> str:
    """What follows the field's path, with the blank or colon before it."""
    kind, value = fault["type"], fault.get("input")
    if kind == "missing":
        return " is required"
    if kind == "extra_forbidden":
        near = nearest(str(fault["loc"][-1]), _names_at(inputs, fault["loc"][:-1]))
        return " is not a field here" + (f" (did you mean {', '.join(near)}?)" if near else "")
    if kind == "literal_error":
        expected = fault["ctx"]["expected"]
        near = nearest(str(value), [part.strip("' ") for part in expected.replace(" or ", ",").split(",")], most=1)
        return f" must be {expected}, exact case" + (f" (did you mean {near[0]}?)" if near else "")
    said = _OBJECT.sub("an object", str(fault["msg"]))
    subject = _SUBJECT.match(said)
    return f" {said[subject.end() :]}" if subject else f": {said[:1].lower()}{said[1:]}"


def _rule(inputs: InputType, location: tuple[int | str, ...]) -> str | None:
    """The rule that the innermost declared field on the way to a fault stands for, if any."""
    ends = range(len(location), 0, -1)
    found = (getattr(_model_at(inputs, location[: end - 1]), "model_fields", {}).get(location[end - 1]) for end in ends)
    info = next((info for info in found if info is not None), None)
    return wire_of(info).rule if info else None


def _names_at(inputs: InputType, location: tuple[int | str, ...]) -> list[str]:
    """Field names of the shape that a fault's location leads to."""
    return list(getattr(_model_at(inputs, location), "model_fields", {}))


def _model_at(inputs: InputType, location: tuple[int | str, ...]) -> Any:
    model: Any = inputs
    for step in location:
        if isinstance(step, int) or not hasattr(model, "model_fields") or step not in model.model_fields:
            continue
        model = shape_in(model.model_fields[step].annotation) or model
    return model


def _path(inputs: InputType, location: tuple[int | str, ...]) -> str:
    """``('job_specs', 0, 'Image')`` as ``JobSpecs[0].Image``; a plain top-level argument keeps its Python name."""
    head, *rest = location
    info = inputs.model_fields.get(str(head))
    path = api_name(str(head), info) if info and rest else str(head)
    for step in rest:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path


def _shown(key: object) -> str:
    return repr(str(key)[:60])


class ControlInput(Input):
    region: str | None = may("Region id such as cn-hangzhou.", pattern=r"^[a-z0-9-]{1,40}$", rule="R75")
    view: Literal["concise", "full", "chart"] | None = may("full: every point; chart: a PNG.")
    max_chars: int | None = may("Longest result, in characters.", ge=500, le=MOST_CHARS)
    confirmation_token: str | None = may("From the preview.", hint=True, max_length=2000)
    allow_duplicate: bool | None = may("Create although one of that name was just made.")
    wait_seconds: int | None = may("Wait this long for the effect to show.", ge=0, le=20)
    preview_page: int | None = may("Page of a long preview.", ge=1, le=200)


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
    if not tool.possible_risks.isdisjoint(settings.confirm | ALWAYS_CONFIRMED):
        names.append("confirmation_token")
    return tuple(names)


def accepted(tool: Tool, settings: Settings) -> tuple[str, ...]:
    """Controls that a call may carry: those taken, and the harmless ones on every tool."""
    paged = ("preview_page",) if "confirmation_token" in taken(tool, settings) else ()
    return tuple(dict.fromkeys((*taken(tool, settings), "view", "max_chars", *paged)))


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
        preview_page=given.preview_page or 1,
    )
