"""A program that drives an emulator as others' clients do, and what it called there."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pai_dlc_emulator.server import Emulator, started

HERE = Path(__file__).parent
SPEED = 30
"""Emulated seconds in a real one: a job runs within seconds, and clients' own pauses are not waited out."""
LONGEST_S = 240


@dataclass(frozen=True)
class Drive:
    """How a program ended, and the requests that the emulator had of it."""

    code: int
    output: str
    errors: str
    journal: list[dict[str, Any]]

    @property
    def calls(self) -> Counter[str]:
        """Requests by operation."""
        return Counter(str(entry["operation"]) for entry in self.journal)

    @property
    def refused(self) -> list[str]:
        """What was not answered with 200."""
        return [f"{entry['operation']} {entry['status']}" for entry in self.journal if entry["status"] != 200]

    def line(self, name: str) -> str:
        """One line for the end of a run."""
        sure = len(self.journal) - len(self.refused)
        return f"{name}: {len(self.journal)} calls of {len(self.calls)} operations, {sure} answered as they expect"


def place_of(emulator: Emulator) -> dict[str, Any]:
    """Where and with what a client signs in; products by the names that the services themselves use."""
    endpoints = {"pai-dlc": emulator.dlc, "aiworkspace": emulator.aiworkspace, "pai": emulator.paistudio}
    key = {"access_key_id": emulator.access_key_id, "access_key_secret": emulator.access_key_secret}
    return {"endpoints": endpoints, "region": emulator.regions[0], **key}


def drive(command: Sequence[str], *, home: Path, path: Path | None = None, given: str | None = None) -> Drive:
    """Run a program to its end in front of an emulator of its own; the last argument says where that is.

    ``path`` is looked through for packages first; ``given`` is its standard input. It knows no proxy, no profile and
    no credential but the emulator's.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    own: Mapping[str, str] = {"HOME": str(home), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true", "BROWSER": "true"}
    packages = {"PYTHONPATH": str(path)} if path is not None else {}
    with started(speed=SPEED) as emulator:
        ended = subprocess.run(
            [*command, json.dumps(place_of(emulator))],
            env={**kept, **own, **packages},
            cwd=HERE,
            input=given,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
        )
        journal = httpx.get(f"{emulator.admin}/journal", trust_env=False, timeout=30).json()
    return Drive(ended.returncode, ended.stdout, ended.stderr, journal)
