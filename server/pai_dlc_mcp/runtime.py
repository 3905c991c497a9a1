"""What a call runs with, and what it brings back. Built once by ``app.py``; guards and tools only see this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol, TypeVar

from .config.settings import Settings
from .errors import Notice
from .operation import READ, Operation, Tool
from .shapes import Input
from .state import State

InputT = TypeVar("InputT", bound=Input)

DEFAULT_CHARS, MOST_CHARS = 8_000, 20_000
"""Longest result unless asked, and at most."""
LINE_CHARS = 2_000
"""Longest line of other people's text that is shown (R60)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the cloud. ``cut`` says that the body was longer than was read (R60)."""

    data: dict[str, Any]
    request_id: str | None = None
    cut: bool = False


DELAYS: ContextVar[list[float] | None] = ContextVar("DELAYS", default=None)
"""Seconds that the requests of the present call have waited for their turn."""


class Cloud(Protocol):
    async def send(
        self, operation: Operation, args: Mapping[str, Any], region: str, *, max_bytes: int | None = None
    ) -> Reply:
        """Send one signed request. ``args`` are by API name.

        ``max_bytes``: read no more of the body than this and salvage what is whole (R60); without it a body over the
        client's own limit is an error.

        Raises:
            CloudFailure: the service refused or could not be reached; LostAnswer where a write may have been done.
            CredentialsError: none found, or refused (R70).
            InvalidArguments: a path argument that would leave a hole in the path.
        """

    async def identity(self) -> str:
        """A digest that tells the account apart and shows nothing of its key.

        Raises:
            CredentialsError: none found.
        """

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: on stdio the operating system's user, on HTTP the name of a bearer token or the subject of an access
    token, whose ``scopes`` limit what is offered; ``None`` is no limit. ``is_person``: the credential was made for a
    person at the page, not for a client. ``expires_at``: when it ends, in seconds since the epoch, where it says so."""

    name: str
    scopes: frozenset[str] | None = None
    is_person: bool = False
    expires_at: float | None = field(default=None, compare=False)


class Paused(Exception):
    """The person answers in a later call: this one is over, and neither done nor refused."""


class InputNeeded(Paused):
    """The question that a paused call leaves with the client (2026-07-28): its key, its words, the name to be typed."""

    def __init__(self, key: str, message: str, name: str) -> None:
        super().__init__(message)
        self.key, self.message, self.name = key, message, name


Decision = Literal["typed", "mistyped", "declined", "dismissed"]
"""What came back from a question: the name, another text, a no, or a question that was put away."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """How a client answered a question, and after how many seconds."""

    decision: Decision
    after_s: float


class Person(Protocol):
    """A way to ask the person at the client (R35); absent where the client has none."""

    @property
    def answers_by_retry(self) -> bool:
        """Whether the answer comes with another call, so that this one cannot wait for it."""

    async def ask(self, message: str, name: str) -> Reaction:
        """Ask to type ``name``.

        Raises:
            Refusal: the client failed to ask.
            InputNeeded: the answer comes with a later call.
        """


@dataclass
class Questions:
    """The questions that are open at clients of this process, and how to go on asking when a call is over."""

    spawn: Callable[..., None] | None = None
    open: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Controls:
    """Arguments of ours that every operation may take beside its own."""

    view: str = "concise"
    max_chars: int = DEFAULT_CHARS
    confirmation_token: str | None = None
    allow_duplicate: bool = False
    wait_seconds: int = 0
    preview_page: int = 1


@dataclass(frozen=True, slots=True)
class ActiveJobs:
    """What the account's jobs that have not ended hold now. ``ids`` tell a create that is listed from one that is not
    listed yet."""

    jobs: int
    gpus: float
    ids: frozenset[str]


@dataclass(slots=True)
class Known:
    """What has been learned on the way of one call, so that a later guard need not learn it again.

    ``answers`` are reads by what was asked; ``record`` are the arguments as they stood in the record that a create was
    made from (R55), ``workspace`` that of the target of a change; ``job`` is the job, or a template's content, whose
    secrets are masked in the result (R67); ``same_name`` the ids of what bore the name before a create; ``active`` the
    jobs that were counted at ``counted_at`` (seconds since the epoch); ``job_gpus`` what the job asks for over all
    pods; ``instance_gpus`` what one instance of a type has; ``max_bytes`` how much of the answer is read (R60);
    ``decisions`` what each guard said; ``created`` the ids of what was created, ``carried_out`` the request id of an
    act that the service answered, all for the audit.
    """

    answers: dict[str, Reply] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    workspace: str | None = None
    job: Mapping[str, Any] | None = None
    same_name: frozenset[str] | None = None
    active: ActiveJobs | None = None
    counted_at: float = 0.0
    job_gpus: float = 0.0
    instance_gpus: dict[str, float | None] = field(default_factory=dict)
    max_bytes: int | None = None
    decisions: dict[str, str] = field(default_factory=dict)
    created: dict[str, str] | None = None
    carried_out: str | None = None


@dataclass(slots=True)
class Approval:
    """How an act is confirmed that a person starts at the page: by their own yes to the request ``id``, whatever the
    act is and whatever the settings say."""

    id: str | None = None


@dataclass(slots=True)
class Sent:
    """Whether a write of this call may have left for the cloud, be it the tool's own or one of its parts."""

    is_write_sent: bool = False


