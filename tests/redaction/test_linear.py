"""Cleaning takes steps that grow with the text alone, whatever it is and however many values are known (R65, R77)."""

from __future__ import annotations

import random
import string
from typing import Any

import anyio
import pytest

from pai_dlc_emulator.dlc.pods import current_pods
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.redaction import engine
from pai_dlc_mcp.redaction.engine import AT_ONCE_CHARS, MASK, clean_lines_off_loop, clean_text
from pai_dlc_mcp.redaction.known_values import KnownValues
from pai_dlc_mcp.redaction.patterns import secret_words
from pai_dlc_mcp.redaction.scan import WINDOW_CHARS
from support.attack_scene import Scene

HOSTILE = {
    "one line": "a",
    "open quotes": '"token": "' + "a" * 80 + '", ',
    "web tokens without end": "eyJ-",
    "keys never closed": "-----BEGIN PRIVATE KEY-----\nMIIE\n",
    "ends of keys": "-----END PRIVATE KEY-----\n",
    "addresses": "://a",
    "names and values": "api_key=abc ",
    "names alone": "password",
    "backslashes": "password=\\\\",
    "terminal": "\x1b[31mERR\x1b[0m\r",
    "commands": "mysql -p curl -u ",
    "Chinese names": "密码密钥",
}


def of(part: str, chars: int) -> str:
    return (part * (chars // len(part) + 1))[:chars]


def steps(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a handler was asked or a word looked at."""
    words, asked = secret_words(), [0]

    def counting(handler: Any) -> Any:
        def count(scan: Any, start: int, end: int) -> Any:
            asked[0] += 1
            return handler(scan, start, end)

        return count

    class Finding:
        def find_matches_as_indexes(self, piece: str) -> Any:
            found = automaton.find_matches_as_indexes(piece)
            asked[0] += len(found)
            return found

    automaton = words._found
    with monkeypatch.context() as patch:
        patch.setattr(words, "_handlers", [counting(one) if one else None for one in words._handlers])
        patch.setattr(words, "_found", Finding())
        words.spans(text)
    return asked[0]


@pytest.mark.parametrize("part", HOSTILE.values(), ids=HOSTILE)
def test_r77_twice_the_text_takes_at_most_twice_the_steps(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chars = 4 * WINDOW_CHARS
    once, twice = (steps(of(part, chars * times), monkeypatch) for times in (1, 2))
    assert twice <= 2.2 * once + 100
    assert twice <= chars  # half a step a character, whatever stands there


def test_r77_known_values_are_found_in_one_pass_however_many_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(7)
    letters = string.ascii_letters + string.digits
    values = ["".join(draw.choices(letters, k=24)) for _ in range(500)]
    text = of(f"step 1 loss=0.1 {values[0]}\n", 100_000)
    for count in (1, 500):
        known, passes = KnownValues(values[:count]), []
        found = known._found
        assert found is not None

        class Counted:
            def find_matches_as_indexes(self, part: str) -> Any:
                passes.append(len(part))  # noqa: B023 - used up within its round
                return found.find_matches_as_indexes(part)  # noqa: B023 - as above

        monkeypatch.setattr(known, "_found", Counted())
        assert len(known.spans(text, 0, len(text))) == text.count(values[0])
        assert sum(passes) == len(text)


LONG = ["loss = 0.25"] * 60_000 + ["password=abc"]
CLEANED = ["loss = 0.25"] * 60_000 + [f"password={MASK}"]


async def test_r77_a_long_text_comes_back_from_its_own_process_as_it_would_from_here() -> None:
    lines = [f"step {number} password=hunter{number} value-of-this-job" for number in range(20_000)]
    assert sum(map(len, lines)) > engine.IN_THREAD_CHARS
    shown = await clean_lines_off_loop(lines, {"value-of-this-job"})
    assert shown == engine.clean_lines(lines, {"value-of-this-job"})
    assert engine._process._running is not None


async def test_r77_a_call_that_is_cancelled_ends_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [of("api_key=abc ", 30_000_000)]
    began = anyio.Event()

    async def work() -> None:
        began.set()
        await clean_lines_off_loop(lines)

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await began.wait()
        for _ in range(200):
            if engine._process._running is not None:
                break
            await anyio.sleep(0.02)
        group.cancel_scope.cancel()
    assert engine._process._running is None or engine._process._running.poll() is not None
    assert await clean_lines_off_loop(LONG) == CLEANED


async def test_r77_where_no_process_can_be_started_a_thread_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise OSError

    monkeypatch.setattr(engine._process, "ask", fails)
    assert await clean_lines_off_loop(LONG) == CLEANED


LONG_LINE = of("eyJ-eyJ- token= ", 1_500_000)


@pytest.mark.parametrize(
    ("tool", "more"),
    [("dlc_get_pod_logs", {}), ("dlc_search_logs", {"text": "no such words"}), ("dlc_diagnose_job", {})],
)
async def test_r77_a_call_beside_a_hostile_log_is_answered_before_it(
    emulator: Emulator, tmp_path: Any, tool: str, more: dict[str, Any]
) -> None:
    """By the order of the answers, not by the clock: two ordinary calls that begin later come back first."""
    scene = Scene(emulator, tmp_path)
    envs = {f"V{number}": f"value-{number}-{number * 7919}" for number in range(2_600)}
    job = scene.job("hostile", Envs=envs)
    pod = current_pods(emulator.world.training.jobs[job], emulator.world.clock.now())[0].id
    answered: list[str] = []
    async with scene.server(toolsets=("all",)) as driver:
        given = {"pod_id": pod} if tool == "dlc_get_pod_logs" else {}
        body = {"Logs": [LONG_LINE, *(f"line {number} 1 2 3" for number in range(500))]}
        scene.fault({"operation": "GetPodLogs", "kind": "answer", "body": body, "times": 99})
        read = anyio.Event()

        async def hostile() -> None:
            await driver.raw(tool, job_id=job, **given, **more)
            answered.append("hostile")

        async def ordinary() -> None:
            while not (scene.requests("GetPodLogs") or answered):  # noqa: ASYNC110 - the emulator tells nobody
                await anyio.sleep(0.005)
            for _ in range(2):
                await driver.raw("dlc_get_job", job_id="dlc-none")
                answered.append("ordinary")
            read.set()

        async with anyio.create_task_group() as group:
            group.start_soon(hostile)
            group.start_soon(ordinary)
    assert answered == ["ordinary", "ordinary", "hostile"]


def test_r77_short_text_is_cleaned_at_once() -> None:
    assert clean_text("password=abc " * (AT_ONCE_CHARS // 13)).count(MASK) > 0
