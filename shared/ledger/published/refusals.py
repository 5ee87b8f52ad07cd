"""Which events count as refused, in SQL: by the newest receipts of hub and edges, or by a notice that nobody lifted.

    receipts, refusals   what receipts say (the newest of each issuer)   notices   what the hub published
    refused_now          both together: (event_id, reason), of what may be said: a receipt speaks of events of its device, and a
                         notice that an edge signed of events of offices that it ever answered for (`counts`); of an event that
                         is not here nobody knows whose it is, and nothing is hidden

    forged               notices that the hub did not sign: shown, and without effect

Only rows live here, no rule of a case. Whose signature is good is asked before (`EventTables`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.published.notices import parse_notice

TABLES = (
    "CREATE TABLE receipts (device TEXT NOT NULL, issuer TEXT NOT NULL, n INTEGER NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY (device, issuer, n))",
    "CREATE TABLE refusals (event_id TEXT PRIMARY KEY, device TEXT NOT NULL, reason TEXT NOT NULL)",
    """CREATE TABLE notices (event_id TEXT NOT NULL, released INTEGER NOT NULL, reason TEXT NOT NULL, after TEXT NOT NULL,
        edge TEXT NOT NULL, counts INTEGER NOT NULL, PRIMARY KEY (event_id, released, edge)) WITHOUT ROWID""",
    "CREATE INDEX notices_of_edges ON notices (edge) WHERE edge <> ''",
    "CREATE INDEX notices_beyond ON notices (event_id) WHERE counts = 0",
    """CREATE VIEW refused_by_receipt AS SELECT event_id, reason FROM refusals f
        WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.id = f.event_id AND e.device <> f.device)""",
    """CREATE VIEW refused_now AS SELECT event_id, reason FROM refused_by_receipt UNION ALL
        SELECT event_id, min(reason) FROM notices n WHERE released = 0 AND counts = 1
        AND NOT EXISTS (SELECT 1 FROM notices r WHERE r.event_id = n.event_id AND r.released = 1 AND r.counts = 1)
        AND NOT EXISTS (SELECT 1 FROM refused_by_receipt f WHERE f.event_id = n.event_id) GROUP BY event_id""",
    "CREATE INDEX refusals_device ON refusals (device)",
    "CREATE TABLE forged (doc_id TEXT PRIMARY KEY, subject TEXT NOT NULL)",
)
Subject = tuple[str, str]       # (aggregate, ulid)
IsEdge = Callable[[str], bool]  # does this issuer speak for the hub, as one of its edges?
MaySpeak = Callable[[str, str], bool]   # may this edge speak of events of this office?


def subject_of(event: str) -> Subject:
    """Of an id `<aggregate>:<ulid>:...`."""
    aggregate, _, rest = event.partition(":")
    return aggregate, rest.partition(":")[0]


def put_receipt(db: sqlite3.Connection, doc: Mapping[str, Any], is_edge: IsEdge = lambda issuer: False) -> set[Subject]:
    """Store a receipt; the newest of the hub and of each of its edges say which events of a device are refused now: those that
    none of them accepted (a relay refuses nothing). Returns the subjects concerned."""
    device, issuer, n, refused = doc.get("device"), doc.get("issuer"), doc.get("n"), doc.get("refused")
    if not (isinstance(device, str) and isinstance(issuer, str) and isinstance(n, int) and isinstance(refused, dict)):
        return set()
    db.execute("INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?)", (device, issuer, n, json.dumps(doc, ensure_ascii=False)))
    hub = doc.get("hub")
    if not isinstance(hub, dict) or (issuer != hub.get("id") and not is_edge(issuer)):
        return set()
    (newest,) = db.execute("SELECT max(n) FROM receipts WHERE device = ? AND issuer = ?", (device, issuer)).fetchone()
    if n < newest:
        return set()
    return _say_refused(db, device, str(hub.get("id")), is_edge)


def _say_refused(db: sqlite3.Connection, device: str, hub: str, is_edge: IsEdge) -> set[Subject]:
    now = _refused_of(db, device, hub, is_edge)
    old = dict(db.execute("SELECT event_id, reason FROM refusals WHERE device = ?", (device,)))
    if old == now:
        return set()
    db.execute("DELETE FROM refusals WHERE device = ?", (device,))
    db.executemany("INSERT OR REPLACE INTO refusals VALUES (?, ?, ?)",
                   [(event, device, str(reason)) for event, reason in now.items()])
    return {subject_of(event) for event in {*old, *now}}


def _refused_of(db: sqlite3.Connection, device: str, hub: str, is_edge: IsEdge) -> dict[str, str]:
    """By the newest receipt of each who may say so. An event's number tells whether another accepted it."""
    rows = db.execute("SELECT issuer, max(n), json FROM receipts WHERE device = ? GROUP BY issuer", (device,)).fetchall()
    told = {issuer: json.loads(text) for issuer, _, text in rows if issuer == hub or is_edge(issuer)}
    refused = {str(event): str(why) for doc in told.values() for event, why in doc["refused"].items()}
    if len(told) < 2 or not refused:
        return refused
    numbers = dict(db.execute("SELECT id, device_seq FROM events WHERE device = ?"
                              f" AND id IN ({', '.join('?' * len(refused))})", (device, *refused)))
    accepted = [(by, low, high) for by, doc in told.items() for low, high in doc["accepted"]]
    return {event: why for event, why in refused.items() if not any(
        event not in told[by]["refused"] and low <= numbers.get(event, 0) <= high for by, low, high in accepted)}


