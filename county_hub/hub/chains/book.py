"""The chains of all devices as far as the hub has seen them: what the judge is told beside an event (`shared.ledger.chains`).

    links   every event that its device signed, whatever became of it: (device, number, hash, hash before)
    steps   the first number for which a place of the directory was held: cited by a smaller one
    forked  numbers that a device has given more than once
    doubts  events that are held until all smaller numbers (`below`), or the chain from a retired device's last one, are here

One SQLite file, a cache: it is written in the step that judges, and read again from the office databases with the router's own
file, whose lineage names it (`identity`). What devices *stated* is no cache and lies in the registry (`statements`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.ledger.formats.citation import Cited
from shared.ledger.formats.envelope import Event
from sync.router.cache_file import CacheFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS links (device TEXT, seq INTEGER, h TEXT, prev TEXT, PRIMARY KEY (device, seq, h)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS steps (device TEXT, epoch TEXT, version INTEGER, hash TEXT, since INTEGER,
    PRIMARY KEY (device, epoch, version, hash)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forked (device TEXT, seq INTEGER, PRIMARY KEY (device, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS doubts (id TEXT PRIMARY KEY, device TEXT, seq INTEGER, below INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS doubts_by_device ON doubts (device, seq);
"""
Stated = Callable[[str], Sequence[tuple[int, Cited]]]     # device -> (number, place held then)


@dataclass(frozen=True, slots=True)
class Forked:
    """A number that a device has given more than once, with the hashes of the events."""

    device: str
    seq: int
    hashes: tuple[str, ...]


@dataclass(slots=True)
class _Walk:
    """How far `prev` leads down from a retired device's last event: `at` is the hash that the event `seq` must have."""

    end: tuple[int, str]
    seq: int
    at: str
    led: dict[int, str] = field(default_factory=dict)


