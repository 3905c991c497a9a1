"""What to say about an id that no read has shown: the nearest ones that were, and the call that would show it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import Any

from ...api.kinds import is_official_image
from ...errors import NextStep
from ...runtime import Call
from ...shapes import Kind
from .ledger import Seen


@dataclass(frozen=True, slots=True)
class Named:
    """One value that a call names and that a read must have shown: where it stands, and as what."""

    field: str
    value: str
    kind: Kind


LONGEST_VALUE_CHARS = 160
"""Characters of a value that are repeated; the whole one stands in the call."""
MOST_COMPARED = 2_000
MOST_ALIGNED = 20
COMPARED_CHARS = 200
"""Characters at the end of an id by which it is compared: addresses differ there."""
NAMES = ("Name", "DisplayName", "ImageId")
"""Fields that tell one from others beside the id; a GPU type or a resource kind does not."""


def intended(value: str, known: list[Seen]) -> Seen | None:
    """The entry whose name or other id was given in place of its id (R02)."""
    wanted = value.casefold()
    for one in known:
        if wanted in [str(one.about[name]).casefold() for name in NAMES if name in one.about]:
            return one
    return None


def nearest(value: str, ids: Iterable[str], *, cutoff: float = 0.5) -> list[str]:
    """The two of these ids that look most like a value, where at least that share of them does.

    The alignment costs the product of the lengths; it is made only of those that share the most pairs of characters.
    """
    wanted = value[-COMPARED_CHARS:]
    pairs = _pairs(wanted)
    ends: dict[str, str] = {}
    for one in islice(ids, MOST_COMPARED):
        ends.setdefault(one[-COMPARED_CHARS:], one)
    likely = nlargest(MOST_ALIGNED, ends, key=lambda end: len(pairs & _pairs(end)))
    return [ends[end] for end in difflib.get_close_matches(wanted, likely, n=2, cutoff=cutoff)]


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def reason_text(item: Named, known: list[Seen]) -> str:
    """Why a value is refused and what it might have been."""
    value, other = repr(item.value[:LONGEST_VALUE_CHARS]), intended(item.value, known)
    if other is not None:
        right = repr(other.id[: LONGEST_VALUE_CHARS * 2])
        return f"{item.field} {value} is another name of {item.kind.words}: give {right} ({item.kind.rule})"
    close = nearest(item.value, (entry.id for entry in known))
    hint = f"; the nearest shown: {', '.join(repr(one[:LONGEST_VALUE_CHARS]) for one in close)}" if close else ""
    ways = f"; {item.kind.ways}" if item.kind.ways else ""
    return f"{item.field} {value} was not shown to you as {item.kind.words} here{hint}{ways} ({item.kind.rule})"


def next_step(item: Named, known: list[Seen], call: Call, offered: Container[str]) -> NextStep:
    """The call that shows whether this value exists, or the thing that was meant by it; a tool that is offered."""
    other = intended(item.value, known)
    ways = _STEPS[item.kind.name](other.id if other else item.value, call)
    tool, arguments = next((way for way in ways if way[0] in offered), ways[-1])
    why = f"Shows what {item.field} means." if other else f"Shows whether {item.field} exists."
    return NextStep(tool, {"region": call.region, **arguments}, why)


Ways = list[tuple[str, dict[str, Any]]]
"""Tools with their arguments, the best first; a list is the way of a server that offers little else."""


def _image(value: str, call: Call) -> Ways:
    """The image itself where its id was given, else those whose name or description holds the last part of it."""
    if value.startswith("image-"):
        return [("aiworkspace_get_image", {"image_id": value[:LONGEST_VALUE_CHARS]}), ("aiworkspace_list_images", {})]
    name = re.split("[:@]", value.rpartition("/")[2])[0]
    where = {} if is_official_image(value) else _workspace(call)
    return [("aiworkspace_list_images", {**({"query": name[:50]} if name else {}), **where})]


def _dataset(value: str, call: Call) -> Ways:
    """The dataset itself finds it in any workspace; the list does in the call's."""
    if not _DATASET_ID.fullmatch(value):
        return [("aiworkspace_list_datasets", {"name": value[:LONGEST_VALUE_CHARS], **_workspace(call)})]
    listed = {"dataset_ids": value, **_workspace(call)}
    return [("aiworkspace_get_dataset", {"dataset_id": value}), ("aiworkspace_list_datasets", listed)]


def _code_source(value: str, call: Call) -> Ways:
    """Code sources are listed by workspace; without one, the workspaces come first."""
    one: Ways = [("aiworkspace_get_code_source", {"code_source_id": value})] if _CODE_SOURCE_ID.fullmatch(value) else []
    where = _workspace(call)
    return [*one, ("aiworkspace_list_code_sources", where) if where else ("aiworkspace_list_workspaces", {})]


def _workspace(call: Call) -> dict[str, Any]:
    value = call.args.get("WorkspaceId") or call.known.workspace
    return {"workspace_id": value} if isinstance(value, str) and value.strip() else {}


_DATASET_ID = re.compile(r"d-[A-Za-z0-9_-]{1,64}")
_CODE_SOURCE_ID = re.compile(r"code-[A-Za-z0-9_-]{1,64}")
_STEPS: Mapping[str, Callable[[str, Call], Ways]] = {
    "image": _image,
    "dataset": _dataset,
    "code_source": _code_source,
    "ecs_spec": lambda value, call: [("dlc_list_ecs_specs", {"page_size": 100})],
}


def alternatives(spec: Seen, known: list[Seen]) -> list[str]:
    """At most three instance types in stock with as many GPUs, those with the same GPU first (R21)."""
    fit = [one for one in known if one.about.get("IsAvailable") and one.about.get("Gpu") == spec.about.get("Gpu")]
    fit.sort(key=lambda one: one.about.get("GpuType") != spec.about.get("GpuType"))
    return [one.id for one in fit[:3]]
