"""The log reader: lines of a pod's log become records with rank, process, level, time, place and message. Pure.

Programs, launchers and loggers put prefixes before each other's lines; a traceback, a stack of Java, Go or C++ frames
and the text below an exception's first line belong to one record. Everything that decides on a log works on records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...off_loop import checked
from .deaths import death_in
from .prefixes import EXCEPTION, EXCEPTION_LINE, Habit, Record, is_labelled, split_prefixes

MORE_LINES = 14
"""Lines below an exception's own that still belong to it."""
INTRODUCED_LINES = 6
"""Below an exception that ends in a colon what it introduces may come after a blank line and some frames."""
MOST_CALLS = 6
"""So many of a traceback's functions are kept, the last ones."""
LINE_CHARS = 4_000
"""Of a longer line both ends are kept, together this much."""
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x00")
_BAR = re.compile(r"^[^|]{0,80}?\d{1,3}%\|[^|]{0,200}\|\s*[\d.,kMG]+/[\d.,kMG]+\s*\[[^\]]{0,120}\]\s*(?=\S)")
_TRACE = re.compile(r"Traceback \(most recent call last\):|Exception Group Traceback \(most recent")
_FRAME = re.compile(r'\s+File "[^"]*", line \d+|\s*File "[^"]*", line \d+, in |\s+\[Previous line repeated')
_NAME = re.compile(r"([A-Za-z_][\w.]{1,120}(?:\([\w.]{1,80}\))?)(?::(?:\s|$)|$)")
_JAVA = re.compile(
    r'(?:Exception in thread "[^"]*" |Caused by: )?((?:[a-z_]\w*\.)+[A-Z]\w*(?:Exception|Error))\b'
    r"(?:\([\w.$]{1,120}\))?(?::\s?(.*))?$"
)
_JAVA_FRAME = re.compile(
    r"\s+at [\w.$<>]+\(|\s*\[C\]: in |\s*\S+\.lua:\d+: in function |\s+\.\.\. \d+ more|\s*goroutine \d+ \["
    r"|\t/\S+\.go:\d+|created by \S+$|\w[\w./*()]+\(0x[0-9a-f]+"
)
_CPP_FRAME = re.compile(
    r"\s*(?:frame )?#\d+:? |\s*@\s+0x[0-9a-f]+ |\[[\w.-]+:\d+\] \[ ?\d+\] |\s*0x[0-9a-f]{6,} in |\s+\d+\s+0x[0-9a-f]+ "
    r"|\s*\d{1,3}\s+/\S+\([^()\s]*\+0x[0-9a-f]+\)"
)
_LOGFMT = re.compile(r'(?:\w+="?[^"= ]+"? ){0,2}level="?(\w+)"? .{0,80}?\bmsg="(.*?)(?<!\\)"(.*)$')
"""A line of ``key=value``, as Go's loggers write it."""
_CHAINED = {"The above exception was the direct cause": "cause", "During handling of the above exception": "handling"}
_BOX = frozenset("│┃╭╰╮╯┏┗❱")
"""What frames the lines of a traceback that the library Rich draws."""
_CODE = re.compile(
    r"(?:raise|return|assert|await|with|yield|import|del) \S|from \S+ import |(?:self|super\(\))\.\w+[.(=]"
    r"|\w+ = \w[\w.]*\(|\^+$"
)
"""Source code, as tracebacks show it between their frames."""
_PROGRESS = re.compile(r"\b(?:step|iter(?:ation)?|epoch|batch|loss|it/s|s/it|samples/s|tokens/s)\b", re.IGNORECASE)
_LOCAL = re.compile(r"\[default(\d{1,5})\]:\s?(?:\[rank(\d{1,5})\]:)?")
_NOTHING = frozenset(" \t-=*_~#+")
_ENDS_MORE = re.compile(
    r"\s*(?:-{8,}|={8,}|\*{8,})|LAUNCH [A-Z]{4,7} |\[[\w.-]{1,80}:\d{1,8}\] |[\w.-]{1,80}:\d{1,8}:\d{1,8} \["
    r"|.*\b(?:FAILED\b|Traceback \(most)"
)
_NO_WARNING = re.compile(
    r"error|fatal|fault|abort|kill|memory|oom|xid|signal|fail|exception|panic|terminat|cannot|denied|refused|assert"
    r"|no such|not found"
    r"|[^\x00-\x7f]",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"(?!(?:status|details?|reason|message|cause|hint):)\S{1,40}: |[^\x00-\x7f]|\+ |terminate called"
    r"|.{0,60}\b(?:error|warning|failed): ",
    re.IGNORECASE,
)
"""What begins a message of its own below an error that a logger wrote."""
_PROSE = re.compile(r"[A-Z][a-z']+ (?:\S+ ){2,}")
_MESSAGES = ("message", "msg", "log", "event")
_TIMES = ("time", "timestamp", "ts", "@timestamp", "asctime")
_LEVELS = ("level", "levelname", "severity")
_CODES = ("code", "errorCode", "error_code")
"""Under which names a JSON logger writes what it has to say, in the order in which they are asked."""
_STACKS = ("exc_info", "exception", "stacktrace", "stack_trace", "traceback", "error", "err")


