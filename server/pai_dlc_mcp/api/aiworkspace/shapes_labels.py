"""Labels and metric points, as datasets, models, experiments and runs take them."""

from __future__ import annotations

from ...shapes import Shape, may, need

_NO_SEPARATORS = r"^[^=,]*$"


class Label(Shape):
    """Key and value hold at most 128 bytes each; the service joins them with ``=`` and ``,`` elsewhere."""

    Key: str | None = may("No = or comma, 128 bytes at most.", hint=True, max_length=128, pattern=_NO_SEPARATORS)
    Value: str | None = may("Same limits as Key.", hint=True, max_length=128, pattern=_NO_SEPARATORS)


class LabelInfo(Shape):
    """A label of an experiment."""

    Key: str | None = may("What the label is called.", hint=True)
    Value: str | None = may("What the label says.", hint=True)


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
