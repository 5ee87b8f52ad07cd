"""A service point to look at: invented people and cases, marked DEMO, with no hub and no line. Made anew at each start.

Its directory is signed by a key that exists for this folder alone, so nothing of it is believed anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from shared.disputes.domain import DISPUTES
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import build_head, change
from shared.ledger.texts import t
from village_node.desk.desk import Desk
from village_node.point.home import Home, NodeConfig
from village_node.point.node import Node
from village_node.point.opening import open_replicas
from village_node.point.safe.unlock import unlock

COUNTY, TOWNSHIP, VILLAGE = "150822000000", "150822100000", "150822100203"
CLERK, DEVICE = "demo-clerk", f"{VILLAGE}-001"
_NOWHERE = "http://127.0.0.1:9"
Random = Callable[[int], bytes]


def open_demo(home: Home, *, clock: Callable[[], int], random: Random) -> Desk:
    """The desk of a demo made in an empty folder."""
    home.create()
    unlock(home, None, random)
    hub, own = DeviceKey.generate(random), DeviceKey.generate(random)
    home.add_identity(DEVICE, device_key=own.save(), username=DEVICE, password="-")
    databases = {"office": f"office-{VILLAGE}", "directory": "directory"}
    config = NodeConfig(device=DEVICE, slot="001", office=VILLAGE, role="tablet", hub_url=_NOWHERE, hub_id="demo",
                        hub_epoch="demo", hub_public_key=hub.public, databases=databases)
    home.write_config(config)
    replicas = open_replicas(home, home.database_key())
    head = build_head(None, list(_directory(hub, own, clock())), key=hub, epoch="demo", issued_at=clock())
    replicas["directory"].bulk_docs([head], new_edits=False)
    node = Node(home, config, device_key=own, clock=clock, random=random, replicas=replicas, key=home.database_key(),
                domain=DISPUTES)
    desk = Desk(node)
    for draft in _cases():
        desk.register(CLERK, draft)
    return desk


def _directory(hub: DeviceKey, own: DeviceKey, now: int) -> Iterator[dict[str, Any]]:
    yield change("hub", "hub", {"hub_id": "demo", "public_key": hub.public, "alg": hub.alg, "name": t("demo.county")})
    for id, level, kind, parent in ((COUNTY, "county", "county", None), (TOWNSHIP, "township", "town", COUNTY),
                                    (VILLAGE, "village", "village", TOWNSHIP)):
        yield change("office", id, {
            "name": t(f"demo.{level}"), "kind": kind, "level": level, "parent": parent, "code": id, "valid_from": None,
            "valid_to": None, "rooms": [], "committee": t("demo.committee", name=t(f"demo.{level}"))})
    yield change("staff", CLERK, {"name": t("demo.clerk"), "office": VILLAGE, "roles": ["mediator", "window_clerk"],
                                  "active": True, "from": None, "to": None})
    yield change("device", DEVICE, {"office": VILLAGE, "slot": 1, "public_key": own.public, "alg": own.alg, "status": "active",
                                    "final_seq": None, "role": "tablet", "enrolled_at": now})
    yield change("setting", "demo", {"on": True})


def _cases() -> Iterator[dict[str, Any]]:
    for number, category in enumerate(("DC02", "DC01", "DC03"), start=1):
        yield {
            "parties": [{"name": t(f"demo.a{number}"), "phone": f"1000000000{number}"},
                        {"name": t(f"demo.b{number}"), "role": "respondent"}],
            "summary": t(f"demo.what{number}"), "category": category, "place": {"text": t(f"demo.where{number}")},
        }


__all__ = ["CLERK", "open_demo"]
