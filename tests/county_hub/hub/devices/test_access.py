"""Who may open what, over real HTTP: the table of `county_hub.hub.devices.authoriser`, and what no credential can do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import build_head, change
from tests.support.county_hub.hub_support import (
    COUNTY,
    NEIGHBOUR,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    Enrolled,
    RunningHub,
    enrol,
    found_county,
    opened,
    running_hub,
)
from tests.support.shared.domain_events import World


@dataclass(frozen=True, slots=True)
class Scene:
    home: Path
    hub: RunningHub
    devices: dict[str, Enrolled]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One county for all questions of this file: nobody changes what others ask about."""
    home = found_county(tmp_path_factory.mktemp("access"))
    with running_hub(home) as hub:
        devices = {
            name: enrol(hub, home, office, "--role", role)
            for name, office, role in (
                ("village", VILLAGE, "tablet"), ("town tablet", TOWN, "tablet"), ("relay", TOWN, "relay"),
                ("county", COUNTY, "console"), ("lost", VILLAGE, "tablet"), ("retired", VILLAGE, "tablet"),
            )
        }
        assert main(["device", "revoke", str(home), devices["lost"].device, "--lost"]) == 0
        end = ["--retired", "--final-seq", "4", "--final-hash", "a" * 26]
        assert main(["device", "revoke", str(home), devices["retired"].device, *end]) == 0
        yield Scene(home, hub, devices)


OPENS = {
    "village": {f"office-{VILLAGE}", f"office-{VILLAGE}-files", f"office-{VILLAGE}-closed"},
    "town tablet": {f"office-{TOWN}", f"office-{TOWN}-files", f"office-{TOWN}-closed"},
    "relay": {
        f"office-{TOWN}", f"office-{TOWN}-files", f"office-{TOWN}-closed", f"office-{VILLAGE}", f"office-{VILLAGE}-files",
        f"office-{NEIGHBOUR}", f"office-{NEIGHBOUR}-files",
    },
    "county": {f"office-{COUNTY}", f"office-{COUNTY}-files", f"office-{COUNTY}-closed"},
    "lost": set(),
    "retired": set(),
}
DATABASES = [
    *(f"office-{office}{part}" for office in (VILLAGE, NEIGHBOUR, TOWN, OTHER_VILLAGE, COUNTY)
      for part in ("", "-files", "-closed")),
    "quarantine", "drop", "nothing", "_users",
]


@pytest.mark.parametrize("who", list(OPENS))
def test_a_device_reads_and_writes_what_it_may_open_and_nothing_else(scene: Scene, who: str) -> None:
    device = scene.devices[who]
    with scene.hub.client(device.device, device.token) as client:
        for database in DATABASES:
            allowed = database in OPENS[who]
            read = client.get(f"/{database}/_changes").status_code
            assert read == 200 if allowed else read in (400, 401, 403, 404), (who, database, read)
            write = client.post(f"/{database}/_bulk_docs", json={"docs": []}).status_code
            writes = allowed or (database == "drop" and who in ("lost", "retired"))
            assert write == 201 if writes else write in (400, 401, 403, 404), (who, database, write)


@pytest.mark.parametrize("who", list(OPENS))
def test_only_active_devices_read_the_directory_and_nobody_writes_it(scene: Scene, who: str) -> None:
    device = scene.devices[who]
    active = who not in ("lost", "retired")
    with scene.hub.client(device.device, device.token) as client:
        assert client.get("/directory/_all_docs").status_code == (200 if active else 403)
        # A replicator that pulls leaves its checkpoint at the source.
        assert client.put(f"/directory/_local/{device.device}", json={"x": 1}).status_code == (201 if active else 403)
        with opened(scene.home) as hub:
            latest = hub.directory.latest()
        forged = build_head(latest, [change("setting", "x", {"on": True})], key=device.key, epoch=latest.epoch, issued_at=1)
        assert client.put(f"/directory/{forged['_id']}?new_edits=false", json=forged).status_code == 403
        assert client.post("/directory/_bulk_docs", json={"docs": [forged], "new_edits": False}).json() != []
        rows = client.get(f"/directory/{forged['_id']}").status_code
        assert rows == (404 if active else 403)


@pytest.mark.parametrize("who", list(OPENS))
def test_no_device_administers_anything(scene: Scene, who: str) -> None:
    device = scene.devices[who]
    with scene.hub.client(device.device, device.token) as client:
        for database in (f"office-{device.office}", "directory", "drop", "quarantine"):
            assert client.delete(f"/{database}").status_code == 403, database
            assert client.post(f"/{database}/_compact", json={}).status_code == 403, database
            assert client.post(f"/{database}/_purge", json={"x": ["1-x"]}).status_code == 403, database
            assert client.put(f"/{database}/_security", json={}).status_code == 403, database
            assert client.put(f"/{database}/_revs_limit", json=1).status_code == 403, database
        assert client.put("/mine", json={}).status_code == 403
        assert client.get("/_active_tasks").status_code in (401, 403)
        assert client.get("/_db_updates").status_code in (401, 403)


