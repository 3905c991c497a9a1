"""The log reader: prefixes off, records whole, tracebacks followed, times understood."""

from __future__ import annotations

import json
import time

import pytest
from evals.diagnosis import FAILURES, load
from evals.recorded_job import RecordedJob

from pai_dlc_mcp.composites.diagnose import records
from pai_dlc_mcp.composites.diagnose.causes import signal_of
from pai_dlc_mcp.composites.diagnose.deaths import DEATH, death_in
from pai_dlc_mcp.composites.diagnose.evidence import read_log
from pai_dlc_mcp.composites.diagnose.prefixes import EXCEPTION, Habit, Record, split_prefixes
from pai_dlc_mcp.composites.diagnose.records import LINE_CHARS, read_records
from pai_dlc_mcp.composites.diagnose.stamps import dated, seconds_in, shift_to_utc
from pai_dlc_mcp.composites.diagnose.text import AFTER_CHARS, BEGINNING_CHARS, FRONT_CHARS, QUOTE_CHARS, quoted
from pai_dlc_mcp.timestamps import seconds_of

AT = seconds_of("2026-11-25T18:40:01Z")


def one(line: str) -> Record:
    (record,) = read_records([line])
    return record


@pytest.mark.parametrize(("before", "count"), [("", 1), ("traceback : ", 1), ("worker 3 failed: ", 2)])
def test_a_traceback_is_one_record_and_words_before_it_are_another(before: str, count: int) -> None:
    lines = [f"{before}Traceback (most recent call last):", '  File "a.py", line 1, in f', "ValueError: no"]
    records = read_records(lines)
    assert len(records) == count
    assert (records[-1].name, records[-1].message) == ("ValueError", "ValueError: no")


@pytest.mark.parametrize(
    ("line", "rank", "level"),
    [
        ("[rank12]: ready", 12, ""),
        ("2026-11-24 08:20:01,222 - data.py:88 - ERROR - ready", None, "error"),
        ("2026-11-24 08:20:01,222 data.py:88: ERROR: ready", None, "error"),
        ("2026-11-24 08:20:01 ERROR src/data.cc:88 ready", None, "error"),
        ("[default0]:[rank12]: ready", 12, ""),
        ("[1,3]<stderr>:ready", 3, ""),
        ("[rank3]:[E1125 18:40:01.118 ProcessGroupNCCL.cpp:632] [Rank 3] ready", 3, "error"),
        ("(EngineCore_DP0 pid=17) ERROR 11-25 18:40:01 [core.py:718] ready", None, "error"),
        ("(APIServer pid=1) (Worker pid=2) ready", None, ""),
        ("2026-11-25 18:40:01,118 - trainer.loop - WARNING - ready", None, "warning"),
        ("[2026-11-25 18:40:01,118] [INFO] [launch.py:315:main] ready", None, "info"),
        ("\x1b[36m(pid=77, ip=10.0.0.7)\x1b[0m ready", None, ""),
        ("2026-11-25 18:40:01.118: E tensorflow/core/x.cc:33] ready", None, "error"),
        ("26/11/25 18:40:01 ERROR ready", None, "error"),
        ("08/04 16:01:52 - mmengine - WARNING - ready", None, "warning"),
        ("[NeMo E 2024-03-21 12:53:36 nemo_logging:378] ready", None, "error"),
        ("[LightGBM] [Fatal] ready", None, "fatal"),
        ("[2024-05-01 10:00:00,123][src.utils.utils][ERROR] - ready", None, "error"),
        ("[2024-01-01 10:00:00] [   ERROR] - ready", None, "error"),
        ('time="2024-05-01T10:00:00Z" level=error msg="ready"', None, "error"),
        ("2026-02-17T14:02:11 (asr.sh:306:main) ready", None, ""),
        ("worker-1: ready", None, ""),
        ("stderr: ready", None, ""),
    ],
)
def test_prefixes_are_taken_off_and_their_facts_kept(line: str, rank: int | None, level: str) -> None:
    record = one(line)
    assert record.message == "ready"
    assert (record.rank, record.level) == (rank, level)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25T18:40:01Z",
        "2026-11-25 18:40:01,000",
        "2026/11/25 18:40:01",
        "2026-11-26T02:40:01+08:00",
        "11/25/2026 18:40:01",
        "11/25/2026 06:40:01 PM",
        "26/11/25 18:40:01",
        "25/Nov/2026:18:40:01",
        "Wed Nov 25 18:40:01 2026",
    ],
)
def test_a_time_is_understood_in_the_forms_that_programs_write(text: str) -> None:
    assert seconds_in(text) == AT


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-11-25T18:40:01Z", "2026-11-25 18:40:01,000", "[2026-11-25 18:40:01]", "2026/11/25 18:40:01",
        "11/25/2026 18:40:01", "26/11/25 18:40:01", "Wed Nov 25 18:40:01 2026", "Nov 25 18:40:01", "11-25 18:40:01",
        "18:40:01",
    ],
)  # fmt: skip
@pytest.mark.parametrize("level", ["ERROR ", "ERROR: ", "[ERROR] ", "error: ", ""])
def test_a_time_in_front_of_a_message_is_taken_off_in_every_form(stamp: str, level: str) -> None:
    record = one(f"{stamp} {level}the disk is full")
    assert record.message == "the disk is full"
    assert bool(record.stamp)
    assert record.level == ("error" if level else "")


