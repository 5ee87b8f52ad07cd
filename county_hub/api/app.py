"""`/api/v1` over HTTP: who asks, how often, what is asked, and the answer; one place for each.

Every answer is JSON, every refusal problem details. A token is checked before anything is told of paths beyond the document
itself; what a token reads goes into the audit log, what it repeats once in ten minutes.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import URLPath
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from county_hub.accounts.audit import Audit
from county_hub.api import problems, shapes
from county_hub.api.answers import Api, Call
from county_hub.api.openapi import BASE, document
from county_hub.api.operations import OPERATIONS, PATH_TYPES, Operation
from county_hub.api.problems import MOST_FAULTS, ApiProblem, fault, of_rows, of_type
from county_hub.api.shapes import Fault
from county_hub.hub.devices.rates import Rate, Rates
from county_hub.systems.tokens import Token
from shared.ledger.days import is_day
from sync.errors import DiskFull, SyncError
from sync.storage import DRIVER_ERRORS

log = logging.getLogger("county_hub.api")
MOST_BODY, MOST_QUERY = 1 << 20, 4096
_AGAIN_MS, _WATCHED = 10 * 60_000, 5000
_OF_FILES: tuple[type[Exception], ...] = (SyncError, OSError, *DRIVER_ERRORS)
Wrong = list[tuple[str, Fault]]             # what is said of the whole, and where
_PATHS = [(op, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", op.path))) for op in OPERATIONS]


class Interface:
    """An ASGI application below `/api/v1`. `calls_a_minute`: of one token."""

    def __init__(self, api: Api, audit: Audit, calls_a_minute: int, now: Any) -> None:
        self._api, self._audit, self._now, self._rates = api, audit, now, Rates()
        self._rate = Rate(max(1, calls_a_minute), calls_a_minute)
        self._lock, self._noted = threading.Lock(), OrderedDict[tuple[str, str], int]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ApiProblem as problem:
            answer = problems.answer(problem)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.url.path.removeprefix(BASE)
        if path == "/openapi.json":
            if request.method not in ("GET", "HEAD"):
                raise ApiProblem(405, "this is only read", headers={"allow": "GET, HEAD"})
            return _answered(request, document())
        token = await run_in_threadpool(self._token, request)
        op, values = _operation(path, request.method)
        if op.scope and op.scope not in token.scopes:
            raise ApiProblem(403, f"this token lacks the scope {op.scope}", [
                fault("scope", op.scope, "ask the county for a token with it")])
        places, wrong = _path(values), Wrong()
        query, body, key = _query(op, request, wrong), await _body(op, request, wrong), _key(op, request, wrong)
        call = Call(self._api, token, places, query, body, key)
        if wrong:                               # all of it at once
            raise ApiProblem(400, "; ".join(dict.fromkeys(said for said, _ in wrong)), [one for _, one in wrong][:MOST_FAULTS])
        made = await run_in_threadpool(self._run, op, call, request)
        return _answered(request, made, op.status)

    def _token(self, request: Request) -> Token:
        """Raises `ApiProblem` where there is none, none that is good, or it asks too often."""
        address = request.client.host if request.client else ""
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        try:
            token = self._api.systems.tokens.good(sent.strip()) if scheme.lower() == "bearer" else None
        except _OF_FILES as broken:
            raise self._files(request, broken) from None
        wait_s = self._rates.wait_s("api", token.id, self._rate) if token is not None else self._rates.stranger(address)
        if wait_s:
            again = str(max(1, round(wait_s)))
            raise ApiProblem(429, "asked too often; wait before the next try", headers={"retry-after": again})
        if token is None:
            raise ApiProblem(401, "a good token is needed", [fault(
                "Authorization", scheme[:20], "send `Authorization: Bearer shuoshi_...` with a token that has "
                "neither ended nor been revoked")],
                {"www-authenticate": 'Bearer realm="api"'})
        return token

    def _run(self, op: Operation, call: Call, request: Request) -> Any:
        try:
            made = op.run(call)
            self._note(call, request)
            return made
        except ApiProblem:
            raise
        except _OF_FILES as broken:
            raise self._files(request, broken) from None
        except Exception:
            log.exception("%s failed", op.name)
            raise ApiProblem(500, "this is a fault of the hub; it stands in its log") from None

    @staticmethod
    def _files(request: Request, broken: Exception) -> ApiProblem:
        log.error("%s failed: %s", request.url.path, broken)
        full = isinstance(broken, DiskFull)
        return ApiProblem(507 if full else 503, "the disk of the hub is full" if full else "files of the hub cannot be read now")

    def _note(self, call: Call, request: Request) -> None:
        """Who looked at what; the same question of the same token once in ten minutes, or lists would fill the log."""
        subject, now = request.url.path.removeprefix(BASE + "/"), self._now()
        mark = call.token.id, f"{request.method} {subject}"
        with self._lock:
            if request.method == "GET" and now - self._noted.get(mark, -_AGAIN_MS) < _AGAIN_MS:
                return
            self._noted[mark] = now
            self._noted.move_to_end(mark)
            if len(self._noted) > _WATCHED:
                self._noted.popitem(last=False)
        self._audit.note(f"token {call.token.id}", "api", mark[1], request.client.host if request.client else "")


def _operation(path: str, method: str) -> tuple[Operation, Mapping[str, str]]:
    found = [(op, match.groupdict()) for op, pattern in _PATHS if (match := pattern.fullmatch(path))]
    for op, values in found:
        if op.method == method or (op.method, method) == ("GET", "HEAD"):
            return op, values
    if not found:
        raise ApiProblem(404, "there is nothing at this address", [
            fault("path", path, f"{BASE}/openapi.json lists what there is")])
    allow = ", ".join(sorted({name for op, _ in found for name in ((op.method, "HEAD") if op.method == "GET" else (op.method,))}))
    raise ApiProblem(405, f"{method[:20]} is not done here", headers={"allow": allow})


def _path(values: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in values.items():
        try:
            msgspec.convert(value, PATH_TYPES[name])
        except msgspec.ValidationError as wrong:
            raise ApiProblem(404, f"this is no {name}", [fault(name, value, str(wrong))]) from None
    return values


def _query(op: Operation, request: Request, wrong: Wrong) -> Any:
    if len(request.scope.get("query_string", b"")) > MOST_QUERY:
        raise ApiProblem(400, f"the query is longer than {MOST_QUERY} bytes")
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    for name, n in Counter(name for name, _ in pairs).items():
        if n > 1:
            wrong.append(("a parameter is given twice", fault(name, "", "give it once")))
    for name, value in given.items():           # every one has a default, so each is asked by itself
        try:
            msgspec.convert({name: value}, op.query, strict=False)
            if name in shapes.DAYS and not is_day(value):
                wrong.append((f"{name} is no day", fault(name, value, "give a day of the calendar as 2026-11-23")))
        except msgspec.ValidationError as no:
            wrong.append(("a parameter is wrong", of_type(no, given)))
    return msgspec.convert({} if wrong else given, op.query, strict=False)


async def _body(op: Operation, request: Request, wrong: Wrong) -> Any:
    if op.body is None:
        return None
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise ApiProblem(415, "JSON is needed", [fault("Content-Type", kind, "send application/json")])
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST_BODY:
            fewer = fault("body", "", "send fewer rows at a time")
            raise ApiProblem(413, f"more than {MOST_BODY} bytes", [fewer], {"connection": "close"})
    try:
        return msgspec.json.decode(data, type=op.body)
    except msgspec.ValidationError as no:
        wrong += [("the body is not as asked", one) for one in _of_rows(data) or [of_type(no, {})]]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as no:
        wrong.append(("the body is no JSON", fault("body", "", str(no))))
    return None


def _of_rows(data: bytes) -> list[Fault]:
    try:
        return of_rows(msgspec.json.decode(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []


def _key(op: Operation, request: Request, wrong: Wrong) -> str:
    if op.body is None:
        return ""
    given = request.headers.get("idempotency-key", "")
    try:
        return msgspec.convert(given, shapes.Key) if given else ""
    except msgspec.ValidationError as no:
        wrong.append(("a header is wrong", fault("Idempotency-Key", given, str(no))))
        return ""


def _answered(request: Request, made: Any, status: int = 200) -> Response:
    body = shapes.encoded(made)
    if request.method not in ("GET", "HEAD"):
        return Response(body, status, problems.HEADERS, "application/json")
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache", "x-content-type-options": "nosniff"}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(b"", 304, headers)
    return Response(body, status, headers, "application/json")


class _Below(BaseRoute):
    """Everything below the base, whatever stands in the path (a route's pattern knows no line feed)."""

    def __init__(self, interface: Interface) -> None:
        self._interface = interface

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        below = scope["type"] == "http" and scope["path"].startswith(BASE + "/")
        return (Match.FULL if below else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._interface(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        raise NoMatchFound(name, path_params)


def routes(interface: Interface) -> list[BaseRoute]:
    return [_Below(interface)]
