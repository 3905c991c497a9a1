"""R15: the service takes 65,536 bytes of parameters, all together."""

from __future__ import annotations

import json
from typing import Any

from .rule import Case, refuse

MOST_BYTES = 65_536


def compact(value: Any) -> bytes:
    """A value as the client sends it: JSON without blanks, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode(errors="surrogatepass")


def r15(case: Case) -> None:
    """Refuse a body that is over the limit, with its size and its three largest fields."""
    size = len(compact(dict(case.args)))
    if size <= MOST_BYTES:
        return
    sizes = sorted(((len(compact(value)), name) for name, value in case.args.items()), reverse=True)[:3]
    largest = ", ".join(f"{name} {length:,}" for length, name in sizes)
    raise refuse(
        "R15",
        case.top(sizes[0][1]),
        f"All parameters together are {size:,} bytes and the service takes {MOST_BYTES:,}; the largest: {largest}.",
    )
