"""What a create names must have been shown to this caller, in this region, by a read (R02-R05, R21, R26)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...api.kinds import DATASET, IMAGE_URI, INSTANCE_TYPE, TEMPLATE
from ...cloud.quotas import find_quota
from ...cloud.reads import read
from ...errors import DiscoveryRequired, NextStep, PaiError
from ...redaction.scan import harmless
from ...runtime import Call, Reply, Runtime
from ...shapes import walk
from ...state import StateUnavailable
from ..confirmation.snapshot import target_of
from ..validation.templates import content_of, learn_template, r26, r38, whole_job
from .ledger import Seen, find, remember, seen, shown_entries
from .lookup import MOST_LOOKUPS, Lookup, look_up, named_in
from .suggestions import LONGEST_VALUE_CHARS, Named, alternatives, next_step, reason_text

_PART = r"[A-Za-z0-9_-][A-Za-z0-9_.-]*"
BELOW = re.compile(rf"{_PART}(?:/{_PART})*(?::{_PART})?(?:@[a-z0-9]+:[0-9a-f]+)?")
"""What an image is called below a prefix: no blanks, nothing that a reader of paths would take for the way up."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that nothing has shown, what has been shown of its kind, and what a look for it gave (R55)."""

    item: Named
    known: list[Seen]
    lookup: Lookup | None

    def reason(self) -> str:
        """Why the value is refused and what it might be instead."""
        if self.lookup is None:
            return reason_text(self.item, self.known)
        if not self.lookup.is_gone:
            return f"{reason_text(self.item, self.known)}; it was taken over and could not be looked up"
        value, rule = repr(self.item.value[:LONGEST_VALUE_CHARS]), self.item.kind.rule
        near = f"; nearest that does: {', '.join(map(harmless, self.lookup.nearest))}" if self.lookup.nearest else ""
        ways = f"; {self.item.kind.ways}" if self.item.kind.ways else ""
        gone = f"was taken over and does not exist as {self.item.kind.words} here"
        return f"{self.item.field} {value} {gone}{near}{ways} ({rule}, R55)"


def named_values(call: Call) -> Iterator[Named]:
    """Every value of a call that something must have shown, in the order of the rules."""
    for leaf in call.operation.requirements:
        for field, value in walk(call.args, leaf.path) if leaf.argument in call.args else ():
            if leaf.kind is not None and isinstance(value, str) and value:
                yield Named(field, value, leaf.kind)


async def _of_template(call: Call, runtime: Runtime) -> list[Named]:
    """What the job gets from its template, under what the call gives itself."""
    job = await whole_job(call, runtime)
    own = {(item.field, item.value) for item in named_values(call)}
    return [item for item in named_in(job, call.operation) if (item.field, item.value) not in own]


async def check(call: Call, runtime: Runtime) -> None:
    """Refuse ids that no read has shown, all of them in one refusal.

    What was taken over unchanged from a record that the caller can read, a job's or a template's, is looked up (R55).

    Raises:
        DiscoveryRequired: with the calls that would show them.
        InvalidArguments: a field that the template locks, or one that it requires and the call does not give (R26).
        StateUnavailable: the ledger cannot be read.
    """
    from_template: list[Named] = []
    if call.operation.overlay and call.args.get(call.operation.overlay):
        await r26(call, runtime)
        from_template = await _of_template(call, runtime)
    taken_over = {(item.kind.name, item.value) for item in [*from_template, *await _of_record(call, runtime)]}
    missing: list[Missing] = []
    looked_up: dict[tuple[str, str], Lookup] = {}
    shown: dict[str, list[Seen]] = {}
    for item in [*named_values(call), *from_template]:
        if _is_trusted(item, call, runtime):
            continue
        key = (item.kind.name, item.value)
        entry = await find(runtime, call.caller, call.region, *key)
        if entry is None and key in taken_over and len(looked_up) < MOST_LOOKUPS:
            looked_up[key] = await look_up(call, runtime, item)
            entry = looked_up[key].entry
        if entry is None:
            if item.kind.name not in shown:
                shown[item.kind.name] = await seen(runtime, call.caller, call.region, item.kind.name)
            missing.append(Missing(item, shown[item.kind.name], looked_up.get(key)))
        elif item.kind is INSTANCE_TYPE:
            await _note_stock(call, runtime, item, entry)
        elif item.kind is DATASET and entry.about.get("Property") == "FILE":
            call.notice("R03", f"{item.field} {item.value} is a single file: it is mounted as one, not as a folder.")
    if looked_up:
        _note_found(call, looked_up)
    _refuse_missing(call, runtime, missing)
    await _advise(call, runtime, [one.item for one in missing])


