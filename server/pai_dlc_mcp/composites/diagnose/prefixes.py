"""The prefixes of a log's lines: rank, process, time, level, logger and source position, taken off in turn. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .stamps import LEADING, seconds_in
from .text import FRONT_CHARS

TEXT, EXCEPTION, FRAME = "text", "exception", "frame"
MOST_PREFIXES, MOST_HABITS, BEGINNING_CHARS = 10, 64, 12
_SAME_DIGIT = str.maketrans("123456789", "0" * 9)
_RANK = re.compile(
    r"\[(?:default|rank|Rank |worker)?(\d{1,5})\]:\s?"
    r"|(?:[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4})?\[(?:\d+,)?(\d{1,5})\]<(?:stdout|stderr)>:?\s?"
    r"|\[(?:\d+,)?(\d{1,5})\](?=\s?(?:Traceback|  File|\w+(?:Error|Exception)))\s?"
    r"|\[?(?:Rank|rank|RANK)[ =:]?(\d{1,5})\]?(?::\s|\s-\s|\s(?=Traceback|\w+(?:Error|Exception)))"
)
_PROCESS = re.compile(
    r"\(([A-Za-z_][\w.:<>-]{0,60} )?(?:pid=\d+|ip=[\d.]+)[^()]{0,80}\)\s?|\((?:raylet|autoscaler|gcs_server"
    r"|driver)[^()]{0,60}\)\s?"
    r"|(?:stderr|stdout): |(?:wandb|swanlab): (?=ERROR )|\[pod/[^\]]{1,120}\]\s?"
    r"|[a-z][\w.-]{1,30}: (?=[A-Z][A-Za-z]{2,40}(?:Error|Exception): )"
    r"|(?P<step>#\d{1,3}) \d{1,6}\.\d{1,3} ?"
    r"|(?P<host>(?:[\w.-]+-)?(?:worker|master|launcher|node|chief"
    r"|ps)-?\d{1,4}"
    r"|\d{1,3}(?:\.\d{1,3}){3}): (?=\S)"
)
_LEVELS = {
    "debug": "debug", "info": "info", "notice": "info", "trace": "debug", "warn": "warning", "warning": "warning",
    "error": "error", "err": "error", "severe": "error", "fatal": "fatal", "critical": "fatal", "panic": "fatal",
    "i": "info", "w": "warning", "e": "error", "f": "fatal", "d": "debug",
}  # fmt: skip
_LEVEL = re.compile(
    r"(?:-\s)?[\[(<]?(DEBUG|INFO|NOTICE|TRACE|WARN(?:ING)?|ERROR|ERR|SEVERE|FATAL|CRITICAL|PANIC"
    r"|debug|info|warn(?:ing)?|error|fatal|critical|Warning)[\])>]?(?:\s*[:|-]\s*|\s+(?=\S)|$)"
)
_BRACKETED_LEVEL = re.compile(r"\[ *(debug|info|warn(?:ing)?|error|fatal|critical) *\]\s*(?:[:-]\s*)?", re.IGNORECASE)
_NEMO = re.compile(r"\[NeMo ([DIWE]) (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})[^\]]{0,80}\]\s?")
_PADDING = re.compile(r"[\[(<|-]|[A-Z]{3,8}\b")
"""What blanks behind a time align; before anything else they are the indentation of a traceback."""
_LETTER = re.compile(r"([IWEF]) (?=[\w/.-]+\.(?:cc|cu|cpp|h|py):\d+\])")
_GLOG = re.compile(
    r"\[?([IWEF])(\d{3,4}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?:\s+\d+)?\s+([\w./+-]+:\d+)\]\s?"
    r"|\[([IWEF]) ([\w./]+\.(?:cpp|cc|py):\d+)\]\s?"
)
_PLACE = re.compile(
    r"\[?((?:[\w.-]+/)*[\w.-]+\.(?:py|cc|cpp|cu|h|hpp|c|rs|go|scala|java):\d+)(?::[\w<>]+)?(?:\]:?|:?(?=\s))(?:\s-)?\s?"
    r"|\[((?:[\w-]+/)+[\w-]+)\]\s|\(([\w./-]+\.(?:sh|pl|py):\d+)(?::\w+)?\)\s"
)
_LOGGER = re.compile(r"(?:\[(?:pid[ =]?)?\d{2,7}\]|\[(?:Rank|RANK) (\d{1,5})\]|\[PG [^\]]{1,60}Rank (\d{1,5})\]|\|)\s?")
_BEFORE_LEVEL = re.compile(
    r"\[[A-Za-z][\w. -]{0,60}\]\s?(?=\[ *(?:debug|info|warn|error|fatal|critical)|error: )", re.IGNORECASE
)
_NAMED = re.compile(
    r"([a-zA-Z_][\w-]*(?:\.[\w-]+)+|root|__main__)(?::\s?|\s-\s(?=\S))"
    r"|[\w.-]{1,60} - (?=(?:DEBUG|INFO|WARNING|ERROR|CRITICAL|FATAL) -)"
)
EXCEPTION_LINE = re.compile(
    r"([A-Za-z_][\w.]{0,120}?(?:Error|Exception|Interrupt|Exit|Failure|Iteration|Expired|Timeout|Fault|OOM|NotFound"
    r"|Denied)"
    r"(?:\([\w.]+\))?|(?:\w{1,40}\.){1,6}\w{0,20}(?:exceptions?|errors?|exc)\.(?:\w{1,40}\.)?[A-Z]\w{2,60})(?:: |:?$)"
)
"""An exception's own line: by the end of its name, or by the module that it comes from."""
_LABEL = re.compile(r"\s{0,3}(\d{1,4}): ?(?!\d\d[:.])")
_LEVEL_ENDS = frozenset(" :]|)>-")