@pytest.mark.parametrize(("letter", "level"), [("E", "error"), ("W", "warning"), ("F", "fatal"), ("I", "info")])
def test_glogs_prefix_says_level_place_and_time_where_it_bears_one(letter: str, level: str) -> None:
    dated_one = one(f"{letter}1125 18:40:01.000000 140 disk_io.cc:12] the disk is full")
    assert (dated_one.message, dated_one.level, dated_one.place) == ("the disk is full", level, "disk_io.cc:12")
    assert dated_one.stamp == "1125 18:40:01.000000"
    bare = one(f"[{letter} disk_io.cpp:12] the disk is full")
    assert (bare.message, bare.level, bare.place, bare.stamp) == ("the disk is full", level, "disk_io.cpp:12", "")


@pytest.mark.parametrize("text", ["E1125 18:40:01.000000", "11-25 18:40:01", "11/25 18:40:01", "Nov 25 18:40:01"])
def test_a_date_without_a_year_is_put_next_to_the_jobs_own_times(text: str) -> None:
    at = seconds_in(text)
    assert at is not None
    assert AT is not None
    assert dated(at, AT + 86_400) == AT


def test_a_log_in_local_time_is_shifted_by_whole_quarters_of_an_hour() -> None:
    began = 1_800_000_000.0
    assert shift_to_utc([began + 8 * 3600 + 100], [began + 8 * 3600 + 10], began, began + 120) == -8 * 3600
    assert shift_to_utc([began + 100], [began + 10], began, began + 120) == 0
    assert shift_to_utc([], [began + 8 * 3600 + 10], began, began + 120) == 0
    assert shift_to_utc([began + 8 * 3600 + 100], [], began, began + 120) == 0


def test_a_traceback_is_one_record_and_its_frames_none() -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in f',
        "    raise X",
        "ValueError: no",
        "more",
    ]
    (record,) = read_records(lines)
    assert (record.kind, record.name, record.text) == (EXCEPTION, "ValueError", "ValueError: no\nmore")


@pytest.mark.parametrize("stamp", ["2027-01-15T08:00:00.123456789Z ", "2027-01-15 08:00:00 [rank4]: ", "08:00:00.123 "])
def test_a_traceback_behind_times_keeps_its_frames(stamp: str) -> None:
    lines = ["Traceback (most recent call last):", '  File "a.py", line 1, in f', "    run(x)", "ValueError: no"]
    (record,) = read_records([stamp + line for line in lines])
    assert (record.name, record.traced, record.frame, record.code) == ("ValueError", True, "a.py", "run(x)")
    (padded,) = read_records(["2027-01-15 08:00:00,123   ERROR it broke"])
    assert (padded.level, padded.message) == ("error", "it broke")


def test_a_traceback_without_its_first_line_keeps_its_frames() -> None:
    lines = ["Unhandled error: ray::Worker.fit()", '  File "a.py", line 1, in f', "    run(x)", "ValueError: no"]
    (record,) = read_records(lines)[1:]
    assert (record.name, record.traced, record.frame, record.code) == ("ValueError", True, "a.py", "run(x)")
    assert read_records([*lines[:-1], "note: nothing was raised"])[-1].name == ""
    assert read_records(["ValueError: defined at:", *lines[1:3], "the node is odd"])[0].more[-1] == "the node is odd"


def test_lines_without_prefixes_below_a_loggers_error_belong_to_it() -> None:
    error = "2027-01-15 08:00:00,000 ERROR the answer was <?xml?>"
    body = ["<Fault>", "<Code>InvalidName</Code>"]
    assert read_records([error, *body])[0].more == body
    for apart in (
        "",
        "2027-01-15 08:00:01,000 INFO next",
        "step 7 | loss 2.3",
        "x.sh: line 3: 7 Killed",
        "tool: error: no",
    ):
        assert read_records([error, *filter(None, [apart]), *([""] if not apart else []), *body])[0].more == [], apart
    assert read_records([error.replace("ERROR", "INFO"), *body])[0].more == []


