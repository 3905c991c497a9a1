"""Which features of the service exist where: one table with its sources, and what is said where one cannot work (R27).

A feature that cannot work is sent as it was given and brings a notice. Where the arguments do not tell, because a quota
may be of either kind, nothing is said: a guess would be as bad as a missing remark.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...api.kinds import INSTANCE_TYPE, QUOTA
from ...arguments import nearest
from ...errors import Notice
from ...redaction.scan import harmless
from ...runtime import Call, Runtime
from ...state import StateUnavailable
from ..discovery.ledger import find
from .rule import Case, is_given, says_something

GENERAL, LINGJUN = "ECS", "Lingjun"
"""Kinds of resources as the service calls them in ``ResourceType``; ACS is a third, of which no page tells features."""
_GENERAL_TYPE, _LINGJUN_TYPE = re.compile(r"ecs\."), re.compile(r"ml\.")


@dataclass(frozen=True, slots=True)
class Where:
    """What a job runs on, as far as it is known: the kind of resources, whether a quota, whether preemptible."""

    kind: str | None
    is_quota: bool
    is_spot: bool


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of the table. ``is_on`` tells from the job's arguments whether it is asked for. ``works_on`` are kinds of
    resources, each with the job types that have it there; no kind stands for all kinds, no types for all types."""

    name: str
    field: str
    is_on: Callable[[Case], bool]
    works_on: tuple[tuple[str | None, tuple[str, ...]], ...]
    needs: str
    source: str
    needs_quota: bool = False
    is_without_general_spot: bool = False

    def can_work(self, job_type: Any, where: Where) -> bool:
        """Whether it can take effect, as far as the arguments tell; what they do not tell speaks for it."""
        if self.needs_quota and not where.is_quota:
            return False
        if self.is_without_general_spot and where.kind == GENERAL and where.is_spot and not where.is_quota:
            return False
        return any(
            (kind is None or where.kind is None or kind == where.kind)
            and (not types or not is_given(job_type) or job_type in types)
            for kind, types in self.works_on
        )


def _switch(name: str) -> Callable[[Case], bool]:
    return lambda case: case.part("Settings").get(name) is True


def _is_spot(case: Case) -> bool:
    return any(_asks_spot(spec) for _, spec in case.objects("JobSpecs"))


def _asks_spot(spec: Mapping[str, Any]) -> bool:
    return spec.get("UseSpotInstance") is True or any(
        says_something(spec.get(name)) for name in ("SpotSpec", "ElasticSpotSpecs")
    )


SANITY_CHECK = Feature(
    "The sanity check",
    "Settings.EnableSanityCheck",
    _switch("EnableSanityCheck"),
    ((LINGJUN, ("PyTorchJob",)),),
    "a PyTorchJob on Lingjun resources",
    "help page SanityCheck, 2026-05-20",
)
AIMASTER = Feature(
    "AIMaster",
    "Settings.EnableErrorMonitoringInAIMaster",
    _switch("EnableErrorMonitoringInAIMaster"),
    ((None, ("PyTorchJob", "MPIJob", "TFJob", "ElasticBatchJob")),),
    "a PyTorchJob, MPIJob, TFJob or ElasticBatchJob, and no preemptible general-purpose resources",
    "help pages AIMaster, 2026-05-10, and preemptible jobs, 2025-07-02",
    is_without_general_spot=True,
)
FEATURES: tuple[Feature, ...] = (
    SANITY_CHECK,
    AIMASTER,
    Feature(
        "RDMA",
        "Settings.EnableRDMA",
        _switch("EnableRDMA"),
        ((LINGJUN, ()),),
        "Lingjun resources, where it is on anyway",
        "help page RDMA, 2026",
    ),
    Feature(
        "Preemptible capacity",
        "JobSpecs[].SpotSpec",
        _is_spot,
        ((GENERAL, ("PyTorchJob",)), (LINGJUN, ("PyTorchJob", "MPIJob"))),
        "a PyTorchJob, or an MPIJob on Lingjun resources",
        "help page preemptible jobs, 2025-07-02",
    ),
    Feature(
        "CPU affinity",
        "Settings.EnableCPUAffinity",
        _switch("EnableCPUAffinity"),
        ((GENERAL, ()),),
        "a quota of general-purpose resources",
        "page of JobSettings, 2026-02-09",
        needs_quota=True,
    ),
)


