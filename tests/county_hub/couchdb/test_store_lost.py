"""A CouchDB that was put back from a backup, and an edge whose caches are gone: what receipts said is nowhere. That is noticed,
receipts end, a new epoch of the hub opens, and devices bring what they have."""

from __future__ import annotations

from contextlib import closing
from typing import Any
from urllib.parse import quote

import pytest

from county_hub.commands.cli import main
from county_hub.couchdb.edge_outbox import Outbox
from tests.county_hub.couchdb.test_edge import Scene, scene, until  # noqa: F401
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, RunningHub, opened


def taken_back(scene: Scene, event: str) -> None:  # noqa: F811
    """CouchDB as it was before this record, and no cache."""
    with scene.store.http() as http:
        for office in (VILLAGE, TOWN, COUNTY):
            path = scene.store.at(f"office-{office}")
            rev = http.get(f"{path}/{quote(event, safe='')}").json()["_rev"]
            http.post(f"{path}/_purge", json={event: [rev]}).raise_for_status()
    assert event not in scene.there(f"office-{COUNTY}")
    scene.forget_caches()


def epoch_told(hub: RunningHub) -> str:
    with hub.client() as client:
        return str(client.get("/_hub/time").json()["hub"]["epoch"])


def accepted_in(scene: Scene, hub: RunningHub, epoch: str) -> set[int]:  # noqa: F811
    """Numbers that receipts of this epoch say were accepted."""
    with hub.client(scene.device, scene.token) as client:
        rows = client.get(f"/office-{VILLAGE}/_all_docs?include_docs=true").json()["rows"]
    receipts = [row["doc"] for row in rows if row["id"].startswith(f"receipt:{scene.device}:")]
    return {n for doc in receipts if doc["hub"]["epoch"] == epoch for low, high in doc["accepted"] for n in range(low, high + 1)}


def faults(hub: RunningHub) -> list[Any]:
    with hub.client() as client:
        return list(client.get("/_ready").json()["faults"])


def before(scene: Scene) -> tuple[str, str, str]:  # noqa: F811
    """Two records with receipts, of which the store and the caches lose the second: (first, second, epoch)."""
    with scene.edge() as hub:
        first = scene.write(hub)
        scene.receipt(hub, 1)
        second = scene.write(hub)
        scene.receipt(hub, 2)
        until(lambda: any(id.startswith("receipt:") for id in scene.there(f"office-{VILLAGE}")), "no receipt there")
        until(lambda: any(id.startswith("directory:") for id in scene.there("directory")), "the directory is not brought on")
        epoch = epoch_told(hub)
        assert hub.stop() == 0
    taken_back(scene, second)
    return first, second, epoch


def test_what_the_store_lost_opens_an_epoch_and_is_brought_again_by_its_device(scene: Scene) -> None:  # noqa: F811
    first, second, _ = before(scene)
    with scene.edge() as hub:
        now = epoch_told(hub)
        assert now[:5] == "0002-", "no epoch was opened"
        until(lambda: 1 in accepted_in(scene, hub, now), "what is there is not told again")
        assert 2 not in accepted_in(scene, hub, now), "a receipt for what nobody has"
        until(lambda: "epoch_waits" not in faults(hub), "the recovery key lies in HOME, and the epoch waits")
        assert "store_lost" not in faults(hub)
        scene.write(hub)        # the device comes: all that it has
        until(lambda: {1, 2, 3} <= accepted_in(scene, hub, now), "what was lost is not accepted again")
        for office in (VILLAGE, TOWN, COUNTY):
            assert {first, second} <= set(scene.there(f"office-{office}"))
        assert sum(id.startswith("case:") for id in scene.there(f"office-{COUNTY}")) == 3, "something is doubled"
        assert hub.stop() == 0
    with scene.edge() as hub:
        assert epoch_told(hub) == now, "another epoch was opened for the same loss"
        until(lambda: faults(hub) == [], "the edge does not get ready")
        assert hub.stop() == 0
    with opened(scene.home) as hub_, closing(Outbox(scene.home / "outbox.sqlite", hub_.file_key)) as outbox:
        assert outbox.lost(told=True) == {}
        assert hub_.directory.device(hub_.own_device.device).status == "active"
    assert main(["doctor", str(scene.home)]) == 0


@pytest.mark.soak
def test_without_the_recovery_key_the_epoch_waits_and_so_do_receipts(scene: Scene, tmp_path: Any) -> None:  # noqa: F811
    _, second, epoch = before(scene)
    key = tmp_path / "put-away.json"
    (scene.home / "recovery.json").rename(key)
    with scene.edge() as hub:
        now = epoch_told(hub)
        assert now != epoch
        until(lambda: "epoch_waits" in faults(hub), "nobody says that the key is wanted")
        scene.write(hub)
        until(lambda: second in scene.there(f"office-{COUNTY}"), "records are taken all the same")
        assert accepted_in(scene, hub, now) == set()
        assert not scene.has_receipt(hub, 3)
        assert hub.stop() == 0
    with scene.edge() as hub:       # and remembered
        assert epoch_told(hub) == now
        assert accepted_in(scene, hub, now) == set()
        assert main(["recovery", "use", str(scene.home), "--key", str(key)]) == 0
        until(lambda: {1, 2, 3} <= accepted_in(scene, hub, now), "receipts are not told in the new epoch")
        until(lambda: faults(hub) == [], "the edge does not get ready")
        assert hub.stop() == 0


def test_a_loss_is_remembered_until_an_epoch_and_counted_until_it_is_back(tmp_path: Any) -> None:
    with closing(Outbox(tmp_path / "outbox.sqlite")) as outbox:
        outbox.brought("a", [("x", "1-a"), ("y", "1-b")], 5)
        outbox.offer_again()
        outbox.lose("a", [("x", "1-a")])
        assert outbox.due("a", 10) == [("y", "1-b")]
    with closing(Outbox(tmp_path / "outbox.sqlite")) as outbox:
        assert outbox.lost(told=False) == {"a": [("x", "1-a")]}
        outbox.tell_losses()
        assert (outbox.lost(told=False), outbox.lost(told=True)) == ({}, {"a": [("x", "1-a")]})
        outbox.lose("a", [("x", "1-a")])
        assert outbox.lost(told=False) == {}, "the same loss twice"
        outbox.came_back("a", [("x", "1-a")])
        assert outbox.lost(told=True) == {}
