"""The family of words whose words are the most common: an error about a setting's value. Pure."""

from __future__ import annotations

from .vocabulary import CANNOT, MISFIT, SETTING, family, near

WIDEST = family(
    "bad_settings_file", "configuration", "settings", "an error about a setting's value",
    r"\b(?:greater|larger|higher|more|smaller|less|lower|longer|bigger) than (?:the )?(?:\w+ )?(?:max|min"
    r"|limit|allowed"
    r"|total|configured|available)\w*",
    r"\bexceed\w* (?:the )?(?:\w+ )?(?:max\w*|limit|allowed|configured|permitted)\b|\b(?:at most|at least"
    r"|up to) -?\d",
    r"\byou can(?:not|'t| not) \w+|\bcan(?:not|'t) be (?:greater|larger|smaller|less|more|fewer|negative"
    r"|empty|none|zero)\b",
    r"\bonly \S{1,30} (?:is|are) (?:currently |now )?(?:tested|supported|allowed|implemented|available|accepted"
    r"|valid)\b",
    r"\bno (?:\w+ ){0,3}(?:handler|implementation|backend|loader|reader|converter|parser|strategy)s? (?:is |was "
    r"|were )?"
    r"(?:defined|registered|found|available|known)\b",
    r"\b(?:invalid|malformed|bad|unsupported|duplicated?) (?:\w+ ){0,2}(?:ur[il]|end ?point|scheme|pattern|regex|rank"
    r"|host|ip|node|alias)s?\b",
    near(r"\b(?:bad|invalid|malformed) (?:entry|line)\b", r"\b(?:host ?files?|config\w*|settings?)\b"),
    CANNOT + r" (?:parse|interpret|understand) (?:the )?.{0,30}\b(?:config\w*|settings?|yaml|toml|json|options?)\b",
    r"\bonly (?:be )?(?:support|accept|allow|work|take|handle|implement)\w*\b.{0,40}\b(?:for|with|on|in"
    r"|when|if|and|or|types?|at most|at least)\b",
    r"\b(?:not|isn't|un)[ -]?support(?:ed)?\b|\b(?:does not|doesn't|do not) support\b|\bis not (?:allowed"
    r"|a valid|valid)\b",
    r"\b" + SETTING + r"\b.{0,50}\b(?:not found|not recogni[sz]ed|unknown|invalid|required|must|missing"
    r"|conflicts?)\b",
    r"(?<!CUDA error: )(?<!driver error: )\b(?:unknown|invalid|unrecogni[sz]ed|unexpected|missing|required"
    r"|conflicting) (?:\w+ ){0,3}" + SETTING + r"\b",
    r"\b(?:do(?:es)? not|doesn't) have an? (?:\w+ ){0,2}(?:token|template|field|option|setting)\b"
    r"|\b(?:unknown|unsupported|invalid|unrecogni[sz]ed) (?:\w+ ){0,2}(?:backend|method|strategy|algorithm"
    r"|scheduler"
    r"|optimi[sz]er|activation|loss|stage|template|policy|precision|task)\b"
    r"|\brequires? (?:an? |the )?[`']?[a-z]+[_-][a-z_-]+\b"
    r"|\brequires? (?:an? |the )?(?:\w+ ){0,3}(?:path|model|argument|flag|option|value|parameter|data ?set)\b",
    r"\bcan(?:not|'t| not) (?:specify|use|combine|set|enable|mix|pass)\b|\b(?:can|could|may) only be \w+"
    r"|\bonly (?:compatible|valid|usable|possible|applicable|allowed|permitted)\b"
    r"|\b(?:set|specif\w+|given|provided?|passed) both\b|\b" + CANNOT + r" (?:interpret|recogni[sz]e)\b",
    CANNOT + r" find (?:the |an? )?(?:\w+ ){0,4}(?:class|layers?|modules?|method|function|parameters?|key"
    r"|metric)\b",
    r"\bwhen (?:using )?\w+ ?= ?(?:true|false|none|\d)|\bplease (?:\w+ly )?(?:set|specify|select|pass|provide|use"
    r"|enable|disable)\b|\bplease (?:\w+ly )?check (?:\w+ ){0,3}" + SETTING + r"\b"
    r"|\bplease (?:\w+ly )?(?:check|adjust|increase|reduce|decrease|lower|raise|change)"
    r" (?:(?:if|whether|that|the|your|value|of) ){0,4}[`'\"]?(?!\w*(?:file|path|dir|folder|url|log)s?\b)"
    r"[a-z]+(?:_[a-z\d]+)+\b",
    near(r"\b(?:" + SETTING + r"|strateg(?:y|ies)|polic(?:y|ies)|combination)\b", MISFIT),
    r"\bnot (?:been |a )?(?:registered|recogni[sz]ed)\b|\bis not in the .{0,40}registry\b|\bnot one of\b",
    r"\byou (?:didn't|did not|must|need to|have to|should|forgot to) (?:pass|set|provide|specify|give"
    r"|choose|enable|use)\b",
    r"\b(?:must|should|has to|needs to|have to) (?:not )?"
    r"(?:have(?! (?:\w+ )?been\b)|contain|encode|include|provide|specify"
    r"|start|end|exist|equal)\b",
    r"\b(?:must|should|has to|needs to|have to) be (?:an? )?(?:set|given|specified"
    r"|(?:defined|configured)(?! (?:at|before|after|in)\b)"
    r"|positive|non-?negative|greater"
    r"|less"
    r"|larger|smaller|one of|in|at least"
    r"|at most|true|false|\d)",
    r"\b(?:cannot|can't|can not) be (?:used|combined|set|enabled|mixed)\b|\bmutually exclusive\b"
    r"|\bincompatible with\b",
    r"\btoo (?:large|small|long|short|high|low)\b",
    r"\b" + SETTING + r"\b.{0,30}\b(?:is|are|was) null\b"
    r"|\b(?:is|are|was) (?:none|unset|undefined|not (?:set|configured|defined|specified|given|provided))\b"
    r"|\bplease add\b|\bmake sure\s+(?:to\s+(?:call|set|pass|use|specify)|(?:that )?you (?:set|pass|use))\b",
    r"(?:参数|配置|选项|取值|设置).{0,24}(?:错误|无效|非法|不合法|不支持|缺失|冲突|未知|有误)|必须(?:指定|设置)"
    r"|不能同时",
    r"不支持|未(?:指定|配置|设置)",
)  # fmt: skip
"""It is asked last, and gives way to what is clearly like another kind of failure."""
