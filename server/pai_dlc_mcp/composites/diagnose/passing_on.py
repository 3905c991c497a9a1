"""Exceptions that pass on what failed in them: their words say more than their names. Pure."""

from __future__ import annotations

from .causes import KIND, SPECIFIC, Match
from .prefixes import Record
from .tables import PROGRAM
from .wording import of_words

_PASS_ON = frozenset(
    (
        "TorchRuntimeError",
        "BackendCompilerFailed",
        "InductorError",
        "DatasetGenerationError",
        "DatasetGenerationCastError",
        "InstantiationException",
        "RayActorError",
        "ActorDiedError",
        "WorkerCrashedError",
        "TrainingFailedError",
        "TuneError",
        "ActorUnschedulableError",
        "TaskUnschedulableError",
        "ProcessRaisedException",
        "LaunchError",
        "CalledProcessError",
        "SubprocessError",
        "MaxRetryError",
        "RetryError",
    )
)
"""Names of exceptions that a library raises in the place of whatever failed inside (PyTorch's compiler, Hugging Face
datasets, Hydra, Ray, Python's own subprocess, urllib3, tenacity)."""


def of_passed_on(record: Record) -> Match | None:
    """What the words behind such a name say, where they name another cause than the name."""
    if record.name.rpartition(".")[2] not in _PASS_ON:
        return None
    named = {one.cause.code for one in PROGRAM.matches(record.name)}
    begin = len(record.name)
    said = record.text[begin:]
    exact = (one for one in PROGRAM.matches(said) if one.cause.weight >= SPECIFIC and one.cause.code not in named)
    found = next(exact, None) or of_words(said)
    if found is None or found.cause.weight < KIND or found.cause.code in named:
        return None
    return Match(found.cause, found.start + begin, found.end + begin, found.is_generic)


__all__ = ["of_passed_on"]
