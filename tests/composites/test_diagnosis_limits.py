"""What a diagnosis does when reads fail, are late, hostile or secret."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from end_to_end.driving import Driver
from pai_dlc_emulator.dlc.seeds import failures
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.composites.diagnose.reader import SECONDS
from pai_dlc_mcp.composites.diagnose.report import MOST_BYTES, answer
from pai_dlc_mcp.composites.diagnose.verdict import Quote, Verdict
from pai_dlc_mcp.protocol.call_tool import CALL_S

from .building import subject
from .conftest import World, post

MOST_TOKENS = 900

SECRET = "correct-horse-battery-staple"


def test_all_reads_together_end_before_the_call_does() -> None:
    assert SECONDS <= CALL_S - 4


async def test_r66_logs_and_events_are_asked_from_the_jobs_creation(
    world: World, mcp: Driver, requests: Callable[[], list[Any]]
) -> None:
    job = world("failures")["old-job"]
    created = (await mcp.data("dlc_get_job", job_id=job, view="full"))["GmtCreateTime"]
    before = len(requests())
    await mcp.data("dlc_diagnose_job", job_id=job)
    listed = [one for one in requests()[before:] if one["operation"] in ("GetPodLogs", "GetPodEvents", "GetJobEvents")]
    assert listed
    assert all(one["query"]["StartTime"] == created for one in listed)


async def test_r67_the_values_of_the_environment_do_not_leave_in_any_field(emulator: Emulator, mcp: Driver) -> None:
    await mcp.discover()
    job = await mcp.create("leaks", envs={"MY_PASSPHRASE": SECRET, "PAI_EMULATOR_BEHAVIOUR": "missing-module"},
                           user_command=f"python train.py --with {SECRET}")  # fmt: skip
    post(emulator, "clock", {"advance_s": 600})
    for tool, more in (("dlc_diagnose_job", {}), ("dlc_search_logs", {"text": "e"}), ("dlc_clone_job", {})):
        result = await mcp.raw(tool, job_id=job, **more)
        assert SECRET not in result.content[0].text, tool
        assert SECRET not in json.dumps(result.structured_content), tool


async def test_r64_other_peoples_words_stand_only_in_fields_that_say_so(world: World, mcp: Driver) -> None:
    jobs = world("failures")
    for name, words in (
        ("missing-module", "No module named"),
        ("queue-full", "waits at priority"),
        ("hang", "grad_norm"),
    ):
        data = await mcp.data("dlc_diagnose_job", job_id=jobs[name])
        trusted = {field: value for field, value in data.items() if not field.startswith("untrusted_")}
        assert words in json.dumps(data), name
        assert words not in json.dumps(trusted), name


@pytest.mark.parametrize("name", failures())
async def test_r60_the_answer_on_every_job_of_the_emulator_is_short(world: World, mcp: Driver, name: str) -> None:
    result = await mcp.raw("dlc_diagnose_job", job_id=world("failures")[name])
    assert len(result.content[0].text.encode()) // 4 < MOST_TOKENS


def _text(chance: random.Random, most: int) -> str:
    return chance.choice("a中") * chance.randint(1, most)


def test_r60_an_answer_of_any_lists_is_cut_to_its_size_and_keeps_cause_first_evidence_and_next_calls() -> None:
    chance = random.Random(60)
    cut = whole = 0
    for _ in range(300):
        names = ("untrusted_log_tail", "untrusted_pod_events", "untrusted_restart_records", "untrusted_stacks")
        lines = {one: [_text(chance, 200) for _ in range(chance.randint(0, 8))] for one in names}
        quotes = [Quote("log", _text(chance, 400), "w-1") for _ in range(chance.randint(1, 4))]
        verdict = Verdict("hang", "runtime", "It hangs.", "high", "w-1", quotes, lines=lines)
        data = answer(subject("Running", []), verdict, "cn-hangzhou", 9, [])
        assert len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()) <= MOST_BYTES
        assert (data["cause"], data["pod"], len(data["next"])) == ("hang", "w-1", 3)
        assert data["untrusted_evidence"][0] == f"[log w-1] {quotes[0].text}"
        shown = {name: data.get(name, []) for name in lines}
        assert all(shown[name] == lines[name][len(lines[name]) - len(shown[name]) :] for name in lines), "ends stay"
        is_whole = shown == lines and len(data["untrusted_evidence"]) == len(quotes)
        cut, whole = cut + (not is_whole), whole + is_whole
        if is_whole or len(data["untrusted_evidence"]) < len(quotes):
            continue
        assert MOST_BYTES - len(json.dumps(data, ensure_ascii=False).encode()) < 1_000, "no more is cut than needed"
    assert cut > 30
    assert whole > 10
