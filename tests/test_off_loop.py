"""R77: long work off the event loop ends with its call, and where its processor time is used up."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from time import process_time
from timeit import timeit
from types import MappingProxyType
from typing import Any

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
        assert process.ask(os.nice, (0,)) == (True, min(19, os.nice(0) + worker.NICE))
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
        assert process.is_running
    finally:
        process.end()
    assert not process.is_running


class Dying:
    """A process that tells in which thread it is waited for."""

    def __init__(self) -> None:
        self.is_killed = False
        self.waiting: Queue[int] = Queue()

    def kill(self) -> None:
        self.is_killed = True

    def communicate(self) -> None:
        self.waiting.put(threading.get_ident())


def test_r77_the_event_loop_waits_for_no_process_that_it_kills_and_the_end_of_the_server_does() -> None:
    for end, is_here in ((Process.interrupt, False), (Process.end, True)):
        process, dying = Process(), Dying()
        process._running = dying  # type: ignore[assignment]  # it tells
        end(process)
        assert (dying.is_killed, process._running) == (True, None)
        assert (dying.waiting.get(timeout=30) == threading.get_ident()) is is_here
        end(process)


def test_the_size_of_data_counts_its_texts_its_keys_and_its_items_up_to_the_limit() -> None:
    assert engine.size_of(["abc", "de"], 100) == 2 + 4 + 3
    assert engine.size_of({"k": [1, 2, 3], "l": {"m": "abc"}}, 100) == 16 + 3 + 8 + 4
    assert engine.size_of([1, None, True, 2.5], 100) == 4
    assert engine.size_of(["x" * 50] * 10, 10) == engine.size_of(["x" * 50] * 10, 60) == 10 + 51
    assert engine.size_of(["x" * 50] * 10, 9) == 10
    assert engine.size_of(["x" * 50] * 10, 61) == 10 + 51 * 2
    assert engine.size_of(MappingProxyType({"k": "abc"}), 100) == 8 + 4
    assert engine.size_of([b"abc"], 100) == 1
    assert not engine.is_long("x" * (engine.AT_ONCE_CHARS - 1))
    assert engine.is_long("x" * engine.AT_ONCE_CHARS)


class Elsewhere:
    """A process that tells where something would have been done."""

    def __init__(self, *, is_running: bool = False) -> None:
        self.is_running = is_running

    def ask(self, *_: object) -> tuple[bool, object]:
        return True, "process"


@pytest.mark.parametrize(
    ("chars", "values", "is_running", "where"),
    [
        (engine.AT_ONCE_CHARS, engine.IN_THREAD_VALUES, True, "at once"),
        (engine.AT_ONCE_CHARS + 1, 0, False, "thread"),
        (engine.AT_ONCE_CHARS + 1, 0, True, "process"),
        (engine.IN_THREAD_CHARS, engine.IN_THREAD_VALUES, False, "thread"),
        (engine.IN_THREAD_CHARS + 1, 0, False, "process"),
        (1, engine.IN_THREAD_VALUES + 1, False, "process"),
    ],
)
async def test_r77_short_work_is_done_at_once_longer_work_in_a_thread_and_long_work_in_the_process(
    monkeypatch: pytest.MonkeyPatch, chars: int, values: int, is_running: bool, where: str
) -> None:
    monkeypatch.setattr(engine, "_process", Elsewhere(is_running=is_running))
    found = await engine._run("x" * (chars - 1), values, threading.get_ident)
    assert found == "process" if where == "process" else (found == threading.get_ident()) is (where == "at once")


async def test_r77_masking_in_the_process_is_interrupted_with_its_call_which_ends_as_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Endless(Elsewhere):
        interrupted = threading.Event()

        def ask(self, *_: object) -> tuple[bool, object]:
            self.interrupted.wait(60)
            raise EOFError

        def interrupt(self) -> None:
            self.interrupted.set()

    monkeypatch.setattr(engine, "_process", Endless())
    with anyio.move_on_after(0.05) as scope:
        await engine._run("x" * engine.IN_THREAD_CHARS, 0, threading.get_ident)
    assert (scope.cancelled_caught, Endless.interrupted.is_set()) == (True, True)


async def test_r77_what_fails_in_the_process_fails_here(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Elsewhere):
        def ask(self, *_: object) -> tuple[bool, object]:
            return False, RecursionError("too deep")

    monkeypatch.setattr(engine, "_process", Failing())
    with pytest.raises(RecursionError, match="too deep"):
        await engine._run("x" * engine.IN_THREAD_CHARS, 0, threading.get_ident)


async def test_r77_one_piece_of_masking_at_a_time_is_done_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_process", Elsewhere())
    at_once: list[int] = []

    def count() -> None:
        at_once.append(len(at_once))
        time.sleep(0.01)
        assert at_once.pop() == 0

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(engine._run, "x" * engine.AT_ONCE_CHARS, 0, count)


def test_r77_what_breaks_off_is_no_message() -> None:
    stream = io.BytesIO()
    worker.write(stream, ("a", [1, 2]))
    whole = stream.getvalue()
    assert worker.read(io.BytesIO(whole)) == ("a", [1, 2])
    for end in range(len(whole)):
        with pytest.raises(EOFError):
            worker.read(io.BytesIO(whole[:end]))


class Started:
    """A process that was started, and how."""

    stdin = stdout = io.BytesIO()

    def __init__(self, command: list[str], **how: Any) -> None:
        self.command, self.how, self.ended = command, how, False

    def poll(self) -> int | None:
        return 1 if self.ended else None


def test_r65_the_process_gets_no_credentials_of_ours_and_is_started_again_when_it_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subprocess, "Popen", Started)
    needed = {"PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "USERPROFILE"}
    given = {name: f"of {name}" for name in (*needed, "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "PYTHONPATH")}
    monkeypatch.setattr(os, "environ", given)
    process = Process()
    started: Any = process._started()
    here = str(Path(worker.__file__).parents[2])
    assert started.command == [sys.executable, "-P", "-m", "pai_dlc_mcp.redaction.worker"]
    assert started.how == {
        "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL,
        "env": {name: given[name] for name in needed} | {"PYTHONPATH": f"{here}{os.pathsep}of PYTHONPATH"},
    }  # fmt: skip
    assert process._started() is started
    started.ended = True
    monkeypatch.delitem(given, "PYTHONPATH")
    again: Any = process._started()
    assert again is not started
    assert again.how["env"]["PYTHONPATH"] == here
