"""The states of a job and its pods, by what can still be done with them."""

from __future__ import annotations

STARTING = frozenset({"Creating", "Queuing", "Bidding", "EnvPreparing", "SanityChecking"})
"""On the way to Running."""

STOPPABLE = STARTING | {"Running", "Restarting"}
FINAL = frozenset({"Succeeded", "Failed", "Stopped"})
RESERVING = frozenset({"SucceededReserving", "FailedReserving"})
"""The command has ended; its nodes are kept for a while."""

REPRIORITISED = frozenset({"Creating", "Queuing", "EnvPreparing"})
"""Where a new priority still counts (R40)."""
