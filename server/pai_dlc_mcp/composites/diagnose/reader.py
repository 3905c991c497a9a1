"""Reading side by side, bounded in number and in time; what did not come is named, never an error of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from ...api.catalog import operation
from ...errors import PaiError
from ...operation import Operation
from ...redaction import engine
from ...runtime import Call, Runtime

SECONDS = 20.0
"""For all reads together, the job's own included: a call ends within 25 s, and some of that is ours."""
MOST_REQUESTS = 30
"""Without the client's own retries, so that a large job stays under 40 in all."""
AT_ONCE = 8
A_ROUND = 0.7
HEAD_CHARS, TAIL_CHARS = 6_000, 2_000
"""What is kept of a line for a diagnosis."""
ANSWER_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Want:
    """One read: an operation, its arguments by API name, and what to call it where it did not come."""

    action: str | Operation
    args: Mapping[str, Any]
    label: str
    max_bytes: int = ANSWER_BYTES


@dataclass(frozen=True, slots=True)
class _Came:
    """What became of a read that ended in time: its answer, empty where it failed, and what is missing of it."""

    data: dict[str, Any]
    missed: str
    request_id: str = ""


@dataclass
class Reader:
    """The reads of one diagnosis. ``missed`` says in our words what was not read and why.

    ``began`` is when the call began (``anyio.current_time``), where reads were made before these. A search
    ``keeps_long_lines``; a diagnosis keeps the beginning and the end of each. ``request_ids`` holds the id of the first
    request of each operation.
    """

    call: Call
    runtime: Runtime
    secrets: frozenset[str] = frozenset()
    requests: int = 1
    missed: list[str] = field(default_factory=list)
    seconds: float = SECONDS
    most_requests: int = MOST_REQUESTS
    began: float | None = None
    keeps_long_lines: bool = False
    request_ids: dict[str, str] = field(default_factory=dict)
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = (anyio.current_time() if self.began is None else self.began) + self.seconds

    async def read(self, wants: Mapping[Any, Want]) -> dict[Any, dict[str, Any]]:
        """The answers that came, by the same keys and in their order, in whatever order they came."""
        allowed = dict(list(wants.items())[: max(0, self.most_requests - self.requests)])
        self._miss([want for key, want in wants.items() if key not in allowed], "the limit of reads was reached")
        self.requests += len(allowed)
        gate, until = anyio.Semaphore(AT_ONCE), self._until()
        came: dict[Any, _Came] = {}

        async def one(key: Any, want: Want) -> None:
            with anyio.CancelScope(deadline=until):
                async with gate:
                    came[key] = await self._answer(want)

        async with anyio.create_task_group() as group:
            for key, want in allowed.items():
                group.start_soon(one, key, want)
        in_order = {key: came[key] for key in allowed if key in came}
        for key, answer in in_order.items():
            self.missed += [f"{allowed[key].label}: {answer.missed}"] if answer.missed else []
            if answer.request_id:
                self.request_ids.setdefault(_declared(allowed[key]).action_name, answer.request_id)
        self._miss([want for key, want in allowed.items() if key not in came], "it did not come in time")
        return {key: answer.data for key, answer in in_order.items()}

    def _until(self) -> float:
        """A round may take a part of what is left, so that one read that hangs leaves time for the next round."""
        now = anyio.current_time()
        return now + A_ROUND * max(0.0, self._ends - now)

    async def _answer(self, want: Want) -> _Came:
        declared = _declared(want)
        try:
            reply = await self.runtime.cloud.send(declared, want.args, self.call.region, max_bytes=want.max_bytes)
        except PaiError as error:
            return _Came({}, f"{error.code} ({error.message[:160]})")
        missed = "longer than was read, so its newest part may be missing" if reply.cut else ""
        return _Came(await self._cleaned(declared, reply.data), missed, reply.request_id or "")

    async def _cleaned(self, declared: Operation, data: dict[str, Any]) -> dict[str, Any]:
        """Lines are cleaned before anything is cut from them: half a secret is not known for one (R65, R67). What is
        judged of a line is its beginning and its end, so that no line holds up anybody (R77)."""
        if declared.lines is None:
            return data
        name = declared.lines.field
        lines = data.get(name)
        cleaned = await engine.clean_lines_off_loop([str(line) for line in lines or []], self.secrets)
        return {**data, name: cleaned if self.keeps_long_lines else [_shortened(line) for line in cleaned]}

    def _miss(self, wants: list[Want], why: str) -> None:
        labels = [want.label for want in wants]
        if labels:
            rest = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
            self.missed.append(f"{', '.join(labels[:3])}{rest}: {why}")


def _shortened(line: str) -> str:
    return line if len(line) <= HEAD_CHARS + TAIL_CHARS else f"{line[:HEAD_CHARS]} … {line[-TAIL_CHARS:]}"


def _declared(want: Want) -> Operation:
    return want.action if isinstance(want.action, Operation) else operation(want.action)
