"""Where a notice may go: https alone, to no address of this machine or of a network behind it, unless a setting names it.

Whoever can have a notice sent could otherwise make the hub knock at doors that only the hub reaches (server-side request
forgery, CWE-918). The name is asked for once; the connection goes to the very address that was looked at, so a name that
changes its answer in between wins nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST_URL = 500
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")          # RFC 6052: an IPv4 address in its last 32 bits


class BadTarget(ValueError):
    """One English sentence: what is wrong with the address and what would do."""


@dataclass(frozen=True, slots=True)
class Target:
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """As the header `host` names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Raises `BadTarget`."""
    if not 1 <= len(url) <= MOST_URL or not url.isascii() or any(ord(ch) <= 32 or ord(ch) == 127 for ch in url):
        raise BadTarget(f"url: give an address of at most {MOST_URL} printable ASCII characters without spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadTarget("url: this is no address; give https://host/path") from None
    if parts.scheme != "https" or not host:
        raise BadTarget("url: only https is spoken; give https://host/path")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadTarget("url: leave out user, password and the part behind #")
    return Target(host, 443 if port is None else port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def networks(text: str) -> tuple[Network, ...]:
    """Networks of a setting, separated by commas. Raises ValueError."""
    return tuple(ipaddress.ip_network(each, strict=False) for each in filter(None, map(str.strip, text.split(","))))


Resolve = Callable[[str, int], Iterable[str]]


def resolved(host: str, port: int) -> list[str]:
    """Every address of a name. Raises OSError."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def address_for(target: Target, allowed: Sequence[Network], resolve: Resolve = resolved) -> str:
    """The address to connect to. One forbidden address among several forbids all: a name that points to both is no accident.
    Raises `BadTarget`, and OSError where the name has no address."""
    found = [ipaddress.ip_address(text.partition("%")[0]) for text in resolve(target.host, target.port)]
    if not found:
        raise BadTarget(f"url: {target.host} has no address")
    for address in found:
        if not _may(address, allowed):
            raise BadTarget(f"url: {target.host} is {address}, inside this machine or a private network; "
                            "setting webhook_networks names those that notices may go to")
    return str(found[0])


def _may(address: Address, allowed: Sequence[Network]) -> bool:
    inner = _inner(address)
    if any(one in network for one in (address, inner) for network in allowed if network.version == one.version):
        return True
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in (inner,))


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries; else itself."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if carried is not None:
            return carried
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
