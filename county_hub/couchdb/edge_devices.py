"""What each hub of a county has heard of devices, carried to all others: through the private database of the marker.

    devices:<hub>:<office, 9 digits>:<k>   {kind: "devices", edge: hub, of: <office, 9 digits>, part: k,
                                            devices: [{device, last_at, app, statement: {...}|null, stated_at, forks}], alg, sig}

`hub` is the device id of an edge, the hub's id for the publisher; it signs. One document for the devices of a township, edited,
so that a county of a thousand devices that sync all day does not leave a document for each round. Each hub tells of those that
were last in touch with itself. A statement bears its device's own signature, too; the rest is a hub's word, which proves
nothing: the newest contact counts, none of the future. Nothing here is acknowledged, and nothing rests on it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from county_hub.couchdb.edge_store import EdgeStore
from county_hub.couchdb.layout import MARKER
from county_hub.couchdb.records import unweighed
from county_hub.hub.chains.book import Forked
from county_hub.hub.chains.elsewhere import Elsewhere, Heard
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import Doc, check_signature, fields_exactly, integer, sign_document, text
from shared.ledger.formats.ids import is_hash
from shared.ledger.formats.keys import DeviceKey

log = logging.getLogger("county_hub.couchdb")
PREFIX = "devices:"
TOWNSHIP = 9            # digits of an office that its township's have in common
OF_ONE = 100            # devices of one document: with statements as large as they may be far below the 8 MB that CouchDB takes
MOST_FORKS = 20         # told of one device: a person has to look at the first of them
_FIELDS = frozenset({"kind", "edge", "of", "part", "devices", "alg", "sig"})
_OF_DEVICE = frozenset({"device", "last_at", "app", "statement", "stated_at", "forks"})
_MAX_MS = 2**48 - 1


class ToldDevices:
    """`tell` and `hear` are called again and again, by one thread. `clock` in ms since 1970 UTC. Raises SyncError."""

    def __init__(self, store: EdgeStore, elsewhere: Elsewhere, clock: Callable[[], int], every_s: float) -> None:
        self._store, self._elsewhere, self._clock, self._every_ms = store, elsewhere, clock, every_s * 1000
        self._told, self._told_at = dict[str, Doc](), 0
        self._seen: Any = None
        self._heard = dict[str, str]()      # id -> revision

    def tell(self, hub: str, key: DeviceKey, forks: Iterable[Forked]) -> int:
        """What is news since the last time, which was a while ago; how many documents that were."""
        if 0 <= self._clock() - self._told_at < self._every_ms:
            return 0
        docs = {doc["_id"]: doc for doc in _documents(hub, self._elsewhere.own(), forks)}
        gone = {id: {**doc, "devices": []} for id, doc in self._told.items() if id not in docs and doc["devices"]}
        news = {id: doc for id, doc in {**docs, **gone}.items() if self._told.get(id) != doc}
        if news:
            with self._store.databases.lease(MARKER) as peer:
                revs = {row.id: row.rev for row in peer.all_docs(keys=sorted(news)) if row.rev is not None}
                signed = [_signed(doc, key, revs.get(id)) for id, doc in sorted(news.items())]
                refused = {result.id: result.reason for result in peer.bulk_docs(signed) if not result.ok}
            for id, why in refused.items():
                log.info("%s is told later: %s", id, why)
            self._told |= {id: doc for id, doc in news.items() if id not in refused}
        self._told_at = self._clock()
        return len(news)

    def hear(self, hub: str, keys: Mapping[str, str]) -> int:
        """What others have told since; `keys`: of those who are believed. How many devices were heard of."""
        with self._store.databases.lease(MARKER) as peer:
            state = peer.info().update_seq, dict(keys)
            if state == self._seen:
                return 0
            weighed, count = dict(self._heard), 0
            for other, key in sorted(keys.items()):
                if other != hub:
                    for doc in unweighed(peer, f"{PREFIX}{other}:", weighed):       # those of nobody who is believed cost nothing
                        try:
                            heard = _checked(doc, other, key)
                        except Refused as refusal:
                            log.warning("%s in CouchDB is no hub's word: %s", doc.get("_id"), refusal)
                            continue
                        self._elsewhere.take(heard)
                        count += len(heard)
        self._heard = weighed
        self._seen = state
        return count


def _documents(hub: str, own: Iterable[Heard], forks: Iterable[Forked]) -> Iterator[Doc]:
    twice = dict[str, list[list[Any]]]()
    for fork in forks:
        twice.setdefault(fork.device, []).append([fork.seq, list(fork.hashes)])
    for township, all in groupby(sorted(own, key=lambda one: one.device), key=lambda one: one.device[:TOWNSHIP]):
        found = list(all)
        for part, some in enumerate(found[at : at + OF_ONE] for at in range(0, len(found), OF_ONE)):
            yield {"_id": f"{PREFIX}{hub}:{township}:{part}", "kind": "devices", "edge": hub, "of": township, "part": part,
                   "devices": [{
                       "device": one.device, "last_at": one.last_at, "app": one.app, "statement": one.statement,
                       "stated_at": one.stated_at, "forks": twice.get(one.device, [])[:MOST_FORKS]} for one in some]}


def _signed(doc: Doc, key: DeviceKey, rev: str | None) -> Doc:
    made = sign_document(doc, key)
    return {**{name: value for name, value in made.items() if name != "_rev"}, **({"_rev": rev} if rev else {})}


def _checked(doc: Doc, hub: str, key: str) -> list[Heard]:
    """Raises `Refused`."""
    fields_exactly(doc, _FIELDS, "a word of devices")
    part, devices = integer(doc, "part", 0, 999), doc["devices"]
    named = f"{PREFIX}{hub}:{text(doc, 'of')}:{part}"
    good = isinstance(devices, list) and len(devices) <= OF_ONE
    if doc["kind"] != "devices" or text(doc, "edge") != hub or doc.get("_id") != named or not good:
        raise Refused("_id", doc.get("_id"), "it must be the name of what it tells", code="bad_id")
    check_signature(doc, key)
    return [_device(one, hub) for one in devices]


def _device(value: object, hub: str) -> Heard:
    if not isinstance(value, dict) or set(value) != _OF_DEVICE or not isinstance(value["forks"], list):
        raise Refused("devices", value, f"give {', '.join(sorted(_OF_DEVICE))}")
    statement = value["statement"]
    if statement is not None and not isinstance(statement, dict):
        raise Refused("statement", statement, "give one statement, or null")
    return Heard(text(value, "device"), hub, integer(value, "last_at", 0, _MAX_MS), text(value, "app")[:80], statement,
                 integer(value, "stated_at", 0, _MAX_MS), tuple(_fork(one) for one in value["forks"][:MOST_FORKS]))


def _fork(value: object) -> tuple[int, tuple[str, ...]]:
    good = isinstance(value, list) and len(value) == 2 and type(value[0]) is int and isinstance(value[1], list)
    if not good or not all(isinstance(hash, str) and is_hash(hash) for hash in value[1]):   # type: ignore[index]
        raise Refused("forks", value, "give [number, [hashes]]")
    return value[0], tuple(value[1])    # type: ignore[index]