def test_tracebacks_of_interleaved_ranks_are_kept_apart() -> None:
    lines = [
        "[rank0]: Traceback (most recent call last):",
        "[rank1]: Traceback (most recent call last):",
        '[rank0]:   File "a.py", line 1, in f',
        '[rank1]:   File "a.py", line 1, in f',
        "[rank1]: KeyError: 'x'",
        "[rank0]: ValueError: no",
    ]
    assert [(record.rank, record.name) for record in read_records(lines)] == [(1, "KeyError"), (0, "ValueError")]


def test_a_chain_says_how_its_parts_hang_together() -> None:
    trace = ["Traceback (most recent call last):", '  File "a.py", line 1, in f']
    lines = [*trace, "OSError: inner", "", "During handling of the above exception, another exception occurred:", ""]
    lines += [*trace, "RuntimeError: outer"]
    assert [record.link for record in read_records(lines)] == ["", "handling"]


@pytest.mark.parametrize(
    ("second", "level"),
    [("size mismatch for head.fc.weight: 1000, 6", "warning"), ("Illegal thing: memory fault", ""), ("数据 缺失", "")],
)
def test_a_line_right_below_a_loggers_warning_belongs_to_it_unless_it_tells_of_an_error(
    second: str, level: str
) -> None:
    warning = "08/04 16:01:52 - mmengine - WARNING - The model and loaded state dict do not match exactly"
    assert read_records([warning, "", second])[-1].level == level
    assert read_records([warning, "", "", "", second])[-1].level == ""
    assert read_records(["Warning: not a logger's", second])[-1].level == ""
    assert read_records([warning.replace("WARNING", "INFO"), second])[-1].level == ""


def test_frames_of_lua_are_no_records() -> None:
    lines = [
        "t7: File.lua:210: write error: 9 blocks",
        "\t[C]: in function 'write'",
        "\t/o/File.lua:210: in function 'w'",
    ]
    assert len(read_records(lines)) == 1


def test_a_boxed_traceback_leaves_only_its_exception() -> None:
    lines = [
        "╭──── Traceback (most recent call last) ────╮",
        "│ /code/train.py:44 in main │",
        "│ ❱ 44   raise OSError('No space left on device') │",
    ]
    lines += ["╰───────────────────────────────────────────╯", "ValueError: bad label"]
    assert [record.message for record in read_records(lines) if record.kind == EXCEPTION] == ["ValueError: bad label"]
    best = read_log(lines).best
    assert best is not None
    assert best.cause.code == "exception"


def test_a_progress_bar_does_not_hide_what_was_printed_behind_it() -> None:
    lines = [
        "  3%|▎  | 31/1000 [00:12<06:21, 2.54it/s]Traceback (most recent call last):",
        '  File "a.py", line 1',
        "KeyError: 1",
    ]
    assert read_records(lines)[-1].name == "KeyError"


def test_lines_of_a_json_logger_are_read_as_lines_of_a_log() -> None:
    record = one('{"time": "2026-11-25T18:40:01Z", "level": "error", "msg": "disk quota exceeded"}')
    assert (record.level, record.at, record.message) == ("error", AT, "disk quota exceeded")


@pytest.mark.parametrize("told", records._MESSAGES)
@pytest.mark.parametrize("when", records._TIMES)
@pytest.mark.parametrize("level", records._LEVELS)
@pytest.mark.parametrize("code", records._CODES)
def test_a_json_logger_is_read_under_every_name_that_it_gives_its_parts(
    told: str, when: str, level: str, code: str
) -> None:
    written = {told: "no room", when: "2026-11-25T18:40:01Z", level: "error", code: "DiskFull"}
    record = one(json.dumps(written))
    assert (record.level, record.at, record.message) == ("error", AT, "code: DiskFull: no room")
    assert one(json.dumps({**written, code: "7"})).message == "no room"
    assert one(json.dumps({**written, code: "E7"})).message == "code: E7: no room"
    assert one(json.dumps({level: "error", when: "x"})).level == "", "it has no message"


