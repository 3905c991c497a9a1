"""What looks like a secret (R65): the table of all words that one can begin with, ready to be looked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from . import commands
from .forms import forms
from .named import names
from .scan import Handler, Scan, Words


@cache
def secret_words() -> Words:
    """The one table, made when it is first needed."""
    table: dict[str, Handler | None] = {}
    for word, handler in (*forms(), *names(), *_commands()):
        table.setdefault(word.lower(), handler)
    return Words(table)


def _commands() -> Iterator[tuple[str, Handler]]:
    def handler(tool: int) -> Handler:
        def handle(scan: Scan, start: int, end: int) -> int:
            stop = commands.command_end(scan.text, start)
            scan.spans += commands.secrets_of(tool, scan.text, start, stop)
            return -stop

        return handle

    def reader(scan: Scan, start: int, end: int) -> int | None:
        if (span := commands.printed_into(scan.text, start)) and span[0] >= scan.at:
            scan.mask(*span)
        return None

    yield from ((name, reader) for name in commands.READERS)
    for tool, name in enumerate(commands.NAMES):
        for blank in (" ", "', '", '", "', '","'):  # as a line, or as a list of words
            yield name.replace(" ", blank), handler(tool)
