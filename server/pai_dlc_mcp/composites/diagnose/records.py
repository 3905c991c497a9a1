"""The log reader: lines of a pod's log become records with rank, process, level, time, place and message. Pure.

Programs, launchers and loggers put prefixes before each other's lines; a traceback, a stack of Java, Go or C++ frames
and the text below an exception's first line belong to one record. Everything that decides on a log works on records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .stamps import LEADING, seconds_in

TEXT, EXCEPTION, FRAME = "text", "exception", "frame"
MORE_LINES = 14
"""Lines below an exception's own that still belong to it."""
MOST_PREFIXES = 10
LINE_CHARS = 4_000
"""Of a longer line both ends are kept, together this much."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x00")
_BAR = re.compile(r"^[^|]{0,80}?\d{1,3}%\|[^|]{0,200}\|\s*[\d.,kMG]+/[\d.,kMG]+\s*\[[^\]]{0,120}\]\s*(?=\S)")
_RANK = re.compile(
    r"\[(?:default|rank|Rank |worker)?(\d{1,5})\]:\s?"
    r"|(?:[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4})?\[(?:\d+,)?(\d{1,5})\]<(?:stdout|stderr)>:?\s?"
    r"|\[(?:\d+,)?(\d{1,5})\](?=\s?(?:Traceback|  File|\w+(?:Error|Exception)))\s?"
    r"|\[?(?:Rank|rank|RANK)[ =:]?(\d{1,5})\]?(?::\s|\s-\s|\s(?=Traceback|\w+(?:Error|Exception)))"
)
_PROCESS = re.compile(
    r"\(([A-Za-z_][\w.:<>-]{0,60} )?(?:pid=\d+|ip=[\d.]+)[^()]{0,80}\)\s?|\((?:raylet|autoscaler|gcs_server"
    r"|driver)[^()]{0,60}\)\s?"
    r"|(?:stderr|stdout): |\[pod/[^\]]{1,120}\]\s?|(?P<host>(?:[\w.-]+-)?(?:worker|master|launcher|node|chief"
    r"|ps)-?\d{1,4}"
    r"|\d{1,3}(?:\.\d{1,3}){3}): (?=\S)"
)
_LEVELS = {
    "debug": "debug", "info": "info", "notice": "info", "trace": "debug", "warn": "warning", "warning": "warning",
    "error": "error", "err": "error", "severe": "error", "fatal": "fatal", "critical": "fatal", "panic": "fatal",
    "i": "info", "w": "warning", "e": "error", "f": "fatal",
}  # fmt: skip
_LEVEL = re.compile(
    r"(?:-\s)?[\[(<]?(DEBUG|INFO|NOTICE|TRACE|WARN(?:ING)?|ERROR|ERR|SEVERE|FATAL|CRITICAL|PANIC"
    r"|debug|info|warn(?:ing)?|error|fatal|critical|Warning)[\])>]?(?:\s*[:|-]\s*|\s+(?=\S)|$)"
)
_LETTER = re.compile(r"([IWEF]) (?=[\w/.-]+\.(?:cc|cu|cpp|h|py):\d+\])")
_GLOG = re.compile(
    r"\[?([IWEF])(\d{3,4}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?:\s+\d+)?\s+([\w./+-]+:\d+)\]\s?"
    r"|\[([IWEF]) ([\w./]+\.(?:cpp|cc|py):\d+)\]\s?"
)
_PLACE = re.compile(
    r"\[?((?:[\w.-]+/)*[\w.-]+\.(?:py|cc|cpp|cu|h|hpp|c|rs|go|scala|java):\d+)(?::[\w<>]+)?\]:?(?:\s-)?\s?"
    r"|\[((?:[\w-]+/)+[\w-]+)\]\s"
)
_LOGGER = re.compile(r"(?:\[(?:pid[ =]?)?\d{2,7}\]|\[(?:Rank|RANK) (\d{1,5})\]|\[PG [^\]]{1,60}Rank (\d{1,5})\]|\|)\s?")
_NAMED = re.compile(r"([a-zA-Z_][\w-]*(?:\.[\w-]+)+|root|__main__)(?::\s?|\s-\s(?=\S))")
_TRACE = re.compile(r"Traceback \(most recent call last\):|Exception Group Traceback \(most recent")
_FRAME = re.compile(r'\s+File "[^"]*", line \d+|\s*File "[^"]*", line \d+, in |\s+\[Previous line repeated')
_EXCEPTION = re.compile(
    r"([A-Za-z_][\w.]{0,120}?(?:Error|Exception|Interrupt|Exit|Failure|Iteration|Expired|Timeout|Fault|OOM|NotFound"
    r"|Denied)"
    r"(?:\([\w.]+\))?)(?:: |:?$)"
)
_NAME = re.compile(r"([A-Za-z_][\w.]{1,120}(?:\([\w.]{1,80}\))?)(?::(?:\s|$)|$)")
_JAVA = re.compile(
    r'(?:Exception in thread "[^"]*" |Caused by: )?((?:[a-z_]\w*\.)+[A-Z]\w*(?:Exception|Error))\b(?::\s?(.*))?$'
)
_JAVA_FRAME = re.compile(
    r"\s+at [\w.$<>]+\(|\s+\.\.\. \d+ more|\s*goroutine \d+ \[|\t/\S+\.go:\d+|created by \S+$|\w[\w./*()]+\(0x[0-9a-f]+"
)
_CPP_FRAME = re.compile(
    r"\s*(?:frame )?#\d+:? |\s*@\s+0x[0-9a-f]+ |\[[\w.-]+:\d+\] \[ ?\d+\] |\s*0x[0-9a-f]{6,} in |\s+\d+\s+0x[0-9a-f]+ "
)
_CHAINED = {"The above exception was the direct cause": "cause", "During handling of the above exception": "handling"}
_BOX = frozenset("│┃╭╰╮╯┏┗❱")
"""What frames the lines of a traceback that the library Rich draws."""
_CODE = re.compile(
    r"(?:raise|return|assert|await|with|yield|import|del) \S|from \S+ import |(?:self|super\(\))\.\w+[.(=]"
    r"|\w+ = \w[\w.]*\(|\^+$"
)
"""Source code, as tracebacks show it between their frames."""
_PROGRESS = re.compile(r"\b(?:step|iter(?:ation)?|epoch|batch|loss|it/s|s/it|samples/s|tokens/s)\b", re.IGNORECASE)
_NOTHING = frozenset(" \t-=*_~#+")
_ENDS_MORE = re.compile(r"\s*(?:-{8,}|={8,}|\*{8,})|.*\b(?:FAILED|Traceback \(most)")


@dataclass(slots=True)
class Record:
    """One record. ``line`` and ``last`` are its first and last line in what was read (from 0).

    ``rank`` and ``process`` are None and empty where no prefix names them; ``at`` is seconds since the epoch, None
    where the line bears no date. ``kind`` is ``text``, ``exception`` (an exception's own line, ``name`` its type) or
    ``frame``. ``link`` says how an exception hangs together with the one before it: ``cause``, ``handling`` or empty;
    ``traced`` that a traceback came before it. ``prefix`` is what was taken off the line.
    """

    line: int
    message: str
    rank: int | None = None
    process: str = ""
    level: str = ""
    at: float | None = None
    place: str = ""
    kind: str = TEXT
    name: str = ""
    link: str = ""
    traced: bool = False
    more: list[str] = field(default_factory=list)
    last: int = 0
    prefix: str = ""

    @property
    def text(self) -> str:
        """The message with what follows it on lines of its own."""
        return "\n".join([self.message, *self.more]) if self.more else self.message

    @property
    def stream(self) -> tuple[int | None, str]:
        """What tells interleaved processes apart."""
        return (self.rank, self.process)


_Reader = Callable[[Record, str], "str | None"]


@dataclass(slots=True)
class _Open:
    """A traceback that is being read in one stream."""

    indent: int = -1
    link: str = ""
    level: str = ""
    current: Record | None = None
    inside: bool = False


def read_records(lines: Sequence[str]) -> list[Record]:
    """The records of a log, in the order of their lines. Frames are left out: they hold no cause."""
    found: list[Record] = []
    open_by: dict[tuple[int | None, str], _Open] = {}
    labelled, habit = _is_labelled(lines), _Habit()
    for number, raw in enumerate(lines):
        for line in _physical(raw):
            record, body = _split(line, number, labelled, habit)
            opened = open_by.setdefault(record.stream, _Open())
            _place(found, opened, record, body)
    return found


def _is_labelled(lines: Sequence[str]) -> bool:
    """Whether most lines begin with a task's number, as ``srun --label`` writes them."""
    sample = [line for line in lines[-200:] if line.strip()]
    return len(sample) > 3 and sum(bool(_LABEL.match(line)) for line in sample) * 3 > 2 * len(sample)


_LABEL = re.compile(r"\s{0,3}(\d{1,4}): ?")


def _physical(raw: str) -> Iterable[str]:
    """A line as a terminal would show it: no colours, progress bars apart from what follows them, JSON taken apart."""
    if len(raw) > LINE_CHARS:
        raw = f"{raw[: LINE_CHARS // 2]} … {raw[-LINE_CHARS // 2 :]}"
    if "\x1b" in raw or "\x00" in raw:
        raw = _ANSI.sub("", raw)
    if "\r" in raw:
        parts = [part for part in raw.split("\r") if part.strip()]
        raw = parts[-1] if parts else ""
    if "%|" in raw:
        raw = _BAR.sub("", raw, count=1)
    if raw.startswith("{") and raw.rstrip().endswith("}"):
        return _of_json(raw)
    return raw.split("\n") if "\n" in raw else (raw,)


_STACKS = ("exc_info", "exception", "stacktrace", "stack_trace", "traceback", "error", "err")


def _of_json(raw: str) -> Iterable[str]:
    """A line of a JSON logger as ``time LEVEL message``, its stack on lines of its own; others as they are."""
    try:
        data = json.loads(raw)
    except ValueError:
        return (raw,)
    message = next((data[name] for name in ("message", "msg", "log", "event") if isinstance(data.get(name), str)), None)
    if message is None:
        return (raw,)
    at = next((str(data[name]) for name in ("time", "timestamp", "ts", "@timestamp", "asctime") if data.get(name)), "")
    level = next((str(data[name]).upper() for name in ("level", "levelname", "severity") if data.get(name)), "")
    stack = next((data[name] for name in _STACKS if isinstance(data.get(name), str)), "")
    first = " ".join(part for part in (at, level, message.strip("\n")) if part)
    return [line for line in f"{first}\n{stack}".split("\n") if line.strip()]


@dataclass(slots=True)
class _Habit:
    """The prefixes of the last line: most lines of a log bear the same ones, and then no others need be tried."""

    readers: tuple[_Reader, ...] = ()
    beginning: str = ""


def _split(line: str, number: int, labelled: bool, habit: _Habit) -> tuple[Record, str]:
    """The record of one line, its prefixes taken off, and its body with the indentation that it had behind them."""
    record = Record(number, "", last=number)
    if labelled and (found := _LABEL.match(line)):
        record.rank, line = int(found[1]), line[found.end() :]
    body, used = line, list[_Reader]()
    for read in habit.readers:
        step = read(record, body)
        if step is None:
            break
        body = step
        used.append(read)
    if len(used) < len(habit.readers) or not used or not body.startswith(habit.beginning):
        while len(used) < MOST_PREFIXES and (found_one := _prefix(record, body)) is not None:
            body = found_one[0]
            used.append(found_one[1])
        habit.readers, habit.beginning = tuple(used), body[:6]
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
    if body[1:2].isdigit() or body[1:2] == " ":
        found += [_glog, _letter]
    if body[3:4] == " ":
        found += [_stamp, _rank]
    if body.startswith("std") or ": " in body[:70] or body[:1] == "R":
        found += [_process, _rank]
    if record.level or record.at is not None:
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
    record.process = found[0].strip()
    return body[found.end() :]


def _glog(record: Record, body: str) -> str | None:
    found = _GLOG.match(body)
    if found is None:
        return None
    record.level, record.place = _LEVELS[(found[1] or found[5]).lower()], found[4] or found[6]
    if found[2]:
        record.at = record.at or seconds_in(f"{found[2]} {found[3]}")
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
    record.at = record.at if record.at is not None else seconds_in(found[0])
    return body[found.end() :]


def _level(record: Record, body: str) -> str | None:
    found = _LEVEL.match(body)
    if found is None or (found[1].islower() and not record.level and record.at is None and found[0][0] not in "[(<"):
        return None
    record.level = _LEVELS[found[1].lower()]
    return body[found.end() :]


def _place_of(record: Record, body: str) -> str | None:
    found = _PLACE.match(body)
    if found is None or not (record.level or record.at is not None or found[0][0] == "["):
        return None
    record.place = found[1] or found[2]
    return body[found.end() :]


def _named(record: Record, body: str) -> str | None:
    """A logger's name, where a time or a level stood before it."""
    if not (record.level or record.at is not None) or _EXCEPTION.match(body):
        return None
    found = _NAMED.match(body)
    return body[found.end() :] if found else None


def _logger(record: Record, body: str) -> str | None:
    found = _LOGGER.match(body)
    if found is None:
        return None
    rank = found[1] or found[2]
    if rank is not None:
        record.rank = record.rank if record.rank is not None else int(rank)
        return body[found.end() :]
    return body[found.end() :] if record.level or record.at is not None else None


_LEVEL_ENDS = frozenset(" :]|)>-")
_BRACKETED: tuple[_Reader, ...] = (_rank, _process, _glog, _stamp, _level, _place_of, _logger)
_BY_DIGIT: tuple[_Reader, ...] = (_stamp, _process)


def _place(found: list[Record], opened: _Open, record: Record, body: str) -> None:
    """Put one line where it belongs: into the open traceback or exception of its stream, or as a record of its own."""
    text = record.message
    if not text:
        opened.current = None
        return
    if "Traceback" in body and (trace := _TRACE.search(body)) is not None and not _is_quoted(body, trace.start()):
        _open_trace(found, opened, record, body, trace.start())
        return
    if opened.inside:
        _inside(found, opened, record, body, body.lstrip(" |+-\t"))
        return
    if record.level in ("info", "debug"):
        opened.current = None
        found.append(record)
        return
    for marker, link in _CHAINED.items():
        if text.startswith(marker):
            opened.link, opened.current = link, None
            return
    bare = body.lstrip(" |+-\t")
    if _is_frame(body, bare):
        return
    if (name := _exception_name(bare)) is not None:
        _take(found, opened, record, bare, name, False)
        return
    if opened.current is not None and _goes_on(opened.current, record, body):
        opened.current.more.append(body.rstrip())
        opened.current.last = record.line
        return
    opened.current = None
    found.append(record)


def _is_frame(body: str, bare: str) -> bool:
    """Whether a line is part of a stack, of Python, C++, Java or Go, or source code shown in one."""
    if bare[:1] in _BOX or _CODE.match(bare):
        return True
    return bool(_CPP_FRAME.match(body) or _JAVA_FRAME.match(body) or _FRAME.match(body))


def _is_quoted(body: str, at: int) -> bool:
    """Whether the words of a traceback stand in the middle of a sentence of somebody else's."""
    return at > 200


def _open_trace(found: list[Record], opened: _Open, record: Record, body: str, at: int) -> None:
    before = body[:at].strip(" |+:-")
    if before and not before.startswith("traceback"):
        record.message = before
        found.append(record)
    opened.inside, opened.indent, opened.current = True, -1, None
    opened.level = record.level
    tail = body[at:].partition("last):")[2].strip()
    if tail.startswith('File "'):
        opened.indent = 2


def _inside(found: list[Record], opened: _Open, record: Record, body: str, bare: str) -> None:
    """A line of a traceback: a frame, source code, or the exception that ends it."""
    plain = body.replace("|", " ").replace("+", " ") if body.lstrip()[:1] in "|+" else body
    indent = len(plain) - len(plain.lstrip())
    if plain.lstrip().startswith('File "') or _FRAME.match(plain):
        opened.indent = indent if opened.indent < 0 else min(opened.indent, indent)
        return
    if indent >= opened.indent >= 0 and indent > 0:
        return
    if opened.indent < 0 and indent > 1:
        return
    name = _NAME.match(bare) or _EXCEPTION.match(bare)
    opened.inside = False
    if name is None:
        record.level = record.level or opened.level
        opened.current = None
        found.append(record)
        return
    _take(found, opened, record, bare, name[1], True)


def _take(found: list[Record], opened: _Open, record: Record, bare: str, name: str, traced: bool) -> None:
    record.kind, record.name, record.message, record.traced = EXCEPTION, name, bare.strip(), traced
    record.link, opened.link = opened.link, ""
    record.level = record.level or (opened.level if traced else "")
    opened.current = record
    found.append(record)


def _exception_name(bare: str) -> str | None:
    if bare.startswith(("Exception in thread", "Caused by")) or "." in bare[:60]:
        java = _JAVA.match(bare)
        if java is not None:
            return java[1]
    if " " in bare.partition(":")[0]:
        return None
    found = _EXCEPTION.match(bare)
    return found[1] if found is not None else None


def is_progress(line: str) -> bool:
    """Whether a line tells of a step of the training."""
    return bool(_PROGRESS.search(line[:200])) and any(map(str.isdigit, line[:200]))


def _goes_on(current: Record, record: Record, body: str) -> bool:
    """Whether a line still belongs to the exception above it: no prefix of a logger, and not too far."""
    if record.level or record.at is not None or len(current.more) >= MORE_LINES:
        return False
    if is_progress(body) and body[:1] != " ":
        return False
    return not _ENDS_MORE.match(body) and record.line - current.last <= 2 and set(record.message) - _NOTHING != set()
