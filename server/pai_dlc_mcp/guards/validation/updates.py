"""Rules of updates, TensorBoards and templates: R12, R41, R42, R43, R50, R52."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...errors import NextStep
from .rule import Case, closest, given, pointless, refuse

CONSTRAINTS = ("locked", "overridable", "required")


def r12_update(case: Case) -> None:
    """The job type is fixed at creation."""
    if "JobType" in case.args:
        raise pointless("R12", "job_type", "The job type is fixed at creation; create a new job for another type.")


def r41(case: Case) -> None:
    """Visibility of a job only widens."""
    if case.get("Accessibility") == "PRIVATE":
        message = "A job's accessibility widens only, PRIVATE to PUBLIC; a PUBLIC job cannot be made PRIVATE again."
        raise pointless("R41", "accessibility", message)


def r42_job(case: Case) -> None:
    """There is no renaming of a job."""
    if "DisplayName" in case.args:
        step = NextStep("dlc_get_job", {"job_id": case.get("JobId")}, "Shows what to create anew.")
        raise pointless("R42", "display_name", "A job cannot be renamed; recreate it under the new name.", step)


def r42_tensorboard(case: Case) -> None:
    """There is no renaming of a TensorBoard."""
    if "DisplayName" in case.args:
        arguments = {"tensorboard_id": case.get("TensorboardId")}
        step = NextStep("dlc_get_tensorboard", arguments, "Shows what to create anew.")
        raise pointless("R42", "display_name", "A TensorBoard cannot be renamed; recreate it under the new name.", step)


def r43(case: Case) -> None:
    """A TensorBoard reads a job or data sources; a Uri in the data sources is dropped by the service."""
    for path, source in case.objects("DataSources"):
        if given(source.get("Uri")):
            raise pointless(
                "R43",
                f"{path}.Uri",
                "The service drops a Uri in data_sources; give it in tensorboard_data_sources (SourceType, Uri).",
            )
    if given(case.get("JobId")) and given(case.get("DataSources")):
        raise refuse("R43", "data_sources", "job_id and data_sources exclude each other; keep one of them.")


def r50(case: Case) -> None:
    """Constraints have three values and never go without content."""
    limits = case.get("Constraints")
    if limits is None:
        return
    for path, value in limits.items() if isinstance(limits, Mapping) else ():
        if value not in CONSTRAINTS:
            hint = closest(value, CONSTRAINTS)
            raise refuse("R50", f"Constraints.{str(path)[:80]}", f"A constraint is {', '.join(CONSTRAINTS)}{hint}.")
    if not given(case.get("Content")):
        raise refuse("R50", "constraints", "Constraints never go without content; give the whole content with them.")


def r52_version(case: Case) -> None:
    """A template is read in its default version, in one by number, or in all."""
    version = case.get("Version")
    if given(version) and not re.fullmatch(r"[0-9]{1,9}|all", str(version)):
        raise refuse("R52", "version", "version is a number or all; left out, the default version is read.")
