"""Tables of events, whatever they mean: what is here, what of it was refused, what is sealed. A cache, made of documents.

    events   every event that came in; `case_id` is the ULID of its subject, of whatever aggregate; `refused` is NULL or 1
    events_of_office   how many of them each office wrote: kept, for counting them reads the whole table
    sealed   which event has its body elsewhere, as `sealed:<sha256>`
    signers_used   of which edges these rows were made (`Signers.mark`): others, and what they said is asked anew
    faults   subjects of which a fault of this program keeps something out of the tables; whose `what` is a sentence
    and the hub's receipts and notices: `shared.ledger.published.refusals`

A product's own tables stand on these: it extends `EventTables` by `more`, which gets the subjects that a batch has touched. It
must not know where documents come from, nor what day it is.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from shared.ledger.formats.envelope import PUBLISHED, Event
from shared.ledger.published.edges import Signers
from shared.ledger.published.refusals import TABLES as REFUSAL_TABLES
from shared.ledger.published.refusals import (
    Subject,
    mark_refused,
    put_forged,
    put_notice,
    put_receipt,
    subject_of,
    weigh_again,
    weigh_notices,
)

Doc = dict[str, Any]
Row = tuple[Any, ...]
Genuine = Callable[[Doc], bool]
Fresh = Mapping[Subject, Mapping[str, Event]]       # the events that a batch brought, by subject and id
log = logging.getLogger("shared.read_model")
_decode, _encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode      # half the time of the standard library

VERSION = 7
# An event that is here already is the same event, for its id is made of its content.
PUT_EVENT = f"INSERT OR IGNORE INTO events VALUES ({', '.join('?' * 13)})"
_NOTICES = ("refused:", "released:")
_OFFICE = 3             # its place in a row
_NO_EVENT = frozenset({*PUBLISHED, "chunk", "sealed", "_design"})
TABLES = (
    """CREATE TABLE events (
        id TEXT PRIMARY KEY, case_id TEXT NOT NULL, kind TEXT NOT NULL, office TEXT NOT NULL, actor TEXT
        NOT NULL, role TEXT NOT NULL, legal_date TEXT NOT NULL, device_time INTEGER NOT NULL, hlc TEXT NOT
        NULL, device TEXT NOT NULL, device_seq INTEGER NOT NULL, refused INTEGER, json TEXT NOT NULL)""",
    "CREATE TABLE sealed (event_id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, subject TEXT NOT NULL, office TEXT NOT NULL,"
    " device TEXT NOT NULL)",
    "CREATE INDEX events_case ON events (case_id)",
    "CREATE INDEX events_device ON events (device, device_seq)",
    "CREATE INDEX events_kind ON events (kind, legal_date)",
    "CREATE TABLE events_of_office (office TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TRIGGER event_went AFTER DELETE ON events BEGIN
        UPDATE events_of_office SET n = n - 1 WHERE office = old.office; END""",
    "CREATE TABLE faults (subject TEXT PRIMARY KEY, aggregate TEXT NOT NULL, what TEXT NOT NULL)",
    "CREATE TABLE signers_used (one INTEGER PRIMARY KEY CHECK (one = 1), mark TEXT NOT NULL)",
    *REFUSAL_TABLES,
)