@dataclass(slots=True)
class _Open:
    """A traceback that is being read in one stream."""

    indent: int = -1
    link: str = ""
    level: str = ""
    frame: str = ""
    code: str = ""
    calls: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    current: Record | None = None
    inside: bool = False
    is_headless: bool = False
    apart: bool = False

    def blank(self) -> None:
        """A blank line ends an exception's text, unless its last line introduces what comes, or prose follows."""
        self.apart = self.current is not None and not self.current.text.endswith(":")
        if self.apart and self.current is not None and not self.current.traced:
            self.current = None

    def begins(self, record: Record, body: str, bare: str) -> bool:
        """Whether a frame of Python opens a traceback whose first line is not in the log, or stands above it as the
        name of an exception that another process raised (``RayTaskError(KeyError)``); that it does is kept."""
        is_relayed = self.current is not None and self.current.name.endswith(")")
        if record.level in ("info", "debug") or not bare.startswith('File "'):
            return False
        if self.current is not None and not is_relayed:
            return False
        if not _FRAME.match(body):
            return False
        self.inside, self.is_headless, self.indent = True, True, -1
        self.calls, self.sources = [], []
        return True


def read_records(lines: Sequence[str]) -> list[Record]:
    """The records of a log, in the order of their lines. Frames are left out: they hold no cause."""
    found: list[Record] = []
    open_by: dict[tuple[int | None, str], _Open] = {}
    labelled, habit = is_labelled(lines), Habit()
    for number, raw in enumerate(checked(lines)):
        for line in _physical(raw):
            record, body = split_prefixes(line, number, labelled, habit)
            opened = open_by.setdefault(record.stream, _Open())
            _place(found, opened, record, body)
    _name_ranks(found)
    return found


def _name_ranks(found: Iterable[Record]) -> None:
    """``torchrun --tee`` names a node's processes by their number there, and PyTorch the rank in the job: where a line
    of a process bears both, all its lines are that rank's."""
    ranks: dict[str, int] = {}
    local: list[tuple[Record, str]] = []
    for record in found:
        if (both := _LOCAL.match(record.prefix)) is None:
            continue
        if both[2] is None:
            local.append((record, both[1]))
        else:
            ranks[both[1]] = int(both[2])
    for record, process in local:
        record.rank = ranks.get(process, record.rank)


def _inherit(found: Sequence[Record], record: Record) -> None:
    """A line without prefixes right below a logger's warning belongs to it, unless it tells of an error or a death."""
    above = found[-1] if found else None
    if (
        above is None
        or above.level != "warning"
        or not above.stamp
        or above.stream != record.stream
        or record.line - above.last > 2
    ):
        return
    if not (
        record.level or record.stamp or record.place or record.prefix.strip() or _NO_WARNING.search(record.message)
    ):
        record.level = "warning"


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
    if "level=" in raw[:80] and (pairs := _LOGFMT.match(raw)) is not None:
        return (f"{pairs[1].upper()} {pairs[2]} {pairs[3]}",)
    return raw.split("\n") if "\n" in raw else (raw,)


