"""A small county without network for tests of the service point: hub key, signed directory, enrolled HOMEs, a hub of replicas.

The hub here is three replicas on disk and a key: rounds run against it as against the real one, and tests decide what it
signs. Time and randomness are given; everything else (SQLite, signatures, files) is real.
"""

from __future__ import annotations

import contextlib
import itertools
import random as random_module
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from shared.disputes.domain import DISPUTES
from shared.ledger.formats.documents import with_rev
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import DirectoryHistory, build_head, change
from shared.ledger.published.receipts import Ranges, Receipt, build_receipt
from shared.ledger.published.statements import Statement, check_statement, parse_statement
from shared.ledger.texts import t
from sync.replica import LocalReplica
from village_node import composition
from village_node.desk.desk import Desk
from village_node.point.errors import HubSaidNo
from village_node.point.home import Home, NodeConfig
from village_node.point.hub_client import HubTime
from village_node.point.node import Node
from village_node.point.safe.means import Given
from village_node.point.safe.unlock import found_vault, unlock

COUNTY, TOWNSHIP, VILLAGE, OTHER_VILLAGE = "150822000000", "150822100000", "150822100203", "150822100204"
NOON = 1_795_406_400_000            # 2026-11-23 12:00 in Shanghai
CLERK, OFFICER, DISPATCHER = "clerk-1", "officer-1", "dispatcher-1"
DRAFT = {
    "parties": [{"name": "演示甲", "phone": "13800000000"}, {"name": "演示乙", "role": "respondent"}],
    "summary": "水渠排水纠纷", "category": "DC02", "subcategory": "drainage", "place": {"text": "二组水渠"},
}


class Clock:
    """ms since 1970; a test moves it."""

    def __init__(self, ms: int = NOON) -> None:
        self.ms = ms

    def __call__(self) -> int:
        self.ms += 1
        return self.ms


class World:
    def __init__(self, folder: Path, *, seed: int = 1) -> None:
        self.folder, self.clock = folder, Clock()
        self._random = random_module.Random(seed)
        self.key = DeviceKey.generate(self.bytes)
        self.hub_id, self.epoch = "hub-test", "e1"
        self.heads: list[dict[str, Any]] = []
        self.devices: dict[str, DeviceKey] = {}
        self.names = itertools.count(1)
        folder.mkdir(parents=True, exist_ok=True)
        self.publish([
            change("hub", "hub", {"hub_id": self.hub_id, "public_key": self.key.public, "alg": self.key.alg, "name": "演示县"}),
            *(change("office", *pair) for pair in _OFFICES),
            *(change("staff", *pair) for pair in _STAFF),
        ])

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def publish(self, changes: list[dict[str, Any]]) -> None:
        """One more signed head."""
        history = DirectoryHistory.load(self.heads, self.key.public)
        latest = history.latest if history.newest else None
        head = build_head(latest, changes, key=self.key, epoch=self.epoch, issued_at=self.clock())
        self.heads.append(head)
        for replica in getattr(self, "_directories", []):
            replica.bulk_docs([head], new_edits=False)

    # ---- homes

    def home(self, office: str = VILLAGE, *, name: str | None = None, key: bytes | None = None) -> Path:
        """An enrolled HOME of a fresh device, its directory already pulled."""
        number = next(self.names)
        device, place = f"{office}-{number:03d}", Home(self.folder / (name or f"home-{number}"))
        own = DeviceKey.generate(self.bytes)
        self.devices[device] = own
        self.publish([change("device", device, {
            "office": office, "slot": number, "public_key": own.public, "alg": own.alg, "status": "active", "final_seq": None,
            "role": "clerk", "enrolled_at": self.clock(),
        })])
        place.create()
        if key is None:
            found_vault(place, None, self.bytes)        # as enrolment does; with a key: a HOME from before there were vaults
        place.add_identity(device, device_key=own.save(), username=device, password="secret")
        place.write_config(NodeConfig(
            device=device, slot=f"{number:03d}", office=office, role="clerk", hub_url="http://127.0.0.1:9",
            hub_id=self.hub_id, hub_epoch=self.epoch, hub_public_key=self.key.public,
            databases={"office": f"office-{office}", "files": f"office-{office}-files", "directory": "directory"},
        ))
        replicas = composition.open_replicas(place, key or place.database_key())
        replicas["directory"].bulk_docs(self.heads, new_edits=False)
        for replica in replicas.values():
            replica.close()
        return place.root

    def node(self, home: Path, *, key: bytes | None = None, given: Given = None) -> Node:
        """The opened HOME on this world's clock; `given` opens one that is closed."""
        place = Home(home)
        config = place.config()
        if key is None and place.vault() is not None:
            unlock(place, given, self.bytes)
            key = place.database_key()
        own = DeviceKey.load(place.identity(config.device)["device_key"])
        node = Node(place, config, device_key=own, clock=self.clock,
                    random=self.bytes, replicas=composition.open_replicas(place, key), key=key, domain=DISPUTES)
        node.recipients.look(node.directory)
        return node

    def desk(self, home: Path, *, key: bytes | None = None, given: Given = None) -> Desk:
        return Desk(self.node(home, key=key, given=given))


