"""The service behind the front: a world, the journal of requests, and carrying out one request."""

from __future__ import annotations

import re
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from . import contract, paistudio
from .accounts import ACCOUNT_ID, KEYS, USERS
from .aiworkspace import (
    connections,
    dataset_files,
    dataset_jobs,
    datasets,
    experiments,
    images,
    members,
    models,
    resources,
    workspaces,
)
from .aiworkspace.seeds import seed_catalogue
from .clock import Clock, iso
from .connection import Answer
from .contract import Product, Route, parse_json, products
from .dlc import dashboards, jobs, monitoring, ray, signals, templates, tensorboards
from .dlc.runner import Runner
from .dlc.seeds import describe_training, seed_training
from .faults import Faults
from .policy import Denied, Policy
from .signature import Request, Verifier
from .wire import Received, ServiceError
from .world import HANDLERS, REGIONS, SEEDS, World

HANDLER_MODULES = (
    connections, dashboards, dataset_files, dataset_jobs, datasets, experiments, images, jobs, members, models,
    monitoring, paistudio, ray, resources, signals, templates, tensorboards, workspaces,
)  # fmt: skip
"""The modules whose import registers the handlers of all operations."""
KEPT = 100_000
"""Older entries fall out, so that a long benchmark does not fill the memory."""
_SECRET_HEADERS = frozenset({"authorization", "x-acs-security-token", "x-acs-bearer-token", "x-acs-zero-trust-idtoken"})
Entry = dict[str, Any]


class Journal:
    """Entries, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def add(
        self, at: str, operation: str | None, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Entry:
        """Note a request; its ``status`` stays null until the whole answer has been handed over."""
        path, _, query = target.partition("?")
        entry: Entry = {
            "at": at,
            "operation": operation,
            "method": method,
            "path": path,
            "query": dict(parse_qsl(query, keep_blank_values=True)),
            "headers": {name: _shown(name, value) for name, value in headers.items()},
            "body": _parsed(body),
            "status": None,
        }
        self._entries.append(entry)
        return entry

    def entries(self) -> list[Entry]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()


def _shown(name: str, value: str) -> str:
    """A header as it came. What proves an identity is shown of the emulator's own keys, which open nothing else."""
    if name not in _SECRET_HEADERS:
        return value
    signed = re.search(r"Credential=([^,]+),|acs ([^:]+):", value) if name == "authorization" else None
    own = (signed is not None and (signed[1] or signed[2]) in KEYS) or value in {key.token for key in KEYS.values()}
    return value if own else "***"


def _parsed(body: bytes) -> Any:
    """JSON where it is JSON, else the text; null where there was no body."""
    if not body:
        return None
    try:
        return parse_json(body)
    except ValueError:
        return body.decode(errors="replace")


CREATE_JOB_LIMIT = 65_536
"""Bytes of all parameters of CreateJob together (rule R15)."""


PRODUCTS = products() | {paistudio.NAME: paistudio.PRODUCT}
"""Every product that is served, by the name that its address has in the announcement (``pai-dlc`` as ``dlc``)."""


def create_world(
    seed: str = "default", clock: Clock | None = None, execute: bool = False, region: str = REGIONS[0]
) -> World:
    """A world with what its seed says. With ``execute`` the commands of new jobs really run; ``close`` ends them."""
    world = World(seed, clock, region)
    seed_catalogue(world)
    if execute:
        world.training.runner = Runner(world.clock, world.training.lock)
    seed_training(world)
    return world


def describe(world: World) -> dict[str, Any]:
    """A region's whole world as JSON, for the admin call ``GET state``."""
    catalogue = world.catalogue
    own = {"seed": world.seed, "region": world.region, "now": iso(world.clock.now()), "account_id": ACCOUNT_ID}
    users = [
        {"user_id": u.user_id, "name": u.name, "default_workspace": catalogue.defaults.get(u.user_id)} for u in USERS
    ]
    tables = {name: list(table.values()) for name, table in catalogue.tables.items()}
    return own | {"users": users} | tables | describe_training(world)


def _new_request_id() -> str:
    """An upper-case GUID whose third block begins with 5, as recorded ones are."""
    text = str(uuid.uuid4()).upper()
    return f"{text[:14]}5{text[15:]}"


