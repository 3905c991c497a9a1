"""Kinds of words by which queues, quotas and clouds say that they have not what a job asks for. Pure.

Kueue, Volcano, Koordinator, YuniKorn, Run:ai, Slurm and the clouds' own scale-ups each have words of their own for the
same few states: nothing unused, more asked than may be had, a queue that is closed, free parts that do not fit.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .causes import SPECIFIC, Area, Category, Cause
from .vocabulary import family

_HELD = (
    r"(?:quotas?|capacity|headroom|allotments?|shares?|resources?|(?:[a-z.]+/)?gpus?|cards?|cores?|v?cpus?|memory"
    r"|npus?|slots?|accelerators?|rdma/\S+|credits?)"
)
"""What a queue gives out."""
_LACK = (
    r"(?:no|not (?:enough|any)|insufficient|lack(?:s|ing)?(?: of)?|short(?:age)? (?:of|on)|without|zero"
    r"|(?<![\w.:/-])0|out of|too (?:few|little))"
)
_FREE = (
    r"(?:unused|free|idle|available|spare|remaining|unallocated|unreserved|unassigned|nominal|guaranteed|leftover"
    r"|vacant)"
)
_TAKEN = r"(?:occupied|in use|taken|used(?: up)?|busy|borrowed|allocated|held|reserved|consumed|exhausted|claimed|full)"
_SHARE = (
    r"(?:(?:borrowing|lending|nominal|guaranteed|queue|cohort|hard|soft|elastic) ?(?:limit|quota|share|max(?:imum)?)"
    r"|deserved(?: share| quota| resources?)?|headroom|fair ?share|capability|guarantee)"
)
_QUEUE = (
    r"(?:queues?|cluster ?queues?|local ?queues?|cohorts?|resource ?(?:groups?|flavou?rs?)|resource ?quotas?"
    r"|projects?)"
)


def _queued(code: str, category: Category, area: Area, meaning: str, *words: str) -> tuple[Cause, re.Pattern[str]]:
    cause, pattern = family(code, category, area, meaning, *words)
    return replace(cause, weight=SPECIFIC), pattern


OF_QUEUES = (
    _queued(
        "fragmentation", "resource", "scheduling", "an event about free parts that no single node has together",
        r"\b(?:free|idle|available|unused|left)\b.{0,60}\b(?:scattered|spread|split|distributed|fragmented"
        r"|dispersed)\b"
        r"|\b(?:scattered|spread|split|dispersed) (?:over|across|among|on)\b.{0,30}\bnodes\b.{0,80}\b(?:one|single"
        r"|same) "
        r"(?:node|host|machine)\b"
        r"|\b(?:not|no|cannot|can't)\b.{0,60}\b(?:on|in|within|by) (?:one|any one|a single|the same"
        r"|any single) (?:node|host"
        r"|machine|rack|switch|block|super ?node)\b",
        r"(?:空闲|剩余).{0,12}(?:分散|零散|碎片)|(?:无法|不能|不).{0,8}(?:满足|凑).{0,6}(?:单机|单节点|同一节点|整机)",
    ),
    _queued(
        "vpc", "configuration", "settings", "an event about addresses or interfaces of the job's network",
        rf"\b{_LACK} (?:\S+ ){{0,2}}(?:ip(?:v4)?s?|(?:ip )?addresses|ip address|enis?)(?![\w-])"
        r"|\b(?:enis?|elastic network interfaces?|vswitch(?:es)?|subnets?|security groups?)\b.{0,60}\b(?:fail\w*"
        r"|can(?:not|'t)"
        r"|not|no|exhausted|full|unable|exceed\w*|denied|invalid|missing)\b"
        r"|\b(?:fail\w*|cannot|can't|unable)\b.{0,40}\b(?:enis?|elastic network interfaces?|vswitch(?:es)?"
        r"|subnets?)\b",
        r"(?:交换机|子网|弹性网卡|安全组).{0,16}(?:不足|不存在|失败|耗尽|无法|无效|已满|没有)",
    ),
    _queued(
        "no_stock", "resource", "scheduling", "an event about machines that the cloud does not have",
        r"\bno (?:\S+ ){0,4}(?:instances?|machines?|vms?|nodes?)\b.{0,60}\b(?:bought|purchased|created|launched"
        r"|offered|rented"
        r"|provisioned|obtained)\b|\b(?:no|not enough|insufficient|unfulfillable|lacks?|out of"
        r"|without) ?(?:\S+ ){0,2}capacity"
        r"\b.{0,60}\b(?:zone|region|instance|spot|on-demand|type|launch|request|machine|vm|offer)"
        r"|\binsufficient ?capacity\b"
        r"|\bunfulfillable ?capacity\b|\bcannot be (?:bought|purchased|rented)\b|\bice\b.{0,20}\bcapacity\b"
        r"|\b(?:does|do) not have (?:sufficient|enough) (?:\S+ )?(?:capacity|resources|stock)\b"
        r"|\bresource ?pool ?exhausted\b"
        r"|\binstance types? (?:were|was|are|is) (?:\w+ )?(?:unavailable|not available|sold|exhausted|not offered)\b",
        r"(?:无|没有|缺)(?:可购买|可售|货|库存)|(?:实例|机型|规格).{0,16}(?:无货|缺货|不可购买|紧缺)",
    ),
    _queued(
        "workspace_limit", "resource", "scheduling", "an event about a limit of the account in the cloud",
        r"\bquotas? ['\"][\w./ -]{3,60}['\"] (?:was |is |has been |are )?exceeded\b|\bvcpu limit\b"
        r"|\b(?:account|subscription|regional?|tenan(?:t|cy)|organi[sz]ation|workspace)\b.{0,30}\b(?:quotas?|limits?"
        r"|ceiling)\b"
        r".{0,60}\b(?:exceed\w*|reached|hit|used up|is 0)\b",
    ),
    _queued(
        "user_limit", "resource", "scheduling", "an event about the share of one user",
        r"\b(?:users?'?s?|member'?s?|each user|one user)(?: own)? (?:resource )?(?:limit|quota|share|allowance"
        r"|maximum)\b"
        r".{0,80}\b(?:reached|exceed\w*|used up|exhausted|full|over|hit)\b|\b(?:exceed\w*|over|above"
        r"|reached)\b.{0,40}"
        r"\b(?:per[- ]user|user'?s?) (?:limit|quota|share|allowance|maximum)\b",
        r"(?:用户|个人|成员).{0,6}(?:限额|配额|额度|上限).{0,10}(?:超|用完|已满|不足|达到)|(?:超出|超过|达到).{0,6}(?:用户|个人|成员).{0,4}(?:限额|配额|额度"
        r"|上限)",
    ),
    _queued(
        "queue_order", "resource", "scheduling", "an event about others that are before the job",
        r"\b(?:jobs?|workloads?|tasks?|applications?|pods?|requests?) (?:\S+ ){0,3}(?:ahead|before it|in front)\b"
        r"|\b(?:behind|after) (?:\d+|other|another|all|several|earlier|older) (?:\S+ )?(?:jobs?|workloads?|tasks?"
        r"|requests?)\b"
        r"|\b(?:has|have|needs?|must) to (?:start|go|run|be (?:started|admitted)) first\b|\bstrict ?fifo\b"
        r"|\bhead[- ]of[- ]line\b|\bnot (?:at|the) (?:the )?head of\b",
        r"前(?:面|方)(?:还)?有.{0,8}(?:任务|作业)|排队(?:位置|序号|名次)|等待.{0,6}(?:前序|前面|其他)(?:任务|作业)",
    ),
    _queued(
        "quota_full", "resource", "scheduling", "an event about a queue or quota that has nothing unused",
        rf"\b{_LACK} (?:\S+ ){{0,2}}{_FREE} (?:\S+ ){{0,2}}{_HELD}(?!\S)|\b{_LACK} {_HELD} (?:\S+ ){{0,5}}(?:is"
        rf"|are) (?:\S+ )?"
        rf"{_FREE}\b|\b{_LACK} (?:\S+ ){{0,2}}(?:quotas?|headroom|share|unused)\b",
        rf"\b(?:all|every|\d+ ?/ ?\d+|\d+ of \d+) (?:\S+ ){{0,3}}{_HELD}\b.{{0,60}}\b(?:is|are"
        rf"|already) (?:\S+ )?{_TAKEN}\b"
        rf"|\b{_HELD} (?:\S+ ){{0,4}}(?:is|are) (?:\w+ )?(?:fully|all|completely|entirely) (?:\S+ ){{0,2}}{_TAKEN}\b"
        r"|\b(?:quota|queue|share|headroom)\b.{0,40}\b(?:is|are) (?:all |fully |already )?(?:exhausted|used up|taken"
        r"|full"
        r"|in use)\b",
        rf"\b{_SHARE}\b.{{0,80}}\b(?:exceed\w*|reached|used up|exhausted|over)\b|\b(?:exceed\w*|over|above|beyond"
        rf"|more than)\b"
        rf".{{0,60}}\b{_SHARE}\b|\b{_QUEUE}\b.{{0,40}}\bover-?(?:used|committed|quota|limit)\b|\bover[- ]?quota\b"
        rf"|\b{_QUEUE}\b.{{0,60}}\b(?:max(?:imum)?|limit|capacity|quota)\b.{{0,20}}\b(?:is |was )?(?:reached"
        rf"|exceeded|hit)\b"
        r"|\b(?:max|maximum|limit) is (?:reached|hit|exceeded)\b.{0,40}\bquota|\bquota\b.{0,80}\b(?:max|maximum"
        r"|limit) (?:is|was) "
        r"(?:reached|hit|exceeded)\b",
        rf"\b(?:(?:does|do|did|can|could|will|would)(?:n't|(?:no| no)t)|no longer|cannot"
        rf"|never) fits?\b.{{0,60}}\b(?:{_QUEUE}"
        rf"|workloads?|headroom|quotas?|nominal|cycle|flavou?rs?)\b|\b(?:{_QUEUE}|workloads?|headroom"
        rf"|quotas?)\b.{{0,40}}"
        r"\b(?:(?:does|do|did|can|could|will)(?:n't|(?:no| no)t)|no longer|cannot) fits?\b",
        rf"\b{_FREE}\b.{{0,24}}\d.{{0,24}}\b(?:less|fewer|smaller|lower) than\b|\b(?:request|ask|need|requir"
        rf"|want)\w*\b.{{0,60}}"
        rf"\b(?:greater|more|larger|higher) than\b.{{0,24}}\b(?:{_FREE}|quota|left)\b"
        rf"|\brequest\w*\b.{{0,60}}\b{_FREE}\b.{{0,20}}\d",
        rf"\b{_QUEUE} (?:\S+ ){{0,2}}(?:is |was |are )?(?:inactive|stopped|closed|closing|on hold|paused|suspended"
        rf"|terminating"
        rf"|draining|not (?:open|active|ready)|disabled)\b|\b{_QUEUE}\b.{{0,30}}\b(?:cannot|can't|won't|refuses to"
        rf"|does not) "
        r"(?:admit|accept|take|enqueue|lend|borrow)\b|\b(?:cannot|can't|could not) be (?:en ?queued|admitted)\b"
        r"|\bnot (?:en ?queue?able|admissible)\b",
        rf"\b(?:wait(?:s|ing)?|pending|hold(?:s|ing)?) (?:\S+ )?(?:for|until|on) (?:\S+ ){{0,4}}(?:{_HELD}"
        rf"|release[ds]?|evicted"
        r"|preempted|finish(?:es)?|workloads?)\b",
        r"(?:卡|资源|配额|额度|GPU).{0,12}(?:(?:已|全)?(?:被|部|经){0,2}(?:占用|占满|用完|用尽|耗尽|分配完|借出)|紧张|不够)"
        r"|(?:配额|资源|额度|队列).{0,6}(?:剩余|空闲|可用).{0,10}(?:需要|请求|申请|不足)"
        r"|(?:没有|无|缺少|缺乏).{0,6}(?:空闲|剩余|可用|足够).{0,8}(?:卡|资源|GPU|配额|额度)|等待.{0,10}(?:释放|空闲|配额)",
    ),
)  # fmt: skip
"""Asked after the other kinds of events, the more exact first."""
