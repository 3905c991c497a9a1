"""Which RAM action an operation needs, and whether the world's policy denies it.

DLC actions are in the name space ``pai``, those of job templates in ``paidlc`` (both spellings are understood
for both). AIWorkSpace has a name space for each noun.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from typing import Any

from .contract import Operation
from .wire import ServiceError

_NOUNS = (
    ("CodeSource", "paicodesource"),
    ("Dataset", "paidataset"),
    ("Image", "paiimage"),
    ("Model", "paimodel"),
    ("Experiment", "paiexperiment"),
    ("Run", "paiexperiment"),
    ("Quota", "pai"),
    ("Product", "pai"),
    ("Feature", "pai"),
    ("UserConfig", "pai"),
)
_OTHER_NAMES = {
    "CreateProductOrders": "pai:CreateOrder",
    "CreateWorkspaceRole": "paiworkspace:AddWorkspaceRole",
    "DeleteWorkspaceRoles": "paiworkspace:RemoveWorkspaceRole",
}


class Denied(ServiceError):
    """403, with the detail that the gateway adds."""

    def __init__(self, action: str) -> None:
        super().__init__(403, "Forbidden.RAM", f"The caller is not authorized to perform {action}.")
        self.detail: dict[str, Any] = {"AuthAction": action, "NoPermissionType": "ExplicitDeny"}


def actions(operation: Operation) -> list[str]:
    """The RAM action of an operation, then the other spellings that a policy may use for it."""
    name = operation.name
    if operation.product == "pai-dlc":
        first, second = ("paidlc", "pai") if "JobTemplate" in name else ("pai", "paidlc")
        return [f"{first}:{name}", f"{second}:{name}"]
    own = next((space for noun, space in _NOUNS if noun in name), "paiworkspace")
    spellings = (f"{own}:{name}", f"paiworkspace:{name}", f"aiworkspace:{name}", _OTHER_NAMES.get(name, ""))
    return list(dict.fromkeys(filter(None, spellings)))


def enforce(operation: Operation, deny: Iterable[str]) -> None:
    """Raise :class:`Denied` where an entry of the deny list names the operation; ``*`` is a wildcard."""
    for pattern in deny:
        if any(fnmatch.fnmatchcase(action, pattern) for action in actions(operation)):
            raise Denied(actions(operation)[0])
