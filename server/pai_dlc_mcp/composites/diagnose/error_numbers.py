"""The numbers that systems give their errors: errno, CUDA's and Ascend's, as exact as a text and in no language. Pure.

Sources: errno(3) and getaddrinfo(3) on Linux; the error lists of the CUDA runtime and driver, also the one before
CUDA 10.1, whose numbers below 100 differ; the return codes of the Ascend runtime (ACL).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

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
_ERRNO = re.compile(r"\berrno:?[ =]?\[?(-?\d{1,3})\b|\bgai error: (-\d)", re.IGNORECASE)
_CUDA = re.compile(
    r"\b(?:cuda|nvml)[ _]?(?:runtime |driver )?(?:api )?(?:error|failure)(?: code)?s?\s?[:=#]?\s?\(?(\d{1,3})\b"
    r"|\bcuda(?:Error)?\w{0,40}\s?\((\d{1,3})\)",
    re.IGNORECASE,
)
_ACL = re.compile(r"\b(?:error|ret(?:urn)?)[ _]?(?:code|num\w*)?(?: is)?\s?[:=]?\s?\[?([125]07\d{3})\b", re.IGNORECASE)
_WORDS = re.compile(r"\S; (" + "|".join(map(re.escape, BY_WORDS)) + r")\b", re.IGNORECASE)


def of_number(text: str) -> Match | None:
    """The cause that a number of ``errno``, of CUDA or of Ascend's runtime in the text names, or the number's text."""
    text = text[:READ_CHARS]
    for pattern, table in ((_ERRNO, BY_ERRNO), (_CUDA, BY_CUDA), (_ACL, BY_ACL), (_WORDS, BY_ERRNO)):
        found = pattern.search(text)
        known = table.get(_number(next(filter(None, found.groups())))) if found else None
        if found is not None and known is not None:
            code, category, area, meaning = known
            weight = SYMPTOM if code == "collective_timeout" else SPECIFIC
            return Match(Cause(code, category, area, weight, meaning), *found.span())
    return None


def _number(said: str) -> int:
    return BY_WORDS[said.lower()] if said.lower() in BY_WORDS else int(said)
