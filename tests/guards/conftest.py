"""What the guards say in any of these tests, refusals and notices whole, is a line of ``tests/snapshots/said.txt`` that
somebody has read. So a test that looks at a rule alone also holds the words, the field and the next steps.

``SAID=write pytest tests/guards`` (part of ``make approve``) writes the file anew from all that was said; ``SAID=add``
adds what the tests that are named say.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from composites.approved import FOLDER
from pai_dlc_mcp.errors import Notice, PaiError
from pai_dlc_mcp.runtime import InputNeeded

SAID = FOLDER / "said.txt"
CHANGING = (
    (r"pai1\.[A-Za-z0-9_-]+", "TOKEN"), (r"/[\w./-]*/pytest-[\w./-]*", "PLACE"), (r"\b[0-9a-f]{12,}\b", "NUMBER"),
)  # fmt: skip
"""What differs from one run to the next."""


class Saying:
    """All that was said since the beginning of a test, as what said it."""

    def __init__(self) -> None:
        self.found: list[PaiError | Notice | InputNeeded] = []

    def lines(self) -> set[str]:
        found = {_line(one) for one in self.found}
        self.found.clear()
        return found


def _line(one: PaiError | Notice | InputNeeded) -> str:
    if isinstance(one, Notice):
        text = f"notice {one.rule}: {one.message}"
    elif isinstance(one, InputNeeded):
        text = f"question {one.name!r}: {one.message}"
    else:
        body = one.as_dict()
        more = {name: body[name] for name in ("next", "confirmation") if body.get(name)}
        for hidden in ("token", "expires_at"):
            more.get("confirmation", {}).pop(hidden, None)
        text = f"{type(one).__name__} {one.rule or '-'} {one.field or '-'}: {one.message}"
        text += f" {json.dumps(more, ensure_ascii=False, sort_keys=True, default=str)}" if more else ""
    text = " ".join(text.split())
    for pattern, by in CHANGING:
        text = re.sub(pattern, by, text)
    return re.sub(r"(.)\1{39,}", lambda run: f"{run[1]}…{len(run[0])} times", text)


@pytest.fixture(scope="session")
def saying() -> Iterator[Saying]:
    heard = Saying()
    with pytest.MonkeyPatch.context() as patch:
        for kind in (PaiError, Notice, InputNeeded):
            patch.setattr(kind, "__init__", _heard(kind.__init__, heard))
        yield heard


def _heard(real: Any, heard: Saying) -> Any:
    def init(self: Any, *args: Any, **named: Any) -> None:
        real(self, *args, **named)
        if sys._getframe(1).f_globals["__name__"].startswith("pai_dlc_mcp."):
            heard.found.append(self)

    return init


@pytest.fixture(scope="session")
def approved() -> Iterator[set[str]]:
    known = set(SAID.read_text(encoding="utf-8").splitlines()) if SAID.is_file() else set()
    written = {"add": known, "write": set[str]()}.get(os.environ.get("SAID", ""))
    if written is None:
        yield known
        return
    yield written
    SAID.write_text("".join(f"{line}\n" for line in sorted(written)), encoding="utf-8")


@pytest.fixture(autouse=True)
def what_is_said_is_approved(request: pytest.FixtureRequest, saying: Saying, approved: set[str]) -> Iterator[None]:
    saying.found.clear()
    yield
    if "emulator" in request.fixturenames:  # ids, ports and times of a real server differ each time
        return
    lines = saying.lines()
    if "SAID" in os.environ:
        approved |= lines
    new = sorted(lines - approved)
    assert not new, "\n".join(["The guards say what nobody has approved. Read it; if it is right: make approve", *new])
