"""How arguments are read: names, faults in words, several faults in one, and the controls of each tool."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from pai_dlc_mcp.api import catalog
from pai_dlc_mcp.arguments import (
    MOST_EXPLAINED,
    MOST_FAULTS,
    ControlInput,
    PlainControlInput,
    accepted,
    combined,
    controls_of,
    nearest,
    parse,
    resolved,
    split,
    taken,
    unknown,
    validate,
)
from pai_dlc_mcp.config.settings import Settings
from pai_dlc_mcp.errors import DiscoveryRequired, InvalidArguments, NextStep, PaiError
from pai_dlc_mcp.operation import Tool
from pai_dlc_mcp.runtime import Controls
from pai_dlc_mcp.shapes import Input, Shape, may, need
from pai_dlc_mcp.toolsets import composites, enabled


class Part(Shape):
    Colour: Literal["Red", "Green"] = need("Its colour.", rule="R10")
    Length: int | None = may("Its length.", ge=1, le=9)
    Inner: Part | None = may("A part of it.", rule="R14")
    WorkspaceId: str | None = may("Whose it is.")


class MakeThing(Input):
    """Make a thing."""

    thing_name: str = need("Its name.", max_length=5)
    parts: list[Part] | None = may("Its parts.")
    kind: Literal["small", "large"] | None = may("How large.", rule="R17")
    id_of: str | None = may("An id.", api="TheID")
    workspace_id: str | None = may("Its workspace.")
    notes: dict[str, str] | None = may("Anything.")


Fault = tuple[str | None, str | None, str]


def faults(is_read: bool = False, **given: Any) -> list[Fault]:
    found = parse(MakeThing, {"thing_name": "a", **given}, tool="make_thing", is_read=is_read)
    assert (found.inputs is None) is bool(found.faults)
    return [(fault.field, fault.rule, fault.message) for fault in found.faults]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"thing_name": None}, ("thing_name", None, "thing_name is required.")),
        (
            {"thing_name": "abcdef"},
            ("thing_name", None, "thing_name should have at most 5 characters."),
        ),
        (
            {"kind": "smal"},
            ("kind", "R17", "kind must be 'small' or 'large', exact case (did you mean small?)."),
        ),
        ({"kind": "xyz"}, ("kind", "R17", "kind must be 'small' or 'large', exact case.")),
        ({"parts": 5}, ("parts", None, "parts should be a valid list.")),
        ({"parts": [{}]}, ("Parts[0].Colour", "R10", "Parts[0].Colour is required.")),
        (
            {"parts": [{"Colour": "red"}]},
            ("Parts[0].Colour", "R10", "Parts[0].Colour must be 'Red' or 'Green', exact case (did you mean Red?)."),
        ),
        (
            {"parts": [{"Colour": "Red"}, {"Colour": "Red", "Length": 0}]},
            ("Parts[1].Length", None, "Parts[1].Length should be greater than or equal to 1."),
        ),
        (
            {"parts": [{"Colour": "Red", "Lenght": 2}]},
            ("Parts[0].Lenght", "R29", "Parts[0].Lenght is not a field here (did you mean Length?)."),
        ),
        (
            {"parts": [{"Colour": "Red", "Inner": {"Colour": "Red", "Qqqq": 2}}]},
            ("Parts[0].Inner.Qqqq", "R29", "Parts[0].Inner.Qqqq is not a field here."),
        ),
        (
            {"parts": [{"Colour": "Red", "Inner": 5}]},
            ("Parts[0].Inner", "R14", "Parts[0].Inner {should}."),
        ),
        (
            {"notes": {"a": [1]}},
            ("Notes.a", None, "Notes.a should be a valid string."),
        ),
        ({"thingname": "x"}, ("thingname", "R29", "make_thing has no argument 'thingname'; did you mean thing_name?")),
        (
            {"qqqqqqqq": "x"},
            (
                "qqqqqqqq",
                "R29",
                "make_thing has no argument 'qqqqqqqq'; it takes thing_name, parts, kind, id_of, workspace_id, notes",
            ),
        ),
        ({"ThingName": "b"}, ("thing_name", None, "thing_name is given twice, once as 'ThingName'.")),
    ],
)
def test_a_fault_names_its_field_its_rule_and_what_is_wrong(given: dict[str, Any], fault: Fault) -> None:
    should = "should be an object"
    assert faults(**given) == [(fault[0], fault[1], fault[2].format(should=should))]


def test_a_workspace_that_is_wrong_comes_with_the_call_that_lists_them() -> None:
    listing = NextStep("aiworkspace_list_workspaces", {}, "Shows the workspaces and their ids.")
    for given in ({"workspace_id": [1]}, {"parts": [{"Colour": "Red", "WorkspaceId": [1]}]}):
        [fault] = parse(MakeThing, {"thing_name": "a", **given}, tool="make_thing").faults
        assert fault.next == [listing]
    [fault] = parse(MakeThing, {"thing_name": "a", "id_of": [1]}, tool="make_thing").faults
    assert fault.next == []


def test_either_spelling_is_taken_null_is_absent_and_what_was_given_is_kept_by_api_name() -> None:
    given = {"ThingName": "a", "TheID": 7, "parts": '[{"Colour": "Red"}]', "kind": None, "what_is_it": 1, "No": None}
    found = parse(MakeThing, given, tool="make_thing", known=("whatisthis",))
    assert found.raw == {"ThingName": "a", "TheID": "7", "Parts": [{"Colour": "Red"}], "WhatIsIt": 1}
    assert [fault.field for fault in found.faults] == ["what_is_it", "No"]
    assert found.faults[0].message.endswith("'what_is_it'; did you mean whatisthis?")
    right = validate(MakeThing, {"thing_name": "a", "TheID": 7.0, "kind": None}, tool="make_thing")
    assert (right.model_fields_set, right.id_of, right.kind) == ({"thing_name", "id_of"}, "7", None)


def test_what_cannot_be_read_is_one_fault_and_the_others_are_found_beside_it() -> None:
    assert faults(parts="[", kind="x", other=1) == [
        ("other", "R29", "make_thing has no argument 'other'; did you mean notes?"),
        ("parts", None, "parts is text that is not JSON; give the value itself or valid JSON."),
        ("kind", "R17", "kind must be 'small' or 'large', exact case."),
    ]
    assert faults(thing_name="null") == [
        ("thing_name", "R76", "thing_name is 'null', which stands for nothing; leave it out.")
    ]


def test_r76_a_blank_text_is_absent_for_an_optional_argument_of_a_read_alone() -> None:
    assert faults(True, kind=" ", thing_name="") == []
    assert faults(False, kind="") == [("kind", "R17", "kind must be 'small' or 'large', exact case.")]
    read = parse(MakeThing, {"thing_name": "", "kind": ""}, tool="make_thing", is_read=True)
    assert read.raw == {"ThingName": ""}


def test_the_nearest_names_come_best_first_whatever_their_case_and_underscores() -> None:
    known = ["job_id", "job_ids", "jobspecs", "display_name"]
    assert nearest("JobId", known) == ["job_id", "job_ids"]
    assert nearest("Display_Name", known, most=1) == ["display_name"]
    assert nearest("j_o_b_s", known, most=2) == ["job_ids", "jobspecs"]
    assert len(nearest("job", [f"job_{letter}" for letter in "abcdef"])) == 3
    assert nearest("zzz", known) == nearest("a", []) == []
    assert str(unknown("x", [], "T has no argument 'x'")) == "T has no argument 'x'; it takes none"
    assert unknown("x" * 90, [], "No").field == "x" * 80
    assert len(unknown("?", ["n" * 400, "m" * 400], "No").message) == len("No; ") + 600


def fault(number: int, kind: type[PaiError] = InvalidArguments, **more: Any) -> PaiError:
    return kind(f"Fault {number}.", field=f"f{number}", rule=f"R{number:02}", **more)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (2, "2 faults: Fault 0; Fault 1."),
        (8, f"8 faults: {'; '.join(f'Fault {number}' for number in range(8))}."),
        (9, f"9 faults: {'; '.join(f'Fault {number}' for number in range(8))}; 1 more."),
        (99, f"99 faults: {'; '.join(f'Fault {number}' for number in range(8))}; 91 more."),
        (100, f"100 faults or more: {'; '.join(f'Fault {number}' for number in range(8))}; 92 more."),
    ],
)
def test_several_faults_are_one_refusal_that_spells_out_the_first(count: int, words: str) -> None:
    given = [fault(number) for number in range(count)]
    whole = combined(given)
    assert (whole.message, whole.rule, whole.field) == (words, "R00", "f0")
    assert whole.several == given
    assert (MOST_FAULTS, MOST_EXPLAINED) == (8, 100)


def test_one_fault_stays_itself_and_several_keep_the_kind_of_the_first_and_each_next_call_once() -> None:
    alone = fault(0)
    assert combined([alone]) is alone
    step = NextStep("list_things", {"a": 1}, "Shows them.")
    others = [NextStep("list_things", {"a": 2}, "Shows others."), NextStep("list_more", {"a": 1}, "Shows more.")]
    whole = combined(
        [fault(0, DiscoveryRequired, next=[step]), fault(1, next=[step, others[0]]), fault(2, next=[others[1]])]
    )
    assert isinstance(whole, DiscoveryRequired)
    assert whole.next == [step, *others]


def test_r77_of_a_long_list_of_wrong_items_a_hundred_are_looked_into() -> None:
    assert len(faults(parts=[{"Colour": "Red", "Length": 0}] * 150)) == 100


DEFAULTS = Controls("concise", 8_000, None, False, 0)


@pytest.mark.parametrize(
    ("tool", "given", "found"),
    [
        ("dlc_get_job", {}, DEFAULTS),
        ("dlc_get_job", {"view": "full", "max_chars": 500}, Controls("full", 500)),
        ("dlc_stop_job", {"confirmation_token": "t"}, Controls(confirmation_token="t", wait_seconds=10)),
        ("dlc_stop_job", {"wait_seconds": 0}, Controls(wait_seconds=0)),
        ("dlc_stop_job", {"wait_seconds": "20"}, Controls(wait_seconds=20)),
        ("dlc_update_job", {}, DEFAULTS),
        ("dlc_create_job", {"allow_duplicate": True, "max_chars": 20_000}, Controls("concise", 20_000, None, True)),
        ("dlc_delete_job", {}, DEFAULTS),
    ],
)
def test_the_controls_that_are_not_given_are_the_tools_own(tool: str, given: dict[str, Any], found: Controls) -> None:
    declared = enabled(["all"])[tool]
    assert resolved(validate(controls_of(declared), given, tool=tool), declared) == found


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"region": "Hang Zhou"}, "region", "R75"),
        ({"region": "a" * 41}, "region", "R75"),
        ({"region": ""}, "region", "R75"),
        ({"view": "chart"}, "view", None),
        ({"max_chars": 499}, "max_chars", None),
        ({"max_chars": 20_001}, "max_chars", None),
        ({"confirmation_token": "t" * 2001}, "confirmation_token", None),
        ({"wait_seconds": -1}, "wait_seconds", None),
        ({"wait_seconds": 21}, "wait_seconds", None),
    ],
)
def test_a_control_out_of_its_bounds_is_refused(given: dict[str, Any], field: str, rule: str | None) -> None:
    found = parse(PlainControlInput, given, tool="t").faults
    assert [(fault.field, fault.rule) for fault in found] == [(field, rule)]
    good: dict[str, Any] = {"region": "a" * 40, "view": "full", "max_chars": 500, "wait_seconds": 20}
    assert parse(PlainControlInput, good | {"confirmation_token": "t" * 2000}, tool="t").faults == []
    assert parse(ControlInput, {"view": "chart"}, tool="t").faults == []


@pytest.mark.parametrize(
    ("name", "names", "more"),
    [
        ("dlc_get_job", ("region", "view"), ()),
        ("dlc_list_jobs", ("region", "view", "max_chars"), ()),
        ("dlc_get_pod_logs", ("region", "max_chars"), ()),
        ("dlc_get_job_metrics", ("region", "view", "max_chars"), ()),
        ("dlc_stop_job", ("region", "wait_seconds", "confirmation_token"), ()),
        ("dlc_create_job", ("region", "allow_duplicate", "confirmation_token"), ()),
        ("dlc_create_job_template", ("region", "allow_duplicate", "confirmation_token"), ()),
        ("dlc_get_token", ("region", "confirmation_token"), ()),
        ("aiworkspace_create_workspace", ("region",), ("create",)),
    ],
)
def test_a_tool_takes_the_controls_that_mean_something_for_it(
    name: str, names: tuple[str, ...], more: tuple[str, ...]
) -> None:
    """``more``: the effects that an operator may add to what is confirmed, and that this tool has."""
    tool = enabled(["all"])[name]
    assert taken(tool, Settings()) == names
    pages = ("preview_page",) if "confirmation_token" in names else ()
    always = tuple(dict.fromkeys((*names, "view", "max_chars", *pages)))
    assert accepted(tool, Settings()) == always
    for risk in ("create", "expose"):
        confirmed = Settings.model_validate({"confirm": risk})
        added = ("confirmation_token",) if risk in more else ()
        assert taken(tool, confirmed) == (*names, *added)


def _metrics() -> list[str]:
    return [tool.name for tool in enabled(["all"]).values() if controls_of(tool) is ControlInput]


def test_only_metrics_can_be_drawn() -> None:
    assert _metrics() == [name for name in _metrics() if name.endswith("_metrics")] != []
    assert all(controls_of(tool) is PlainControlInput for tool in composites())


@pytest.mark.parametrize("tool", [catalog.operation("StopJob"), catalog.operation("GetJob")], ids=lambda one: one.name)
def test_a_calls_own_arguments_and_ours_are_told_apart_by_name(tool: Tool) -> None:
    ours = {"region": "cn-hangzhou", "view": "full", "max_chars": 600}
    guarded = {"confirmation_token": "t", "wait_seconds": 5}
    own, controls = split(tool, {"job_id": "dlc1", "allow_duplicate": True, **ours, **guarded}, Settings())
    if tool.name == "dlc_stop_job":
        assert (own, controls) == ({"job_id": "dlc1", "allow_duplicate": True}, {**ours, **guarded})
    else:
        assert (own, controls) == ({"job_id": "dlc1", "allow_duplicate": True, **guarded}, ours)


def test_an_argument_of_the_operation_with_the_name_of_a_control_is_the_operations() -> None:
    clashing = [
        (tool, name)
        for tool in enabled(["all"]).values()
        for name in accepted(tool, Settings())
        if name in tool.inputs.model_fields
    ]
    for tool, name in clashing:
        assert split(tool, {name: "x"}, Settings()) == ({name: "x"}, {})


def test_r77_of_thousands_of_unknown_names_no_more_are_explained_than_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []

    def close(word: str, *_: Any, **__: Any) -> list[str]:
        compared.append(word)
        return []

    monkeypatch.setattr("pai_dlc_mcp.arguments.difflib.get_close_matches", close)
    given = {f"unknown{number}": 1 for number in range(5_000)} | {"x" * 1_000_000: 1}
    parsed = parse(catalog.operation("ListJobs").inputs, given, tool="dlc_list_jobs")
    assert parsed.inputs is None
    assert len(parsed.faults) == len(compared) == MOST_EXPLAINED
    nearest("y" * 1_000_000, ["job_id"])
    assert len(compared[-1]) == 200
