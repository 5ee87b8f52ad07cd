"""Devices that write records and bring them to a running hub by real replicators, without the service point's program."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.disputes.kinds import registry as bodies
from shared.ledger.authoring import Act, Author, DeviceIdentity
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from sync.errors import SyncError
from sync.remote import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator
from tests.support.county_hub.hub_support import RunningHub, opened


@dataclass(slots=True)
class Tablet:
    """`written` records lie in `replica`."""

    id: str
    office: str
    password: str
    author: Author
    replica: LocalReplica
    key: DeviceKey
    written: int = 0

    def write(self, cases: int, notes: int) -> None:
        """So many cases with so many notes each."""
        for n in range(cases):
            case = self._write(None, "case.registered", {
                "number": "-", "place": {"office": self.office, "text": "DEMO 渠边"}, "category": "DC02",
                "parties": [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}],
                "summary": f"DEMO 第{n}号水渠排水纠纷"})
            for note in range(notes):
                self._write(case, "case.note_added", {"text": f"DEMO 第{note}次到场说明水渠走向。"})

    def _write(self, case: str | None, kind: str, body: dict[str, Any]) -> str:
        act = Act(kind, case, bodies.build(kind, body), actor=f"s{self.office}", role="mediator", number=case is None)
        self.written += 1
        return self.author.write(act).subject

    def push(self, url: str) -> bool:
        """Bring what is new; False where the hub went away meanwhile."""
        remote = RemotePeer(f"{url}/office-{self.office}", auth=(self.id, self.password))
        with contextlib.closing(remote):
            try:
                return Replicator(self.replica, remote, local="source").run().doc_write_failures == 0
            except SyncError:
                return False


def equipped(home: Path, folder: Path, offices: Sequence[str], each: int = 1) -> list[Tablet]:
    """So many devices for each of these offices, known to the directory, and one mediator an office. HOME is not being served."""
    made = list[Tablet]()
    with opened(home) as hub:
        keys = {(office, slot): DeviceKey.generate(os.urandom) for office in offices for slot in range(1, each + 1)}
        hub.directory.publish([
            *(change("staff", f"s{office}", {
                "name": "演示员", "office": office, "roles": ["mediator"], "active": True, "from": None, "to": None})
              for office in offices),
            *(change("device", f"{office}-{slot:03d}", {
                "office": office, "slot": slot, "public_key": key.public, "alg": key.alg, "status": "active", "final_seq": None,
                "role": "tablet", "enrolled_at": hub.clock()}) for (office, slot), key in keys.items())])
        cited = hub.directory.cited()
        for (office, slot), key in keys.items():
            id = f"{office}-{slot:03d}"
            replica = LocalReplica.open(folder / f"{id}.replica")
            author = Author(replica, device=DeviceIdentity(id, slot, office, key), clock=lambda: time.time_ns() // 1_000_000,
                            directory=lambda: cited, offset_ms=lambda: 0)
            made.append(Tablet(id, office, hub.registry.new_token(id), author, replica, key))
    return made


def push_all(tablets: Sequence[Tablet], hub: RunningHub) -> list[bool]:
    """All at the same time."""
    with ThreadPoolExecutor(len(tablets)) as pool:
        return list(pool.map(lambda tablet: tablet.push(hub.url), tablets))
