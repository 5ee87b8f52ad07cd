"""Devices that the hub itself holds for organs whose people sit at its pages: a court without a tablet of its own.

Each is a device of its organ's office like any other, with a chain of its own in that office's database; its key lies among the
hub's secrets. So what such an organ writes is the organ's, is judged and routed as everybody's, and can be told from what the
county writes. A hub that begins a new life, or takes a new key, retires them and goes on with fresh ones, as with its own device
(`service.new_life`, `service.new_key`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from shared.ledger.authoring import DeviceIdentity, chain_head
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.edges import edges_of

if TYPE_CHECKING:
    from county_hub.hub.hub import Hub
    from sync.replica import LocalReplica

HOSTED = "hosted_devices"       # in secrets.json: office -> {device, key}
ROLE = "console"


def identity(hub: Hub, office: str) -> DeviceIdentity | None:
    """The device that the hub holds for this office; a command may have made it while this process ran."""
    found = _kept(hub.secrets).get(office)
    if found is None:
        hub.secrets = hub.home.read_secrets()
        found = _kept(hub.secrets).get(office)
    return _identity(office, found) if found is not None else None


def host(hub: Hub, office: str) -> DeviceIdentity:
    """The same, made where there is none. The key is kept before the directory names it, so what broke off between goes on."""
    if identity(hub, office) is None:
        device, _ = hub.registry.next_device(office)
        made = {"device": device, "key": DeviceKey.generate(os.urandom).save()}
        hub.secrets = {**hub.secrets, HOSTED: {**_kept(hub.secrets), office: made}}
        hub.home.write_secrets(hub.secrets)
    found = identity(hub, office)
    assert found is not None
    hub.directory.add_device(found.device, office=office, slot=f"{found.slot:03d}", public_key=found.key.public, role=ROLE)
    return found


def is_own(hub: Hub, device: str) -> bool:
    """Is it held by the hub itself, or by an edge of the county, so that it never calls and none can revoke it from afar?"""
    of_edges = (id for edge in edges_of(hub.directory.latest()) for id in (edge.id, edge.author))
    return device in (hub.own_device.device, *of_edges) or any(kept["device"] == device for kept in _kept(hub.secrets).values())


def successors(hub: Hub, end: Callable[[LocalReplica, str], dict[str, Any]] | None = None
               ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """For a new life: (what secrets.json keeps from then on, a pair {old, new} a device for the directory). `end(replica,
    device)` says where a chain ends whose own note of it was lost."""
    kept, pairs = dict[str, Any](), []
    for office, old in _kept(hub.secrets).items():
        device, slot = hub.registry.next_device(office)
        key = DeviceKey.generate(os.urandom)
        kept[office] = {"device": device, "key": key.save()}
        with hub.databases.lease(f"office-{office}") as replica:
            last = end(replica, old["device"]) if end else ending(old["device"], chain_head(replica))
        pairs.append({"old": last, "new": beginning(device, slot, key)})
    return kept, pairs


def ending(device: str, head: Any) -> dict[str, Any]:
    """What the directory says of a chain that goes no further."""
    return {"device": device, "final_seq": head.seq if head else 0, "final_hash": head.hash if head else None,
            "continues": head.continues() if head else None}


def beginning(device: str, slot: str, key: DeviceKey) -> dict[str, Any]:
    return {"device": device, "slot": int(slot), "public_key": key.public, "alg": key.alg}


def offices(secrets: Mapping[str, Any]) -> Iterator[str]:
    yield from _kept(secrets)


def _kept(secrets: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return dict(secrets.get(HOSTED) or {})


def _identity(office: str, kept: Mapping[str, str]) -> DeviceIdentity:
    device = kept["device"]
    return DeviceIdentity(device, int(device.rsplit("-", 1)[1]), office, DeviceKey.load(kept["key"]))
