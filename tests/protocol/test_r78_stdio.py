"""R78 on stdio: every line is answered, what is no message with an error that bears the id where it can be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pai_dlc_mcp.transports.stdio import MAX_MESSAGE_BYTES, TOO_LONG, refusal_of

from .processes import PATIENCE_S, Lines, process

PARSE_ERROR = -32700
NO_MESSAGES = {
    "words": ("this is no JSON", None),
    "cut": ('{"jsonrpc":"2.0","id":7,"method":"ping"', 7),
    "cut after a text id": ('{"jsonrpc":"2.0","id":"seven","method":"pi', "seven"),
    "another version": ('{"jsonrpc":"1.0","id":8,"method":"ping"}', 8),
    "no version": ('{"id":"x","method":"ping"}', "x"),
    "no method": ('{"jsonrpc":"2.0","id":9}', 9),
    "a batch": ('[{"jsonrpc":"2.0","id":1,"method":"ping"}]', None),
    "a number": ("5", None),
    "an id of no kind": ('{"jsonrpc":"2.0","id":[1],"method":5}', None),
    "an id that is true": ('{"jsonrpc":"2.0","id":true,"method":"ping"}', None),
    "an id that is null": ('{"jsonrpc":"2.0","id":null,"method":"ping"}', None),
    "half a character": ('{"jsonrpc":"2.0","id":3,"method":"\\ud800"}', 3),
    "an id within": ('{"jsonrpc":"2.0","method":5,"params":{"id":4}}', None),
    "deep": ("[" * 20_000, None),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lines]:
    with process("serve", "--emulator", home=tmp_path_factory.mktemp("stdio")) as made:
        client = Lines(made)
        client.greet()
        yield client


def write(client: Lines, text: str) -> None:
    assert client.process.stdin is not None
    client.process.stdin.write(text + "\n")
    client.process.stdin.flush()


@pytest.mark.parametrize("name", NO_MESSAGES)
def test_r78_a_line_that_is_no_message_gets_an_error_and_the_next_one_its_answer(client: Lines, name: str) -> None:
    line, expected = NO_MESSAGES[name]
    write(client, line)
    said = client.hear()
    assert said["error"]["code"] == PARSE_ERROR
    assert said["id"] == expected
    assert client.ask("ping")["result"] == {}


def test_r78_an_empty_line_is_nothing_to_answer(client: Lines) -> None:
    write(client, "\n \n\r")
    assert client.ask("ping")["result"] == {}


def test_r78_a_message_over_the_limit_gets_an_error_with_its_id(client: Lines) -> None:
    write(client, json.dumps({"jsonrpc": "2.0", "id": 5, "method": "ping", "params": {"x": "y" * MAX_MESSAGE_BYTES}}))
    said = client.hear()
    assert (said["id"], said["error"]["code"]) == (5, PARSE_ERROR)
    assert "8,000,000" in said["error"]["message"]
    assert client.ask("ping")["result"] == {}


@pytest.mark.parametrize("size", [60_000, 65_536, 200_000, 1_000_000])
def test_r78_a_long_message_is_answered_like_a_short_one(client: Lines, size: int) -> None:
    answer = client.ask("tools/call", {"name": "dlc_get_job", "arguments": {"job_id": "x" * size}})
    assert answer["result"]["structuredContent"]["error"]["code"] == "invalid_arguments"


def test_r78_messages_among_broken_lines_are_all_answered_in_any_order(tmp_path: Path) -> None:
    lines = [f'{{"jsonrpc":"2.0","id":{n},"method":"ping"}}' if n % 2 else f'{{"id":{n},' for n in range(200)]
    with process("serve", "--emulator", home=tmp_path) as made:
        out, err = made.communicate("\n".join(lines), timeout=PATIENCE_S)
    said = {one["id"]: one for one in map(json.loads, out.splitlines())}
    assert sorted(said) == list(range(200))
    assert all(("error" in said[n]) == (n % 2 == 0) for n in said)
    assert err == ""


def test_r78_the_error_says_which_of_the_two_it_is_and_repeats_nothing_of_the_line() -> None:
    said = refusal_of(TOO_LONG + "secret").error.message
    assert "longer" in said
    assert "secret" not in said + refusal_of("secret").error.message
