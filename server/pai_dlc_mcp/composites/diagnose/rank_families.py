"""Kinds of words for the ranks of a job that do not do or hold the same. Pure."""

from __future__ import annotations

from .vocabulary import MISFIT, family, near

_RANKS = r"(?:ranks?|process(?:es)?|workers?|replicas?|hosts?|participants|group members|trainers)\b"
_EACH = r"\b(?:other|across|different|among|all|some|every|each|subset of)(?: of)?(?: the)?(?: other)? " + _RANKS
_RANK = r"\b(?:on |from |in )?(?:rank|worker|process|replica|host)[ =:#]?\d+\b"
OF_RANKS = (
    family(
        "invalid_collective", "configuration", "code", "an error about ranks that do not do or hold the same",
        r"\b(?:distributed|process[ _]group|parallel[ _]env\w*|parallel[ _]group|parallel[ _]state"
        r"|communicat(?:or|ion)|init_\w*(?:parallel|process_group)\w*)\b"
        r".{0,60}\b(?:first\b|before\b|not (?:been |yet )?initiali[sz]ed)",
        r"\b(?:arguments?|tensors?|sizes?|counts?|operations?|numbers?|lengths?|parameters?|weights?|shapes?"
        r"|seeds?|steps?"
        r"|batch(?:es)?)\b.{0,60}\b" + MISFIT + r"\b.{0,30}\bbetween (?:the )?(?:\w+ )?" + _RANKS,
        r"\bdisagree\w*\b.{0,60}\b(?:rank|process|worker|replica)(?:s|es)?\s?\d*\b|\branks?\b.{0,40}\bdisagree\w*\b",
        near(r"\b" + MISFIT + r"\b", _EACH),
        near(r"\b(?:agree|be called|call(?:ed)?|reach(?:ed)?|enter(?:ed)?|participate\w*|join(?:ed)?)\b", _EACH),
        _RANK + r".{0,60}(?:\bvs\.?|\bversus\b|\bbut\b|\bunlike\b|\bwhile\b|!=|<>).{0,40}" + _RANK,
        _RANK + r".{0,80}" + _RANK + r".{0,60}\b(?:agree|" + MISFIT + r")\b",
        r"\b(?:missing|absent|mismatched) ranks?\b|\bdesynchroni[sz]ed\b|\bout of sync\b.{0,40}\branks?\b"
        r"|\b(?:rank|worker|process) \d+\b.{0,60}\b(?:than|from|unlike) (?:the )?(?:coordinator|others?|rest"
        r"|master)\b",
        r"(?:各|其他|不同)(?:个)?(?:进程|卡|节点|rank).{0,12}不(?:一致|同)",
    ),
)  # fmt: skip
