"""Rules of updates, TensorBoards and templates: R12, R41, R42, R43, R50, R52."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...api.catalog import operation
from ...errors import NextStep, Notice
from ...operation import snake
from .rule import Case, closest, is_given, no_effect, refuse

CONSTRAINTS = ("locked", "overridable", "required")


def r12(case: Case) -> None:
    """The job type is fixed at creation."""
    if "JobType" in case.args and case.operation is not None and case.operation.starts == "change":
        raise no_effect("R12", "job_type", "The job type is fixed at creation; create a new job for another type.")


def r41(case: Case) -> None:
    """Visibility of a job only widens."""
    if case.args.get("Accessibility") == "PRIVATE":
        message = "A job's accessibility widens only, PRIVATE to PUBLIC; a PUBLIC job cannot be made PRIVATE again."
        raise no_effect("R41", "accessibility", message)


def r42(case: Case) -> None:
    """There is no renaming of a job or a TensorBoard."""
    if "DisplayName" not in case.args or case.operation is None or case.operation.target is None:
        return
    reader = operation(case.operation.target.reader)
    arguments = {snake(api): case.args.get(api) for api in reader.path_names}
    step = NextStep(reader.name, arguments, "Shows what to create anew.")
    what = reader.action_name.removeprefix("Get").replace("Tensorboard", "TensorBoard").replace("Job", "job")
    raise no_effect("R42", "display_name", f"A {what} cannot be renamed; recreate it under the new name.", step)


def r43(case: Case) -> None:
    """A TensorBoard reads a job or data sources; a Uri in the data sources is dropped by the service."""
    for path, source in case.objects("DataSources"):
        if is_given(source.get("Uri")):
            raise no_effect(
                "R43",
                f"{path}.Uri",
                "The service drops a Uri in data_sources; give it in tensorboard_data_sources (SourceType, Uri).",
            )
    if is_given(case.args.get("JobId")) and is_given(case.args.get("DataSources")):
        raise refuse("R43", "data_sources", "job_id and data_sources exclude each other; keep one of them.")


def r50(case: Case) -> None:
    """Constraints have three values and never go without content."""
    limits = case.args.get("Constraints")
    if limits is None:
        return
    for path, value in limits.items() if isinstance(limits, Mapping) else ():
        if value not in CONSTRAINTS:
            hint = closest(value, CONSTRAINTS)
            raise refuse("R50", f"Constraints.{str(path)[:80]}", f"A constraint is {', '.join(CONSTRAINTS)}{hint}.")
    if not is_given(case.args.get("Content")):
        raise refuse("R50", "constraints", "Constraints never go without content; give the whole content with them.")


def r52_version(case: Case) -> None:
    """A template is read in its default version, in one by number, or in all."""
    version = case.args.get("Version")
    if is_given(version) and not re.fullmatch(r"[0-9]{1,9}|all", str(version)):
        raise refuse("R52", "version", "version is a number or all; left out, the default version is read.")


def r52(case: Case) -> Notice | None:
    """New content is a new version; the default stays what it was unless the call promotes it."""
    promoted = case.args.get("SetAsDefault") is True
    if is_given(case.args.get("Content")) and not promoted:
        return Notice("R52", "The content becomes a new version; jobs use the default version until set_as_default.")
    if promoted and not is_given(case.args.get("Content")):
        return Notice("R52", "set_as_default promotes the version that a content update makes; there is no content.")
    return None
