"""``call``: arguments in every form, options anywhere, a person asked at the terminal, results in files and formats."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pai_dlc_emulator.accounts import KEYS
from pai_dlc_emulator.server import Emulator
from pai_dlc_mcp import cli
from pai_dlc_mcp.commands import call
from pai_dlc_mcp.commands.call_arguments import read_arguments
from pai_dlc_mcp.commands.rendering import joined, rendered
from pai_dlc_mcp.config.settings import OptionError
from pai_dlc_mcp.protocol.result import Answer
from support.forked_processes import started

ALICE = "EMULATORKEYALICE0000"
JOBS = "aiworkspace_list_workspaces"
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def environment(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    """What a process of ours needs to see the emulator as its cloud."""
    return {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(cli.__file__).parents[1]),
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ALICE,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEYS[ALICE].secret,
        "PAI_DLC_MCP_DLC_ENDPOINT": emulator.dlc,
        "PAI_DLC_MCP_AIWORKSPACE_ENDPOINT": emulator.aiworkspace,
        "PAI_DLC_MCP_REGION": "cn-hangzhou",
    }


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    from alibabacloud_credentials import client  # now, lest a busy machine spend a call's own time on it
    from alibabacloud_credentials.utils import auth_util

    assert client
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(auth_util, "environment_ecs_metadata_disabled", "true")  # no thread that asks for a role
    monkeypatch.setattr(auth_util, "environment_access_key_id", ALICE)
    monkeypatch.setattr(auth_util, "environment_access_key_secret", KEYS[ALICE].secret)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["call", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], {}),
        (['{"a": 1}'], {"a": 1}),
        (["a=1", "b=x=y"], {"a": "1", "b": "x=y"}),
        (["a=[1, 2]", 'b={"c": null}'], {"a": [1, 2], "b": {"c": None}}),
        (["a=-5", "b="], {"a": "-5", "b": ""}),
        (['{"a": 1, "b": 2}', "a=3"], {"a": "3", "b": 2}),
        (["a=3", '{"a": 1, "b": 2}'], {"a": "3", "b": 2}),
        (["-"], {"of": "stdin"}),
    ],
)
def test_arguments_are_read_in_every_form(words: list[str], expected: dict[str, Any]) -> None:
    assert read_arguments(words, io.StringIO('{"of": "stdin"}')) == expected


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["{"], "not valid JSON (line 1"),
        (["[]"], "takes an object"),
        (["words"], "is neither JSON nor"),
        (["{}", "-"], "takes one object"),
        (["a=1", "a=2"], "is given twice"),
        (["a=["], "a: not valid JSON"),
        (['{"a": 1, "a": 2}'], "stands twice"),
        (["[" * 100_000], "nested too deep"),
        (["@/no/such/file"], "cannot be read (No such file"),
        (["a=@/no/such/file"], "cannot be read (No such file"),
    ],
)
def test_what_is_no_argument_is_named(words: list[str], why: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_arguments(words, io.StringIO("{}"))
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


YAML = """
# a job
display_name: night-run
job_specs:
  - {Type: Worker, PodCount: 2, Image: "a:b"}
priority: 5
id: 0123
version: 1.10
answer: no
day: 2026-01-31
on: true
user_command: |
  cd /root
  python train.py
