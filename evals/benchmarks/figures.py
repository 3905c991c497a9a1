"""What a run measured: each figure beside its goal, printed at once and kept for the README's table."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

KEPT = Path(__file__).parents[1] / "results/benchmarks.json"


@dataclass(frozen=True)
class Figure:
    """One measurement. ``unit`` is ``x`` for a ratio of two ways taken in turn; ``beside`` says what was measured.

    ``goal`` is the most that is wanted, or the least where ``is_least``; ``None`` where the figure is for information.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    is_least: bool = False
    beside: str = ""

    @property
    def is_met(self) -> bool:
        if self.goal is None:
            return True
        return self.value >= self.goal if self.is_least else self.value <= self.goal

    @property
    def shown(self) -> str:
        return _shown(self.value, self.unit)

    @property
    def goal_shown(self) -> str:
        """``at most 1.20x``, empty without a goal."""
        if self.goal is None:
            return ""
        return f"at {'least' if self.is_least else 'most'} {_shown(self.goal, self.unit)}"


def _shown(value: float, unit: str) -> str:
    number = f"{value:.2f}" if unit == "x" or value < 10 else f"{value:,.0f}"
    return number + ("x" if unit == "x" else f" {unit}")


FIGURES: list[Figure] = []


def note(figure: Figure) -> Figure:
    """Print a figure beside its goal, and remember it for :func:`keep`."""
    FIGURES.append(figure)
    beside = f" ({figure.beside})" if figure.beside else ""
    goal = f", goal {figure.goal_shown}: {'met' if figure.is_met else 'missed'}" if figure.goal is not None else ""
    print(f"{figure.name}: {figure.shown}{beside}{goal}", flush=True)
    return figure


def machine() -> str:
    """Processor, cores and Python of this machine, as the table names them."""
    found = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), found)
    return f"{named}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def keep(figures: Iterable[Figure]) -> None:
    """Write the figures in words for the README's table, which ``make docs`` then makes anew.

    What was measured on the same kind of machine before and not in this run stays as it was.
    """
    before = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    rows = {row["name"]: row for row in before.get("figures", ()) if before["machine"] == machine()}
    for one in figures:
        goal = one.goal_shown + ("" if one.is_met else " (missed)")
        rows[one.name] = {"name": one.name, "shown": one.shown, "goal": goal}
    kept = {"machine": machine(), "figures": list(rows.values())}
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
