"""Searches are no oracle (R65): a row whose words are found in nothing but what is masked is left out of the answer.

The service looks for the words in its own text, where the secrets still stand; whoever asks for one letter more at a
time would read a masked value off the rows that come. So what comes is held against the text as it is shown, and the
counts are made anew: a total over rows that nobody looked at is not given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...cloud.reads import TooMany, all_rows
from ...operation import Rows
from ...redaction import engine
from ...runtime import Call, Reply, Runtime
from ..validation.rule import is_given

MOST_PAGES = 10
"""Pages of a hundred that are looked through where the answer has more rows than one page shows."""
_PAGE_SIZE = 10

Search = tuple[str, tuple[str, ...]]
"""The words of an argument, and the fields of a row that they are looked for in."""


async def filtered(call: Call, runtime: Runtime, reply: Reply) -> Reply:
    """The answer without the rows that only a masked value brought.

    Raises:
        CloudFailure: a further page cannot be read.
    """
    searches = [(str(call.args[api]), fields) for api, fields in call.operation.searches.items()
                if is_given(call.args.get(api))]  # fmt: skip
    view = call.operation.view
    found = reply.data.get(view.path) if isinstance(view, Rows) else None
    if not searches or not isinstance(view, Rows) or not isinstance(found, list):
        return reply
    if any(fields == ANYWHERE for _, fields in searches):
        call.notice("R65", "Where an expression searches, rows that hold something masked are left out.")
    rows, is_whole = await _rows(call, runtime, reply, view.path, found)
    kept = await _remaining(call, rows, searches)
    data = {name: value for name, value in reply.data.items() if name not in ("TotalCount", view.path)}
    data[view.path] = kept if len(rows) == len(found) else _page(call, kept, len(found))
    if not is_whole:
        call.notice("R65", "More rows match than are looked at, so their number is not given; search more narrowly.")
    elif "TotalCount" in reply.data:
        data["TotalCount"] = len(kept)
    return replace(reply, data=data)


async def _rows(call: Call, runtime: Runtime, reply: Reply, path: str, found: list[Any]) -> tuple[list[Any], bool]:
    """The rows of all pages, and whether they are all: a total over pages that nobody looked at would tell too much."""
    total = reply.data.get("TotalCount")
    is_first = int(call.args.get("PageNumber") or 1) == 1
    if not isinstance(total, int) or (is_first and total <= len(found)):
        return found, True
    if "page_number" not in call.operation.fields:  # by token alone: page by page, each as it was asked for
        return found, False
    try:
        name = call.operation.action_name
        return list(await all_rows(runtime, name, call.args, path, call.region, most_pages=MOST_PAGES)), True
    except TooMany:
        return found, False


def _page(call: Call, rows: list[Any], default: int) -> list[Any]:
    size = int(call.args.get("PageSize") or default or _PAGE_SIZE)
    start = (int(call.args.get("PageNumber") or 1) - 1) * size
    return rows[start : start + size]


async def _remaining(call: Call, rows: Sequence[Any], searches: Sequence[Search]) -> list[Any]:
    """The rows in which each search's words can be read where its text is shown."""
    texts = [[[_field(row, name) for name in fields] for _, fields in searches] for row in rows]
    shown = await engine.clean_answer_off_loop(texts, (call.known.job, rows))
    return [row for row, before, after in zip(rows, texts, shown, strict=True)
            if all(raw == seen or (fields != ANYWHERE and _is_readable(words, raw, seen))
                   for (words, fields), raw, seen in zip(searches, before, after, strict=True))]  # fmt: skip


ANYWHERE = ("*",)
"""The fields of an expression that the service judges by whatever it likes: of a row that holds something masked nobody
can tell what brought it, so it is left out."""


def _field(row: Any, name: str) -> Any:
    if name in ANYWHERE:
        return row
    return row.get(name) if isinstance(row, Mapping) else None


def _is_readable(words: str, raw: Any, shown: Any) -> bool:
    """Whether the words would be found in what is shown, in the way in which they are found in the text itself: as they
    stand, or where they do not stand there so, each by itself. Of ``-p h`` a ``-p`` and an ``h`` elsewhere say
    nothing."""
    words, text = words.lower(), "\n".join(_strings(shown)).lower()
    if words in text or words in "\n".join(_strings(raw)).lower():
        return words in text
    return all(word in text for word in words.split())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield str(name)
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
