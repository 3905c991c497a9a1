"""From a log's records to findings: what each says of a cause, who died how, and what nobody caught. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ...off_loop import checked
from .causes import (
    BARE,
    DECISIVE,
    GENERIC,
    KIND,
    SPECIFIC,
    SYMPTOM,
    Match,
    lessened,
)
from .causes_access import WEAK
from .causes_code import ERROR_LINE, PROGRAM_EXCEPTION
from .causes_network import COLLECTIVE
from .chatter import COMPLAINS, DEPRECATED, HEDGE, IDLE_TALK, OPTIONAL, WARNING
from .error_numbers import of_number
from .exceptions import of_environment, of_interface, of_parser, of_pipe, of_raiser, uncaught
from .exits import add_deaths
from .findings import Finding, LogReading, explains, strongest
from .library_words import of_library, of_lost_peer, of_warning
from .likeness import most_like
from .made import made
from .passing_on import of_passed_on
from .prefixes import EXCEPTION, Record
from .records import is_progress, read_records
from .second_look import hear_exception, hear_others, liken, says_little
from .service_codes import of_code, of_status
from .tables import EVENTS, PROGRAM
from .tools import is_tool
from .vocabulary import in_words
from .weighing import LOUD, USAGE, is_below_a_wait, weigh
from .wording import of_words
from .writers import of_mark, of_writer, of_writer_alone

BAD_ARGUMENT = next(one for one in PROGRAM.causes if one.code == "bad_argument" and "argparse" in one.source)
NO_PROGRAM = next(one for one in PROGRAM.causes if one.code == "command_not_found")
LAST_RECORDS = 8
"""So many of the last records are searched for a complaint where nothing else explains the end."""
REPEATED = 3
"""So often among the last records a warning is what the program could not get over."""
SURVIVED_STEPS, SURVIVED_LINES, TEED_LINES = 3, 12, 40
"""So many lines of progress, or of anything ordinary, from the same process show that it went on after an exception;
so many more below one that ``torchrun --tee`` wrote apart."""

_NOTABLE = (
    "error", "fatal", "critical", "panic", "exception", "fail", "abort", "cannot", "can't", "unable", "denied",
    "refused", "nan", "inf", "finite", "diverg", "overflow", "kill", "terminat", "signal", "memory", "warn",
    "mismatch", "corrupt", "timeout", "timed out", "not ", "lost", "minimum",
)  # fmt: skip
"""Words by which a line of progress tells something else too, in lower case."""
_LOWER_KEY = re.compile(r"KeyError: '[a-z][a-z_]*'$")
_RERAISED = re.compile(r"\bCaught \w+ in \w+ (?:worker|process|replica)")
"""A worker's exception that its parent raises again, before the original: it says nothing of its own, as little as one
whose name holds the original's (``RayTaskError(KeyError)``)."""
_INTRODUCES = re.compile(r"validation errors? for|following (?:errors?|exception)|:\s*$", re.IGNORECASE)
"""A first line that says nothing exact itself but leads to the lines below it."""
_A_WARNING = re.compile(r"[#*!\s]*(?:\[[\w.-]{1,80}:\d+\] )?(?:[\w.-]{1,40}: )?warning[:,!] ", re.IGNORECASE)
_WARNS = re.compile(r"NCCL WARN|\[WARN(?:ING)?\]", re.IGNORECASE)
"""What a library only warns of, behind prefixes of its own."""
_NUMBERS = re.compile(r"\d+")
_TRIES = re.compile(
    r"retry|attempt|could be|might be|may be|if you|in case|consider|potential|possible|usually"
    r"|ignore$",
    re.IGNORECASE,
)
"""What is no hedge of a warning that comes until the end: trying again did not help."""
_INTERPRETER = re.compile(r": #!\S*: ")
"""A script's first line that the shell takes for a command, for marks before it: the script goes on."""
_GIVES_UP = re.compile(r"\b(?:exiting|aborting|giving up|quitting|will exit|now exit)\b", re.IGNORECASE)
_CHECKED = re.compile(r"\b(?:Assertion|Check) failed: (.{12,})", re.DOTALL)
"""What a failed check was for: the words before it say where it was."""
_OF_KERNEL = re.compile(r"task \S+ blocked (?:for more than|on an? )|rcu_\w+ (?:self-)?detected (?:stall|expedited)")
"""What the kernel says with the word INFO before it, though it tells of a fault."""
_OF_A_LOSS = frozenset({"error_line", "unreachable", "time_limit", "terminated"})
"""What the last line of a process says that lost a peer: no more than that."""
_VAGUE = frozenset({"assertion", "stopped_itself"})
"""Kinds of error that say how a program noticed a fault, not what the fault is."""
_RELAYS = re.compile(r"worker|process|child|spawn|thread|actor|subtask|Caught ", re.IGNORECASE)
"""How an exception speaks of another one that came before it somewhere else."""
_FALSE_EXIT = re.compile(r"exit(?:ed|s)?(?: with)?(?: code| status)?[ =:]+0\b")
_ERROR = re.compile(
    r"(?:\S{1,60}: )?(?:(?:fatal )?error\b|an error occurred\b)|\((?:[A-Z][a-z]+){1,3}\) (?:\w+ ){2}"
    r"|E[A-Z0-9]\d{4}: |(?:\w{1,20} ){1,2}error: |E: (?=[A-Z])|fatal\b|what\(\): "
    r"|[^\s:(]\S{0,100}\.(?:cuh?|cc?|cpp|cxx|hpp|hip|go|rs|f90)[:(]\d+[:),\d]{0,8} ?(?:fatal )?error\b(?: #?\w+)?:"
    r"|error\[E\d{4}\]"
    r"|(?:\S{1,40}[：:] ?)?(?:严重)?(?:错误|异常)[：: ]",
    re.IGNORECASE,
)
_COLLECTIVE_PLACE = re.compile(
    r"ProcessGroup\w*\.[ch]pp|socket\.cpp|TCPStore|NCCLUtils|elastic/|(?:ring|rendezvous|collective"
    r"|coordination)\w*\.cc"
)
"""Source files of PyTorch's collectives: an error from there that says nothing exact is a consequence."""