@dataclass(slots=True)
class Record:
    """One record. ``line`` and ``last`` are its first and last line in what was read (from 0).

    ``rank`` and ``process`` are None and empty where no prefix names them; ``stamp`` is the time as the line bears it.
    ``kind`` is ``text``, ``exception`` (an exception's own line, ``name`` its type) or ``frame``. ``link`` says how an
    exception hangs together with the one before it: ``cause``, ``handling`` or empty; ``traced`` that a traceback came
    before it. ``prefix`` is what was taken off the line, ``frame`` the file of the
    traceback's last frame, ``code`` the line of source below it,
    ``calls`` the functions of its last frames and ``sources`` the source below them.
    """

    line: int
    message: str
    rank: int | None = None
    process: str = ""
    level: str = ""
    stamp: str = ""
    place: str = ""
    kind: str = TEXT
    name: str = ""
    link: str = ""
    traced: bool = False
    more: list[str] = field(default_factory=list)
    last: int = 0
    prefix: str = ""
    frame: str = ""
    code: str = ""
    calls: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The message with what follows it on lines of its own."""
        return "\n".join([self.message, *self.more]) if self.more else self.message

    @property
    def at(self) -> float | None:
        """Seconds since the epoch, as ``seconds_in`` gives them; ``None`` where the line bears no date."""
        return seconds_in(self.stamp) if self.stamp else None

    @property
    def front(self) -> str:
        """The beginning of the message, where a word stands by which a line says what it is."""
        return self.message[:FRONT_CHARS]

    @property
    def stream(self) -> tuple[int | None, str]:
        """What tells interleaved processes apart."""
        return (self.rank, self.process)


_Reader = Callable[[Record, str], "str | None"]
_Shape = tuple[str, bool]
"""How a text begins, and whether its first word may be another prefix."""


def is_labelled(lines: Sequence[str]) -> bool:
    """Whether most lines begin with a task's number, as ``srun --label`` writes them."""
    sample = [line for line in lines[-200:] if line.strip()]
    return len(sample) > 3 and sum(bool(_LABEL.match(line)) for line in sample) * 3 > 2 * len(sample)


@dataclass(slots=True)
class Habit:
    """The prefixes of earlier lines, with how the text behind them began, by how a line begins (digits do not count):
    lines of a kind bear the same ones, and then no others need be tried."""

    known: dict[str, tuple[tuple[_Reader, ...], _Shape]] = field(default_factory=dict)

    def of(self, line: str) -> tuple[tuple[_Reader, ...], _Shape | None]:
        return self.known.get(_beginning(line), ((), None))

    def keep(self, line: str, readers: Sequence[_Reader], rest: str) -> None:
        if len(self.known) >= MOST_HABITS:
            self.known.clear()
        self.known[_beginning(line)] = (tuple(readers), _shape(rest))


def _beginning(line: str) -> str:
    return line[:BEGINNING_CHARS].translate(_SAME_DIGIT)


def _shape(rest: str) -> _Shape:
    return rest[:6], rest[: rest.find(" ")].endswith(":")


def split_prefixes(line: str, number: int, labelled: bool, habit: Habit) -> tuple[Record, str]:
    """The record of one line, its prefixes taken off, and its body with the indentation that it had behind them."""
    record = Record(number, "", last=number)
    if labelled and (found := _LABEL.match(line)):
        record.rank, line = int(found[1]), line[found.end() :]
    body, used = line, list[_Reader]()
    readers, beginning = habit.of(line)
    for read in readers:
        step = read(record, body)
        if step is None:
            break
        body = step
        used.append(read)
    if len(used) < len(readers) or not used or _shape(body) != beginning:
        while len(used) < MOST_PREFIXES and (found_one := _prefix(record, body)) is not None:
            body = found_one[0]
            used.append(found_one[1])
        habit.keep(line, used, body)
    record.message = body.strip()
    record.prefix = line[: len(line) - len(body)]
    return record, body


