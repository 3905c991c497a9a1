"""Kinds of words in events and reasons, which no exact text of the platform's explains. Pure.

What an event says is the platform's word, so a kind of words speaks as strongly as an exact text, but never makes a
diagnosis more than likely.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .causes import SPECIFIC, Area, Category, Cause, Match
from .error_numbers import READ_CHARS
from .queue_families import OF_QUEUES
from .vocabulary import family


def _event(code: str, category: Category, area: Area, meaning: str, *words: str) -> tuple[Cause, re.Pattern[str]]:
    cause, pattern = family(code, category, area, meaning, *words)
    return replace(cause, weight=SPECIFIC), pattern


EVENT_FAMILIES: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    _event(
        "spot_reclaimed", "resource", "scheduling", "an event about a spot instance that is taken back",
        r"\b(?:spot|preemptible|bidding)\b.{0,80}\b(?:terminat|reclaim|releas|interrupt|recycl|evict|shut"
        r"|withdraw|taken)",
    ),
    _event(
        "stopped_by_person", "configuration", "person", "an event about somebody who ended the job",
        r"\b(?:stopp|cancell?|terminat|kill|delet|abort)ed by (?:(?:the|an?) )?(?:\w+ )?(?:user|admin\w*|operator"
        r"|owner"
        r"|person|manager|console)\b",
        r"(?:用户|管理员|人工|手动|运维).{0,12}(?:停止|终止|取消|删除|中止)",
    ),
    _event(
        "recycled", "configuration", "platform", "an event about the rule for idle jobs",
        r"\b(?:stopped|ended|terminated|recycled|shut ?down|released|killed|suspended)\b.{0,60}\b(?:idle|inactiv\w*"
        r"|unused|no (?:gpu )?(?:activity|usage|use|load)|low (?:gpu )?(?:utili[sz]ation|usage))\b"
        r"|\b(?:idle|inactiv\w*|no (?:gpu )?activity|low (?:gpu )?utili[sz]ation)\b.{0,60}\b(?:was|were|is|been|got"
        r"|so"
        r"|and) (?:\w+ )?(?:stopped|ended|terminated|recycled|released|killed|suspended)\b",
        r"(?:空闲|闲置|无负载|利用率过低).{0,20}(?:停止|终止|释放|回收)",
    ),
    _event(
        "sanity_failed", "system", "hardware", "an event about the health check before training",
        r"健康(?:检查|检测).{0,8}(?:未通过|失败|异常|不通过)",
    ),
    _event(
        "evicted", "resource", "scheduling", "an event about a node that is emptied",
        r"\bnode\b.{0,40}\bdrain(?:ed|ing)?\b|\bdrain(?:ed|ing)? (?:the )?node\b|(?:节点|机器).{0,8}(?:排空|驱逐|维护)",
    ),
    _event(
        "no_stock", "resource", "scheduling", "an event about an instance type that cannot be had",
        r"\b(?:instance|machine|resource|gpu) types?\b.{0,60}\b(?:unavailable|not available|sold out|insufficient"
        r"|no capacity|exhausted)\b|\bno (?:\w+ )?capacity\b.{0,40}\b(?:zone|region|instance)s?\b",
        r"库存.{0,4}(?:紧张|不足|售罄|不够)|(?:规格|实例).{0,12}(?:售罄|无货)",
    ),
    _event(
        "preempted", "resource", "scheduling", "an event about resources that a job of higher priority took",
        r"\bhigher[- ]priority\b.{0,60}\b(?:took|takes|taken|evict|replac|displac)",
        r"\b(?:evict|replac|displac)\w*\b.{0,60}\bhigher[- ]priority\b",
    ),
    _event(
        "node_lost", "system", "hardware", "an event about the loss of the node under the pod",
        r"\b(?:node|host|machine|instance|server)\b.{0,80}\b(?:does not exist|no longer exists?|deleted|deleting"
        r"|removed|disappear\w*|lost|gone|unreachable|crash\w*|reboot\w*|restarted|offline|not respond\w*"
        r"|no heartbeat|is down|went down|did not (?:send|report)|problem|faulty?|isolated|hung)\b",
        r"\bnode ?(?:problem|fault|unreachable|lost|failure|down)\b",
        r"\b(?:node|host|machine) (?:\S+ )?(?:is |has |was )?(?:failed|faulty|unhealthy|abnormal)\b",
        r"\b(?:delet|remov|reboot)\w+ (?:the )?(?:node|host|machine|instance)\b",
        r"(?:节点|机器|主机).{0,16}(?:失去心跳|失联|心跳.{0,4}(?:丢失|超时|中断)|宕机|不可达|掉线|离线|重启|故障)",
    ),
    _event(
        "gpu_hardware", "system", "hardware", "an event about a fault of a GPU or a link",
        r"\b(?:gpus?|xid|nvlink|nvswitch|ecc|hca|nic)\b.{0,60}\b(?:errors?|faults?|failures?|failed|lost|down"
        r"|unhealthy"
        r"|abnormal|missing|dropped)\b",
        r"(?:GPU|显卡|ECC|NVLink|XID).{0,12}(?:错误|异常|故障|掉线|丢失|不可用)",
    ),
    _event(
        "rdma", "network", "network", "an event about the fast network between nodes",
        r"(?:RDMA|RoCE|IB|高速)(?: ?网络| ?网卡|).{0,16}(?:异常|故障|失败|断开|不可用|down)|网卡.{0,16}(?:down"
        r"|断开|故障|异常)",
        r"\b(?:rdma|roce|infiniband|erdma)\b.{0,60}\b(?:errors?|fault|fail\w*|down|unavailable|lost|abnormal|flap\w*"
        r"|not ready)\b",
    ),
    _event(
        "host_memory", "resource", "host_memory",
        "an event about a container that needed more memory than it may have",
        r"\b(?:container|pod|process)\b.{0,60}(?<!set )\bmemory\b.{0,60}\b(?:exceed\w*|over|limit|killed)\b"
        r"|\b(?:container|pod|process)\b.{0,80}\b(?:exceed\w*|over|beyond|more than)\b.{0,40}\bmemory\b"
        r"|\b(?:killed|ended|terminated)\b.{0,60}\b(?:lack of|too little|out of|no|too much|excessive) memory\b",
    ),
    _event(
        "disk_full", "resource", "storage", "an event about a disk without room",
        r"\b(?:disk|storage|filesystem)\b.{0,60}\b(?:full|exceed\w*|pressure|no space|used up)\b",
    ),
    _event(
        "time_limit", "configuration", "settings", "an event about the running time that was given",
        r"\b(?:run(?:ning)?|execution|wall)[- ]?(?:time|duration)\b.{0,60}\b(?:exceed\w*|limit|reached|over)\b",
    ),
    _event(
        "image_not_found", "image", "image", "an event about an image or tag that the registry does not have",
        r"\b(?:image|pull\w*)\b.{0,240}\b(?:tag|manifest|repository|image)\b.{0,60}\b(?:not found|no such"
        r"|does not exist)\b",
    ),
    _event(
        "image_refused", "image", "credentials", "an event about a registry that wants another login",
        r"\b(?:image|pull\w*)\b.{0,240}\b(?:authenticat\w+|log ?in|credentials? (?:are|is) (?:invalid|wrong|expired)"
        r"|no permission|not permitted|invalid credentials?|wrong password)\b",
    ),
    _event(
        "image_pull", "image", "image", "an event about an image that cannot be had",
        r"\bimage\b.{0,80}\b(?:fail\w*|cannot|can't|unable|error|denied|refused)\b",
        r"\b(?:fail\w*|cannot|can't|unable|error)\b.{0,40}\b(?:pull\w*|fetch\w*|download\w*|unpack\w*|get) .{0,40}"
        r"\bimages?\b",
    ),
    _event(
        "mount_failed", "configuration", "storage", "an event about a storage that cannot be mounted",
        r"\b(?:mount\w*|volume|data ?set|file system)\b.{0,80}\b(?:fail\w*|cannot|can't|unable|error|denied"
        r"|refused)\b",
        r"\b(?:fail\w*|cannot|can't|unable|error)\b.{0,40}\b(?:mount\w*|attach\w*|bind\w*) .{0,40}\b(?:volumes?"
        r"|data ?sets?|disks?|storage|file systems?)\b",
    ),
    _event(
        "container_start", "configuration", "settings", "an event about a container that cannot be made or started",
        r"\b(?:fail\w*|cannot|can't|unable|error)\b.{0,60}\b(?:container|sandbox|entrypoint|runtime spec)\b",
        r"\b(?:container|sandbox|entrypoint)\b.{0,60}\b(?:fail\w*|cannot|can't|unable|error)\b",
    ),
    *OF_QUEUES,
    _event(
        "bad_settings_file", "configuration", "settings", "an event about a job that the scheduler refuses as it is",
        r"\b(?:application|job|workload|pod ?group|task|app)\b.{0,60}\b(?:rejected|refused|not accepted|invalid)\b"
        r"|\b(?:rejected|refused)\b.{0,40}\b(?:application|job|workload|pod ?group)\b|\b\w+Rejected\b"
        r"|\bno (?:place?ment )?rules? (?:has |have )?match\w*|\bcannot create queue\b"
        r"|\bqueue\b.{0,60}\b(?:does not exist|doesn't exist|not found|unknown)\b",
        r"(?:任务|作业|应用).{0,8}(?:被拒绝|不合法|校验失败)",
    ),
    _event(
        "unschedulable", "resource", "scheduling", "an event about nodes of which none takes the pod",
        r"\bno (?:available|suitable|eligible|feasible|matching) nodes?\b"
        r"|\bnodes? (?:(?:do|does|did)(?: not|n't)|cannot|can't) (?:meet|satisfy|match|fit|have enough)\b"
        r"|没有(?:可用|合适|满足\S{0,6})的?节点",
    ),
    _event(
        "queue_order", "resource", "scheduling", "an event about a place in the queue",
        r"\b(?:position|place|number)\b.{0,16}\b(?:queue|line)\b|\bqueue\b.{0,20}\b(?:position|place)\b|排队.{0,8}第",
    ),
    _event(
        "quota_full", "resource", "scheduling", "an event about resources that are not free now",
        r"\b\d+ \w+ (?:left|free|available|remaining|idle)\b.{0,40}\b(?:request|need|requir|want|ask)\w*",
        r"\b(?:request\w*|needs?|requires?|wants?|asks?)\b\D{0,20}\d.{0,60}\b(?:left|free|available|remain\w*"
        r"|idle)\b",
        r"\brequested:? ?\d+,? .{0,40}\b(?:used|capacity|available|free):? ?\d",
        r"\bresources?[ _]?not[ _]?enough\b",
        r"\b(?:not enough|no enough|insufficient|lacks?|short of|no free|waiting for)\b.{0,40}"
        r"\b(?:resources?|gpus?|cpus?|quota|cards?|capacity)\b",
    ),
)  # fmt: skip
"""Kinds of words in events that no exact text explains, the more exact first. An event of the type Normal tells of no
fault, but of waiting or of an end it may."""
_ALSO_NORMAL = frozenset(
    {
        "quota_full",
        "queue_order",
        "unschedulable",
        "fragmentation",
        "no_stock",
        "vpc",
        "workspace_limit",
        "recycled",
        "user_limit",
    }
    | {"stopped_by_person", "evicted", "preempted", "spot_reclaimed"}
)
"""Causes that events of the type Normal may tell of."""


def of_event(text: str) -> Match | None:
    """The cause that the words of an event or a reason point to, by their kind: likely, and never more."""
    text = text[:READ_CHARS]
    for cause, pattern in EVENT_FAMILIES:
        if " Normal " in text and cause.code not in _ALSO_NORMAL:
            continue
        if (found := pattern.search(text)) is not None:
            return Match(cause, *found.span(), is_generic=True)
    return None
