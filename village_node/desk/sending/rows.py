"""Questions to the tables of this service point about records and the files they brought. Labels and proofs stand elsewhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from village_node.point.node import Node


@dataclass(frozen=True, slots=True)
class Brought:
    """A file and the record that names it; `at` is when that record was saved, ms."""

    subject: str
    aggregate: str
    device: str
    at: int
    sha256: str
    name: str
    purpose: str
    size: int
    chunks: tuple[str, ...]


def brought(node: Node) -> list[Brought]:
    """Every file that a record here names, in the order of the records."""
    sql = ("SELECT case_id, id, device, device_time, json_extract(json, '$.body.files') FROM events"
           " WHERE json_extract(json, '$.body.files') IS NOT NULL AND refused IS NULL ORDER BY rowid")
    with node.tables.reader() as db:
        found = db.execute(sql).fetchall()
    return [Brought(subject, id.partition(":")[0], device, at, f["sha256"], f["name"], f["purpose"], f["size"],
                    tuple(f["chunks"]))
            for subject, id, device, at, files in found for f in json.loads(files)]


def ended(node: Node) -> frozenset[str]:
    """Cases and records that have come to their end."""
    with node.tables.reader() as db:
        cases = db.execute("SELECT case_id FROM cases WHERE settled = 1").fetchall()
        records = db.execute("SELECT record_id FROM records WHERE ended_on IS NOT NULL").fetchall()
    return frozenset(row[0] for row in (*cases, *records))


def saved_at(node: Node, ids: Sequence[str]) -> dict[str, int]:
    """event id -> when it was saved, ms."""
    with node.tables.reader() as db:
        return dict(db.execute("SELECT id, device_time FROM events WHERE id IN (SELECT value FROM json_each(?))",
                               (json.dumps(list(ids)),)).fetchall())


def accepted_before(node: Node, signed: Collection[str], moment: int) -> bool:
    """Was anything saved before the moment that is among `signed`?"""
    sql = "SELECT id FROM events WHERE device_time < ? ORDER BY device_time"
    with node.tables.reader() as db:
        return any(row[0] in signed for row in db.execute(sql, (moment,)))


def titles(node: Node, subjects: Sequence[str]) -> dict[str, str]:
    """What records, petitions and legal-aid matters are called."""
    wanted = json.dumps(list(subjects))
    found: dict[str, str] = {}
    with node.tables.reader() as db:
        for table, key, title in (("records", "record_id", "title"), ("petitions", "petition_id", "summary"),
                                  ("legal_aid", "aid_id", "summary")):
            found |= dict(db.execute(f"SELECT {key}, {title} FROM {table} WHERE {key} IN (SELECT value FROM json_each(?))",
                                     (wanted,)).fetchall())
    return found
