"""The directory, receipts and grants with the hub's own key stolen: devices write none of it, readers believe little of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.ledger.published.directory_heads import build_head, change
from shared.ledger.published.receipts import Ranges, Receipt, build_grant, build_receipt
from tests.shared.ledger.published.test_head_chain import EPOCH, HUB_KEY, THIEF, VILLAGE, after, founded, hub, load, setting
from tests.support.attacks import refused
from tests.support.county_hub.hub_support import TOWN, enrol, found_county, opened, running_hub
from tests.support.shared.shared_core import CASE


def forged(home: Path, device: str) -> dict[str, dict[str, Any]]:
    """By database: what a thief signs with the hub's own key."""
    with opened(home) as county:
        latest, key = county.directory.latest(), county.key
        head = build_head(latest, [setting(1)], key=key, epoch=latest.epoch, issued_at=county.clock())
        receipt = build_receipt(Receipt(county.identity().hub_id, county.epoch(), device, 9, Ranges.of([1])), key)
        grant = build_grant(CASE, 1, VILLAGE, [], 1, key)
    return {"directory": head, f"office-{VILLAGE}": receipt, f"office-{VILLAGE} ": grant}


@refused("403 forbidden")
def test_a_village_writes_heads_receipts_and_grants_with_the_hubs_stolen_key(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as county:
        devices = [enrol(county, home, VILLAGE), enrol(county, home, TOWN)]
        for device in devices:
            for database, doc in forged(home, devices[0].device).items():
                base, id = f"/{database.strip()}", doc["_id"]
                with county.client(device.device, device.token) as client:
                    for new_edits in (True, False):
                        asked = {"docs": [doc], "new_edits": new_edits}
                        rows = client.post(f"{base}/_bulk_docs", json=asked).json()
                        assert [row["error"] for row in rows] == ["forbidden"], (id, new_edits)
                        flag = "true" if new_edits else "false"
                        assert client.put(f"{base}/{id}?new_edits={flag}", json=doc).status_code == 403
                    assert client.post(base, json=doc).status_code == 403
                    plain = {"content-type": "text/plain"}
                    assert client.put(f"{base}/{id}/a.txt", content=b"x", headers=plain).status_code == 403
                    assert client.put(f"{base}/_local/x", json={"a": 1}).status_code == 201
                    copied = client.request("COPY", f"{base}/_local/x", headers={"destination": id})
                    assert copied.status_code == 403
                    assert client.get(f"{base}/{id}").status_code == 404
    with opened(home) as hub_again:
        published = [head for head in hub_again.directory.history().heads() if head["changes"][0]["op"] == "setting"]
        assert published == []


@refused("no_recovery")
@pytest.mark.parametrize("what", ["epoch", "key"])
def test_a_stolen_hub_key_opens_an_epoch_or_hands_the_county_to_another_key(what: str) -> None:
    heads = [founded()]
    head = after(heads, epoch="9999-evil") if what == "epoch" else after(heads, hub(THIEF))
    history = load([*heads, head])
    assert (history.newest, "recovery key" in " ".join(history.problems)) == ((EPOCH, 1), True)
    assert history.hub_keys == {HUB_KEY.public}


@refused("key_for_life, key_taken")
@pytest.mark.parametrize("device", ["dev-1", "dev-9"])
def test_a_stolen_hub_key_swaps_a_devices_key_or_gives_one_twice(device: str) -> None:
    heads = [founded()]
    public = THIEF.public if device == "dev-1" else load(heads).latest.public_key("dev-1")
    value = {"office": VILLAGE, "slot": 1, "public_key": public, "alg": HUB_KEY.alg, "status": "active"}
    history = load([*heads, after(heads, change("device", device, value))])
    assert (history.newest, len(history.problems)) == ((EPOCH, 1), 1)


@refused("fork: the head held first is kept, both are shown")
def test_a_stolen_hub_key_signs_another_head_at_a_place() -> None:
    heads = [founded()]
    mine = [*heads, after(heads, setting(1))]
    held = load(mine).newest_hash
    history = load([*mine, after(heads, setting(2))], held=held)
    assert history.latest.setting("n") == {"n": 1}
    assert [fork.kept for fork in history.forks] == [held]
