"""A model on loopback that makes the calls of a script: the APIs of Anthropic (Messages), OpenAI (Responses), Google.

An agent sends its whole conversation each time; the stub counts the results of the tools in it and answers with the
call that follows, as a stream where one is asked for. What the model is shown of each result is what the script gets.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .acts import Call, Scene

Json = dict[str, Any]
Events = list[tuple[str | None, Json]]
LAST_WORD = "Done."


@dataclass(frozen=True)
class Turn:
    """What an agent's request says: the tools that may be called, and what came of the calls of the script so far."""

    tools: Mapping[str, str | None]
    """Names as the agent gives them, each with its namespace where the dialect has one."""
    results: Sequence[str]
    finder: str | None = None
    """A tool that searches for tools which are not listed yet."""

    def named(self, tool: str) -> tuple[str, str | None] | None:
        """The agent's name for one of the server's tools, and its namespace."""
        found = [(name, space) for name, space in self.tools.items() if is_ours(name) and name.endswith(tool)]
        return found[0] if found else None


def is_ours(name: str) -> bool:
    return re.search(r"(dlc|aiworkspace|pai)_[a-z]", name) is not None


def text_of(content: Any) -> str:
    """The text of a content in any of the dialects."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text_of(part) for part in content)
    if isinstance(content, dict):
        for name in ("text", "content", "output"):
            if name in content:
                return text_of(content[name])
        return json.dumps(content)
    return str(content)


def messages_turn(body: Json) -> Turn:
    """Anthropic: tool_use blocks of the assistant, tool_result blocks of the user."""
    names: dict[str, str] = {}
    results = []
    for message in body.get("messages", []):
        for block in message["content"] if isinstance(message["content"], list) else []:
            if block.get("type") == "tool_use":
                names[block["id"]] = block["name"]
            elif block.get("type") == "tool_result" and is_ours(names.get(block["tool_use_id"], "")):
                results.append(text_of(block.get("content", "")))
    tools: dict[str, str | None] = {tool["name"]: None for tool in body.get("tools", []) if "name" in tool}
    finder = next((name for name in tools if name == "ToolSearch"), None)
    return Turn(tools, results, finder)


def messages_answer(
    body: Json, turn: Turn, call: Call | None, name: tuple[str, str | None] | None
) -> tuple[Json, Events]:
    block: Json = {"type": "text", "text": LAST_WORD}
    start: Json = {"type": "text", "text": ""}
    delta: Json = {"type": "text_delta", "text": LAST_WORD}
    if call is not None and name is not None:
        start = {"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex}", "name": name[0], "input": {}}
        block = {**start, "input": dict(call.arguments)}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call.arguments)}
    reason = "tool_use" if block["type"] == "tool_use" else "end_turn"
    message: Json = {
        "id": f"msg_{uuid.uuid4().hex}", "type": "message", "role": "assistant", "model": body.get("model", "stub"),
        "content": [block], "stop_reason": reason, "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 10},
    }  # fmt: skip
    events: Events = [
        ("message_start", {"message": {**message, "content": [], "stop_reason": None}}),
        ("content_block_start", {"index": 0, "content_block": start}),
        ("content_block_delta", {"index": 0, "delta": delta}),
        ("content_block_stop", {"index": 0}),
        ("message_delta", {"delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 10}}),
        ("message_stop", {}),
    ]
    return message, [(kind, {"type": kind, **data}) for kind, data in events]


def responses_turn(body: Json) -> Turn:
    """OpenAI: items of the input; tools flat, or in namespaces."""
    names: dict[str, str] = {}
    results = []
    for item in body.get("input", []) if isinstance(body.get("input"), list) else []:
        if item.get("type") == "function_call":
            names[item["call_id"]] = item["name"]
        elif item.get("type") == "function_call_output" and is_ours(names.get(item["call_id"], "")):
            results.append(text_of(item.get("output", "")))
    tools: dict[str, str | None] = {}
    for tool in body.get("tools") or []:
        if tool.get("type") == "namespace":
            tools |= {own["name"]: tool["name"] for own in tool["tools"]}
        elif "name" in tool:
            tools[tool["name"]] = None
    return Turn(tools, results)


def responses_answer(
    body: Json, turn: Turn, call: Call | None, name: tuple[str, str | None] | None
) -> tuple[Json, Events]:
    text: Json = {"type": "output_text", "text": LAST_WORD, "annotations": []}
    item: Json = {"type": "message", "id": f"msg_{uuid.uuid4().hex}", "role": "assistant", "status": "completed"}
    item["content"] = [text]
    if call is not None and name is not None:
        item = {"type": "function_call", "id": f"fc_{uuid.uuid4().hex}", "call_id": f"call_{uuid.uuid4().hex}"}
        item |= {"name": name[0], "arguments": json.dumps(call.arguments), "status": "completed"}
        item |= {"namespace": name[1]} if name[1] else {}
    counts = {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10}
    counts |= {"output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 20}
    response: Json = {
        "id": f"resp_{uuid.uuid4().hex}", "object": "response", "created_at": 1, "status": "completed",
        "output": [item], "model": body.get("model", "stub"), "usage": counts, "parallel_tool_calls": False,
        "tool_choice": "auto", "tools": [], "error": None, "incomplete_details": None, "instructions": None,
        "metadata": {},
    }  # fmt: skip
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    events: Events = [
        ("response.created", {"response": begun}),
        ("response.output_item.added", {"output_index": 0, "item": item}),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": response}),
    ]
    numbered = enumerate(events)
    return response, [(kind, {"type": kind, "sequence_number": at, **data}) for at, (kind, data) in numbered]


def google_turn(body: Json) -> Turn:
    """Google: parts with functionCall and functionResponse."""
    results = [
        text_of(part["functionResponse"].get("response", ""))
        for content in body.get("contents", [])
        for part in content.get("parts", [])
        if "functionResponse" in part and is_ours(part["functionResponse"].get("name", ""))
    ]
    declared = [own for tool in body.get("tools", []) for own in tool.get("functionDeclarations", [])]
    return Turn({own["name"]: None for own in declared}, results)


def google_answer(
    body: Json, turn: Turn, call: Call | None, name: tuple[str, str | None] | None
) -> tuple[Json, Events]:
    part: Json = {"text": LAST_WORD}
    if call is not None and name is not None:
        part = {"functionCall": {"name": name[0], "args": dict(call.arguments)}}
    counts = {"promptTokenCount": 10, "candidatesTokenCount": 10, "totalTokenCount": 20}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    answer: Json = {"candidates": [candidate], "usageMetadata": counts, "modelVersion": "stub"}
    return answer, [(None, answer)]


Answer = Callable[[Json, Turn, Call | None, tuple[str, str | None] | None], tuple[Json, Events]]
DIALECTS: Mapping[str, tuple[Callable[[Json], Turn], Answer]] = {
    "/messages": (messages_turn, messages_answer),
    "/responses": (responses_turn, responses_answer),
    "generatecontent": (google_turn, google_answer),
}
"""By the end of the address, in lower case, what reads a request and what writes its answer."""


def answered(dialect: str, scene: Scene, body: Json) -> tuple[Json, Events]:
    """The next step of the scene; requests without the server's tools are about something else (a title, a summary)."""
    read, write = DIALECTS[dialect]
    turn = read(body)
    scene.listed(list(turn.tools), by_search=turn.finder is not None)
    call = scene.next_call(turn.results) if any(is_ours(name) for name in turn.tools) or turn.finder else None
    name = turn.named(call.tool) if call is not None else None
    if call is not None and name is None and turn.finder:
        return write(body, turn, Call(turn.finder, {"query": call.tool, "max_results": 5}), (turn.finder, None))
    return write(body, turn, call, name)


def wants_stream(path: str, body: Json) -> bool:
    return bool(body.get("stream")) or ":streamGenerateContent" in path


@contextlib.contextmanager
def stub_model(scene: Scene) -> Iterator[str]:
    """The address of a model that plays this scene."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(b'{"data": [], "models": [], "object": "list"}', "application/json")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            path = self.path.partition("?")[0]
            dialect = next((end for end in DIALECTS if path.lower().endswith(end)), None)
            if dialect is None:
                self._send(b'{"input_tokens": 10, "totalTokens": 10}', "application/json")
                return
            whole, events = answered(dialect, scene, body)
            if not wants_stream(path, body):
                self._send(json.dumps(whole).encode(), "application/json")
                return
            lines = [(f"event: {kind}\n" if kind else "") + f"data: {json.dumps(data)}\n\n" for kind, data in events]
            self._send("".join(lines).encode(), "text/event-stream")

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *words: Any) -> None:
            """Nothing: what matters is in the scene."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, name="model", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