def _prefix(record: Record, body: str) -> tuple[str, _Reader] | None:
    """The body without its first prefix, and what read it; ``None`` where it begins with none."""
    first = body[:1]
    if not first or first == "\t" or body.startswith("  "):
        return None
    for read in (
        _BRACKETED if first in "[(" else _BY_DIGIT if first.isdigit() or first == " " else _likely(record, body)
    ):
        step = read(record, body)
        if step is not None:
            return step, read
    return None


def _likely(record: Record, body: str) -> list[_Reader]:
    """The prefixes that a body can have which begins with a letter or a sign."""
    word = body[:10]
    found: list[_Reader] = []
    if word.isupper() or any(char in _LEVEL_ENDS for char in body[4:9]) or not word[0].isalnum():
        found += [_level, _glog, _letter, _rank]
    if word[0] == "#":
        found += [_process]
    if body[1:2].isdigit() or body[1:2] == " ":
        found += [_glog, _letter]
    if body[3:4] == " ":
        found += [_level, _stamp, _rank] if body[:3] == "ERR" else [_stamp, _rank]
    if body.startswith("std") or ": " in body[:70] or body[:1] == "R":
        found += [_process, _rank]
    if record.level or record.stamp:
        found += [_place_of, _named, _logger]
    return found


def _rank(record: Record, body: str) -> str | None:
    found = _RANK.match(body)
    if found is None:
        return None
    record.rank = int(next(group for group in found.groups() if group is not None))
    return body[found.end() :]


def _process(record: Record, body: str) -> str | None:
    found = _PROCESS.match(body)
    if found is None:
        return None
    record.process = found["step"] or found[0].strip()
    return body[found.end() :]


def _glog(record: Record, body: str) -> str | None:
    found = _GLOG.match(body)
    if found is None:
        return None
    record.level, record.place = _LEVELS[(found[1] or found[5]).lower()], found[4] or found[6]
    if found[2]:
        record.stamp = record.stamp or f"{found[2]} {found[3]}"
    return body[found.end() :]


def _letter(record: Record, body: str) -> str | None:
    found = _LETTER.match(body)
    if found is None:
        return None
    record.level = _LEVELS[found[1].lower()]
    return body[found.end() :]


def _stamp(record: Record, body: str) -> str | None:
    found = LEADING.match(body)
    if found is None or (found.end() == 0):
        return None
    record.stamp = record.stamp or found[0]
    gap = len(found[0]) - len(found[0].rstrip())
    return body[found.end() :] if gap < 2 or _PADDING.match(body, found.end()) else body[found.end() - gap + 1 :]


def _nemo(record: Record, body: str) -> str | None:
    found = _NEMO.match(body)
    if found is None:
        return None
    record.level, record.stamp = _LEVELS[found[1].lower()], record.stamp or found[2]
    return body[found.end() :]


def _level(record: Record, body: str) -> str | None:
    found = _BRACKETED_LEVEL.match(body)
    if found is not None:
        record.level = _LEVELS[found[1].lower()]
        return body[found.end() :]
    found = _LEVEL.match(body)
    if found is None or (found[1].islower() and not record.level and not record.stamp and found[0][0] not in "[(<"):
        return None
    record.level = _LEVELS[found[1].lower()]
    return body[found.end() :]


def _place_of(record: Record, body: str) -> str | None:
    found = _PLACE.match(body)
    if found is None or not (record.level or record.stamp or found[0][0] == "["):
        return None
    record.place = found[1] or found[2] or found[3]
    return body[found.end() :]


def _named(record: Record, body: str) -> str | None:
    """A logger's name, where a time or a level stood before it."""
    if not (record.level or record.stamp) or EXCEPTION_LINE.match(body):
        return None
    found = _NAMED.match(body)
    return body[found.end() :] if found else None


def _logger(record: Record, body: str) -> str | None:
    before = _BEFORE_LEVEL.match(body)
    if before is not None:
        return body[before.end() :]
    found = _LOGGER.match(body)
    if found is None:
        return None
    rank = found[1] or found[2]
    if rank is not None:
        record.rank = record.rank if record.rank is not None else int(rank)
        return body[found.end() :]
    return body[found.end() :] if record.level or record.stamp else None


_BRACKETED: tuple[_Reader, ...] = (
    _rank, _process, _glog, _stamp, _level, _nemo, _place_of, _logger,
)  # fmt: skip
_BY_DIGIT: tuple[_Reader, ...] = (_stamp, _process)
