"""The tables of a service point: a cache of its events, caught up before each question, and what every product asks of it.

Columns are those of `shared.ledger.tables`; a product asks for its own through `reader`. Must not know: what an event means,
labels, policy, delivery.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.ledger.domain import Domain
from shared.ledger.errors import Refused
from shared.ledger.formats.envelope import Event, check_event, subject_range
from shared.ledger.published.directory_heads import Directory, DirectoryHistory
from shared.ledger.published.refusals import forged, refusals_of
from shared.ledger.tables import event_of, events_in, faults
from sync.projector import TABLE, Projector
from sync.replica import LocalReplica
from village_node.point import limits, trust
from village_node.point.home import Home, NodeConfig
from village_node.point.own_events import OwnEvent


class TableSource(Protocol):
    """What the tables need of the opened HOME that they belong to."""

    home: Home
    config: NodeConfig
    office: LocalReplica
    key: bytes | None
    domain: Domain

    @property
    def history(self) -> DirectoryHistory: ...

    @property
    def directory(self) -> Directory: ...


class _Trusting:
    """The product's projection under one directory, taking the hub's word only where it is signed. Its version says which
    rules and keys, so that a change of either makes the tables anew."""

    def __init__(self, source: TableSource, directory: Directory) -> None:
        self._keys = trust.notice_keys(source.history, source.config.hub_public_key)
        self._made = source.domain.tables(lambda: directory, lambda doc: trust.genuine(directory, self._keys, doc))
        self.create, self.apply, self.all_leaves = self._made.create, self._made.apply, self._made.all_leaves

    @property
    def version(self) -> int:
        said = json.dumps([self._made.version, sorted(self._keys)])
        return (self._made.version >> 32 << 32) + zlib.crc32(said.encode())


FileRow = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Own:
    """What `Tables.own` has read so far; `mark` = (devices, generation, (rows, highest rowid))."""

    mark: tuple[Any, ...] = ((), -1, (0, 0))
    events: list[OwnEvent] = field(default_factory=list)
    files: list[FileRow] = field(default_factory=list)

    def with_rows(self, mark: tuple[Any, ...], rows: Iterable[Any]) -> _Own:
        same: dict[str, str] = {}           # a case and a device are written many times: kept once
        once = same.setdefault
        events, files = list(self.events), list(self.files)
        last = {event.device: event.id for event in events[-1:]}
        for _rowid, id, device, seq, case, prev, brought in rows:
            before = last.get(device, "")
            events.append(OwnEvent(id, once(device, device), int(seq), once(case, case),
                                   before if prev and before.endswith(f":{prev}") else prev))
            last[device] = id
            if brought:
                files += [(f["sha256"], tuple(f["chunks"])) for f in json.loads(brought)]
        return _Own(mark, events, files)


class Tables:
    """One per node; thread-safe because the projector's connections are per thread."""

    def __init__(self, source: TableSource) -> None:
        self._source = source
        self._projector: tuple[Any, Projector] | None = None
        self._trusted: dict[str, bool] = {}
        self.generation = 0
        self._own = _Own()
        self._guard = threading.Lock()

    def close(self) -> None:
        if self._projector is not None:
            self._projector[1].close()

    def _current(self) -> Projector:
        """The projector under the directory of today; other rules are other tables, made anew."""
        directory = self._source.directory
        if self._projector is None or self._projector[0] != directory.cited:
            self.close()
            projection = _Trusting(self._source, directory)
            made = Projector(self._source.home.read_file, self._source.office, projection, key=self._source.key,
                             cache_kib=limits.TABLES_CACHE_KIB)
            # Ahead: the database is an older copy than the tables made from it.
            if _is_ahead(made, self._source.office.update_seq()) or self._source.home.state().get("rebuild"):
                made.rebuild()
            self._projector = (directory.cited, made)
        return self._projector[1]

    def rebuild(self) -> None:
        """After documents left without a trace in the feed."""
        self._current().rebuild()
        self.generation += 1

    @contextlib.contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """The tables, up to date with every committed event."""
        projector = self._current()
        projector.catch_up()
        with projector.reader() as db:
            yield db

    # ---- events

    def notices(self, subject: str, aggregate: str) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
        """What the hub told of refused events of the subject that may never come here: (reason, parents) by event id."""
        with self.reader() as db:
            refused, absent = refusals_of(db, (aggregate, subject))
        return {id: refused[id] for id in absent}, absent

    def forged(self, subject: str | None = None) -> list[str]:
        """Documents here that say they are the hub's and are not signed by it: of a case, or all."""
        with self.reader() as db:
            return forged(db, subject)

    def faults(self) -> list[tuple[str, str, str]]:
        """(aggregate, subject, sentence) of what a fault of this program keeps out of the tables."""
        with self.reader() as db:
            return faults(db)

    def sealed(self, subject: str | None = None) -> list[tuple[str, str, str]]:
        """(event, SHA-256 of its sealed document, device) of every sealed event here, or of one subject's."""
        where, values = ("", ()) if subject is None else (" WHERE subject = ?", (subject,))
        with self.reader() as db:
            return list(db.execute(f"SELECT event_id, sha256, device FROM sealed{where}", values))

    def events(self, *, refused: bool = False) -> list[Event]:
        """Every event that is here and counts, by the time that it bears; `refused`: those that the hub refused as well."""
        where = "" if refused else " WHERE refused IS NULL"
        with self.reader() as db:
            found = events_in(db.execute(f"SELECT json FROM events{where}"))
        return sorted(found, key=lambda event: (event.hlc, event.id))

    def ids_of(self, subject: str) -> list[str]:
        """Ids of every event of a subject (its ULID) that is here."""
        with self.reader() as db:
            return [row[0] for row in db.execute("SELECT id FROM events WHERE case_id = ? ORDER BY id", (subject,))]

    def events_of(self, aggregate: str, subject: str) -> list[Event]:
        """Every event of the subject that is here, from the replica itself; in order of id."""
        start, end = subject_range(aggregate, subject)
        rows = self._source.office.all_docs(startkey=start, endkey=end, include_docs=True)
        found = (event_of(row.doc) for row in rows if row.doc is not None)     # ids and revisions were checked at ingress
        return [event for event in found if event is not None]

    def own(self, devices: Sequence[str]) -> tuple[list[OwnEvent], list[FileRow]]:
        """Events that name these devices, and the files they brought, as (sha256, chunk hashes). Events never change, so each
        call reads only the rows that are new since the last."""
        sql = (
            "SELECT rowid, id, device, device_seq, case_id, json_extract(json, '$.prev'), json_extract(json, '$.body.files')"
            f" FROM events WHERE device IN ({_marks(devices)}) AND rowid > ? ORDER BY rowid"
        )
        with self.reader() as db, self._guard:
            mark = (tuple(devices), self.generation, db.execute("SELECT count(*), max(rowid) FROM events").fetchone())
            known = self._own
            # Rows that went or came again (a rebuild, also by another process) show in the count.
            grown = known.mark[:2] == mark[:2] and mark[2][0] - known.mark[2][0] == (mark[2][1] or 0) - (known.mark[2][1] or 0)
            if not grown:
                known = _Own()
            if known.mark != mark:
                known = known.with_rows(mark, db.execute(sql, [*devices, known.mark[2][1] or 0]))
                self._own = known
        return known.events, known.files

    def seen_by_others(self, office: str) -> dict[str, int]:
        """event id -> time (ms) at which a person of another office opened it; only acts whose signature is good."""
        kinds = sorted(self._source.domain.acknowledges)
        sql = f"SELECT id, json FROM events WHERE kind IN ({_marks(kinds)}) AND office <> ? AND refused IS NULL"
        with self.reader() as db:
            found = db.execute(sql, [*kinds, office]).fetchall()
        seen: dict[str, int] = {}
        for id, text in found:
            if self._is_genuine(id):
                at = json.loads(text).get("device_time", 0)
                for cited in _body(text).get("of", ()):
                    seen[cited] = min(at, seen.get(cited, at))
        return seen

    def _is_genuine(self, id: str) -> bool:
        """Is the stored event signed by the key that the directory names for its device?"""
        if id not in self._trusted:
            rows = self._source.office.all_docs(keys=[id], include_docs=True)
            event = _event(rows[0]) if rows else None
            key = key_of(self._source.directory, event.device) if event else None
            if event is None or key is None:
                return False                       # its device may yet appear in the directory
            self._trusted[id] = event.signed_by(key)
        return self._trusted[id]


def _is_ahead(projector: Projector, update_seq: int) -> bool:
    with projector.reader() as db:
        row = db.execute(f"SELECT seq FROM {TABLE}").fetchone()
    seq = json.loads(row[0]) if row else 0
    return isinstance(seq, int) and seq > update_seq


def key_of(directory: Directory, device: str) -> str | None:
    return directory.public_key(device)


def _event(row: Any) -> Event | None:
    if row.doc is None:
        return None
    try:
        return check_event(row.doc)
    except Refused:
        return None


def _body(text: str) -> Mapping[str, Any]:
    """The body in the `json` column, which holds the whole document."""
    value = json.loads(text)
    return value.get("body", value) if isinstance(value, dict) else {}


def _marks(values: Sequence[Any] | frozenset[Any]) -> str:
    return ", ".join("?" * len(values))
