"""Who is asking, and may he: principals, authorisers, cookie sessions, the `_security` object.

Lives here: what the endpoint asks before it runs a request. It knows HTTP header names and nothing else
of HTTP, and nothing of what databases contain. A program with users of its own (devices, staff) writes
its own `Authoriser`; the two here serve a library user and `python -m sync serve`. Comparisons of secrets
take the same time whatever the guess.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec

from sync.endpoint import tuning
from sync.endpoint.guesses import Guesses
from sync.errors import BadRequest

__all__ = [
    "Access", "Authoriser", "EndedSessions", "Guesses", "OpenAccess", "Principal", "SecurityObject", "Sessions", "SingleAdmin",
    "basic_credentials", "basic_header", "same_secret",
]  # fmt: skip
Access = Literal["read", "write", "admin"]
ADMIN_ROLE = "_admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who proved who he is. The role `_admin` is the server's administrator."""

    name: str
    roles: frozenset[str] = frozenset()

    @property
    def is_server_admin(self) -> bool:
        return ADMIN_ROLE in self.roles


class Authoriser(Protocol):
    """`authenticate` sees the request headers with lower-case names and answers None for wrong or absent
    credentials. `may` decides about one database (`db`), or about the server when `db` is None;
    `principal` None is the anonymous. `credential_stamp` changes with a name's password and when it loses its access: it stands
    in every cookie, so sessions opened before end at once. Of an authoriser without it no cookie is given. All three are asked
    again while a feed is open."""

    def authenticate(self, headers: Mapping[str, str]) -> Principal | None: ...

    def may(self, principal: Principal | None, db: str | None, access: Access) -> bool: ...

    def credential_stamp(self, name: str) -> str: ...


def basic_credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Name and password of an `Authorization: Basic` header, or None when there is none that can be read."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon else None


