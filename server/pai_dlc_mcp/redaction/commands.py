"""Secrets on the command lines of known tools: ``mysql -pPASSWORD``, ``curl -u user:password``, ``ossutil -k SECRET``.

A short option means a secret only to the tool that takes it, so each tool names its own. Options that say what they
are, as ``--password``, are known by their names whatever takes them; of a known tool they are named all the same, since
their value then is whatever word follows, also one that begins like a placeholder or a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_COMMAND_CHARS, _MOST = 4_096, 8
_ENDS = ("\n", ";", "|", "&&")
_WORD = r"(?P<value>\"[^\"\n]++\"?+|'[^'\n]++'?+|[^\s\"'`;&|<>]++)"


def _options(letters: str = "", glued: str = "") -> re.Pattern[str]:
    """Options whose value is the next word, and those whose value may be glued to them."""
    forms = []
    if letters:
        forms.append(rf"(?:{letters})(?:[ \t]++|=|\"[ \t]*+,[ \t]*+(?=\")|'[ \t]*+,[ \t]*+(?='))")
    if glued:
        forms.append(rf"(?:{glued})(?![ \t-])")
    return re.compile(rf"-(?<=[\s\"',]-)(?:{'|'.join(forms)})(?!-){_WORD}")


_WITH_DIGIT = r"(?=[ \t]++[^\s0-9!@#$%^&*]*+[0-9!@#$%^&*])"
"""A word of a sentence has none."""
_USER = _options("u|U|-user|-proxy-user|-creds|-src-creds|-dest-creds", "u")
_OSS = _options("i|k|t|-sts-token|-access-key-id|-access-key-secret")
_TOOLS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("curl", _USER),
    ("skopeo", _USER),
    ("podman pull", _USER),
    ("mysql", _options(glued="p")),
    ("mariadb", _options(glued="p")),
    ("redis-cli", _options("a|-pass", "a")),
    ("redis-server", _options("-requirepass|-masterauth")),
    ("docker login", _options("p|-password", "p")),
    ("podman login", _options("p|-password", "p")),
    ("nerdctl login", _options("p|-password", "p")),
    ("buildah login", _options("p|-password", "p")),
    ("registry login", _options("p|-password", "p")),
    ("auth login", _options("p|-password", "p")),
    ("sshpass", _options("p", "p")),
    ("mongo", _options("p|-password", "p")),
    ("ldap", _options("w", "w")),
    ("ossutil", _OSS),
    ("ossfs", _OSS),
    ("obsutil", _OSS),
    ("coscmd", _options("a|s|-secret")),
    ("odpscmd", _options("u|p|-access-id|-access-key")),
    ("osscmd", _options("-id|-key|i|k")),
    ("openssl", _options("k|K|passin|passout|pass|password")),
    ("smbclient", _options("U")),
    ("clickhouse", _options("-password")),
    ("sqlcmd", _options("P", "P")),
    ("ssh-keygen", _options("N|P")),
    ("create secret", re.compile(rf"--from-literal(?:=|[ \t]++)[\"']?+[^\s=\"']{{1,80}}+={_WORD}")),
    ("unzip", _options("P", "P")),
    ("zip -p", _options("P", "P")),
    ("7z", _options(glued="p")),
    ("htpasswd", re.compile(rf"[ \t]-[a-zA-Z]*+[ \t]++[^\s]++[ \t]++[^\s]++[ \t]++{_WORD}")),
    ("wandb login", re.compile(rf"login[ \t]++(?:--?[\w-]++[ \t]++)*+{_WORD}")),
    ("mc alias set", re.compile(rf"set[ \t]++[^\s]++[ \t]++[^\s]++[ \t]++{_WORD}(?:[ \t]++(?P<more>[^\s]++))?+")),
    ("mc config host add", re.compile(rf"add[ \t]++[^\s]++[ \t]++[^\s]++[ \t]++{_WORD}(?:[ \t]++(?P<more>[^\s]++))?+")),
    ("identified by", re.compile(rf"(?:BY|by{_WITH_DIGIT})[ \t]*+(?:PASSWORD[ \t]++)?+(?=[\"']){_WORD}")),
    ("requirepass", re.compile(rf"pass{_WITH_DIGIT}[ \t]++{_WORD}")),
    ("masterauth", re.compile(rf"auth{_WITH_DIGIT}[ \t]++{_WORD}")),
    ("ngrok authtoken", re.compile(rf"authtoken[ \t]++{_WORD}")),
)  # fmt: skip
NAMES = tuple(name for name, _ in _TOOLS)
"""How the tools are called, in small letters."""

_PLAIN = re.compile(r"[0-9]{1,5}|\*{3}|\$[A-Z_][A-Z0-9_]*|\$\{[A-Za-z0-9_]+\}|\$\([^)]*\)?|<[^>]*>?")


def command_end(text: str, start: int) -> int:
    """Where the command ends that begins here: at a line's end, a semicolon, a pipe, or after 4,096 characters."""
    end = min(len(text), start + _COMMAND_CHARS)
    for mark in _ENDS:
        found = text.find(mark, start, end)
        end = end if found == -1 else found
    return end


def secrets_of(tool: int, text: str, start: int, end: int) -> Iterator[Span]:
    """The values of a tool's secret options between two places of a text; where they are more than a command has,
    the rest of it."""
    for count, found in enumerate(_TOOLS[tool][1].finditer(text, start, end)):
        if count == _MOST:
            yield found.start("value"), end
            return
        for group in ("value", "more"):
            if group in found.re.groupindex and found[group]:
                span = _inside(text, *found.span(group))
                if not _PLAIN.fullmatch(text, *span):
                    yield span


READERS = ("chpasswd", "password-stdin")
"""What reads a secret from its input, in small letters."""
_PRINTED = re.compile(rf"(?:echo|printf)(?:[ \t]++-[neE]++|[ \t]++[\"']?%s(?:\\n)?[\"']?)*+[ \t]++{_WORD}[ \t]*+\Z")
_LINE_CHARS = 400


def printed_into(text: str, start: int) -> Span | None:
    """What ``echo`` or ``printf`` hands to a reader of a secret that stands at ``start`` behind a pipe."""
    line = text[max(0, start - _LINE_CHARS) : start].rpartition("\n")[2]
    begin = start - len(line)
    found = _PRINTED.search(text, begin, begin + len(line.rpartition("|")[0]))
    span = _inside(text, *found.span("value")) if found else None
    return span if span and not _PLAIN.fullmatch(text, *span) else None


def _inside(text: str, start: int, end: int) -> Span:
    """Without the quotes, between which something stands."""
    if text[start] in "\"'":
        start, end = start + 1, end - (text[end - 1] == text[start])
    return start, end
