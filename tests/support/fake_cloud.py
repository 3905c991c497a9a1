"""A cloud and a clock for unit tests of decisions: reads are answered from a table and noted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pai_dlc_mcp.api.catalog import MEMBERS_READER, OWN_READER, OWN_READER_ELSE, operation
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import PaiError
from pai_dlc_mcp.operation import Operation
from pai_dlc_mcp.runtime import Call, Caller, Controls, Reply, Runtime
from pai_dlc_mcp.state.memory import MemoryState

REGION = "cn-hangzhou"
Answer = Mapping[str, Any] | PaiError | Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass
class FakeCloud:
    """``answers`` by action: data, an error to raise, or a function of the arguments; a list is given one by one and
    its last item again and again."""

    answers: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    own_id: str | None = "20001"
    """The account's user id, as its own jobs tell it; that read is not noted, nor that of members without an answer."""
    own_board_id: str | None = None
    """The same, as its own TensorBoards tell it."""

    async def send(
        self, operation: Operation, args: Mapping[str, Any], region: str, *, max_bytes: int | None = None
    ) -> Reply:
        assert region == REGION
        if operation.action_name == OWN_READER and args.get("ShowOwn") and args.get("PageSize") == 1:
            return Reply({"Jobs": [{"UserId": self.own_id}] if self.own_id else []}, "req-1")
        if operation.action_name == OWN_READER_ELSE and args.get("ShowOwn") and args.get("PageSize") == 1:
            return Reply({"Tensorboards": [{"UserId": self.own_board_id}] if self.own_board_id else []}, "req-1")
        if operation.action_name == MEMBERS_READER and MEMBERS_READER not in self.answers:
            return Reply({"Members": []}, "req-1")
        self.sent.append((operation.action_name, dict(args)))
        answer = self.answers[operation.action_name]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, PaiError):
            raise answer
        return Reply(dict(answer(args) if callable(answer) else answer), "req-1")

    async def identity(self) -> str:
        return "account"

    async def close(self) -> None:
        return

    @property
    def actions(self) -> list[str]:
        return [action for action, _ in self.sent]


@dataclass
class Clock:
    """Time that moves only by waiting."""

    at: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


def runtime_of(
    answers: dict[str, Answer | list[Answer]] | None = None,
    *,
    settings: Settings | None = None,
    offered: Iterable[str] = (),
) -> tuple[Runtime, FakeCloud, Clock]:
    """A server with these answers and settings that offers these tools for next calls, and what it runs on."""
    cloud, clock = FakeCloud(answers or {}), Clock()
    runtime = Runtime(settings or Settings(), cloud, MemoryState(), clock.now, clock.sleep, offered=frozenset(offered))
    return runtime, cloud, clock


def cloud_of(runtime: Runtime) -> FakeCloud:
    """The fake behind a runtime, which notes what it was asked."""
    assert isinstance(runtime.cloud, FakeCloud)
    return runtime.cloud


def call_of(action: str, args: dict[str, Any] | None = None, *, caller: str = "ada", **controls: Any) -> Call:
    """A call as it enters the pipeline; ``args`` by API name."""
    tool = operation(action)
    inputs = tool.inputs.model_construct()
    return Call(tool, inputs, dict(args or {}), REGION, Caller(caller), Controls(**controls))