@pytest.mark.parametrize("name", records._STACKS)
def test_the_stack_of_a_json_logger_is_read_as_lines_or_behind_its_message(name: str) -> None:
    stack = 'Traceback (most recent call last):\n  File "/code/a.py", line 3, in run\nValueError: odd'
    found = read_records([json.dumps({"msg": "step failed", "level": "error", name: stack})])
    assert [record.name for record in found] == ["", "ValueError"]
    for level, message in (("error", "step failed: odd"), ("fatal", "step failed: odd"), ("info", "step failed")):
        assert read_records([json.dumps({"msg": "step failed", "level": level, name: "odd"})])[0].message == message


@pytest.mark.parametrize(("code", "signal"), [(-9, 9), (137, 9), (247, 9), (249, 7), (139, 11), (1, None), (255, None)])
def test_a_signal_is_known_in_every_launchers_spelling(code: int, signal: int | None) -> None:
    assert signal_of(code) == signal


def test_an_exception_that_was_gone_on_from_does_not_count() -> None:
    caught = [
        "Traceback (most recent call last):",
        '  File "a.py", line 1',
        "torch.OutOfMemoryError: CUDA out of memory.",
    ]
    steps = [f"step {number} loss 1.0" for number in range(5)]
    lines = [*caught, *steps, "Traceback (most recent call last):", '  File "a.py", line 2', "KeyError: 'x'"]
    best = read_log(lines).best
    assert best is not None
    assert best.text.startswith("KeyError")
    alone = read_log(caught).best
    assert alone is not None
    assert alone.cause.code == "gpu_memory"


def test_a_list_of_possibilities_is_no_fact() -> None:
    line = "This is usually caused by a segmentation fault or because CUDA out of memory"
    assert all(finding.cause.weight <= 1 for finding in read_log([line]).findings)


def test_a_quote_is_cut_around_the_words_that_decide_never_before_them() -> None:
    text = "mount failed: " + "x" * 600 + " access denied by server " + "y" * 600
    start = text.index("access denied")
    shown = quoted(text, start, start + 23)
    assert "access denied by server" in shown
    assert shown.startswith("mount failed")
    assert len(shown) < 500


def test_a_quote_of_many_lines_counts_the_marks_of_their_ends_before_it_is_cut() -> None:
    text = "\n".join(["x" * 18] * 14) + " denied " + "y" * 600
    end = text.index("denied") + 6
    assert end < QUOTE_CHARS - AFTER_CHARS < end + 13 * 2
    assert " ⏎ xxx" in quoted(text, end - 6, end)
    assert quoted(text, end - 6, end)[BEGINNING_CHARS : BEGINNING_CHARS + 3] == " … "
    assert len(text.partition("denied")[2]) > AFTER_CHARS


def test_hostile_lines_are_read_in_bounded_time() -> None:
    lines = ["[" * 5000, "(" * 5000, "a" * 200_000, "1 " * 5000, "%|" * 3000, '{"msg": ' * 500, "Traceback " * 900] * 5
    began = time.process_time()
    read_log(lines)
    assert time.process_time() - began < 20


def _lines_of_failures() -> list[str]:
    return [
        line for failure in load(FAILURES) for _, line in RecordedJob(failure).lines[failure["pods"][0]["rank"]][:30]
    ]


def test_what_was_learnt_of_earlier_lines_changes_nothing_in_how_a_line_is_read() -> None:
    habit = Habit()
    for line in _lines_of_failures():
        with_habit, without = split_prefixes(line, 0, False, habit), split_prefixes(line, 0, False, Habit())
        assert with_habit == without, line


def test_no_report_of_a_death_is_passed_over_for_its_words() -> None:
    reports = [line for line in _lines_of_failures() if DEATH.search(line)]
    assert len(reports) > 20
    assert [line for line in reports if death_in(line) is None] == []
    assert death_in("step 3 of 9, loss 2.1") is None


def test_a_note_above_the_first_frame_belongs_to_its_traceback() -> None:
    lines = ["Traceback (most recent call last):", "      (9 frames of the launcher are left out)",
             '  File "/code/a.py", line 3, in run', "    step()", "ValueError: odd"]  # fmt: skip
    (record,) = read_records(lines)
    assert (record.name, record.frame, record.code, record.traced) == ("ValueError", "/code/a.py", "step()", True)


def test_words_behind_a_traceback_that_ends_without_an_exception_are_records_of_their_own() -> None:
    lines = ["ValueError: first", "  more of it", "Traceback (most recent call last):",
             '  File "/code/a.py", line 3, in run', "    step()", "no name of one", "and more words"]  # fmt: skip
    found = read_records(lines)
    assert [record.message for record in found] == ["ValueError: first", "no name of one", "and more words"]
    assert [record.more for record in found][1:] == [[], []]


