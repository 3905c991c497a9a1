"""What a create names must have been shown to this caller, in this region, by a read (R02-R05, R21, R26)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...api.kinds import IMAGE_URI, INSTANCE_TYPE, TEMPLATE
from ...errors import DiscoveryRequired, NextStep
from ...operation import READ, Reveals
from ...runtime import Call, Reply, Runtime
from ...shapes import walk
from ...state import StateUnavailable
from ..validation.templates import learn_template, r26
from .ledger import Seen, find, remember, seen
from .suggestions import Named, alternatives, next_step, reason_text

MOST_LEARNT_ROWS = 10_000
"""Rows of one answer that are remembered."""
LONGEST_ID_CHARS = 1_024
_PART = r"[A-Za-z0-9_-][A-Za-z0-9_.-]*"
BELOW = re.compile(rf"{_PART}(?:/{_PART})*(?::{_PART})?(?:@[a-z0-9]+:[0-9a-f]+)?")
"""What an image is called below a prefix: no blanks, nothing that a reader of paths would take for the way up."""


def named_values(call: Call) -> Iterator[Named]:
    """Every value of a call that something must have shown, in the order of the rules."""
    for leaf in call.operation.requirements:
        for field, value in walk(call.args, leaf.path):
            if leaf.kind is not None and isinstance(value, str) and value:
                yield Named(field, value, leaf.kind)


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse ids that no read has shown, all of them in one refusal.

    Raises:
        DiscoveryRequired: with the calls that would show them.
        InvalidArguments: a field that the template locks, or one that it requires and the call does not give (R26).
        StateUnavailable: the ledger cannot be read.
    """
    missing: list[tuple[Named, list[Seen]]] = []
    for item in named_values(call):
        if _is_trusted(item, call, runtime):
            continue
        entry = await find(runtime, call.caller, call.region, item.kind.name, item.value)
        if entry is None:
            missing.append((item, await seen(runtime, call.caller, call.region, item.kind.name)))
        elif item.kind is INSTANCE_TYPE:
            await _note_stock(call, runtime, item, entry)
    _refuse_missing(call, runtime, missing)
    if call.operation.overlay and call.args.get(call.operation.overlay):
        await r26(call, runtime)


def _refuse_missing(call: Call, runtime: Runtime, missing: list[tuple[Named, list[Seen]]]) -> None:
    """Notices for what is only advice, one refusal for the rest."""
    for item in [item for item, _ in missing if item.kind.is_advice]:
        call.notice(
            str(item.kind.rule), f"No listing showed the quota {item.value[:80]!r}; it is sent as the user gave it."
        )
    refused = [(item, known) for item, known in missing if not item.kind.is_advice]
    if not refused:
        return
    first = refused[0][0]
    count = f"{len(refused)} values were not shown yet: " if len(refused) > 1 else ""
    text = "; ".join(dict.fromkeys(reason_text(item, known) for item, known in refused[:5]))
    raise DiscoveryRequired(
        f"{count}{text}.",
        rule=first.kind.rule,
        field=first.field,
        next=_steps(next_step(item, known, call, runtime.offered) for item, known in refused),
    )


def _steps(steps: Iterable[NextStep]) -> list[NextStep]:
    """Each call once."""
    once: dict[str, NextStep] = {}
    for one_step in steps:
        once.setdefault(f"{one_step.tool} {sorted(one_step.arguments.items())}", one_step)
    return list(once.values())


def _is_trusted(item: Named, call: Call, runtime: Runtime) -> bool:
    """Images of a registry that the operator named pass, and the answer says so."""
    if item.kind is not IMAGE_URI:
        return False
    for prefix in runtime.settings.image_prefixes:
        root = prefix.rstrip("/")
        if root and item.value.startswith(f"{root}/") and BELOW.fullmatch(item.value, len(root) + 1):
            call.notice("R02", f"{item.field} passed by the operator's setting image_prefixes; no listing showed it.")
            return True
    return False


async def _note_stock(call: Call, runtime: Runtime, item: Named, spec: Seen) -> None:
    """R21: a type that was out of stock when it was listed gets a notice with others that were not."""
    if spec.about.get("IsAvailable") is not False:
        return
    others = alternatives(spec, await seen(runtime, call.caller, call.region, "ecs_spec"))
    instead = f"; in stock with as many GPUs: {', '.join(others)}" if others else ""
    call.notice("R21", f"{item.field} {item.value} was out of stock when it was listed{instead}.")


async def learn(call: Call, reply: Reply, runtime: Runtime) -> None:
    """Store what an answer shows. A state store that fails makes no error of a good answer: creates will be refused."""
    if call.tool.effect is not READ:
        return
    try:
        for reveals in call.operation.reveals:
            if reveals.kind == TEMPLATE.name:
                await learn_template(call, reply, runtime)
            else:
                await remember(runtime, call.caller, call.region, reveals.kind, _shown(call, reply, runtime, reveals))
    except StateUnavailable as failure:
        call.notice("R02", f"What this answer shows could not be remembered for later creates: {failure.message}")


def _shown(call: Call, reply: Reply, runtime: Runtime, reveals: Reveals) -> list[Seen]:
    found: dict[str, Seen] = {}
    for row in _rows(reply.data, reveals.path)[:MOST_LEARNT_ROWS]:
        about = _about(row, reveals, call)
        id = _id(reveals.kind, row.get(reveals.key), about)
        if id:
            found[id] = Seen(id, about, runtime.now(), call.tool.name)
    return list(found.values())


def _rows(data: Mapping[str, Any], path: str) -> list[Mapping[str, Any]]:
    """The objects at this dotted path of an answer, through lists; without a path the answer itself."""
    rows: list[Any] = [data]
    for step in path.split(".") if path else ():
        found = [row.get(step) for row in rows if isinstance(row, Mapping)]
        rows = [item for value in found for item in (value if isinstance(value, list) else [value])]
    return [row for row in rows if isinstance(row, Mapping)]


def _about(row: Mapping[str, Any], reveals: Reveals, call: Call) -> dict[str, Any]:
    """What is remembered beside the id. The answer about one thing leaves out the id it was asked by."""
    kept = {name: row[name] for name in reveals.about if isinstance(row.get(name), (str, int, float, bool))}
    if not reveals.path:
        kept |= {name: call.args[name] for name in call.operation.path_names if name in call.args and name not in row}
    return {name: value[:LONGEST_ID_CHARS] if isinstance(value, str) else value for name, value in kept.items()}


def _id(kind: str, value: Any, about: Mapping[str, Any]) -> str | None:
    if not isinstance(value, (str, int)) or isinstance(value, bool) or not 0 < len(str(value)) <= LONGEST_ID_CHARS:
        return None
    # A label is the pair (R46): one key has many values.
    return f"{value}={about.get('Value', '')}" if kind == "image_label" else str(value)
