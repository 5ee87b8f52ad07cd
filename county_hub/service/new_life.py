"""A new life of the hub after a restore: a new epoch, signed by the recovery key, and a fresh device for the console.

The console's chain may have gone on after the backup, and a chain must never fork, so its device is retired and another goes on;
so with the devices that the hub holds for organs.
Until the epoch has begun (`begin`) the hub takes records and gives no receipts, for tablets believe no epoch without that
signature.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from county_hub.composition import real_clock
from county_hub.hub import hosted
from county_hub.hub.founding import new_epoch
from county_hub.hub.hub import Hub
from county_hub.hub.kept.recovery import HeadMemory
from county_hub.hub.problems import HubProblem
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.texts import t

# Slots that the lost part of the hub's life may have given out; they are skipped so that none is given twice (DESIGN 3.8).
SLOTS_SKIPPED = 10
_WAITS = "new_life"


def prepare(hub: Hub) -> str:
    """The new epoch's name, kept; replicas, slots and the console's fresh device are made ready for it."""
    epoch = new_epoch(hub.epoch())
    newest = hub.directory.history().newest_hash
    if newest is not None:
        HeadMemory(hub.registry).published(newest)      # may be newer than what the backup of the registry knew
    for name in hub.databases.names():
        with hub.databases.lease(name) as replica:
            replica.new_epoch()
    offices = [office.id for office in hub.directory.latest().offices()]
    hub.registry.skip_slots(offices, SLOTS_SKIPPED)
    device, slot = hub.registry.next_device(hub.county)
    key = DeviceKey.generate(os.urandom)
    old, new = hosted.ending(hub.own_device.device, hub.chain_head()), hosted.beginning(device, slot, key)
    kept, pairs = hosted.successors(hub)
    hub.home.write_secrets({**hub.secrets, "device_key": key.save(), "device": device, hosted.HOSTED: kept})
    hub.registry.set_meta({"epoch": epoch, _WAITS: json.dumps({"old": old, "new": new, "hosted": pairs})})
    return epoch


def needs_recovery(hub: Hub) -> bool:
    """Does the new epoch wait for the recovery key?"""
    latest = hub.directory.latest()
    return latest.recovery_key is not None and latest.epoch != hub.epoch()


def begin(hub: Hub, recovery: DeviceKey | None) -> tuple[str, int]:
    """Publish the first head of the epoch; (epoch, version). Raises `HubProblem` without the recovery key where one is needed."""
    waits = json.loads(hub.registry.noted((_WAITS,))[0] or "null")
    if waits is None or hub.directory.latest().epoch == hub.epoch():
        raise HubProblem(t("recovery.nothing_waits"))
    pairs = [waits, *waits.get("hosted", ())]
    place = hub.directory.revise(
        lambda latest: [doc for pair in pairs for doc in device_changes(latest, pair["old"], pair["new"])], recovery=recovery)
    hub.registry.set_meta({_WAITS: "null"})
    return place


def device_changes(latest: Directory, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Doc]:
    known = latest.device(old["device"])
    if known is None:
        return
    end = {name: old.get(name) for name in ("final_seq", "final_hash")}
    yield change("device", old["device"], {**known.raw, "status": "retired", **end})
    yield change("device", new["device"], {
        "office": known.office, "slot": new["slot"], "public_key": new["public_key"], "alg": new["alg"], "status": "active",
        "final_seq": None, "role": "console", "enrolled_at": real_clock(),
        **({"continues": old["continues"]} if old["continues"] else {}),
    })
