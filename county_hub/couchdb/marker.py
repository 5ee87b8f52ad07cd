"""Whose databases these are: one document in a database of its own, `<prefix>county`.

    county  {_id, kind: "county_on_couchdb", format: 2, state: "begun" | "complete", county, hub: {id, epoch, public_key, alg},
             databases: how many, made_at ms, app, alg, sig}

It is written before the first database is made (`begun`) and again after the last (`complete`): what lies under the prefix
without it is foreign, and what stopped half-way says so. It is signed by the hub's key (format 1 was not), so neither another
server nor another account can make one; whoever has read it can show it again (docs/decisions/0107).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from county_hub.couchdb.layout import Layout
from county_hub.couchdb.server import StoreProblem, StoreServer
from county_hub.hub.hub import FORMER, Hub, public_key_of
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import check_signature, sign_document
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.texts import t
from shared.version import VERSION

FORMAT = 2
ID, KIND = "county", "county_on_couchdb"
BEGUN, COMPLETE = "begun", "complete"


@dataclass(frozen=True, slots=True)
class Marker:
    """`doc` is the document as it stands, {} where there is none."""

    doc: dict[str, Any]

    @property
    def exists(self) -> bool:
        return self.doc.get("kind") == KIND

    @property
    def format(self) -> int:
        found = self.doc.get("format")
        return found if isinstance(found, int) else 0

    @property
    def is_complete(self) -> bool:
        return self.doc.get("state") == COMPLETE

    @property
    def hub_id(self) -> str:
        return str(self._hub().get("id", ""))

    @property
    def epoch(self) -> str:
        return str(self._hub().get("epoch", ""))

    @property
    def public_key(self) -> str:
        return str(self._hub().get("public_key", ""))

    def is_of(self, hub: Hub) -> bool:
        """The same hub, whatever key and epoch it has by now."""
        return self.is_named(hub.identity().hub_id, hub.county)

    def is_named(self, hub_id: str, county: str) -> bool:
        return self.hub_id == hub_id and self.doc.get("county") == county

    def is_signed(self, keys: Collection[str]) -> bool:
        """By one of these public keys?"""
        for key in keys:
            try:
                check_signature(self.doc, key)
            except Refused:
                continue
            return True
        return False

    def _hub(self) -> dict[str, Any]:
        found = self.doc.get("hub")
        return found if isinstance(found, dict) else {}


def keys_of(secrets: Mapping[str, Any]) -> list[str]:
    """Public keys that this hub has, or had before it was given another; of an edge those of the publisher."""
    return [public_key_of(secrets, DeviceKey.load(secrets["hub_key"])), *secrets.get(FORMER, ())]


def read(server: StoreServer, layout: Layout) -> Marker:
    return Marker(server.document(layout.marker, ID) or {})


def write(server: StoreServer, layout: Layout, hub: Hub, before: Marker, state: str, databases: int) -> Marker:
    """Raises `StoreProblem`, also when somebody else has written it meanwhile."""
    identity = hub.identity()
    doc = {
        "_id": ID, "kind": KIND, "format": FORMAT, "state": state, "county": layout.county, "databases": databases,
        "hub": {"id": identity.hub_id, "epoch": identity.epoch, "public_key": identity.public_key, "alg": hub.key.alg},
        "made_at": before.doc.get("made_at", hub.clock()), "app": VERSION,
    }
    same = all(before.doc.get(name) == value for name, value in doc.items() if name != "app")
    if not same or not before.is_signed([hub.key.public]):
        rev = {"_rev": before.doc.get("_rev")}
        signed = {**sign_document(doc, hub.key), **rev}
        server.write(layout.marker, ID, {name: value for name, value in signed.items() if value is not None})
    return read(server, layout)


def require(server: StoreServer, layout: Layout, hub: Hub) -> Marker:
    """The marker of databases that are ready for this hub. Raises `StoreProblem` with what to do: none, half made, another hub's,
    not signed, of a newer program."""
    return require_named(server, layout, hub.identity().hub_id, keys_of(hub.secrets))


def require_named(server: StoreServer, layout: Layout, hub_id: str, keys: Collection[str]) -> Marker:
    """The same for a hub that is not opened, of these public keys."""
    words = {"url": server.address, "prefix": layout.prefix}
    marker = read(server, layout)
    if not marker.exists:
        raise StoreProblem(t("couchdb.not_provisioned", **words))
    if not marker.is_named(hub_id, layout.county):
        raise StoreProblem(t("couchdb.other_hub", **words, hub=marker.hub_id))
    if marker.format > FORMAT:
        raise StoreProblem(t("couchdb.newer", **words, found=marker.format, known=FORMAT))
    if not marker.is_complete:
        raise StoreProblem(t("couchdb.half", **words))
    if not marker.is_signed(keys):
        raise StoreProblem(t("couchdb.unsigned", **words))
    return marker
