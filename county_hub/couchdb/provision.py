"""Makes the county's databases on a CouchDB server: once, or what is missing of them.

In this order, so that whatever stops half-way is seen and goes on: the marker says "begun"; each database, its
`_security`, its fence; the marker says "complete". Nothing is written before the server and what lies there were looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from county_hub.couchdb import marker
from county_hub.couchdb.advice import Advice, Size, advice
from county_hub.couchdb.fence import fence, reader_role, writer_role
from county_hub.couchdb.layout import FENCE, MARKER, PRIVATE, Layout, Use, use_of
from county_hub.couchdb.reach import ADMIN, Kind, foreign, reach
from county_hub.couchdb.server import StoreProblem, StoreServer
from county_hub.hub.hub import Hub
from shared.ledger.texts import t

Progress = Callable[[int, int], None]
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What there is now, and what of it this run made or mended."""

    databases: int
    made: tuple[str, ...]
    mended: tuple[str, ...]
    nodes: int
    shards: Mapping[int, int]       # how many databases have so many shards, by the advice
    copies: int


def provision(server: StoreServer, layout: Layout, hub: Hub, progress: Progress = lambda done, total: None) -> Provisioned:
    """Raises `StoreProblem` before anything is written for a server that cannot be used, or databases that are not ours."""
    kind = reach(server)
    before = marker.read(server, layout)
    _refuse_others(server, layout, hub, before)
    nodes = len((server.membership() or ([], [""]))[1])
    names, sizes = layout.names(hub.directory.organisation().offices), sizes_of(hub)
    wanted = {name: advice(layout, name, nodes, sizes) for name in names}
    _ready(server, layout, MARKER, advice(layout, MARKER, nodes, {}), kind)
    begun = before if before.is_complete and before.is_of(hub) else marker.write(
        server, layout, hub, before, marker.BEGUN, len(names))
    there, made, mended = set(server.names(layout.prefix)), list[str](), list[str]()
    for done, name in enumerate(names, start=1):
        new = layout.there(name) not in there
        if _ready(server, layout, name, wanted[name], kind, new=new):
            (made if new else mended).append(name)
        progress(done, len(names))
    marker.write(server, layout, hub, begun, marker.COMPLETE, len(names))
    shards = [one.q for one in wanted.values()]
    return Provisioned(len(names), tuple(made), tuple(mended), nodes, {q: shards.count(q) for q in sorted(set(shards))},
                       next(iter(wanted.values())).n)


def security(use: Use, prefix: str) -> dict[str, Any]:
    """`_security` of a database: administrators of the server alone administer; edges read and write; readers read what is
    not private. A database that named nobody would be open to every account."""
    members = [ADMIN, writer_role(prefix), *([] if use in PRIVATE else [reader_role(prefix)])]
    return {"admins": {"names": [], "roles": [ADMIN]}, "members": {"names": [], "roles": members}}


def sizes_of(hub: Hub) -> dict[str, Size]:
    """The consolidated database and its neighbours in HOME: what the advice is for."""
    found = {}
    for name in (f"office-{hub.county}", f"office-{hub.county}-files", f"office-{hub.county}-closed"):
        if hub.databases.exists(name):
            with hub.databases.lease(name) as replica:
                found[name] = Size(replica.info().doc_count, hub.databases.path(name).stat().st_size)
    return found


def _refuse_others(server: StoreServer, layout: Layout, hub: Hub, before: marker.Marker) -> None:
    words = {"url": server.address, "prefix": layout.prefix}
    if before.exists and not before.is_of(hub):
        raise StoreProblem(t("couchdb.other_hub", **words, hub=before.hub_id))
    if before.format > marker.FORMAT:
        raise StoreProblem(t("couchdb.newer", **words, found=before.format, known=marker.FORMAT))
    there = server.names(layout.prefix)
    others = foreign(layout, there) if before.exists else [name for name in there if name != layout.marker]
    if others:
        raise StoreProblem(t("couchdb.foreign", **words, n=len(others), names="、".join(others[:MOST_NAMED])))


def _ready(server: StoreServer, layout: Layout, name: str, wanted: Advice, kind: Kind, *, new: bool = True) -> bool:
    """Create, secure and fence one database, as far as it is not; True when something was done. Without a fence on
    pouchdb-server: where 4.2 has a validation function, it loses leaves and ancestors of what replication brings (tried)."""
    there, use = layout.there(name), use_of(name)
    assert use is not None
    made = new and server.create(there, q=wanted.q, n=wanted.n)
    secured, done = security(use, layout.prefix), made
    if made or {key: server.security(there).get(key) for key in secured} != secured:
        server.secure(there, secured)
        done = True
    return (kind.is_couchdb and _put_fence(server, there, fence(use, layout.prefix), made)) or done


def _put_fence(server: StoreServer, there: str, wanted: dict[str, Any], made: bool) -> bool:
    stands = {} if made else server.document(there, FENCE) or {}
    if {key: stands.get(key) for key in wanted} == wanted:
        return False
    server.write(there, FENCE, {**wanted, **({"_rev": stands["_rev"]} if "_rev" in stands else {})})
    return True
