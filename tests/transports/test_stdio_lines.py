"""R78: the lines of an input: whole, cut by reads, too long, and what is kept of them meanwhile."""

from __future__ import annotations

import os
import threading
import tracemalloc

import anyio
import pytest

from pai_dlc_mcp.transports import stdio
from pai_dlc_mcp.transports.stdio import HEAD_CHARS, TOO_LONG, refusal_of, standard_input


async def lines_of(*chunks: bytes, before: bytes = b"") -> list[str]:
    """The lines of an input that is written in these pieces and then closed."""
    reading, writing = os.pipe()

    def write() -> None:
        for chunk in chunks:
            os.write(writing, chunk)
        os.close(writing)

    threading.Thread(target=write, daemon=True).start()
    try:
        with anyio.fail_after(60):
            async with standard_input(reading, read_before=before) as lines:
                return [line async for line in lines]
    finally:
        os.close(reading)


async def test_r78_lines_come_whole_however_they_are_cut_and_blank_ones_are_left_out() -> None:
    assert await lines_of(b'{"a"', b": 1}\n\n \r\n{", b"}\nlast") == ['{"a": 1}', "{}", "last"]
    assert await lines_of("é".encode()[:1], "é".encode()[1:] + b"\n\xff\n") == ["é", "�"]
    assert await lines_of() == []


async def test_r78_what_was_read_before_comes_first_and_its_half_line_goes_on() -> None:
    assert await lines_of(b"b\nc\n", before=b"one\na") == ["one", "ab", "c"]


@pytest.mark.parametrize("spare", [0, 1])
async def test_r78_a_line_at_the_limit_is_kept_and_a_longer_one_is_its_beginning(
    spare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stdio, "MAX_MESSAGE_BYTES", 100)
    monkeypatch.setattr(stdio, "HEAD_CHARS", 40)
    line = b"x" * (100 + spare)
    told = TOO_LONG + "x" * 40 if spare else "x" * 100
    assert await lines_of(line[:70], line[70:] + b"\nnext\n") == [told, "next"]
    assert await lines_of(line) == [told]


async def test_r78_a_message_without_an_end_takes_no_more_memory_than_one_at_the_limit() -> None:
    """Forty megabytes of one line, of which a beginning is kept."""
    piece = b"x" * 1_000_000
    tracemalloc.start()
    try:
        [line] = await lines_of(*[piece] * 40)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert line == TOO_LONG + "x" * HEAD_CHARS
    assert peak < 24_000_000


@pytest.mark.parametrize(
    ("line", "id"),
    [
        ('{"id": 5}', 5),
        ('{"id": "five"}', "five"),
        ('{"id": 1.5}', None),
        ('{"id": false}', None),
        ('{"a": {"id": 1}}', None),
        ("[1]", None),
        ('{"id": -12, "method"', -12),
        ('{"id" : "a\\"b" ,', 'a"b'),
        ('{"id":"' + "x" * 201 + '","method', None),
        ('{"id":12', None),
        ('{"id":1234567890123456789, "', None),
        (TOO_LONG + '{"id":7,"params":', 7),
        (TOO_LONG + " " * (HEAD_CHARS - 1) + '"id":7,', None),
    ],
)
def test_r78_the_error_bears_the_id_where_it_can_be_read(line: str, id: object) -> None:
    said = refusal_of(line)
    reason = "is longer than 8,000,000 bytes" if line.startswith(TOO_LONG) else "is no JSON-RPC message"
    assert (said.id, said.error.code, said.error.message) == (id, -32700, f"The line {reason}.")
