"""A small county with a real hub directory, devices that sign, and the county's router, for the tests of routing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from county_hub.hub import ingress
from county_hub.hub.chains.book import ChainBook
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.published.receipt_office import ReceiptOffice
from county_hub.hub.routed.rules import HubRules, chains_beside, open_router
from shared.disputes.domain import DISPUTES
from shared.disputes.kinds import registry as bodies
from shared.ledger.authoring import Act, Author, DeviceIdentity
from shared.ledger.formats.citation import Cited
from shared.ledger.formats.documents import Doc, make_chunk
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.keys import ED25519, DeviceKey
from shared.ledger.published.directory_heads import change
from shared.ledger.published.receipts import Receipt
from sync.databases import Databases
from sync.router import Router

COUNTY, TOWN, OTHER_TOWN = "150822000000", "150822100000", "150822101000"
VILLAGE, NEIGHBOUR, FAR_VILLAGE = "150822100203", "150822100201", "150822101201"
OFFICES = {
    COUNTY: ("county", None), TOWN: ("township", COUNTY), OTHER_TOWN: ("township", COUNTY),
    VILLAGE: ("village", TOWN), NEIGHBOUR: ("village", TOWN), FAR_VILLAGE: ("village", OTHER_TOWN),
}
START_MS = 1_780_000_000_000


def key_of(name: str) -> DeviceKey:
    return DeviceKey.generate(lambda count: hashlib.sha512(name.encode()).digest()[:count])


def db(office: str) -> str:
    return f"office-{office}"


class County:
    """The hub side of a county: databases with their validators, directory, router, receipts; and a device per office."""

    def __init__(self, root: Path) -> None:
        self.root, self.now, self.cases = root, START_MS, 0
        self.hub_key, self.hub = key_of("hub"), ("hub-1", "0001-aa")
        self.databases = Databases(root / "databases", validators_for=ingress.validators_for(self.hub_key.public))
        founded = self.databases.exists("directory")      # a copy of a county that is there already
        names = [name for office in OFFICES for name in (db(office), f"{db(office)}-files")]
        for name in () if founded else ("directory", "quarantine", "drop", *names):
            self.databases.create(name)
        self.directory = DirectoryOffice(
            self.databases, self.hub_key, epoch=lambda: self.hub[1], clock=lambda: self.now
        )
        if not founded:
            self._found()
        self.stated: dict[str, list[tuple[int, Cited]]] = {}
        self.chains = self.chain_book("router.sqlite")
        self.receipts = ReceiptOffice(
            self.databases, self.hub_key, consolidated=db(COUNTY), hub=lambda: self.hub,
            directory=self.directory.latest, clock=lambda: self.now, forked=self.chains.forks_at,
        )
        self.rules = HubRules(
            COUNTY, self.databases, self.directory, self.hub_key, self.receipts, hub=lambda: self.hub,
            clock=lambda: self.now, domain=DISPUTES, chains=self.chains,
        )
        self.routers: list[Router] = []

    def _found(self) -> None:
        hub = {"hub_id": "hub-1", "public_key": self.hub_key.public, "alg": ED25519, "name": "演示"}
        changes = [change("hub", "hub", hub)]
        for office, (level, parent) in OFFICES.items():
            changes.append(change("office", office, {
                "name": f"演示{office}", "kind": level, "level": level, "parent": parent, "code": office,
                "valid_from": None, "valid_to": None, "rooms": [], "committee": "",
            }))
            changes.append(change("staff", f"s{office}", {
                "name": "演示员", "office": office, "roles": ["mediator", "dispatcher"], "active": True, "from": None,
                "to": None,
            }))
            changes.append(change("device", f"{office}-001", self.device_value(office)))
        self.directory.publish(changes)

    def device_value(self, office: str, **fields: Any) -> Doc:
        return {
            "office": office, "slot": 1, "public_key": key_of(f"{office}-001").public, "alg": ED25519, "status": "active",
            "final_seq": None, "role": "tablet", "enrolled_at": START_MS, **fields,
        }

    def chain_book(self, store: str) -> ChainBook:
        """The book that goes with this router's file."""
        return ChainBook(chains_beside(self.root / store), lambda device: self.stated.get(device, ()))

    def close(self) -> None:
        for router in self.routers:
            router.close()
        self.chains.close()
        self.databases.close()

    def router(self, store: str = "router.sqlite", **options: Any) -> Router:
        if options:
            made = Router(
                self.databases, self.rules, self.root / store, clock=lambda: self.now / 1000, **options
            )
        else:
            made = open_router(
                COUNTY, self.databases, self.directory, self.hub_key, hub=lambda: self.hub, clock=lambda: self.now,
                path=self.root / store, domain=DISPUTES, stated=lambda device: self.stated.get(device, ()),
            )
        self.routers.append(made)
        return made

    # --- what offices do -------------------------------------------------------------------------------------------

    def write(
        self, case: str | None, kind: str, body: Mapping[str, Any], *, office: str = VILLAGE, role: str = "mediator",
        device: str = "", key: DeviceKey | None = None, into: str = "",
    ) -> Event:
        """One event of the office's device, written straight into the office's database on the hub."""
        self.now += 1000
        device = device or f"{office}-001"
        identity = DeviceIdentity(device, 1, office, key or key_of(device))
        with self.databases.lease(into or db(office)) as replica:
            author = Author(
                ChainOf(replica, device), device=identity, clock=lambda: self.now, directory=self.directory.cited,
                offset_ms=lambda: 0,
            )
            return author.write(Act(
                kind, case, bodies.build(kind, body), actor=f"s{office}", role=role, schema=bodies.CURRENT[kind],
                after=self._cited(case, into or db(office)),
                number=kind == "case.registered",
            ))

    def newer(self, case: str, kind: str, body: Mapping[str, Any], *, office: str = VILLAGE) -> Event:
        """As `write`, of a kind that this version does not know."""
        self.now += 1000
        device = f"{office}-001"
        with self.databases.lease(db(office)) as replica:
            author = Author(
                ChainOf(replica, device), device=DeviceIdentity(device, 1, office, key_of(device)), clock=lambda: self.now,
                directory=self.directory.cited, offset_ms=lambda: 0)
            return author.write(Act(kind, case, body, actor=f"s{office}", role="mediator", after=self._cited(case, db(office))))

    def _cited(self, case: str | None, database: str) -> tuple[str, ...] | None:
        """None where the database holds something of the case; else what a stranger may have learned of: its founding."""
        if case is None or self.ids(database, f"case:{case}:"):
            return None
        known = [doc for name in self.databases.names() for doc in self.docs(name, f"case:{case}:")]
        return tuple(doc["_id"] for doc in known if not doc["after"])[:1]

    def register(self, office: str = VILLAGE, **fields: Any) -> Event:
        self.cases += 1
        options = {name: fields.pop(name) for name in ("device", "key", "into") if name in fields}
        body = {
            "number": "-", "place": {"office": office, "text": "DEMO 渠边"},
            "parties": [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}],
            "summary": "DEMO 排水渠争议", "category": "DC02", **fields,
        }
        return self.write(None, "case.registered", body, office=office, **options)

    def note(self, case: str, office: str = VILLAGE, **options: Any) -> Event:
        return self.write(case, "case.note_added", {"text": "DEMO"}, office=office, **options)

    def assign(self, case: str, to: str, office: str = TOWN) -> Event:
        return self.write(case, "case.assigned", {"to": to}, office=office, role="dispatcher")

    def chunk(self, office: str, data: bytes) -> Doc:
        made = make_chunk(data)
        with self.databases.lease(f"{db(office)}-files") as replica:
            assert replica.bulk_docs([made], new_edits=False) == []
        return made

    # --- what is there -----------------------------------------------------------------------------------------------

    def ids(self, database: str, prefix: str = "case:") -> list[str]:
        with self.databases.lease(database) as replica:
            return [row.id for row in replica.all_docs(startkey=prefix, endkey=prefix + "\uffff")]

    def docs(self, database: str, prefix: str) -> list[Doc]:
        with self.databases.lease(database) as replica:
            rows = replica.all_docs(startkey=prefix, endkey=prefix + "\uffff", include_docs=True)
        return [row.doc for row in rows if row.doc is not None]

    def receipt(self, office: str = VILLAGE, device: str = "") -> Receipt | None:
        return self.receipts.newest(device or f"{office}-001", db(office))

    def picture(self) -> dict[str, list[str]]:
        """Events, chunks and quarantined documents of every database."""
        found = {}
        for name in self.databases.names():
            prefix = "quarantine:" if name == "quarantine" else "chunk:" if name.endswith("-files") else "case:"
            found[name] = self.ids(name, prefix)
        return found


class ChainOf:
    """A store that keeps the chain of each device apart: in a test several devices write into one database."""

    def __init__(self, replica: Any, device: str) -> None:
        self._replica, self._device = replica, device

    def transaction(self) -> Any:
        return _ChainTransaction(self._replica.transaction(), self._device)


class _ChainTransaction:
    def __init__(self, inner: Any, device: str) -> None:
        self._inner, self._device = inner, device

    def __enter__(self) -> Any:
        self._tx = self._inner.__enter__()
        return self

    def __exit__(self, *exc: Any) -> Any:
        return self._inner.__exit__(*exc)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def get_local(self, name: str) -> Doc | None:
        return self._tx.get_local(f"{name}-{self._device}")

    def put_local(self, name: str, doc: Mapping[str, Any]) -> str:
        return self._tx.put_local(f"{name}-{self._device}", doc)
