"""CouchDB's HTTP API over `Databases`, as an ASGI application: `create_app`.

Lives here: the way of a request. Path and query are taken apart, the asker is authenticated and
authorised, the body is read within its bounds, the handler runs in a thread of a bounded pool, the answer
is encoded and compressed there too. Feeds are streams that hold no thread while they wait. What the
routes do is in its siblings; which there are, in `routes`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from sync.databases import Databases
from sync.databases import tuning as database_tuning
from sync.databases.compaction import IdleCompaction
from sync.databases.updates import DbUpdates
from sync.endpoint import tuning
from sync.endpoint.auth import Authoriser, Guesses, Principal, Sessions, basic_credentials
from sync.endpoint.call import Call, Context, Wakes, in_thread, parse_query, split_path
from sync.endpoint.quotas import Quotas
from sync.endpoint.routes import Route, find_route, past
from sync.endpoint.server import cookie_of, session_cookie
from sync.endpoint.tuning import EndpointLimits
from sync.endpoint.turns import BodyBudget, Turns
from sync.endpoint.wire import (
    Reply,
    Stream,
    StreamCompressor,
    choose_encoding,
    error_reply,
    finished_body,
    media_type,
    read_body,
)
from sync.errors import MethodNotAllowed, SyncError, Unauthorized

log = logging.getLogger("sync.http")
QUOTAS_FILE = "quotas.sqlite"
Finished = tuple[int, bytes, dict[str, str]]
Watch = Callable[[], Awaitable[None]]


def create_app(
    databases: Databases,
    authoriser: Authoriser,
    *,
    routes: Sequence[BaseRoute] = (),
    cors_origins: Sequence[str] = (),
    private_locals: Sequence[str] = (),
    server_only: Callable[[str], bool] = lambda id: False,
    session_secret: bytes | None = None,
    quotas: Quotas | None = None,
    limits: EndpointLimits | None = None,
    feeds: Counter[str] | None = None,
    middleware: Sequence[Middleware] = (),
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """The ASGI application. `routes` of the program come first; everything else is CouchDB's API at `/`.
    `cors_origins` are the web origins that browsers may call from (`*` = any, without cookies). `private_locals` are ids of
    `_local` documents of the program's own, without `_local/`, that nobody reads or writes over HTTP in any database.
    `server_only(id)`: a document that everybody reads and nobody writes over HTTP, whatever he may otherwise. `quotas`: what
    principals may store, by default in a file beside the replicas. `limits`: what requests may cost. `feeds`: how many each asker
    has open, kept up to date for whoever wants to count them. `middleware` of the program lies around everything.
    `app.state.stop_feeds()` ends the waiting feeds before a shutdown, and `app.state.wakes` lets feeds of the program wait and
    end with them; `databases` stays open, it is the caller's."""
    wakes = Wakes()
    limits = limits or EndpointLimits()
    stamp_of = getattr(authoriser, "credential_stamp", None)
    context = Context(
        databases=databases,
        authoriser=authoriser,
        sessions=None if stamp_of is None else Sessions(session_secret or secrets.token_bytes(32), clock, stamp_of=stamp_of),
        updates=DbUpdates(databases.names(), databases.exists, secrets.token_hex(4)),
        guesses=Guesses(clock),
        limits=limits,
        budget=BodyBudget(limits.bodies_bytes),
        parsed=BodyBudget(limits.parsed_bytes),
        turns=Turns(tuning.WORKERS_OF_ONE),
        quotas=quotas if quotas is not None else Quotas(databases.root / QUOTAS_FILE, clock),
        answers=BodyBudget(limits.answers_bytes, of_answers=True),
        pool=ThreadPoolExecutor(tuning.HTTP_WORKERS, thread_name_prefix="endpoint"),
        wakes=wakes,
        feeds=feeds if feeds is not None else Counter(),
        server_uuid=databases.server_uuid(),
        new_uuid=lambda: secrets.token_hex(16),
        cors_origins=tuple(cors_origins),
        private_locals=frozenset(f"_local/{each}" for each in private_locals),
        server_only=server_only,
    )

    compaction = IdleCompaction(databases, time.monotonic)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        def committed(name: str) -> None:
            context.updates.committed(name)
            compaction.written(name)
            wakes.wake(name)

        end = databases.on_commit(committed)
        upkeep = asyncio.create_task(_compact_idle(context, compaction))
        try:
            yield
        finally:
            end()
            upkeep.cancel()
            context.quotas.close()
            wakes.stop()
            context.pool.shutdown(wait=True)

    endpoint = Endpoint(context)
    app = Starlette(routes=past(routes, endpoint), lifespan=lifespan, middleware=middleware)
    # Not mounted: a mount does not match paths with a line end in them, and ids may have one.
    app.router.default = endpoint
    app.router.redirect_slashes = False
    app.state.stop_feeds = wakes.stop
    app.state.wakes = wakes
    return app


