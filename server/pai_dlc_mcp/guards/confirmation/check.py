"""The last guard: what cannot be taken back needs a person, or a second look (R30, R31, R35, R36).

``auto`` asks the person wherever the client can, and gives a token where it cannot; ``human`` never gives a token, and
an approval waits for the operator where nobody can be asked; ``token`` never asks. An act that a person starts at the
page is confirmed by that person's approval, whatever it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ...cloud.reads import template_of
from ...config.settings import ALWAYS_CONFIRMED
from ...errors import Confirmation, ConfirmationInvalid, ConfirmationRequired, NextStep
from ...operation import ADMIT, READ, STOP, Operation
from ...runtime import Call, Person, Runtime
from ...shapes import values_under
from ...state import entry, key_of
from ...timestamps import iso
from ..validation.job import compact
from ..validation.templates import content_of, merged
from . import approvals, elicit, expectation
from .ownership import is_foreign
from .preview import pages_of, preview_of, quoted
from .snapshot import Binding, Snapshot, bind, take_snapshot
from .tokens import LIFE_S, TokenInvalid, issue, redeem

LONGEST_ARGUMENTS_BYTES = 500
"""Bytes of arguments that a next call repeats; an error has 2,000 characters for everything."""

TWO_STEP = "two_step"
HUMAN = "human"


async def check(call: Call, runtime: Runtime) -> None:
    """Let nothing pass that must be confirmed and is not.

    Raises:
        ConfirmationRequired: nothing was done; a preview, and a token where one may serve.
        ConfirmationInvalid: the token or the answer does not serve.
        CloudFailure: the target cannot be read.
        StateUnavailable: it cannot be determined whether it was confirmed.
    """
    snapshot = await needed_for(call, runtime)
    if snapshot is None:
        return
    binding = bind(call, runtime, snapshot)
    by = runtime.settings.confirm_by
    if (call.approval is not None or by != "token") and (approver := await approvals.take_approval(runtime, binding)):
        call.confirmed_by, call.approved_by = HUMAN, approver
        return
    if call.approval is not None:
        # The person themselves asks for it: an earlier no to somebody else's call does not bind them.
        raise await approvals.request(call, runtime, snapshot, binding, why="A person is asked first.")
    await elicit.check_no_holds(call, runtime)
    if by == "token" or (by == "auto" and call.person is None):
        await _by_token(call, runtime, snapshot, binding)
    elif call.person is None:
        raise await approvals.request(call, runtime, snapshot, binding)
    else:
        await _by_person(call.person, call, runtime, snapshot, binding)


async def _by_person(person: Person, call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding) -> None:
    """Ask; where the client shows the question to nobody, what the operator's setting allows instead."""
    try:
        await elicit.ask(person, call, runtime, snapshot, binding)
        call.confirmed_by = HUMAN
    except elicit.NobodyAsked:
        await expectation.remember_unasked(call, runtime)
        why = "The client put the question away at once, so nobody was asked."
        if runtime.settings.confirm_by == "human":
            raise await approvals.request(call, runtime, snapshot, binding, why=why) from None
        await _by_token(call, runtime, snapshot, binding, why=f"{why} ")


async def needed_for(call: Call, runtime: Runtime) -> Snapshot | None:
    """The state of the target of a call that must be confirmed; ``None`` for a call that need not be.

    Judged by what the call does to the target as it was read, never by its name; the operator's setting only adds to
    R30. What a template gives a job counts as if the call had said it.
    """
    operation, asked_for = call.operation, runtime.settings.confirm | ALWAYS_CONFIRMED
    if call.approval is not None:
        return await take_snapshot(call, runtime) if call.tool.effect is not READ else None
    template = await template_of(call, runtime) if call.args.get(operation.overlay) else None
    args = call.args if template is None else merged(call.args, template)
    if operation.possible_risks.isdisjoint(asked_for):
        return None
    passing = {STOP.value} if _passes(call, runtime) else frozenset[str]()
    granting = {ADMIT.value} if _grants(operation, args, template) else frozenset[str]()
    if (granting | operation.risks_of(args) - passing).isdisjoint(asked_for) and not operation.may_be_foreign:
        return None
    snapshot = await take_snapshot(call, runtime)
    risks = granting | operation.risks_of(args, snapshot.data or None) - passing
    if risks.isdisjoint(asked_for) and not await is_foreign(call, runtime, snapshot.data):
        return None
    return snapshot


RIGHTS = re.compile(
    r"(?:privileged|privilegeescalation|capabilities|procmount|hostpath|host(?:network|pid|ipc)|rolearns?|rolechain"
    r"|ramrole(?:name)?)$|apparmor|seccomp|selinux"
    r"|^(?:(?:main|init|side|sidecar|base|worker|master|driver|executor|pod|docker)?(?:container)?)image(?:uri|url)?$"
)
"""How fields are called that give rights over a machine or an account, or name an image, in small letters and nothing
else."""
NOT_OF_A_JOB = ("Constraints", "Content.Constraints", "Metadata")
"""Arguments whose names speak of a job's fields and give nothing."""


