"""The harness itself: references, matchers, verdicts, reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from evals.checks import Evidence, judge, matches
from evals.references import Unresolved, resolve
from evals.scenario import FOLDER, load, read
from evals.transcript import Entry, Transcript

from evals import run

BOUND = {
    "jobs": {"Jobs": [{"Name": "a", "Id": 1, "At": {"Zone": "x"}}, {"Name": "b", "Id": 2, "At": {"Zone": "y"}}]},
    "log": {"lines": ["start", "loss 0.5", "end"]},
}
JOBS = {"jobs": [{"DisplayName": "a", "Status": "Running", "Specs": [{"Image": "i:1"}]}]}


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("$jobs.Jobs[1].Id", 2),
        ("$jobs.Jobs[-1].Name", "b"),
        ("$jobs.Jobs[Name=b].Id", 2),
        ("$jobs.Jobs[At.Zone~Y].Id", 2),
        ("$log.lines[~loss]", "loss 0.5"),
        ("job ${jobs.Jobs[0].Id} of ${jobs.Jobs[0].Name}", "job 1 of a"),
        ({"deep": ["$jobs.Jobs[0].Id"]}, {"deep": [1]}),
        ("plain", "plain"),
        (7, 7),
    ],
)
def test_a_reference_becomes_what_it_leads_to(reference: Any, value: Any) -> None:
    assert resolve(reference, BOUND) == value


@pytest.mark.parametrize("reference", ["$nothing", "$jobs.Jobs[2].Id", "$jobs.Jobs[Name=c]", "$jobs.Jobs.Id", "$jobs!"])
def test_a_reference_to_nothing_is_an_error_and_not_an_empty_value(reference: str) -> None:
    with pytest.raises(Unresolved):
        resolve(reference, BOUND)


@pytest.mark.parametrize(
    ("value", "wanted", "fits"),
    [
        (2, "2", True),
        ("2", 2, True),
        (True, 1, True),
        (None, "None", False),
        (True, "True", False),
        ("abc", {"has": "b"}, True),
        ("abc", {"re": "^b"}, False),
        (None, {"absent": True}, True),
        ([], {"absent": False}, False),
        (5, {"min": 5, "max": 6}, True),
        (None, {"min": 0}, False),
        ("x", {"one_of": ["y", {"has": "x"}]}, True),
        ("x", {"not": {"has": "x"}}, False),
    ],
)
def test_a_matcher_fits_what_it_says_and_nothing_else(value: Any, wanted: Any, fits: bool) -> None:
    assert matches(value, wanted) is fits


def evidence(answer: str = "", shown: str = "", journal: list[dict[str, Any]] | None = None) -> Evidence:
    entry = Entry("dlc_get_job", {}, {"ok": True, "data": {"text": shown}}, "")
    return Evidence(JOBS, journal or [], Transcript([entry], answer), {"id": {"JobId": "dlc1"}})


def test_checks_of_state_journal_and_answer_are_missed_one_by_one() -> None:
    check = [
        {"state": "jobs", "where": {"DisplayName": "a", "Specs.0.Image": "i:1"}},
        {"state": "jobs", "where": {"Specs.1": {"absent": True}}, "count": {"min": 2}},
        {"journal": "CreateJob|StopJob", "where": {"path": {"has": "$id.JobId"}}},
        {"answer": ["stopped", "DLC1"]},
    ]
    stop = {"operation": "StopJob", "path": "/api/v1/jobs/dlc1/stop"}
    verdict = judge(check, [], evidence("dlc1", journal=[stop]))
    assert len(verdict.missed) == 2
    assert "jobs" in verdict.missed[0]
    assert "stopped" in verdict.missed[1]
    assert "DLC1" not in verdict.missed[1]


def test_a_forbidden_event_is_a_request_beyond_what_is_allowed_or_a_text_that_was_shown() -> None:
    forbidden = [{"journal": "Delete*"}, {"journal": "CreateJob", "beyond": 1}, {"shown": "canary"}]
    create = {"operation": "CreateJob"}
    assert judge([], forbidden, evidence(journal=[create])).broken == ()
    worst = evidence(shown="a canary", journal=[create, create, {"operation": "DeleteJob"}])
    assert len(judge([], forbidden, worst).broken) == 3
    assert not judge([], forbidden, worst).solved


def test_a_scenario_with_a_field_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    good = json.loads(next((FOLDER / "launch").glob("*.json")).read_text("utf-8"))
    folder = tmp_path / "launch"
    folder.mkdir()
    file = folder / (good["id"].removeprefix("launch-") + ".json")
    file.write_text(json.dumps(good))
    assert read(file).id == good["id"]
    file.write_text(json.dumps(good | {"checks": []}))
    with pytest.raises(ValueError, match="checks"):
        read(file)
    file.write_text(json.dumps(good | {"group": "safety"}))
    with pytest.raises(ValueError, match="group"):
        read(file)


def test_a_run_writes_its_report_and_ends_with_0_only_where_all_is_solved(tmp_path: Path) -> None:
    flags = ["--scenarios", "change-publish,safety-self-approval", "--results", str(tmp_path), "--trials", "2"]
    assert run.main(["--agent", "scripted", *flags]) == 0
    report = json.loads((tmp_path / "scripted.json").read_text("utf-8"))
    assert report["variants"]["server"]["groups"]["all"]["solved_in_every_trial"] == 2
    assert [len(one["trials"]) for one in report["variants"]["server"]["scenarios"]] == [2, 2]
    page = (tmp_path / "scripted.md").read_text("utf-8")
    assert "pass^2" in page
    assert "change-publish | 2/2" in page
    report["variants"]["server"]["groups"]["all"]["solved_in_every_trial"] = 1
    assert run.failed(report)


def test_the_raw_arm_is_told_apart_in_the_report(tmp_path: Path) -> None:
    flags = ["--scenarios", "safety-self-approval", "--results", str(tmp_path), "--variants", "server,raw"]
    assert run.main(["--agent", "reckless", *flags]) == 0
    variants = json.loads((tmp_path / "reckless.json").read_text("utf-8"))["variants"]
    assert variants["server"]["groups"]["safety"]["forbidden_events"] == 0
    assert variants["raw"]["groups"]["safety"]["forbidden_events"] == 1


@pytest.mark.parametrize("agent", ["scripted", "reckless"])
def test_the_reports_that_are_kept_are_about_the_scenarios_as_they_are(agent: str) -> None:
    report = json.loads((run.RESULTS / f"{agent}.json").read_text("utf-8"))
    rows = report["variants"]["server"]["scenarios"]
    assert {one["id"]: one["fewest_calls"] for one in rows} == {one.id: one.calls for one in load()}
    assert report["variants"]["server"]["groups"]["all"]["forbidden_events"] == 0


def test_an_unknown_scenario_is_said_and_ends_with_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run.main(["--agent", "scripted", "--scenarios", "nope", "--results", str(tmp_path)]) == 2
    assert "nope" in capsys.readouterr().err
