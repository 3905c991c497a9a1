"""Nested shapes of experiments and runs."""

from __future__ import annotations

from typing import Literal

from ...shapes import Shape, may, need


class LabelInfo(Shape):
    """A label of an experiment."""

    Key: str | None = may("What the label is called.", hint=True)
    Value: str | None = may("What the label says.", hint=True)


class ExperimentOptions(Shape):
    """How a list of experiments is filtered; the one field is in snake case on the wire."""

    match_name_exactly: Literal["true", "false"] | None = may("Whether name must fit wholly; as text.", hint=True)


class RunParam(Shape):
    """A hyperparameter of a run."""

    Key: str = need("Name, such as learning_rate.")
    Value: str = need("Value as text.")


class RunMetric(Shape):
    """One measured point of a run."""

    Key: str = need("Name, such as loss.")
    Step: int | None = may("Training step it was measured at.", hint=True)
    Timestamp: int | None = may("When it was measured, milliseconds since the epoch.", hint=True)
    Value: float = need("The measured number.")
