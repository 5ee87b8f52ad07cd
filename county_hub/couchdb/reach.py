"""Is this a server that can be used: does it answer, does it take us, is it new enough? Asked before anything is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from county_hub.couchdb.layout import Layout
from county_hub.couchdb.server import LEAST_VERSION, StoreProblem, StoreServer
from shared.ledger.texts import t

ADMIN = "_admin"


@dataclass(frozen=True, slots=True)
class Kind:
    """What answers. `is_couchdb`: Apache CouchDB or who speaks as it (our own endpoint); else pouchdb-server, for trials."""

    version: str
    is_couchdb: bool
    vendor: str


def reach(server: StoreServer) -> Kind:
    """Raises `StoreProblem` for what does not answer, is something else, is too old, or has no such administrator."""
    kind = new_enough(server)
    if ADMIN not in server.roles():
        raise StoreProblem(t("couchdb.no_admin" if server.auth else "couchdb.no_account", url=server.address), 403)
    return kind


def new_enough(server: StoreServer) -> Kind:
    """The same for any account."""
    kind = kind_of(server.welcome(), server.address)
    if kind.is_couchdb and _numbers(kind.version) < LEAST_VERSION:
        raise StoreProblem(t("couchdb.old", url=server.address, found=kind.version, least=".".join(map(str, LEAST_VERSION))))
    return kind


def kind_of(welcome: dict[str, Any], address: str) -> Kind:
    vendor = welcome.get("vendor")
    name = str(vendor.get("name", "")) if isinstance(vendor, dict) else ""
    if "couchdb" in welcome:
        return Kind(str(welcome.get("version", "")), True, name)
    if "express-pouchdb" in welcome:
        return Kind(str(welcome.get("version", "")), False, name)
    raise StoreProblem(t("couchdb.no_couchdb", url=address))


def foreign(layout: Layout, there: list[str]) -> list[str]:
    """Names under our prefix that no county has."""
    return [name for name in there if layout.claims(name) and layout.here(name) is None]


def _numbers(version: str) -> tuple[int, int]:
    """(3, 5) of `3.5.0` and of `3.5.0-dirty`; (0, 0) of what is no version."""
    match = re.match(r"([0-9]{1,4})\.([0-9]{1,4})", version, re.ASCII)
    return (int(match[1]), int(match[2])) if match else (0, 0)