def check_features(case: Case, where: Where) -> Iterator[Notice]:
    """R27 for every feature that is asked for, and R22 where the sanity check is not and could work."""
    job_type, settings = case.args.get("JobType"), case.part("Settings")
    working = [one for one in FEATURES if one.is_on(case) and one.can_work(job_type, where)]
    for feature in FEATURES:
        if feature.is_on(case) and feature not in working:
            yield Notice("R27", f"{feature.name} ({feature.field}) takes no effect here: it needs {feature.needs}.")
    has_whole = all(_has_whole_gpus(spec) for _, spec in case.objects("JobSpecs"))
    if SANITY_CHECK in working and not has_whole:
        yield Notice("R27", "The sanity check needs whole GPUs in every pod; a spec here asks for none or for a part.")
    if AIMASTER in working:
        yield from check_aimaster(str(settings.get("ErrorMonitoringArgs") or ""))
    for feature, name in ((AIMASTER, "ErrorMonitoringArgs"), (SANITY_CHECK, "SanityCheckArgs")):
        if says_something(settings.get(name)) and not feature.is_on(case):
            yield Notice("R27", f"Settings.{name} takes no effect without {feature.field}: true.")
    is_possible = where.kind == LINGJUN and job_type == "PyTorchJob" and has_whole and case.objects("JobSpecs")
    if is_possible and not SANITY_CHECK.is_on(case):
        yield Notice("R22", "A GPU job without Settings.EnableSanityCheck: a faulty device shows only in training.")


def _has_whole_gpus(spec: Mapping[str, Any]) -> bool:
    """Whether a spec may ask for whole GPUs: an instance type is taken at its word."""
    resources = spec.get("ResourceConfig")
    if not isinstance(resources, Mapping):
        return True
    return bool(re.fullmatch(r"\s*[1-9][0-9]*(\.0+)?\s*", str(resources.get("GPU"))))


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of AIMaster: its documented default, ``None`` where no page gives one, its values, and how sure it is
    that there is such an argument."""

    default: str | None = None
    values: tuple[str, ...] = ()
    source: str = "secondary: submissions of others"


_SWITCH = ("True", "False")
_PAGE = "official: help page AIMaster, 2026-05-10"
ARGUMENTS: Mapping[str, Argument] = {
    "job-execution-mode": Argument("Sync", ("Sync", "Async"), _PAGE),
    "enable-job-restart": Argument("False", _SWITCH, _PAGE),
    "max-num-of-job-restart": Argument("3", (), _PAGE),
    "enable-job-hang-detection": Argument("False", _SWITCH, _PAGE),
    "job-hang-interval": Argument("1800", (), _PAGE),
    "enable-c4d-hang-detection": Argument("False", _SWITCH, _PAGE),
    "enable-job-exit-hang-detection": Argument("False", _SWITCH, _PAGE),
    "job-exit-hang-interval": Argument(None, (), _PAGE),
    "enable-log-hang-detection": Argument(None, _SWITCH, "official: the example of JobSettings"),
    "job-restart-timeout": Argument(),
    "fault-tolerant-policy": Argument(),
    "enable-local-detection": Argument(None, _SWITCH),
    "enable-perftracker": Argument(None, _SWITCH),
    "max-num-of-same-error": Argument(None, (), "secondary: an operator's list of flags"),
}
"""The arguments of AIMaster; intervals are seconds. An argument that is not here is sent as given, with a notice."""


def aimaster_arguments(text: str) -> tuple[dict[str, str], list[str]]:
    """The arguments with their documented defaults beneath, and the words that are none.

    ``--name=value``, ``--name value`` and ``--name`` alone, which is a switch that is on, are read.
    """
    given: dict[str, str] = {}
    strays: list[str] = []
    words = _words(text)
    at = 0
    while at < len(words):
        name, has_value, value = words[at].removeprefix("--").partition("=")
        at += 1
        if not words[at - 1].startswith("--") or not name:
            strays.append(words[at - 1])
        elif has_value:
            given[name] = value
        elif at < len(words) and not words[at].startswith("--"):
            given[name], at = words[at], at + 1
        else:
            given[name] = "True"
    defaults = {name: argument.default for name, argument in ARGUMENTS.items() if argument.default is not None}
    return {**defaults, **{name: _cased(name, value) for name, value in given.items()}}, strays


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text.replace("\\\n", " "))
    except ValueError:
        return text.split()


def _cased(name: str, value: str) -> str:
    """A switch in another case is understood; the service's own reader of arguments takes it."""
    known = ARGUMENTS.get(name, Argument()).values
    return next((one for one in known if one.lower() == value.lower()), value)


