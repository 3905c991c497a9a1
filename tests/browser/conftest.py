"""The page in Chromium: a real `dashboard` in a terminal of its own, before the emulator, and who drives it."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_emulator.accounts import ALICE, KEYS
from pai_dlc_emulator.dlc.seeds import add_past_job
from pai_dlc_emulator.server import Emulator
from protocol.processes import PATIENCE_S, bare_environment, command
from support.forked_processes import ran, started

YEAR_S = 365 * 86_400.0
HERE = Path(__file__).parent
WEB = HERE.parents[1] / "server/pai_dlc_mcp/web"
ALL = os.environ.get("PAGE_TESTS") == "all"
all_only = pytest.mark.skipif(not ALL, reason="not in the core; `make browser` runs it")


def missing() -> str | None:
    """Why the page cannot be tried in a browser here."""
    if shutil.which("node") is None:
        return "Node.js is not installed"
    if chromium() is None:
        return "Chromium is not installed (apt-get install chromium)"
    if not (WEB / "node_modules/playwright-core").is_dir() or not (WEB / "dist/index.html").is_file():
        return "the page is not built: make web"
    return None


def chromium() -> str | None:
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


class Browser:
    """Chromium, driven by ``driver.mjs``: a scenario and its arguments in, plain facts out."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(HERE / "driver.mjs"), str(WEB), str(chromium())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.page: dict[str, Any] = {}

    def run(self, scenario: str, /, **args: Any) -> Any:
        """What the scenario gives back. A step that cannot be done fails the test, with what stood on the page."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"scenario": scenario, "args": self.page | args}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"error": "the driver has ended"}')
        if "error" in answer:
            pytest.fail(f"{scenario}: {answer['error']}\nwrong: {answer.get('wrong')}\nseen:\n{answer.get('seen')}")
        return answer["value"]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    if reason := missing():
        pytest.skip(reason)
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


def environment(emulator: Emulator, home: Path) -> dict[str, str]:
    key = next(iter(KEYS))
    return bare_environment(
        home,
        ALIBABA_CLOUD_ACCESS_KEY_ID=key,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET=KEYS[key].secret,
        ALIBABA_CLOUD_REGION_ID="cn-hangzhou",
        PAI_DLC_MCP_DLC_ENDPOINT=emulator.dlc,
        PAI_DLC_MCP_AIWORKSPACE_ENDPOINT=emulator.aiworkspace,
        PAI_DLC_MCP_STUDIO_ENDPOINT=emulator.paistudio,
        PAI_DLC_MCP_STATE=str(home / "state.db"),
        PAI_DLC_MCP_AUDIT_LOG=str(home / "audit.jsonl"),
    )


@pytest.fixture(scope="session")
def dashboard(chromium_browser: Browser, shared_emulator: Emulator, home: Path) -> Iterator[str]:
    """The address with its one-time key, as the person's terminal shows it."""
    terminal, inside = pty.openpty()
    process = started(
        command("dashboard"), stdin=inside, stdout=inside, stderr=subprocess.DEVNULL,
        env=environment(shared_emulator, home), cwd=home,
    )  # fmt: skip
    try:
        yield _first_address(terminal)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        os.close(terminal)
        os.close(inside)


def _first_address(terminal: int) -> str:
    shown, end = "", time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1.0)[0]:
            shown += os.read(terminal, 4096).decode()
        found = [word for word in shown.split() if word.startswith("http")]
        if found and shown.endswith("\n"):
            return found[0]
    raise AssertionError(f"no address: {shown}")


@dataclass(frozen=True)
class World:
    """The emulator behind the page: what is in it and what was asked of it."""

    emulator: Emulator

    def reset(self, seed: str) -> dict[str, str]:
        """A world anew; the ids of its jobs by name."""
        self.emulator.service.reset(seed)
        if seed == "vast":
            return {}
        return {job.args["DisplayName"]: job.id for job in self.emulator.world.training.jobs.values()}

    def job(self, name: str, *, owner: str = ALICE.user_id, **more: Any) -> str:
        """A job that has been running for an hour."""
        job = add_past_job(self.emulator.world, name, "succeed", 3600.0, owner, more=more)
        job.phases = tuple(replace(one, seconds=YEAR_S) if one.status == "Running" else one for one in job.phases)
        return str(job.id)

    def answer(self, operation: str, body: dict[str, Any]) -> None:
        """From now on the service answers so."""
        self.emulator.service.faults.set([{"operation": operation, "kind": "answer", "body": body, "times": 100_000}])

    def count(self, operation: str) -> int:
        """How often the service was asked for it."""
        return sum(entry["operation"] == operation for entry in self.emulator.service.journal.entries())


@pytest.fixture
def world(shared_emulator: Emulator) -> World:
    return World(shared_emulator)


@pytest.fixture
def browser(chromium_browser: Browser, dashboard: str) -> Browser:
    """The browser at the dashboard, in its plainest state."""
    chromium_browser.page = {"address": dashboard.partition("/?")[0], "entry": dashboard}
    return chromium_browser


@pytest.fixture
def agent(shared_emulator: Emulator, home: Path) -> Callable[..., dict[str, Any]]:
    """An agent on the same state, which cannot ask anybody itself: one call of a tool."""

    def call(tool: str, **arguments: Any) -> dict[str, Any]:
        words = [f"{name}={value}" for name, value in arguments.items()]
        made = ran(
            command("call", tool, *words, "--structured", "--confirm-by", "human"),
            env=environment(shared_emulator, home), cwd=home, timeout=PATIENCE_S,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(made.stdout or made.stderr)
        return answer

    return call
