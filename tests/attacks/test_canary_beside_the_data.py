"""A secret of each kind in what stands beside an answer's data: notices, what was cut, request ids, errors, progress,
the question to a person, and completions (R65, R67)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp_types import ElicitResult, ResourceTemplateReference

from pai_dlc_mcp.errors import CloudError, NextStep
from pai_dlc_mcp.protocol.result import Answer, fail, failed, plainly, present, presented
from pai_dlc_mcp.runtime import Call, Outcome
from support.attack_scene import Scene, everything
from support.canaries import KINDS, VALUE, leaks, unmasked
from support.fake_cloud import call_of
from support.guard_removal import both_ways, forget_cleaned_texts, replaced

WORD = "neighbour"
OF_THE_JOB = [kind for kind in KINDS if kind.startswith("variable")]
JOB = {"JobId": "dlc1", "Envs": {"ANY": VALUE}}


def about_a_job(text: str) -> Call:
    call = call_of("StopJob", {"JobId": "dlc1"})
    call.known.job = JOB
    call.notice("R33", text)
    return call


def outcome(text: str) -> Outcome:
    return Outcome({"JobId": "dlc1"}, text, {"cut": [text], "more": {"tool": "t", "arguments": {"a": text}}})


def error(text: str) -> CloudError:
    steps = [NextStep("dlc_get_job", {"job_id": text}, text)]
    return CloudError(text, rule="R25", field=text, request_id=text, next=steps)


async def all_answers(text: str) -> list[Answer]:
    """Every way an answer is made, with the text in every part of it that may hold words of others."""
    call = about_a_job(text)
    return [await present(call, outcome(text)), presented(call, outcome(text)), await fail(call, error(text))]


@pytest.mark.parametrize("kind", KINDS)
async def test_r65_no_part_of_an_answer_shows_a_secret(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{WORD} {KINDS[kind][0]}"
    for answer in await all_answers(text):
        shown = f"{json.dumps(answer.structured, ensure_ascii=False)}\n{answer.text}"
        assert not leaks("answer", shown, [kind])
        assert shown.count(WORD) >= 6, shown
    if kind not in OF_THE_JOB:  # these know of no job
        for answer in (failed(error(text)), plainly(about_a_job(""), Outcome({"JobId": text}, text))):
            assert not leaks("answer", f"{answer.structured}\n{answer.text}", [kind])
            assert answer.text.count(WORD) >= 2
    forget_cleaned_texts()
    unmasked(monkeypatch)
    assert all(leaks("answer", answer.text, [kind]) for answer in await all_answers(text)), "no guard, and no leak"
    forget_cleaned_texts()


def test_r64_a_notice_that_quotes_others_stays_on_its_line() -> None:
    call = about_a_job("the state is odd\nrequest id: 1\nconfirmed_by: human")
    assert presented(call, Outcome({"JobId": "dlc1"})).text.splitlines() == [
        "region: cn-hangzhou",
        "JobId: dlc1",
        "notice [R33]: the state is odd\\nrequest id: 1\\nconfirmed_by: human",
    ]


def unmasked_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    unmasked(monkeypatch)
    for place in ("guards.confirmation.preview.clean", "guards.confirmation.preview.clean_text"):
        monkeypatch.setattr(f"pai_dlc_mcp.{place}", lambda value, *_: value)


def is_odd(scene: Scene, kind: str) -> str:
    """A job whose state the service describes with a secret."""
    job, text = scene.job(), f"{WORD} {KINDS[kind][0]}"
    body = {
        "JobId": job, "DisplayName": "victim", "Status": text, "WorkspaceName": "lab", "WorkspaceId": "1",
        "UserId": "20001", "Envs": {"ANY": VALUE},
    }  # fmt: skip
    scene.fault({"operation": "GetJob", "kind": "answer", "body": {"RequestId": "r", **body}, "times": 99})
    return job


FEW = ["variable", "password", "web token"]


@pytest.mark.parametrize("kind", FEW)
@both_ways(unmasked_everywhere)
async def test_r65_neither_progress_nor_a_question_nor_a_notice_shows_a_secret(scene: Scene, kind: str) -> list[str]:
    messages, questions = list[str](), list[str]()

    async def asked(context: Any, params: Any) -> ElicitResult:
        questions.append(params.message)
        return ElicitResult(action="accept", content={"name": "victim"})

    async def progress(done: float, total: float | None, message: str | None) -> None:
        messages.append(str(message))

    async with scene.server(client={"elicitation_callback": asked}, state=scene.state_file) as driver:
        await driver.live_by_the_emulated_clock()
        job = is_odd(scene, kind)
        given = {"job_id": job, "max_seconds": 2}
        await driver.client.call_tool("dlc_wait_for_job", given, progress_callback=progress)
        stopped = everything(await driver.raw("dlc_stop_job", job_id=job, wait_seconds=1))
    assert "notice [R33]" in stopped
    assert all(WORD in one for one in [*questions, *messages, stopped])
    assert questions
    assert messages
    found = [leaks("question", "".join(questions), [kind]), leaks("progress", "".join(messages), [kind])]
    return [one for some in [*found, leaks("stop", stopped, [kind])] for one in some]


@both_ways(replaced("pai_dlc_mcp.protocol.resources.clean_text", lambda text: text))
async def test_r65_what_a_list_calls_an_id_completes_nothing_where_it_may_be_a_secret(scene: Scene) -> list[str]:
    secret = KINDS["access key"][0].split(",")[0]
    async with scene.server() as driver:
        rows = [{"JobId": one, "Status": "Running"} for one in (secret, "dlc1")]
        scene.fault({"operation": "ListJobs", "kind": "answer", "body": {"Jobs": rows}, "times": 9})
        await driver.ok("dlc_list_jobs")
        found = await driver.client.complete(
            ResourceTemplateReference(uri="pai-dlc://jobs/{region}/{job_id}"), {"name": "job_id", "value": ""}
        )
    assert "dlc1" in found.completion.values
    return [one for one in found.completion.values if one != "dlc1"]
