"""One request as handlers see it: `Call`, its typed parameters, and the `Context` that all requests of a
server share.

Lives here: how CouchDB writes parameters (JSON in query strings, names with two spellings) and who may do
what to a database. It must not know routes or how answers are made.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, unquote

from sync.databases import Databases
from sync.databases.updates import DbUpdates
from sync.endpoint import tuning
from sync.endpoint.auth import Access, Authoriser, Guesses, Principal, SecurityObject, Sessions, basic_credentials
from sync.endpoint.guesses import group_of
from sync.endpoint.quotas import Quotas
from sync.endpoint.tuning import EndpointLimits
from sync.endpoint.turns import BodyBudget, Turns
from sync.endpoint.wire import JSON_TYPE, decode_body, media_type, parse_json, refuse_huge_numbers
from sync.errors import BadRequest, Forbidden, TooLarge, Unauthorized, UnsupportedMedia
from sync.replica import LocalReplica

T = TypeVar("T")
WHICH_HEADER = "x-replica"
"""Which replica answered: a client sees when another one begins to answer at the same address in mid-run."""
SECURITY_ID = "_security"
"""The `_local` document that holds a database's `_security`; not reachable as a `_local` document over
HTTP."""


@dataclass(slots=True)
class Context:
    """What all requests of one server share."""

    databases: Databases
    authoriser: Authoriser
    sessions: Sessions | None
    pool: ThreadPoolExecutor
    wakes: Wakes
    server_uuid: str
    new_uuid: Callable[[], str]
    updates: DbUpdates
    guesses: Guesses
    budget: BodyBudget
    parsed: BodyBudget
    answers: BodyBudget
    quotas: Quotas
    turns: Turns
    limits: EndpointLimits
    feeds: Counter[str] = field(default_factory=Counter)
    cors_origins: tuple[str, ...] = ()
    private_locals: frozenset[str] = frozenset()
    server_only: Callable[[str], bool] = lambda id: False


class Wakes:
    """Who waits for which database. `wake` may come from any thread; the rest belongs to the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.stopping = False

    @contextlib.contextmanager
    def waiting_for(self, name: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever `name` may have changed; enter before reading, so that no commit
        is missed. The name "" waits for every database."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._waiting.setdefault(name, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[name].discard(event)
            if not self._waiting[name]:
                del self._waiting[name]

    def wake(self, name: str) -> None:
        if self._loop is not None and not self._loop.is_closed() and self._waiting:
            self._loop.call_soon_threadsafe(self._set, name)

    def _set(self, name: str) -> None:
        for event in (*self._waiting.get(name, ()), *self._waiting.get("", ())):
            event.set()

    def stop(self) -> None:
        """End every feed well: the server is going down. From any thread."""
        self.stopping = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._set_all)

    def _set_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()


