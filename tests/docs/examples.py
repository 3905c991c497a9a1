"""The JSON examples of the documents: each follows a line that names its tool, and a test makes the call.

"`dlc_get_job`:" announces a call that is done, "`dlc_stop_job` (`confirmation_required`):" one that is refused so.
A block that is no call says what it is behind ``json``, as in ``json policy``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

BLOCK = re.compile(r"(?:^(?P<lead>[^\n]*)\n\n?)?^```json *(?P<label>[a-z]*)\n(?P<body>.*?)^```$", re.M | re.S)
LEAD = re.compile(r"`(?P<tool>[a-z0-9_]+)`(?: \(`(?P<code>[a-z_]+)`\))?:$")


@dataclass(frozen=True, slots=True)
class Example:
    """One call of a document: ``code`` is the error it must end with, ``None`` for success."""

    tool: str
    code: str | None
    body: str


def of(text: str) -> Iterator[Example]:
    """The examples of a document in order; a call may use what an earlier one brought about."""
    for block in BLOCK.finditer(text):
        lead = LEAD.search(block["lead"] or "")
        if not block["label"] and lead:
            yield Example(lead["tool"], lead["code"], block["body"])


def misplaced(text: str) -> Iterator[str]:
    """Blocks of JSON that no line announces, or that are not JSON."""
    for block in BLOCK.finditer(text):
        try:
            json.loads(re.sub(r"(?<=[\[:, ])<[a-z_]+>", "0", block["body"]))
        except ValueError:
            yield f"a JSON block is not JSON: {block['body'][:60]!r}"
        if not block["label"] and not LEAD.search(block["lead"] or ""):
            yield f"no line names the tool of the JSON block {block['body'][:60]!r}"
