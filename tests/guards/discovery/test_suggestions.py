"""R02-R04, R21: what a refused id might have been, and which call shows it, of the tools that a server offers."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operations
from pai_dlc_mcp.api.kinds import CODE_SOURCE, DATASET, IMAGE_URI, INSTANCE_TYPE
from pai_dlc_mcp.guards.discovery import suggestions
from pai_dlc_mcp.guards.discovery.ledger import Seen
from pai_dlc_mcp.guards.discovery.suggestions import Named, alternatives, intended, nearest, next_step, reason_text
from support.discovery_calls import URI
from support.fake_cloud import REGION, call_of

ALL = {one.name for one in operations()}
KINDS = {kind.name: kind for kind in (IMAGE_URI, DATASET, CODE_SOURCE, INSTANCE_TYPE)}


IN_11001 = {"WorkspaceId": "11001"}


LISTED = {"workspace_id": "11001"}


LONG = "n" * 400


def item(kind: str, value: str) -> Named:
    return Named("Field", value, KINDS[kind])


def way(kind: str, value: str, known: list[Seen] | None = None, *, offered: Any = ALL, **args: Any) -> tuple[str, Any]:
    """The tool of the next step and its arguments; the region is always named (R75)."""
    found = next_step(item(kind, value), known or [], call_of("CreateJob", args), offered)
    arguments = dict(found.arguments)
    assert arguments.pop("region") == REGION
    return found.tool, arguments


@pytest.mark.parametrize(
    ("value", "query"),
    [
        ("registry.example/team/torch:2.4", "torch"),
        ("registry.example:5000/team/torch", "torch"),
        ("torch:2.4", "torch"),
        ("registry.example/torch@sha256:0123", "torch"),
        ("registry.example/torch:2.4@sha256:0123", "torch"),
        ("torch", "torch"),
        ("registry.example/" + LONG, "n" * 50),
    ],
)
def test_r02_an_unknown_address_is_looked_for_by_the_images_name_without_registry_tag_and_digest(
    value: str, query: str
) -> None:
    assert way("image", value) == ("aiworkspace_list_images", {"query": query})


def test_r02_an_address_that_names_no_image_is_looked_for_among_all() -> None:
    assert way("image", "registry.example/team/") == ("aiworkspace_list_images", {})


def test_r02_an_images_id_is_read_by_itself_where_that_is_offered_and_listed_elsewhere() -> None:
    assert way("image", "image-abc") == ("aiworkspace_get_image", {"image_id": "image-abc"})
    assert way("image", "image-abc", offered={"aiworkspace_list_images"}) == ("aiworkspace_list_images", {})
    assert way("image", "image-" + LONG)[1] == {"image_id": "image-" + "n" * 154}
    assert way("dataset", LONG)[1] == {"name": "n" * 160}


def test_r02_an_official_image_is_looked_for_in_no_workspace() -> None:
    assert way("image", URI, **IN_11001) == ("aiworkspace_list_images", {"query": "pytorch"})
    assert way("image", "registry.example/torch", **IN_11001)[1] == {"query": "torch", **LISTED}


@pytest.mark.parametrize(("args", "where"), [(IN_11001, LISTED), ({}, {}), ({"WorkspaceId": " "}, {})])
def test_r03_a_dataset_is_read_by_its_id_or_found_by_its_name_in_the_calls_workspace(
    args: dict[str, Any], where: dict[str, Any]
) -> None:
    lister = "aiworkspace_list_datasets"
    assert way("dataset", "d-abc", **args) == ("aiworkspace_get_dataset", {"dataset_id": "d-abc"})
    assert way("dataset", "d-abc", offered={lister}, **args) == (lister, {"dataset_ids": "d-abc", **where})
    assert way("dataset", "my corpus", **args) == (lister, {"name": "my corpus", **where})


def test_r04_a_code_source_is_read_by_its_id_listed_in_its_workspace_or_looked_for_by_workspace() -> None:
    lister, workspaces = "aiworkspace_list_code_sources", "aiworkspace_list_workspaces"
    assert way("code_source", "code-a", **IN_11001) == ("aiworkspace_get_code_source", {"code_source_id": "code-a"})
    assert way("code_source", "code-a", offered={lister}, **IN_11001) == (lister, LISTED)
    assert way("code_source", "trainer", **IN_11001) == (lister, LISTED)
    assert way("code_source", "trainer") == (workspaces, {})
    assert way("code_source", "trainer", WorkspaceId=11001) == (workspaces, {})


def test_a_step_is_named_even_where_no_tool_that_shows_it_is_offered() -> None:
    assert way("dataset", "d-abc", offered=set()) == ("aiworkspace_list_datasets", {"dataset_ids": "d-abc"})


def test_the_step_of_a_name_reads_what_was_meant_and_says_so() -> None:
    known = [Seen("d-1", {"Name": "other"}), Seen("d-2", {"Name": "corpus"})]
    assert way("dataset", "Corpus", known) == ("aiworkspace_get_dataset", {"dataset_id": "d-2"})
    call = call_of("CreateJob")
    assert next_step(item("dataset", "corpus"), known, call, ALL).why == "Shows what Field means."
    assert next_step(item("dataset", "d-3"), known, call, ALL).why == "Shows whether Field exists."


@pytest.mark.parametrize(
    ("kind", "about", "what", "rule"),
    [
        ("image", {"Name": "Pytorch"}, "an ImageUri", "R02"),
        ("image", {"ImageId": "pytorch"}, "an ImageUri", "R02"),
        ("dataset", {"Name": "pytorch"}, "a dataset", "R03"),
        ("code_source", {"DisplayName": "pytorch"}, "a code source", "R04"),
    ],
)
def test_r02_r03_r04_a_name_in_place_of_an_id_is_refused_with_the_id(
    kind: str, about: dict[str, Any], what: str, rule: str
) -> None:
    text = reason_text(item(kind, "PyTorch"), [Seen("x-1", {"Name": "else"}), Seen("x-2", about)])
    assert text == f"Field 'PyTorch' is another name of {what}: give 'x-2' ({rule})"


@pytest.mark.parametrize("value", ["A10", "GPU", "Lingjun"])
def test_r21_a_gpu_type_is_not_taken_for_the_name_of_one_instance_type(value: str) -> None:
    about = {"GpuType": "A10", "AcceleratorType": "GPU", "ResourceType": "Lingjun", "IsAvailable": True}
    assert intended(value, [Seen("ecs.gn7i", about)]) is None


@pytest.mark.parametrize("value", ["None", "none"])
def test_a_missing_name_is_nobodys_name(value: str) -> None:
    assert intended(value, [Seen("d-1", {}), Seen("d-2", {"Name": "corpus"})]) is None


def test_the_two_nearest_are_named_and_nothing_is_said_where_nothing_is_near() -> None:
    known = [Seen(one) for one in ("torch-24", "torch-25", "torch-2", "zzz")]
    text = reason_text(item("image", "torch-2x"), known)
    hint = "the nearest shown: 'torch-2', 'torch-25'"
    ways = "an image of others: register it (aiworkspace_add_image, R39) or allow it by --image-prefixes"
    assert text == f"Field 'torch-2x' was not shown to you as an ImageUri here; {hint}; {ways} (R02)"
    alone = reason_text(item("dataset", "d-unlike"), [Seen("zzz")])
    assert alone == "Field 'd-unlike' was not shown to you as a dataset here (R03)"


@pytest.mark.parametrize(("shown", "near"), [("abxy", ["abxy"]), ("axyz", [])])
def test_an_id_is_near_from_half_of_its_characters_on(shown: str, near: list[str]) -> None:
    assert nearest("abcd", [shown]) == near


def test_a_long_value_is_truncated_in_the_sentence_and_an_address_to_be_copied_is_not_at_once() -> None:
    text = reason_text(item("image", LONG), [Seen(LONG + "m")])
    assert len(text) < 500
    assert text.count("nnnn" * 20) >= 2
    said = f"another name of an ImageUri: give {'i' * 320!r} (R02)"
    assert reason_text(item("image", "torch"), [Seen("i" * 321, {"Name": "torch"})]).endswith(said)
    shown = f"Field {'n' * 160!r} was not shown to you as a dataset here; the nearest shown: {'n' * 160!r} (R03)"
    assert reason_text(item("dataset", LONG), [Seen(LONG + "m")]) == shown
    address = "registry.example/" + "u" * 200
    assert repr(address) in reason_text(item("image", "torch"), [Seen(address, {"Name": "torch"})])


def test_every_kind_that_is_refused_has_words_and_a_step() -> None:
    required = [leaf.kind for one in operations() for leaf in one.requirements]
    refused = {kind.name: kind for kind in required if kind is not None and not kind.is_advice}
    assert refused == KINDS
    assert all(kind.words and kind.rule for kind in refused.values())
    assert all(way(kind, "x")[0] in ALL for kind in refused)


def listed(id: str, gpu: int = 1, kind: str = "V100", *, stock: bool = True) -> Seen:
    return Seen(id, {"Gpu": gpu, "GpuType": kind, "IsAvailable": stock})


def test_r21_alternatives_have_the_same_gpu_first_as_many_of_them_and_are_in_stock() -> None:
    known = [listed("a10", kind="A10"), listed("gone", stock=False), listed("two", 2), listed("v100")]
    assert alternatives(listed("mine", stock=False), known) == ["v100", "a10"]


def test_r21_three_alternatives_are_named() -> None:
    assert alternatives(listed("mine"), [listed(f"s{number}") for number in range(5)]) == ["s0", "s1", "s2"]


def test_r77_the_nearest_of_many_long_ids_is_aligned_with_the_likeliest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aligning costs the product of the lengths: what is compared is short, and few."""
    compared: list[str] = []
    real = suggestions.difflib.get_close_matches

    def counted(word: str, possibilities: list[str], **more: Any) -> list[str]:
        compared.extend([word, *possibilities])
        return real(word, possibilities, **more)

    monkeypatch.setattr(suggestions.difflib, "get_close_matches", counted)
    prefix = "registry.example/" + "n" * 5_000
    ids = [f"{prefix}/torch:{number}" for number in range(2_000)]
    assert nearest(f"{prefix}/torch:1777x", ids)[0] == f"{prefix}/torch:1777"
    assert len(compared) == 1 + suggestions.MOST_ALIGNED
    assert {len(one) for one in compared} == {suggestions.COMPARED_CHARS}


@pytest.mark.parametrize(
    ("value", "other", "decoy"),
    [
        ("abxcdyefz", "ab1cd2ef3", "abx4567{:02}"),
        ("abcdefgh", "a1b2c3gh", "4567{:02}"),
        ("abcdefgh", "a1cd2f3g4", "4567{:02}h"),
    ],
    ids=["pairs and not triples", "the last pair", "no single letter"],
)
def test_of_many_ids_those_that_share_the_most_pairs_of_letters_are_aligned(value: str, other: str, decoy: str) -> None:
    """Twenty others share less and stand before it."""
    assert nearest(value, [*(decoy.format(number) for number in range(20)), other]) == [other]
