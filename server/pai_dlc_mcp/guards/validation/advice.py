"""Rules that advise and never refuse: R19, R22, and R52's note on versions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import Notice
from .rule import Case, given

IGNORED = ("DebuggerConfigContent", "ElasticSpec")
_GPU_FAMILY = re.compile(r"(?:ecs|ml)\.(?:ebm|scc|s|v)*g[nu][0-9]")
"""Instance families with GPUs: ecs.gn6i, ecs.ebmgn7, ecs.vgn6i, ecs.sgn7i, ml.gu7ef."""


def r19(case: Case) -> Notice | None:
    """Fields that the service ignores."""
    sent = [name for name in IGNORED if given(case.get(name))]
    return Notice("R19", f"The service ignores {' and '.join(sent)}; sent as given.") if sent else None


def r22_running_time(case: Case) -> Notice | None:
    """A job without an end costs until somebody stops it."""
    if given(case.get("JobMaxRunningTimeMinutes")):
        return None
    return Notice("R22", "No job_max_running_time_minutes: the job may run, and cost, until it is stopped.")


def r22_sanity_check(case: Case) -> Notice | None:
    """A faulty GPU is cheaper to find before training than in it."""
    if case.part("Settings").get("EnableSanityCheck") is True or not has_gpu(case):
        return None
    return Notice("R22", "A GPU job without Settings.EnableSanityCheck: a faulty device shows only in training.")


def has_gpu(case: Case) -> bool:
    """Whether a pod of the job gets a GPU, as far as the arguments tell."""
    return any(_asks_gpu(spec) for _, spec in case.objects("JobSpecs"))


def _asks_gpu(spec: Mapping[str, Any]) -> bool:
    resources = spec.get("ResourceConfig")
    asked = resources.get("GPU") if isinstance(resources, Mapping) else None
    return str(asked or "0").strip() not in ("0", "") or bool(_GPU_FAMILY.match(str(spec.get("EcsSpec"))))


def r52(case: Case) -> Notice | None:
    """New content is a new version; the default stays what it was unless the call promotes it."""
    promoted = case.get("SetAsDefault") is True
    if given(case.get("Content")) and not promoted:
        return Notice("R52", "The content becomes a new version; jobs use the default version until set_as_default.")
    if promoted and not given(case.get("Content")):
        return Notice("R52", "set_as_default promotes the version that a content update makes; there is no content.")
    return None
