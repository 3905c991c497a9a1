"""The label of datasets, models, their versions, and runs."""

from __future__ import annotations

from ...shapes import Shape, may

_NO_SEPARATORS = r"^[^=,]*$"


class Label(Shape):
    """A key with its value, 128 bytes each; ``=`` and ``,`` separate labels in filters, so neither holds them."""

    Key: str | None = may("No = or comma, 128 bytes at most.", hint=True, max_length=128, pattern=_NO_SEPARATORS)
    Value: str | None = may("Same limits as Key.", hint=True, max_length=128, pattern=_NO_SEPARATORS)
