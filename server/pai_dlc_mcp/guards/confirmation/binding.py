"""What a confirmation is tied to: operation, arguments, caller, region, account and the state that was shown (R31)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...digests import canonical, digest_of
from ...runtime import Call, Runtime
from .snapshot import Observed


@dataclass(frozen=True, slots=True)
class Binding:
    """A digest of each part, so that a refusal can say which one differs."""

    parts: Mapping[str, str]

    @property
    def digest(self) -> bytes:
        """32 bytes over all parts."""
        return hashlib.sha256(canonical(self.parts)).digest()

    def differs_in(self, other: Mapping[str, Any]) -> str | None:
        """The first part that is not the same, in words."""
        return next((WORDS[name] for name in WORDS if other.get(name) != self.parts[name]), None)


WORDS: Mapping[str, str] = {
    "tool": "another operation",
    "arguments": "other arguments",
    "caller": "another caller",
    "region": "another region",
    "account": "another account or endpoint",
    "target": "a state that has changed since it was shown",
}


def bind(call: Call, runtime: Runtime, observed: Observed) -> Binding:
    settings = runtime.settings
    return Binding(
        {
            "tool": call.tool.name,
            "arguments": digest_of(call.args),
            "caller": digest_of(call.caller.name),
            "region": call.region,
            "account": digest_of([settings.profile, settings.dlc_endpoint, settings.aiworkspace_endpoint]),
            "target": observed.digest,
        }
    )
