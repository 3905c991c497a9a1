"""The nested objects of signals and share tokens."""

from __future__ import annotations

from ...shapes import Shape, may


class TokenSettings(Shape):
    """What the holder of a share token may do besides looking."""

    EnableCrossAccountAccess: bool | None = may("Let users of other accounts in.")
    EnableLogDownloadJob: bool | None = may("Allow the download of logs.")


class SignalTarget(Shape):
    """Who gets a signal."""

    PodNames: list[str] | None = may("Pods, for Scope pods.", hint=True)
    Roles: list[str] | None = may("Roles, for Scope roles.", hint=True)
    Scope: str | None = may("pods or roles; a word for all pods is not documented.", hint=True)


class ResourceTag(Shape):
    """A tag."""

    Key: str | None = may("Not aliyun... or acs:..., without http:// or https://.", hint=True, max_length=128)
    Value: str | None = may("Value of the tag.", hint=True)