@dataclass(slots=True)
class Call:
    """One request. `segments` are the decoded parts of the path; `db`, `id`, `name` what the router made
    of them; `holder` who holds the memory of its body, "" for an administrator; `root` the server's address as the client wrote
    it."""

    context: Context
    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw_body: bytes = b""
    principal: Principal | None = None
    db: str = ""
    id: str = ""
    name: str = ""
    address: str = ""
    root: str = ""
    plain_body: bytes | None = None
    body_limit: int = tuning.MAX_OPEN_BODY_BYTES
    held: int = 0
    held_parsed: int = 0
    parsed_ahead: list[Any] = field(default_factory=list)
    holder: str = ""
    reply_headers: dict[str, str] = field(default_factory=dict)

    # --- body ---

    def body(self) -> bytes:
        """The body without `Content-Encoding`. What it grows to is held against the server's budget, too."""
        if self.plain_body is None:
            encoding = self.headers.get("content-encoding", "")
            self.plain_body = decode_body(self.raw_body, encoding, self.body_limit, take=self._take)
        return self.plain_body

    def is_large(self) -> bool:
        """Whether the plain body is a large one. Looks no further into a zipped one than it must."""
        if len(self.raw_body) <= tuning.LARGE_BODY_BYTES:
            with contextlib.suppress(TooLarge):
                encoding = self.headers.get("content-encoding", "")
                self.plain_body = decode_body(self.raw_body, encoding, min(self.body_limit, tuning.LARGE_BODY_BYTES))
                self._take(len(self.plain_body))
                return False
        return True

    def parse_ahead(self) -> None:
        """What `json` will do, done now. What is wrong with the body, its handler tells in its own order."""
        with contextlib.suppress(BadRequest):
            self.parsed_ahead = [self._parse()]

    def _parse(self) -> Any:
        return parse_json(self.body(), take=self.take_parsed)

    def take_parsed(self, count: int) -> None:
        """Hold so many bytes against the server's budget until the request ends. Raises ServerError 429."""
        self.context.parsed.take(count, self.holder)
        self.held_parsed += count

    def _take(self, count: int) -> None:
        self.context.budget.take(count, self.holder)
        self.held += count

    @contextlib.contextmanager
    def charged(self, count: int) -> Iterator[None]:
        """The block stores so many bytes: they count against the principal's quota, unless it fails. Raises QuotaExceeded."""
        if self.principal is not None and self.principal.is_server_admin:
            yield
            return
        who, count = self.principal.name if self.principal is not None else "", max(count, tuning.MIN_WRITE_BYTES)
        self.context.quotas.take(who, self.db, count)
        try:
            yield
        except BaseException:
            self.context.quotas.give_back(who, self.db, count)
            raise

    def forget_body(self) -> None:
        """Give back what the body held, but for what a stream has made of it."""
        self.context.budget.give_back(self.held, self.holder)
        self.raw_body, self.plain_body, self.held, self.parsed_ahead = b"", None, 0, []

    def forget_parsed(self) -> None:
        self.context.parsed.give_back(self.held_parsed, self.holder)
        self.held_parsed = 0

    # --- who asks ---

    @property
    def asker(self) -> str:
        """Whose turn it is: the principal, or the household of a stranger."""
        return self.principal.name if self.principal is not None else f"a stranger at {group_of(self.address)}"

    def authenticate(self, headers: Mapping[str, str]) -> Principal | None:
        """Whom the authoriser recognises in these headers, or None. Raises ServerError 429 for a guesser."""
        given = basic_credentials(headers)
        if given is None:
            return self.context.authoriser.authenticate(headers)
        who = self.address, given[0]
        self.context.guesses.check(who)
        principal = self.context.authoriser.authenticate(headers)
        if principal is None:
            self.context.guesses.failed(who)
        else:
            self.context.guesses.succeeded(who)
        return principal

    def json(self) -> Any:
        """The body as JSON. Of a POST a form or text that a web page could send unasked is refused, and so is one that names no
        type; a PUT is taken whatever type it names (CouchDB: `chttpd:validate_ctype` is asked for POST alone; a browser asks the
        server before it sends a PUT)."""
        self._check_type()
        value = self._parsed()
        refuse_huge_numbers(value, self.body())
        return value

    def documents(self) -> Any:
        """The body of a request that brings documents: each is judged by itself, so none here stops the others."""
        self._check_type()
        return self._parsed()

    def _check_type(self) -> None:
        given = media_type(self.headers.get("content-type", ""))
        if given != JSON_TYPE and self.method != "PUT":
            raise UnsupportedMedia(f"Content-Type must be application/json, not {given[:60]!r}")

    def _parsed(self) -> Any:
        return self.parsed_ahead[0] if self.parsed_ahead else self._parse()

    def json_object(self) -> dict[str, Any]:
        value = self.json()
        if not isinstance(value, dict):
            raise BadRequest("Request body must be a JSON object")
        return value

    def json_or_empty(self) -> dict[str, Any]:
        """The body as a JSON object; no body is an empty one."""
        return self.json_object() if self.raw_body else {}

    # --- query parameters ---

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.query.get(name)
        if value is None:
            return default
        if value not in ("true", "false"):
            raise BadRequest(f"Invalid boolean parameter {name}: {value[:40]!r}; write true or false", error="query_parse_error")
        return value == "true"

    def number(self, name: str, default: int | None = None) -> int | None:
        value = self.query.get(name)
        if value is None:
            return default
        return as_number(name, value)

    def from_json(self, name: str, *other_names: str) -> Any:
        """The JSON value of the first of these parameters that is there, or None."""
        for each in (name, *other_names):
            if each in self.query:
                value = parse_json(self.query[each], f"query parameter {each}")
                refuse_huge_numbers(value, self.query[each].encode("utf-8", "surrogatepass"), f"query parameter {each}")
                return value
        return None

    def address_of(self, *parts: str) -> str:
        """For `Location`: the address of a database, document or attachment on this server."""
        kept = {"_design/", "_local/"}      # the one slash of an id that CouchDB does not escape
        return self.root + "".join(
            "/" + next((prefix + quote(part.removeprefix(prefix), safe="") for prefix in kept if part.startswith(prefix)),
                       quote(part, safe=""))
            for part in parts
        )

    # --- the database ---

    def for_database(self, name: str) -> Call:
        """The same principal asking about database `name`."""
        return replace(self, db=name)

    @contextlib.contextmanager
    def replica(self) -> Iterator[LocalReplica]:
        with self.context.databases.lease(self.db) as replica:
            if self.segments[0] == self.db:
                self.reply_headers[WHICH_HEADER] = which(replica)
            yield replica

    def require(self, access: Access) -> None:
        """Raises Unauthorized for the anonymous, Forbidden for the known, when they may not `access` the
        database (or server)."""
        if not self.may(access):
            if self.principal is None:
                raise Unauthorized("You are not authorized to access this db." if self.db else "You are not a server admin.")
            raise Forbidden(f"You are not allowed to {access} {'this db' if self.db else 'this server'}.")

    def may(self, access: Access) -> bool:
        may, principal = self.context.authoriser.may, self.principal
        if not self.db:
            return may(principal, None, access)
        if principal is not None and principal.is_server_admin:
            return may(principal, self.db, access)
        if access == "admin":
            return may(principal, self.db, "admin") or (
                may(principal, self.db, "write") and self._security().permits(principal, "admin")
            )
        return may(principal, self.db, access) and self._security().permits(principal, access)

    def _security(self) -> SecurityObject:
        if not self.context.databases.exists(self.db):
            return SecurityObject()
        with self.replica() as replica:
            return SecurityObject.from_json(security_document(replica))


