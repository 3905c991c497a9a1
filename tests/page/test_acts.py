"""R35 on the page: whole preview, typed name, yes or no, and only for those whose request it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp.guards.confirmation import approvals
from pai_dlc_mcp.page import acts
from pai_dlc_mcp.page.acts import Acts
from pai_dlc_mcp.page.gate import Denied
from pai_dlc_mcp.protocol.call_tool import Peer, call_tool
from pai_dlc_mcp.runtime import Caller

from .serving import Browser, application, dashboard, service, tokens_file
from .test_door import CLIENT, PERSON, line

Admin = Callable[..., Any]


@pytest.fixture
def writes(admin: Admin) -> Callable[[], list[str]]:
    return lambda: [entry["operation"] for entry in admin("journal") if entry["method"] in ("POST", "PUT", "DELETE")]


async def running_job(browser: Browser) -> dict[str, Any]:
    answer = await browser.tool("dlc_list_jobs", status="Running", view="full")
    return dict(answer["data"]["Jobs"][0])


def nightly(emulator: Emulator) -> str:
    """The id of a job that runs."""
    jobs = emulator.world.training.jobs.values()
    return next(job.id for job in jobs if job.args["DisplayName"] == "nightly-embedding")


async def begun(browser: Browser, job: str) -> dict[str, Any]:
    answer = await browser.post("/api/acts/dlc_stop_job", {"arguments": {"job_id": job, "wait_seconds": 0}})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["approval"])


async def answered(browser: Browser, approval: str, decision: str, name: str = "") -> Any:
    return await browser.post(f"/api/approvals/{approval}", {"decision": decision, "typed_name": name})


async def test_r35_a_person_stops_a_job_with_its_whole_preview_and_its_typed_name(
    emulator: Emulator, writes: Callable[[], list[str]], tmp_path: Path
) -> None:
    async with dashboard(application(emulator, audit_log=tmp_path / "audit.log")) as (browser, _):
        job = await running_job(browser)
        approval = await begun(browser, job["JobId"])
        assert approval["type_name"] == job["DisplayName"]
        assert approval["target"] == {"id": job["JobId"], "name": job["DisplayName"]}
        assert {"act", "region", "job_id", "argument JobId"} <= approval["preview"].keys()
        assert "StopJob" not in writes()
        (waiting,) = (await browser.get("/api/approvals")).json()["waiting"]
        assert waiting == approval
        answer = (await answered(browser, approval["id"], "yes", job["DisplayName"])).json()
        assert (answer["decision"], answer["answer"]["ok"]) == ("yes", True), answer
        assert answer["answer"]["confirmed_by"] == "human"
        assert writes().count("StopJob") == 1
        listing = (await browser.get("/api/approvals")).json()
        assert listing["waiting"] == []
        (past,) = listing["decided"]
        assert (past["decision"], past["outcome"]) == ("yes", "done")
        assert past["decided_by"].startswith("os:")
        wrong = ("0", "01", "201", "-1", "x", "", "1" * 5_000)
        limits = {limit: (await browser.get(f"/api/audit?limit={limit}")).status_code for limit in ("1", "200", *wrong)}
        assert limits == {"1": 200, "200": 200} | dict.fromkeys(wrong, 400)
        acts = (await browser.get("/api/audit?limit=10")).json()
        newest = acts["acts"][0]
        assert (newest["tool"], newest["outcome"], newest["confirmed_by"]) == ("dlc_stop_job", "ok", "human")
        assert newest["approved_by"] == past["decided_by"]
        # One yes, one act.
        assert (await answered(browser, approval["id"], "yes", job["DisplayName"])).status_code == 404
        assert writes().count("StopJob") == 1


@pytest.mark.parametrize("typed", ["", "yes", "true", "{name}x", "{upper}"])
async def test_r35_another_name_does_nothing_and_the_question_stays(
    emulator: Emulator, writes: Callable[[], list[str]], typed: str
) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        job = await running_job(browser)
        approval, name = await begun(browser, job["JobId"]), job["DisplayName"]
        text = typed.format(name=name, upper=name.upper())
        answer = await answered(browser, approval["id"], "yes", text)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_differs")
        assert "StopJob" not in writes()
        assert len((await browser.get("/api/approvals")).json()["waiting"]) == 1


async def test_r35_of_two_decisions_the_later_one_does_nothing(
    emulator: Emulator, writes: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(*_: Any, **__: Any) -> bool:
        return False

    async with dashboard(application(emulator)) as (browser, _):
        job = await running_job(browser)
        approval = await begun(browser, job["JobId"])
        monkeypatch.setattr(approvals, "decide", too_late)
        answer = await answered(browser, approval["id"], "yes", job["DisplayName"])
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "gone")
        assert "StopJob" not in writes()


async def test_r35_no_stops_nothing_and_the_person_may_begin_again(
    emulator: Emulator, writes: Callable[[], list[str]]
) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        job = await running_job(browser)
        approval = await begun(browser, job["JobId"])
        answer = (await answered(browser, approval["id"], "no")).json()
        assert answer == {"ok": True, "decision": "no", "answer": None}
        assert "StopJob" not in writes()
        assert [one["decision"] for one in (await browser.get("/api/approvals")).json()["decided"]] == ["no"]
        again = await begun(browser, job["JobId"])
        assert (await answered(browser, again["id"], "yes", job["DisplayName"])).json()["answer"]["ok"]
        assert writes().count("StopJob") == 1


@pytest.mark.parametrize("decision", ["yes", "no"])
async def test_r35_an_agents_call_waits_for_the_page_and_goes_on_or_does_not(
    emulator: Emulator, writes: Callable[[], list[str]], decision: str
) -> None:
    app = application(emulator, confirm_by="human")
    async with dashboard(app) as (browser, _):
        job = await running_job(browser)
        agent = Peer(Caller("os:agent"))
        arguments = {"job_id": job["JobId"], "wait_seconds": 0}
        first = await call_tool(app, app.tools["dlc_stop_job"], arguments, agent)
        assert first.structured["error"]["code"] == "confirmation_required"
        assert "/approvals" in first.text
        (waiting,) = (await browser.get("/api/approvals")).json()["waiting"]
        assert (waiting["asked_by"], waiting["is_own"]) == ("os:agent", False)
        answer = (await answered(browser, waiting["id"], decision, job["DisplayName"])).json()
        assert answer == {"ok": True, "decision": decision, "answer": None}
        assert "StopJob" not in writes()
        second = await call_tool(app, app.tools["dlc_stop_job"], arguments, agent)
        assert second.structured["ok"] is (decision == "yes"), second.text
        assert writes().count("StopJob") == (1 if decision == "yes" else 0)
        (past,) = (await browser.get("/api/approvals")).json()["decided"]
        assert past["outcome"] == ("used" if decision == "yes" else "denied")


async def test_r31_a_job_that_has_changed_since_it_was_shown_is_not_stopped(
    emulator: Emulator, admin: Admin, writes: Callable[[], list[str]]
) -> None:
    async with dashboard(application(emulator, toolsets=("all",))) as (browser, _):
        job = await running_job(browser)
        approval = await begun(browser, job["JobId"])
        seen = (await browser.tool("dlc_get_job", job_id=job["JobId"], view="full"))["data"]
        moved = {"operation": "GetJob", "kind": "answer", "body": seen | {"RequestGPU": 512}, "times": 1000}
        admin("faults", [moved])
        answer = (await answered(browser, approval["id"], "yes", job["DisplayName"])).json()["answer"]
        assert answer["error"]["code"] == "confirmation_required"
        assert "StopJob" not in writes()
        (past,) = (await browser.get("/api/approvals")).json()["decided"]
        assert (past["decision"], past["outcome"]) == ("yes", "confirmation_required")


async def test_r35_what_another_caller_started_may_be_refused_and_not_carried_out(
    emulator: Emulator, writes: Callable[[], list[str]], tmp_path: Path
) -> None:
    state = str(tmp_path / "state.db")
    app, without = application(emulator, state=state), application(emulator, state=state, toolsets=("discovery",))
    here, ann, me = Acts(sees_all=True), Caller("http:ann"), Caller("os:me")
    job = nightly(emulator)
    async with app.running(), without.running():
        approval = (await here.start(app, ann, "dlc_stop_job", {"job_id": job, "wait_seconds": 0}))["approval"]
        # Nor where the act's tool is not offered.
        for place, caller in ((app, me), (without, ann)):
            with pytest.raises(Denied) as denied:
                await here.decide(place, caller, approval["id"], is_yes=True, typed_name=approval["type_name"])
            assert (denied.value.status, denied.value.code) == (409, "gone")
        assert len((await here.listing(app, me))["waiting"]) == 1
        answer = await here.decide(app, me, approval["id"], is_yes=False, typed_name="")
        assert answer == {"ok": True, "decision": "no", "answer": None}
    assert "StopJob" not in writes()


@pytest.mark.parametrize("is_stored", [True, False])
async def test_r35_an_act_that_was_decided_is_kept_nowhere(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_stored: bool
) -> None:
    monkeypatch.setattr(acts, "_may_be_stored", lambda arguments: is_stored)
    app, here, me = application(emulator, state=str(tmp_path / "state.db")), Acts(sees_all=False), Caller("os:me")
    job = nightly(emulator)
    async with app.running():
        state = (await app.runtime()).state
        for is_yes in (False, True):
            approval = (await here.start(app, me, "dlc_stop_job", {"job_id": job, "wait_seconds": 0}))["approval"]
            stored = [place.partition("/")[0] for place in await state.scan("page-act")]
            assert (stored, list(here._held)) == ((["page-act"], []) if is_stored else ([], [approval["id"]]))
            await here.decide(app, me, approval["id"], is_yes=is_yes, typed_name=approval["type_name"])
            assert (await state.scan("page-act"), here._held) == ({}, {})


async def test_r78_of_the_acts_that_wait_in_the_process_the_oldest_makes_room(emulator: Emulator) -> None:
    app, here = application(emulator), Acts(sees_all=True)
    async with app.running():
        runtime = await app.runtime()

        async def begin(number: int) -> None:
            started = acts._Started(str(number), "dlc_update_job", {"settings": {"a": "b"}}, "ann")
            await here._remember(runtime, started)

        for number in (*range(200), 199):
            await begin(number)
        assert list(here._held) == [str(number) for number in range(200)]
        await begin(200)
        assert list(here._held) == [str(number) for number in range(1, 201)]


async def test_r35_another_callers_requests_are_neither_seen_nor_decided(
    emulator: Emulator, writes: Callable[[], list[str]], tmp_path: Path
) -> None:
    other = "bobs-own-token"
    tokens = tokens_file(tmp_path, line("ann", PERSON, "person"), line("bob", other, "person"), line("ann", CLIENT))
    app = application(emulator, tokens=tokens, confirm_by="human", audit_log=tmp_path / "audit.log")
    async with service(app) as (url, _):
        ann, bob = Browser(url), Browser(url)
        await ann.sign_in(PERSON)
        await bob.sign_in(other)
        job = await running_job(ann)
        arguments = {"job_id": job["JobId"], "wait_seconds": 0}
        await call_tool(app, app.tools["dlc_stop_job"], arguments, Peer(Caller("http:ann")))
        (waiting,) = (await ann.get("/api/approvals")).json()["waiting"]
        assert (await bob.get("/api/approvals")).json() == {"waiting": [], "decided": []}
        for decision in ("yes", "no"):
            answer = await answered(bob, waiting["id"], decision, job["DisplayName"])
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert (await bob.get("/api/audit")).json()["acts"] == []
        assert (await ann.get("/api/audit")).json()["acts"][0]["tool"] == "dlc_stop_job"
        # What bob says yes to is bob's own call, not ann's.
        own = await begun(bob, job["JobId"])
        assert own["id"] != waiting["id"]
        assert (await answered(ann, waiting["id"], "yes", job["DisplayName"])).json()["ok"]
        assert (await call_tool(app, app.tools["dlc_stop_job"], arguments, Peer(Caller("http:ann")))).structured["ok"]
        assert writes().count("StopJob") == 1
        assert (await bob.get("/api/approvals")).json()["decided"] == []


@pytest.mark.parametrize(
    ("settings", "act"),
    [
        ({"read_only": True}, "dlc_stop_job"),
        ({"toolsets": ("discovery",)}, "dlc_stop_job"),
        ({}, "dlc_create_signal"),
        ({}, "dlc_get_job"),
        ({}, "dlc_clone_job"),
        ({}, "no_such_tool"),
    ],
)
async def test_what_is_not_offered_cannot_be_begun(emulator: Emulator, settings: dict[str, Any], act: str) -> None:
    async with dashboard(application(emulator, **settings)) as (browser, _):
        session = (await browser.get("/api/session")).json()
        assert session["read_only"] is bool(settings.get("read_only"))
        answer = await browser.post(f"/api/acts/{act}", {"arguments": {"job_id": "dlc1"}})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
        if act in ("dlc_stop_job", "dlc_create_signal", "no_such_tool"):
            assert act not in session["tools"]


@pytest.mark.parametrize("tool", ["dlc_stop_job", "dlc_create_job", "dlc_update_job", "dlc_get_token", "no_such_tool"])
async def test_nothing_but_reads_goes_through_the_tools_of_the_page(
    emulator: Emulator, writes: Callable[[], list[str]], tool: str
) -> None:
    async with dashboard(application(emulator, toolsets=("all",))) as (browser, _):
        job = await running_job(browser)
        answer = await browser.post(f"/api/tools/{tool}", {"job_id": job["JobId"]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
        assert writes() == []


async def test_an_act_that_needs_no_confirmation_elsewhere_needs_one_here(
    emulator: Emulator, writes: Callable[[], list[str]]
) -> None:
    async with dashboard(application(emulator, toolsets=("all",))) as (browser, _):
        job = await running_job(browser)
        answer = await browser.post(
            "/api/acts/dlc_update_job", {"arguments": {"job_id": job["JobId"], "accessibility": "PUBLIC"}}
        )
        assert answer.json().get("approval"), answer.text
        assert writes() == []


async def test_a_refusal_of_the_guards_comes_as_the_tool_gives_it(emulator: Emulator) -> None:
    async with dashboard(application(emulator)) as (browser, _):
        ended = (await browser.tool("dlc_list_jobs", status="Succeeded"))["data"]["Jobs"][0]["JobId"]
        answer = await browser.post("/api/acts/dlc_stop_job", {"arguments": {"job_id": ended}})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["rule"]) == (200, "no_effect", "R32")
        assert (await browser.get("/api/approvals")).json() == {"waiting": [], "decided": []}


async def test_the_audit_is_read_page_by_page(emulator: Emulator, tmp_path: Path) -> None:
    async with dashboard(application(emulator, audit_log=tmp_path / "audit.log")) as (browser, _):
        assert (await browser.get("/api/audit")).json() == {"acts": [], "next": None, "recorded": True}
        job = await running_job(browser)
        for _ in range(3):
            await begun(browser, job["JobId"])
        first = (await browser.get("/api/audit?limit=2")).json()
        rest = (await browser.get(f"/api/audit?limit=2&before={first['next']}")).json()
        ids = [act["call_id"] for act in (*first["acts"], *rest["acts"])]
        assert (len(ids), len(set(ids)), rest["next"]) == (3, 3, None)
        written = [json.loads(text)["call_id"] for text in (tmp_path / "audit.log").read_text().splitlines()]
        assert ids == written[::-1]
    async with dashboard(application(emulator)) as (browser, _):
        assert (await browser.get("/api/audit")).json() == {"acts": [], "next": None, "recorded": False}


async def test_r35_an_act_left_too_long_is_gone(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "WAIT_S", 0.0)
    async with dashboard(application(emulator)) as (browser, _):
        job = await running_job(browser)
        answer = await browser.post("/api/acts/dlc_stop_job", {"arguments": {"job_id": job["JobId"]}})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "gone")
