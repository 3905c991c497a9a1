"""R77: long work off the event loop ends with its call, and where its processor time is used up."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from time import process_time
from timeit import timeit

import anyio
import pytest

from pai_dlc_mcp import off_loop
from pai_dlc_mcp.errors import Unavailable
from pai_dlc_mcp.off_loop import checked, checkpoint, in_thread
from pai_dlc_mcp.redaction import engine, worker
from pai_dlc_mcp.redaction.worker import Process


def endless() -> Iterator[int]:
    while True:
        yield 1


def busy() -> None:
    for _ in checked(endless()):
        pass


async def test_r77_work_in_a_thread_ends_with_its_call() -> None:
    ended = anyio.Event()
    async with anyio.create_task_group() as group:

        async def call() -> None:
            try:
                await in_thread(busy)
            finally:
                ended.set()

        group.start_soon(call)
        await anyio.sleep(0.05)
        assert not ended.is_set()
        group.cancel_scope.cancel()
    assert ended.is_set()


async def test_r77_work_in_a_thread_ends_where_its_processor_time_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(off_loop, "BUDGET_S", 0.05)
    with pytest.raises(Unavailable, match="of the processor"):
        await in_thread(busy)


async def test_r77_the_pieces_of_one_call_share_its_processor_time_and_those_of_two_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(off_loop, "BUDGET_S", 0.2)

    def piece() -> None:
        ends = time.thread_time() + 0.08
        while time.thread_time() < ends:
            checkpoint()

    async def call(pieces: int) -> None:
        off_loop.SPENT.set([])
        for _ in range(pieces):
            await in_thread(piece)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(call, 2)
    for _ in range(4):
        await in_thread(piece)
    with pytest.raises(Unavailable, match="these texts"):
        await call(3)


async def test_r77_waiting_is_not_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(off_loop, "BUDGET_S", 0.05)

    def patient() -> str:
        time.sleep(0.2)
        checkpoint()
        return "done"

    assert await in_thread(patient) == "done"


async def test_r77_few_threads_compute_at_once() -> None:
    at_once = most = 0

    def count() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.02)
        at_once -= 1

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(in_thread, count)
    assert 1 <= most <= off_loop.THREADS


def test_outside_a_thread_of_ours_nothing_is_asked() -> None:
    checkpoint()
    assert list(checked([1, 2, 3])) == [1, 2, 3]


def test_r77_work_in_the_process_ends_where_its_processor_time_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "COMMAND", [*worker.COMMAND, "1"])
    process = Process()
    try:
        went_well, failure = process.ask(timeit, ("pass", "pass", process_time, 10**11))
        assert (went_well, type(failure)) == (False, TimeoutError)
        assert process.ask(abs, (-1,)) == (True, 1)
    finally:
        process.end()


class Slow:
    """A process in which everything takes too long."""

    is_running = True

    def ask(self, *_: object) -> tuple[bool, object]:
        return False, TimeoutError()


async def test_r77_masking_over_its_budget_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_process", Slow())
    with pytest.raises(Unavailable, match="of the processor"):
        await engine.clean_off_loop("a" * (engine.IN_THREAD_CHARS + 1))


def test_r77_a_process_that_answers_what_is_no_answer_is_ended_and_the_next_question_starts_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process, usual = Process(), worker.COMMAND
    babbles = "import os, sys, time; sys.stdin.buffer.read(9); os.write(1, b'x'); os.close(1); time.sleep(60)"
    monkeypatch.setattr(worker, "COMMAND", [sys.executable, "-c", babbles])
    with pytest.raises(EOFError):
        process.ask(str.upper, ("a",))
    assert not process.is_running
    monkeypatch.setattr(worker, "COMMAND", usual)
    try:
        assert process.ask(str.upper, ("a",)) == (True, "A")
    finally:
        process.end()


def test_the_size_of_data_counts_its_texts_its_keys_and_its_items_up_to_the_limit() -> None:
    assert engine.size_of(["abc", "de"], 100) == 2 + 4 + 3
    assert engine.size_of({"k": [1, 2, 3], "l": {"m": "abc"}}, 100) == 16 + 3 + 8 + 4
    assert engine.size_of([1, None, True, 2.5], 100) == 4
    assert engine.size_of(["x" * 50] * 10, 20) <= 10 + 51
