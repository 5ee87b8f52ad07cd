"""An opened HOME: its replicas, its identity, the directory it trusts, and the author of its events.

What is here is shared by the desk (use cases) and the sync worker. What events mean is the domain it is handed; nothing
talks to the network except through `hub()`. Thread-safe: replicas are, and the caches are replaced as whole values.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from shared.ledger.authoring import Author, DeviceIdentity, chain_head, corrected_date
from shared.ledger.domain import Domain, newer_than_published
from shared.ledger.errors import StaleHead
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import Directory, DirectoryHistory, heads_in
from shared.ledger.published.edges import serving
from shared.ledger.texts import t
from sync.peer import PeerInfo
from sync.replica import LocalReplica
from village_node.point.errors import HubSaidNo, Refused
from village_node.point.home import Home, NodeConfig
from village_node.point.hub_client import HubClient, addresses_of
from village_node.point.safe import rescue
from village_node.point.safe.recipients import Recipients
from village_node.point.safe.tries import running_ms
from village_node.point.tables import Tables

KINDS = ("office", "files", "directory", "closed")


class Node:
    def __init__(self, home: Home, config: NodeConfig, *, device_key: DeviceKey, clock: Callable[[], int],
                 random: Callable[[int], bytes], replicas: dict[str, LocalReplica], key: bytes | None,
                 domain: Domain) -> None:
        self.home, self.config, self.clock, self.random, self.key = home, config, clock, random, key
        self.domain = domain
        self.office, self.files, self.directory_replica, self.closed = (replicas[kind] for kind in KINDS)
        self._history: tuple[int, DirectoryHistory] | None = None
        self._dated: Directory | None = None
        self._guard = threading.Lock()
        self.device_key = device_key
        self.running: Callable[[], int] = running_ms             # ms since this machine was started; a test hands in its own
        self.tables = Tables(self)
        self.recipients = Recipients(home, own=lambda: self.devices, now=self.now)
        self.author = Author(
            self.office, device=DeviceIdentity(config.device, int(config.slot), config.office, device_key),
            clock=clock, directory=self._cited, offset_ms=self.offset_ms, check=self._judged_there,
        )

    def _judged_there(self, event: Event) -> None:
        """Nothing is written that the hub cannot judge yet: it would wait there, and others would not get it."""
        if newer_than_published(event.kind, event.schema, self.directory):
            raise Refused(t("node.error.newer_than_hub"))

    def close(self) -> None:
        self.tables.close()
        for replica in (self.office, self.files, self.directory_replica, self.closed):
            replica.close()

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- directory

    @property
    def history(self) -> DirectoryHistory:
        """The verified directory; loaded again when heads arrived (also by another process)."""
        seq = self.directory_replica.update_seq()
        with self._guard:
            if self._history is None or self._history[0] != seq:
                self._history = (seq, self._load_directory())
            return self._history[1]

    @property
    def directory(self) -> Directory:
        """The newest version, with the names of today."""
        latest, today = self.history.latest, corrected_date(self.now()).isoformat()
        with self._guard:
            if self._dated is None or self._dated.today != today or self._dated.cited != latest.cited:
                self._dated = latest.dated(today)
            return self._dated

    def reload_directory(self) -> None:
        """Verify what was pulled and remember the newest head, so that older ones are refused from now on. Raises HubSaidNo
        when the hub offers an older directory than this device has seen."""
        newest = self.history.newest
        if newest is not None:
            self.home.update_state(directory_seen=list(newest), directory_held=self.history.newest_hash)
            self.recipients.look(self.directory)
            rescue.take_up(self.home, self.directory.setting(rescue.SETTING), self.random)

    def _load_directory(self) -> DirectoryHistory:
        state = self.home.state()
        seen, held = state.get("directory_seen"), state.get("directory_held")
        try:
            return DirectoryHistory.load(
                heads_in(self.directory_replica), self.config.hub_public_key,
                seen=(str(seen[0]), int(seen[1])) if seen else None, held=str(held) if held else None,
                recovery=self.config.hub_recovery_key or None,
            )
        except StaleHead as error:
            raise HubSaidNo(t("node.sync.stale_directory", version=error.seen[1])) from error

    def _cited(self) -> tuple[str, int, str]:
        return self.directory.cited

    # ---- what the sync worker learnt

    def offset_ms(self) -> int:
        """Hub's time minus this device's, as last measured; 0 if never. A clock that now shows a moment before that measurement
        (a flat battery: many start in 1970) is taken to stand at the measurement: work must not stop for it."""
        state = self.home.state()
        measured = int(state.get("clock_offset_ms") or 0)
        return max(measured, int(state.get("hub_time") or 0) - self.clock())

    def now(self) -> int:
        """Corrected time, ms."""
        return self.clock() + self.offset_ms()

    def remember_peer(self, kind: str, info: PeerInfo, at: str = "") -> None:
        """Which replica at the hub this database exchanges with: delivery is counted against it. `at`: the address."""
        state = self.home.state()
        peers, where = dict(state.get("peers") or {}), dict(state.get("peers_at") or {})
        if peers.get(kind) != info.peer_id or where.get(kind) != at:
            self.home.update_state(peers={**peers, kind: info.peer_id}, peers_at={**where, kind: at})

    def is_met(self, kind: str, at: str) -> bool:
        """Is it known which replica answers at this address, and is delivery counted against it?"""
        state = self.home.state()
        return bool((state.get("peers") or {}).get(kind)) and (state.get("peers_at") or {}).get(kind, at) == at

    def hub_epoch(self) -> str:
        """The hub's present epoch as far as this device knows: told by the hub, else that of the newest signed directory."""
        told = self.home.state().get("hub_epoch")
        return str(told) if told else (self.directory.epoch or self.config.hub_epoch)

    @property
    def devices(self) -> tuple[str, ...]:
        """The present device id first, then those this HOME had before a fresh identity."""
        return (self.config.device, *self.config.previous)

    def chain_seq(self, device: str) -> int | None:
        """The last number that this database wrote as `device`; None if it no longer writes as that device."""
        if device != self.config.device:
            return None
        head = chain_head(self.office)
        return head.seq if head is not None and head.device == device else 0

    def sealing_keys(self) -> dict[str, DeviceKey]:
        """Private keys by device id: the present one, and those this HOME had before a renewal, which still open what was sealed
        for them."""
        held = self.home.secrets().get("identities") or {}
        earlier = {d: DeviceKey.load(held[d]["device_key"]) for d in self.config.previous if d in held}
        return {self.config.device: self.device_key, **earlier}

    def peer_id(self, kind: str) -> str | None:
        return (self.home.state().get("peers") or {}).get(kind)

    # ---- line

    def hub(self) -> HubClient:
        secrets = self.home.identity(self.config.device)
        known = self.config
        addresses = addresses_of(known, serving(self.directory, known.office))
        return HubClient(addresses, secrets["username"], secrets["password"], dict(known.databases), known.hub_id)

    def own_filter(self) -> dict[str, Any]:
        """Selector of a pull that keeps out events written here. Receipts name the device too, but have no device_seq."""
        return {"$not": {"device": self.config.device, "device_seq": {"$exists": True}}}
