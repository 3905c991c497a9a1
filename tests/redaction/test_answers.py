"""Answers as they leave: what is sensitive by purpose is given, what leaks by accident is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.errors import CloudError
from pai_dlc_mcp.operation import Effect
from pai_dlc_mcp.protocol.result import failed, presented
from pai_dlc_mcp.runtime import Outcome
from support.fake_cloud import call_of

LINK = "https://pai.example/t?token=abcdef0123456789"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("GetToken", {"Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"}),
        ("GetWebTerminal", {"WebTerminalUrl": LINK}),
        ("GetTensorboardSharedUrl", {"TensorboardSharedUrl": LINK}),
        ("GetDashboard", {"url": LINK}),
        ("GetRayDashboard", {"url": LINK}),
    ],
)
def test_r65_the_operation_that_hands_out_a_token_or_link_gives_it_whole(action: str, data: dict[str, Any]) -> None:
    answer = presented(call_of(action), Outcome(data))
    assert answer.structured["data"] == data
    [value] = data.values()
    assert value in answer.text


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("GetJob", {"JobId": "dlc1", "ReasonMessage": LINK}),
        ("GetTensorboard", {"TensorboardId": "tb1", "Token": "abcdef0123456789"}),
        ("GetPodLogs", {"Logs": [f"open {LINK}"]}),
        ("GetCodeSource", {"CodeSourceId": "c", "CodeRepoAccessToken": "abcdef0123456789"}),
        ("GetJob", {"JobId": "dlc1", "Envs": {"A": "abcdef0123456789"}, "UserCommand": "echo abcdef0123456789"}),
    ],
)
def test_r65_and_r67_no_other_operation_gives_any(action: str, data: dict[str, Any]) -> None:
    for view in ("concise", "full"):
        answer = presented(call_of(action, view=view), Outcome(data))
        assert "abcdef0123456789" not in answer.text + json.dumps(answer.structured)


def test_r65_an_error_gives_none_either() -> None:
    answer = failed(CloudError(f"see {LINK}\x1b[31m", request_id="LTAI5tGkExample01234"))
    assert "abcdef0123456789" not in answer.text + json.dumps(answer.structured)
    assert "LTAI" not in answer.text + json.dumps(answer.structured)
    assert "\x1b" not in answer.text


def test_r67_logs_mask_the_values_of_the_job_that_was_read_for_them() -> None:
    call = call_of("GetPodLogs", {"JobId": "dlc1", "PodId": "p0"})
    call.known.job = {"JobId": "dlc1", "Envs": {"GREETING": "bonjour-tous"}}
    answer = presented(call, Outcome({"PodId": "p0", "Logs": ["say bonjour-tous"]}))
    assert "bonjour-tous" not in answer.text + json.dumps(answer.structured)
    assert "say ***" in answer.text


def test_r65_every_operation_that_hands_out_access_names_its_field_and_no_other_does() -> None:
    for one in operations():
        hands_out = one.effect is Effect.EXPOSE and not one.action_name.startswith("Publish")
        assert bool(one.hands_out) == hands_out, one.action_name
    assert call_of("GetToken").operation.hands_out == "Token"
    assert call_of("GetDashboard").operation.hands_out == "url"
