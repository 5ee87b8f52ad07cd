"""Who sits at the console: the password, the signed cookie, the CSRF token. Stored are only sessions that were ended.

A session ends with its time, with a logout, with a new password, and when its officer is dismissed. The cookie is HttpOnly and
SameSite=Strict; the token that forms must return is an HMAC over the cookie, so a page of another site can neither read nor make
one. It must not know pages, staff names or cases.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from sync.endpoint.auth import EndedSessions, Principal, Sessions, same_secret

COOKIE = "hub_console"


@dataclass(frozen=True, slots=True)
class Visitor:
    """`staff` is empty for a read-only login. `csrf` is what this visitor's forms must carry."""

    staff: str
    csrf: str


class ConsoleSessions:
    """`clock` gives seconds since 1970 UTC; `secret` is the cookie key of secrets.json. `stamp_of(staff)` changes with the
    password and when that officer may no longer sign in."""

    def __init__(
        self,
        secret: bytes,
        clock: Callable[[], float],
        hours: int,
        stamp_of: Callable[[str], str],
        ended: EndedSessions,
    ) -> None:
        self._secret = secret
        self._sessions = Sessions(secret, clock, hours * 3600, stamp_of, ended)
        self.lifetime_s = hours * 3600

    def issue(self, staff: str) -> str:
        return self._sessions.issue(Principal(staff, frozenset({"console"})))

    def end(self, cookie: str) -> None:
        self._sessions.end(cookie)

    def visitor(self, cookie: str) -> Visitor | None:
        """The visitor of a cookie value, or None when it is forged, damaged or expired."""
        try:
            found = self._sessions.check(cookie)
        except (ValueError, UnicodeDecodeError):
            return None
        return Visitor(found[0].name, self._token(cookie)) if found else None

    def _token(self, cookie: str) -> str:
        return hmac.new(self._secret, b"csrf:" + cookie.encode(), hashlib.sha256).hexdigest()


def right_token(visitor: Visitor, given: str) -> bool:
    return same_secret(given, visitor.csrf)
