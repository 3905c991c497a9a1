"""Types that several kinds of AIWorkSpace objects share."""

from __future__ import annotations

from typing import Literal

from ...shapes import Shape, may

Accessibility = Literal["PUBLIC", "PRIVATE"]
Order = Literal["ASC", "DESC"]
Environment = Literal["dev", "prod"]


class Label(Shape):
    """A key with its value."""

    Key: str | None = may("Name of the label.", hint=True)
    Value: str | None = may("Text under that name.", hint=True)
