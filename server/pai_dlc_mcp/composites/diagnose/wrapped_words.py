"""What an event names as the reason for what could not be done ("mount failed: token expired"). Pure.

A wrapper is an exact text of the platform that only says what failed; beside it the reason's words may be common.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from .causes import SPECIFIC, Area, Category, Cause, Match
from .error_numbers import READ_CHARS
from .vocabulary import family

_REFUSED = (
    r"\b(?:denie[sd]|den(?:y|ying)|unauthori[sz]ed\w*|not authori[sz]ed|forbidden|permission|credentials?|wrongpass"
    r"|signature(?! validation)"
    r"|token (?:has |is |was )?(?:expired|invalid)|securitytokenexpired|expired (?:token|key|credential)s?"
    r"|access ?key"
    r"|authenticat\w*|log ?in|(?:secret|account|api) key (?:is )?(?:wrong|invalid|expired)"
    r"|not in (?:the )?(?:permission"
    r"|access|nodemap|allow\w*|white ?list)|no ?permission|accessdenied|invalid (?:user|password|secret))\b"
    r"|(?:权限|拒绝|鉴权|认证失败|无权|密钥|过期|密码)"
)
_MISSING = (
    r"\b(?:(?:is|was|are|were|be) not (?:found|there)|not ?found|(?:does|do)(?: not|n't) exist|no longer exists?"
    r"|non-?existent"
    r"|no such|(?:was|been|is|were) (?:deleted|removed)|holds? no|no (?:object|file|folder|directory|file system"
    r"|bucket|share"
    r"|prefix|volume|snapshot)s?|not exists?)\b|\.notfound\b|(?:不存在|未找到|找不到|已被?删除)"
)
_MOUNTER = re.compile(
    r"\bdriver name\b|\bdial unix\b|/s?bin/|\bexecutable\b|\bfuse: device\b|\bplugin\b|\bOCI runtime\b"
    r"|\bnvidia-container"
    r"|sock(?:et)?\b|\bdaemon\b|\bproxy\b|\bdriver\b|\bcsi(?:node|driver)?\b.{0,40}\bnot (?:found|contain)"
    r"|\bno such device\b"
    r"|\bclient start|\bmodprobe\b|\bsidecar\b|\bCSIDriver\b|registered CSI|\b(?:ossfs|jindo\S*|juicefs|gcsfuse"
    r"|mount\.\w+): "
    r"(?:command )?not found",
    re.IGNORECASE,
)
"""What is missing there is what mounts, not what should be mounted."""
_CONTENT = re.compile(r"\bmedia ?type\b|\bdigest\b|\bsnapshot", re.IGNORECASE)
"""What is missing there is a part of an image that the registry has."""
_BARS = {
    **dict.fromkeys(("mount_refused", "mount_missing", "mount_unreachable"), _MOUNTER),
    "image_not_found": _CONTENT,
}
_UNREACHED = (
    r"\b(?:tim(?:ed|es|e)[ -]?out(?! (?:expired )?waiting for (?:the condition|volumes))"
    r"|(?:can ?not|can't|could not|couldn't) (?:be )?reach\w*|unreach\w*|no route|connection (?:refused|reset)"
    r"|resolve[ds]?|not resolv\w*|stopped answering|not respond\w*|does(?: not|n't) (?:answer|respond)|no answer"
    r"|no quorum|dropped by|drops port|gave up|stalled|are down|is down|name resolution)\b"
    r"|(?:超时|无法解析|解析失败|不可达|无法连接|无响应)"
)
_FULL = (
    r"\b(?:no (?:space|room)|disk (?:is )?full|quota (?:is )?exceeded|disk quota|larger than (?:\S+ ){0,4}disk"
    r"|out of (?:disk"
    r"|space)|not enough (?:disk|space))\b|(?:空间不(?:足|够)|没有(?:剩余)?空间|磁盘.{0,6}满|剩余空间)"
)
_WRONG_KIND = (
    r"\b(?:architecture|operating system|platform) .{0,60}(?:not|cannot|can't|mismatch|unsupported|differ)"
    r"|\b(?:no|wrong|unsupported) (?:\w+ )?(?:architecture|platform|manifest for)\b|\bcannot execute binary\b"
    r"|\bexec format\b|(?:没有适用于|不支持).{0,12}(?:架构|x86|arm|版本)"
)
_TOO_OFTEN = r"\b(?:too ?many ?requests|rate limit\w*|429|throttl\w*|requests per)\b|限流|频繁"
_NO_PROGRAM = (
    r"\bexecutable\b.{0,60}\bnot found\b|\b(?:finding|find|no) (?:the )?(?:executable|such program|program)\b"
    r"|\b(?:entry ?point"
    r"|command|program|executable)\b.{0,60}\b(?:missing|not found|no such|does not exist|not there)\b"
    r"|\bcommand that was not found\b|\bhas no such program\b|(?:启动命令|可执行文件).{0,8}(?:不存在|未找到)"
)
_NO_ADDRESS = (
    r"\b(?:ip|addresses|enis?|ipam)\b.{0,60}\b(?:no|not|insufficient\w*|exhausted|fail\w*|none|empty|full)\b"
    r"|\binsufficientfreeaddress\w*|\bno (?:more )?(?:free )?(?:ip|addresses|enis?)\b|\bfailed to (?:assign"
    r"|allocate) an? ip\b"
)
_NO_HANDLE = r"\btoo many open files\b|\b(?:inotify|fsnotify)\b"
_NODE_MEMORY = (
    r"\bmemory\.available\b|\ballocatablememory\b|\b(?:node|host|machine|kubelet)\b.{0,60}\bmemory\b"
    r"|\bmemory\b.{0,60}\b(?:of the"
    r" )?(?:node|host|machine)\b|(?:机器|节点|宿主机).{0,8}内存"
)
_NODE_DISK = r"\b(?:nodefs|imagefs|inodes?\w*|disk|ephemeral|storage)\b|磁盘|存储"
_BY_OTHERS = r"\bpreempt\w*|\breclaim: queue|\bhigher[- ]priority\b|抢占"


def _inside(code: str, category: Category, area: Area, meaning: str, words: str) -> tuple[Cause, re.Pattern[str]]:
    cause, pattern = family(code, category, area, meaning, words)
    return replace(cause, weight=SPECIFIC), pattern


WITHIN: Mapping[str, tuple[tuple[Cause, re.Pattern[str]], ...]] = {
    "mount_failed": (
        _inside("open_files", "resource", "settings", "the node's limit of open files is reached", _NO_HANDLE),
        _inside("mount_refused", "configuration", "credentials", "the storage refuses the mount", _REFUSED),
        _inside("mount_missing", "configuration", "data", "what should be mounted does not exist", _MISSING),
        _inside("mount_unreachable", "network", "network", "the storage cannot be reached", _UNREACHED),
    ),
    "image_pull": (
        _inside("image_rate_limited", "image", "image", "the registry limits the rate of pulls", _TOO_OFTEN),
        _inside("image_disk", "resource", "storage", "there is no room for the image", _FULL),
        _inside("image_architecture", "image", "image", "the image is built for another processor", _WRONG_KIND),
        _inside("image_refused", "image", "credentials", "the registry refused the pull", _REFUSED),
        _inside("image_not_found", "image", "image", "the image or its tag does not exist", _MISSING),
        _inside("image_unreachable", "network", "network", "the registry cannot be reached", _UNREACHED),
    ),
    "container_start": (
        _inside("open_files", "resource", "settings", "the node's limit of open files is reached", _NO_HANDLE),
        _inside("image_architecture", "image", "image", "the image is built for another processor", _WRONG_KIND),
        _inside("command_not_found", "configuration", "settings", "the start command is not there", _NO_PROGRAM),
        _inside("vpc", "configuration", "settings", "the pod gets no address of its network", _NO_ADDRESS),
    ),
    "evicted": (
        _inside("preempted", "resource", "scheduling", "another job took the resources", _BY_OTHERS),
        _inside("node_memory", "resource", "host_memory", "the node ran short of memory", _NODE_MEMORY),
        _inside("disk_full", "resource", "storage", "a disk of the node was full", _NODE_DISK),
    ),
}  # fmt: skip
"""By the cause of a wrapper what it may name, the more exact first."""


def named_in(wrapper: Match, text: str) -> Match | None:
    """What a wrapper's text names as the reason; ``None`` where it names nothing."""
    text = text[:READ_CHARS]
    for cause, pattern in WITHIN.get(wrapper.cause.code, ()):
        if (bars := _BARS.get(cause.code)) is not None and bars.search(text):
            continue
        if (found := pattern.search(text)) is not None:
            return Match(cause, *found.span(), is_generic=True)
    return None
