"""Every form in which a known secret leaks, one at a time, and how deep data is cleaned."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from pai_dlc_mcp.redaction import engine
from pai_dlc_mcp.redaction.engine import MASK, clean, clean_lines, clean_text

ODD = 'zq"7 wé/k+v~1'
"""Looks like no secret, and is written otherwise in JSON, in a path and in a query."""
FORMS = {
    "plain": ODD,
    "JSON": json.dumps(ODD)[1:-1],
    "JSON without escapes": json.dumps(ODD, ensure_ascii=False)[1:-1],
    "a path": quote(ODD),
    "a path segment": quote(ODD, safe=""),
    "a query": quote_plus(ODD),
}


@pytest.mark.parametrize("form", FORMS)
def test_r67_a_secret_is_masked_in_each_of_its_forms(form: str) -> None:
    text = f"<<{FORMS[form]}>>"
    assert clean_text(text, [ODD]) == f"<<{MASK}>>"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "abcd", "abcde"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_r67_a_secret_inside_what_was_encoded_is_masked_wherever_it_begins(before: str, encode: Any) -> None:
    secret = "zq7?wk>v1~zq7wkv1zq7"
    text = encode(f"{before}{secret}".encode()).decode()
    shown = clean_text(f"x {text} y", [secret])
    assert MASK in shown
    decoded = base64.b64decode(text, altchars=b"-_" if encode is base64.urlsafe_b64encode else None)
    assert secret.encode() in decoded
    assert text[8:20] not in shown


def test_r67_each_long_line_of_a_secret_is_masked_by_itself_and_short_ones_are_not() -> None:
    secret = "zq7wkv11\nshort\nzq7wkv1"
    assert clean_text("a zq7wkv11 b", [secret]) == f"a {MASK} b"
    assert clean_text("a short b", [secret]) == "a short b"
    assert clean_text("a zq7wkv1 b", [secret]) == "a zq7wkv1 b"


@pytest.mark.parametrize(("value", "masked"), [("zq7w", True), ("zq7", False)])
def test_r67_values_of_four_characters_and_more_are_masked(value: str, masked: bool) -> None:
    assert (MASK in clean_text(f"a {value} b", [value])) is masked


def test_r67_a_secret_within_a_longer_one_leaves_no_rest_of_it() -> None:
    assert clean_text("x zq7wkv1-and-more y", ["zq7wkv1", "zq7wkv1-and-more"]) == f"x {MASK} y"


def nested(levels: int, kind: str) -> Any:
    value: Any = "zq7wkv1secret"
    for _ in range(levels):
        value = [value] if kind == "list" else {"a": value}
    return value


def innermost(value: Any) -> Any:
    while isinstance(value, list | dict):
        value = value[0] if isinstance(value, list) else value["a"]
    return value


@pytest.mark.parametrize("kind", ["list", "object"])
def test_data_is_cleaned_to_its_deepest_level_and_masked_below(kind: str) -> None:
    kept, cut = nested(engine.DEEPEST + 1, kind), nested(engine.DEEPEST + 2, kind)
    assert innermost(clean(kept)) == "zq7wkv1secret"
    assert innermost(clean(cut)) == MASK
    assert clean(5, depth=engine.DEEPEST) == 5
    assert clean(5, depth=engine.DEEPEST + 1) == MASK


@pytest.mark.parametrize("field", ["Logs", "Events"])
def test_the_lines_of_a_log_are_cleaned_as_one_text(field: str) -> None:
    key = ["-----BEGIN PRIVATE KEY-----", "MIIEvQ", "-----END PRIVATE KEY-----", "next"]
    assert clean({field: key}) == {field: [MASK, "next"]}
    assert clean_lines(key) == [MASK, "next"]
    assert clean({"Other": key[1:2]}) == {"Other": ["MIIEvQ"]}
    assert clean({field: "all in one"}) == {field: "all in one"}
    assert clean({"Other": ["a\nb", "c"]}) == {"Other": ["a\nb", "c"]}


BODY = "Zq7Wk9Xv2Ab4Cd6Ef8Gh1Jk3"
SHAPES = (
    f"LTAI{BODY}", f"STS.{BODY}", f"AKIA{'A1B2' * 4}", f"ASIA{'A1B2' * 4}", f"ghp_{BODY}", f"github_pat_{BODY}",
    f"glpat-{BODY}", f"hf_{BODY}", f"npm_{BODY}", f"pypi-{BODY}", f"sk-{BODY}", f"xoxb-{BODY}", f"AIza{BODY}{BODY}",
    f"eyJ{BODY}.{BODY}.{BODY}",
)  # fmt: skip


@pytest.mark.parametrize("secret", SHAPES, ids=lambda secret: secret[:8])
def test_r65_each_known_shape_of_a_secret_is_masked_by_itself(secret: str) -> None:
    assert clean_text(f"x {secret} y") == f"x {MASK} y"


@pytest.mark.parametrize(
    "name", ["password", "passwd", "passphrase", "pwd", "secret", "credential", "signature", "token", "api_key"]
)
def test_r65_what_stands_under_a_name_that_says_secret_is_masked(name: str) -> None:
    assert clean_text(f"x {name}={BODY} y") == f"x {name}={MASK} y"


@pytest.mark.parametrize("text", ["password=Xylophone", "token=XabX", "token=Xabcdefg"])
def test_r65_a_capital_x_is_a_letter_of_a_secret_like_any_other(text: str) -> None:
    assert clean_text(text) == f"{text.partition('=')[0]}={MASK}"


def test_r65_secrets_of_all_shapes_and_names_in_one_text_are_all_masked() -> None:
    assert clean_text(" ".join(SHAPES)) == " ".join([MASK] * len(SHAPES))
    names = ("password", "pwd", "secret", "api_key", "credential", "signature", "token")
    assert clean_text(" ".join(f"{name}={BODY}" for name in names)) == " ".join(f"{name}={MASK}" for name in names)


BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a {BEGIN}\nMII\n{END} b {BEGIN}\nMIJ\n{END} c", f"a {MASK} b {MASK} c"),
        (f"a {END} b {BEGIN}\nMII\n{END} c", f"a {END} b {MASK} c"),
        (f"a {BEGIN}\nMII\nnever ended", f"a {MASK}"),
        (f"a {BEGIN}\nMII {BEGIN}\nMIJ\n{END} c", f"a {MASK} c"),
    ],
)
def test_r65_every_private_key_is_masked_to_its_own_end(text: str, shown: str) -> None:
    assert clean_text(text) == shown
