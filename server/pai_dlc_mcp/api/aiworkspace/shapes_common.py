"""Types that several kinds of AIWorkSpace objects share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ...shapes import Shape, may

Accessibility = Literal["PUBLIC", "PRIVATE"]
Order = Literal["ASC", "DESC"]
Environment = Literal["dev", "prod"]


def rows_unless_paged(args: Mapping[str, Any]) -> int | None:
    """Rows of a page by token, which the service counts as ten, unless the call pages by number."""
    return None if args.get("PageNumber") or args.get("PageSize") else 10


class Label(Shape):
    """A key with its value."""

    Key: str | None = may("Name of the label.", hint=True)
    Value: str | None = may("Text under that name.", hint=True)
