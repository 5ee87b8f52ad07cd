"""Rows of a case in a table, written only where they differ from what is there: one more event changes few of them, reading costs
a fraction of writing, and a row that is not written has no index to keep up."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Mapping, Sequence

from shared.ledger.tables import Row


def put_rows(db: sqlite3.Connection, table: str, rows: Mapping[str, Sequence[Row]], known: Container[str]
             ) -> dict[str, list[Row]]:
    """These rows, by case, instead of what the table has of the case; their first column is `case_id`. Of cases that are not
    `known` it has nothing. The cases whose rows differ, each with the rows that were there."""
    changed: dict[str, list[Row]] = {}
    gone: list[Row] = []
    come: list[Row] = []
    for case, wanted in rows.items():
        there: list[Row] = []
        if case in known:
            there = db.execute(f"SELECT * FROM {table} WHERE case_id = ? ORDER BY rowid", (case,)).fetchall()
            if there == wanted:
                continue
            if there:
                gone.append((case,))
        changed[case] = there
        come += wanted
    if gone:
        db.executemany(f"DELETE FROM {table} WHERE case_id = ?", gone)
    if come:
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(come[0]))})", come)
    return changed


def put_row(db: sqlite3.Connection, table: str, columns: Sequence[str], row: Row, there: Row) -> None:
    """One row with the id of its case first, instead of the one that is `there`: of its columns those that differ."""
    differ = [place for place, value in enumerate(row) if value != there[place]]
    if differ:
        words = ", ".join(f"{columns[place]} = ?" for place in differ)
        db.execute(f"UPDATE {table} SET {words} WHERE {columns[0]} = ?", (*(row[place] for place in differ), row[0]))