class ChainBook:
    """`shared.ledger.chains.Chains` of the hub. One router thread notes; anybody may read forks."""

    def __init__(self, path: Path, stated: Stated, key: bytes | None = None) -> None:
        file = CacheFile(path, _SCHEMA, key)
        self._transaction, self._rows, self.close = file.transaction, file.rows, file.close
        self._stated = stated
        self._said: dict[str, Sequence[tuple[int, Cited]]] = {}
        self._held: dict[str, list[tuple[int, Cited]]] = {}     # what `steps` says of a device, read once a step
        self._links: dict[str, dict[tuple[int, str], str | None]] = {}     # noted, not written yet
        self._steps: dict[str, dict[Cited, int]] = {}
        self._doubts: dict[str, tuple[str, int, bool]] = {}
        self._whole: dict[str, int] = {}                # numbers 1 to this are all here
        self._walks: dict[str, _Walk] = {}

    def identity(self) -> str:
        """Names this file since it was made: another one knows nothing yet, so everything is judged again."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('id', ?)", (secrets.token_hex(8),))
        return str(self._rows("SELECT value FROM meta WHERE name = 'id'")[0][0])

    def begin(self) -> None:
        """A step begins: statements, and what other workers have written, are asked for anew."""
        self._said.clear()
        self._held.clear()

    # --- what the judge asks

    def places(self, device: str, seq: int) -> Iterable[Cited]:
        if device not in self._held:
            rows = self._rows("SELECT epoch, version, hash, since FROM steps WHERE device = ?", (device,))
            self._held[device] = [(int(str(since)), (str(e), int(str(v)), str(h))) for e, v, h, since in rows]
        found = [place for since, place in self._held[device] if since <= seq]
        found += [place for place, since in self._steps.get(device, {}).items() if since <= seq]
        if device not in self._said:
            self._said[device] = self._stated(device)
        return [*found, *(place for stated, place in self._said[device] if stated < seq)]

    def lacks(self, device: str, seq: int) -> bool:
        whole = self._whole.get(device, 0)
        while whole < seq - 1 and self._here(device, whole + 1):
            whole += 1
        self._whole[device] = whole
        return whole < seq - 1

    def leads(self, device: str, end: tuple[int, str], seq: int, h: str) -> bool | None:
        walk = self._walks.get(device)
        if walk is None or walk.end != end:
            walk = self._walks[device] = _Walk(end, *end)
        while walk.seq > seq:
            below = self._before(device, walk.seq, walk.at)
            if below is None:
                return None
            walk.led[walk.seq], walk.seq, walk.at = walk.at, walk.seq - 1, below
        return (walk.at if walk.seq == seq else walk.led.get(seq)) == h

    # --- what the judge found

    def note(self, event: Event, *, place_known: bool) -> None:
        """An event that its device signed. `place_known`: the head that it cites is here."""
        self._links.setdefault(event.device, {})[event.device_seq, event.h] = event.prev
        if place_known:
            steps = self._steps.setdefault(event.device, {})
            since = event.device_seq + 1
            steps[event.directory] = min(steps.get(event.directory, since), since)

    def doubt(self, event: Event, *, below: bool) -> None:
        """It is held until more of its device's chain is here: all smaller numbers, or those up to a retired device's last."""
        self._doubts[event.id] = (event.device, event.device_seq, below)

    def flush(self) -> list[str]:
        """Write what was noted; the ids of held events that can be judged now."""
        if not (self._links or self._doubts):
            return []
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO links VALUES (?, ?, ?, ?)", [
                (device, seq, h, prev) for device, links in self._links.items() for (seq, h), prev in links.items()])
            db.executemany(
                "INSERT INTO steps VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET since = min(since, excluded.since)",
                [(device, *place, since) for device, steps in self._steps.items() for place, since in steps.items()])
            db.executemany(
                "INSERT OR IGNORE INTO forked SELECT device, seq FROM links WHERE device = ? AND seq = ?"
                " GROUP BY device, seq HAVING count(*) > 1",
                [(device, seq) for device, links in self._links.items() for seq, _ in links])
            told = [(id, *doubt) for id, doubt in self._doubts.items()]
            db.executemany("INSERT OR REPLACE INTO doubts VALUES (?, ?, ?, ?)", told)
        devices = {*self._links, *(device for device, _, _ in self._doubts.values())}
        self._links, self._steps, self._doubts = {}, {}, {}
        self._held.clear()
        ripe = [id for device in sorted(devices) for id in self._ripe(device)]
        if ripe:
            with self._transaction() as db:
                db.executemany("DELETE FROM doubts WHERE id = ?", [(id,) for id in ripe])
        return ripe

    def _ripe(self, device: str) -> list[str]:
        """Doubts that are none any more: judged again, none of them can be in the same doubt."""
        waiting = self._rows("SELECT id, seq, below FROM doubts WHERE device = ? ORDER BY seq", (device,))
        walk, ripe = self._walks.get(device), list[str]()
        for id, seq, below in waiting:
            number = int(str(seq))
            known = not self.lacks(device, number) if below else (
                walk is not None and self.leads(device, walk.end, number, "") is not None)
            if known:
                ripe.append(str(id))
        return ripe

    # --- forks

    def forks(self, device: str | None = None) -> list[Forked]:
        """Numbers that were given more than once, of one device or of all."""
        which, values = ("WHERE device = ?", (device,)) if device is not None else ("", ())
        found = [(str(d), int(str(s))) for d, s in self._rows(f"SELECT device, seq FROM forked {which} ORDER BY 1, 2", values)]
        return [Forked(one, seq, tuple(self.hashes_at(one, seq))) for one, seq in found]

    def forks_at(self, device: str, seqs: Iterable[int]) -> list[int]:
        """Those of these numbers that were given more than once."""
        query = ("SELECT seq FROM links WHERE device = ? AND seq IN (SELECT value FROM json_each(?)) GROUP BY seq"
                 " HAVING count(*) > 1 ORDER BY seq")
        return [int(str(row[0])) for row in self._rows(query, (device, json.dumps(sorted(set(seqs)))))]

    def hashes_at(self, device: str, seq: int) -> list[str]:
        """Of the events with this number."""
        rows = self._rows("SELECT h FROM links WHERE device = ? AND seq = ? ORDER BY h", (device, seq))
        return [str(row[0]) for row in rows]

    # --- details

    def _here(self, device: str, seq: int) -> bool:
        if any(number == seq for number, _ in self._links.get(device, ())):
            return True
        return bool(self._rows("SELECT 1 FROM links WHERE device = ? AND seq = ? LIMIT 1", (device, seq)))

    def _before(self, device: str, seq: int, h: str) -> str | None:
        """The hash before this event; None when the event is not here, or is the first."""
        noted = self._links.get(device, {})
        if (seq, h) in noted:
            return noted[seq, h]
        rows = self._rows("SELECT prev FROM links WHERE device = ? AND seq = ? AND h = ?", (device, seq, h))
        return None if not rows or rows[0][0] is None else str(rows[0][0])
