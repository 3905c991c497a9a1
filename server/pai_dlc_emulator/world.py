"""One emulated account: its callers, its catalogue, its jobs, and the clock they live by."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .accounts import ACCOUNT_ID, KEYS, USERS
from .clock import Clock, iso
from .ids import Ids

SEEDS = ("default", "large", "empty", "failures", "huge")
Record = dict[str, Any]


class World:
    """All state of the two services, in memory.

    The catalogue's nouns are tables of records by id, each record with the API's own field names. What the
    API does not name starts with an underscore and never leaves. ``training`` belongs to pai-dlc.
    """

    def __init__(self, seed: str = "default", clock: Clock | None = None, execute: bool = False) -> None:
        if seed not in SEEDS:
            raise ValueError(f"no world is called {seed!r}; there are {', '.join(SEEDS)}")
        from . import dlc
        from .aiworkspace import seeds

        self.seed, self.execute = seed, execute
        self.clock = clock or Clock()
        self.ids = Ids(seed)
        self.keys = dict(KEYS)
        self.deny: list[str] = []
        self.tables: defaultdict[str, dict[str, Record]] = defaultdict(dict)
        self.defaults: dict[str, str] = {}
        seeds.fill(self)
        self.training: Any = dlc.new(self)
        dlc.seed(self, seed)

    @property
    def workspaces(self) -> dict[str, Record]:
        return self.tables["workspaces"]

    @property
    def images(self) -> dict[str, Record]:
        return self.tables["images"]

    @property
    def datasets(self) -> dict[str, Record]:
        return self.tables["datasets"]

    @property
    def code_sources(self) -> dict[str, Record]:
        return self.tables["code_sources"]

    @property
    def quotas(self) -> dict[str, Record]:
        return self.tables["quotas"]

    def default_workspace(self, user_id: str) -> str:
        """Where the service files what a user creates without naming a workspace (rule R01)."""
        return self.defaults.get(user_id) or next(iter(self.workspaces), "")

    def describe(self) -> dict[str, Any]:
        """The whole world as JSON, for the admin call ``GET state``."""
        from . import dlc

        catalogue = {name: list(table.values()) for name, table in self.tables.items()}
        own = {"seed": self.seed, "now": iso(self.clock.now()), "account_id": ACCOUNT_ID, "deny": self.deny}
        users = [
            {"user_id": u.user_id, "name": u.name, "default_workspace": self.defaults.get(u.user_id)} for u in USERS
        ]
        return own | {"users": users} | catalogue | dlc.describe(self)

    def close(self) -> None:
        """End whatever runs outside this process."""
        from . import dlc

        dlc.close(self)
