"""The views of the MCP App in the reference host of the extension: real answers of real tools, shown and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import WEB, Browser, World, all_only

pytestmark = [
    all_only,
    pytest.mark.skipif(
        not (WEB / "node_modules/.host/host.js").is_file(), reason="the host of the tests is not built: make browser"
    ),
]
Agent = Callable[..., dict[str, Any]]
CLEAN: dict[str, Any] = {"errors": [], "outside": [], "axe": []}


def result_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as a host hands it to a view."""
    return {"content": [{"type": "text", "text": "…"}], "structuredContent": answer, "isError": not answer["ok"]}


def clean(seen: dict[str, Any]) -> bool:
    return {name: seen[name] for name in CLEAN} == CLEAN


def test_a_diagnosis_is_shown_and_looked_at_again(browser: Browser, world: World, agent: Agent) -> None:
    job = world.reset("failures")["exp-0116"]
    first = agent("dlc_diagnose_job", job_id=job)
    later = {**first, "data": {**first["data"], "cause": "healthy", "summary": "All is well again."}}
    seen = browser.run(
        "view", args={"job_id": job}, result=result_of(first), again=result_of(later),
        expect=["One pod slows all"], click="Look again",
    )  # fmt: skip
    assert clean(seen)
    assert seen["calls"] == [{"name": "dlc_diagnose_job", "arguments": {"job_id": job}}]


def test_a_survey_a_quota_and_a_job_are_cards(browser: Browser, world: World, agent: Agent) -> None:
    job = world.reset("failures")["exp-0116"]
    for tool, arguments, expect in (
        ("dlc_survey_jobs", {}, ["exp-0116", "One pod slows all"]),
        ("dlc_quota_status", {}, ["llm-lingjun", "of 128 GPUs free"]),
        ("dlc_get_job", {"job_id": job}, ["exp-0116", "PyTorchJob"]),
    ):
        seen = browser.run("view", args=arguments, result=result_of(agent(tool, **arguments)), expect=expect)
        assert clean(seen), (tool, seen)
        assert seen["calls"] == []


def test_r35_a_confirmation_is_shown_whole_and_cannot_be_given_in_a_view(
    browser: Browser, world: World, agent: Agent
) -> None:
    preview = {"act": "StopJob", "name": "<img src=x>", "yours": "no", "gpu_hours": 144, "argument JobId": "dlc1"}
    error = {
        "code": "confirmation_required",
        "rule": "R30",
        "message": "…",
        "confirmation": {"token": "t", "preview": preview},
    }
    seen = browser.run(
        "view", args={}, result=result_of({"ok": False, "error": error}), expect=["<img src=x>", "144", "dlc1"]
    )
    assert clean(seen)
    assert (seen["buttons"], seen["fields"], seen["calls"], seen["elements"]) == ([], 0, [], 0)


def test_a_view_follows_the_theme_and_language_of_its_host(browser: Browser) -> None:
    answer = result_of({"ok": False, "error": {"code": "throttled", "message": "slow down"}})
    seen = browser.run("view", args={}, result=answer, expect=["云端限流"], theme="dark", locale="zh-CN")
    assert clean(seen)
    assert (seen["language"], seen["ground"]) == ("zh-CN", "rgb(14, 19, 24)")
