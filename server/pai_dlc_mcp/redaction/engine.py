"""Other people's words and secrets on their way out (R64, R65, R67): one pass over text, one over data.

``clean_text`` and ``clean`` make text harmless, then mask known values and what looks like a secret; ``clean_answer``
does it to a whole answer, with the secrets that it holds itself. What may be long goes by their namesakes that end in
``_off_loop``, which do the same without holding up anybody else (R77): short data at once, longer data in a thread,
long data in a process of its own. A thread lets the event loop go on, but shares the interpreter with it; building the
automaton of thousands of known values would not let go of it at all. A call that is cancelled or out of time ends its
work: that process is killed.
"""

from __future__ import annotations

import atexit
import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from ..errors import Unavailable
from .known_values import known_values
from .names import is_plain_value, is_secret_field, is_secret_name
from .patterns import secret_words
from .private_keys import LONGEST_KEY_CHARS
from .private_keys import middle as middle_of_key
from .scan import MASK, harmless, masked, merged, windows_of
from .worker import BUDGET_S, Process

__all__ = [
    "MASK", "clean", "clean_answer", "clean_answer_off_loop", "clean_lines", "clean_lines_off_loop", "clean_off_loop",
    "clean_text", "hide_env_values", "holds_secret", "is_long", "is_plain_value", "is_secret_name", "secret_values",
    "secret_values_off_loop",
]  # fmt: skip

ResultT = TypeVar("ResultT")

DEEPEST = 60

SHORT = 64
"""Characters up to which what was cleaned is remembered."""

LINES = frozenset({"Logs", "Events"})
"""Fields whose items are the lines of one text."""
AT_ONCE_CHARS, IN_THREAD_CHARS, IN_THREAD_VALUES = 65_536, 524_288, 200
"""Up to how many characters work is done at once, up to how many in a thread, and with how many known values."""

log = logging.getLogger(__name__)
_turn: RunVar[anyio.CapacityLimiter] = RunVar("_turn")


def clean_text(text: str, secrets: Collection[str] = ()) -> str:
    """The text without control, terminal and invisible characters, secrets masked."""
    if not secrets and len(text) <= SHORT:
        return _clean_short(text)
    text = harmless(text)
    spans = secret_words().spans(text)
    if secrets:
        known = known_values(frozenset(secrets))
        for start, end in windows_of(text):
            spans += known.spans(text, start, end)
        spans = merged(spans)
    return masked(text, spans) if spans else text


@lru_cache(maxsize=4096)
def _clean_short(text: str) -> str:
    """Names of fields, states and ids come again and again."""
    text = harmless(text)
    spans = secret_words().spans(text)
    return masked(text, spans) if spans else text


def holds_secret(text: str) -> bool:
    """Whether something in a text looks like a secret."""
    return bool(secret_words().spans(harmless(text)))


def clean_lines(lines: Iterable[str], secrets: Collection[str] = ()) -> list[str]:
    """Log lines, cleaned as one text so that a key over several lines is seen; a break inside a line makes two.

    Clean first and truncate afterwards: half a secret is not known for one.
    """
    text = "\n".join(lines)
    if len(text) <= LONGEST_KEY_CHARS and (spans := middle_of_key(shown := harmless(text))):
        return masked(shown, spans).split("\n")
    return clean_text(text, secrets).split("\n") if text else []


def clean(value: Any, secrets: Collection[str] = (), keep: Collection[str] = (), depth: int = 0) -> Any:
    """Data cleaned to the leaf, names of fields included. ``keep`` names fields whose purpose is their secret (R65)."""
    if isinstance(value, str):
        return clean_text(value, secrets)
    if depth > DEEPEST:
        return MASK
    if isinstance(value, list | tuple):
        return [clean(item, secrets, keep, depth + 1) for item in value]
    if isinstance(value, Mapping):
        secret = _is_secret_pair(value)
        return {
            clean_text(str(name), secrets): _clean_field(str(name), item, secret, secrets, keep, depth)
            for name, item in value.items()
        }
    return value


