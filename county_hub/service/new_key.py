"""Another key for the hub, after the present one was or may have been stolen: signed by the recovery key, so that every reader
believes it.

With the hub's key goes whatever lay beside it: the keys of the console's device and of those held for organs (these devices are
retired, others go on) and the key of the console's cookies (everybody signs in again). Order, so that a crash loses nothing and
the same command goes on: the new keys are written to secrets.json beside the old ones -> the head that names them, signed by the
old key and the recovery key -> they take the old ones' place -> a first head and all receipts under the new key (`after`).
"""

from __future__ import annotations

import os
from typing import Any

from county_hub.composition import real_clock
from county_hub.hub import hosted
from county_hub.hub.hub import FORMER, Hub
from county_hub.hub.problems import HubProblem
from county_hub.service.new_life import device_changes, needs_recovery
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from shared.ledger.texts import t

_NEXT = "next_keys"
SETTING = "hub_key"


def change_key(hub: Hub, recovery: DeviceKey) -> None:
    """Publish the new key and take it. HOME must be opened anew afterwards. Raises `HubProblem`."""
    if needs_recovery(hub):
        raise HubProblem(t("recovery.needed"))
    if recovery.public != hub.directory.latest().recovery_key:
        raise HubProblem(t("recovery.not_this_county"))
    secrets = hub.home.read_secrets()
    made: dict[str, Any] = secrets.get(_NEXT) or _made(hub)
    hub.home.write_secrets({**secrets, _NEXT: made})
    key, device_key = DeviceKey.load(made["hub_key"]), DeviceKey.load(made["device_key"])
    if hub.directory.latest().hub_key != key.public:
        old = hosted.ending(hub.own_device.device, hub.chain_head())
        pairs = [{"old": old, "new": hosted.beginning(made["device"], made["slot"], device_key)}, *made.get("pairs", ())]
        hub.directory.revise(lambda latest: [
            change("hub", "hub", {**(latest.hub or {}), "public_key": key.public, "alg": key.alg}),
            *(doc for pair in pairs for doc in device_changes(latest, pair["old"], pair["new"]))], recovery=recovery)
    kept = {name: value for name, value in secrets.items() if name != _NEXT}
    hub.home.write_secrets({
        **kept, "hub_key": made["hub_key"], "device_key": made["device_key"], "device": made["device"],
        "cookie_key": os.urandom(32).hex(), FORMER: [*secrets.get(FORMER, ()), hub.key.public],
        hosted.HOSTED: made.get("hosted", {}),
    })


def after(hub: Hub) -> tuple[str, int]:
    """The first head under the new key, so that who trusts that key alone has one: devices that enrol from now on."""
    return hub.directory.publish([change("setting", SETTING, {"changed_at": real_clock()})])


def _made(hub: Hub) -> dict[str, Any]:
    device, slot = hub.registry.next_device(hub.county)
    kept, pairs = hosted.successors(hub)
    return {"hub_key": DeviceKey.generate(os.urandom).save(), "device_key": DeviceKey.generate(os.urandom).save(),
            "device": device, "slot": slot, "hosted": kept, "pairs": pairs}