def which(replica: LocalReplica) -> str:
    """A short name of this life of this replica, for `WHICH_HEADER`."""
    return f"{replica.replica_id[:6]}{replica.epoch[:6]}"


async def in_thread(call: Call, work: Callable[[], T]) -> T:
    """Run `work` in the pool of worker threads, of which one asker never has all."""
    async with call.context.turns.of(call.asker):
        # What is noted of the request (`contextvars`, for its log lines) goes along.
        noted = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(call.context.pool, lambda: noted.run(work))


def security_document(replica: LocalReplica) -> dict[str, Any]:
    stored = replica.get_local(SECURITY_ID)
    return dict(stored["security"]) if stored else {}


def as_number(name: str, value: Any) -> int:
    """A count from a query or a body: not negative, at most 2^53."""
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 17):
        raise BadRequest(
            f"Invalid value for {name}: {text[:40]!r}; write a number that is not negative", error="query_parse_error"
        )
    return int(text)


def bounded_list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadRequest(f"`{name}` must be an array")
    if len(value) > tuning.MAX_BULK_ITEMS:
        raise TooLarge(f"`{name}` has more than {tuning.MAX_BULK_ITEMS} entries; send fewer at a time")
    return value


def string_list(value: Any, name: str) -> list[str]:
    items = bounded_list(value, name)
    if not all(isinstance(item, str) for item in items):
        raise BadRequest(f"`{name}` must be an array of strings")
    return items


def split_path(raw_path: bytes) -> tuple[str, ...]:
    """Decoded segments of a path; an escaped slash stays within its segment. Raises BadRequest for what
    is not UTF-8."""
    path = raw_path.partition(b"?")[0].decode("latin-1").strip("/")
    if not path:
        return ()
    try:
        return tuple(unquote(part, encoding="utf-8", errors="strict") for part in path.split("/"))
    except UnicodeDecodeError:
        raise BadRequest("the path is not UTF-8") from None


def parse_query(query: bytes) -> dict[str, str]:
    """The last value of each parameter. Raises BadRequest."""
    if len(query) > tuning.MAX_QUERY_BYTES:
        error = BadRequest(f"the query string is longer than {tuning.MAX_QUERY_BYTES} bytes", error="request_uri_too_long")
        error.status = 414
        raise error
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=tuning.MAX_QUERY_FIELDS)
    except ValueError:
        raise BadRequest("the query string is not UTF-8, or has too many parameters", error="query_parse_error") from None
    return dict(pairs)
