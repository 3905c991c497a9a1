"""Hostile text and what looks like a secret, on its way out."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.fakes import call_of
from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.operation import Effect
from pai_dlc_mcp.redaction.engine import clean, clean_lines, clean_text, sensitive

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nq83vEjRWeJA=\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("a\x1b(Bb\x1bMc", "abc"),
        ("a\x00b\x07c\x08d\x7fe\x85f", "abcdef"),
        ("a\u200bb\u200dc\ufeffd\u2060e", "abcde"),
        ("a\u202eb\u2066c\u200fd", "abcd"),
        ("a\U000e0041\U000e0042b\ufe0fc\U000e0101d", "abcd"),
        ("a\u3164b\u115fc\u00add", "abcd"),
        ("tab\tand\nbreak stay", "tab\tand\nbreak stay"),
        ("50%\r100%\r\ndone", "50%\n100%\ndone"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("half \ud83d character", "half � character"),
        ("训练 naïve 🚀", "训练 naïve 🚀"),
    ],
)
def test_r64_text_is_shown_as_a_person_would_read_it(text: str, shown: str) -> None:
    assert clean_text(text) == shown


@given(st.text())
def test_r64_nothing_that_a_terminal_obeys_is_left_and_cleaning_twice_changes_nothing(text: str) -> None:
    shown = clean_text(text)
    assert all(char >= " " or char in "\n\t" for char in shown)
    assert not any("\x7f" <= char <= "\x9f" or "\u202a" <= char <= "\u202e" or char == "\u200b" for char in shown)
    shown.encode()
    assert clean_text(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("id LTAI5tGkExample01234 end", "id *** end"),
        ("idLTAI5tGkExample01234", "id***"),
        ("sts STS.NUgYrLnoC37mZZCNnAbez", "sts ***"),
        ("aws AKIAIOSFODNN7EXAMPLE", "aws ***"),
        ("ghp_abcdefghijklmnopqrst0123", "***"),
        ("github_pat_11ABCDEFG0123456789_abc", "***"),
        ("glpat-abcdefghij0123456789", "***"),
        ("hf_abcdefghijklmnopqrstuvwx", "***"),
        ("sk-proj-abcdefghijklmnop", "***"),
        ("xoxb-1234567890-abcdef", "***"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "***"),
        ("npm_abcdefghijklmnopqrstuvwxyz", "***"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "jwt *** end"),
        (f"key\n{PEM}\nend", "key\n***\nend"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEpAIB", "***"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----a-----END OPENSSH PRIVATE KEY-----b", "***b"),
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=***"),
        ("MYSQL_PWD: 12345", "MYSQL_PWD: ***"),
        ("password = 'it is \\'quoted\\''", "password = '***'"),
        ('{"AccessKeySecret": "abc", "n": 1}', '{"AccessKeySecret": "***", "n": 1}'),
        ('"{\\"SecurityToken\\": \\"CAIS8gF1q6Ft\\", \\"n\\": 1}"', '"{\\"SecurityToken\\": \\"***\\", \\"n\\": 1}"'),
        ("export HF_TOKEN=abcd", "export HF_TOKEN=***"),
        ("api-key=>abc123def", "api-key=>***"),
        ("--password hunter2 --lr 0.1", "--password *** --lr 0.1"),
        ("--hf-token abcdef", "--hf-token ***"),
        ("--api-key=abcdef", "--api-key=***"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: ***"),
        ('"Authorization: ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b;c,Signature=d" x', '"Authorization: ***" x'),
        ("got bearer abcdefgh12345", "got bearer ***"),
        ("Basic dXNlcjpwYXNzd29yZA", "Basic ***"),
        ("Basic QWxhZGRpbjpvcGVu==", "Basic ***"),
        ("Cookie: session=abcdef", "Cookie: ***"),
        ("mysql://root:pw@db/x", "mysql://***@db/x"),
        ("https://sixteencharacter@host", "https://***@host"),
        ("bearer sixteencharacter", "bearer ***"),
        ("https://abcdef0123456789abcdef@host/repo", "https://***@host/repo"),
        ("https://pai.example/t?token=abcdef0123&x=1", "https://pai.example/t?token=***&x=1"),
        ("https://b.oss/a?Expires=1&OSSAccessKeyId=x1y2&Signature=a%2Bb", "https://b.oss/a?Expires=1&OSSAccessKeyId=***&Signature=***"),
        ("pass\u200bword=hunter2", "password=***"),
        ("LTAI5t\x1b[0mGkExample01234", "***"),
    ],
)  # fmt: skip
def test_r65_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert clean_text(text) == shown
    assert clean_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 4096 eos_token_id=2 token_acc: 0.98",
        "pad_token='<pad>' sep_token: \"[SEP]\" unk_token=unk",
        "tokenizer=gpt2 tokens=1000000 tokenized: yes",
        "PWD=/root/code OLDPWD=/root",
        "loss=0.123 lr=1e-4 step 100/1000 eta 00:01:02",
        "git@github.com:team/repo.git ssh://git@host/repo",
        "https://fifteencharacte@host bearer fifteencharacte",
        "https://registry.cn-hangzhou.aliyuncs.com/pai/pytorch:2.1",
        "api_key_count: 3",
        "task-aaaaaaaaaaaaaaaaaaaa risk-bbbbbbbbbbbbbbbbbbbb",
        "torchrun --nproc_per_node 8 train.py --token-file /a",
        "keyboard secretary passenger basic training",
    ],
)
def test_r65_what_only_resembles_a_secret_stays_readable(text: str) -> None:
    assert clean_text(text) == text


SECRET = 'p4ss/w0rd+"x" 训'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        quote(SECRET, safe=""),
        quote(SECRET),
        quote_plus(SECRET),
        'p4ss/w0rd+\u200b"x" 训',
    ],
)
def test_r67_a_known_value_is_masked_in_every_form(form: str) -> None:
    assert clean_text(f"before {form} after", {SECRET}) == "before *** after"


@pytest.mark.parametrize("prefix", ["", "u", "us", "user:", "user::"])
def test_r67_a_known_value_is_masked_inside_base64_wherever_it_stands(prefix: str) -> None:
    value = "correct-horse-battery?>"
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(f"{prefix}{value}-tail".encode()).decode()
        first = -(-len(prefix) // 3) * 4
        last = (len(prefix) + len(value)) // 3 * 4
        assert clean_text(f"x {text} y", {value}) == f"x {text[:first]}***{text[last:]} y"


def test_r67_eight_characters_are_enough_for_the_encoded_forms() -> None:
    assert clean_text(base64.b64encode(b"abcdefgh").decode(), {"abcdefgh"}) == "***Z2g="
    assert clean_text("a%2Fcdef%2Bh", {"a/cdef+h"}) == "***"
    assert clean_text("a%2Fcdef%2B", {"a/cdef+"}) == "a%2Fcdef%2B"


def test_r67_values_under_four_characters_are_not_masked_by_value_and_short_ones_not_encoded() -> None:
    assert clean_text("a b c abc", {"abc"}) == "a b c abc"
    assert clean_text("say abcd", {"abcd"}) == "say ***"
    encoded = base64.b64encode(b"abcdefg").decode()
    assert clean_text(encoded, {"abcdefg"}) == encoded


def test_r67_a_longer_value_is_masked_before_a_shorter_one_inside_it() -> None:
    assert clean_text("secret-key-one secret-key", {"secret-key", "secret-key-one"}) == "*** ***"


def test_r67_the_lines_of_a_value_are_masked_one_by_one() -> None:
    value = "first line of it\nsecond line of it\nend"
    assert clean_lines(["> first line of it", "> second line of it", "end"], {value}) == ["> ***", "> ***", "end"]
    assert clean_text(f"({value})", {value}) == "(***)"


def test_r65_a_key_over_several_log_lines_is_masked() -> None:
    lines = ["start", *PEM.split("\n"), "end"]
    assert clean_lines(lines) == ["start", "***", "end"]
    assert clean({"Logs": lines}) == {"Logs": ["start", "***", "end"]}
    assert clean({"Events": lines})["Events"][1] == "***"


def test_r64_a_break_inside_a_log_line_makes_two() -> None:
    assert clean_lines(["a\rb", "c\nd"]) == ["a", "b", "c", "d"]
    assert clean_lines([]) == []
    assert clean_lines([""]) == []


def test_r65_data_is_cleaned_to_the_leaf_and_names_of_fields_too() -> None:
    data = {"a\u200b": [{"b": "LTAI5tGkExample01234"}, "x\x1b[31m"], "n": 1, "t": True, "z": None, "f": 1.5}
    assert clean(data) == {"a": [{"b": "***"}, "x"], "n": 1, "t": True, "z": None, "f": 1.5}
    assert clean({"a": ("value-one", 2)}, {"value-one"}) == {"a": ["***", 2]}
    assert clean({"of value-one": 1}, {"value-one"}) == {"of ***": 1}


@pytest.mark.parametrize(
    "field",
    ["CodeRepoAccessToken", "Password", "SecurityToken", "AccessKeyId", "AccessKeySecret", "Token", "Auth", "token",
     "PrivateKey", "ShareToken"],
)  # fmt: skip
def test_r65_fields_that_hold_secrets_are_masked_whatever_they_hold(field: str) -> None:
    assert clean({"a": [{field: "plain"}]}) == {"a": [{field: "***"}]}
    assert clean({field: ""}) == {field: ""}
    assert clean({field: "plain"}, keep={field}) == {field: "plain"}


def test_r65_the_tokens_of_paging_stay() -> None:
    data = {"NextToken": "abcdef", "NextPageToken": 3, "PageToken": 0, "Tokens": "many"}
    assert clean(data) == data


def test_r65_a_pair_whose_name_says_secret_loses_its_value() -> None:
    pairs = [{"Key": "DB_PASSWORD", "Value": "plain"}, {"Name": "API_KEY", "Value": "plain"}]
    assert clean(pairs) == [{"Key": "DB_PASSWORD", "Value": "***"}, {"Name": "API_KEY", "Value": "***"}]
    label = {"Key": "system.chipType", "Value": "GPU"}
    assert clean(label) == label


def test_r65_a_kept_field_is_still_made_harmless() -> None:
    assert clean({"Token": "ab\u200bc\x1b[31m"}, keep={"Token"}) == {"Token": "abc"}


def test_r64_endless_nesting_ends() -> None:
    deep: Any = "LTAI5tGkExample01234"
    for _ in range(900):
        deep = [deep]
    mapped: Any = "LTAI5tGkExample01234"
    for _ in range(3_000):
        mapped = {"a": mapped}
    for one in (deep, mapped):
        text = json.dumps(clean({"a": one}))
        assert "LTAI" not in text
        assert "***" in text


def test_r65_every_operation_that_hands_out_access_names_its_field_and_no_other_does() -> None:
    for one in operations():
        fields = sensitive(one)
        hands_out = one.effect is Effect.EXPOSE and not one.action_name.startswith("Publish")
        assert bool(fields) == hands_out, one.action_name
    assert sensitive(call_of("GetToken").operation) == {"Token"}
    assert sensitive(call_of("GetDashboard").operation) == {"url"}


HOSTILE = {
    "letters": "a" * 500_000,
    "dashes": "-" * 500_000,
    "key beginnings": "-----BEGIN PRIVATE KEY-----" * 20_000,
    "password": "password" * 60_000,
    "names": "password=" * 55_000,
    "open quotes": 'token="' * 70_000,
    "backslashes": 'password="' + "\\" * 500_000,
    "escapes": "\x1b[" * 250_000,
    "titles": "\x1b]" * 250_000,
    "addresses": "://a" * 120_000,
    "one address": "://" + "a" * 500_000,
    "web tokens": "eyJ" * 160_000,
    "one web token": "eyJ" + "a" * 500_000,
    "headers": "cookie: " * 60_000,
    "options": "--a-" * 120_000,
    "blanks": "secret" + " " * 500_000 + "=",
    "zero width": "\u200b" * 500_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_r65_no_text_makes_masking_slow(kind: str) -> None:
    begun = time.process_time()
    clean_text(HOSTILE[kind], {f"value-number-{number}" for number in range(50)})
    assert time.process_time() - begun < 3, "half a megabyte takes a fraction of a second when the work is linear"