def clean_answer(shown: Any, sources: Iterable[Any], keep: Collection[str] = ()) -> Any:
    """What is shown of an answer, without the secrets that the ``sources`` hold: the answer itself, and the job that it
    is about. Variables and credentials are shown by name (R67)."""
    return clean(hide_env_values(shown), _secrets_of(sources), keep)


def _secrets_of(sources: Iterable[Any]) -> frozenset[str]:
    return frozenset[str]().union(*map(secret_values, filter(None, sources)))


def _clean_field(name: str, item: Any, pair: bool, secrets: Collection[str], keep: Collection[str], depth: int) -> Any:
    if name in keep and isinstance(item, str):
        return harmless(item)
    is_value = isinstance(item, str | int | float) and not isinstance(item, bool)
    if item and is_value and ((pair and name == "Value") or is_secret_field(name)):
        return MASK
    if name in LINES and isinstance(item, list) and all(isinstance(line, str) for line in item):
        return clean_lines(item, secrets)
    return clean(item, secrets, keep, depth + 1)


def _is_secret_pair(value: Mapping[Any, Any]) -> bool:
    """Whether an object is a name that says secret and a Value."""
    name = value.get("Key") or value.get("Name")
    return "Value" in value and isinstance(name, str) and is_secret_name(name)


ENVIRONMENTS = ("Envs", "SystemEnvs", "RoleSystemEnvs")
"""Fields that map names of variables to values, the last by role."""

PAIRS = ("CustomEnvs", "Env")
"""Lists of objects with a name (Key or Name) and a Value."""

CREDENTIALS = ("CredentialConfig", "ImageConfig")
"""Objects of known fields: their values are hidden but for what only says of which kind they are."""

SECRETS = ("Secrets", "RegistryAuths")
"""Maps of free names, all of whose values are secrets."""

_CLOSED = frozenset((*ENVIRONMENTS, *PAIRS, *CREDENTIALS, *SECRETS))
_KINDS = frozenset({"Key", "Name", "Type", "RoleType", "DockerRegistry", "AliyunEnvRoleKey"})
_OPEN = ("JobId", "DisplayName", "WorkspaceId", "WorkspaceName", "UserId", "Username", "ResourceId", "ClusterId",
         "TenantId", "PodId", "PodUid", "Ip", "NodeName", "Image", "EcsSpec", "MountPath")  # fmt: skip
"""Fields that an answer shows anyway: a variable that repeats one of them is no secret."""

_SHORT = frozenset({int, float, bool, type(None)})
_LEAVES = _SHORT | {str}
"""What nothing is in: asking a leaf whether it is a ``Mapping`` takes longer than all the rest."""

VALUE_CHARS, NAMED_VALUE_CHARS, DEEPEST_IN_JOB = 8, 4, 40
"""The shortest value that is a secret under any name and under a secret's; how deep a job is looked into."""
_COMPARED_CHARS, _VALUE_CHARS = 50_000_000, 1_000


