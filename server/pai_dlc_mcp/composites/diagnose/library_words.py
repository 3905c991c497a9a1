"""Warnings of the library that moves data between GPUs: what of it complains says more than the system's reason. Pure.

Sources: NCCL's messages (``place:line NCCL WARN words``), its plugins for OFI, UCX, SHARP, GPUDirect-TCPX and gIB.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .causes import SPECIFIC, Match
from .causes_network import COLLECTIVE, NETWORK
from .error_numbers import READ_CHARS

RDMA = next(one for one in NETWORK if one.code == "rdma")
_WARNS = re.compile(r"\bNCCL WARN\b")
_FAST = re.compile(
    r"\bNET/(?!Socket\b|Plugin\b)\w+|\bibv?wrap|\bnet_ib\b|\bibv_\w+|\b(?:p2p|ib|ucx|sharp|rdma)_plugin\b|_ofi_"
    r"|\bofi_"
    r"|_(?:rail|mr|ep|qp|cq)_|\b(?:sharp|gdr|gin|efa|fi|ucp|uct|mlx\d)_\w+|\bgdr\w*|\bsharpd?\b|\blibfabric\b|\bUCX\b"
    r"|\brx_?dm\b|\bfas(?:trak|tsocket)\b|\btcpxo?\b|\bRDMA\b|\bRoCE\b|\binfiniband\b|\bplugin\.cc?:",
    re.IGNORECASE,
)
"""Parts of the fast network: source files, functions and libraries."""
_OF_SYSTEM = frozenset({
    "missing_file", "storage_fault", "unreachable", "open_files", "refused", "file_permission", "corrupt_data",
    "bad_argument", "collective_timeout", "terminated", "exception", "error_line", "command_not_found", "host_memory",
})  # fmt: skip
"""Causes that a library of the network names when it repeats what the system says of a failed call."""


def of_warning(text: str, exact: Sequence[Match]) -> Match | None:
    """What a warning of NCCL's is about: the fast network where a part of that is named; else what is exact and no
    repetition of the system's; else the collective, of which it is a consequence. ``None`` where it is no warning."""
    warns = _WARNS.search(text)
    if warns is None:
        return None
    said = next((one for one in exact if one.cause.code not in _OF_SYSTEM and one.cause.weight >= SPECIFIC), None)
    part = _FAST.search(text)
    if part is not None and (said is None or said.cause.code in ("fabric_manager", "rdma", "name_resolution")):
        return Match(RDMA, warns.start(), max(part.end(), len(text)))
    return said or Match(COLLECTIVE[0], warns.start(), len(text))


_OF_LIBRARY = re.compile(
    r"\b(?:(?:mca_)?btl_(?!openib)\w+|P?MPI_[A-Z]\w+|[nrhbmte]ccl|oneccl|cncl|ccl(?=\W*(?:error|warn))|gloo|ucc"
    r"|bkcl|mscclpp?)(?:_\w+)?\b|\b(?:Hccl|nccl|rccl|bkcl"
    r"|xccl)[A-Z_]\w+|\b(?:all_?reduce|all_?gather|reduce_?scatter|all_?to_?all)\w*\b|\|CCL_(?:ERROR|WARN)",
    re.IGNORECASE,
)
"""Libraries of collectives, and the names of collectives."""


def of_library(text: str, place: str = "") -> Match | None:
    """What an error of any other words is, where it or the ``place`` in the source that wrote it names a library of
    collectives or one of those: most often a consequence of what happened to another process."""
    found = _OF_LIBRARY.search(text[:READ_CHARS])
    if found is None and _OF_LIBRARY.search(place):
        return Match(COLLECTIVE[0], 0, len(text))
    return Match(COLLECTIVE[0], *found.span()) if found is not None else None


_NO_WAY = re.compile(r"unreachable|no route", re.IGNORECASE)


def of_lost_peer(text: str, place: str, said: Match) -> Match | None:
    """The same where the system's words for a lost connection (``said``) are all that a library of collectives says:
    that there is no way to an address is more."""
    if not said.is_of_system or said.cause.area != "network" or _NO_WAY.search(text[said.start : said.end]):
        return None
    return of_library(text, place)