def check_aimaster(text: str) -> Iterator[Notice]:
    """What the arguments of AIMaster leave undone (R27)."""
    arguments, strays = aimaster_arguments(text)

    def is_on(name: str) -> bool:
        return arguments.get(name) == "True"

    unknown = [f"--{name}" for name in arguments if name not in ARGUMENTS] + strays
    for word in unknown[:3]:
        near = nearest(word.removeprefix("--"), ARGUMENTS)
        hint = f" (did you mean --{near[0]}?)" if near else ""
        yield Notice("R27", f"AIMaster: {harmless(word)[:60]} is no documented argument{hint}; sent as given.")
    wrong = [name for name, argument in ARGUMENTS.items() if _is_wrong(arguments.get(name), argument.values)]
    for name in wrong:
        values = " or ".join(ARGUMENTS[name].values)
        yield Notice("R27", f"AIMaster: --{name} is {values}; {harmless(arguments[name])[:40]!r} was given.")
    if not is_on("enable-job-restart"):
        yield Notice("R27", "AIMaster watches the job and restarts nothing without --enable-job-restart=True.")
    hang = [name for name in ("enable-job-hang-detection", "enable-job-exit-hang-detection") if is_on(name)]
    if hang and arguments.get("job-execution-mode") == "Async":
        yield Notice("R27", f"AIMaster: --{hang[0]} works in --job-execution-mode=Sync only.")
    if is_on("enable-c4d-hang-detection") and not is_on("enable-job-hang-detection"):
        yield Notice("R27", "AIMaster: --enable-c4d-hang-detection needs --enable-job-hang-detection=True.")


def _is_wrong(value: str | None, values: Sequence[str]) -> bool:
    return value is not None and bool(values) and value not in values


async def where_of(call: Call, runtime: Runtime, case: Case) -> Where:
    """What a job runs on, by its arguments and by what listings showed of its instance types and quotas. A ledger that
    cannot be read shows nothing, and is no reason to fail here."""
    specs = [spec for _, spec in case.objects("JobSpecs")]
    quotas = [
        value for value in [case.args.get("ResourceId"), *(spec.get("QuotaId") for spec in specs)] if is_given(value)
    ]
    types = [str(spec["EcsSpec"]) for spec in specs if is_given(spec.get("EcsSpec"))]
    kinds = {LINGJUN for one in types if _LINGJUN_TYPE.match(one)} | {
        GENERAL for one in types if _GENERAL_TYPE.match(one)
    }
    with suppress(StateUnavailable):
        for kind, value in [*((QUOTA, str(one)) for one in quotas), *((INSTANCE_TYPE, one) for one in types)]:
            entry = await find(runtime, call.caller, call.region, kind.name, value)
            if entry is not None and entry.about.get("ResourceType"):
                kinds.add(str(entry.about["ResourceType"]))
    return Where(kinds.pop() if len(kinds) == 1 else None, bool(quotas), _is_spot(case))
