"""The transcript for readers is generated, and as the scenarios are tried today."""

from __future__ import annotations

from evals.show import PAGE, SHOWN, page, skeleton, steady

from pai_dlc_emulator.server import Emulator


async def test_the_page_that_is_kept_shows_the_calls_of_today(emulator: Emulator) -> None:
    tried, kept = await page(emulator), PAGE.read_text("utf-8")
    assert skeleton(tried) == skeleton(kept), "stale: run python -m evals.show"
    assert [line for line in skeleton(kept) if line.startswith("## ")] == [f"## {name}" for name in SHOWN]
    assert kept.count("*solved*") == len(SHOWN)


def test_ids_times_and_tokens_do_not_make_the_page_stale() -> None:
    old = "dlc2uszv2el4rfnjctx at 2026-11-21T05:46:36Z pai1.aZ-_9 request 0AD87803-1C22-4A04-98ED-498148F311D3"
    new = "dlchkzo776kxvclt2un at 2027-01-02T15:16:17Z pai1.bbbbb request FAC98A62-B00A-4A7C-8466-333F6DDECC35"
    assert steady(old) == steady(new)
    assert steady("Status: Running") != steady("Status: Failed")
