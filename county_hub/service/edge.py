"""`county-hub serve --couchdb`: HOME opened as an edge, with CouchDB behind it.

    look at the server -> build the caches that are missing -> open the hub -> first look at the server's life
                       -> a fresh device for the console where its chain was lost with the cache
                       -> a new epoch where the server and the caches hold less than receipts said -> serve
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from county_hub.composition import open_hub, real_clock
from county_hub.couchdb.edge import connected
from county_hub.couchdb.edges import last_of
from county_hub.couchdb.server import account_of
from county_hub.hub import hosted
from county_hub.hub.hub import EDGE_OF, Hub
from county_hub.hub.kept import recovery
from county_hub.hub.kept.home import HubHome
from county_hub.hub.problems import HubProblem
from county_hub.hub.serving import refuse_second
from county_hub.hub.sync_words import reason
from county_hub.service import new_life
from shared.ledger.authoring import DeviceIdentity
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.texts import t
from sync.errors import SyncError
from sync.replica import LocalReplica

log = logging.getLogger("county_hub.couchdb")


@contextlib.contextmanager
def open_edge(home: HubHome, url: str, password_file: Path | None) -> Iterator[Hub]:
    """The open hub of HOME with CouchDB at `url` behind it. Raises `HubProblem`, one sentence, before anything is served."""
    home.require()
    refuse_second(home)
    with contextlib.ExitStack() as stack:
        try:
            connection = stack.enter_context(connected(home, url, account_of(password_file), real_clock))
            hub = stack.enter_context(open_hub(home))
            connection.stand_behind(hub)
        except SyncError as error:
            raise HubProblem(t("couchdb.not_ready", url=url, reason=reason(error))) from error
        if connection.lost_chain() and hub.edge:
            connection.tell_losses(hub.edge, hub.epoch(), hub.key)
            raise HubProblem(t("edges.chain_lost", name=hub.secrets[EDGE_OF].get("name", hub.edge)))
        if connection.lost_chain():
            _fresh_devices(hub)
            connection.chain_goes_on()
        if connection.has_lost() and not hub.edge:      # an edge waits for the publisher's
            _open_epoch(hub)
            connection.epoch_opened()
        yield hub


def _open_epoch(hub: Hub) -> None:
    """CouchDB holds less than receipts have said, and no cache has the rest: they are void from here on, devices see a new life
    of the hub and bring what they have. Where the recovery key is not in HOME any more, the epoch waits for it (`recovery use`),
    and so do receipts."""
    if hub.directory.latest().epoch == hub.epoch():         # else one waits already
        log.error("CouchDB holds less than receipts say: epoch %s opens after %s", new_life.prepare(hub), hub.epoch())
        hub.secrets = hub.home.read_secrets()
        device, slot = hub.secrets["device"], hub.secrets["device"].rpartition("-")[2]
        hub.own_device = DeviceIdentity(device, int(slot), hub.county, DeviceKey.load(hub.secrets["device_key"]))
    key = recovery.read(hub.home.recovery_file) if hub.home.recovery_file.exists() else None
    if key is not None or not new_life.needs_recovery(hub):
        new_life.begin(hub, key)
    hub.projector.rebuild()


def _fresh_devices(hub: Hub) -> None:
    """The chain of the console, and of each device held for an organ, may have gone on after what CouchDB holds of it, and a
    chain must never fork: they are retired, and others go on. Published before the keys are kept: a crash between makes one
    device more, never one twice."""
    device, slot = hub.registry.next_device(hub.county)
    key = DeviceKey.generate(os.urandom)
    kept, pairs = hosted.successors(hub, _ending)
    pairs.append({"old": _ending(hub.replica, hub.own_device.device), "new": hosted.beginning(device, slot, key)})
    hub.directory.revise(lambda latest: [
        doc for pair in pairs for doc in new_life.device_changes(latest, pair["old"], pair["new"])])
    hub.secrets = {**hub.secrets, "device_key": key.save(), "device": device, hosted.HOSTED: kept}
    hub.home.write_secrets(hub.secrets)
    hub.own_device = DeviceIdentity(device, int(slot), hub.county, key)


def _ending(replica: LocalReplica, device: str) -> dict[str, Any]:
    seq, digest = last_of(replica, device)
    return {"device": device, "final_seq": seq, "final_hash": digest,
            "continues": {"device": device, "seq": seq, "hash": digest} if digest else None}