def _grants(operation: Operation, args: Mapping[str, Any], template: Mapping[str, Any] | None) -> bool:
    """Whether a job gets rights or an image under a name that no declaration knows, in a free object, a text or a field
    of a record that is carried on (R29); or by a template's content, whatever the service makes of two lists (R39)."""
    if ADMIT.value not in operation.possible_risks:
        return False
    declared = {leaf.path.replace("[]", "") for leaf in operation.leaves}
    opaque = {leaf.path.replace("[]", "") for leaf in operation.leaves if leaf.wire.secret}.union(NOT_OF_A_JOB)
    given = [args] if template is None else [args, content_of(template) or {}]
    spelled = [value for one in given for value in values_under(one, RIGHTS, opaque, declared)]
    is_spelled = any(value and str(value).lower() != "false" for value in spelled)
    return is_spelled or any(ADMIT.value in operation.risks_of(one) for one in given[1:])


def _passes(call: Call, runtime: Runtime) -> bool:
    """Whether the operator says that jobs survive this signal. A job of another person is confirmed all the same."""
    passing = {_bare(one) for one in runtime.settings.pass_signals}
    return "Signal" in call.args and _bare(call.args["Signal"]) in passing


def _bare(signal: Any) -> str:
    return str(signal).upper().removeprefix("SIG")


async def _by_token(call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding, *, why: str = "") -> None:
    token = call.controls.confirmation_token
    if token is None:
        raise await _first_look(call, runtime, snapshot, binding, why)
    try:
        await redeem(runtime, token, binding, TWO_STEP)
    except TokenInvalid as invalid:
        raise ConfirmationInvalid(
            f"Nothing was done to {quoted(snapshot.name)}: the token {invalid}. Call again without a token for a new "
            "preview, and show that to the user.",
            rule="R31",
            field="confirmation_token",
            next=[approvals.same_call(call, "A new preview, with the same arguments as before.")],
        ) from None
    call.confirmed_by = TWO_STEP


async def _first_look(
    call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding, why: str
) -> ConfirmationRequired:
    """The preview, page by page, and with its last page a token."""
    pages = pages_of(await preview_of(call, runtime, snapshot))
    number = min(max(call.controls.preview_page, 1), len(pages))
    unseen = await _unseen(runtime, binding, number, len(pages))
    if unseen:
        return ConfirmationRequired(
            f"{why}Nothing was done yet to {quoted(snapshot.name)}. This is page {number} of {len(pages)} of what it "
            "would do; show every page to the user, the token comes with the last one that was not read.",
            rule="R36",
            confirmation=Confirmation("", "", pages[number - 1]),
            next=[_again(call, {"preview_page": unseen[0]}, "The next page of the preview.")],
        )
    token = await issue(runtime, binding, TWO_STEP)
    confirmation = Confirmation(token.text, iso(token.expires_at), pages[number - 1])
    return ConfirmationRequired(
        f"{why}Nothing was done yet to {quoted(snapshot.name)}; show the preview to the user, and only if they agree "
        "call again with the same arguments and the confirmation_token.",
        rule="R30",
        confirmation=confirmation,
        next=[_again(call, {"confirmation_token": token.text}, "The same arguments, after the user has agreed.")],
    )


async def _unseen(runtime: Runtime, binding: Binding, number: int, count: int) -> list[int]:
    """The pages of this preview that were not shown yet, this one shown now."""
    if count == 1:
        return []
    place = key_of("pages", binding.digest.hex())
    stored = await runtime.state.get(place)
    shown = {number, *(entry(stored, "pages")["pages"] if stored is not None else ())}
    await runtime.state.put({place: json.dumps({"pages": sorted(shown)})}, LIFE_S)
    return [page for page in range(1, count + 1) if page not in shown]


def _again(call: Call, more: Mapping[str, Any], why: str) -> NextStep:
    """The same call with one argument more, ready to be made. Of long arguments only the ids are repeated, and of those
    of an act that the operator added: they may hold secrets."""
    fields = call.operation.fields.items()
    given = {name: call.args[api] for name, (api, _, _) in fields if api in call.args}
    if len(compact(given)) > LONGEST_ARGUMENTS_BYTES or call.tool.effect.value not in ALWAYS_CONFIRMED:
        given = {name: call.args[api] for name, (api, _, place) in fields if place == "path"}
        why = f"{why} With all the arguments of this call."
    return NextStep(call.tool.name, {"region": call.region, **given, **more}, why)
