"""The last guard: what cannot be taken back needs a person, or a second look (R30, R31, R35, R36).

``auto`` asks the person wherever the client can, and gives a token where it cannot; ``human`` never gives a token, and
an approval waits for the operator where nobody can be asked; ``token`` never asks.
"""

from __future__ import annotations

from ...config.settings import ALWAYS_CONFIRMED
from ...errors import Confirmation, ConfirmationInvalid, ConfirmationRequired, NextStep
from ...runtime import Call, Runtime
from ...timestamps import iso
from ..validation.job import compact
from ..validation.templates import whole_job
from . import approvals, elicit
from .preview import preview_of
from .snapshot import Binding, Snapshot, bind, take_snapshot
from .tokens import TokenInvalid, issue, redeem

LONGEST_ARGUMENTS_BYTES = 500
"""Bytes of arguments that a next call repeats; an error has 2,000 characters for everything."""

TWO_STEP = "two_step"
HUMAN = "human"


async def is_needed(call: Call, runtime: Runtime) -> bool:
    """Whether anything that this call does is confirmed; the operator's setting only adds to R30. What a template gives
    a job counts as if the call had said it."""
    overlay = call.operation.overlay
    args = await whole_job(call, runtime) if overlay and call.args.get(overlay) else call.args
    return not call.operation.risks_of(args).isdisjoint(runtime.settings.confirm | ALWAYS_CONFIRMED)


async def check(call: Call, runtime: Runtime) -> None:
    """Let nothing pass that must be confirmed and is not.

    Raises:
        ConfirmationRequired: nothing was done; a preview, and a token where one may serve.
        ConfirmationInvalid: the token or the answer does not serve; a new preview and token.
        CloudFailure: the target cannot be read.
        StateUnavailable: it cannot be determined whether it was confirmed.
    """
    if not await is_needed(call, runtime):
        return
    snapshot = await take_snapshot(call, runtime)
    binding = bind(call, runtime, snapshot)
    by = runtime.settings.confirm_by
    if by != "token" and await approvals.take_approval(runtime, binding):
        call.confirmed_by = HUMAN
    elif by == "token" or (by == "auto" and call.person is None):
        await _by_token(call, runtime, snapshot, binding)
    elif call.person is not None:
        await elicit.ask(call.person, call, runtime, snapshot, binding)
        call.confirmed_by = HUMAN
    else:
        raise await approvals.request(call, runtime, snapshot, binding)


async def _by_token(call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding) -> None:
    token = call.controls.confirmation_token
    if token is None:
        confirmation = await _offer(call, runtime, snapshot, binding)
        raise ConfirmationRequired(
            f"Nothing was done yet to {snapshot.name}; show the preview to the user, and only if they agree call again "
            "with the same arguments and the confirmation_token.",
            rule="R30",
            confirmation=confirmation,
            next=[_again(call, confirmation)],
        )
    try:
        await redeem(runtime, token, binding, TWO_STEP)
    except TokenInvalid as invalid:
        confirmation = await _offer(call, runtime, snapshot, binding)
        raise ConfirmationInvalid(
            f"Nothing was done to {snapshot.name}; the token {invalid}. Show the user the new preview, then use the "
            "new token.",
            rule="R31",
            field="confirmation_token",
            confirmation=confirmation,
            next=[_again(call, confirmation)],
        ) from None
    call.confirmed_by = TWO_STEP


async def _offer(call: Call, runtime: Runtime, snapshot: Snapshot, binding: Binding) -> Confirmation:
    shown = await preview_of(call, runtime, snapshot)
    token = await issue(runtime, binding, TWO_STEP)
    return Confirmation(token.text, iso(token.expires_at), shown)


def _again(call: Call, confirmation: Confirmation) -> NextStep:
    """The same call with the token, ready to be made. Of long arguments only the ids are repeated, and of those of an
    act that the operator added: they may hold secrets."""
    fields = call.operation.fields.items()
    given = {name: call.args[api] for name, (api, _, _) in fields if api in call.args}
    why = "The same arguments, after the user has agreed to what is shown."
    if len(compact(given)) > LONGEST_ARGUMENTS_BYTES or call.tool.effect.value not in ALWAYS_CONFIRMED:
        given = {name: call.args[api] for name, (api, _, place) in fields if place == "path"}
        why = "With all the arguments of this call, after the user has agreed to what is shown."
    return NextStep(call.tool.name, {"region": call.region, **given, "confirmation_token": confirmation.token}, why)