def secret_values(job: Mapping[str, Any]) -> frozenset[str]:
    """The values of a job that are masked wherever they turn up.

    Under a name that says secret: four characters and more. Under any other name: eight and more, and neither trivial
    (numbers, switches, log levels, paths of at most two parts) nor part of an id or name that the answer shows anyway.
    What the platform sets may also be made of such an id, as the address of a pod is.
    """
    variables = list(_variables(job, 0))
    if not variables:
        return frozenset()
    shown = list(dict.fromkeys(value for value in _shown(job, 0) if len(value) >= NAMED_VALUE_CHARS))
    # A bound on the comparisons, whatever the job: what is not compared counts as not shown, and is masked.
    text = "\n".join(shown)[: _COMPARED_CHARS // len(variables)]
    few = shown[: _COMPARED_CHARS // _VALUE_CHARS // len(variables)]
    return frozenset(one.value for one in variables if _counts(one, text, few))


class _Variable(NamedTuple):
    name: str
    value: str
    of_platform: bool = False


def _counts(one: _Variable, shown: str, ids: list[str]) -> bool:
    if is_secret_name(one.name):
        return len(one.value) >= NAMED_VALUE_CHARS
    if len(one.value) < VALUE_CHARS or is_plain_value(one.value) or one.value in shown:
        return False
    return not (one.of_platform and any(value in one.value for value in ids))


def _shown(value: Any, depth: int) -> Iterator[str]:
    """Values of the open fields, outside environments and credentials."""
    if depth > DEEPEST_IN_JOB:
        return
    for name, item in value.items() if isinstance(value, Mapping) else enumerate(_items(value)):
        if name in _OPEN and isinstance(item, str):
            yield item
        elif type(item) not in _LEAVES and name not in _CLOSED and isinstance(item, Mapping | list):
            yield from _shown(item, depth + 1)


def _variables(value: Any, depth: int) -> Iterator[_Variable]:
    """Everything secret in a job-like answer."""
    if depth > DEEPEST_IN_JOB:
        return
    for name, item in value.items() if isinstance(value, Mapping) else enumerate(_items(value)):
        if name in CREDENTIALS:
            yield from (_Variable(key, text) for key, text in _leaves(item, depth + 1, name, _KINDS))
        elif name in SECRETS:
            yield from (_Variable("secret", text) for _, text in _leaves(item, depth + 1, name))
        elif name in ENVIRONMENTS:
            yield from (_Variable(key, text, name != "Envs") for key, text in _leaves(item, depth + 1, name))
        elif name in PAIRS:
            yield from (_Variable(key, text) for key, text in _pairs(item))
        elif type(item) not in _LEAVES or name == "Content":
            yield from _variables(_parsed(item) if isinstance(item, str) else item, depth + 1)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _pairs(items: Any) -> Iterator[tuple[str, str]]:
    for item in _items(items):
        if isinstance(item, Mapping) and item.get("Value") is not None:
            yield str(item.get("Key") or item.get("Name")), str(item["Value"])


def _leaves(value: Any, depth: int, name: str, hidden: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Every value below under its nearest name, but for those under the ``hidden`` names."""
    if depth > DEEPEST_IN_JOB:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in hidden:
                yield from _leaves(item, depth + 1, str(key), hidden)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, depth + 1, name, hidden)
    elif value is not None and not isinstance(value, bool):
        yield name, str(value)


def hide_env_values(data: Any, depth: int = 0) -> Any:
    """A job-like answer with its variables and credentials by name only (R67)."""
    if depth > DEEPEST_IN_JOB:
        return MASK
    if isinstance(data, list):
        return [hide_env_values(item, depth + 1) for item in data]
    if not isinstance(data, Mapping):
        return data
    return {name: _hidden(name, item, depth + 1) for name, item in data.items()}


def _hidden(name: str, item: Any, depth: int) -> Any:
    if name in ENVIRONMENTS:
        return _masked(item, frozenset(), depth, are_variables=True)
    if name in SECRETS:
        return _masked(item, frozenset(), depth)
    if name in CREDENTIALS:
        return _masked(item, _KINDS, depth)
    if name in PAIRS:
        return [_masked(pair, _KINDS | _open_value(pair), depth) for pair in _items(item)]
    if name == "Content" and isinstance(item, str) and isinstance(content := _parsed(item), Mapping):
        return json.dumps(hide_env_values(content, depth), ensure_ascii=False, separators=(",", ":"))
    return hide_env_values(item, depth)


def _is_open(name: Any, value: Any) -> bool:
    """Whether a variable's value is plainly no secret, such as a number or a log level, under a name that says none."""
    is_word = isinstance(value, str | int | float) and not isinstance(value, bool)
    return is_word and not is_secret_name(str(name)) and is_plain_value(str(value))


def _open_value(pair: Any) -> frozenset[str]:
    """The names of a pair that are shown besides its kinds."""
    is_shown = isinstance(pair, Mapping) and _is_open(pair.get("Key") or pair.get("Name"), pair.get("Value"))
    return frozenset({"Visible", "Value"} if is_shown else {"Visible"})


def _masked(value: Any, open_names: frozenset[str], depth: int, *, are_variables: bool = False) -> Any:
    """The same shape with every value masked but those of open names, switches, plain variables and what is empty."""
    if depth > DEEPEST_IN_JOB:
        return MASK
    if isinstance(value, Mapping):
        return {
            name: item
            if (name in open_names and isinstance(item, str)) or (are_variables and _is_open(name, item))
            else _masked(item, open_names, depth + 1, are_variables=are_variables)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, open_names, depth + 1, are_variables=are_variables) for item in value]
    return value if value is None or isinstance(value, bool) or value == "" else MASK


async def clean_off_loop(value: Any, secrets: Collection[str] = (), keep: Collection[str] = ()) -> Any:
    """``clean`` off the event loop where the data is long or the secrets are many."""
    return await _run((value, secrets), len(secrets), clean, value, secrets, keep)


async def clean_lines_off_loop(lines: Sequence[str], secrets: Collection[str] = ()) -> list[str]:
    """``clean_lines`` off the event loop where the lines are long or the secrets are many."""
    return await _run((lines, secrets), len(secrets), clean_lines, lines, secrets)


async def clean_answer_off_loop(shown: Any, sources: Collection[Any], keep: Collection[str] = ()) -> Any:
    """``clean_answer`` off the event loop where an answer, or the job that it is about, is long."""
    secrets = await _run(sources, 0, _secrets_of, sources)
    return await _run((shown, secrets), len(secrets), _clean_shown, shown, secrets, keep)


async def secret_values_off_loop(job: Mapping[str, Any]) -> frozenset[str]:
    """``secret_values`` off the event loop where a job is long."""
    return await _run(job, 0, secret_values, job)


def _clean_shown(shown: Any, secrets: Collection[str], keep: Collection[str]) -> Any:
    return clean(hide_env_values(shown), secrets, keep)


def is_long(value: Any) -> bool:
    """Whether data is too long to be worked on at once."""
    return size_of(value, AT_ONCE_CHARS) > AT_ONCE_CHARS


async def _run(sized: Any, values: int, function: Callable[..., ResultT], *args: Any) -> ResultT:
    chars = size_of(sized, IN_THREAD_CHARS)
    if chars <= AT_ONCE_CHARS and values <= IN_THREAD_VALUES:
        return function(*args)
    async with _limiter():
        if chars > IN_THREAD_CHARS or values > IN_THREAD_VALUES or _process.is_running:
            try:
                return await _in_process(function, *args)
            except (OSError, EOFError) as failure:
                log.warning("no process for cleaning, so a thread does it: %s", type(failure).__name__)
        return await anyio.to_thread.run_sync(function, *args)


def _limiter() -> anyio.CapacityLimiter:
    """One piece of work at a time, in the order of asking, for each event loop."""
    try:
        return _turn.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(1)
        _turn.set(limiter)
        return limiter


def size_of(value: Any, most: int) -> int:
    """About how many characters data holds; counted no further than ``most``."""
    found, todo = 0, [value]
    while todo and found <= most:
        item = todo.pop()
        if isinstance(item, str):
            found += len(item) + 1
        elif type(item) in _SHORT:
            pass
        elif type(item) is dict or isinstance(item, Mapping):
            todo += item.values()
            found += 8 * len(item)
        elif isinstance(item, Collection) and not isinstance(item, bytes):
            todo += item
            found += len(item)
    return found


_process = Process()
atexit.register(_process.end)


async def _in_process(function: Callable[..., ResultT], *args: Any) -> ResultT:
    try:
        went_well, result = await anyio.to_thread.run_sync(_process.ask, function, args, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class():
        _process.interrupt()
        raise
    if isinstance(result, TimeoutError):
        raise Unavailable(f"Masking this text takes more than {BUDGET_S} s of the processor; ask for less of it.")
    if not went_well:
        raise result
    return result  # type: ignore[no-any-return]  # it came through a pipe
