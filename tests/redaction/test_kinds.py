"""Secrets in every spelling and form that the rules name, and what stands beside each and is none."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from pai_dlc_mcp.redaction.engine import MASK, clean, clean_lines, clean_text
from pai_dlc_mcp.redaction.known_values import KnownValues

VALUE = "hunter22/Kx+9=&ü"
ASCII = "hunter22-Kx9"
BODY = "\n".join(["MIIEpAIBAAKCAQEAq83vEjRWeJA" + "x" * 37, "y" * 64, "z" * 64, "abcdEFGH0123ab=="])


@pytest.mark.parametrize(
    "text",
    [
        "数据库密码：{0}", "登录密码是{0}，请勿外传", "口令为 {0}", "秘钥 -> {0}", "授权码(16 位)= {0}", "令牌: {0}",
        "accessKeySecret: '{0}'", "ALICLOUD_SECRET_KEY={0}", "x-acs-security-token: {0}", "SecurityToken={0}",
        "OSS_ACCESS_KEY_SECRET {0}", "SecretAccessKey\t{0}", "secret | {0} |",
        "mysql -h db -u root -p{0}", "redis-cli -h r -a {0} ping", "curl -u admin:{0} https://x",
        "sshpass -p {0} ssh h",
        "docker login -u a -p {0} registry.cn-hangzhou.aliyuncs.com", "ossutil config -e oss-cn -i id -k {0}",
        "ossutil64 -k {0} cp a b", "odpscmd -u id -p {0}", "7z x -p{0} a.7z", "wandb login {0}",
        "['docker', 'login', '-p', '{0}']", '["docker","login","-p","{0}"]', '["--password","{0}"]', "--hf-token {0}",
        '{{"auths":{{"registry.cn":{{"auth":"{0}"}}}}}}', '{{"name":"DB_PASSWORD","value":"{0}"}}',
        "<password>{0}</password>", "password: |\n  {0}\n", "redis://:{0}@host:6379/0", "root:{0}@tcp(db:3306)/x",
        "https://oapi.dingtalk.com/robot/send?access_token={0}",
        "https://open.feishu.cn/open-apis/bot/v2/hook/{0}",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={0}",
        "https://hooks.slack.com/services/T0/B0/{0}", "webhook_url: https://chat.corp/in/{0}",
        "https://dsw.aliyuncs.com/x?token={0}", "Authorization: Bearer {0}", "Cookie: a={0}; b=1", "X-Api-Key: {0}",
    ],
)  # fmt: skip
def test_r65_a_secret_is_masked_in_every_spelling(text: str) -> None:
    value = "0a1b2c3d4e5f6a7b8c9d0e1f"
    shown = clean_text(text.format(value))
    assert value not in shown
    assert MASK in shown
    assert clean_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "密码强度：高", "请输入密码 ", "token count 1234567890123456789", "the secret of training is data",
        "mysql -p", "docker run -p 8080:80 image", "ssh -p 2222 host", "curl -u", "python -u train.py -k fold3",
        "torchrun -p config", "webhook: off", "webhook called 3 times", "password_file: /run/secrets/x",
        "PASSWORD_MIN_LEN=12", "secret: none", "password: ${DB_PASSWORD}", "tests pass: 12", "forward_pass: ok",
        "signature: (batch, seq)", "primary_key=id", "https://github.com/team/repo.git",
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgI\n-----END CERTIFICATE-----",
    ],
)  # fmt: skip
def test_r65_what_only_resembles_one_stays_readable(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize("stamp", ["", "2026-11-25 12:00:00 "])
@pytest.mark.parametrize(
    "lines",
    [
        ["-----BEGIN RSA PRIVATE KEY-----", *BODY.split("\n"), "-----END RSA PRIVATE KEY-----"],
        ["-----BEGIN RSA PRIVATE KEY-----", *BODY.split("\n")],
        [*BODY.split("\n"), "-----END RSA PRIVATE KEY-----"],
        BODY.split("\n"),
        [*BODY.split("\n")[1:], "-----END RSA PRIVATE KEY-----"],
    ],
    ids=["whole", "without its end", "without its first line", "its body alone", "its last lines"],
)
def test_r65_a_private_key_is_masked_with_or_without_its_first_and_last_line(lines: list[str], stamp: str) -> None:
    shown = "\n".join(clean_lines(["before", *(stamp + line for line in lines)]))
    assert not [line for line in BODY.split("\n")[:3] if line in shown]
    assert shown.startswith("before")


@pytest.mark.parametrize("stamp", ["", "2026-11-25 12:00:00 "])
@pytest.mark.parametrize("width", [64, 70, 76])
def test_r65_lines_that_a_window_cuts_out_of_a_private_key_are_masked(width: int, stamp: str) -> None:
    drawn = base64.b64encode(bytes(number * 73 % 251 for number in range(width * 12))).decode()
    body = [drawn[start : start + width] for start in range(0, len(drawn), width)]
    for first, last in ((0, 1), (3, 4), (2, 9), (5, len(body))):
        lines = [f"{stamp}{line}" for line in body[first:last]]
        assert clean_lines(lines) == [f"{stamp}{MASK}"] * len(lines)
        assert clean_lines(["loss 0.1", *lines]) == ["loss 0.1", *lines], "a key has no such line before its last"
        assert clean_lines([line[:-4] for line in lines]) == [line[:-4] for line in lines]


def test_r65_one_capital_beyond_hexadecimal_is_enough_for_a_line_of_a_private_key() -> None:
    for capital, is_masked in (("F", False), ("G", True), ("Z", True)):
        line = f"4{capital}z" + "3bAx" * 15 + "B"
        assert (clean_lines([line, line]) == [MASK, MASK]) is is_masked, capital


@pytest.mark.parametrize("line", ["a" * 64, "0a1b" * 16, "A1" * 32, "step " + "x" * 59, "/mnt/a1B" * 8 + " z"])
def test_r65_long_lines_of_words_and_digests_stay(line: str) -> None:
    assert clean_lines([line]) == [line]


def base64_at(offset: int) -> Callable[[str], str]:
    """Base64 of the value as it stands in something longer; its first and last characters mix with what is around."""
    return lambda value: base64.b64encode(b"u" * offset + value.encode() + b"!").decode()


@pytest.mark.parametrize("value", [VALUE, ASCII])
@pytest.mark.parametrize(
    "form",
    [str, lambda v: json.dumps(v)[1:-1], lambda v: json.dumps(json.dumps(v))[3:-3], lambda v: quote(v, safe=""), quote,
     quote_plus, html.escape, base64_at(0), base64_at(1), base64_at(2),
     lambda v: base64.urlsafe_b64encode(v.encode()).decode(), lambda v: v.encode().hex(),
     lambda v: v.encode().hex().upper(), shlex.quote,
     lambda v: re.sub("%..", lambda at: at[0].lower(), quote(v, safe="")),
     lambda v: re.sub(r"([^\w@%+=:,./-])", r"\\\1", v, flags=re.ASCII)],
    ids=["plain", "JSON", "JSON in JSON", "URL", "path of a URL", "form", "HTML", "Base64", "Base64 + 1", "Base64 + 2",
         "Base64 of a URL", "hexadecimal", "HEXADECIMAL", "in quotes of a shell", "URL in lower case",
         "escaped for a shell"],
)  # fmt: skip
def test_r67_a_known_value_is_masked_in_every_form(value: str, form: Callable[[str], str]) -> None:
    written = form(value)
    shown = clean_text(f"a <{written}> b", {value})
    assert written not in shown
    assert value not in shown
    assert MASK in shown
    assert clean_text("a <other words> b", {value}) == "a <other words> b"


def test_r67_accents_that_become_one_character_make_no_form_that_is_shorter_than_any_secret() -> None:
    assert all(len(form) >= 4 for form in KnownValues(["e\u0301e\u0301"]).forms)
    assert clean_text("éé", {"e\u0301e\u0301"}) == "éé"


def in_json(quote_of: str, *, ascii_too: bool) -> Callable[[str], str]:
    """As a library writes JSON that escapes some characters more than it must."""

    def write(value: str) -> str:
        text = json.dumps(value, ensure_ascii=ascii_too)[1:-1]
        return "".join(f"\\u{ord(one):04x}" if one in "&<>" else one for one in text).replace("/", quote_of)

    return write


def in_html(single: str, double: str) -> Callable[[str], str]:
    return lambda value: html.escape(value, quote=False).replace("'", single).replace('"', double)


HARD = ("p4ss/w0rd&x<y>z\"q'r+s é密", "hunter22/Kx<9>", "it's&222", 'say "a" & b', "back\\slash'22\"", "naïve-密码-22")


@pytest.mark.parametrize(
    "form",
    [
        in_json("/", ascii_too=False), in_json("/", ascii_too=True), lambda v: json.dumps(v)[1:-1].replace("/", "\\/"),
        lambda v: json.dumps(in_json("/", ascii_too=False)(v), ensure_ascii=False)[1:-1],
        lambda v: in_json("/", ascii_too=False)(v).replace("\\u003c", "\\u003C").replace("\\u003e", "\\u003E"),
        in_html("'", '"'), in_html("&#39;", "&quot;"), in_html("&#39;", "&#34;"), in_html("&apos;", "&quot;"),
        lambda v: repr(v)[1:-1], lambda v: ascii(v)[1:-1], lambda v: repr(v.encode())[2:-1],
        lambda v: v.replace("'", "''"), lambda v: v.replace('"', '""'), lambda v: quote(quote(v, safe=""), safe=""),
        lambda v: unicodedata.normalize("NFD", v),
    ],
    ids=["Go", "Go, ASCII", "PHP", "Go in JSON", "JavaScript", "text of HTML", "HTML", "HTML of Go", "XML", "repr",
         "ascii", "bytes", "SQL", "CSV", "URL in a URL", "taken apart"],
)  # fmt: skip
def test_r67_a_known_value_is_masked_as_every_library_writes_it(form: Callable[[str], str]) -> None:
    for value in HARD:
        assert clean_text(f"a <{form(value)}> b", {value}) == f"a <{MASK}> b"


def test_r67_a_known_value_that_a_line_cuts_is_masked_on_both_sides() -> None:
    value = "correct-horse-battery-staple"
    assert clean_lines([f"value: {value[:20]}", f"{value[20:]} next"], {value}) == ["value: ***", "*** next"]
    assert clean_lines(["the correct-ho", "use"], {value}) == ["the correct-ho", "use"]


def test_r67_a_thousand_known_values_are_masked_as_one_is() -> None:
    values = frozenset(f"value-{number:04d}-{number * 7919 % 9973:04d}" for number in range(1_000))
    text = " ".join(sorted(values))
    assert clean_text(text, values) == " ".join([MASK] * 1_000)


@pytest.mark.parametrize(
    ("field", "shown"),
    [("Password", MASK), ("accessKeySecret", MASK), ("WebhookUrl", MASK), ("DisplayName", "abc"), ("NextToken", "abc")],
)
def test_r65_a_field_that_says_secret_hides_its_value(field: str, shown: str) -> None:
    assert clean({field: "abc"}) == {field: shown}
