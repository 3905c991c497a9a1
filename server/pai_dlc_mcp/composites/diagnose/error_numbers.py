"""The numbers that systems give their errors: errno, CUDA's and Ascend's, as exact as a text and in no language. Pure.

Sources: errno(3) and getaddrinfo(3) on Linux; the error lists of the CUDA runtime and driver, also the one before
CUDA 10.1, whose numbers below 100 differ; the return codes of the Ascend runtime (ACL).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from .causes import SPECIFIC, SYMPTOM, Area, Category, Cause, Match

READ_CHARS = 900
"""Of an error's text this much is read."""

BY_ERRNO: Mapping[int, tuple[str, Category, Area, str]] = {
    **dict.fromkeys(
        (1, 13, 30),
        ("file_permission", "configuration", "credentials", "a file may not be read, written or executed"),
    ),
    **dict.fromkeys(
        (2, 20, 21),
        ("missing_file", "configuration", "data", "a file or folder that the program reads is not there"),
    ),
    **dict.fromkeys(
        (5, 37, 38, 61, 74, 95, 103, 107, 108, 112, 116, 117, 121, 126),
        ("storage_fault", "system", "storage", "the mounted storage failed"),
    ),
    12: ("host_memory", "resource", "host_memory", "the pod's own memory (not the GPU's) was not enough"),
    **dict.fromkeys(
        (11, 23, 24),
        ("open_files", "resource", "settings", "the limit of open files, processes or threads was reached"),
    ),
    8: ("wrong_architecture", "image", "image", "the image or program is built for another processor"),
    **dict.fromkeys((27, 28, 122), ("disk_full", "resource", "storage", "a disk, or its quota, had no room left")),
    **dict.fromkeys(
        (17, 39), ("file_exists", "configuration", "data", "a file or folder that the program makes is there already")
    ),
    36: ("bad_settings_file", "configuration", "settings", "the name of a file is too long"),
    16: ("storage_fault", "system", "storage", "a file of the mounted storage is in use"),
    99: ("unreachable", "network", "network", "an address is not one of this pod's, or cannot be reached from it"),
    98: ("port_in_use", "configuration", "settings", "a port that the program listens on is taken"),
    **dict.fromkeys(
        (100, 101, 110, 113), ("unreachable", "network", "network", "an address on the network cannot be reached")
    ),
    **dict.fromkeys((-2, -3, -5), ("name_resolution", "network", "network", "a host name cannot be resolved")),
}
"""Cause by ``errno`` on Linux (errno(3)); the negative ones are getaddrinfo's. Numbers that peers' deaths leave (32,
104, 111) are not here: they are consequences more often than causes."""
_DRIVER: tuple[str, Category, Area, str] = (
    "driver_mismatch", "image", "image", "the image's CUDA does not fit the node's driver or GPU",
)  # fmt: skip
_KERNEL: tuple[str, Category, Area, str] = (
    "device_assert", "runtime", "code", "a GPU kernel failed, often an index out of its range",
)  # fmt: skip
_HARDWARE: tuple[str, Category, Area, str] = (
    "gpu_hardware", "system", "hardware", "a GPU or its link reported a hardware fault",
)  # fmt: skip
BY_CUDA: Mapping[int, tuple[str, Category, Area, str]] = {
    2: ("gpu_memory", "resource", "gpu_memory", "the GPU's memory was not enough"),
    **dict.fromkeys((3, 8, 34, 35, 36, 38, 48, 100, 200, 209, 218, 222, 803, 804), _DRIVER),
    **dict.fromkeys((46, 805), ("gpu_busy", "system", "hardware", "another process holds the GPU")),
    **dict.fromkeys(
        (10, 101),
        ("too_many_processes", "configuration", "settings", "a GPU is named that the pod does not have"),
    ),
    **dict.fromkeys((4, 59, 77, 700, 702, 710, 715, 716, 717, 718, 719), _KERNEL),
    **dict.fromkeys((30, 39, 214, 220, 714, 999), _HARDWARE),
    701: ("gpu_shared_memory", "runtime", "settings", "a GPU kernel needs more of the GPU than it has"),
    802: ("fabric_manager", "system", "platform", "the NVLink fabric of the node is not ready (Fabric Manager)"),
}
"""Cause by the number of an error of CUDA or its management library."""
BY_ACL: Mapping[int, tuple[str, Category, Area, str]] = {
    **dict.fromkeys(
        (207001, 207018), ("gpu_memory", "resource", "gpu_memory", "the memory of the accelerator was not enough")
    ),
    **dict.fromkeys(
        (507014, 507015, 507016, 507017, 507018, 507034, 507035),
        ("device_assert", "runtime", "code", "a kernel failed on the accelerator's cores"),
    ),
    107001: (
        "too_many_processes",
        "configuration",
        "settings",
        "an accelerator is named that the pod does not have",
    ),
    **dict.fromkeys(
        (107020, 507046),
        ("collective_timeout", "network", "network", "a collective or kernel of the accelerator did not end in time"),
    ),
    507008: ("driver_mismatch", "image", "image", "the image does not fit the node's driver or accelerator"),
    **dict.fromkeys(
        (507010, 507053, 507054, 507899),
        ("gpu_hardware", "system", "hardware", "the accelerator, its memory or its driver reported a fault"),
    ),
}
"""Cause by the number of an error of Ascend's runtime (ACL)."""
_PARTS: tuple[str, Category, Area, str] = (
    "invalid_collective", "configuration", "code", "the ranks use the collective library in ways that do not fit",
)  # fmt: skip
_SETTING: tuple[str, Category, Area, str] = (
    "bad_settings_file", "configuration", "settings", "the accelerator's software refuses a setting",
)  # fmt: skip
_KERNELS: tuple[str, Category, Area, str] = (
    "compile_failed", "runtime", "code", "an operator could not be compiled for the accelerator",
)  # fmt: skip
_LOST: tuple[str, Category, Area, str] = (
    "collective_timeout", "network", "network", "a collective of the accelerators timed out or lost a peer",
)  # fmt: skip
_LINK: tuple[str, Category, Area, str] = (
    "rdma", "network", "network", "the fast network between accelerators does not work",
)  # fmt: skip
BY_ASCEND: Mapping[str, tuple[str, Category, Area, str]] = {
    **dict.fromkeys(("EI0002", "EI0006", "EI0015"), _LOST),
    **dict.fromkeys(("EI0001", "EI0003", "EI0004"), _SETTING),
    **dict.fromkeys(("EI0005", "EI0008", "EI0014"), _PARTS),
    **dict.fromkeys(("EI0009", "EI0010", "EI0012", "EI0013"), _LINK),
    "EI0019": ("port_in_use", "configuration", "settings", "a port that the collective library listens on is taken"),
    "EJ0003": ("port_in_use", "configuration", "settings", "a port that the collective library listens on is taken"),
    "EJ0001": ("gpu_busy", "system", "hardware", "another process holds the accelerator or its network"),
    **dict.fromkeys(
        ("EL0004", "ERR00006", "ERR01006"),
        ("gpu_memory", "resource", "gpu_memory", "the memory of the accelerator was not enough"),
    ),
    "EL0005": ("gpu_busy", "system", "hardware", "another process holds the accelerator"),
    **dict.fromkeys(
        ("EC0010", "E40001", "E40003"),
        ("import_failed", "image", "image", "a Python package does not fit the accelerator's compiler"),
    ),
    **dict.fromkeys(("E40020", "E40021", "E40022", "EZ3002", "EZ3003"), _KERNELS),
    **dict.fromkeys(("E10001", "E10002", "E10003", "E10005", "E10006", "E10041", "E10042"), _SETTING),
    "EZ1001": ("shape_mismatch", "runtime", "code", "an operator does not take tensors of this type or shape"),
}
"""Cause by the code of an error of Ascend's libraries."""
BY_WORDS: Mapping[str, int] = {
    "is a directory": 21,
    "not a directory": 20,
    "bad file descriptor": 5,
    "input/output error": 5,
    "stale file handle": 116,
    "transport endpoint is not connected": 107,
    "connection timed out": 110,
}
"""Number of ``errno`` by its text, where a path is named before it (``path; text``, as TensorFlow has it). A descriptor
that is bad there was the file system's own."""
_ERRNO = re.compile(
    r"\berrno:?[ =]?\[?(-?\d{1,3})\b(?!\]\s?(?:\{|An error occurred))|\bgai error: (-\d)", re.IGNORECASE
)
"""What a service answered behind such a number says more than the number, which a client gave it."""
_CUDA = re.compile(
    r"\b(?:cuda|nvml)[ _]?(?:runtime |driver )?(?:api )?(?:error|failure)(?: code)?s?\s?[:=#]?\s?\(?(\d{1,3})\b"
    r"|\bcuda(?:Error)?\w{0,40}\s?\((\d{1,3})\)",
    re.IGNORECASE,
)
_ACL = re.compile(r"\b(?:error|ret(?:urn)?)[ _]?(?:code|num\w*)?(?: is)?\s?[:=]?\s?\[?([125]07\d{3})\b", re.IGNORECASE)
_ASCEND = re.compile(r"\b(E[A-Z]\d{4}|E[1-9]\d{4}|ERR\d{5})\b")
_WORDS = re.compile(r"\S; (" + "|".join(map(re.escape, BY_WORDS)) + r")\b", re.IGNORECASE)


_Row = tuple[str, Category, Area, str]


def _by_number(table: Mapping[int, _Row]) -> Callable[[str], _Row | None]:
    return lambda said: table.get(BY_WORDS[said.lower()] if said.lower() in BY_WORDS else int(said))


_READERS: tuple[tuple[re.Pattern[str], Callable[[str], _Row | None]], ...] = (
    (_ASCEND, BY_ASCEND.get), (_ERRNO, _by_number(BY_ERRNO)), (_CUDA, _by_number(BY_CUDA)), (_ACL, _by_number(BY_ACL)),
    (_WORDS, _by_number(BY_ERRNO)),
)  # fmt: skip


def of_number(text: str) -> Match | None:
    """The cause that a number of ``errno``, of CUDA or of Ascend's libraries in the text names, or the number's
    text."""
    text = text[:READ_CHARS]
    for pattern, read in _READERS:
        found = pattern.search(text)
        known = read(next(filter(None, found.groups()))) if found else None
        if found is not None and known is not None:
            code, category, area, meaning = known
            weight = SYMPTOM if code == "collective_timeout" else SPECIFIC
            return Match(Cause(code, category, area, weight, meaning), *found.span())
    return None