nothing:
also_nothing: ~
empty: ""
"""


def test_a_yaml_file_says_what_json_could_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(YAML)
    assert read_arguments([f"@{tmp_path}/job.yaml"], io.StringIO()) == {
        "display_name": "night-run",
        "job_specs": [{"Type": "Worker", "PodCount": 2, "Image": "a:b"}],
        "priority": 5,
        "id": "0123",
        "version": 1.10,
        "answer": "no",
        "day": "2026-01-31",
        "on": True,
        "user_command": "cd /root\npython train.py\n",
        "nothing": None,
        "also_nothing": None,
        "empty": "",
    }


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1\nb: *x",
        "a: !!python/object/apply:os.system [id]",
        "a: 1\na: 2",
        "a: [",
        "- 1",
        "1",
        "? [1]\n: 2",
        "\x00",
    ],
)
def test_yaml_that_could_swell_run_or_surprise_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "job.yml").write_text(text)
    with pytest.raises(OptionError):
        read_arguments([f"@{tmp_path}/job.yml"], io.StringIO())


def test_yaml_without_its_package_says_which_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "job.yaml").write_text("a: 1")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(OptionError, match=r"pip install 'pai-dlc-mcp\[yaml\]'"):
        read_arguments([f"@{tmp_path}/job.yaml"], io.StringIO())


def test_a_files_text_is_an_arguments_value(tmp_path: Path) -> None:
    (tmp_path / "train.sh").write_text("python train.py\n")
    (tmp_path / "job.json").write_text('\ufeff{"display_name": "a"}', encoding="utf-8")
    words = [f"@{tmp_path}/job.json", f"user_command=@{tmp_path}/train.sh"]
    assert read_arguments(words, io.StringIO()) == {"display_name": "a", "user_command": "python train.py\n"}


@pytest.mark.parametrize(
    "words",
    [
        ["--format", "json", JOBS, "page_size=1"],
        [JOBS, "--format", "json", "page_size=1"],
        [JOBS, "page_size=1", "--format=json"],
        ["--read-only", JOBS, "page_size=1", "--structured"],
        [JOBS, "--read-only", "true", "page_size=1", "--structured"],
        [JOBS, "--structured", "--", "page_size=1"],
    ],
)
def test_options_stand_anywhere(words: list[str], run: Said) -> None:
    code, out, _ = run(*words)
    assert code == 0, out
    assert len(json.loads(out)["data"]["Workspaces"]) == 1


def test_an_option_that_there_is_not_is_refused_and_not_taken_for_an_argument(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["call", JOBS, "--no-such", "page_size=1"])
    assert ended.value.code == 2
    assert "--no-such" in capsys.readouterr().err


def test_a_list_as_csv_has_a_row_for_each_and_no_formula(run: Said) -> None:
    code, out, _ = run(JOBS, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert {"default_workspace", "vision_training"} <= {row["WorkspaceName"] for row in rows}
    harmful = Answer({"data": {"Rows": [{"a": "=cmd()", "b": ["é"]}, {"a": "+1", "c": 2}]}}, "")
    assert rendered([harmful], "csv") == 'a,b,c\n\'=cmd(),"[""é""]",\n\'+1,,2'


def test_pages_of_a_log_join_without_the_lines_that_stand_in_both() -> None:
    newest, middle, oldest = ["e", "f"], ["c", "d", "e"], ["a", "b", "c"]
    assert joined([newest, middle, oldest]) == ["a", "b", "c", "d", "e", "f"]
    assert joined([["a"], ["b"]]) == ["b", "a"]
    assert joined([]) == []


def test_only_a_log_whose_lines_are_text_is_read_as_one() -> None:
    log = Answer({"data": {"Status": "Running", "untrusted_logs": ["b", "=c"]}}, "as text")
    older = Answer({"data": {"untrusted_logs": ["a", "b"]}}, "as text")
    assert rendered([log], "csv") == "line\nb\n'=c"
    assert (rendered([log], "table"), rendered([log, older], "table")) == ("as text", "a\nb\n=c")
    for other in ({"untrusted_logs": [{"Content": "b"}]}, {"untrusted_name": "b"}, {"Content": ["b"]}):
        assert "line" not in rendered([Answer({"data": other}, "")], "csv")
        assert rendered([Answer({"data": other}, "one"), older], "table") == "one\nas text"
    assert rendered([Answer({"ok": False}, "no data")], "csv") == ""
    assert json.loads(rendered([log, older], "json")) == [log.structured, older.structured]


def running_job(run: Said) -> str:
    listed = json.loads(run("dlc_list_jobs", "status=Running", "--structured")[1])
    return str(listed["data"]["Jobs"][0]["JobId"])


def test_a_long_log_is_written_whole_to_a_file(run: Said, tmp_path: Path) -> None:
    listed = json.loads(run("dlc_list_jobs", "page_size=100", "--structured", "max_chars=20000")[1])["data"]["Jobs"]
    long = next((job for job in listed if "long" in job["DisplayName"]), None) or listed[0]
    pods = json.loads(run("dlc_get_job", f"job_id={long['JobId']}", "--structured")[1])["data"]["Pods"]
    words = ["dlc_get_pod_logs", f"job_id={long['JobId']}", f"pod_id={pods[0]['PodId']}"]
    code, shown, _ = run(*words)
    assert code == 0
    code, out, err = run(*words, "--output", str(tmp_path / "log.txt"))
    assert (code, out) == (0, "")
    written = (tmp_path / "log.txt").read_text()
    assert err == f"Wrote {len(written.encode()):,} bytes to {tmp_path / 'log.txt'}\n"
    assert len(written.splitlines()) >= len(shown.splitlines()) - 5


def test_what_is_written_of_a_cut_answer_is_said_to_be_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = Answer({"ok": True, "data": {"A": 1}, "truncated": {"rows": "1 of 9"}}, "A: 1")
    assert call._deliver([cut], "json", tmp_path / "a.json") == 0
    written = (tmp_path / "a.json").read_bytes()
    said = capsys.readouterr().err
    assert said == f'Wrote {len(written)} bytes to {tmp_path / "a.json"}\nIt is cut: {{"rows": "1 of 9"}}\n'
    assert written.decode() == rendered([cut], "json") + "\n"
    assert rendered([cut], "json").splitlines()[1] == ' "ok": true,'


def test_a_list_is_written_whole_though_a_page_of_it_is_short(run: Said, tmp_path: Path) -> None:
    place = tmp_path / "workspaces.csv"
    code, _, _ = run(JOBS, "page_size=1", "--format", "csv", "--output", str(place))
    assert (code, len(place.read_text().splitlines())) == (0, 4)


def test_a_chart_is_written_as_a_picture(run: Said, tmp_path: Path) -> None:
    words = [f"job_id={running_job(run)}", "metric_type=GpuCoreUsage", "view=chart"]
    code, _, err = run("dlc_get_job_metrics", *words, "--output", str(tmp_path / "chart.png"))
    assert code == 0, err
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_a_place_that_cannot_be_written_is_one_line(run: Said, tmp_path: Path) -> None:
    code, out, err = run(JOBS, "--output", str(tmp_path))
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_a_form_that_there_is_not_is_refused_before_anything_is_called(run: Said) -> None:
    with pytest.raises(SystemExit) as ended:
        run(JOBS, "--format", "yaml")
    assert ended.value.code == 2


def test_a_refused_call_writes_no_file(run: Said, tmp_path: Path) -> None:
    assert run("dlc_get_job", "job_id=dlc-no-such-job", "--output", str(tmp_path / "job"))[0] == 4
    assert not (tmp_path / "job").exists()


def test_r35_the_question_at_the_terminal_is_on_stderr_and_only_the_name_is_a_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for typed, is_yes in (("exp-7\n", True), (" exp-7 ", True), ("y\n", False), ("", False)):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert call._typed("Stop it?", "exp-7") is is_yes
        said = capsys.readouterr()
        assert (said.out, said.err) == ("", "\nStop it?\nType exp-7 to go on, anything else to leave it: ")


def at_terminal(environment: dict[str, str], typed: Callable[[str], str], *words: str) -> tuple[int, str]:
    """The command at a terminal of its own; ``typed`` gives what the person types after what was shown."""
    master, slave = pty.openpty()
    process = started(
        [sys.executable, "-m", "pai_dlc_mcp", "call", *words], env=environment, stdin=slave, stdout=slave, stderr=slave,
        close_fds=True,
    )  # fmt: skip
    os.close(slave)
    shown, has_answered = "", False
    while True:
        try:
            read = os.read(master, 65_536).decode(errors="replace")
        except OSError:
            break
        if not read:
            break
        shown += read
        if "anything else to leave it" in shown and not has_answered:
            has_answered = True
            os.write(master, typed(shown).encode() + b"\n")
    os.close(master)
    return process.wait(60), shown


def test_r35_the_person_at_the_terminal_is_asked_and_their_yes_stops_the_job(
    environment: dict[str, str], run: Said
) -> None:
    job = running_job(run)
    name = json.loads(run("dlc_get_job", f"job_id={job}", "--structured")[1])["data"]["DisplayName"]
    code, shown = at_terminal(environment, lambda _: name, "dlc_stop_job", f"job_id={job}", "wait_seconds=0")
    assert code == 0, shown
    assert f"Type {name} to go on" in shown
    assert "confirmed_by: human" in shown


def test_r35_anything_else_at_the_terminal_leaves_the_job(environment: dict[str, str], run: Said, admin: Any) -> None:
    job = running_job(run)
    code, shown = at_terminal(environment, lambda _: "yes", "dlc_stop_job", f"job_id={job}", "wait_seconds=0")
    assert code == 3, shown
    assert not [one for one in admin("journal") if one["operation"] == "StopJob"]


def test_without_a_terminal_nobody_is_asked(run: Said) -> None:
    code, out, _ = run("dlc_stop_job", f"job_id={running_job(run)}", "wait_seconds=0", "--structured")
    assert (code, json.loads(out)["error"]["code"]) == (3, "confirmation_required")


def test_every_flag_of_call_is_known_to_what_brings_options_to_the_front() -> None:
    assert call.complete_words(["call", "t", "--output", "f", "-", "--region", "r"]) == [
        "call", "--output", "f", "--region", "r", "--", "t", "-",
    ]  # fmt: skip


def test_yaml_that_is_none_is_refused_with_its_line_and_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text("a: 1\nb: [1\nc: 2\n")
    with pytest.raises(OptionError, match=r"job\.yaml: not valid YAML \(line 3\): expected ',' or '\]'"):
        read_arguments([f"@{tmp_path}/job.yaml"], io.StringIO())
