"""Shared by all tests: one emulator for the run, reset before each test that uses it; the order they run in."""

from __future__ import annotations

import functools
import gc
import os
import random
import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import pytest
from mcp.client.session import ClientSession
from mcp_types import CallToolResult

from pai_dlc_emulator.server import Emulator, started
from proofs import OPERATIONS, Noted, Proved
from support.forked_processes import end_parent
from support.remembered import forget_remembered

Admin = Callable[..., Any]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def certificates_are_read_once() -> Iterator[None]:
    """Reading the certificates takes 35 ms, and nearly every test opens a pool of connections or a client: they share
    one context, which none of them alters. A test that names other certificates reads those."""
    real = httpx.create_ssl_context

    @functools.cache
    def shared(trust_env: bool, *named: str | None) -> ssl.SSLContext:
        return real(trust_env=trust_env)

    def context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
        if verify is not True or cert is not None:
            return real(verify=verify, cert=cert, trust_env=trust_env)
        return shared(trust_env, *map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx.create_ssl_context", context)
        patch.setattr("httpx._transports.default.create_ssl_context", context)
        yield


@pytest.fixture(scope="session", autouse=True)
def clients_list_no_tools_unasked() -> Iterator[None]:
    """At its first result a client lists all tools to learn the schema of that result, which takes up to 100 ms. No
    tool has one (``test_surface`` holds that), so a client that has not listed them takes it that there is none."""
    real = ClientSession.validate_tool_result

    async def validate(self: ClientSession, name: str, result: CallToolResult) -> None:
        self._tool_output_schemas.setdefault(name, None)
        await real(self, name, result)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientSession, "validate_tool_result", validate)
        yield


@pytest.fixture(scope="session")
def shared_emulator() -> Iterator[Emulator]:
    # The official SDKs send even loopback requests to a proxy named in the environment.
    proxies = {name: os.environ.pop(name) for name in list(os.environ) if name.lower().endswith("_proxy")}
    with started() as emulator:
        yield emulator
    os.environ.update(proxies)


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def emulator(shared_emulator: Emulator, http: httpx.Client) -> Emulator:
    """A freshly reset emulator in its default world."""
    http.post(f"{shared_emulator.admin}/reset", json={"seed": "default"}).raise_for_status()
    return shared_emulator


@pytest.fixture
def admin(emulator: Emulator, http: httpx.Client) -> Admin:
    """``admin("faults", [...])`` posts, ``admin("state")`` gets."""

    def call(name: str, body: Any = None) -> Any:
        url = f"{emulator.admin}/{name}"
        response = http.get(url) if body is None else http.post(url, json=body)
        response.raise_for_status()
        return response.json()

    return call


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run the tests in an order drawn by this number")


LONG = (
    "attacks/test_generated.py", "protocol/test_time.py", "browser/test_page.py", "property/test_random_calls.py",
    "contract/test_against_sdk.py", "emulator/test_any_input.py", "end_to_end/test_every_operation.py",
    "end_to_end/test_large_world.py", "mutation/test_sample.py", "commands/test_demo.py", "protocol/test_ending.py",
)  # fmt: skip
"""Files that have tests of many seconds. They come first, so that at the end no process waits for one of them."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """No test may need another one before it; the same number gives the same order. Files come in another order, and so
    do the tests of a file, but those stay together: many share a server process that takes a second to start. pytest
    puts those together afterwards that share one of several such servers."""
    seed = config.getoption("--shuffle")
    if seed is not None:
        by_file: dict[str, list[pytest.Item]] = {}
        for item in items:
            by_file.setdefault(item.nodeid.partition("::")[0], []).append(item)
        draw, files = random.Random(seed), list(by_file.values())
        draw.shuffle(files)
        for tests in files:
            draw.shuffle(tests)
        items[:] = [item for tests in files for item in tests]
    yield
    items.sort(key=lambda item: not item.nodeid.partition("::")[0].endswith(LONG))


def pytest_sessionstart() -> None:
    forget_remembered()


def pytest_unconfigure() -> None:
    end_parent()


def pytest_collection_finish() -> None:
    """What was collected lives to the end: the garbage collector need not walk it again and again, which took 6 % of
    the processor's time. It still runs, over what came since."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


PROOFS = pytest.StashKey[dict[str, set[str]]]()
TOTALS = pytest.StashKey[dict[str, int]]()


@pytest.fixture
def proved(pytestconfig: pytest.Config) -> Proved:
    """``proved("what", names)`` counts operations, or names ``of`` another whole, for the end of the run."""

    def count(what: str, names: Iterable[str], of: int = OPERATIONS) -> None:
        pytestconfig.stash.setdefault(PROOFS, {}).setdefault(what, set()).update(names)
        pytestconfig.stash.setdefault(TOTALS, {})[what] = of

    return count


NOTES = pytest.StashKey[list[str]]()


@pytest.fixture
def noted(pytestconfig: pytest.Config) -> Noted:
    """``noted("12 of 12 …")`` is a line of the summary at the end of the run."""
    return lambda line: pytestconfig.stash.setdefault(NOTES, []).append(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands its counts to the process that prints the summary."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["proofs"] = {what: sorted(found) for what, found in session.config.stash.get(PROOFS, {}).items()}
        output["totals"] = session.config.stash.get(TOTALS, {})
        output["notes"] = session.config.stash.get(NOTES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add the counts of a worker that has ended."""
    proofs = node.config.stash.setdefault(PROOFS, {})
    for what, operations in getattr(node, "workeroutput", {}).get("proofs", {}).items():
        proofs.setdefault(what, set()).update(operations)
    node.config.stash.setdefault(TOTALS, {}).update(getattr(node, "workeroutput", {}).get("totals", {}))
    node.config.stash.setdefault(NOTES, []).extend(getattr(node, "workeroutput", {}).get("notes", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if (seed := config.getoption("--shuffle")) is not None:
        terminalreporter.write_line(f"in the order of --shuffle {seed}")
    proofs = config.stash.get(PROOFS, {})
    if proofs:
        terminalreporter.section("proofs by operation")
    for what, operations in sorted(proofs.items()):
        terminalreporter.write_line(f"{what}: {len(operations)}/{config.stash.get(TOTALS, {})[what]}")
    if notes := config.stash.get(NOTES, []):
        terminalreporter.section("held against the service's own facts and others' clients")
    for note in sorted(notes):
        terminalreporter.write_line(note)