async def _of_record(call: Call, runtime: Runtime) -> Iterable[Named]:
    """What stood in the record that the call's arguments were taken over from, or stands in what the call changes."""
    if call.known.record:
        return named_in(call.known.record, call.operation)
    if call.operation.target is None:
        return ()
    try:
        target = target_of(call)
        data = await read(call, runtime, target.reader.action_name, target.args) if target is not None else {}
    except PaiError:
        return ()
    call.known.workspace = str(data["WorkspaceId"]) if data.get("WorkspaceId") else None
    if call.operation.starts:
        r38(call.args, data)
    return named_in(content_of(data) or data, call.operation)


def _note_found(call: Call, looked_up: Mapping[tuple[str, str], Lookup]) -> None:
    found = [value for (_, value), lookup in looked_up.items() if lookup.entry is not None]
    if found:
        shown = ", ".join(harmless(value)[:LONGEST_VALUE_CHARS] for value in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        call.notice("R55", f"Taken over unchanged; looked up just now, and still there: {shown}{more}.")


MOST_EXPLAINED = 5
"""Values of one refusal whose reasons are worked out; the others are counted."""


def _of_each_kind(refused: list[Missing]) -> list[Missing]:
    """The first few of every kind: their next calls lead to the others too."""
    kinds = dict.fromkeys(one.item.kind.name for one in refused)
    return [one for kind in kinds for one in [two for two in refused if two.item.kind.name == kind][:MOST_EXPLAINED]]


def _refuse_missing(call: Call, runtime: Runtime, missing: list[Missing]) -> None:
    """One refusal for all that is more than advice."""
    refused = [one for one in missing if not one.item.kind.is_advice]
    if not refused:
        return
    first = refused[0].item
    what = "were not shown yet" if all(one.lookup is None for one in refused) else "were not found"
    count = f"{len(refused)} values {what}: " if len(refused) > 1 else ""
    explained = refused[:MOST_EXPLAINED]
    text = "; ".join(dict.fromkeys(one.reason() for one in explained))
    raise DiscoveryRequired(
        f"{count}{text}.",
        rule=first.kind.rule,
        field=first.field,
        next=_steps(next_step(one.item, one.known, call, runtime.offered) for one in _of_each_kind(refused)),
    )


async def _advise(call: Call, runtime: Runtime, missing: list[Named]) -> None:
    """R05: a quota that no read of the caller's showed is looked up in PAI Studio; a notice where that shows none."""
    for item in missing:
        if await find_quota(call, runtime, item.value) is None:
            message = f"Nothing showed the quota {item.value[:80]!r}; it is sent as the user gave it."
            call.notice(str(item.kind.rule), message)


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
    try:
        for reveals in call.operation.reveals:
            if reveals.kind == TEMPLATE.name:
                await learn_template(call, reply, runtime)
            else:
                await remember(
                    runtime, call.caller, call.region, reveals.kind, shown_entries(call, reply, runtime, reveals)
                )
    except StateUnavailable as failure:
        call.notice("R02", f"What this answer shows could not be remembered for later creates: {failure.message}")