class Hub:
    """Stands where `hub_client.HubClient` stands: databases as peers (replicas here), and the time."""

    def __init__(self, world: World, office: str = VILLAGE) -> None:
        self.world, self.url, self._wanted = world, "http://hub.test", world.hub_id
        self.replicas = {
            kind: LocalReplica.open(world.folder / f"hub-{office}-{kind}.replica")
            for kind in ("office", "files", "directory")
        }
        self.receipts = itertools.count(1)
        self.offset_ms = 0
        self.down: Exception | None = None
        self.stated: list[Statement] = []
        self.heard: dict[str, int | None] | None = None       # what it says of the offices below

    def close(self) -> None:
        for replica in self.replicas.values():
            replica.close()

    def has(self, kind: str) -> bool:
        return kind in self.replicas

    @contextlib.contextmanager
    def peer(self, kind: str) -> Iterator[LocalReplica]:
        if self.down is not None:
            raise self.down
        if kind == "directory":
            self.replicas[kind].bulk_docs(self.world.heads, new_edits=False)
        yield self.replicas[kind]

    def time(self, clock: Any) -> HubTime:
        if self.down is not None:
            raise self.down
        if self.world.hub_id != self._wanted:       # as `HubClient` does
            raise HubSaidNo(t("node.sync.other_hub", url=self.url))
        return HubTime(self.offset_ms, self.world.hub_id, self.world.epoch)

    def leave(self) -> dict[str, Any]:
        return {"status": "active", "final": None, "receipt": None}

    def releases(self) -> list[Any]:
        return []

    def offer(self, heads: list[dict[str, Any]]) -> bool:
        return True

    def state(self, statement: dict[str, Any]) -> dict[str, int | None] | None:
        if self.down is not None:
            raise self.down
        key = self.world.devices.get(statement["device"])       # a test may have enrolled one by itself
        self.stated.append(check_statement(statement, key.public) if key else parse_statement(statement))
        return self.heard

    def events(self, device: str | None = None) -> list[Event]:
        rows = self.replicas["office"].all_docs(include_docs=True)
        made = [Event.from_doc(row.doc) for row in rows if row.doc is not None and "device_seq" in row.doc]
        return sorted((e for e in made if device in (None, e.device)), key=lambda e: e.device_seq)

    def sign(self, device: str, *, upto: int | None = None, refused: dict[str, str] | None = None,
             key: DeviceKey | None = None, hub_id: str | None = None, epoch: str | None = None,
             relay: str = "", files: Sequence[str] = ()) -> dict[str, Any]:
        """A receipt for what of the device has arrived (up to a number), stored at the hub."""
        refused = refused or {}
        found = [e for e in self.events(device) if upto is None or e.device_seq <= upto]
        taken = [e for e in found if e.id not in refused]
        head = (taken[-1].device_seq, taken[-1].h) if taken else None
        doc = build_receipt(Receipt(
            hub_id or self.world.hub_id, epoch or self.world.epoch, device, next(self.receipts),
            Ranges.of(e.device_seq for e in taken), refused, head=head, received_at=self.world.clock(), issuer=relay,
            files=tuple(sorted(files)),
        ), key or self.world.key)
        self.replicas["office"].bulk_docs([doc], new_edits=False)
        return doc


def chunk_count(replica: LocalReplica) -> int:
    return len(replica.all_docs(startkey="chunk:", endkey="chunk:\uffff"))


_OFFICES = (
    (COUNTY, {"name": "演示县", "kind": "county", "level": "county", "parent": None, "code": COUNTY, "valid_from": None,
              "valid_to": None, "rooms": [], "committee": "演示县人民调解委员会"}),
    (TOWNSHIP, {"name": "演示镇", "kind": "town", "level": "township", "parent": COUNTY, "code": TOWNSHIP,
                "valid_from": None, "valid_to": None, "rooms": [], "committee": "演示镇人民调解委员会"}),
    (VILLAGE, {"name": "甲村", "kind": "village", "level": "village", "parent": TOWNSHIP, "code": VILLAGE,
               "valid_from": None, "valid_to": None, "rooms": [], "committee": "甲村人民调解委员会"}),
    (OTHER_VILLAGE, {"name": "乙村", "kind": "village", "level": "village", "parent": TOWNSHIP, "code": OTHER_VILLAGE,
                     "valid_from": None, "valid_to": None, "rooms": [], "committee": ""}),
)


def _person(name: str, office: str, *roles: str, active: bool = True) -> dict[str, Any]:
    return {"name": name, "office": office, "roles": list(roles), "active": active, "from": None, "to": None}


_STAFF = (
    (CLERK, _person("演示员", VILLAGE, "mediator", "window_clerk")),
    ("grid-1", _person("演示网格甲", VILLAGE, "grid_member")),
    ("gone-1", _person("演示离任员", VILLAGE, "mediator", active=False)),
    (OFFICER, _person("演示司法员", TOWNSHIP, "judicial_officer")),
    (DISPATCHER, _person("演示调度员", COUNTY, "dispatcher")),
)

__all__ = ["CLERK", "DRAFT", "NOON", "OFFICER", "OTHER_VILLAGE", "TOWNSHIP", "VILLAGE", "Clock", "Hub", "World", "with_rev"]