@dataclass(slots=True)
class Call:
    """One call on its way through the guards.

    ``args`` are the arguments by API name, as they will travel; a guard may add to them only where a rule says so
    (R66). ``known`` holds what guards have read already (the job that is to be stopped), so nothing is read twice.
    ``operation`` is the tool where it is one; calls of composites have none and pass no guard that asks for it.
    """

    tool: Tool
    inputs: Input
    args: dict[str, Any]
    region: str
    caller: Caller
    controls: Controls = field(default_factory=Controls)
    notices: list[Notice] = field(default_factory=list)
    known: Known = field(default_factory=Known)
    sent: Sent = field(default_factory=Sent)
    person: Person | None = None
    confirmed_by: str | None = None
    approved_by: str | None = None
    """Who gave the approval that a call was confirmed with: a caller's name, or the terminal."""
    approval: Approval | None = None
    """Set on calls that a person starts at the page."""
    progress: Callable[[float, float | None, str], Awaitable[None]] | None = None
    operation: Operation = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.tool, Operation):
            self.operation = self.tool

    def inputs_as(self, kind: type[InputT]) -> InputT:
        """The validated arguments, as the class that the tool was declared with."""
        if not isinstance(self.inputs, kind):
            raise TypeError(f"{self.tool.name} takes {kind.__name__}, not {type(self.inputs).__name__}")
        return self.inputs

    def notice(self, rule: str, message: str) -> None:
        self.notices.append(Notice(rule, message))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A tool's result before it is rendered: the API's own names in ``data``; ``truncated`` says what was cut."""

    data: dict[str, Any]
    request_id: str | None = None
    truncated: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """``now`` is wall-clock seconds since the epoch; ``sleep`` waits; both are replaced in unit tests.

    ``offered`` are the names of the tools that this server offers, for the next calls that a refusal proposes;
    ``questions`` are those that a person has not answered yet; ``page`` is the address at which this process shows
    people what waits for their approval.
    """

    settings: Settings
    cloud: Cloud
    state: State
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    offered: frozenset[str] = frozenset()
    questions: Questions = field(default_factory=Questions)
    page: str | None = None


Run = Callable[[Call, Runtime], Awaitable[Outcome]]


@dataclass(frozen=True)
class Composite(Tool):
    """A tool made of several operations; ``used_names`` names them, ``resolve`` finds one when it is
    needed.

    With ``needs_region`` false it answers where no region is named or configured, too.
    """

    run: Run = field(kw_only=True)
    resolve: Callable[[str], Operation] = field(kw_only=True)
    used_names: tuple[str, ...] = field(default=(), kw_only=True)
    needs_region: bool = field(default=True, kw_only=True)
    app_view: str = field(default="", kw_only=True)
    """The view of a host of MCP Apps that shows its answers."""

    @cached_property
    def uses(self) -> tuple[Operation, ...]:
        """The operations that it is made of."""
        return tuple(self.resolve(name) for name in self.used_names)

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(action for used in self.uses for action in used.actions))

    @cached_property
    def possible_risks(self) -> frozenset[str]:
        """What the operations do that it uses; one that only reads does nothing else."""
        if self.effect is READ:
            return frozenset({READ.value})
        used = (one.possible_risks for one in self.uses if one.effect is not READ)
        return frozenset({self.effect.value}).union(*used)