def read_log(lines: Sequence[str], pod: str | None = None) -> LogReading:
    """Everything that the lines of one log say of causes, in order."""
    records = read_records(lines)
    reading = LogReading(records, len(lines))
    survived = _survived(records)
    for number, record in enumerate(checked(records)):
        finding = _finding(record, pod, number in survived)
        if finding is not None:
            reading.findings.append(finding)
            if finding.final and record.kind == EXCEPTION:
                reading.uncaught.append(finding)
    add_deaths(reading, pod)
    weigh(reading)
    if not any(explains(one) for one in reading.findings):
        lost = any(one.cause.code in ("collective_timeout", "aborted") for one in reading.findings)
        complaint = _last_complaint(records, pod)
        complaint = [one for one in complaint if not is_below_a_wait(one, reading.findings)]
        reading.findings += [one for one in complaint if not lost or one.cause.code not in _OF_A_LOSS]
    _look_again(reading, pod)
    return reading


def _look_again(reading: LogReading, pod: str | None) -> None:
    """What all words of the log say, where those that decide say little or an exception after them differs."""
    hear_exception(reading)
    liken(reading)
    if says_little(reading):
        others = (one for one in reading.records if one.kind != EXCEPTION and _complains(one))
        hear_others(reading, list(others), pod)


def _complains(record: Record) -> bool:
    """Whether a line says in any words that something is wrong, and neither informs, warns nor advises."""
    if record.level in ("info", "debug") or _warns(record) or IDLE_TALK.match(record.message) or _is_noise(record):
        return False
    loud = LOUD.search(record.front) or COMPLAINS.search(record.front)
    return loud is not None and HEDGE.search(record.message[: loud.start()]) is None


def _last_complaint(records: Sequence[Record], pod: str | None) -> list[Finding]:
    """Where nothing else explains anything: the last line of the log's end that complains in any words."""
    repeated = Counter(_shape(record) for record in records[-LAST_RECORDS:] if _warns(record))
    for record in reversed(records[-LAST_RECORDS:]):
        is_open = record.level in ("", "error", "fatal") or bool(_GIVES_UP.search(record.front))
        is_again = repeated[_shape(record)] >= REPEATED
        is_open = (is_open and not _warns(record)) or is_again
        if record.kind != EXCEPTION and is_open and not IDLE_TALK.match(record.message):
            found = LOUD.search(record.front) or COMPLAINS.search(record.front)
            hedge = HEDGE.search(record.message[: found.start()]) if found is not None else None
            is_hedged = hedge is not None and not (is_again and _TRIES.match(hedge[0]))
            if found is not None and not is_hedged and not PROGRAM.matches(record.message):
                numbered = of_code(record.message, is_error=True) or of_number(record.message)
                like = most_like(record, ERROR_LINE) if numbered is None else None
                if like is not None and like.is_clear:
                    return [made(record, pod, like.cause, Match(like.cause, *found.span()))]
                match = numbered or of_words(record.message) or of_writer(record.message)
                match = match or Match(ERROR_LINE, *found.span())
                return [made(record, pod, lessened(match.cause, GENERIC), match)]
    return []


def _warns(record: Record) -> bool:
    return record.level == "warning" or bool(_WARNS.search(record.front))


def _shape(record: Record) -> str:
    """A message without its numbers: what is tried again and again prints the same one."""
    return _NUMBERS.sub("0", record.front)[:120]