def test_the_list_of_databases_shows_no_more_than_may_be_opened(scene: Scene) -> None:
    device = scene.devices["village"]
    with scene.hub.client(device.device, device.token) as client:
        assert set(client.get("/_all_dbs").json()) <= OPENS["village"] | {"directory"}


def test_strangers_and_wrong_tokens_get_nothing(scene: Scene) -> None:
    device = scene.devices["village"]
    with scene.hub.client() as client:
        assert client.get(f"/office-{VILLAGE}").status_code == 401
        assert client.get("/_all_dbs").status_code == 401
        assert client.get("/directory/_all_docs").status_code == 401
    for name, token in ((device.device, "x"), (device.device, ""), ("nobody", device.token), (f"{COUNTY}-000", "x")):
        with scene.hub.client(name, token) as client:
            assert client.get(f"/office-{VILLAGE}").status_code == 401, name


def test_nobody_touches_the_chain_of_the_hubs_own_device(scene: Scene) -> None:
    device = scene.devices["county"]
    with scene.hub.client(device.device, device.token) as client:
        for path in (
            f"/office-{COUNTY}/_local/chain", f"/office-{COUNTY}/_local%2Fchain", f"/office-{COUNTY}/_local/chain/",
            f"/office-{COUNTY}/_local%2Fchain/", f"//office-{COUNTY}/_local/chain", f"/office-{COUNTY}/%5Flocal/chain",
            f"/office-{COUNTY}/_local/chain?rev=0-1",
        ):  # fmt: skip
            url = f"{scene.hub.url}{path}"      # as it is: the client would tidy a relative one
            assert client.put(url, json={"seq": 0}).status_code == 403, path
            assert client.get(url).status_code == 403, path
            assert client.delete(url).status_code == 403, path
        assert client.get(f"/office-{COUNTY}/_local_docs").json()["rows"] == []
        doc = {"_id": "_local/chain", "seq": 0}
        for new_edits in (True, False):
            asked = {"docs": [{"_id": "_local/mine"}, doc], "new_edits": new_edits}
            rows = client.post(f"/office-{COUNTY}/_bulk_docs", json=asked).json()
            assert [row["error"] for row in rows if row["id"] == "_local/chain"] == ["forbidden"]
        assert client.post(f"/office-{COUNTY}", json=doc).status_code == 403
        copied = client.request("COPY", f"/office-{COUNTY}/_local/mine", headers={"destination": "_local/chain"})
        assert copied.status_code in (400, 403, 404, 405)
        kept = [row["id"] for row in client.get(f"/office-{COUNTY}/_local_docs").json()["rows"]]
        assert kept == ["_local/mine"]


def test_a_device_cannot_forge_a_receipt_nor_store_what_is_no_event(scene: Scene) -> None:
    device = scene.devices["village"]
    key = DeviceKey.generate(os.urandom)
    event = World().register().doc()
    receipt = {"_id": f"receipt:{device.device}:hub-1:0000000001", "_rev": "1-" + "0" * 32, "kind": "receipt", "sig": "x"}
    changed = {**event, "role": "supervisor"}
    deleted = {**event, "_deleted": True}
    with scene.hub.client(device.device, device.token) as client:
        answer = client.post(f"/office-{VILLAGE}/_bulk_docs", json={
            "docs": [receipt, changed, deleted, {"_id": "note", "_rev": "1-" + "0" * 32, "x": key.public}, event],
            "new_edits": False,
        })
        assert answer.status_code == 201
        assert [row["error"] for row in answer.json()] == ["forbidden"] * 4
        assert client.get(f"/office-{VILLAGE}/{event['_id']}").status_code == 200
        assert client.delete(f"/office-{VILLAGE}/{event['_id']}?rev={event['_rev']}").status_code == 403


def test_a_revoked_device_can_leave_its_unsent_work_in_the_drop(scene: Scene) -> None:
    device = scene.devices["lost"]
    event = World().register(NEIGHBOUR).doc()
    with scene.hub.client(device.device, device.token) as client:
        answer = client.post("/drop/_bulk_docs", json={"docs": [event], "new_edits": False})
        assert (answer.status_code, answer.json()) == (201, [])
        assert client.get(f"/drop/{event['_id']}").status_code == 403
        assert client.get("/drop/_all_docs").status_code == 403
    with opened(scene.home) as hub, hub.databases.lease("drop") as replica:
        assert replica.get(event["_id"])["_rev"] == event["_rev"]


def test_a_revocation_works_at_once_in_the_running_server(scene: Scene) -> None:
    device = enrol(scene.hub, scene.home, NEIGHBOUR)
    with scene.hub.client(device.device, device.token) as client:
        assert client.get(f"/office-{NEIGHBOUR}").status_code == 200
        assert main(["device", "revoke", str(scene.home), device.device, "--lost"]) == 0
        assert client.get(f"/office-{NEIGHBOUR}").status_code == 403
