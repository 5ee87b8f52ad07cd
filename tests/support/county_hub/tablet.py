"""A tablet without its program: keys, a replica, records written, pushed and waited for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from shared.disputes.kinds.registry import build
from shared.ledger.authoring import Act, Author, DeviceIdentity
from shared.ledger.formats.envelope import Event
from shared.ledger.published.receipts import check_receipt
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator
from tests.support.county_hub.hub_support import Enrolled, RunningHub, opened

PATIENCE_S = 30


def registration(office: str) -> dict[str, Any]:
    return build("case.registered", {
        "number": "x", "place": {"office": office, "text": "DEMO"}, "summary": "DEMO 水渠", "category": "DC02",
        "parties": [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}],
    })


def register(home: Path, store: LocalReplica, device: Enrolled, *, actor: str) -> Event:
    """A case registered on this device, which holds the newest directory."""
    identity = DeviceIdentity(device.device, int(device.device[-3:]), device.office, device.key)
    with opened(home) as hub:
        cited = hub.directory.cited()
    author = Author(store, device=identity, clock=lambda: int(time.time() * 1000), directory=lambda: cited, offset_ms=lambda: 0)
    return author.write(Act("case.registered", None, registration(device.office), actor=actor, role="mediator", number=True))


def push(store: LocalReplica, hub: RunningHub, device: Enrolled, database: str) -> None:
    remote = RemotePeer(f"{hub.url}/{database}", auth=(device.device, device.token))
    result = Replicator(store, remote, local="source").run()
    assert result.doc_write_failures == 0
    remote.close()


def wait_for_receipt(hub: RunningHub, device: Enrolled, seq: int) -> Any:
    """Follow the office's feed until a receipt covers `seq`."""
    since, deadline = "0", time.monotonic() + PATIENCE_S
    with hub.client(device.device, device.token) as client:
        while time.monotonic() < deadline:
            feed = client.get(f"/office-{device.office}/_changes", params={
                "feed": "longpoll", "since": since, "include_docs": "true", "timeout": "2000"}).json()
            since = str(feed["last_seq"])
            for row in feed["results"]:
                if row["id"].startswith(f"receipt:{device.device}:"):
                    receipt = check_receipt(row["doc"], hub_key(client))
                    if seq in receipt.accepted or receipt.refused or receipt.held:
                        return receipt
    raise AssertionError(f"no receipt for {device.device} {seq}")


def hub_key(client: Any) -> str:
    rows = client.get("/directory/_all_docs?include_docs=true").json()["rows"]
    return next(c["value"]["public_key"] for row in rows for c in row["doc"]["changes"] if c["op"] == "hub")
