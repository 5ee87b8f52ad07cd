"""Rooms and their seats in `rooms.sqlite` of HOME: what must outlast a restart of the hub until the meeting is written down.

    rooms   one row each; `name` stands in the link, `record` is the 网上约诊 it belongs to, `minutes` as they stand now;
            `lead` is the place of the officer who holds it now, `host` he himself
    seats   number 0 is the officer who made the room; `staff` an officer, "" a guest, whose `token` is a hash
    parts   manifests of a recording's parts, in order; the bytes lie with the county's files
Signalling and presence are not here (`live`). Codes and names lie here readable, under the hub's protection at rest, until the
room is forgotten; what is for ever is in events.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from county_hub.hub.kept.kept_file import KeptFile, Steps

STEPS: Steps = {1: (
    """CREATE TABLE rooms (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, record TEXT NOT NULL, case_id TEXT NOT NULL,
        appointment TEXT NOT NULL, title TEXT NOT NULL, host TEXT NOT NULL, begins INTEGER NOT NULL, ends INTEGER NOT NULL,
        minutes TEXT NOT NULL DEFAULT '', revision INTEGER NOT NULL DEFAULT 0, signing INTEGER NOT NULL DEFAULT 0,
        recorded INTEGER NOT NULL DEFAULT 0, closed INTEGER)""",
    """CREATE TABLE seats (
        room INTEGER NOT NULL, no INTEGER NOT NULL, name TEXT NOT NULL, office TEXT NOT NULL, code TEXT NOT NULL,
        token TEXT NOT NULL, state TEXT NOT NULL, consented INTEGER, version INTEGER NOT NULL DEFAULT 0,
        recording INTEGER NOT NULL DEFAULT 0, noted INTEGER NOT NULL DEFAULT 0, signature BLOB,
        signed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (room, no))""",
    "CREATE INDEX seats_token ON seats (token)",
    "CREATE TABLE parts (room INTEGER NOT NULL, n INTEGER NOT NULL, manifest TEXT NOT NULL, PRIMARY KEY (room, n))",
), 2: (
    "ALTER TABLE rooms ADD COLUMN lead INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE seats ADD COLUMN staff TEXT NOT NULL DEFAULT ''",
    "UPDATE seats SET staff = (SELECT host FROM rooms WHERE rooms.id = seats.room) WHERE no = 0",
)}
# Of a seat: nobody came yet; waits for the officer; is in; was not let in; was sent out.
EMPTY, WAITING, IN, REFUSED, REMOVED = "empty", "waiting", "in", "refused", "removed"


@dataclass(frozen=True, slots=True)
class Seat:
    """`consented`: ms since 1970, None before; `version` of the words, `recording` whether also to that; `noted`: it
    stands in an event; `signed`: which revision of the minutes, 0 none."""

    room: int
    no: int
    name: str
    office: str
    code: str
    token: str
    state: str
    consented: int | None
    version: int
    recording: int
    noted: int
    signature: bytes | None
    signed: int
    staff: str


@dataclass(frozen=True, slots=True)
class Room:
    """Times in ms since 1970. `signing`: the minutes wait for signatures and are not changed; `closed` None while it is open."""

    id: int
    name: str
    record: str
    case_id: str
    appointment: str
    title: str
    host: str
    begins: int
    ends: int
    minutes: str
    revision: int
    signing: int
    recorded: int
    closed: int | None
    lead: int
    seats: tuple[Seat, ...]

    def seat(self, no: int) -> Seat | None:
        return next((seat for seat in self.seats if seat.no == no), None)

    @property
    def inside(self) -> tuple[Seat, ...]:
        return tuple(seat for seat in self.seats if seat.state == IN)


class RoomStore(KeptFile):
    def __init__(self, path: Path, clock: Callable[[], int], key: bytes | None = None) -> None:
        super().__init__(path, clock, STEPS, key)

    def room(self, id: int) -> Room | None:
        with self.reading() as db:
            return one(db, "id", id)

    def named(self, name: str) -> Room | None:
        with self.reading() as db:
            return one(db, "name", name)

    def change_seat(self, room: int, no: int, **values: Any) -> None:
        with self.changing() as db:
            _update(db, "seats", values, "room = ? AND no = ?", (room, no))

    def change_room(self, room: int, **values: Any) -> None:
        with self.changing() as db:
            _update(db, "rooms", values, "id = ?", (room,))

    def add_officer(self, room: int, staff: str, name: str, now: int) -> int:
        """A place for a colleague, whose number is answered; the one that he has already."""
        with self.changing() as db:
            row = db.execute("SELECT no FROM seats WHERE room = ? AND staff = ?", (room, staff)).fetchone()
            if row is not None:
                return int(row[0])
            (last,) = db.execute("SELECT max(no) FROM seats WHERE room = ?", (room,)).fetchone()
            _insert(db, "seats", {"room": room, "no": last + 1, **officer(staff, name, now)})
            return int(last) + 1

    def give(self, room: int, lead: int, to: int, staff: str) -> bool:
        """The room goes from who leads to another; False when somebody else led by then."""
        with self.changing() as db:
            changed = db.execute("UPDATE rooms SET lead = ?, host = ? WHERE id = ? AND lead = ? AND closed IS NULL",
                                 (to, staff, room, lead)).rowcount
            return changed == 1

    def open_rooms(self, now: int, limit: int) -> list[Room]:
        with self.reading() as db:
            return _open(db, "1", (), now, limit)

    def rooms_of(self, staff: str, now: int, limit: int) -> list[Room]:
        """Those that have not ended and in which this officer has a place, the next first."""
        with self.reading() as db:
            return _open(db, "id IN (SELECT room FROM seats WHERE staff = ?)", (staff,), now, limit)

    def parts(self, room: int) -> list[dict[str, Any]]:
        with self.reading() as db:
            return [json.loads(row[0]) for row in db.execute("SELECT manifest FROM parts WHERE room = ? ORDER BY n", (room,))]

    def add_part(self, room: int, manifest: dict[str, Any], most: int) -> bool:
        """False when there are as many as there may be."""
        with self.changing() as db:
            (count,) = db.execute("SELECT count(*) FROM parts WHERE room = ?", (room,)).fetchone()
            if count < most:
                db.execute("INSERT INTO parts VALUES (?, ?, ?)", (room, count, json.dumps(manifest)))
            return int(count) < most

    def forget(self, before: int) -> int:
        """Erase rooms that ended before this moment; how many."""
        with self.changing() as db:
            ids = [row[0] for row in db.execute("SELECT id FROM rooms WHERE coalesce(closed, ends) < ?", (before,))]
            for id in ids:
                for table, column in (("parts", "room"), ("seats", "room"), ("rooms", "id")):
                    db.execute(f"DELETE FROM {table} WHERE {column} = ?", (id,))
            return len(ids)


_ROOM = ("id, name, record, case_id, appointment, title, host, begins, ends, minutes, revision, signing, recorded, closed, lead")
_SEAT = "room, no, name, office, code, token, state, consented, version, recording, noted, signature, signed, staff"


def one(db: sqlite3.Connection, column: str, value: object) -> Room | None:
    row = db.execute(f"SELECT {_ROOM} FROM rooms WHERE {column} = ?", (value,)).fetchone()
    return _room(db, row) if row is not None else None


def _open(db: sqlite3.Connection, where: str, marks: tuple[str, ...], now: int, limit: int) -> list[Room]:
    rows = db.execute(f"SELECT {_ROOM} FROM rooms WHERE {where} AND closed IS NULL AND ends > ? ORDER BY begins LIMIT ?",
                      (*marks, now, limit)).fetchall()
    return [_room(db, row) for row in rows]


def officer(staff: str, name: str, now: int) -> dict[str, Any]:
    """The place of an officer. What guests consent to is his office's act; `version` 0 says that he was asked nothing."""
    return {"name": name, "office": "", "code": "", "token": "", "state": EMPTY, "consented": now, "version": 0, "recording": 1,
            "staff": staff}


def count_open(db: sqlite3.Connection, now: int) -> int:
    return int(db.execute("SELECT count(*) FROM rooms WHERE closed IS NULL AND ends > ?", (now,)).fetchone()[0])


def insert(db: sqlite3.Connection, room: dict[str, Any], seats: Sequence[dict[str, Any]]) -> int:
    made = _insert(db, "rooms", room)
    for no, seat in enumerate(seats):
        _insert(db, "seats", {"room": made, "no": no, **seat})
    return made


def _insert(db: sqlite3.Connection, table: str, values: dict[str, Any]) -> int:
    marks = ", ".join("?" * len(values))
    done = db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
    return int(done.lastrowid or 0)


def _update(db: sqlite3.Connection, table: str, values: dict[str, Any], where: str, marks: tuple[object, ...]) -> None:
    db.execute(f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in values)} WHERE {where}", (*values.values(), *marks))


def _room(db: sqlite3.Connection, row: Sequence[Any]) -> Room:
    seats = tuple(Seat(*each) for each in db.execute(f"SELECT {_SEAT} FROM seats WHERE room = ? ORDER BY no", (row[0],)))
    return Room(*[*row, seats])
