"""What the rules say of a call: its refusal on the raw arguments, its refusal in the guard, its notices."""

from __future__ import annotations

from typing import Any

import pytest

from guards.fakes import call_of, runtime_of
from pai_dlc_mcp.errors import PaiError
from pai_dlc_mcp.guards.validation import check as validation
from pai_dlc_mcp.guards.validation.refusals import special_refusals


def refused(tool: str, **given: Any) -> PaiError:
    """What the raw arguments are refused with."""
    with pytest.raises(PaiError) as caught:
        special_refusals(tool, given)
    return caught.value


async def checked(action: str, args: dict[str, Any]) -> PaiError | None:
    runtime, cloud, _ = runtime_of()
    try:
        await validation.check(call_of(action, args), runtime)
    except PaiError as error:
        return error
    finally:
        assert cloud.sent == []
    return None


async def notices(action: str, args: dict[str, Any]) -> list[tuple[str, str]]:
    runtime, _, _ = runtime_of()
    call = call_of(action, args)
    await validation.check(call, runtime)
    return [(notice.rule, notice.message) for notice in call.notices]
