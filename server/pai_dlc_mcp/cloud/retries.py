"""When to send once more, and after how long (R72). Pure; the client does the waiting."""

from __future__ import annotations

from .failures import Failure

REPEATS = 2
BASE_S = 0.3
LEAST_LEFT_S = 0.5
"""With less time than this left after the wait, another attempt is not worth it."""


def wait_before(failure: Failure, *, is_read: bool, done: int, left_s: float, jitter: float) -> float | None:
    """Seconds to wait before another attempt, ``None`` where there is none.

    ``done`` counts the repeats so far, ``left_s`` is the time to the deadline, ``jitter`` is drawn from 0 to 1. A write
    is only repeated where the request surely never reached the service.
    """
    allowed = failure.again == "always" or (failure.again == "reads" and is_read)
    wait_s = max(failure.wait_s, BASE_S * 2.0**done * (0.5 + jitter))
    return wait_s if allowed and done < REPEATS and wait_s + LEAST_LEFT_S <= left_s else None
