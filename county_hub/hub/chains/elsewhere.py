"""What other hubs of the county have heard of devices: kept beside what this one hears, so that pages and commands ask one place.

Contacts and statements go where this hub's own go (a newer one replaces an older one, whoever brought it); the table `heard` of
the registry says of each device which other hub it was last in touch with, and which numbers that hub has seen given twice.
How it travels is `county_hub.couchdb.edge_devices`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from county_hub.hub.chains.book import Forked
from county_hub.hub.chains.statements import StatementRefused, Statements
from county_hub.hub.kept.registry import Registry
from county_hub.hub.published.directory_office import DirectoryOffice

log = logging.getLogger("county_hub.statements")
_OWN = """
SELECT c.device, c.last_at, c.app, s.doc, s.at FROM contacts AS c
LEFT JOIN heard AS h ON h.device = c.device LEFT JOIN statements AS s ON s.device = c.device
WHERE h.at IS NULL OR c.last_at > h.at ORDER BY c.device"""


@dataclass(frozen=True, slots=True)
class Heard:
    """One device, as the hub `hub` ("": this one) knows it. Times in ms since 1970 by that hub; `statement`: the newest, as the
    device signed it; `forks`: (number, hashes)."""

    device: str
    hub: str
    last_at: int
    app: str
    statement: dict[str, Any] | None
    stated_at: int
    forks: tuple[tuple[int, tuple[str, ...]], ...] = ()


class Elsewhere:
    """`clock` in ms since 1970 UTC. Several processes may use one registry."""

    def __init__(self, registry: Registry, statements: Statements, directory: DirectoryOffice, clock: Callable[[], int]) -> None:
        self._registry, self._statements, self._directory, self._clock = registry, statements, directory, clock

    def own(self) -> Iterator[Heard]:
        """Devices that were last in touch with this hub, in order; their forks are told apart."""
        with self._registry.reading() as db:
            rows = db.execute(_OWN).fetchall()
        for device, last_at, app, doc, at in rows:
            yield Heard(device, "", last_at, app, json.loads(doc) if doc else None, at or 0)

    def take(self, heard: Iterable[Heard]) -> None:
        """What another hub tells. Nobody was in touch later than now, whatever his clock says. Raises SyncError."""
        latest, now = self._directory.latest(), self._clock()
        contacts, rows = dict[str, tuple[str, int, int, str]](), list[tuple[str, str, int, str]]()
        for one in heard:
            device = latest.device(one.device)
            if device is None:
                continue
            at = min(one.last_at, now)
            contacts[one.device] = (device.office, at, 0, one.app)
            rows.append((one.device, one.hub, at, json.dumps(one.forks)))
            if one.statement is not None:
                try:
                    self._statements.take(one.statement, one.device, at=min(one.stated_at, now))
                except StatementRefused as refused:
                    log.warning("a statement of %s that %s tells is refused: %s", one.device, one.hub, refused)
        if rows:
            self._registry.add_contacts(contacts)
            with self._registry.transaction() as db:
                db.executemany("INSERT INTO heard VALUES (?, ?, ?, ?) ON CONFLICT (device) DO UPDATE SET hub = excluded.hub,"
                               " at = excluded.at, forks = excluded.forks WHERE excluded.at >= at", rows)


def last_with(registry: Registry) -> dict[str, str]:
    """Device -> the other hub that it was last in touch with; one that last came here is not among them."""
    with registry.reading() as db:
        return dict(db.execute("SELECT h.device, h.hub FROM heard AS h LEFT JOIN contacts AS c ON c.device = h.device"
                               " WHERE coalesce(c.last_at, 0) <= h.at").fetchall())


def forks_elsewhere(registry: Registry) -> Iterator[Forked]:
    """Numbers given twice, that another hub has seen."""
    with registry.reading() as db:
        rows = db.execute("SELECT device, forks FROM heard WHERE forks <> '[]' ORDER BY device").fetchall()
    for device, told in rows:
        for seq, hashes in json.loads(told):
            yield Forked(device, seq, tuple(hashes))