def put_notice(db: sqlite3.Connection, doc: Mapping[str, Any], edge: str = "") -> set[Subject]:
    """Store what the hub, or this edge of it, says of a refused event; a document that is no notice changes nothing."""
    try:
        notice = parse_notice(doc)
    except Refused:
        return set()
    db.execute("INSERT OR REPLACE INTO notices VALUES (?, ?, ?, ?, ?, 1)",
               (notice.event, int(notice.released), notice.reason, json.dumps(notice.after), edge))
    return {subject_of(notice.event)}


def weigh_notices(db: sqlite3.Connection, touched: Iterable[Subject], may_speak: MaySpeak) -> set[Subject]:
    """Which notices of edges count, now that these subjects have changed; those that did not are asked again: an edge may have
    been given an office since. Returns the subjects in which that is another answer."""
    if db.execute("SELECT 1 FROM notices WHERE edge <> '' LIMIT 1").fetchone() is None:
        return set()
    sql = "SELECT n.event_id, n.edge, n.counts, e.office FROM {} JOIN events e ON e.id = n.event_id WHERE n.edge <> ''"
    rows = set(db.execute(sql.format("notices n") + " AND n.counts = 0"))
    rows |= set(db.execute(sql.format(
        "json_each(?) t JOIN notices n ON n.event_id >= t.value || ':' AND n.event_id < t.value || ';'"),
        (json.dumps([":".join(subject) for subject in sorted(touched)]),)))
    other = [(may_speak(edge, office), event, edge) for event, edge, counts, office in sorted(rows)
             if may_speak(edge, office) != bool(counts)]
    db.executemany("UPDATE notices SET counts = ? WHERE event_id = ? AND edge = ?", other)
    return {subject_of(event) for _, event, _ in other}


def weigh_again(db: sqlite3.Connection, is_edge: IsEdge, may_speak: MaySpeak) -> set[Subject]:
    """Edges are not what they were: one was declared lost, or was given offices. What lost ones said goes, and all else is asked
    anew. Returns the subjects in which there may be another answer."""
    issuers = [str(row[0]) for row in db.execute("SELECT DISTINCT edge FROM notices WHERE edge <> ''")]
    gone = json.dumps([edge for edge in issuers if not is_edge(edge)])
    touched = {subject_of(row[0]) for row in db.execute(
        "SELECT DISTINCT event_id FROM notices WHERE edge IN (SELECT value FROM json_each(?))", (gone,))}
    db.execute("DELETE FROM notices WHERE edge IN (SELECT value FROM json_each(?))", (gone,))
    for device, text in db.execute("SELECT device, json FROM receipts GROUP BY device").fetchall():
        touched |= _say_refused(db, device, str(json.loads(text)["hub"].get("id")), is_edge)
    return touched | weigh_notices(db, touched, may_speak)


def put_forged(db: sqlite3.Connection, doc: Mapping[str, Any]) -> None:
    """Keep the name of a notice that the hub did not write; `subject` is the ULID that it speaks of."""
    name = str(doc.get("_id", ""))
    db.execute("INSERT OR REPLACE INTO forged VALUES (?, ?)", (name, name.partition(":")[2].partition(":")[0]))


def forged(db: sqlite3.Connection, subject: str | None = None) -> list[str]:
    """Ids of notices that the hub did not write, of one subject (its ULID) or all."""
    where, values = ("", ()) if subject is None else (" WHERE subject = ?", (subject,))
    return [row[0] for row in db.execute(f"SELECT doc_id FROM forged{where} ORDER BY doc_id", values)]


def refusals_of(db: sqlite3.Connection, subject: Subject) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """(reason by refused event, its parents by refused event as far as notices tell them): `refused` and
    `absent` of the fold."""
    first = ":".join(subject)
    bounds = (f"{first}:", f"{first};")
    refused = dict(db.execute("SELECT event_id, reason FROM refused_now WHERE event_id >= ? AND event_id < ?", bounds))
    if not refused:
        return {}, {}
    rows = db.execute("SELECT event_id, after FROM notices WHERE released = 0 AND counts = 1 AND event_id >= ? AND event_id < ?"
                      " ORDER BY edge DESC", bounds)      # the hub's own word last
    return refused, {event: tuple(json.loads(after)) for event, after in rows if event in refused}


def any_refused(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM refused_now LIMIT 1").fetchone() is not None


def mark_refused(db: sqlite3.Connection, subjects: Iterable[Subject]) -> None:
    """Bring `events.refused` of these subjects up to date."""
    if not any_refused(db) and db.execute("SELECT 1 FROM receipts UNION ALL SELECT 1 FROM notices LIMIT 1").fetchone() is None:
        return
    db.executemany(
        "UPDATE events SET refused = CASE WHEN id IN (SELECT event_id FROM refused_now) THEN 1 END"
        " WHERE case_id = ? AND coalesce(refused, 0) <> (id IN (SELECT event_id FROM refused_now))",
        [(ulid,) for _, ulid in sorted(subjects)],
    )