def _survived(records: Sequence[Record]) -> frozenset[int]:
    """The exceptions after which their process went on: caught, or of a thread that nobody waited for.

    PyTorch writes the rank before what nothing caught. ``torchrun --tee`` writes output and errors apart, some lines of
    each at a time: the steps after a caught exception may stand above it, and those before the last one below. There
    what bears no rank was caught if something of the process that does bear it follows, and what bears it ended the
    process unless that goes on for long, as it does after a restart.
    """
    uncaught_by: set[int | None] = set()
    steps: dict[tuple[int | None, str], int] = {}
    ordinary: dict[tuple[int | None, str], int] = {}
    found = set()
    first = next((number for number, one in enumerate(records) if one.kind == EXCEPTION), len(records))
    for number in range(len(records) - 1, first - 1, -1):
        record = records[number]
        key = record.stream
        if record.kind == EXCEPTION:
            is_teed, is_ranked = record.prefix.startswith("[default"), "[rank" in record.prefix
            is_caught = is_teed and not is_ranked and record.rank in uncaught_by
            beyond = TEED_LINES if is_teed and is_ranked and record.rank not in uncaught_by else 0
            if is_ranked and not _RELAYS.search(record.message):
                uncaught_by.add(record.rank)
            went_on = steps.get(key, 0) >= SURVIVED_STEPS + beyond or ordinary.get(key, 0) >= SURVIVED_LINES + beyond
            if is_caught or went_on:
                found.add(number)
        elif record.level in ("", "info", "debug") and not IDLE_TALK.match(record.message):
            progress = is_progress(record.message)
            steps[key] = steps.get(key, 0) + progress
            ordinary[key] = ordinary.get(key, 0) + (record.level == "info" or progress)
    return frozenset(found)


def _finding(record: Record, pod: str | None, survived: bool) -> Finding | None:
    """What one record says; ``None`` where it says nothing of a cause."""
    is_quiet = record.level in ("info", "debug") and not _OF_KERNEL.match(record.message)
    if record.kind != EXCEPTION and (is_quiet or IDLE_TALK.match(record.message)):
        return None
    if record.kind != EXCEPTION and (_is_noise(record) or _is_plain_progress(record)):
        return None
    match = _match(record)
    if match is None and USAGE.match(record.message):
        match = Match(lessened(BAD_ARGUMENT, KIND), 0, len(record.message))
    if record.kind == EXCEPTION and (_RERAISED.search(record.message) or record.name.endswith(")")):
        return made(record, pod, lessened(PROGRAM_EXCEPTION, BARE), match)
    if record.kind == EXCEPTION:
        cause = match.cause if match is not None else uncaught(record.name)
        caught = survived or record.level in ("warning", "info", "debug")
        return made(record, pod, lessened(cause, BARE) if caught else cause, match, final=not caught)
    if match is None:
        is_collective = _COLLECTIVE_PLACE.search(record.place) or _of_collectives(record)
        cause = COLLECTIVE[0] if is_collective else ERROR_LINE
        return made(record, pod, cause, None) if _is_error(record) else None
    return made(record, pod, lessened(match.cause, _most(record, match)), match)


def _is_noise(record: Record) -> bool:
    """Remarks of Python's ``warnings`` and on deprecation explain nothing."""
    if WARNING.search(record.front) or OPTIONAL.search(record.message):
        return True
    return (
        record.level not in ("error", "fatal")
        and not _ERROR.match(record.message)
        and bool(DEPRECATED.search(record.message))
    )


def _is_plain_progress(record: Record) -> bool:
    """A line of progress that tells nothing else: most lines of a long log are such, and need not be matched."""
    is_bare = not record.level and record.message.isascii() and is_progress(record.message)
    return is_bare and not any(word in record.message.lower() for word in _NOTABLE)


def _match(record: Record) -> Match | None:
    """What the record's text names exactly; where that is nothing, what its errno or the kind of its words says."""
    if (known := _known_by_place(record) or of_passed_on(record)) is not None:
        return known
    exact = _exact(record)
    exact = None if exact is not None and _is_key_of_data(record, exact) else exact
    if exact is not None and exact.cause.weight < SPECIFIC and (numbered := of_number(record.text)) is not None:
        return numbered
    if exact is not None and exact.cause.code == "missing_file" and is_tool(record.message, record.frame):
        return replace(exact, cause=NO_PROGRAM)
    if exact is not None and (written := of_writer_alone(record.message, exact)) is not None:
        return written
    if exact is not None and (lost := of_lost_peer(record.text, record.place, exact)) is not None:
        return lost
    is_error = record.kind == EXCEPTION or _is_error(record)
    is_open = exact is None or SYMPTOM < exact.cause.weight < SPECIFIC
    coded = of_code(record.text, record.name, is_error) if is_open else None
    if coded is not None and coded.cause.weight >= KIND:
        return coded
    if exact is not None and exact.cause.weight >= KIND and exact.cause.code not in _VAGUE and exact.cause not in WEAK:
        return exact
    if exact is not None and is_error and exact.cause.code == "terminated" and exact.start > len(record.message):
        exact = None
    if not is_error or (exact is not None and exact.cause.weight == SYMPTOM):
        return exact
    return _of_kind(record, exact, coded)


