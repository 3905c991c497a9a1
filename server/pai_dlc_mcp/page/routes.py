"""The page's addresses: its files, signing in and out, and ``/api`` for what it reads and does.

Every request under ``/api`` brings the session's cookie, and every one that is no plain read the session's page key and
the page's own origin. Reads go through the tools that read; acts go through approvals alone.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from .. import __version__
from ..app import Application
from ..audit.reading import newest_acts
from ..cloud.endpoints import REGIONS
from ..errors import PaiError
from ..operation import READ
from ..protocol.call_tool import Peer, call_tool
from ..redaction.engine import clean_text
from ..runtime import Caller
from ..state import StateStore
from ..state.keys import Keys, keys_of
from ..timestamps import iso
from . import files
from .acts import Acts
from .curves import Runs
from .gate import PAGE_HEADER, READS, Denied, check_source, read_object
from .live import Hub, TooMany, Viewer, as_event
from .sessions import MAX_REQUESTS, MAX_STREAMS, Session, Sessions, in_this_process
from .watches import MAX_CHARS, Looking, place_of, watches_of

LOGIN = "login"
"""What the page header says before there is a session."""
MOST_ACTS = 200
"""Lines of the audit in one answer, at most."""
_COUNT = re.compile(r"[1-9][0-9]{0,2}")
Handler = Callable[[Request, Session], Awaitable[Response]]


class Door(Protocol):
    """How people come to the page: with what they sign in, and what they may do then."""

    name: str
    login: str
    is_secure: bool
    """Whether the page is reached with https."""
    origins: Collection[str]
    """Hosts with their port, beside the one that was asked, that the page may stand at."""
    sees_all: bool
    shares_sessions: bool
    """Whether all servers of one state know who is signed in; otherwise a session ends with its process."""

    async def sign_in(self, request: Request, token: str) -> tuple[Caller, bool, bytes]:
        """The caller, whether they may approve, and the credential's SHA-256.

        Raises:
            Denied: the credential is no good, or nobody signs in this way.
        """

    def redeem(self, key: str) -> tuple[Caller, bool, bytes] | None:
        """The same for a one-time key; ``None`` where it is none."""

    def is_current(self, session: Session) -> bool:
        """Whether what they signed in with is still good."""

    def application(self, caller: Caller) -> Application:
        """The application that the caller uses.

        Raises:
            Denied: they are no longer served.
        """


class Page:
    """The page of one process. ``cookie`` is the name of its cookie: one for each port, since ports share cookies."""

    def __init__(self, app: Application, door: Door, cookie: str) -> None:
        self._app, self._door, self._cookie = app, door, f"__Host-{cookie}" if door.is_secure else cookie
        self.sessions = Sessions(self._shared_place if door.shares_sessions else in_this_process())
        self.hub = Hub(app)
        self._runs = Runs()
        self._acts = Acts(sees_all=door.sees_all)

    def routes(self) -> list[Route]:
        """The routes, for the application that serves them."""
        api: list[tuple[str, str, Handler]] = [
            ("GET", "/api/session", self._who),
            ("DELETE", "/api/session", self._sign_out),
            ("POST", "/api/tools/{name}", self._tool),
            ("POST", "/api/acts/{name}", self._act),
            ("GET", "/api/approvals", self._approvals),
            ("POST", "/api/approvals/{id}", self._decide),
            ("GET", "/api/audit", self._audit),
            ("GET", "/api/events", self._events),
        ]
        return [
            Route("/api/session", self._open(self._sign_in), methods=["POST"]),
            *(Route(path, self._known(handler), methods=[method]) for method, path, handler in api),
            Route("/api/{rest:path}", self._open(_no_such_address), methods=["GET", "POST", "DELETE", "PUT", "PATCH"]),
            Route("/assets/{name:path}", self._asset),
            Route("/", self._open(self._index)),
            *(Route(path, self._document) for path in ("/login", "/jobs", "/quotas", "/approvals", "/audit")),
            Route("/jobs/{id}", self._document),
        ]

    async def _shared_place(self) -> tuple[StateStore, Keys]:
        runtime = await self._app.runtime()
        return runtime.state, keys_of(runtime.settings)

    # Files

    async def _index(self, request: Request) -> Response:
        """The document; with a one-time key the cookie first, and the key gone from the address."""
        key = request.query_params.get("key")
        if key is None:
            return await self._document(request)
        known = self._door.redeem(key)
        if known is None:
            return RedirectResponse("/login", 303)
        opened = await self.sessions.open(known[0], can_approve=known[1], credential=known[2])
        if opened is None:
            raise _full()
        cookie, page_key = opened
        # What stands behind # stays in the browser; the page takes it out of the address at once.
        response = RedirectResponse(f"/#page_key={page_key}", 303)
        self._set_cookie(response, cookie)
        return response

    async def _document(self, request: Request) -> Response:
        found = files.built_files().get(files.INDEX)
        if found is None:
            return Response(files.HOW_TO_BUILD + "\n", 503, media_type="text/plain")
        return _file(found, request, "no-store")

    async def _asset(self, request: Request) -> Response:
        found = files.built_files().get(f"assets/{request.path_params['name']}")
        return Response(status_code=404) if found is None else _file(found, request, files.IMMUTABLE)

    # Sessions

    async def _sign_in(self, request: Request) -> Response:
        check_source(request, self._door.origins)
        if request.headers.get(PAGE_HEADER) != LOGIN:
            raise Denied(403, "other_site", "The request does not come from this page.")
        token = (await read_object(request)).get("token")
        if not isinstance(token, str):
            raise Denied(400, "invalid_arguments", "The token must be text.")
        caller, can_approve, credential = await self._door.sign_in(request, token.strip())
        opened = await self.sessions.open(caller, can_approve=can_approve, credential=credential)
        if opened is None:
            raise _full()
        cookie, page_key = opened
        response = JSONResponse({"page_key": page_key})
        self._set_cookie(response, cookie)
        return response

    async def _sign_out(self, request: Request, session: Session) -> Response:
        await self.sessions.close(session)
        response = Response(status_code=204)
        response.delete_cookie(
            self._cookie, secure=self._door.is_secure, httponly=True, samesite="strict"
        )  # fmt: skip
        return response

    def _set_cookie(self, response: Response, cookie: str) -> None:
        response.set_cookie(
            self._cookie, cookie, secure=self._door.is_secure, httponly=True, samesite="strict"
        )  # fmt: skip

    async def _who(self, request: Request, session: Session) -> Response:
        app = self._door.application(session.caller)
        runtime, settings = await app.runtime(), app.settings
        emulator = list(app.emulator.regions) if app.emulator is not None else None
        return JSONResponse(
            {
                "caller": {"name": session.caller.name, "person": session.can_approve},
                "version": __version__,
                "door": self._door.name,
                "region": app.settings.region,
                "regions": sorted(settings.regions or emulator or REGIONS),
                "workspaces": list(settings.workspaces) or None,
                "emulator": app.emulate is not None,
                "read_only": settings.read_only,
                "can_approve": session.can_approve,
                "tools": sorted(app.tools),
                "clock": iso(runtime.now()),
            }
        )

    # What it reads and does

    async def _tool(self, request: Request, session: Session) -> Response:
        app = self._door.application(session.caller)
        tool = app.tools.get(request.path_params["name"])
        if tool is None or tool.effect is not READ:
            raise Denied(403, "not_allowed", "The page calls only tools that read, and only those of this caller.")
        answer = await call_tool(app, tool, await read_object(request), Peer(session.caller, max_chars=MAX_CHARS))
        return JSONResponse(answer.structured)

    async def _act(self, request: Request, session: Session) -> Response:
        _check_person(session)
        arguments = (await read_object(request)).get("arguments", {})
        if not isinstance(arguments, dict):
            raise Denied(400, "invalid_arguments", "The arguments must be an object.")
        app = self._door.application(session.caller)
        return JSONResponse(await self._acts.start(app, session.caller, request.path_params["name"], arguments))

    async def _approvals(self, request: Request, session: Session) -> Response:
        return JSONResponse(await self._acts.listing(self._door.application(session.caller), session.caller))

    async def _decide(self, request: Request, session: Session) -> Response:
        _check_person(session)
        given = await read_object(request)
        decision, typed = given.get("decision"), given.get("typed_name", "")
        if decision not in ("yes", "no") or not isinstance(typed, str):
            raise Denied(400, "invalid_arguments", "decision is yes or no, typed_name a text.")
        app, id = self._door.application(session.caller), request.path_params["id"]
        return JSONResponse(
            await self._acts.decide(app, session.caller, id, is_yes=decision == "yes", typed_name=typed)
        )

    async def _audit(self, request: Request, session: Session) -> Response:
        limit = request.query_params.get("limit", "100")
        if not _COUNT.fullmatch(limit) or int(limit) > MOST_ACTS:
            raise Denied(400, "invalid_arguments", f"limit takes a number from 1 to {MOST_ACTS}.")
        path = self._app.settings.audit_log
        if path is None:
            return JSONResponse({"acts": [], "next": None, "recorded": False})
        caller = None if self._door.sees_all else session.caller.name
        found = await newest_acts(path, caller=caller, before=request.query_params.get("before"), limit=int(limit))
        following = found[-1]["call_id"] if len(found) == int(limit) else None
        return JSONResponse({"acts": found, "next": following, "recorded": True})

    # What it shows live

    async def _events(self, request: Request, session: Session) -> Response:
        if session.load.streams >= MAX_STREAMS:
            raise Denied(429, "too_many", f"A session has at most {MAX_STREAMS} streams.")
        app = self._door.application(session.caller)
        looking = Looking(app, session.caller, place_of(request.query_params))
        watches = watches_of(request.query_params.getlist("watch"), looking, self._acts, self._runs)
        return StreamingResponse(self._stream(session, watches), media_type="text/event-stream")

    async def _stream(self, session: Session, watches: dict[str, Any]) -> AsyncGenerator[str, None]:
        viewer = Viewer()
        session.load.streams += 1
        try:
            async with self.hub.watching(viewer, watches):
                yield "retry: 3000\n\n"
                while await self.sessions.is_open(session) and self._door.is_current(session):
                    found = await viewer.take()
                    yield "".join(as_event(name, data) for name, data in found.items()) or ": keep-alive\n\n"
                yield as_event("signed_out", "{}")
        except TooMany:
            yield as_event("failed", '{"error":{"code":"too_many","message":"Too many things are watched."}}')
        except PaiError as error:  # of the state, which says who is signed in
            yield as_event("failed", json.dumps({"error": {"code": error.code, "message": clean_text(error.message)}}))
        finally:
            session.load.streams -= 1

    # What every request passes

    def _open(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            try:
                return await handler(request)
            except Denied as denied:
                return denied.response()
            except PaiError as error:
                return Denied(503, error.code, clean_text(error.message), rule=error.rule).response()

        return serve

    def _known(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            check_source(request, self._door.origins)
            session = await self._session(request)
            with _one_request(session):
                return await handler(request, session)

        return self._open(serve)

    async def _session(self, request: Request) -> Session:
        """Whose request it is.

        Raises:
            Denied: nobody's who is signed in.
        """
        cookie = request.cookies.get(self._cookie)
        session = await self.sessions.find(cookie) if cookie is not None else None
        if (
            session is None
            or not self._door.is_current(session)
            or not (request.method in READS or session.holds(request.headers.get(PAGE_HEADER)))
        ):
            raise Denied(401, "not_signed_in", "Sign in first.", login=self._door.login)
        return session


def _full() -> Denied:
    return Denied(503, "too_many", "Too many people are signed in; try again later.")


def _file(file: files.BuiltFile, request: Request, cache: str) -> Response:
    """A built file, packed where the client takes that."""
    accepted = ",".join(request.headers.getlist("accept-encoding"))
    takes = {one.split(";")[0].strip() for one in accepted.split(",")}
    headers = {"content-type": file.kind, "cache-control": cache, "vary": "accept-encoding"}
    if "gzip" in takes:
        return Response(file.packed, headers={**headers, "content-encoding": "gzip"})
    return Response(file.body, headers=headers)


async def _no_such_address(request: Request) -> Response:
    raise Denied(404, "not_found", "There is no such address.")


@contextmanager
def _one_request(session: Session) -> Iterator[None]:
    if session.load.requests >= MAX_REQUESTS:
        raise Denied(429, "too_many", f"A session has at most {MAX_REQUESTS} requests at once.")
    session.load.requests += 1
    try:
        yield
    finally:
        session.load.requests -= 1


def _check_person(session: Session) -> None:
    """Let only a person's session act (R35): a client's token opens the page to look."""
    if not session.can_approve:
        raise Denied(
            403, "not_a_person", "This session may only look: nothing proves that a person has it.", rule="R35",
            hint="Sign in with a token made by `pai-dlc-mcp token "
            f"{shlex.quote(session.caller.name.removeprefix('http:'))} --person`, or run `pai-dlc-mcp dashboard` "
            "in a terminal of your own.",
        )  # fmt: skip
