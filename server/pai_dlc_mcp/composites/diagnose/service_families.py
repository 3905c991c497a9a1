"""Kinds of words for what services, accounts and limits refuse. Pure."""

from __future__ import annotations

from .vocabulary import CANNOT, family

OF_SERVICES = (
    family(
        "shared_memory", "resource", "host_memory", "an error about the shared memory (/dev/shm)",
        r"\bshared memory\b.{0,60}\b(?:too small|not enough|insufficient|exhausted|no space|full)\b"
        r"|\b(?:not enough|insufficient|no|out of) shared memory\b(?!.{0,60}\b(?:required|kernel|block)\b)",
        r"共享内存.{0,8}(?:不足|不够|耗尽|已满)|/dev/shm.{0,8}(?:不足|不够|已满|空间)",
    ),
    family(
        "account_overdue", "configuration", "person", "an error about an account that owes or is closed",
        r"\b(?:in )?arrears\b|\boutstanding (?:payment|balance|bill)\b|\b(?:insufficient|not enough) (?:account )?"
        r"(?:balance|credits?|funds)\b|\b(?:account|billing|subscription)\b.{0,40}\b(?:suspended|overdue|disabled"
        r"|deactivated|closed)\b|\bbilling\b.{0,40}\bnot (?:been )?enabled\b",
        r"欠费|余额.{0,4}(?:不足|不够)|账[户号].{0,6}(?:冻结|停用|被禁用|已关闭)",
    ),
    family(
        "rate_limited", "network", "network", "an error about too many requests",
        r"\btoo many requests\b|(?<!learning )(?<!sampling )\brate (?:is |was |has been )?(?:exceeded|limited"
        r"|too high)\b"
        r"|\brequests? (?:rate|limit)\b.{0,30}\b(?:exceeded|reached|too high)\b|\brequests? (?:was|were|is|are"
        r"|has been) "
        r"(?:throttled|limited)\b|\breduce (?:your |the )?request rate\b|\bflow control\b.{0,20}\b(?:denied"
        r"|limit\w*)\b",
        r"(?:请求|访问|调用|操作).{0,8}(?:频繁|过快|过多|限流|流控)|被限流|触发限流|流控限制|超过.{0,6}(?:QPS|频率)",
    ),
    family(
        "no_stock", "resource", "scheduling", "an error about machines that cannot be had",
        r"\b(?:out of|no) (?:stock|capacity)\b|\bsold out\b|\b(?:zone|region|instances?|vms?|machines?|compute|spot"
        r"|nodes?)\b.{0,80}\b(?:insufficient|not enough|lacks?|no) (?:\w+ ){0,2}(?:capacity|resources available)\b"
        r"|\b(?:insufficient|not enough|sufficient|requested) (?:\S+ ){0,4}capacity\b.{0,80}\b(?:zone|region|instances?"
        r"|vm|machines?|type|shape)\b|\bdoes not have enough resources available\b|\bno longer available for sale\b"
        r"|\bstockout\b|\binstance type\b.{0,80}\bnot (?:supported|available|offered) in\b.{0,40}\b(?:zone|region)\b",
        r"售罄|(?:无|没有|缺)货|库存.{0,4}(?:不足|紧张|不够)",
    ),
    family(
        "workspace_limit", "resource", "scheduling", "an error about a quota or limit of the account",
        r"\b(?:account|project|subscription|tenant|organi[sz]ation|service|regional|region|cores?|vcpus?|instances?) "
        r"(?:level )?(?:service )?(?:quotas?|limits?)\b.{0,60}\b(?:exceed\w*|reached|is 0\b|used up)"
        r"|(?<!disk )(?<!storage )(?<!inode )\bquotas?\b.{0,60}\b(?:is |are |was |were |been )?exceed(?:ed|s"
        r"|ing)?\b|\bexceed(?:ed|s|ing)?\b"
        r"(?! storage).{0,60}(?<!disk )(?<!storage )\bquotas?\b",
        r"(?:超出|超过|达到).{0,10}(?<!磁盘)(?<!存储)(?:配额|额度)|(?:资源|账[户号]|项目)(?:配额"
        r"|额度).{0,6}(?:不足|超|用完|已满)",
    ),
    family(
        "service_fault", "system", "network", "an error about a fault inside a service",
        r"\binternal (?:server|service) (?:error|fault)\b|\bserver (?:encountered|had|returned) an? (?:internal |"
        r"unexpected )?error\b|\b(?:service|server|backend|endpoint|api) (?:is |was )?(?:temporarily |currently )?"
        r"(?:unavailable|overloaded|busy|down)\b|\bbad gateway\b|\bgateway time-?out\b",
        r"服务(?:器|端)?(?:内部)?(?:错误|异常|故障)|服务.{0,4}(?:不可用|繁忙|熔断|过载)|系统(?:繁忙|内部错误)",
    ),
    family(
        "name_resolution", "network", "network", "an error about the name of a host",
        CANNOT + r" (?:be )?resolved?\b.{0,30}\b(?:host\w*|address|domain|dns|ip|endpoint)\b|" + CANNOT
        + r" (?:get|find|look ?up) (?:the )?(?:ip )?(?:address|host ?name|ip) (?:of|for|from)\b"
        r"|\bdns\b.{0,40}\b(?:fail\w*"
        r"|errors?|time[ -]?out|timed out|not found|unreachable)\b|\b(?:nxdomain|servfail)\b"
        r"|\b(?:host ?name|host|domain)\b.{0,40}\b(?:not (?:be )?resolved?|" + CANNOT + r" be resolved|unresolvable)\b"
        r"|\blookup \S+ on \S+: ",
        r"(?:无法|不能|未能)解析.{0,6}(?:主机|域名|地址|节点)|(?:域名|主机名|DNS).{0,8}(?:解析)?(?:失败|错误|异常"
        r"|不存在)",
    ),
    family(
        "time_limit", "configuration", "settings", "an error about the running time that was given",
        r"\b(?:job|task|run)\b.{0,60}\b(?:exceed(?:ed|s|ing)?|reach(?:ed|ing)?|hit|over)\b.{0,40}"
        r"\b(?:wall[- ]?|run[- ]?|running |execution )?(?:time|duration)[- ]?(?:limit|maximum)\b"
        r"|\b(?:wall[- ]?clock|wall ?time|cpu time|(?:running|run|execution) ?time)\b.{0,60}\b(?:exceed(?:ed|s|ing)?"
        r"|reach(?:ed|ing)?|over)\b.{0,40}\b(?:limit|maximum)\b|\bwall ?time\b.{0,30}\bexceed\w*"
        r"|\b(?:time|runtime|duration) limit (?:was |is |has been )?(?:exceeded|reached|hit)\b",
        r"(?:超过|达到|超出).{0,6}(?:最大|最长)?(?:运行|执行)(?:时间|时长)|(?:运行|执行)(?:时间|时长).{0,8}(?:超"
        r"|上限|到期|达到)",
    ),
)  # fmt: skip
"""Asked after the words of machines: each speaks of something outside of the program."""
