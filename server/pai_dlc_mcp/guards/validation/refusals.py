"""Refusals that know more than the schema: raised on the raw arguments, before names and types are checked.

The schema would refuse these as well, as an unknown name or a value outside its list, but without the rule's number and
without the way out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic.alias_generators import to_pascal

from ...errors import PaiError
from .job import r09
from .job_fields import r10, r13, r14, r16, r20
from .read_arguments import r46_syntax, r47, r53, r60_events, r60_lines, r62
from .rule import Case, Rule, with_region
from .updates import r12_update, r41, r42_job, r42_tensorboard, r43, r50, r52_version

JOB: tuple[Rule, ...] = (r10, r13, r14, r16, r20, r09)

BEFORE: Mapping[str, tuple[Rule, ...]] = {
    "dlc_create_job": JOB,
    "dlc_update_job": (r42_job, r12_update, r41, r14, r20),
    "dlc_update_tensorboard": (r42_tensorboard,),
    "dlc_create_tensorboard": (r43, r14),
    "dlc_create_job_template": (r50,),
    "dlc_update_job_template": (r50,),
    "dlc_get_job_template": (r52_version,),
    "dlc_list_job_templates": (r53,),
    "dlc_list_ecs_specs": (r47,),
    "dlc_get_job_metrics": (r62,),
    "dlc_get_pod_logs": (r60_lines,),
    "dlc_get_pod_events": (r60_events,),
    "dlc_get_job_events": (r60_events,),
    "aiworkspace_list_images": (r46_syntax,),
}

_CONTAINERS = ("CodeSource", "DataSources", "JobSpecs", "Envs", "CustomEnvs", "Constraints", "Content")


def special_refusals(tool_name: str, given: Mapping[str, Any]) -> None:
    """Refuse what a rule refuses by name. Anything else, wrong types too, passes and is the schema's business.

    Raises:
        InvalidArguments, NoEffect: the rule's refusal.
    """
    try:
        _refused(tool_name, given)
    except PaiError as refusal:
        if isinstance(given.get("region"), str):
            with_region(refusal, given["region"])
        raise


def _refused(tool_name: str, given: Mapping[str, Any]) -> None:
    rules = BEFORE.get(tool_name)
    if rules is None:
        return
    case = Case(_by_api_name(given))
    for rule in rules:
        rule(case)
    content = Case(_by_api_name(case.part("Content")), prefix="Content.")
    for rule in JOB:
        rule(content)


def _by_api_name(given: Mapping[str, Any]) -> dict[str, Any]:
    named = {str(key) if str(key)[:1].isupper() else to_pascal(str(key)): value for key, value in given.items()}
    return {name: _opened(name, value) for name, value in named.items() if value is not None}


def _opened(name: str, value: Any) -> Any:
    """The value behind the JSON text of an object or a list."""
    if name not in _CONTAINERS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