class EventTables:
    """The projection that `sync.projector` drives. `genuine(doc)`: is this receipt or notice signed by the one it says? None:
    whoever fills the database has checked. `signers`: which of these an edge wrote, and of what it may speak."""

    def __init__(self, genuine: Genuine | None = None, signers: Signers | None = None) -> None:
        self._genuine, self._signers = genuine or (lambda doc: True), signers or Signers()

    @property
    def version(self) -> int:
        return VERSION

    def create(self, db: sqlite3.Connection) -> None:
        for statement in TABLES:
            db.execute(statement)
        self._remember(db)

    def _remember(self, db: sqlite3.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO signers_used VALUES (1, ?)", (self._signers.mark(),))

    def is_refreshed(self, db: sqlite3.Connection) -> bool:
        """Were the rows made of the edges of today? Writes nothing."""
        return bool(db.execute("SELECT mark FROM signers_used").fetchone() == (self._signers.mark(),))

    def refresh(self, db: sqlite3.Connection) -> int:
        """Ask anew what edges said, where one of them was declared lost or has been given offices; in how many subjects that may
        be another answer. Costs one look when nothing has changed."""
        if EventTables.is_refreshed(self, db):
            return 0
        touched = weigh_again(db, self._signers.is_edge, self._signers.may_speak)
        mark_refused(db, touched)
        self.more(db, touched, {})
        self._remember(db)
        return len(touched)

    def all_leaves(self, id: str) -> bool:
        """Of notices: two hubs may have written one name."""
        return id.startswith(_NOTICES)

    def more(self, db: sqlite3.Connection, touched: set[Subject], fresh: Fresh) -> None:
        """What else stands on the events of these subjects: a product's own tables."""

    def apply(self, db: sqlite3.Connection, docs: Sequence[Doc]) -> None:
        """Bring the tables up to date with these documents, in any order, repeated or not. Documents of
        other kinds (grants, chunks) are passed over."""
        touched: set[Subject] = set()
        fresh: dict[Subject, dict[str, Event]] = {}
        rows: list[Row] = []
        for doc in docs:
            name = str(doc.get("_id", ""))
            if name.startswith(("receipt:", *_NOTICES)):
                touched |= self._published(db, name, doc)
            elif aggregate_of(name) is not None:
                subject = subject_of(name)
                touched.add(subject)
                if doc.get("_deleted"):
                    db.execute("DELETE FROM events WHERE id = ?", (name,))
                    db.execute("DELETE FROM sealed WHERE event_id = ?", (name,))
                    continue
                event = event_of(doc)
                if event is not None:
                    rows.append(event_row(event, doc))
                    fresh.setdefault(subject, {})[event.id] = event
        _put_events(db, rows)
        db.executemany("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?, ?, ?)", [
            (e.id, e.sealed, e.subject, e.office, e.device) for found in fresh.values() for e in found.values() if e.sealed])
        touched |= weigh_notices(db, touched, self._signers.may_speak)
        mark_refused(db, touched)
        self.more(db, touched, fresh)

    def _published(self, db: sqlite3.Connection, name: str, doc: Doc) -> set[Subject]:
        """What the hub says of events. What it did not sign is noted, and says nothing."""
        if doc.get("_deleted"):
            return set()
        if not self._genuine(doc):
            log.warning("%s is not signed by the one it names; it is ignored", name)
            if not name.startswith("receipt:"):     # delivery asks every receipt again, and a relay may only become known later
                put_forged(db, doc)
            return set()
        if name.startswith("receipt:"):
            return put_receipt(db, doc, self._signers.is_edge)
        edge = self._signers.edge_behind(doc)
        return put_notice(db, doc, edge) if not edge or self._signers.is_edge(edge) else set()


def _put_events(db: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Those that are not here yet, and how many of each office that is."""
    by_office: dict[str, list[Row]] = {}
    for row in rows:
        by_office.setdefault(row[_OFFICE], []).append(row)
    for office, theirs in by_office.items():
        new = db.executemany(PUT_EVENT, theirs).rowcount
        db.execute("INSERT INTO events_of_office VALUES (?, ?) ON CONFLICT (office) DO UPDATE SET n = n + excluded.n",
                   (office, new))


def aggregate_of(name: str) -> str | None:
    """The aggregate of an event id by its shape, None for other documents."""
    prefix, _, rest = name.partition(":")
    return prefix if rest and prefix not in _NO_EVENT else None


def event_of(doc: Mapping[str, Any]) -> Event | None:
    """The event of a document that was checked when it came in; None if it is no event after all."""
    try:
        return Event.trusted(doc)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def event_row(e: Event, doc: Mapping[str, Any]) -> Row:
    return (e.id, e.subject, e.kind, e.office, e.actor, e.role, e.legal_date, e.device_time, e.hlc, e.device,
            e.device_seq, None, _encode(doc).decode())


def stored_events(db: sqlite3.Connection, subject: str) -> dict[str, Event]:
    """The events of a subject (its ULID) by id."""
    return {event.id: event for event in events_in(db.execute("SELECT json FROM events WHERE case_id = ?", (subject,)))}


def stored_ids(db: sqlite3.Connection, subject: str) -> list[str]:
    """The ids of the events of a subject (its ULID)."""
    return [row[0] for row in db.execute("SELECT id FROM events WHERE case_id = ?", (subject,))]


def events_in(rows: Iterable[Sequence[str]]) -> list[Event]:
    """The events in rows of the column `json`, in their order."""
    made = (event_of(_decode(row[0])) for row in rows)
    return [event for event in made if event is not None]


def put_fault(db: sqlite3.Connection, subject: Subject, what: str) -> None:
    """Notes what cannot be made of a subject, or ("") that everything can."""
    there = db.execute("SELECT what FROM faults WHERE subject = ?", (subject[1],)).fetchone()
    if there is not None:
        db.execute("DELETE FROM faults WHERE subject = ?", (subject[1],))
    if what:
        db.execute("INSERT INTO faults VALUES (?, ?, ?)", (subject[1], *subject[:1], what))


def faults(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(aggregate, subject, sentence) of everything that cannot be made whole, by subject."""
    return db.execute("SELECT aggregate, subject, what FROM faults ORDER BY subject").fetchall()
