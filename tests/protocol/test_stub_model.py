"""The stub of a model that ``make clients`` drives agents with: one script, three dialects, as an agent calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from pai_dlc_emulator.server import Emulator

from .clients.acts import TOKEN, Call, Scene, Script
from .clients.stub_model import stub_model

Json = dict[str, Any]
TOOLS = ("mcp__pai__dlc_stop_job", "mcp__pai__dlc_list_jobs")


def two_calls(scene: Scene) -> Script:
    """A stop, and the same with the token of its answer."""
    shown = yield Call("dlc_stop_job", {"job_id": "dlc1"})
    found = TOKEN.search(shown)
    yield Call("dlc_stop_job", {"job_id": "dlc1", "confirmation_token": found[1] if found else None})
    scene.cells["confirmed stop"] = "yes"


def messages(results: list[str]) -> tuple[str, Json]:
    talk: list[Json] = [{"role": "user", "content": "Go on."}]
    for number, result in enumerate(results):
        use = {"type": "tool_use", "id": f"t{number}", "name": TOOLS[0], "input": {}}
        done = {"type": "tool_result", "tool_use_id": f"t{number}", "content": [{"type": "text", "text": result}]}
        talk += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [done]}]
    return "/v1/messages?beta=true", {"messages": talk, "tools": [{"name": name} for name in TOOLS]}


def responses(results: list[str]) -> tuple[str, Json]:
    talk: list[Json] = [{"type": "message", "role": "user", "content": "Go on."}]
    for number, result in enumerate(results):
        talk.append({"type": "function_call", "call_id": f"t{number}", "name": TOOLS[0], "arguments": "{}"})
        talk.append({"type": "function_call_output", "call_id": f"t{number}", "output": result})
    space = {"type": "namespace", "name": "mcp__pai", "tools": [{"name": name} for name in TOOLS]}
    return "/v1/responses", {"input": talk, "tools": [space]}


def google(results: list[str]) -> tuple[str, Json]:
    talk: list[Json] = [{"role": "user", "parts": [{"text": "Go on."}]}]
    for result in results:
        response = {"name": TOOLS[0], "response": {"output": result}}
        talk.append({"role": "user", "parts": [{"functionResponse": response}]})
    declared = [{"functionDeclarations": [{"name": name} for name in TOOLS]}]
    return "/v1beta/models/any:generateContent", {"contents": talk, "tools": declared}


def of_messages(answer: Json) -> Json | None:
    (block,) = answer["content"]
    return block["input"] if block["type"] == "tool_use" else None


def of_responses(answer: Json) -> Json | None:
    (item,) = answer["output"]
    return json.loads(item["arguments"]) if item["type"] == "function_call" else None


def of_google(answer: Json) -> Json | None:
    (part,) = answer["candidates"][0]["content"]["parts"]
    return part["functionCall"]["args"] if "functionCall" in part else None


@pytest.mark.parametrize(
    ("request_of", "call_of"), [(messages, of_messages), (responses, of_responses), (google, of_google)]
)
def test_a_script_goes_the_same_way_in_each_dialect_and_takes_its_token_from_what_was_shown(
    request_of: Callable[[list[str]], tuple[str, Json]],
    call_of: Callable[[Json], Json | None],
    emulator: Emulator,
    tmp_path: Path,
) -> None:
    scene = Scene(emulator, tmp_path, (two_calls,))
    shown = ['{"confirmation_token":"pai1.abcdefghijklmnopqrstuvwxyz"}', "stopped"]
    wanted = [
        {"job_id": "dlc1"},
        {"job_id": "dlc1", "confirmation_token": "pai1.abcdefghijklmnopqrstuvwxyz"},
        None,
    ]
    with stub_model(scene) as url:

        def answer(results: list[str], **more: Any) -> httpx.Response:
            path, body = request_of(results)
            return httpx.post(url + path, json=body | more, trust_env=False, timeout=30)

        for number, arguments in enumerate(wanted):
            for _ in range(2):  # a request that is sent again gets the same call
                assert call_of(answer(shown[:number]).json()) == arguments
        if request_of is not google:  # there the address says it
            assert "data: " in answer([], stream=True).text
    assert scene.cells == {"connect": "yes", "list": "yes, 2 tools", "confirmed stop": "yes"}
    assert scene.shown == shown


def test_a_request_about_something_else_gets_words_and_moves_nothing(emulator: Emulator, tmp_path: Path) -> None:
    scene = Scene(emulator, tmp_path, (two_calls,))
    with stub_model(scene) as url:
        body = {"messages": [{"role": "user", "content": "A title for this?"}], "tools": []}
        answer = httpx.post(f"{url}/v1/messages", json=body, trust_env=False, timeout=30).json()
    assert of_messages(answer) is None
    assert (scene.calls, scene.cells) == ([], {})