def test_the_front_of_a_message_is_its_beginning_and_no_more() -> None:
    assert Record(0, "x" * FRONT_CHARS + "y").front == "x" * FRONT_CHARS
    assert Record(0, "short").front == "short"


def test_a_line_that_holds_the_ends_of_several_is_several() -> None:
    assert [record.message for record in read_records(["INFO loaded\nERROR gone"])] == ["loaded", "gone"]


def test_where_every_line_bears_a_time_from_outside_the_text_below_an_exception_belongs_to_it() -> None:
    at = "2025-05-02T03:37:00.069001121Z "
    trace = ["Traceback (most recent call last):", '  File "a.py", line 1, in f', "    g()", "OddError: one:", "  two"]
    stamped = read_records([f"{at}{line}" for line in trace])
    assert [one.text for one in stamped] == ["OddError: one:\n  two"]
    logged = read_records([*trace[:4], f"{at}two"])
    assert [one.message for one in logged] == ["OddError: one:", "two"]
    levelled = read_records([f"{at}ERROR OddError: one", f"{at}two"])
    assert [one.message for one in levelled] == ["OddError: one", "two"]


def test_the_lines_of_a_build_and_names_from_a_module_of_exceptions_are_read() -> None:
    step = "#14 8.420 ERROR: No matching distribution found for torch==1.8.1+cpu"
    (built,) = read_records([step])
    assert (built.level, built.message) == ("error", "No matching distribution found for torch==1.8.1+cpu")
    assert read_records(["#14 0x00007f3c in start_thread ()"]) == []
    (raised,) = read_records(["[01:17:11.402]: torch._dynamo.exc.BackendCompilerFailed: backend='inductor' raised:"])
    assert raised.name == "torch._dynamo.exc.BackendCompilerFailed"


def test_numbered_frames_of_a_native_stack_are_left_out() -> None:
    frames = [
        " 3  /opt/hpcx/ucx/lib/libucp.so.0(ucp_wireup_init_lanes+0x3c9) [0x7f38ba7775f9]",
        "14  /opt/a.so(+0x1f) [0x1]",
    ]
    assert read_records(frames) == []
    assert len(read_records(["3  /opt/a.so (loaded)"])) == 1


def test_a_level_of_three_letters_is_read_behind_a_time() -> None:
    (found,) = read_records(["2022-05-06 05:25:53,617 ERR scripts.py:869 -- Some subprocesses exited"])
    assert (found.level, found.place) == ("error", "scripts.py:869")


def test_the_blank_lines_of_a_stack_in_json_end_no_exception() -> None:
    stack = "Traceback (most recent call last):\\n  File 'a'\\n\\nOddError: one\\n\\ntwo of it"
    (found,) = read_records([f'{{"level": "ERROR", "message": "failed", "exc_info": "{stack}"}}'])[-1:]
    assert (found.name, found.text.endswith("two of it")) == ("OddError", True)


def test_a_frame_on_the_line_of_its_traceback_is_read_whole() -> None:
    (found,) = read_records(
        ['Traceback (most recent call last):  File "/opt/a.py", line 1, in f', "    g()", "OddError: one"]
    )
    assert (found.name, found.traced) == ("OddError", True)


def test_the_last_functions_of_a_traceback_are_kept() -> None:
    frames = [line for name in "abcdefgh" for line in (f'  File "/opt/x.py", line 1, in {name}', f"    {name}()")]
    (found,) = read_records(["Traceback (most recent call last):", *frames, "OddError: one"])
    assert found.calls == tuple("cdefgh")
    assert found.sources == tuple(f"{name}()" for name in "cdefgh")


def test_a_line_of_the_most_characters_is_whole_and_one_longer_keeps_both_ends() -> None:
    (whole,) = read_records(["x" * LINE_CHARS])
    assert whole.message == "x" * LINE_CHARS
    (cut,) = read_records(["a" + "x" * LINE_CHARS + "b"])
    assert (cut.message[0], cut.message[-1], " … " in cut.message) == ("a", "b", True)


def test_a_traceback_in_the_lines_of_a_build_is_one_however_long_its_step_took() -> None:
    raised = [
        "Traceback (most recent call last):",
        '  File "/a.py", line 1, in f',
        "    g()",
        "OddError: one:",
        "  two",
    ]
    (found,) = read_records([f"#14 8.42{number} {line}" for number, line in enumerate(raised)])
    assert (found.process, found.name, found.traced, found.text) == ("#14", "OddError", True, "OddError: one:\n  two")
