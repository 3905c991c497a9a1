"""What a benchmark prints beside its goal, and keeps for the README."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evals.benchmarks import figures
from evals.benchmarks.figures import Figure, keep, note


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        (Figure("a", 1.2, "x", 1.2), "a: 1.20x, goal at most 1.20x: met"),
        (Figure("a", 1.201, "x", 1.2), "a: 1.20x, goal at most 1.20x: missed"),
        (Figure("a", 0.95, "x", 0.95, is_least=True), "a: 0.95x, goal at least 0.95x: met"),
        (Figure("a", 0.94, "x", 0.95, is_least=True, beside="b"), "a: 0.94x (b), goal at least 0.95x: missed"),
        (Figure("a", 1234.5, "ms"), "a: 1,234 ms"),
        (Figure("a", 9.876, "MB", 60), "a: 9.88 MB, goal at most 60 MB: met"),
    ],
)
def test_a_figure_stands_beside_its_goal(
    figure: Figure, line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "FIGURES", [])
    assert note(figure) is figure
    assert capsys.readouterr().out == line + "\n"
    assert [figure] == figures.FIGURES


def test_what_is_kept_names_the_machine_and_says_what_was_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "KEPT", tmp_path / "kept.json")
    keep([Figure("a", 1.5, "x", 1.2), Figure("b", 3.0, "ms")])
    found = json.loads(figures.KEPT.read_text())
    assert "cores, Python 3." in found["machine"]
    assert found["figures"] == [
        {"name": "a", "shown": "1.50x", "goal": "at most 1.20x (missed)"},
        {"name": "b", "shown": "3.00 ms", "goal": ""},
    ]


def test_a_run_of_one_benchmark_keeps_what_the_others_measured_on_this_kind_of_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "KEPT", tmp_path / "kept.json")
    keep([Figure("a", 1.5, "x"), Figure("b", 3.0, "ms")])
    keep([Figure("b", 4.0, "ms"), Figure("c", 5.0, "ms")])
    shown = [(row["name"], row["shown"]) for row in json.loads(figures.KEPT.read_text())["figures"]]
    assert shown == [("a", "1.50x"), ("b", "4.00 ms"), ("c", "5.00 ms")]
    monkeypatch.setattr(figures, "machine", lambda: "another")
    keep([Figure("c", 6.0, "ms")])
    assert [row["name"] for row in json.loads(figures.KEPT.read_text())["figures"]] == ["c"]
