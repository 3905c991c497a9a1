"""Rules of single fields: R10, R13, R14, R16, R20, R28, R67. They take raw values, so they mind the type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from ...api.dlc.shapes import UNDOCUMENTED_JOB_TYPES, Accessibility, JobType
from ...arguments import nearest
from ...errors import Notice
from ...redaction.engine import MASK, clean_text
from .rule import Case, closest, is_given, refuse

JOB_TYPES: tuple[str, ...] = get_args(JobType)
DOCUMENTED = tuple(name for name in JOB_TYPES if name not in UNDOCUMENTED_JOB_TYPES)
ACCESSIBILITIES: tuple[str, ...] = get_args(Accessibility)
LOWEST_PRIORITY, HIGHEST_PRIORITY = 1, 9

_STEMS = {
    "tensorflow": "TFJob", "keras": "TFJob",
    "ddp": "PyTorchJob", "custom": "PyTorchJob", "container": "PyTorchJob", "single": "PyTorchJob",
    "horovod": "MPIJob", "batch": "ElasticBatchJob",
}  # fmt: skip
"""What people call a framework, without case, separators and the ending "job", where it is not the nearest spelling."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def legal_job_type(word: str) -> str | None:
    """The job type that somebody means: an alias of the framework, else the nearest spelling."""
    stem = re.sub(r"[\s_.-]", "", word.lower()).removesuffix("job")
    if stem in _STEMS:
        return _STEMS[stem]
    return next(iter(nearest(word, JOB_TYPES)), None)


def r10(case: Case) -> Notice | None:
    """The job type is one of nine, exact case; one more is known from the command line alone."""
    value = case.args.get("JobType")
    if value in UNDOCUMENTED_JOB_TYPES:
        return Notice("R10", f"{value} is not on the page of CreateJob; it is sent on.")
    if value is None or value in JOB_TYPES:
        return None
    meant = legal_job_type(str(value))
    hint = f"did you mean {meant}?" if meant else f"it is one of {', '.join(DOCUMENTED)}; single containers: PyTorchJob"
    raise refuse("R10", case.top("JobType"), f"JobType {str(value)[:60]!r} does not exist, and case matters; {hint}")


def r13(case: Case) -> None:
    """A job's name: 1 to 256 letters, digits, ``_``, ``.``, ``-``."""
    value = case.args.get("DisplayName")
    if value is None or _NAME.fullmatch(str(value)):
        return
    shown = clean_text(str(value))  # before it is mended: another spelling of a secret would not be known for one
    mended = re.sub(r"[^A-Za-z0-9_.-]+", "-", shown).strip("-")
    hint = f"; for example {mended[:80]}" if mended else ""
    raise refuse(
        "R13",
        case.top("DisplayName"),
        f"DisplayName takes 1 to 256 letters, digits, '_', '.' and '-' ({len(str(value))} characters given){hint}.",
    )


def r14(case: Case) -> None:
    """Priority is a whole number from 1 to 9."""
    value = case.args.get("Priority")
    if value is None or _whole(value) in range(LOWEST_PRIORITY, HIGHEST_PRIORITY + 1):
        return
    message = f"Priority is a whole number from {LOWEST_PRIORITY} (low) to {HIGHEST_PRIORITY} (high); "
    raise refuse("R14", case.top("Priority"), f"{message}{str(value)[:40]!r} was given, and left out it is 1.")


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def r28(case: Case) -> None:
    """A command holds no control characters but tabs and line ends: the shell in the container would fail on them."""
    roles = [(f"{place}.UserCommand", spec.get("UserCommand")) for place, spec in case.objects("JobSpecs")]
    for place, command in [(case.top("UserCommand"), case.args.get("UserCommand")), *roles]:
        if isinstance(command, str) and (found := _CONTROL.search(command)) is not None:
            what = "a carriage return" if found[0] == "\r" else f"the control character U+{ord(found[0]):04X}"
            line = command.count("\n", 0, found.start()) + 1
            raise refuse(
                "R28", place, f"UserCommand holds {what} in line {line}; the shell would fail on it. Take it out."
            )


def r16(case: Case) -> None:
    """Names of environment variables are POSIX names, and what this server shows for a secret is no value (R67)."""
    for field, name, value in _variables(case):
        if not _ENV_NAME.fullmatch(name):
            raise refuse(
                "R16",
                field,
                f"{name[:60]!r} is no name of an environment variable: letters, digits and '_', no digit first.",
            )
        if value == MASK:
            what = f"{MASK} stands in answers in the place of a secret and is no value"
            raise refuse("R67", field, f"{what}; leave {name[:60]} out, and tell the user to set it.")


def _variables(case: Case) -> Iterator[tuple[str, str, Any]]:
    """Where a variable stands, its name and its value."""
    for name, value in case.part("Envs").items():
        yield f"{case.prefix}Envs.{str(name)[:60]}", str(name), value
    for path, item in case.objects("CustomEnvs"):
        if is_given(item.get("Key")):
            yield f"{path}.Key", str(item["Key"]), item.get("Value")


def r20(case: Case) -> None:
    """Accessibility is PUBLIC or PRIVATE."""
    value = case.args.get("Accessibility")
    if value is None or value in ACCESSIBILITIES:
        return
    hint = closest(value, ACCESSIBILITIES)
    raise refuse("R20", case.top("Accessibility"), f"Accessibility is PUBLIC or PRIVATE, exact case{hint}.")
