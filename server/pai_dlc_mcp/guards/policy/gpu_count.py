"""How many GPUs a job asks for, over all its pods."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ...api.catalog import operation
from ...errors import CloudFailure
from ...runtime import Call, Runtime
from ...shapes import walk
from ..discovery.ledger import find

SPOT = "ElasticSpotSpecs[].InstanceType"
"""Instance types that a preemptible role may take in place of its own."""
CONTAINERS = ("ExtraPodSpec.SideCarContainers[].Resources", "ExtraPodSpec.InitContainers[].Resources")
"""What further containers of a pod take."""
NO_ACCELERATOR = re.compile(
    r"cpu|memory|storage|ephemeral-storage|pods|hugepages-.*|.*rdma.*|.*/(?:eni|hca).*", re.IGNORECASE
)
"""Resources of Kubernetes that are no accelerator; every other name is counted as one."""


async def of_specs(call: Call, runtime: Runtime, specs: Any) -> float | None:
    """GPUs of all pods of these job specs; ``None`` where it cannot be determined."""
    if not isinstance(specs, list) or not specs:
        return None
    total = 0.0
    for spec in specs:
        each = await of_spec(call, runtime, spec) if isinstance(spec, Mapping) else None
        if each is None:
            return None
        total += each * pod_count(spec)
    return total


def pod_count(spec: Mapping[str, Any]) -> int:
    """Pods of a spec at its largest: its own number, or the most that automatic scaling may make of it.

    A template's content was written elsewhere: there a number may stand as text.
    """
    scaling = spec.get("AutoScalingSpec")
    largest = scaling.get("MaxReplicas") if isinstance(scaling, Mapping) else None
    counts = [number(value) for value in (spec.get("PodCount"), largest)]
    return max([1, *(math.ceil(count) for count in counts if count is not None)])


def all_pods(specs: Any) -> int:
    return sum(pod_count(spec) for spec in specs if isinstance(spec, Mapping)) if isinstance(specs, list) else 0


async def of_spec(call: Call, runtime: Runtime, spec: Mapping[str, Any]) -> float | None:
    """GPUs of one pod: the most that any way of running it which the spec names would take."""
    resources, instance = spec.get("ResourceConfig"), spec.get("EcsSpec")
    ways = [_of_quota(resources, spec)] if isinstance(resources, Mapping) and resources else []
    ways += [await of_instance(call, runtime, instance)] if isinstance(instance, str) and instance else []
    for _, other in walk(spec, SPOT) if ways else ():
        ways.append(await of_instance(call, runtime, str(other)))
    known = _known(ways)
    return max(known) if known else None


def _of_quota(resources: Mapping[str, Any], spec: Mapping[str, Any]) -> float | None:
    """Accelerators of the training container, and of those beside it."""
    beside = [count for path in CONTAINERS for _, one in walk(spec, path) for count in _accelerators(one)]
    known = _known([number(resources.get("GPU") or 0), *beside])
    return sum(known) if known else None


def _accelerators(resources: Any) -> list[float | None]:
    """What one container asks for of each accelerator, be it a whole card, a slice of one or a share in percent."""
    asked: dict[str, float | None] = {}
    for part in ("Limits", "Requests"):
        amounts = resources.get(part) if isinstance(resources, Mapping) else None
        for name, amount in amounts.items() if isinstance(amounts, Mapping) else ():
            if NO_ACCELERATOR.fullmatch(str(name)):
                continue
            count = number(amount)
            share = count / 100 if count is not None and "percent" in str(name).lower() else count
            before = asked.get(str(name), 0.0)
            asked[str(name)] = None if share is None or before is None else max(share, before)
    return list(asked.values())


def _known(counts: list[float | None]) -> list[float] | None:
    """The counts, if every one is known."""
    known = [count for count in counts if count is not None]
    return known if len(known) == len(counts) else None


async def of_instance(call: Call, runtime: Runtime, instance: str) -> float | None:
    """GPUs of an instance type: from the ledger, else from the service, each type once a call."""
    known = call.known.instance_gpus
    if instance not in known:
        entry = await find(runtime, call.caller, call.region, "ecs_spec", instance)
        found = number(entry.about.get("Gpu")) if entry else None
        known[instance] = found if found is not None else await _listed(call, runtime, instance)
    return known[instance]


async def _listed(call: Call, runtime: Runtime, instance: str) -> float | None:
    try:
        reply = await runtime.cloud.send(operation("ListEcsSpecs"), {"InstanceTypes": instance}, call.region)
    except CloudFailure:
        return None
    rows = reply.data.get("EcsSpecs")
    found: Iterable[Any] = rows if isinstance(rows, list) else []
    fit = [row for row in found if isinstance(row, Mapping) and row.get("InstanceType") == instance]
    return number(fit[0].get("Gpu")) if fit else None


def number(value: Any) -> float | None:
    """A finite number that is not negative, also from its text; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None
