"""Addresses and credentials of remote peers: taken apart once, never shown with a password. Pure but for one
environment variable."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from sync.errors import BadRequest

AUTH_VARIABLE = "SYNC_AUTH"


@dataclass(frozen=True, slots=True)
class Address:
    """`url` has no credentials and no trailing slash; `server` is the url without the database's name."""

    url: str
    server: str
    db_name: str
    auth: tuple[str, str] | None
    password_in_url: bool

    def __repr__(self) -> str:
        return f"Address({self.url!r})"


def parse_address(url: str, auth: tuple[str, str] | None = None) -> Address:
    """`http(s)://[user:password@]host[:port]/db`. Credentials: `auth`, else the url's, else SYNC_AUTH (name:password).

    Raises BadRequest naming what is wrong, without the password.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:     # half of an IPv6 address
        raise BadRequest(f"{redact(url)} is not an address like https://host:port/database") from error
    try:
        port = parts.port
    except ValueError as error:
        raise BadRequest(f"the port in {redact(url)} is not a number below 65536") from error
    if port == 0:
        raise BadRequest(f"the port in {redact(url)} is 0, which is none")
    if parts.scheme not in ("http", "https") or not parts.hostname or not _is_host(parts.hostname):
        raise BadRequest(f"{redact(url)} is not an address like https://host:port/database")
    path = parts.path.rstrip("/")
    prefix, _, name = path.rpartition("/")
    if not name or parts.query or parts.fragment:
        raise BadRequest(f"{redact(url)} must end with the database's name, as in https://host:port/database")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = f"{host}:{port}" if port else host
    server = urlunsplit((parts.scheme, netloc, prefix, "", ""))
    db_name = unquote(name)
    in_url = None
    if parts.username is not None:
        in_url = (unquote(parts.username), unquote(parts.password or ""))
    return Address(
        url=f"{server}/{quote(db_name, safe='')}",
        server=server,
        db_name=db_name,
        auth=auth or in_url or auth_from_environment(),
        password_in_url=bool(in_url and in_url[1]),
    )


def _is_host(name: str) -> bool:
    """No spaces and no escapes (in `name%3Aword%40host` an account hides), and no label longer than DNS has them."""
    letters = name.partition("%")[0] if ":" in name else name       # behind % an IPv6 address has the interface
    return not any(ch <= " " or ch in "%\x7f" for ch in letters) and all(len(label) < 64 for label in letters.split("."))


def auth_from_environment() -> tuple[str, str] | None:
    return parse_auth(os.environ[AUTH_VARIABLE], AUTH_VARIABLE) if os.environ.get(AUTH_VARIABLE) else None


def parse_auth(text: str, where: str) -> tuple[str, str]:
    """`name:password` as it stands in `where` (a variable or a file, also with the mark that some editors put before a text)."""
    name, colon, password = text.removeprefix("\ufeff").strip().partition(":")
    if not name or not colon or len(password.splitlines()) > 1:
        raise BadRequest(f"{where} must hold name:password on one line")
    return name, password


def redact(url: str) -> str:
    """The address without its password, for every message and log."""
    before, at, after = url.rpartition("@")
    if not at:
        return url
    scheme, slashes, user = before.rpartition("://")
    name = user.partition(":")[0]
    return f"{scheme}{slashes}{name}:***@{after}"
