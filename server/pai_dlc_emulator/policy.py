"""Which RAM action an operation needs, and whether the account's policy denies it.

``ram.json`` has one action an operation, as the RAM pages and the page on roles name it (132 of 170 are official, the
others follow from their prefix). Where sources conflict the other spelling is understood as well: ``pai:`` for jobs and
for the workload diagnosis, ``aiworkspace:`` for AIWorkSpace. Actions of job templates are said not to be evaluated:
they can be denied, but need not be allowed. RAM ignores the case of an action.
"""

from __future__ import annotations

import fnmatch
import functools
import json
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from .contract import Operation
from .wire import Record, ServiceError

_ALIASES = {"paidlc": ("pai",), "paistudio": ("pai",), "paiworkspace": ("aiworkspace",)}
_USUAL = {"pai-dlc": "paidlc", "aiworkspace": "paiworkspace", "paistudio": "pai"}
"""Prefix of an operation that the table does not know yet."""
PASS_ROLE = "ram:PassRole"  # noqa: S105 - an action, not a password


class Denied(ServiceError):
    """403, with the detail that the gateway adds."""

    def __init__(self, action: str, kind: str) -> None:
        super().__init__(403, "Forbidden.RAM", f"The caller is not authorized to perform {action}.")
        self.detail: dict[str, Any] = {"AuthAction": action, "NoPermissionType": kind}


@dataclass(slots=True)
class Policy:
    """Patterns with ``*``: what matches ``deny`` is refused, and with ``allow`` also what does not match that."""

    deny: list[str] = field(default_factory=list)
    allow: list[str] | None = None

    def enforce(self, operation: Operation) -> None:
        """Raise :class:`Denied` where the operation is not permitted."""
        self._check(spellings(operation), optional="JobTemplate" in operation.name)

    def enforce_role(self, args: Record) -> None:
        """Raise :class:`Denied` where a create passes a RAM role on, and that is not permitted."""
        if passes_role(args):
            self._check([PASS_ROLE])

    def _check(self, names: list[str], optional: bool = False) -> None:
        if _matches(self.deny, names):
            raise Denied(names[0], "ExplicitDeny")
        if self.allow is not None and not optional and not _matches(self.allow, names):
            raise Denied(names[0], "ImplicitDeny")


@functools.cache
def _table() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("ram.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, str]] = json.loads(text)
    return table


def spellings(operation: Operation) -> list[str]:
    """The RAM action of an operation, then the other spellings that a policy may use for it."""
    action = _table()[operation.product].get(operation.name) or f"{_USUAL[operation.product]}:{operation.name}"
    space, _, name = action.partition(":")
    return [action, *(f"{other}:{name}" for other in _ALIASES.get(space, ()))]


def passes_role(args: Record) -> bool:
    """Whether a create hands a RAM role on: by its credentials, a data source or the VPC."""
    items = (args.get("CredentialConfig") or {}).get("CredentialConfigItems") or []
    roles = [role for item in items for role in item.get("Roles") or [] if role.get("RoleArn")]
    sources = [one for one in args.get("DataSources") or [] if one.get("RoleArn") or one.get("RoleChain")]
    return bool(roles or sources or (args.get("UserVpc") or {}).get("RoleArn"))


def _matches(patterns: list[str], names: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns for name in names)
