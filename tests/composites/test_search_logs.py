"""dlc_search_logs: what is found, how it is shown, and what the totals cover."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from end_to_end.driving import Driver
from pai_dlc_mcp.composites.log_matching import Match, centred, grouped, matches_in, rendered
from pai_dlc_mcp.composites.log_pages import overlap
from pai_dlc_mcp.composites.search import _by_pod

from .conftest import World, pod_of_rank
from .emulated_time import Notebook, written


async def test_repeats_are_folded_and_counted(world: World, mcp: Driver) -> None:
    job = world("failures")["straggler"]
    data = await mcp.data("dlc_search_logs", job_id=job, text="wait for others 2 ms", context=0)
    assert data["different"] == 1
    assert data["matches"] > 1000
    assert f"{data['matches']} alike" in data["untrusted_matches"][0]


async def test_pages_of_matches_follow_each_other_without_gap_or_repeat(world: World, mcp: Driver) -> None:
    job = world("failures")["nccl-timeout"]
    call: dict[str, Any] = {"job_id": job, "text": "o", "context": 0, "max_chars": 2500}
    shown: list[str] = []
    for _ in range(20):
        result = await mcp.ok("dlc_search_logs", **call)
        shown += result["data"]["untrusted_matches"]
        left = (result["truncated"] or {}).get("matches_left")
        if not left:
            break
        call = {**result["truncated"]["more"]["arguments"], "max_chars": 2500}
    assert len(shown) == result["data"]["different"]
    assert len(set(shown)) == len(shown)


async def test_a_log_of_ten_million_lines_is_read_within_a_budget_and_the_rest_is_named(
    world: World, mcp: Driver, requests: Callable[[], list[Any]]
) -> None:
    job = world("huge")["long-log"]
    before = len(requests())
    result = await mcp.ok("dlc_search_logs", job_id=job, text="no such text anywhere")
    assert len(requests()) - before <= 40
    assert result["data"]["matches"] == 0
    assert result["truncated"]["not_searched"]
    more = result["truncated"]["more"]["arguments"]
    again = await mcp.ok("dlc_search_logs", **more)
    assert again["truncated"]["more"]["arguments"]["end_time"] < more["end_time"]


async def test_earlier_pages_join_the_later_ones_without_a_lost_or_doubled_line(world: World, mcp: Driver) -> None:
    job = world("huge")["long-log"]
    data = await mcp.data("dlc_search_logs", job_id=job, text="shard", context=0)
    lines = int(data["read"][0].split(": ")[1].split(" ")[0])
    assert lines > 2_000
    raw = await mcp.data("dlc_get_pod_logs", job_id=job, pod_id=pod_of_rank(job, 0), max_lines=1)
    assert raw["untrusted_log_lines"]


def test_r61_a_pod_of_another_job_is_refused_with_the_jobs_pods() -> None:
    async def calls(book: Notebook) -> None:
        job = book.jobs["nccl-timeout"]
        given = {"job_id": job, "text": "x", "pod_id": "dlc1-worker-0"}
        error = (await book.quiet("dlc_search_logs", **given))["error"]
        assert (error["rule"], error["field"]) == ("R61", "pod_id")
        assert pod_of_rank(job, 0) in error["message"]
        assert [one["operation"] for one in book.wire.service.journal.entries()] == ["GetJob"]
        own = await book.quiet("dlc_search_logs", **(given | {"pod_id": pod_of_rank(job, 3)}))
        assert set(own["data"]["by_pod"]) == {pod_of_rank(job, 3)}

    written("failures", calls)


def test_a_long_line_is_cut_around_the_match() -> None:
    line = "a" * 1000 + "NEEDLE" + "b" * 1000
    shown = centred(line, "needle", 100)
    assert "NEEDLE" in shown
    assert shown.startswith("[953 characters] …a")
    assert shown.endswith("b… [953 characters]")


def test_a_match_at_the_end_of_a_long_line_stays_whole() -> None:
    assert centred("a" * 1000 + "NEEDLE", "NEEDLE", 100).endswith("NEEDLE")


def test_a_page_never_starts_empty_however_small_the_budget() -> None:
    found = matches_in("p", ["x" * 500, "y", "x"], "x", True)
    shown, count = rendered(grouped(found), {"p": ["x" * 500, "y", "x"]}, "x", 0, 10)
    assert count == 1
    assert shown


def test_the_lines_that_two_pages_share_are_found() -> None:
    assert overlap(["a", "b", "c", "d"], ["c", "d", "e"]) == 2
    assert overlap(["a", "c", "c"], ["c", "c", "c", "d"]) == 2
    assert overlap(["a"], ["b"]) == 0
    assert overlap([], ["b"]) == 0


def test_from_the_end_the_newest_match_comes_first_and_stands_for_those_alike() -> None:
    lines = ["step 1 error a", "step 2 error b", "step 3 error a"]
    found = matches_in("p", lines, "error", False)
    assert [group.first.line for group in grouped(found, from_end=True)] == [3, 2]
    assert [group.first.line for group in grouped(found)] == [1, 2]


def test_alike_lines_stand_apart_when_asked() -> None:
    found = matches_in("p", ["loss 1.2", "loss 1.3", "loss 1.4"], "loss", False)
    assert len(grouped(found)) == 1
    assert [group.first.text for group in grouped(found, fold=False)] == ["loss 1.2", "loss 1.3", "loss 1.4"]


async def test_counting_gives_kinds_of_lines_and_no_context(world: World, mcp: Driver) -> None:
    job = world("failures")["straggler"]
    data = await mcp.data("dlc_search_logs", job_id=job, text="wait for others", count_only=True)
    assert "untrusted_matches" not in data
    assert sum(int(kind.split(" x ")[0]) for kind in data["untrusted_kinds"]) == data["matches"]


async def test_numbers_of_alike_lines_are_shown_apart_from_the_end(world: World, mcp: Driver) -> None:
    job = world("failures")["straggler"]
    call: dict[str, Any] = {"text": "wait for others", "fold": False, "from_end": True, "context": 0}
    data = await mcp.data("dlc_search_logs", job_id=job, pod_id=pod_of_rank(job, 0), **call)
    places = [int(line.partition("> ")[0].rpartition(":")[2]) for line in data["untrusted_matches"]]
    assert len(places) > 5
    assert places == sorted(places, reverse=True)


async def test_a_window_of_the_search_may_be_relative(world: World, mcp: Driver) -> None:
    """R69, as in every other tool."""
    job = world("failures")["straggler"]
    whole = await mcp.data("dlc_search_logs", job_id=job, text="wait for others 2 ms", count_only=True)
    late = await mcp.data(
        "dlc_search_logs", job_id=job, text="wait for others 2 ms", count_only=True, start_time="-10m"
    )
    assert 0 < late["matches"] < whole["matches"]
    assert (await mcp.error("dlc_search_logs", job_id=job, text="loss", end_time="soon"))["rule"] == "R69"


def test_matches_are_counted_for_twelve_pods_and_for_the_others_together() -> None:
    found = [Match(f"pod{n}", line, "x") for n in range(14) for line in range(20 - n)]
    counts = _by_pod(found)
    assert counts == {f"pod{n}": 20 - n for n in range(12)} | {"other pods": 8 + 7}
    assert _by_pod(found[: 20 + 19]) == {"pod0": 20, "pod1": 19}
