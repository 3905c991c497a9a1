"""What reads leave in the ledger: of whom, how much, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.guards.discovery import check as discovery
from pai_dlc_mcp.guards.discovery import ledger
from pai_dlc_mcp.guards.discovery.ledger import Seen, find, remember, seen
from pai_dlc_mcp.runtime import Caller, Reply, Runtime
from pai_dlc_mcp.state import key_of
from support.discovery_calls import URI
from support.fake_cloud import REGION, call_of, runtime_of

ADA = Caller("ada")
LIST_DATASETS = "aiworkspace_list_datasets"


@pytest.fixture
def runtime() -> Runtime:
    return runtime_of()[0]


async def learn(runtime: Runtime, action: str, data: dict[str, Any], args: dict[str, Any] | None = None) -> None:
    await discovery.learn(call_of(action, args), Reply(data), runtime)


@pytest.mark.parametrize(("length", "kept"), [(1, True), (1024, True), (1025, False), (0, False)])
async def test_an_id_is_remembered_up_to_its_longest(runtime: Runtime, length: int, kept: bool) -> None:
    await learn(runtime, "ListDatasets", {"Datasets": [{"DatasetId": "d" * length}]})
    assert bool(await seen(runtime, ADA, REGION, "dataset")) is kept


async def test_rows_and_details_of_another_shape_are_passed_over(runtime: Runtime) -> None:
    await learn(runtime, "ListDatasets", {"Datasets": [{"DatasetId": "d-1", "Name": ["x"]}]})
    assert await find(runtime, ADA, REGION, "dataset", "d-1") == Seen("d-1", {}, runtime.now(), LIST_DATASETS)
    rows = [None, "x", {"Id": "r-1", "Quotas": [None, {"Id": "q-1"}]}]
    await learn(runtime, "ListResources", {"Resources": rows})
    assert [one.id for one in await seen(runtime, ADA, REGION, "quota")] == ["q-1", "r-1"]
    assert Seen("d-1") == Seen("d-1", {}, 0.0, "")


@pytest.mark.parametrize(("value", "kept"), [(7, ["7"]), (True, []), (1.5, []), (["x"], []), (None, [])])
async def test_an_id_is_text_or_a_whole_number(runtime: Runtime, value: Any, kept: list[str]) -> None:
    await learn(runtime, "ListDatasets", {"Datasets": [{"DatasetId": value}]})
    assert [item.id for item in await seen(runtime, ADA, REGION, "dataset")] == kept


async def test_what_stands_beside_an_id_is_truncated_to_its_longest(runtime: Runtime) -> None:
    await learn(runtime, "ListDatasets", {"Datasets": [{"DatasetId": "d-1", "Name": "n" * 3000}]})
    entry = await find(runtime, ADA, REGION, "dataset", "d-1")
    assert entry is not None
    assert entry.about["Name"] == "n" * 1024


async def test_of_one_answer_ten_thousand_rows_are_remembered(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ledger.MOST_LEARNT_ROWS == 10_000
    monkeypatch.setattr(ledger, "MOST_LEARNT_ROWS", 2)
    rows = [{"DatasetId": f"d-{number}"} for number in range(5)]
    await learn(runtime, "ListDatasets", {"Datasets": rows})
    assert {item.id for item in await seen(runtime, ADA, REGION, "dataset")} == {"d-0", "d-1"}


async def test_an_answer_about_one_object_keeps_the_id_it_was_asked_by_unless_it_gives_one(runtime: Runtime) -> None:
    await learn(runtime, "GetImage", {"ImageUri": URI, "Name": "n"}, {"ImageId": "image-1", "Verbose": True})
    entry = await find(runtime, ADA, REGION, "image", URI)
    assert entry is not None
    assert dict(entry.about) == {"Name": "n", "ImageId": "image-1"}
    await learn(runtime, "GetImage", {"ImageUri": URI, "ImageId": "image-own"}, {"ImageId": "image-asked"})
    entry = await find(runtime, ADA, REGION, "image", URI)
    assert entry is not None
    assert dict(entry.about) == {}


async def test_what_was_seen_is_listed_newest_first_and_whole(runtime: Runtime) -> None:
    await remember(runtime, ADA, REGION, "dataset", [Seen("d-1", {"Name": "é"}, 5.0, "tool_a")])
    await remember(runtime, ADA, REGION, "dataset", [Seen("d/2", {}, 6.0, "tool_b")])
    found = await seen(runtime, ADA, REGION, "dataset")
    assert found == [Seen("d/2", {}, 6.0, "tool_b"), Seen("d-1", {"Name": "é"}, 5.0, "tool_a")]
    assert await seen(runtime, ADA, REGION, "data") == []
    await remember(runtime, ADA, REGION, "dataset", [])
    assert len(await seen(runtime, ADA, REGION, "dataset")) == 2


async def test_the_ledger_has_a_place_of_its_own_in_a_state_that_servers_share(runtime: Runtime) -> None:
    await remember(runtime, ADA, REGION, "dataset", [Seen("d-1")])
    assert list(await runtime.state.scan("")) == [f"ledger/ada/{REGION}/dataset/d-1"]


def test_a_key_keeps_its_parts_apart() -> None:
    assert key_of("a/b", "c") == "a%2Fb/c"
    assert key_of("a", "b/c") != key_of("a/b", "c")
