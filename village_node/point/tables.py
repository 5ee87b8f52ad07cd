"""Questions of the desk to what is stored: the read model's tables (a cache, caught up before each question) and the events.

SQL of the service point lives here and nowhere else. Columns are those of `shared.disputes.tables.read_model`
(docs/ARCHITECTURE.md).
Must not know: labels, policy, delivery.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.disputes.case.state import ENDED
from shared.disputes.rules.county import CountyRules, county_rules
from shared.disputes.tables import cases as read_model_queries
from shared.disputes.tables.read_model import VERSION, ReadModel
from shared.ledger.errors import Refused
from shared.ledger.formats.envelope import Event, check_event, subject_range
from shared.ledger.formats.ids import printed_numbers
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.office_periods import names_ever
from shared.ledger.published.refusals import forged, refusals_of
from sync.projector import TABLE, Projector
from village_node.point import trust

if TYPE_CHECKING:
    from village_node.point.node import Node

_ROW = (
    "case_id, number, file_no, state, category, source, summary, place, origin, holder, pending_to, pending_kind,"
    " registered_at, risk, due_date, due_kind, warn_date, provisional, incomplete, needs_review, party_names, updated_hlc"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """None or empty: no filter."""

    state: str | None = None
    held_by: str | None = None
    not_held_by: str | None = None
    open_only: bool = False
    alarm: str | None = None         # ok | warn | overdue
    text: str = ""
    ids: Sequence[str] | None = None


class _Projection(ReadModel):
    """The shared read model under the county's rules, taking the hub's word only where it is signed. Its version says which
    rules and keys, so that a change of either makes the tables anew."""

    def __init__(self, node: Node, directory: Directory) -> None:
        county, keys = county_rules(directory), trust.hub_keys(node)
        super().__init__(county=lambda: county, genuine=lambda doc: trust.genuine(node, keys, doc))
        said = [county.digest, sorted(keys)]
        self._digest = zlib.crc32(json.dumps(said, sort_keys=True).encode())

    @property
    def version(self) -> int:
        return (VERSION << 32) + self._digest       # the digest names the county's numbers too


OwnRow = tuple[str, str, int, str, str | None]
FileRow = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Own:
    """What `CaseStore.own` has read so far; `mark` = (devices, generation, (rows, highest rowid))."""

    mark: tuple[Any, ...] = ((), -1, (0, 0))
    events: list[OwnRow] = field(default_factory=list)
    files: list[FileRow] = field(default_factory=list)

    def with_rows(self, mark: tuple[Any, ...], rows: list[Any]) -> _Own:
        events = [(row[1], row[2], int(row[3]), row[4], row[5]) for row in rows]
        files = [(f["sha256"], tuple(f["chunks"])) for row in rows if row[6] for f in json.loads(row[6])]
        return _Own(mark, self.events + events, self.files + files)


class CaseStore:
    """One per node; thread-safe because the projector's connections are per thread."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._projector: tuple[Any, Projector] | None = None
        self._trusted: dict[str, bool] = {}
        self.generation = 0
        self._own = _Own()
        self._guard = threading.Lock()

    def close(self) -> None:
        if self._projector is not None:
            self._projector[1].close()

    def _current(self) -> Projector:
        """The projector with the county's present clocks and calendars; other rules are other tables, made anew."""
        directory = self._node.directory
        if self._projector is None or self._projector[0] != directory.cited:
            self.close()
            projection = _Projection(self._node, directory)
            made = Projector(self._node.home.read_file, self._node.office, projection, key=self._node.key)
            # Ahead: the database is an older copy than the tables made from it.
            if _is_ahead(made, self._node.office.update_seq()) or self._node.home.state().get("rebuild"):
                made.rebuild()
            self._projector = (directory.cited, made)
        return self._projector[1]

    def rebuild(self) -> None:
        """After documents left without a trace in the feed."""
        self._current().rebuild()
        self.generation += 1

    @contextlib.contextmanager
    def tables(self) -> Iterator[sqlite3.Connection]:
        """The tables, up to date with every committed event."""
        projector = self._current()
        projector.catch_up()
        with projector.reader() as db:
            yield db

    # ---- cases

    def rows(self, wanted: Filter, today: str, *, limit: int, offset: int) -> list[dict[str, Any]]:
        """The most urgent first: open before ended, then by due date, then the newest."""
        where, values = _where(wanted, today)
        sql = (
            f"SELECT {_ROW} FROM cases {where} ORDER BY state IN ({_marks(ENDED)}), coalesce(due_date, '') = '', due_date,"
            " registered_at DESC, case_id LIMIT ? OFFSET ?"
        )
        with self.tables() as db:
            found = db.execute(sql, [*values, *ENDED, limit, offset]).fetchall()
        names = [name.strip() for name in _ROW.split(",")]
        return [dict(zip(names, row, strict=True)) for row in found]

    def find(self, text: str) -> list[str]:
        """Case ids for an id or a number, whole or the end of one (`001-0012-7`)."""
        directory = self._node.directory
        printed = printed_numbers(text, ((o.id, names_ever(directory, o.id)) for o in directory.offices()))
        with self.tables() as db:
            if printed is not None:     # names repeat within a county: the caller is told when several cases bear the number
                marks = ", ".join("?" * len(printed))
                return [row[0] for row in db.execute(f"SELECT case_id FROM cases WHERE number IN ({marks}) LIMIT 3", printed)]
            exact = db.execute("SELECT case_id FROM cases WHERE case_id = ? OR number = ?", (text, text)).fetchall()
            if exact or len(text) < 4:
                return [row[0] for row in exact]
            like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            return [row[0] for row in db.execute(
                "SELECT case_id FROM cases WHERE number LIKE ? ESCAPE '\\' OR file_no = ? LIMIT 3", (like, text)
            )]

    def count(self) -> int:
        with self.tables() as db:
            return int(db.execute("SELECT count(*) FROM cases").fetchone()[0])

    def alarms(self, today: str) -> list[dict[str, Any]]:
        """Running clocks at or past their warning date, the most overdue first (`read_model_queries.alarms`)."""
        with self.tables() as db:
            return read_model_queries.alarms(db, today)

    # ---- events

    def rules(self) -> CountyRules:
        """The county's clocks and calendars as they are now."""
        return county_rules(self._node.directory)

    def notices(self, subject: str, aggregate: str = "case") -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
        """What the hub told of refused events of the subject that may never come here: (reason, parents) by event id."""
        with self.tables() as db:
            refused, absent = refusals_of(db, (aggregate, subject))
        return {id: refused[id] for id in absent}, absent

    def forged(self, subject: str | None = None) -> list[str]:
        """Documents here that say they are the hub's and are not signed by it: of a case, or all."""
        with self.tables() as db:
            return forged(db, subject)

    def sealed(self, subject: str | None = None) -> list[tuple[str, str, str]]:
        """(event, SHA-256 of its sealed document, device) of every sealed event here, or of one subject's."""
        where, values = ("", ()) if subject is None else (" WHERE subject = ?", (subject,))
        with self.tables() as db:
            return list(db.execute(f"SELECT event_id, sha256, device FROM sealed{where}", values))

    def events_of(self, case: str) -> list[Event]:
        """Every event of the case that is here, from the replica itself; in order of id."""
        start, end = subject_range("case", case)
        rows = self._node.office.all_docs(startkey=start, endkey=end, include_docs=True)
        return [event for event in map(_event, rows) if event is not None]

    def own(self, devices: Sequence[str]) -> tuple[list[OwnRow], list[FileRow]]:
        """Events that name these devices, as (id, device, device_seq, case id, prev), and the files they brought, as (sha256,
        chunk hashes). Events never change, so each call reads only the rows that are new since the last."""
        sql = (
            "SELECT rowid, id, device, device_seq, case_id, json_extract(json, '$.prev'), json_extract(json, '$.body.files')"
            f" FROM events WHERE device IN ({_marks(devices)}) AND rowid > ? ORDER BY rowid"
        )
        with self.tables() as db, self._guard:
            mark = (tuple(devices), self.generation, db.execute("SELECT count(*), max(rowid) FROM events").fetchone())
            known = self._own
            # Rows that went or came again (a rebuild, also by another process) show in the count.
            grown = known.mark[:2] == mark[:2] and mark[2][0] - known.mark[2][0] == (mark[2][1] or 0) - (known.mark[2][1] or 0)
            if not grown:
                known = _Own()
            if known.mark != mark:
                known = known.with_rows(mark, db.execute(sql, [*devices, known.mark[2][1] or 0]).fetchall())
                self._own = known
        return known.events, known.files

    def cases_with_file(self, sha256: str) -> list[str]:
        with self.tables() as db:
            return [row[0] for row in db.execute(
                "SELECT DISTINCT case_id FROM events WHERE instr(json, ?) > 0", (f'"{sha256}"',)
            )]

    def acknowledged_by_others(self, office: str) -> dict[str, int]:
        """event id -> time (ms) at which a person of another office opened it; only acts whose signature is good."""
        with self.tables() as db:
            found = db.execute("SELECT id, json FROM events WHERE kind = 'case.acknowledged' AND office <> ?"
                               " AND refused IS NULL", (office,)).fetchall()
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
            rows = self._node.office.all_docs(keys=[id], include_docs=True)
            event = _event(rows[0]) if rows else None
            key = key_of(self._node.directory, event.device) if event else None
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


def _where(wanted: Filter, today: str) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []

    def add(sql: str, *more: Any) -> None:
        parts.append(sql)
        values.extend(more)

    if wanted.state:
        add("state = ?", wanted.state)
    if wanted.held_by:
        add("holder = ?", wanted.held_by)
    if wanted.not_held_by:
        add("holder <> ?", wanted.not_held_by)
    if wanted.open_only:
        add(f"state NOT IN ({_marks(ENDED)})", *ENDED)
    if wanted.alarm == "overdue":
        add(f"due_date <> '' AND due_date < ? AND state NOT IN ({_marks(ENDED)})", today, *ENDED)
    elif wanted.alarm == "warn":
        add(f"due_date >= ? AND warn_date <= ? AND state NOT IN ({_marks(ENDED)})", today, today, *ENDED)
    elif wanted.alarm == "ok":
        add("(coalesce(due_date, '') = '' OR warn_date > ?)", today)
    if wanted.ids is not None:
        add(f"case_id IN ({_marks(wanted.ids)})", *wanted.ids)
    for word in wanted.text.split():
        add("case_id IN (SELECT case_id FROM search WHERE search MATCH ?)", read_model_queries.phrase(word))
    return ("WHERE " + " AND ".join(parts) if parts else ""), values
