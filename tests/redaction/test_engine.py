"""Known secrets are masked in every form in which they leak, and data is cleaned to its leaves."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import anyio
import pytest

from pai_dlc_mcp.redaction import engine
from pai_dlc_mcp.redaction.engine import (
    DEEPEST,
    MASK,
    clean,
    clean_answer,
    clean_answer_off_loop,
    clean_lines,
    clean_lines_off_loop,
    clean_off_loop,
    clean_text,
    secret_values,
    secret_values_off_loop,
)
from pai_dlc_mcp.redaction.scan import WINDOW_CHARS

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nq83vEjRWeJA=\n-----END RSA PRIVATE KEY-----"
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


async def test_r77_off_the_event_loop_the_same_is_masked_as_on_it() -> None:
    lines, known = ["a value-one b", "password=abc"], {"value-one"}
    job = {"Envs": {"ANY": "value-two"}, "Note": "value-two of value-one", "Token": "abc"}
    assert await clean_lines_off_loop(lines, known) == clean_lines(lines, known) == ["a *** b", "password=***"]
    assert await clean_off_loop(job, known, {"Token"}) == clean(job, known, {"Token"})
    assert (await clean_off_loop(job, known, {"Token"}))["Token"] == "abc"
    answer = {"Envs": {"ANY": "***"}, "Note": "*** of value-one", "Token": "***"}
    assert await clean_answer_off_loop(job, [None, job]) == clean_answer(job, [None, job]) == answer
    assert (await clean_answer_off_loop(job, [job], {"Token"}))["Token"] == "abc"
    assert await secret_values_off_loop(job) == secret_values(job) == {"value-two"}


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


def test_r67_the_long_lines_of_a_value_are_masked_one_by_one() -> None:
    value = "first line of it\nsecond line of it\nend"
    assert clean_lines(["> first line of it", "> second line of it", "end"], {value}) == ["> ***", "> ***", "end"]
    assert clean_text(f"({value})", {value}) == "(***)"
    assert clean_text("the end of it", {value}) == "the end of it"
    assert clean_text("zq7wkv1", {"first line of it\nzq7wkv1"}) == "zq7wkv1", "seven characters are no line to mask"


def test_r65_a_key_over_several_log_lines_is_masked() -> None:
    lines = ["start", *PEM.split("\n"), "end"]
    assert clean_lines(lines) == ["start", "***", "end"]
    assert clean({"Logs": lines}) == {"Logs": ["start", "***", "end"]}
    assert clean({"Events": lines})["Events"][1] == "***"


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
    assert clean({field: 1.5}) == clean({field: 7}) == {field: "***"}
    of_another_kind = {field: True, "b": {field: None, "c": {field: ["plain"]}}}
    assert clean(of_another_kind) == of_another_kind, "a switch, and what is looked into"
    assert clean({field: "plain"}, keep={field}) == {field: "plain"}


def test_r65_the_tokens_of_paging_stay() -> None:
    data = {"NextToken": "abcdef", "NextPageToken": 3, "PageToken": 0, "Tokens": "many"}
    assert clean(data) == data


def test_r65_a_pair_whose_name_says_secret_loses_its_value() -> None:
    pairs = [{"Key": "DB_PASSWORD", "Value": "plain"}, {"Name": "API_KEY", "Value": "plain"}]
    assert clean(pairs) == [{"Key": "DB_PASSWORD", "Value": "***"}, {"Name": "API_KEY", "Value": "***"}]
    assert clean({"Key": 5, "Value": "plain", "Name": "TOKEN"}) == {"Key": 5, "Value": "plain", "Name": "TOKEN"}
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
    kept, cut = nested(DEEPEST + 1, kind), nested(DEEPEST + 2, kind)
    assert innermost(clean(kept)) == "zq7wkv1secret"
    assert innermost(clean(cut)) == MASK
    assert clean(5, depth=DEEPEST) == 5
    assert clean(5, depth=DEEPEST + 1) == MASK


@pytest.mark.parametrize("field", ["Logs", "Events"])
def test_the_lines_of_a_log_are_cleaned_as_one_text(field: str) -> None:
    key = ["-----BEGIN PRIVATE KEY-----", "MIIEvQ", "-----END PRIVATE KEY-----", "next"]
    assert clean({field: key}) == {field: [MASK, "next"]}
    assert clean_lines(key) == [MASK, "next"]
    assert clean({"Other": key[1:2]}) == {"Other": ["MIIEvQ"]}
    assert clean({field: "all in one"}) == {field: "all in one"}
    assert clean({field: ["a", 5]}) == {field: ["a", 5]}
    assert clean({"Other": ["a\nb", "c"]}) == {"Other": ["a\nb", "c"]}


def test_what_was_cleaned_is_remembered_up_to_sixty_four_characters() -> None:
    remembered = engine._clean_short.cache_info
    for text, more in (("é" * 64, 1), ("é" * 65, 0)):
        before = remembered().misses
        assert clean_text(text) == clean_text(text) == text
        assert remembered().misses - before == more


async def test_r77_one_long_piece_of_work_is_done_at_a_time_in_the_order_of_asking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, at_once = list[str](), [0, 0]

    async def work(function: Any, value: str, *rest: Any) -> str:
        at_once[0] += 1
        at_once[1] = max(at_once)
        begun.append(value[0])
        await anyio.sleep(0.01)
        at_once[0] -= 1
        return value

    monkeypatch.setattr(engine, "_in_process", work)
    async with anyio.create_task_group() as group:
        for name in "abc":
            group.start_soon(clean_off_loop, name * (engine.IN_THREAD_CHARS + 1))
    assert (begun, at_once) == (["a", "b", "c"], [0, 1])


KNOWN = "zq7wkv1-known-value-of-a-job"


@pytest.mark.parametrize("place", [-len(KNOWN) - 1, -len(KNOWN), 1 - len(KNOWN), -9, -1, 0, 1])
def test_r65_and_r67_a_secret_is_masked_wherever_a_window_of_the_text_ends(place: int) -> None:
    """A long text is worked on in windows: a value at the end of one, over it, and at the beginning of the next."""
    before = "line\n" * (WINDOW_CHARS // 5) + " " * (WINDOW_CHARS % 5 + place if place > 0 else WINDOW_CHARS % 5)
    before = before[: WINDOW_CHARS + place]
    after = " tail\n" + "line\n" * 10
    assert len(before) == WINDOW_CHARS + place
    assert clean_text(f"{before}{KNOWN}{after}", {KNOWN}) == f"{before}***{after}"
    assert clean_text(f"{before} password={KNOWN}{after}") == f"{before} password=***{after}"
    head, rest = KNOWN[:20], KNOWN[20:]
    assert clean_text(f"{before} {head}\n{rest}{after}", {KNOWN}) == f"{before} ***\n***{after}"
