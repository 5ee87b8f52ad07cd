"""A township's own town: what came in, what its villages let pass, deadlines by village and mediator, who was not in touch.

Every number is that of the list behind it. Must not know: widgets, words of a page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.disputes.tables.cases import Filter
from shared.ledger import codes
from shared.ledger.days import between
from village_node.desk import store
from village_node.desk.lists import ListPage
from village_node.desk.present import office_name
from village_node.point import limits

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.point.node import Node

LISTS = ("taken", "watch", "returned", "review", "town")      # to be taken; to be supervised; given back; to decide; all open
NEAR = (0, 1, 3, 7)         # days left, up to which a column of the board counts
_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class BoardRow:
    """Open cases of a village or a mediator by their nearest deadline: `counts[0]` overdue, then up to each of `NEAR` days."""

    name: str
    office: str
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A village and when a device of it was last heard of, ms; None: never yet. `days` since then."""

    office: str
    name: str
    at: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Town:
    """One per desk."""

    node: Node
    cases: Cases

    def villages(self) -> tuple[str, ...]:
        directory, here = self.node.directory, self.node.config.office
        return tuple(o.id for o in directory.offices() if o.parent == here)

    # ---- lists

    def page(self, name: str, text: str = "", *, limit: int = 50) -> ListPage:
        wanted = self._filter(name, text.strip())
        total = store.total(self.node, wanted, self.cases.moment())
        return ListPage(tuple(self.cases.page(wanted, limit=limit, offset=0)), total, 0)

    def numbers(self) -> dict[str, int]:
        """{list: how many}."""
        return {name: store.total(self.node, self._filter(name, ""), self.cases.moment()) for name in LISTS}

    def _filter(self, name: str, text: str) -> Filter:
        office, villages = self.node.config.office, self.villages()
        if name in ("taken", "returned"):
            kinds = ("returned",) if name == "returned" else ("asked", "unread")
            return Filter(ids=self._asked(kinds), text=text)
        if name == "watch":
            return Filter(holders=villages, open_only=True, alarm="overdue", text=text)
        if name == "review":
            return Filter(ids=self._reviews(), text=text)
        return Filter(holders=(office, *villages), open_only=True, text=text)

    def _asked(self, kinds: tuple[str, ...]) -> list[str]:
        sql = "SELECT DISTINCT case_id FROM attention WHERE office = ? AND kind IN (SELECT value FROM json_each(?))"
        with self.node.tables.reader() as db:
            return [row[0] for row in db.execute(sql, (self.node.config.office, json.dumps(kinds)))]

    def _reviews(self) -> list[str]:
        with self.node.tables.reader() as db:
            return [row[0] for row in db.execute("SELECT case_id FROM cases WHERE needs_review = 1")]

    # ---- the board

    def board(self) -> tuple[tuple[BoardRow, ...], tuple[BoardRow, ...]]:
        """(by village with this office first, by mediator with the busiest first)."""
        directory, today = self.node.directory, self.cases.today()
        here = (self.node.config.office, *self.villages())
        by_office: dict[str, list[str | None]] = {office: [] for office in here}
        by_person: dict[str, list[str | None]] = {}
        sql = ("SELECT holder, due_date, late_from, json_extract(json, '$.mediators') FROM cases"
               " WHERE settled = 0 AND holder IN (SELECT value FROM json_each(?))")
        with self.node.tables.reader() as db:
            found = db.execute(sql, (json.dumps(here),)).fetchall()
        for holder, due, _, people in found:
            by_office[holder].append(due)
            for person in json.loads(people or "[]"):
                by_person.setdefault(person, []).append(due)
        villages = tuple(_row(office_name(directory, office), office, dues, today) for office, dues in by_office.items())
        people_rows = [_row(self._person(id), "", dues, today) for id, dues in by_person.items()]
        return villages, tuple(sorted(people_rows, key=lambda row: (-row.total, row.name)))

    def _person(self, staff: str) -> str:
        found = self.node.directory.staff(staff)
        return found.name if found is not None else staff

    # ---- figures

    def counts(self, year: int) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
        """Cases that began in this town in a year: (by village, by category), the most first."""
        here = (self.node.config.office, *self.villages())
        sql = ("SELECT {}, count(*) FROM cases WHERE substr(registered_on, 1, 4) = ?"
               " AND origin IN (SELECT value FROM json_each(?)) GROUP BY 1 ORDER BY 2 DESC, 1")
        with self.node.tables.reader() as db:
            offices, kinds = (db.execute(sql.format(column), (str(year), json.dumps(here))).fetchall()
                              for column in ("origin", "category"))
        directory = self.node.directory
        return (tuple((office_name(directory, office), n) for office, n in offices),
                tuple((codes.names("category").get(code, code), n) for code, n in kinds))

    # ---- who was not in touch

    def heard(self) -> tuple[Heard, ...]:
        """Villages with a device in use, who was not heard of longest first; nothing before the hub has said so once."""
        said = self.node.home.state().get("contacts") or {}
        heard, now = said.get("heard") or {}, self.node.now()
        made = [Heard(office, office_name(self.node.directory, office), at, (now - at) // _DAY if at is not None else None)
                for office, at in heard.items() if office in self.villages() and (at is None or isinstance(at, int))]
        return tuple(sorted(made, key=lambda one: (one.at is not None, one.at or 0)))

    def silent(self) -> tuple[Heard, ...]:
        """Those that have not been in touch for the county's number of days."""
        most = silent_days(self.node.directory.setting("silent_days"))
        return tuple(one for one in self.heard() if one.days is None or one.days >= most)


def silent_days(setting: Any) -> int:
    """Of the directory's setting `silent_days` ({"days": n}); else the shipped number."""
    days = setting.get("days") if isinstance(setting, dict) else None
    return days if isinstance(days, int) and 1 <= days <= limits.SILENT_DAYS_MOST else limits.SILENT_DAYS


def _row(name: str, office: str, dues: list[str | None], today: str) -> BoardRow:
    left = [between(today, due) for due in dues if due]
    steps, before = [sum(days < 0 for days in left)], -1
    for most in NEAR:
        steps.append(sum(before < days <= most for days in left))
        before = most
    return BoardRow(name, office, tuple(steps), len(dues))
