"""From an outcome to what leaves: the envelope, the concise views, and the same facts as text, whole."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.api.catalog import operation
from pai_dlc_mcp.arguments import validate
from pai_dlc_mcp.errors import Notice
from pai_dlc_mcp.operation import Rows, card, rows, samples
from pai_dlc_mcp.protocol.result import Answer, compact, plainly, presented, table, thing
from pai_dlc_mcp.runtime import Call, Caller, Controls, Outcome
from pai_dlc_mcp.views import FIXED, concise, dig, pick
from support.fake_cloud import call_of


def the_call(name: str, **controls: Any) -> Call:
    chosen = operation(name)
    inputs = validate(chosen.inputs, chosen.example, tool=chosen.name)
    return Call(chosen, inputs, chosen.wire_arguments(inputs), "cn-hangzhou", Caller("ada"), Controls(**controls))


def test_an_answer_is_the_contracts_envelope_and_its_text_says_the_same() -> None:
    call = the_call("StopJob")
    call.confirmed_by = "human"
    call.notice("R33", "It is stopping.")
    answer = presented(call, Outcome({"JobId": "dlc1"}, "req-1", {"body": "longer than was read"}))
    assert answer.structured == {
        "ok": True,
        "region": "cn-hangzhou",
        "data": {"JobId": "dlc1"},
        "request_id": "req-1",
        "notices": [{"rule": "R33", "message": "It is stopping."}],
        "truncated": {"body": "longer than was read"},
        "confirmed_by": "human",
    }
    assert answer.text == (
        "region: cn-hangzhou\nJobId: dlc1\nconfirmed_by: human\nnotice [R33]: It is stopping.\n"
        'cut: {"body":"longer than was read"}\nrequest id: req-1'
    )
    assert (answer.is_error, answer.image) == (False, None)


def test_an_answer_without_anything_beside_its_data_says_nothing_beside_it() -> None:
    answer = presented(the_call("GetJob"), Outcome({"JobId": "dlc1", "Status": "Running"}))
    assert answer.structured == {
        "ok": True, "region": "cn-hangzhou", "data": {"JobId": "dlc1", "Status": "Running"}, "request_id": None,
        "notices": [], "truncated": None,
    }  # fmt: skip
    assert answer.text == "region: cn-hangzhou\nJobId: dlc1\nStatus: Running"


def test_a_list_is_a_table_with_its_counts_and_a_bare_one_a_table_alone() -> None:
    jobs = [{"JobId": "dlc1", "Status": "Running"}, {"JobId": "dlc2", "DisplayName": "a|b"}]
    answer = presented(the_call("ListJobs"), Outcome({"Jobs": jobs, "TotalCount": 2, "Other": 1}))
    assert answer.structured["data"]["TotalCount"] == 2
    assert "Other" not in answer.structured["data"]
    lines = answer.text.splitlines()
    columns = lines[2].split(" | ")
    assert lines[1] == "Jobs (2):"
    assert set(columns) == {"JobId", "Status", "DisplayName"}
    given = [{name: str(row.get(name, "")).replace("|", "\\|") for name in columns} for row in jobs]
    assert lines[3:5] == [" | ".join(row[name] for name in columns) for row in given]
    assert lines[5:] == ["TotalCount: 2"]
    bare = presented(the_call("ListJobs"), Outcome({"Jobs": [{"JobId": "dlc1"}]}))
    assert bare.text == "region: cn-hangzhou\nJobId\ndlc1"


@pytest.mark.parametrize(
    ("view", "field", "data"),
    [
        ("full", "Oddity", {"JobId": "dlc1", "Oddity": 1}),
        ("concise", None, {"JobId": "dlc1"}),
    ],
)
def test_the_full_view_gives_what_the_concise_one_leaves_out(
    view: str, field: str | None, data: dict[str, Any]
) -> None:
    answer = presented(the_call("GetJob", view=view), Outcome({"JobId": "dlc1", "Oddity": 1}))
    assert answer.structured["data"] == data


def test_r64_lines_of_a_log_stand_under_a_name_that_marks_them_and_beside_what_else_was_said() -> None:
    lines = operation("GetPodLogs").lines
    assert lines is not None
    answer = presented(the_call("GetPodLogs"), Outcome({lines.field: ["one", "two"], "PodId": "p0"}))
    assert answer.structured["data"] == {"PodId": "p0", lines.shown_as: ["one", "two"]}
    assert answer.text == f"region: cn-hangzhou\nPodId: p0\n{lines.shown_as} (2):\n| one\n| two"
    empty = presented(the_call("GetPodLogs", view="full"), Outcome({"PodId": "p0"}))
    assert empty.structured["data"] == {"PodId": "p0", lines.shown_as: []}


def test_r67_secrets_of_the_job_that_the_call_was_about_are_masked_in_every_view() -> None:
    for view in ("concise", "full"):
        call = the_call("GetJobEvents", view=view)
        call.known.job = {"JobId": "dlc1", "Envs": {"MY_TOKEN": "s3cr3t-value-of-mine"}}
        answer = presented(call, Outcome({"Events": ["started with s3cr3t-value-of-mine"]}))
        assert "s3cr3t-value-of-mine" not in answer.text + compact(answer.structured)
        assert "started with" in answer.text


def test_r65_what_an_operation_is_there_to_hand_out_is_given() -> None:
    handing = operation("GetToken")
    assert handing.hands_out
    word = "Zm9vYmFyYmF6cXV4" * 4
    answer = presented(the_call("GetToken"), Outcome({handing.hands_out: word, "Password": word}))
    assert answer.structured["data"][handing.hands_out] == word
    assert answer.structured["data"].get("Password") != word


def test_the_text_of_a_wide_table_that_is_too_long_is_the_structure_itself() -> None:
    """Rows that have few fields in common."""
    view = operation("ListJobs").view
    assert isinstance(view, Rows)
    columns = [name for name in view.columns if name not in FIXED]  # the call names the workspace
    data = {"Jobs": [{columns[number % len(columns)]: "x"} for number in range(60)]}
    whole = presented(the_call("ListJobs", max_chars=20_000), Outcome(data))
    assert whole.text == "region: cn-hangzhou\n" + table(data["Jobs"])
    size = len(compact(whole.structured))
    assert len(whole.text) > size
    small = presented(the_call("ListJobs", max_chars=size), Outcome(data))
    assert small.text == compact(small.structured) == compact(whole.structured)
    exact = presented(the_call("ListJobs", max_chars=len(whole.text)), Outcome(data))
    assert exact.text == whole.text


@pytest.mark.parametrize(("count", "is_shortened"), [(8, False), (9, True)])
def test_many_notices_are_fewer_and_shorter_where_they_would_take_a_quarter(count: int, is_shortened: bool) -> None:
    call = the_call("GetJob", max_chars=20_000)
    call.notices = [Notice("R22", f"{number}" * 301) for number in range(count)]
    told = presented(call, Outcome({"JobId": "dlc1"})).structured["notices"]
    assert len(told) == count
    size = len(compact(told))
    call.controls = Controls(max_chars=4 * size - (4 if is_shortened else 0))
    again = presented(call, Outcome({"JobId": "dlc1"})).structured["notices"]
    kept = [{"rule": "R22", "message": f"{number}" * 300} for number in range(min(count, 8))]
    assert again == (kept if is_shortened else told)


def test_where_not_even_the_frame_fits_the_first_facts_stay_longest() -> None:
    call = the_call("CreateJob", max_chars=500)
    call.notices = [Notice("R22", "n" * 400)] * 2
    answer = presented(call, Outcome({"JobId": "dlc1", "Rest": "x" * 900}, "req-1", {"why": "w" * 300}))
    assert answer.structured["data"] == {}
    assert answer.structured["notices"] == []
    assert answer.structured["truncated"] == {"cut": ["everything but the first facts"]}
    smaller = presented(the_call("CreateJob", max_chars=500), Outcome({"JobId": "dlc1", "Rest": "x" * 900}, "req-1"))
    assert smaller.structured["data"]["JobId"] == "dlc1"


def test_r25_of_an_act_whose_answer_cannot_be_shown_the_ids_are() -> None:
    call = the_call("CreateJob")
    call.confirmed_by = "two_step"
    outcome = Outcome({"JobId": "d" * 201, "Name": "x", "QuotaId": 5}, "req-1")
    answer = plainly(call, outcome)
    assert answer.structured == {
        "ok": True,
        "region": "cn-hangzhou",
        "data": {"JobId": "d" * 200, "QuotaId": "5"},
        "request_id": "req-1",
        "notices": [{"rule": "R25", "message": "It was carried out; the rest of its answer cannot be shown."}],
        "truncated": None,
        "confirmed_by": "two_step",
    }
    assert answer == Answer(answer.structured, compact(answer.structured))
    odd = plainly(the_call("CreateJob"), Outcome(["x"]))  # type: ignore[arg-type]  # whatever the service said
    assert odd.structured["data"] == {}
    assert "confirmed_by" not in odd.structured


JOB = {"A": 1, "B": "", "C": None, "D": [], "E": {}, "F": 0, "G": False, "H": {"X": 1, "Y": {"Z": 2}}}
JOB |= {"L": [{"X": 1, "Y": 2}, {"X": 3}, "odd"]}


@pytest.mark.parametrize(
    ("names", "picked"),
    [
        ("A B C D E F G Missing", {"A": 1, "F": 0, "G": False}),
        ("H.X", {"H": {"X": 1}}),
        ("H.Y.Z H.X", {"H": {"Y": {"Z": 2}, "X": 1}}),
        ("L.X", {"L": [{"X": 1}, {"X": 3}, "odd"]}),
        ("L.X L.Y", {"L": [{"X": 1, "Y": 2}, {"X": 3}, "odd"]}),
        ("H", {"H": {"X": 1, "Y": {"Z": 2}}}),
        ("A.X", {"A": 1}),
        ("F A", {"F": 0, "A": 1}),
    ],
)
def test_a_view_picks_the_fields_that_hold_something_and_keeps_their_nesting(
    names: str, picked: dict[str, Any]
) -> None:
    found = pick(JOB, tuple(names.split()), {})
    assert found == picked
    assert list(found) == list(picked)
    assert pick("odd", ("A",), {}) == "odd"


def test_a_value_is_found_by_its_path() -> None:
    assert dig({"A": {"B": [1]}}, "A.B") == [1]
    assert dig({"A": 1}, "") == {"A": 1}
    assert (dig({"A": 1}, "A.B"), dig([1], "A"), dig({}, "A.B")) == (None, None, None)


class _Declared:
    """As much of an operation as a view needs."""

    def __init__(self, view: Any) -> None:
        self.view = view


@pytest.mark.parametrize(
    ("view", "data", "shown"),
    [
        (None, {"A": 1}, {"A": 1}),
        (samples("m"), {"A": 1}, {"A": 1}),
        (card("A B"), {"A": 1, "C": 2}, {"A": 1}),
        (card("X"), {"A": 1}, {"A": 1}),
        (
            rows("P.Q", "A"),
            {"P": {"Q": [{"A": 1, "B": 2}, "odd"]}, "TotalCount": 0},
            {"Q": [{"A": 1}, "odd"], "TotalCount": 0},
        ),
        (rows("Q", "A"), {"Q": [[{"A": 1}], [{"A": 2}, {"B": 3}]]}, {"Q": [{"A": 1}, {"A": 2}, {}]}),
        (rows("Q", "A"), {"Q": {"A": 1}, "X": 2}, {"Q": {"A": 1}, "X": 2}),
        (
            rows("Q", "A"),
            {"Q": [], "NextToken": "n", "NextPageToken": None, "PageNumber": 2, "PageSize": 5, "RequestId": "r"},
            {"Q": [], "NextToken": "n", "PageNumber": 2, "PageSize": 5},
        ),
    ],
)
def test_the_concise_view_of_an_answer(view: Any, data: dict[str, Any], shown: dict[str, Any]) -> None:
    assert concise(_Declared(view), data, {}) == shown  # type: ignore[arg-type]  # the one field that is read


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "A: "),
        (True, "A: true"),
        (1.5, "A: 1.5"),
        ("x\ty", "A: x y"),
        ("x\r\ny", "A:\n| x\r\n| y"),
        ("one\ntwo", "A:\n| one\n| two"),
        ({"B": "é"}, 'A: {"B":"é"}'),
        ({"B": "x" * 112}, f'A: {{"B":"{"x" * 112}"}}'),
        ({"B": "x" * 113, "C": 1}, f"A:\n  B: {'x' * 113}\n  C: 1"),
        ([], "A: []"),
        (["a", "b"], "A (2): a, b"),
        (["a, b", "c"], "A (2):\n| a, b\n| c"),
        (["a\nb"], "A (1):\n| a\n| b"),
        (["x" * 120], f"A (1): {'x' * 120}"),
        (["x" * 60, "y" * 61], f"A (2):\n| {'x' * 60}\n| {'y' * 61}"),
        (["a", 1], 'A: ["a",1]'),
        ([{"B": 1}, {"C": "x"}], "A (2):\nB | C\n1 | \n | x"),
        ([{"B": 1}, 2], 'A: [{"B":1},2]'),
    ],
)
def test_each_form_of_a_value_as_text(value: Any, text: str) -> None:
    assert thing({"A": value}) == text


def test_r64_lines_of_others_are_never_a_list_of_words() -> None:
    assert thing({"untrusted_log": ["a", "b"]}) == "untrusted_log (2):\n| a\n| b"
    assert thing({"A": 1, "B": 2}) == "A: 1\nB: 2"


def test_a_composites_answer_is_shown_as_it_is() -> None:
    from pai_dlc_mcp.toolsets import composites

    call = call_of("GetJob")
    call.tool = next(tool for tool in composites() if tool.name == "dlc_wait_for_job")
    answer = presented(call, Outcome({"what": ["is", "this"], "logs": []}))
    assert answer.structured["data"] == {"what": ["is", "this"], "logs": []}
