"""The longest run that a workspace's settings grant to jobs in its quotas (QuotaMaximumDuration).

The form of the setting's value is on no record; taken are minutes, for all quotas of the workspace as a number or for
some as a JSON object by quota id.
"""

from __future__ import annotations

from ..contract import parse_json
from ..world import World

CATEGORY = "QuotaMaximumDuration"


def longest_minutes(world: World, workspace: str, quota_id: str) -> float | None:
    """What the workspace's setting grants to a job in that quota; None where it says nothing."""
    configs = world.catalogue.tables["configs"].values()
    own = [row for row in configs if row["WorkspaceId"] == workspace and row["CategoryName"] == CATEGORY]
    for row in own:
        try:
            value = parse_json(row["ConfigValue"] or "null")
            value = value.get(quota_id) if isinstance(value, dict) else value
            return None if value is None else float(value)
        except (TypeError, ValueError):
            continue
    return None


def apply_settings(world: World, workspace: str) -> None:
    """Hold the jobs of a workspace to its settings as they are now; one that is over its time is stopped now."""
    now = world.clock.now()
    with world.training.lock:
        for job in world.training.jobs.made():
            if job.quota_id and str(job.args["WorkspaceId"]) == workspace:
                minutes = longest_minutes(world, workspace, job.quota_id)
                job.longest = None if minutes is None else (minutes, now)
