"""What is masked and what is not (R65), over the whole table of words and tools: kept under version control, so that a
change of what the server hides is seen by whoever reads the change."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from functools import cache

from pai_dlc_mcp.redaction.commands import NAMES as TOOLS
from pai_dlc_mcp.redaction.engine import MASK, clean_text
from pai_dlc_mcp.redaction.forms import forms
from pai_dlc_mcp.redaction.known_values import KnownValues
from pai_dlc_mcp.redaction.named import names
from pai_dlc_mcp.redaction.names import is_plain_value, is_secret_field, is_secret_name

from .masking_texts import EXACT, NAMES_ALONE, PLAIN_ALONE, SECRET, short

PATH = "tests/snapshots/masking.txt"
LONGEST = 70
AROUND = {
    "glued": "{w}{v}", "x glued": "x{w}{v}", "=": "{w}={v}", "json": '"{w}": "{v}"', "blank": "{w} {v} z",
    "header": "{w}: Kind {v}", "CAPITALS=": "{W}={v}", "=abc": "{w}=abc", ": digits": "{w}: 12345678",
    "_file=": "{w}_file={v}", "x=": "x{w}={v}", ":v@": "{w}u:{v}@h", "/v": "{w}/{v}/x",
}  # fmt: skip
"""How a word of the table may stand before a secret."""


def _mark(text: str, secret: str) -> str:
    """What became of a secret in a text: masked, kept with all around it, or something else."""
    shown = clean_text(text)
    return "kept" if shown == text else "masked" if MASK in shown and secret not in shown else "in part"


def _by_mark(cases: Iterable[tuple[str, str, str]]) -> str:
    """The names of the cases, by what became of their secret; what is kept is not named."""
    found: dict[str, list[str]] = {}
    for name, text, secret in cases:
        found.setdefault(_mark(text, secret), []).append(name)
    found.pop("kept", None)
    return "; ".join(f"{mark}: {' | '.join(cases)}" for mark, cases in sorted(found.items())) or "nothing"


def _words() -> Iterator[tuple[str, str]]:
    for word in dict.fromkeys(word for word, _ in (*forms(), *names())):
        cases = [
            (name, form.format(w=word, W=word.upper(), v="abc" if name == "=abc" else SECRET), SECRET)
            for name, form in AROUND.items()
        ]
        yield word, _by_mark(cases) + _run_of(word)


def _run_of(word: str) -> str:
    """How long what follows a word must be, and with which characters it goes on."""
    runs = {"": "A1" * LONGEST, "=": "a1" * LONGEST}
    told = []
    for before, run in runs.items():
        shortest = next((n for n in range(1, LONGEST) if MASK in clean_text(f"{word}{before}{run[:n]}")), None)
        if shortest is not None:
            told.append(f"from {shortest} characters{f' after {before}' if before else ''}")
    if told:
        start, rest = f"{word}{'A1' * 40}", "B2" * 4
        on = "".join(mark for mark in f"a{string.punctuation}" if rest not in clean_text(f"{start}{mark}{rest}"))
        told.append(f"on over {on!r}")
    return f"; {', '.join(told)}" if told else ""


LONG_OPTIONS = (
    "user", "proxy-user", "creds", "src-creds", "dest-creds", "sts-token", "access-key-id", "access-key-secret", "pass",
    "requirepass", "masterauth", "password", "secret", "access-id", "access-key", "id", "key", "passin", "passout",
)  # fmt: skip
JOINED = {
    "apart": "{t} {o} {v} end", "glued": "{t} {o}{v} end", "=": "{t} {o}={v} end", "quoted": "{t} {o} '{v}' end",
    "list": "['{t}', '{o}', '{v}', 'end']", "JSON": '["{t}", "{o}", "{v}"]', "after others": "{t} -x 1 {o} {v}",
    "next command": "{t} a; x {o} {v}", "dash": "{t} {o}-x{v}",
}  # fmt: skip
PLACES = ("login", "-u", "host", "user", "word1Aa11", "word2Bb22", "word3Cc33", "word4Dd44")


def _tools() -> Iterator[tuple[str, str]]:
    options = [*(f"-{letter}" for letter in string.ascii_letters), *(f"--{name}" for name in LONG_OPTIONS)]
    options += [f"-{name}" for name in LONG_OPTIONS]
    value = "plainword"  # by itself it looks like nothing

    def marks(tool: str, form: str) -> dict[str, str]:
        return {option: _mark(form.format(t=tool, o=option, v=value), value) for option in options}

    alone = {name: marks("other", form) for name, form in JOINED.items()}
    for tool in TOOLS:
        row = []
        for name, form in JOINED.items():
            taken = [option for option, mark in marks(tool, form).items() if mark != alone[name][option]]
            row += [f"{name} {' '.join(taken)}"] if taken else []
        text = f"{tool} {' '.join(PLACES)}"
        row.append(f"places {clean_text(text).removeprefix(tool).strip()}")
        row.append(f"few places {clean_text(f'{tool} {PLACES[-1]}').removeprefix(tool).strip()}")
        yield tool, "; ".join(row)


NAMES = (
    "password", "DB_PASSWORD", "dbPassword", "password_hint", "password-file", "token", "HF_TOKEN", "pad_token",
    "max_tokens", "api_key", "access.id", "pwd", "_PWD", "signature", "?signature", "webhook", "webhook_url", "ak",
    "sk", "auth", "oauth", "pass", "DB_PASS", "PASS", "db_pass", "low_pass", "--key", "--token", "secret", "密码",
    "密钥", "令牌",
)  # fmt: skip
BETWEEN = ("=", ": ", " : ", "=>", ":=", "：", "%3D", "\\u003d", '": "', '\\": \\"', "','", " ", "\t", " | ", "是", ">",
           ": |\n  ", '", "value": "', "(16)=", "->")  # fmt: skip
VALUES = (
    SECRET,
    "hunter22",
    "plainwordofletters",
    "abc",
    "ab",
    "12345",
    "1e-4",
    "0x1f",
    "nan",
    "none",
    "true",
    "optional",
    "***",
    "XXXX",
    "$VAR",
    "${A b}",
    "${A-b}",
    "{{ x }}",
    "/root/x",
    "~x",
    "<pad>",
    "[SEP]",
    "https://x.cn/y",
    "a1b2c3d",
    "a1b2c3d4",
    "%s",
    "...",
    "<no>",
    "(x)",
    "-v",
)


def _under_names() -> Iterator[tuple[str, str]]:
    for name in NAMES:
        for between in BETWEEN:
            cases = [(value, f"x {name}{between}{value} y", value) for value in VALUES]
            if (row := _by_mark(cases)) != "nothing":
                yield f"{name}{between}", row


KEY = "MIIEpAIBAAKCAQEA" + "k" * 48
LINES = {"B": "-----BEGIN RSA PRIVATE KEY-----", "E": "-----END RSA PRIVATE KEY-----", "K": KEY, "l": "l" * 64,
         "m": "m" * 47, "s": "s" * 16, "t": "t" * 15, "w": "two words", "c": "-----END CERTIFICATE-----",
         "P": "-----BEGIN PGP PRIVATE KEY BLOCK-----", "e": "", "o": "b3BlbnNzaC1rZXktdj" + "o" * 46}  # fmt: skip
KEYS = (
    "BKlsEw",
    "BKls",
    "KlsEw",
    "Klsw",
    "Kltw",
    "Kmsw",
    "Klsmw",
    "lsEw",
    "lmEw",
    "ltEw",
    "wlEw",
    "sEw",
    "tEw",
    "eEw",
    "weEw",
    "wcw",
    "BwEw",
    "BcEw",
    "PlEw",
    "olw",
    "Ew",
    "wEw",
    "lwEw",
    "BKlcwEw",
    "KwE",
    "leEw",
    "Bw",
    "lclEw",
)
LETTERS = {line: letter for letter, line in LINES.items()}


def _keys() -> Iterator[str]:
    """Lines of private keys as letters, and the lines that are left, with and without a time before each."""
    for letters in KEYS:
        for stamp in ("", "2026-11-25 12:00:00 "):
            text = "\n".join(["before", *(f"{stamp}{LINES[letter]}" for letter in letters)])
            shown = clean_text(text)
            for letter, line in sorted(LINES.items(), key=lambda one: -len(one[1])):
                shown = shown.replace(line, letter) if line else shown
            yield f"{letters} {'with times' if stamp else ''}: {shown.replace(stamp or '?', '@')!r}"
    one_line = [
        KEY + "\\n" + "l" * 64 + "\\n" + LINES["E"],
        f"key: {'l' * 20} {LINES['E']}",
        f"a {'l' * 15} {LINES['E']}",
    ]
    yield from (f"{text[:12]}…: {clean_text(text)!r}" for text in one_line)


KNOWN = (
    "abc", "abcd", " abcd ", "abcdefg", "abcdefgh", "a-b_c.d~e", "a b&c/d/e", "ab'cd\"e<f", "l1\nline-two\nthree-333",
    "密码-值-abc", "x+y=z%20\\",
)  # fmt: skip
LONG_VALUE = "correct-horse-battery-staple-again-and-again"


def _known() -> Iterator[str]:
    """Every form that a known value is looked for in, and what is left of one that lines cut."""
    for value in KNOWN:
        known = KnownValues([value])
        yield f"{value!r}: longest {known.longest}: {' '.join(map(repr, known.forms))}"
    for value in (LONG_VALUE[:9], LONG_VALUE[:16], LONG_VALUE[:17], LONG_VALUE):
        cuts = [clean_text(f"a {value[:cut]}\n{value[cut:]} b", {value}) for cut in range(1, len(value))]
        yield f"{value} cut behind each character: {' '.join(str(shown.count(MASK)) for shown in cuts)}"
    cut = LONG_VALUE[:24], LONG_VALUE[24:34], LONG_VALUE[34:]
    for text in (
        *(f"a {cut[0]}{mark}\nb" for mark in " .…\"'!,"),
        f"a {cut[0]}.. '\nb",
        "\n".join(cut),
        "\n".join((*cut[:2], "other")),
        f"{cut[0]}\nother\n{cut[1]}",
        f"{cut[0]}\n\n{cut[1]}",
        f"{cut[0]}\n{cut[1][:4]}",
        f"{cut[0]}",
        f"x{LONG_VALUE}x{LONG_VALUE}",
    ):
        yield f"{text!r} -> {clean_text(text, {LONG_VALUE})!r}"
    alike = {f"{number}-{LONG_VALUE[:30]}-{number}{number}" for number in range(6)}
    yield from (f"{one[:24]!r} -> {clean_text(one[:24] + chr(10), alike)!r}" for one in sorted(alike))
    both = {"abcdefgh", "abcdefghij", "defg"}
    yield from (f"{text} -> {clean_text(text, both)}" for text in ("abcdefghijk", "abcdefghi", "abcdefg", "ABCDEFGH"))
    known, text = KnownValues(["abcd", LONG_VALUE]), f"abcd{'.' * 10}abcd\n{LONG_VALUE[:30]}\n{LONG_VALUE[30:]} abcd"
    for window in ((0, len(text)), (0, 4), (0, 3), (1, 15), (14, 15), (15, 19), (15, 49), (15, 50), (15, 51), (19, 90)):
        yield f"{window}: {known.spans(text, *window)}"
    yield f"none: {KnownValues([]).spans(text, 0, 9)} {KnownValues([]).longest}"


def _alone() -> Iterator[str]:
    """Which names say secret, of a variable and of a field, and which values are plainly none."""
    for title, is_so in (("a variable's secret", is_secret_name), ("a field's secret", is_secret_field)):
        yield f"{title}: {' '.join(name for name in NAMES_ALONE.split() if is_so(name))}"
        yield f"none: {' '.join(name for name in NAMES_ALONE.split() if not is_so(name))}"
    yield f"plain: {' '.join(short(value) for value in PLAIN_ALONE if is_plain_value(value))}"
    yield f"not plain: {' '.join(short(value) for value in PLAIN_ALONE if not is_plain_value(value))}"


def _rows(told: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is told of each word; words of which the same is told share a row."""
    rows: dict[str, list[str]] = {}
    for word, row in told:
        rows.setdefault(row, []).append(repr(word))
    yield from (f"{' '.join(words)}: {row}" for row, words in rows.items())


@cache
def masking() -> str:
    parts = {
        "Words that a secret begins with, or that its name holds": _rows(_words()),
        "Options and words of tools": _rows(_tools()),
        "Values under names": _rows(_under_names()),
        "Private keys, line by line": _keys(),
        "Names and values by themselves": _alone(),
        "Known values": _known(),
        "Whole texts": (f"{short(text)} -> {short(clean_text(text))}" for text in EXACT),
    }
    return "\n".join(line for title, lines in parts.items() for line in (f"# {title}", *lines, ""))