class Service:
    """The worlds of one account, one a region, and everything around them that a reset replaces.

    The first region's world is there from the start, the others from their first request. They share the clock.
    """

    def __init__(self, seed: str, speed: float, execute: bool) -> None:
        self._speed, self._execute = speed, execute
        self.journal, self.faults, self.verifier, self.policy = Journal(), Faults(), Verifier(), Policy()
        self._addresses: dict[str, str] = {}
        self._begin(seed)

    def locate(self, addresses: dict[str, str]) -> None:
        """Say where pai-dlc of each region listens: TensorBoards give addresses there."""
        self._addresses = addresses
        for region, world in self._worlds.items():
            world.address = addresses[region]

    def reset(self, seed: str) -> None:
        """Begin again; the journal, the faults and the policy go with the old one."""
        if seed not in SEEDS:
            raise ValueError(f"no world is called {seed!r}; there are {', '.join(SEEDS)}")
        self.close()
        self._begin(seed)
        self.journal.clear()
        self.faults.clear()
        self.policy = Policy()

    def close(self) -> None:
        """End every process of every job."""
        for world in self._worlds.values():
            world.close()

    @property
    def world(self) -> World:
        """The first region's world."""
        return self._worlds[REGIONS[0]]

    def world_of(self, region: str) -> World:
        """A region's world. Beyond the first region a large or failing seed is the default one."""
        if region not in self._worlds:
            seed = self.world.seed if self.world.seed == "empty" else "default"
            self._worlds[region] = create_world(seed, self.world.clock, self._execute, region)
            self._worlds[region].address = self._addresses.get(region, "")
        return self._worlds[region]

    def _begin(self, seed: str) -> None:
        self._worlds: dict[str, World] = {REGIONS[0]: create_world(seed, Clock(self._speed), self._execute)}
        self.world.address = self._addresses.get(REGIONS[0], "")

    def page(self, product: Product, region: str, request: Request) -> Answer | None:
        """The page of a TensorBoard, which no operation serves; ``None`` for everything else."""
        prefix, _, name = request.path.rpartition("/")
        if product.name != "pai-dlc" or request.method != "GET" or prefix != tensorboards.PAGES:
            return None
        status, text = tensorboards.page_of(self.world_of(region), name)
        return Answer(status, text.encode(), (("content-type", "text/html; charset=utf-8"),))

    def answer(self, product: Product, region: str, route: Route | None, request: Request) -> Answer:
        """Do what the request asks for; whatever is wrong with it becomes the service's own error."""
        request_id = _new_request_id()
        try:
            return Answer.of(200, self._perform(product, region, route, request, request_id))
        except ServiceError as error:
            body: dict[str, Any] = {"Code": error.code, "Message": error.message, "RequestId": request_id}
            if isinstance(error, Denied):
                body |= {"AccessDeniedDetail": error.detail}
            return Answer.of(error.status, body)

    def _perform(
        self, product: Product, region: str, route: Route | None, request: Request, request_id: str
    ) -> dict[str, Any]:
        world = self.world_of(region)
        caller = self.verifier.verify(request, world.keys)
        if route is None or request.headers.get("x-acs-action", route.operation.name) != route.operation.name:
            raise ServiceError(404, "InvalidAction.NotFound", "The specified API is not found.")
        if request.headers["x-acs-version"] != product.version:
            raise ServiceError(400, "InvalidVersion", "The specified API version is not valid.")
        operation = route.operation
        self.policy.enforce(operation)
        if operation.name == "CreateJob" and len(request.body) > CREATE_JOB_LIMIT:
            raise ServiceError(400, "InvalidParameter", f"The parameters exceed {CREATE_JOB_LIMIT} bytes.")
        args = contract.decode_arguments(product, operation, route.arguments, request.query, request.body)
        if operation.name == "CreateJob":
            self.policy.enforce_role(args)
        handler = HANDLERS.get(operation.key)
        if handler is None:
            raise ServiceError(501, "NotImplemented", f"The emulator does not have {operation.name}.")
        body = handler(world, Received(operation.name, args, caller, request_id))
        spelling = product.request_id_field(operation)
        return body | ({spelling: request_id} if spelling else {})
