"""Kinds of words for servers, engines and workers that a program starts for itself and that did not come up. Pure."""

from __future__ import annotations

from .vocabulary import family, hint

_PART = (
    r"(?:servers?|services?|engines?|back-?ends?|workers?|actors?|routers?|replicas?|schedulers?|managers?|daemons?"
    r"|agents?|launcher|process(?:es)?|subprocess(?:es)?|executors?|raylet|gcs|dashboard|tensorboard|head(?: node)?"
    r"|instances?|llm|vllm|sglang|rollout)"
)
_BEGIN = (
    r"(?:starts?|start ?up|launch|boot|boot up|come up|come online|be(?:come)? ready|initiali[sz]e|spawn"
    r"|respond)"
)
OF_TOOLS = (
    family(
        "command_not_found", "configuration", "settings", "an error about a program that is not installed",
        r"\b(?:launcher|tool|program|executable|utility|command|cli) [`'\"]?[\w.-]{1,30}[`'\"]? (?:is |was "
        r"|does not seem to be |seems )?"
        r"not (?:been )?installed\b",
    ),
)  # fmt: skip
"""Asked before the words of packages."""
OF_PROCESSES = (
    hint(
        "terminated", "runtime", "platform", "a part of the program did not start, and its own words are elsewhere",
        r"\b" + _PART + r"\b(?: \S{1,20}){0,2} (?:has |have )?(?:failed to|did(?: not|n't)|could(?: not|n't)"
        r"|was(?: not|n't) able to|never|unable to) (?:\w+ )?" + _BEGIN + r"\b",
        r"\b" + _PART + r"\b(?: \S{1,20})? (?:is|are|was|were|has|have) (?:still )?(?:not|never) (?:been )?(?:ready"
        r"|healthy|started|launched|up|alive|running|initiali[sz]ed)\b(?! (?:before|yet\W+call))",
        r"\b(?:fail\w* to|could(?: not|n't)|unable to) (?:launch|start|boot|spawn|bring up) (?:the |an? "
        r"|any )?(?:\S+ )"
        r"{0,3}" + _PART + r"\b",
        r"\b" + _PART + r"\b(?: \S{1,20})? (?:start ?-?up|launch|boot|initiali[sz]ation|init) (?:has )?(?:failed"
        r"|timed? ?out|error)\b",
        r"\bwaiting for (?:the )?(?:\w+ ){0,3}" + _PART + r"(?: \S{1,20})? to (?:\w+ )?" + _BEGIN + r"\b.{0,40}\btime",
        r"\b(?:timed? ?out|timeout) (?:while )?waiting for (?:the )?(?:\S+ ){0,3}" + _PART + r" to (?:\w+ )?" + _BEGIN
        + r"\b",
        r"\b" + _PART + r"\b(?: \S{1,20})? (?:has |was )?(?:crashed|died|exited|failed|stopped|ended|gone|aborted)"
        r"(?: \S{1,20}){0,3} (?:during|at|on|while|before) (?:it |its )?(?:was |is )?(?:start\w*|launch\w*"
        r"|boot\w*|init\w*|ready"
        r"|listening)\b",
        r"\b" + _PART + r" (?:task|process|thread) (?:has |was )?(?:ended|exited|quit|stopped|finished)\b"
        r"|\b(?:re)?starting (?:the )?(?:\S+ )?" + _PART + r"\b.{0,40}\b(?:times|again|attempts|retries)\b",
        r"\bone \w+ agent failed\b|\bchild (?:process )?failed\b",
        r"(?:服务|引擎|工作进程|推理服务|服务器|后端|子进程).{0,8}(?:启动|拉起|初始化).{0,4}(?:失败|超时|异常)"
        r"|未能(?:启动|拉起).{0,8}(?:服务|引擎|进程)",
    ),
)  # fmt: skip
"""Asked before the words of the network: it was no far address that did not answer."""
