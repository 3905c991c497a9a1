"""How fast text is cleaned, in megabytes of CPU time a second: ordinary logs, and texts made to be slow.

``python -m evals.benchmarks.run masking``. Beside the figure of each text stands that of its half: where both are the
same, the work grows with the length alone. A processor that others use too does less in a second of its time: before
each run stands one of a million additions, and the last figure is the speed where those take 32 ms.
"""

from __future__ import annotations

import random
import string
import time
from collections.abc import Awaitable, Callable
from functools import partial

import anyio

from pai_dlc_mcp.redaction import engine
from pai_dlc_mcp.redaction.engine import clean_text
from pai_dlc_mcp.redaction.known_values import known_values

from .figures import Figure, note

TEXT_CHARS = 4_000_000
REPEATS = 5
PLAIN_GOAL, HOSTILE_GOAL = 50.0, 20.0
"""Megabytes a second of processor time (R77)."""
ADDITIONS_S = 0.032
"""What a million additions take on an idle core of the machine that the limits were set on."""
STEP = "2026-11-25 12:00:00,123 INFO trainer.py:321 epoch {0} step {1}/5000 loss=0.{1} lr=1e-4 norm: 1.{1} eta {0} s\n"
TOKENS = "step {1}/5000 tokens/s 2345.{1} max_tokens: 2048 eos_token_id=2 num_tokens=1{1} tokenizer=gpt2 loss=0.{1}\n"
CHINESE = "第 {0} 轮 训练 步数 {1} 损失=0.{1} 学习率 1e-4 吞吐 2345 词元每秒 显存 71.{0} GB 验证集 正确率 0.{1}\n"

Make = Callable[[int], str]
"""A text of so many characters."""


def repeated(part: str) -> Make:
    return lambda chars: (part * (chars // len(part) + 1))[:chars]


def lines(form: str) -> Make:
    return repeated("".join(form.format(number % 60, number * 7919 % 9973) for number in range(2_000)))


def values(count: int) -> frozenset[str]:
    """Values as variables have them, the same ones each time."""
    some, letters = random.Random(7), string.ascii_letters + string.digits
    return frozenset("".join(some.choices(letters, k=some.randint(8, 40))) for _ in range(count))


PLAIN: dict[str, Make] = {"ordinary log": lines(STEP), "ordinary log in Chinese": lines(CHINESE)}
HOSTILE: dict[str, Make] = {
    "tokens/s in every line": lines(TOKENS),
    "eyJ-eyJ-eyJ-": repeated("eyJ-"),
    "one line": repeated("a"),
    "one long quoted text": lambda chars: 'password="' + "a" * (chars - 10),
    "many quoted texts": repeated('"token": "' + "a" * 80 + '", '),
    "keys never closed": repeated("-----BEGIN PRIVATE KEY-----\nMIIE\n"),
    "ends of keys": repeated("-----END PRIVATE KEY-----\n"),
    "many ://": repeated("://a"),
    "many api_key=": repeated("api_key=abc "),
    "many key=": repeated("key=value "),
    "names without values": repeated("password"),
    "a word in each line": repeated("sk-\n"),
    "a list of addresses": repeated("oss://b/00001.jpg\n"),
    "colours of a terminal": repeated("\x1b[31mERR\x1b[0m step 12 loss\r"),
    "command lines": repeated("mysql -p curl -u "),
}
"""What an attacker writes into a log."""


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The least CPU time of some runs."""
    best = float("inf")
    for _ in range(repeats):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def rate(make: Make, chars: int, secrets: frozenset[str] = frozenset()) -> tuple[float, float]:
    """Megabytes of UTF-8 a second: as measured, and where the additions take their time."""
    text = make(chars)
    runs = [(seconds(additions, 1), seconds(lambda: clean_text(text, secrets), 1)) for _ in range(REPEATS)]
    added, cleaned = min(one for one, _ in runs), min(one for _, one in runs)
    found = len(text.encode()) / 1e6 / cleaned
    return found, found * added / ADDITIONS_S


def additions() -> int:
    return sum(number for number in range(1_000_000))


async def longest_wait_s(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """The longest time that the event loop did not come round while something was cleaned, and how long that took."""
    worst, is_done = 0.0, False

    async def watch() -> None:
        nonlocal worst
        while not is_done:
            began = time.perf_counter()
            await anyio.sleep(0.001)
            worst = max(worst, time.perf_counter() - began - 0.001)

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        began = time.perf_counter()
        await work()
        is_done, taken = True, time.perf_counter() - began
    return worst, taken


async def main() -> None:
    print(f"a million additions: {seconds(additions) * 1e3:.0f} ms", flush=True)
    for name, make in {**PLAIN, **HOSTILE}.items():
        (whole, even), (half, _) = rate(make, TEXT_CHARS), rate(make, TEXT_CHARS // 2)
        beside = f"half of it {half:.0f} MB/s, on an idle core {even:.0f} MB/s"
        goal = PLAIN_GOAL if name in PLAIN else HOSTILE_GOAL
        note(Figure(f"masking, {name}", whole, "MB/s", goal, is_least=True, beside=beside))
    for count in (20, 500, 2_600, 5_000):
        known = values(count)
        prepared = seconds(lambda known=known: known_values.__wrapped__(known), 1)  # type: ignore[misc]  # past its cache
        found, even = rate(PLAIN["ordinary log"], TEXT_CHARS, known)
        speed = f"{found:.0f} MB/s, on an idle core {even:.0f} MB/s"
        print(f"ordinary log, {count} known values: {speed}, prepared in {prepared * 1e3:.0f} ms", flush=True)
    works: dict[str, tuple[str, int]] = {
        "4 MB of an ordinary log": (PLAIN["ordinary log"](TEXT_CHARS), 0),
        "4 MB of api_key=": (HOSTILE["many api_key="](TEXT_CHARS), 0),
        "4 MB of an ordinary log, 2,600 known values": (PLAIN["ordinary log"](TEXT_CHARS), 2_600),
    }
    for name, (text, count) in works.items():
        worst, taken = await longest_wait_s(partial(engine.clean_off_loop, text, values(count)))
        beside = f"it takes {taken * 1e3:.0f} ms"
        note(Figure(f"the event loop held while {name} is masked", worst * 1e3, "ms", beside=beside))