def _of_json(raw: str) -> Iterable[str]:
    """A line of a JSON logger as ``time LEVEL message``, its stack on lines of its own; others as they are."""
    try:
        data = json.loads(raw)
    except ValueError:
        return (raw,)
    message = _first_text(data, _MESSAGES)
    if not message:
        return (raw,)
    at, stack, code = (_first_text(data, names) for names in (_TIMES, _STACKS, _CODES))
    level = next((str(data[name]).upper() for name in _LEVELS if data.get(name)), "")
    coded = f"code: {code}: " if code[:1].isalpha() else ""
    first = " ".join(part for part in (at, level, coded + message.strip("\n")) if part)
    if stack and "\n" not in stack and level in ("ERROR", "ERR", "FATAL", "PANIC"):
        return (f"{first}: {stack}",)
    return [line for line in f"{first}\n{stack}".split("\n") if line.strip()]


def _first_text(data: dict[str, Any], names: Sequence[str]) -> str:
    return next((data[name] for name in names if isinstance(data.get(name), str)), "")


def _place(found: list[Record], opened: _Open, record: Record, body: str) -> None:
    """Put one line where it belongs: into the open traceback or exception of its stream, or as a record of its own."""
    text = record.message
    if not text:
        opened.blank()
        return
    if "Traceback" in body and (trace := _TRACE.search(body)) is not None and not _is_quoted(body, trace.start()):
        _open_trace(found, opened, record, body, trace.start())
        return
    bare = body.lstrip(" |+-\t")
    if opened.inside or opened.begins(record, body, bare):
        _inside(found, opened, record, body, bare)
        return
    if record.level in ("info", "debug"):
        opened.current = None
        found.append(record)
        return
    for marker, link in _CHAINED.items():
        if text.startswith(marker):
            opened.link, opened.current = link, None
            return
    if _is_frame(body, bare):
        return
    if (name := _exception_name(bare)) is not None:
        _take(found, opened, record, bare, name, False)
        return
    apart, opened.apart = opened.apart, False
    if opened.current is not None and _goes_on(opened.current, record, body) and (not apart or _is_prose(body)):
        opened.current.more.append(body.rstrip())
        opened.current.last = record.line
        return
    opened.current = record if record.level in ("error", "fatal") else None
    _inherit(found, record)
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
    opened.inside, opened.is_headless, opened.indent, opened.current = True, False, -1, None
    opened.frame, opened.code, opened.calls, opened.sources = "", "", [], []
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
        opened.frame, opened.code = plain.partition('"')[2].partition('"')[0], ""
        opened.calls.append(plain.rpartition(", in ")[2].strip())
        return
    if indent >= opened.indent >= 0 and indent > 0:
        if not opened.code:
            opened.code = plain.strip()
            opened.sources.append(opened.code)
        return
    if opened.indent < 0 and indent > 1:
        return
    name = EXCEPTION_LINE.match(bare) or (None if opened.is_headless else _NAME.match(bare))
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
    if traced:
        record.frame, record.code, record.calls = opened.frame, opened.code, tuple(opened.calls[-MOST_CALLS:])
        record.sources = tuple(opened.sources[-MOST_CALLS:])
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
    found = EXCEPTION_LINE.match(bare)
    return found[1] if found is not None else None


def is_progress(line: str) -> bool:
    """Whether a line tells of a step of the training."""
    return bool(_PROGRESS.search(line[:200])) and any(map(str.isdigit, line[:200]))


def _is_prose(body: str) -> bool:
    """Whether a line reads like a paragraph of a message: a sentence that no program or shell stands before."""
    return bool(_PROSE.match(body)) and death_in(body) is None


def _goes_on(current: Record, record: Record, body: str) -> bool:
    """Whether a line still belongs to the exception above it: no prefix of a logger, and not too far. Where the
    exception's own line bears a time, something outside of the program writes one before every line."""
    is_stamped = current.kind == EXCEPTION and bool(current.stamp) and not current.level
    if record.level or (record.stamp and not is_stamped) or len(current.more) >= MORE_LINES:
        return False
    if is_progress(body) and body[:1] != " ":
        return False
    if current.kind != EXCEPTION and (record.prefix.strip() or death_in(body) is not None or _STARTS.match(body)):
        return False
    far = INTRODUCED_LINES if current.message.endswith(":") else 2
    return not _ENDS_MORE.match(body) and record.line - current.last <= far and set(record.message) - _NOTHING != set()