async def _compact_idle(context: Context, compaction: IdleCompaction) -> None:
    while True:
        await asyncio.sleep(database_tuning.COMPACT_QUIET_S)
        await asyncio.get_running_loop().run_in_executor(context.pool, compaction.look)


class Endpoint:
    """The ASGI application of the API alone."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._large = Turns(1, tuning.LARGE_BODIES_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request, calls = Request(scope, receive), list[Call]()
        try:
            response = await self._respond(request, calls)
            for name, value in self._cors_headers(request.headers).items():
                response.headers[name] = value
            await response(scope, receive, send)
        except (ClientDisconnect, Revoked):
            pass
        finally:
            for call in calls:
                call.forget_parsed()    # a stream needs what was asked for until its end

    async def _respond(self, request: Request, calls: list[Call]) -> Response:
        """`calls` gets the call as soon as there is one."""
        if request.method == "OPTIONS" and "origin" in request.headers:
            return Response(status_code=204)
        call = None
        try:
            call = self._call(request)
            calls.append(call)
            route = find_route(call)
            if "content-length" in request.headers or "transfer-encoding" in request.headers:
                await in_thread(call, partial(_admit, call, route))
                await self._read_body(request, call, route)
                admitted = True
            else:
                admitted = False
            if route.feed is not None:
                if not admitted:
                    await in_thread(call, partial(_admit, call, route))
                result = await route.feed(call)
                if isinstance(result, Stream):
                    return self._stream(call, route, result)
                return self._response(call.method, await in_thread(call, partial(_finish, call, result)), _watch(call, route))
            finished = await in_thread(call, partial(_run, call, route, admitted))
            return self._response(call.method, finished, _watch(call, route))
        except ClientDisconnect:
            raise
        except Exception as exc:
            return self._response(request.method, _error(exc, request))
        finally:
            if call is not None:
                call.forget_body()  # a feed has read its own by now

    async def _read_body(self, request: Request, call: Call, route: Route) -> None:
        """The body within the bounds of its route. A large one is parsed here, when it is its turn: it waits without a thread."""
        call.body_limit = route.body
        call.holder = "" if call.principal is not None and call.principal.is_server_admin else call.asker
        call.raw_body = await read_body(request, self._context.budget, route.body, call.holder)
        call.held = len(call.raw_body)
        zipped = "content-encoding" in call.headers
        if not route.json or media_type(call.headers.get("content-type", "")).startswith("multipart/"):
            return
        if (zipped or call.held > tuning.LARGE_BODY_BYTES) and await in_thread(call, call.is_large):
            async with self._large.of(call.asker):
                await in_thread(call, call.parse_ahead)

    def _call(self, request: Request) -> Call:
        raw_path = request.scope.get("raw_path") or request.scope["path"].encode()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]}
        query = parse_query(request.scope["query_string"])
        address = request.client.host if request.client is not None else ""
        root = f"{request.scope['scheme']}://{headers['host']}" if headers.get("host", "").isascii() and "host" in headers else ""
        return Call(self._context, request.method, split_path(raw_path), query, headers, address=address, root=root)

    def _response(self, method: str, finished: Finished, watch: Watch | None = None) -> Response:
        """Raises ServerError 503 when too many large answers are under way."""
        status, body, headers = finished
        if method == "HEAD" or status == 304:
            headers = {**headers, "content-length": str(len(body))} if status != 304 else headers
            body = b""
        if len(body) > tuning.STREAM_CHUNK_BYTES:
            return LargeAnswer(body, status, headers, self._context, watch)
        return Response(body, status, headers)

    def _stream(self, call: Call, route: Route, stream: Stream) -> Response:
        headers = {"content-type": stream.content_type, "cache-control": "no-cache", **call.reply_headers, **stream.headers}
        encoding = choose_encoding(call.headers.get("accept-encoding", ""))
        pieces = self._while_admitted(call, route, stream.pieces)
        if encoding is not None:
            headers["content-encoding"] = encoding
            pieces = self._compressed(call, pieces, StreamCompressor(encoding))
        headers["vary"] = "accept-encoding"
        return StreamingResponse(_in_chunks(pieces), headers=headers)

    async def _while_admitted(self, call: Call, route: Route, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same pieces, pages and heartbeats alike, while the asker could still ask: before each one his credentials and
        rights are looked at again. What a lost device has open ends with the next piece, cut, so that no answer looks whole."""
        watch = _watch(call, route)
        async with contextlib.aclosing(pieces):  # type: ignore[type-var]
            async for piece in pieces:
                await watch()
                yield piece

    async def _compressed(
        self, call: Call, pieces: AsyncIterator[bytes], compressor: StreamCompressor
    ) -> AsyncIterator[bytes]:
        async for piece in pieces:
            if len(piece) < tuning.COMPRESS_MIN_BYTES:
                yield compressor.piece(piece)
            else:
                yield await in_thread(call, partial(compressor.piece, piece))
        yield compressor.end()

    def _cors_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """CORS (CouchDB configuration, [cors]): nothing unless the origin is one of those allowed."""
        origin, allowed = headers.get("origin"), self._context.cors_origins
        if origin is None or not (origin in allowed or "*" in allowed):
            return {}
        answer = {
            "access-control-allow-origin": origin if origin in allowed else "*",
            "access-control-expose-headers": "cache-control, content-type, etag, server, x-couch-request-id",
            "vary": "origin, accept-encoding",
        }
        if origin in allowed:
            answer["access-control-allow-credentials"] = "true"
        if "access-control-request-method" in headers:
            answer["access-control-allow-methods"] = "GET, PUT, POST, HEAD, DELETE, COPY"
            answer["access-control-allow-headers"] = headers.get("access-control-request-headers", "")
            answer["access-control-max-age"] = "600"
        return answer


