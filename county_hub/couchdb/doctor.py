"""What an operator should know of the county's databases on CouchDB; each finding says what to do. Writes nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from county_hub.couchdb import marker
from county_hub.couchdb.advice import COPIES, advice
from county_hub.couchdb.fence import fence
from county_hub.couchdb.layout import FENCE, MARKER, Layout, use_of
from county_hub.couchdb.provision import security, sizes_of
from county_hub.couchdb.reach import Kind, foreign, reach
from county_hub.couchdb.server import StoreServer
from county_hub.hub.findings import Finding
from county_hub.hub.hub import Hub
from shared.ledger.texts import t
from sync.tuning import MAX_DOC_BYTES

COUCHDB_MAX_DOC = 8_000_000         # CouchDB's `max_document_size` where nobody has set it
ENOUGH, TOO_LITTLE = 10 << 30, 1 << 30
COMPACT_FROM, WASTE = 100 << 20, 4  # a file of so many bytes of which less than a quarter is in use
SYSTEM = ("_users", "_replicator")
MOST_NAMED = 5
QUICK_ENGINE = "quickjs"            # the first fence costs a third of what it does by the other one (docs/BENCHMARKS.md)
_WHOLE = re.compile("[0-9]{1,18}")


def examine(server: StoreServer, layout: Layout, hub: Hub) -> Iterator[Finding]:
    """Raises `StoreProblem` where nothing can be looked at: no answer, a wrong password, too old, something else."""
    kind = reach(server)
    if not kind.is_couchdb:
        yield Finding(False, "trial", t("couchdb.doctor_trial", url=server.address))
    membership = server.membership()
    yield from _nodes(membership)
    mark = marker.read(server, layout)
    yield from _marker(server, layout, hub, mark)
    if mark.exists and not mark.is_of(hub):
        return      # what follows would speak of another county's databases
    there = server.names(layout.prefix)
    yield from _databases(server, layout, hub, there, kind, len(membership[1]) if membership else 0)
    yield from _limits(server)
    yield from _clock(server, hub)
    if kind.is_couchdb and membership is not None:
        missing = [name for name in SYSTEM if name not in server.names("_")]
        if missing:
            yield Finding(False, "setup", t("couchdb.doctor_setup", names="、".join(missing)))


def _nodes(membership: tuple[list[str], list[str]] | None) -> Iterator[Finding]:
    if membership is None:
        return      # our own endpoint: one process, one folder
    answering, belonging = membership
    away, extra = sorted(set(belonging) - set(answering)), sorted(set(answering) - set(belonging))
    if away:
        yield Finding(True, "node_away", t("couchdb.doctor_away", nodes="、".join(away)))
    if extra:
        yield Finding(False, "node_extra", t("couchdb.doctor_extra", nodes="、".join(extra)))
    if len(belonging) < COPIES:
        yield Finding(False, "few_nodes", t("couchdb.doctor_few_nodes", n=len(belonging)))


def _marker(server: StoreServer, layout: Layout, hub: Hub, mark: marker.Marker) -> Iterator[Finding]:
    words = {"url": server.address, "prefix": layout.prefix}
    if not mark.exists:
        yield Finding(True, "not_provisioned", t("couchdb.not_provisioned", **words))
    elif not mark.is_of(hub):
        yield Finding(True, "other_hub", t("couchdb.other_hub", **words, hub=mark.hub_id))
    elif mark.format > marker.FORMAT:
        yield Finding(True, "newer", t("couchdb.newer", **words, found=mark.format, known=marker.FORMAT))
    elif not mark.is_complete:
        yield Finding(True, "half", t("couchdb.half", **words))
    elif not mark.is_signed(marker.keys_of(hub.secrets)):
        yield Finding(True, "unsigned", t("couchdb.unsigned", **words))
    elif (mark.epoch, mark.public_key) != (hub.epoch(), hub.identity().public_key):
        yield Finding(True, "other_life", t("couchdb.doctor_other_life", epoch=mark.epoch, own=hub.epoch()))


def _databases(
    server: StoreServer, layout: Layout, hub: Hub, there: list[str], kind: Kind, nodes: int
) -> Iterator[Finding]:
    strangers = foreign(layout, there)
    if strangers:
        yield Finding(True, "foreign", t("couchdb.doctor_foreign", n=len(strangers), names=_some(strangers)))
    expected = layout.names(hub.directory.organisation().offices)
    missing = [name for name in expected if layout.there(name) not in there]
    if missing and len(missing) < len(expected):
        yield Finding(True, "missing", t("couchdb.doctor_missing", n=len(missing), names=_some(missing)))
    left = [name for name in map(layout.here, there) if name is not None and name != MARKER and name not in expected]
    if left:
        yield Finding(False, "unknown_office", t("couchdb.doctor_unknown", n=len(left), names=_some(left)))
    here = [name for name in (*expected, MARKER) if layout.there(name) in there]
    yield from _one_by_one(server, layout, here, kind)
    infos = server.infos([layout.there(name) for name in here])
    if nodes:       # our own endpoint has neither shards nor copies
        yield from _shards(layout, hub, here, infos, nodes)
    yield from _room(server, infos)


def _one_by_one(server: StoreServer, layout: Layout, here: list[str], kind: Kind) -> Iterator[Finding]:
    """Rights and fence of each; pouchdb-server has no fence (`provision`)."""
    opened, changed, unfenced = list[str](), list[str](), list[str]()
    for name in here:
        use = use_of(name)
        assert use is not None
        found, wanted = server.security(layout.there(name)), security(use, layout.prefix)
        if not any(_names(found, who) for who in ("members", "admins")) or not _names(found, "members"):
            opened.append(name)
        elif {key: found.get(key) for key in wanted} != wanted:
            changed.append(name)
        stands, text = server.document(layout.there(name), FENCE) or {}, fence(use, layout.prefix)
        if kind.is_couchdb and stands.get("validate_doc_update") != text["validate_doc_update"]:
            unfenced.append(name)
    for serious, code, names in ((True, "open", opened), (False, "rights", changed), (True, "fence", unfenced)):
        if names:
            yield Finding(serious, code, t(f"couchdb.doctor_{code}", n=len(names), names=_some(names)))


def _names(security: Mapping[str, Any], who: str) -> list[Any]:
    found = security.get(who)
    return [*found.get("names", ()), *found.get("roles", ())] if isinstance(found, dict) else []


def _shards(
    layout: Layout, hub: Hub, here: list[str], infos: Mapping[str, dict[str, Any]], nodes: int
) -> Iterator[Finding]:
    sizes, copies, shards = sizes_of(hub), list[str](), list[str]()
    for name in here:
        cluster = infos.get(layout.there(name), {}).get("cluster")
        if not isinstance(cluster, dict):
            continue
        wanted = advice(layout, name, nodes, sizes)
        if int(cluster.get("n", 1)) < wanted.n:
            copies.append(name)
        if int(cluster.get("q", 1)) < wanted.q or int(cluster.get("q", 1)) > 4 * wanted.q:
            shards.append(f"{name} {cluster.get('q')}→{wanted.q}")
    if copies:
        yield Finding(True, "copies", t("couchdb.doctor_copies", n=len(copies), names=_some(copies), nodes=nodes,
                                        wanted=min(COPIES, nodes)))
    if shards:
        yield Finding(False, "shards", t("couchdb.doctor_shards", n=len(shards), names=_some(shards)))


def _room(server: StoreServer, infos: Mapping[str, dict[str, Any]]) -> Iterator[Finding]:
    total, wasted = 0, list[str]()
    for there, info in infos.items():
        sizes = info.get("sizes")
        if not isinstance(sizes, dict):
            continue
        file, active = int(sizes.get("file") or 0), int(sizes.get("active") or 0)
        total += file
        if file > COMPACT_FROM and file > WASTE * max(active, 1):
            wasted.append(there)
    if wasted:
        yield Finding(False, "compact", t("couchdb.doctor_compact", n=len(wasted), names=_some(wasted)))
    folder = server.setting("couchdb", "database_dir")
    free = _free(folder) if folder and urlsplit(server.address).hostname in ("127.0.0.1", "localhost", "::1") else None
    if free is not None and free < ENOUGH:
        yield Finding(free < TOO_LITTLE, "disk", t("couchdb.doctor_disk", folder=folder, free=f"{free / (1 << 20):.0f} MB",
                                                   used=f"{total / (1 << 20):.0f} MB"))


def _free(folder: str) -> int | None:
    """Only a server on this machine shows its disk; CouchDB itself tells nobody."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _clock(server: StoreServer, hub: Hub) -> Iterator[Finding]:
    there, now = server.date(), hub.clock()
    off = (now - there) // 1000 if there is not None else 0
    if abs(off) > hub.settings.couchdb_clock_seconds:
        yield Finding(True, "clock", t("couchdb.doctor_clock", way=t("fleet.ahead" if off > 0 else "fleet.behind"),
                                       minutes=abs(off) // 60))


def _limits(server: StoreServer) -> Iterator[Finding]:
    told = server.setting("couchdb", "max_document_size")
    most = int(told) if told is not None and _WHOLE.fullmatch(told) else COUCHDB_MAX_DOC
    if most < MAX_DOC_BYTES:
        yield Finding(True, "max_document_size", t("couchdb.doctor_max_document", found=most, wanted=MAX_DOC_BYTES))
    if (engine := server.script_engine()) not in ("", QUICK_ENGINE):
        yield Finding(False, "js_engine", t("couchdb.doctor_js_engine", found=engine, wanted=QUICK_ENGINE))


def _some(names: list[str]) -> str:
    return "、".join(names[:MOST_NAMED]) + ("…" if len(names) > MOST_NAMED else "")
