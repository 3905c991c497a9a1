"""Everything an operator can set, as one frozen object. ``options.py`` reads it from flags, environment and file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ConfirmBy = Literal["auto", "human", "token"]
Risk = Literal["stop", "delete", "spend", "expose", "create"]
ALWAYS_CONFIRMED: frozenset[Risk] = frozenset({"stop", "delete", "spend"})
"""What R30 confirms whatever is set; ``--confirm`` only adds to it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits are the operator's: a call can meet them or be refused, never loosen them.

    ``regions`` and ``workspaces`` are allow lists, empty for "any". ``max_gpus_per_job`` counts GPUs over all pods,
    ``max_running_jobs`` the jobs that have not ended; ``None`` is no limit. Endpoints replace the regional ones.
    """

    toolsets: tuple[str, ...] = ("default",)
    read_only: bool = False
    region: str | None = None
    regions: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()
    confirm: frozenset[Risk] = ALWAYS_CONFIRMED
    confirm_by: ConfirmBy = "auto"
    owners: tuple[str, ...] = ()
    image_prefixes: tuple[str, ...] = ()
    max_gpus_per_job: int | None = None
    max_running_jobs: int | None = None
    max_running_gpus: int | None = None
    max_creates_per_hour: int | None = None
    require_max_running_time: bool = False
    state: str = "memory"
    keys: Path | None = None
    tokens: Path | None = None
    audit_log: Path | None = None
    log_level: str = "warning"
    dlc_endpoint: str | None = None
    aiworkspace_endpoint: str | None = None
    studio_endpoint: str | None = None
    profile: str | None = field(default=None, repr=False)