# --- in a worker thread ---


def _admit(call: Call, route: Route) -> None:
    """Authenticate and authorise. Raises Unauthorized, Forbidden."""
    call.principal = _authenticate(call)
    if route.access != "public":
        call.require(route.access)


def _authenticate(call: Call) -> Principal | None:
    """By what the authoriser accepts, else by a session cookie. A wrong name or password is an error on every route; who sends
    an `Authorization` of another kind, or one that says nothing, is nobody yet."""
    principal = call.authenticate(call.headers)
    if principal is not None:
        return principal
    if basic_credentials(call.headers) is not None:
        raise Unauthorized("Name or password is incorrect.")
    return _from_cookie(call)


def _from_cookie(call: Call) -> Principal | None:
    sessions, value = call.context.sessions, cookie_of(call)
    found = sessions.check(value) if sessions is not None else None
    if sessions is None or found is None:
        return None
    principal, left_s = found
    if left_s < sessions.lifetime_s * 0.9 and (renewed := sessions.renew(value)) is not None:
        call.reply_headers["set-cookie"] = session_cookie(sessions, renewed)
    return principal


def _watch(call: Call, route: Route) -> Watch:
    """A function that raises Revoked when the asker could not ask any more."""

    async def watch() -> None:
        if not await in_thread(call, partial(_is_still_admitted, call, route)):
            log.info("what %s had open is cut: the credential is gone", call.principal.name if call.principal else "")
            raise Revoked

    return watch


def _is_still_admitted(call: Call, route: Route) -> bool:
    """What `_admit` asked, asked again; wrong guesses of others are no matter here."""
    try:
        principal = call.context.authoriser.authenticate(call.headers)
        if principal is None and basic_credentials(call.headers) is None:
            principal = _from_cookie(call)
        if (principal.name if principal else None) != (call.principal.name if call.principal else None):
            return False
        call.principal = principal
        return route.access == "public" or call.may(route.access)
    except SyncError:
        return False


def _run(call: Call, route: Route, admitted: bool) -> Finished:
    if not admitted:
        _admit(call, route)
    assert route.handler is not None
    if not route.stores:
        return _finish(call, route.handler(call))
    with call.charged(len(call.body())):
        return _finish(call, route.handler(call))


def _finish(call: Call, reply: Reply) -> Finished:
    body, headers = finished_body(reply, call.headers.get("accept-encoding", ""))
    return reply.status, body, {**call.reply_headers, **headers}


# --- responses ---


class Revoked(OSError):
    """Ends a stream as a lost connection does: Starlette closes it and says nothing more."""


def _error(exc: Exception, request: Request) -> Finished:
    reply = error_reply(exc)
    if isinstance(exc, MethodNotAllowed):
        reply.headers["allow"] = exc.reason.removeprefix("Only ").removesuffix(" allowed")
    if reply.status in (408, 413):
        reply.headers["connection"] = "close"  # the rest of the body is not read
    body, headers = finished_body(reply, "")
    return reply.status, body, headers


class LargeAnswer(Response):
    """Handed to the socket piece by piece, and held against the server's budget until the last one is taken; the asker is looked
    at again meanwhile."""

    def __init__(
        self, body: bytes, status: int, headers: dict[str, str], context: Context, watch: Watch | None = None
    ) -> None:
        context.answers.take(len(body))
        self._budget, self._watch, self._recheck_s = context.answers, watch, context.limits.recheck_s
        super().__init__(body, status, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, clock = tuning.STREAM_CHUNK_BYTES, asyncio.get_running_loop().time
        due = clock() + self._recheck_s
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            for start in range(0, len(self.body), size):
                piece = bytes(self.body[start : start + size])
                if self._watch is not None and clock() >= due:
                    await self._watch()
                    due = clock() + self._recheck_s
                await send({"type": "http.response.body", "body": piece, "more_body": start + size < len(self.body)})
        finally:
            self._budget.give_back(len(self.body))


async def _in_chunks(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = tuning.STREAM_CHUNK_BYTES
    async for piece in pieces:
        for start in range(0, len(piece), size):
            yield piece[start : start + size]
