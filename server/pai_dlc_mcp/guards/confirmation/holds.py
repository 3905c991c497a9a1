"""Where a person's no is kept, which holds for the caller and the target whatever is tried next (R35)."""

from __future__ import annotations

from collections.abc import Iterator

from ...operation import CREATE
from ...runtime import Call, Runtime
from ...shapes import walk
from ...state import digest_of, key_of

NO_HOLDS_S = 600.0
"""How long a no holds (R35)."""


def no_places(call: Call, runtime: Runtime) -> list[str]:
    """Where a no to this call's targets is kept, whatever is to be done to them and by whichever connection."""
    settings = runtime.settings
    account = digest_of([settings.profile, settings.dlc_endpoint, settings.aiworkspace_endpoint])
    subjects = dict.fromkeys(_subjects(call)) or [call.operation.action_name]
    return [key_of("no", call.caller.name, call.region, account, digest_of([one])) for one in subjects]


def _subjects(call: Call) -> Iterator[str]:
    """The ids of what a call acts on: those in its path, else those that it names. What a create makes has none yet."""
    operation = call.operation
    named = [*operation.path_names, *(leaf.path for leaf in operation.leaves if leaf.wire.about)]
    if not named and call.tool.effect is not CREATE:
        named = [leaf.path for leaf in operation.leaves if leaf.kind is not None and leaf.kind.reader is not None]
    for path in named:
        found = [call.args[path]] if path in call.args else [value for _, value in walk(call.args, path)]
        for value in found:
            yield from (str(one) for one in (value if isinstance(value, list) else [value]) if one)
