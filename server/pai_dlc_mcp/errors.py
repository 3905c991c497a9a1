"""The one error tree. Every class has a stable ``code`` (part of the contract) and says what to do next.

::

    PaiError
    ├── InvalidArguments        invalid_arguments      the call itself is malformed or breaks a cross-field rule
    ├── Refusal                                        a guard kept the call from leaving
    │   ├── DiscoveryRequired   discovery_required     an id was never shown by a listing (R02-R04, R21, R26, R46)
    │   ├── ConfirmationRequired confirmation_required  a preview and a token, nothing done (R30)
    │   ├── ConfirmationInvalid confirmation_invalid   the token does not fit; a new preview is given (R31)
    │   ├── NoEffect            no_effect              the service would say 200 and do nothing (R40-R47)
    │   ├── Duplicate           duplicate              the same thing was just made (R24)
    │   └── PolicyDenied        policy_denied          the operator's settings forbid it
    ├── CredentialsError        credentials            none found, expired or refused (R70)
    └── CloudFailure                                   the service was asked, or could not be reached
        ├── PermissionDenied    permission_denied      RAM said no (R73)
        ├── NotFound            not_found
        ├── Conflict            conflict
        ├── Throttled           throttled
        ├── Unavailable         unavailable            not reached, timed out, 5xx, an unreadable answer
        │   └── LostAnswer      unavailable            as above, but the request may have been carried out
        ├── UnknownOutcome      unknown_outcome        a write whose answer was lost and could not be found (R25)
        └── CloudError          cloud_error            any other refusal of the service
    InternalError               internal               a mistake of this server
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class NextStep:
    """A call that would mend the situation. Its text is always ours, never a log's."""

    tool: str
    arguments: Mapping[str, Any]
    why: str

    def as_dict(self) -> dict[str, Any]:
        return {"tool": self.tool, "arguments": dict(self.arguments), "why": self.why}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a person or a second look needs: the token, when it ends (UTC, ISO 8601) and what would be lost (R36)."""

    token: str
    expires_at: str
    preview: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        token = {"token": self.token, "expires_at": self.expires_at} if self.token else {}
        return {**token, "preview": dict(self.preview)}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing that does not stop the call."""

    rule: str
    message: str


class PaiError(Exception):
    """Base of the tree.

    ``message`` is one sentence; ``field`` a path in the API's names such as ``JobSpecs[0].Image``; ``rule`` the
    number in ``references/guards.md``. ``several`` holds the faults of a refusal that stands for more than one.
    """

    several: Sequence[PaiError] = ()

    code: ClassVar[str] = "internal"
    usual_rule: ClassVar[str | None] = None
    """The rule of an error that names none."""

    def __init__(
        self,
        message: str,
        *,
        rule: str | None = None,
        field: str | None = None,
        next: Sequence[NextStep] = (),
        request_id: str | None = None,
        confirmation: Confirmation | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.rule, self.field = message, rule or self.usual_rule, field
        self.next, self.request_id, self.confirmation = list(next), request_id, confirmation

    def as_dict(self) -> dict[str, Any]:
        """The ``error`` object of the contract."""
        body: dict[str, Any] = {
            "code": self.code,
            "rule": self.rule,
            "message": self.message,
            "field": self.field,
            "request_id": self.request_id,
            "next": [step.as_dict() for step in self.next],
        }
        if self.confirmation is not None:
            body["confirmation"] = self.confirmation.as_dict()
        return body


class InvalidArguments(PaiError):
    code = "invalid_arguments"


class Refusal(PaiError):
    """A guard kept the call from leaving for the cloud."""


class DiscoveryRequired(Refusal):
    code = "discovery_required"


class ConfirmationRequired(Refusal):
    code = "confirmation_required"


class ConfirmationInvalid(Refusal):
    code = "confirmation_invalid"


class NoEffect(Refusal):
    code = "no_effect"


class Duplicate(Refusal):
    code = "duplicate"


class PolicyDenied(Refusal):
    code = "policy_denied"
    usual_rule = "R68"


class CredentialsError(PaiError):
    code = "credentials"


class CloudFailure(PaiError):
    """``service_code`` and ``status`` are the service's own error code and HTTP status, where it gave them."""

    service_code: str | None = None
    status: int | None = None


class PermissionDenied(CloudFailure):
    code = "permission_denied"


class NotFound(CloudFailure):
    code = "not_found"


class Conflict(CloudFailure):
    code = "conflict"


class Throttled(CloudFailure):
    code = "throttled"


class Unavailable(CloudFailure):
    code = "unavailable"


class LostAnswer(Unavailable):
    """The request was sent and may have been carried out; no answer, or none that can be read, came back."""


class UnknownOutcome(CloudFailure):
    code = "unknown_outcome"


class CloudError(CloudFailure):
    code = "cloud_error"


class InternalError(PaiError):
    code = "internal"