def _of_kind(record: Record, exact: Match | None, coded: Match | None) -> Match | None:
    """What the kind of an error's words, its name, its status, who wrote it or where it was raised says."""
    name = record.name
    worded = of_number(record.text) or of_interface(name, record.message, record.frame)
    said = record.text if _INTRODUCES.search(record.message) else record.message
    if (checked_for := _CHECKED.search(said)) is not None:
        said = checked_for[1]
    worded = worded or of_words(said, name) or (of_words(record.text, name) if checked_for is None else None)
    worded = worded or of_status(record.text) or coded or of_writer(record.message) or of_mark(record.prefix)
    worded = worded or of_library(record.message)
    if worded is not None and worded.cause.code == "unreachable" and _of_collectives(record):
        worded = replace(worded, cause=COLLECTIVE[0])
    tells = worded is None and exact is None and name and "InvalidArgument" not in name
    named = of_words(in_words(name)) if tells else None
    if worded is None and named is None and record.frame and (exact is None or exact.cause.code in _VAGUE):
        named = of_raiser(name, record.message, record.frame, record.code, record.calls)
    return worded or (replace(named, start=0, end=len(record.name)) if named is not None else exact)


def _known_by_place(record: Record) -> Match | None:
    """What the part of a program that speaks says of itself, before any words are looked up."""
    if "NCCL WARN" in record.message:
        return of_warning(record.message, PROGRAM.matches(record.message))
    ended = of_pipe(record.name, record.message, record.frame) or of_environment(record.name, record.code)
    return ended or of_parser(record.name, record.frame, record.calls, record.sources)


def _is_key_of_data(record: Record, exact: Match) -> bool:
    """Whether a missing key is taken for a variable's name that is not written as one: ``rank`` is no ``RANK``."""
    is_variable = exact.cause.code == "missing_variable" and record.name == "KeyError"
    return is_variable and exact.end <= len(record.message) and _LOWER_KEY.match(record.message) is not None


def _exact(record: Record) -> Match | None:
    """The best match of the record's own line, or of the lines below it where its own says nothing exact or only
    introduces them."""
    own = _beside_the_name(record, PROGRAM.matches(record.message))
    if not record.more or (own is not None and own.cause.weight >= SPECIFIC and not _INTRODUCES.search(record.message)):
        return own
    text, beyond = record.text, len(record.message)
    whole = PROGRAM.matches(text)
    below = next((one for one in whole if one.end > beyond and one.cause.weight >= SPECIFIC), None)
    best = below or next(iter(whole), None)
    return best if own is None or best is below or (best and best.cause.weight > own.cause.weight) else own


_TELLS_WHAT = frozenset({"code_not_fetched"})
"""Causes that say what could not be done: the network's words beside them say why."""


def _beside_the_name(record: Record, matches: Sequence[Match]) -> Match | None:
    """The best match; where only the exception's name speaks for it, an exact one of its message goes before."""
    best = next(iter(matches), None)
    if best is not None and best.cause.code in _TELLS_WHAT:
        why = (one for one in matches if one.cause.area == "network" and one.cause.weight >= best.cause.weight)
        return next(why, best)
    if best is None or not record.name or best.end > len(record.name) or best.cause.weight > SPECIFIC:
        return best
    said = (one for one in matches if one.start >= len(record.name) and one.cause.weight >= SPECIFIC)
    return next(said, best)


def _is_error(record: Record) -> bool:
    if _of_collectives(record):
        return True
    if record.level:
        return record.level in ("error", "fatal")
    return bool(_ERROR.match(record.message))


def _of_collectives(record: Record) -> bool:
    """Whether NCCL wrote the line because something failed: it has no louder word."""
    return "NCCL WARN" in record.message or "NCCL WARN" in record.place


def _most(record: Record, match: Match) -> int:
    """How much a line that is no exception may explain at most: a warning little, a list of possibilities less."""
    if _of_collectives(record):
        return SPECIFIC
    if record.level == "warning" or _A_WARNING.match(record.message):
        return SYMPTOM if HEDGE.search(record.message) else GENERIC
    if _INTERPRETER.search(record.message):
        return GENERIC
    if HEDGE.search(record.message[: match.start].rpartition("? ")[2]) or _FALSE_EXIT.search(record.message):
        return SYMPTOM
    return DECISIVE


__all__ = [
    "EVENTS",
    "PROGRAM",
    "Finding",
    "LogReading",
    "explains",
    "read_log",
    "strongest",
]