def basic_header(name: str, password: str) -> str:
    """The value of an `Authorization` header for these credentials."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def same_secret(given: str, expected: str) -> bool:
    """Compare without telling by the time taken where they differ, or how long the expected one is."""
    left, right = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (given, expected))
    return hmac.compare_digest(left, right)


class OpenAccess:
    """No administrator: everybody is one. Only for a server bound to loopback; a web page that lures a
    browser here by a host name of its own (DNS rebinding) is refused by the `Host` header."""

    EVERYBODY = Principal("", frozenset({ADMIN_ROLE}))

    def authenticate(self, headers: Mapping[str, str]) -> Principal | None:
        return self.EVERYBODY if _is_loopback_host(headers.get("host", "localhost")) else None

    def may(self, principal: Principal | None, db: str | None, access: Access) -> bool:
        return principal is not None

    def credential_stamp(self, name: str) -> str:
        return ""       # there is nothing that could change


class SingleAdmin:
    """One administrator by name and password; nobody else may anything."""

    def __init__(self, user: str, password: str) -> None:
        if not user or ":" in user or not password:
            raise ValueError("the administrator needs a name without a colon and a password that is not empty")
        self._user, self._password = user, password

    def __repr__(self) -> str:
        return f"SingleAdmin({self._user!r}, password=***)"

    def authenticate(self, headers: Mapping[str, str]) -> Principal | None:
        given = basic_credentials(headers)
        if given is None:
            return None
        right_name, right_password = same_secret(given[0], self._user), same_secret(given[1], self._password)
        return Principal(self._user, frozenset({ADMIN_ROLE})) if right_name and right_password else None

    def may(self, principal: Principal | None, db: str | None, access: Access) -> bool:
        return principal is not None and principal.is_server_admin

    def credential_stamp(self, name: str) -> str:
        return f"{self._user}:{self._password}" if name == self._user else ""


class EndedSessions:
    """Sessions that somebody has ended before their time, by number, and until when a cookie of theirs could be good. `keep` is
    called with each, `kept` are those of an earlier life: for secrets that outlive the process. Thread-safe."""

    def __init__(
        self,
        clock: Callable[[], float],
        kept: Mapping[str, float] | None = None,
        keep: Callable[[str, float], None] = lambda number, until: None,
    ) -> None:
        self._clock, self._keep = clock, keep
        self._lock = threading.Lock()
        self._until: OrderedDict[str, float] = OrderedDict(kept or {})

    def __contains__(self, number: str) -> bool:
        return number in self._until

    def add(self, number: str, until: float) -> None:
        self._keep(number, until)
        with self._lock:
            self._until[number] = until
            now = self._clock()
            for each in [each for each, end in self._until.items() if end < now]:
                del self._until[each]
            if len(self._until) > tuning.MAX_ENDED_SESSIONS:
                self._until.popitem(last=False)


class Sessions:
    """Cookie sessions: base64 of JSON `[expiry, begun, number, name, roles, stamp]` and its HMAC-SHA256. Only those ended before
    their time are stored; a new secret ends all. `stamp_of(name)` changes when the credentials of `name` do, and that ends his
    sessions too; see `Authoriser`."""

    COOKIE = "AuthSession"

    def __init__(
        self,
        secret: bytes,
        clock: Callable[[], float],
        lifetime_s: int = tuning.SESSION_LIFETIME_S,
        stamp_of: Callable[[str], str] = lambda name: "",
        ended: EndedSessions | None = None,
    ) -> None:
        if len(secret) < 16:
            raise ValueError("a session secret needs at least 16 bytes")
        self._secret, self._clock, self.lifetime_s, self._stamp_of = secret, clock, lifetime_s, stamp_of
        self._ended = ended if ended is not None else EndedSessions(clock)

    def issue(self, principal: Principal) -> str:
        """The cookie's value for `principal`, valid for `lifetime_s` from now."""
        return self._write(principal, self._clock(), secrets.token_hex(8))

    def check(self, value: str) -> tuple[Principal, float] | None:
        """The principal of a cookie and the seconds it has left, or None when it is forged, damaged,
        expired, ended or older than the credentials."""
        read = self._read(value)
        return None if read is None else (read.principal, read.left_s)

    def end(self, value: str) -> None:
        """End the session of this cookie and of all that renewed it. A cookie that is not good is left as it is."""
        read = self._read(value)
        if read is not None:
            self._ended.add(read.number, read.begun + tuning.SESSION_MAX_AGE_S + 2 * self.lifetime_s)

    def renew(self, value: str) -> str | None:
        """A fresh cookie for a good one that is in use, until the session is `SESSION_MAX_AGE_S` old."""
        read = self._read(value)
        if read is None or self._clock() - read.begun > tuning.SESSION_MAX_AGE_S:
            return None
        return self._write(read.principal, read.begun, read.number)

    def _write(self, principal: Principal, begun: float, number: str) -> str:
        expires = int(self._clock()) + self.lifetime_s
        content = [expires, int(begun), number, principal.name, sorted(principal.roles), self._stamp(principal.name)]
        payload = base64.urlsafe_b64encode(msgspec.json.encode(content)).decode()
        return f"{payload}.{self._sign(payload)}"

    def _read(self, value: str) -> _Read | None:
        payload, _, signature = value.partition(".")
        if not same_secret(signature, self._sign(payload)):
            return None
        try:
            expires, begun, number, name, roles, stamp = msgspec.json.decode(base64.urlsafe_b64decode(payload))
        except ValueError:      # signed by an earlier version of this program
            return None
        left = expires - self._clock()
        if left <= 0 or number in self._ended or not same_secret(stamp, self._stamp(name)):
            return None
        return _Read(Principal(name, frozenset(roles)), left, begun, number)

    def _stamp(self, name: str) -> str:
        return self._sign("stamp " + self._stamp_of(name))[:16]

    def _sign(self, payload: str) -> str:
        return hmac.new(self._secret, payload.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class _Read:
    """A good cookie. `begun` is when the password was given."""

    principal: Principal
    left_s: float
    begun: float
    number: str


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """`_security` of a database: `{"admins": {"names", "roles"}, "members": {"names", "roles"}}` (CouchDB
    API, /db/_security). No members named = everybody whom the authoriser lets in is one."""

    admin_names: frozenset[str] = frozenset()
    admin_roles: frozenset[str] = frozenset()
    member_names: frozenset[str] = frozenset()
    member_roles: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, value: Any) -> SecurityObject:
        """Raises BadRequest naming the field that has the wrong shape."""
        if not isinstance(value, dict):
            raise BadRequest("_security must be a JSON object")
        lists = []
        for part in ("admins", "members"):
            section = value.get(part, {})
            if not isinstance(section, dict):
                raise BadRequest(f"_security.{part} must be an object with `names` and `roles`")
            for kind in ("names", "roles"):
                entries = section.get(kind, [])
                if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
                    raise BadRequest(f"_security.{part}.{kind} must be a list of strings")
                lists.append(frozenset(entries))
        return cls(*lists)

    def permits(self, principal: Principal | None, access: Access) -> bool:
        """Server administrators always, the database's own to administer, members (or everybody, if none
        are named) to use it."""
        if principal is not None and principal.is_server_admin:
            return True
        if _named(principal, self.admin_names, self.admin_roles):
            return True
        if access == "admin":
            return False
        everybody = not (self.member_names or self.member_roles)
        return everybody or _named(principal, self.member_names, self.member_roles)


def _named(principal: Principal | None, names: frozenset[str], roles: frozenset[str]) -> bool:
    return principal is not None and (principal.name in names or bool(principal.roles & roles))


def _is_loopback_host(host: str) -> bool:
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
