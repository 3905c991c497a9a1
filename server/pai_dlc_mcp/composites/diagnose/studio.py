"""PAI Studio's diagnosis of a workload in a quota, read in our words.

It is asked only where it can be: for quota jobs, and never past an endpoint that an operator put in the place of the
cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import amounts
from ...operation import STUDIO
from ...runtime import Runtime

CHECKS = {
    "SelfQuotaLimit": "quota_full",
    "AncestorQuotaLimit": "parent_quota",
    "UserLimit": "user_limit",
    "QueueStrategyLimit": "queue_order",
}
"""A failed check and the cause it names."""


def reachable(runtime: Runtime) -> bool:
    """Whether asking would go to the cloud, or to an endpoint that was meant for it."""
    endpoints = getattr(runtime.cloud, "endpoints", None)
    return endpoints is None or bool(endpoints.is_reachable(STUDIO.key))


def failed_checks(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each failed check of the quota as the cause it names and what it says, in our words and its numbers."""
    body = answer.get("Diagnosis") if isinstance(answer.get("Diagnosis"), Mapping) else answer
    checks = (body or {}).get("ResourceDiagnosis") or {}
    return [
        (cause, _numbers(checks[name]))
        for name, cause in CHECKS.items()
        if isinstance(checks.get(name), Mapping) and checks[name].get("Status") == "Failed"
    ]


def _numbers(check: Mapping[str, Any]) -> str:
    short = ", ".join(str(one) for one in check.get("ExceedResources") or [])
    used, limit = (amounts.describe(amounts.of_answer(check.get(name))) for name in ("Used", "Limit"))
    return f"{short or 'resources'} exceed the limit: used {used}, limit {limit}"


def node_reasons(answer: Mapping[str, Any]) -> dict[str, int]:
    """Why nodes cannot take the job, by the platform's reason code, with the number of nodes."""
    body = answer.get("Diagnosis") if isinstance(answer.get("Diagnosis"), Mapping) else answer
    groups = ((body or {}).get("SchedulingDiagnosis") or {}).get("UnschedulableNodes") or {}
    if isinstance(groups, Mapping):
        return {str(name)[:60]: len(nodes) for name, nodes in groups.items() if isinstance(nodes, list)}
    found: dict[str, int] = {}
    for one in groups:
        if isinstance(one, Mapping) and (name := one.get("Reason") or one.get("UnschedulableInfo")):
            found[str(name)[:60]] = found.get(str(name)[:60], 0) + len(one.get("NodeNames") or [1])
    return found
