"""Which reads the guards of an operation make, so that a least RAM policy leaves none out."""

from __future__ import annotations

from collections.abc import Mapping

from ..api.catalog import operation
from ..operation import Operation, Tool
from .confirmation.targets import READER_OF
from .creates.find_by_name import LOOKUPS

BESIDE: Mapping[str, str] = {
    "CreateJob": "GetJobTemplate ListEcsSpecs",
    "UpdateJob": "ListEcsSpecs ListJobs",
    "StopJob": "GetPodLogs ListEcsSpecs",
    "DeleteJob": "GetPodLogs ListEcsSpecs",
    "DeleteJobTemplate": "ListJobs",
    "GetPodLogs": "GetJob",
    "GetPodEvents": "GetJob",
    "GetJobEvents": "GetJob",
}
"""Reads beside that of an act's target and the look before a create: R26, the limit on GPUs, R34, R36, R61, R66."""


def reads_of(tool: Tool) -> tuple[str, ...]:
    """RAM actions of the reads that this tool's guards make beside its own."""
    if not isinstance(tool, Operation):
        return ()
    name = tool.action_name
    readers = [READER_OF[name]] if name in READER_OF else []
    readers += [LOOKUPS[name].lister] if name in LOOKUPS else []
    readers += BESIDE.get(name, "").split()
    return tuple(dict.fromkeys(operation(reader).ram_action for reader in readers))
