"""Which reads the guards of an operation make, so that a least RAM policy leaves none out."""

from __future__ import annotations

from ..api.catalog import operation
from ..operation import Operation, Tool
from .lookups import LOOKUPS
from .targets import READER_OF

OF_THE_JOB = frozenset(
    {"UpdateJob", "GetPodLogs", "GetPodEvents", "GetJobEvents", "GetWebTerminal", "GetDashboard", "GetRayDashboard"}
)
"""Operations whose guards read the job first (R40, R44, R45, R61, R66)."""


def reads_of(tool: Tool) -> tuple[str, ...]:
    """RAM actions of the reads that this tool's guards make beside its own."""
    if not isinstance(tool, Operation):
        return ()
    name = tool.action_name
    readers = [READER_OF[name]] if name in READER_OF else []
    readers += ["GetJob"] if name in OF_THE_JOB else []
    readers += [LOOKUPS[name].lister] if name in LOOKUPS else []
    return tuple(dict.fromkeys(operation(reader).ram_action for reader in readers))
