"""Offices in time: renamed, moved, closed, replaced by another. Builds the dated values of the directory and never rewrites a
past period.

    rename   the present period ends the day before, a new one begins with the new name
    move     the same with another town above a village
    close    the last period ends the day before `start`; `successor` goes on with what is open there
    replace  close, and the successor is founded when it is not there yet

`start` is the first day on which the change holds. A town's committees below it carry its name and change with it. What a closed
office still has is listed by `left_behind`. It must not know argument parsing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from county_hub.hub.problems import UsageProblem
from shared.disputes.case.state import ENDED
from shared.ledger.days import later
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.ids import is_office_id
from shared.ledger.published.directory_heads import Directory, Office, change
from shared.ledger.published.lineage import FOUNDED
from shared.ledger.published.office_periods import SUCCESSOR, name_on, printed_number, successor
from shared.ledger.published.offices import Office as Founded
from shared.ledger.published.offices import founded
from shared.ledger.texts import t

Value = Mapping[str, Any]
SHOWN = 20      # open cases named one by one; the rest is a count, `case list --office` has them all


def rename(directory: Directory, office: str, name: str, start: str, code: str = "", committee: str = "") -> list[Doc]:
    """Changes that give the office another name, code or committee from a day on. Raises `UsageProblem`."""
    last = _last(directory, office)
    if last.valid_to is not None:
        raise UsageProblem(t("validity.is_closed", name=last.name, last=last.valid_to))
    _check_start(last, start)
    made = founded(code or last.code, name, last.level, None)
    # A farm's kind is told by its official name; its short name says nothing.
    kind = made.kind if made.kind not in ("experiment_centre", "county") else last.kind
    known = {"name": made.name, "code": code or last.code, "kind": kind}
    if committee or (str(last.committee or "") and last.name in str(last.committee)):
        known["committee"] = committee or str(last.committee).replace(last.name, made.name)
    if all(last.raw.get(key) == value for key, value in known.items()):
        raise UsageProblem(t("validity.same_name", name=last.name))
    changes = _period(office, last, start, known)
    if last.level == "township":
        for child in directory.children(office):
            below = _last(directory, child)
            if below.valid_to is None and str(below.committee or "").startswith(last.name) and (below.valid_from or "") < start:
                changes += _period(child, below, start, {"committee": made.name + str(below.committee)[len(last.name):]})
    return changes


def move(directory: Directory, office: str, to: str, start: str, code: str = "") -> list[Doc]:
    """Changes that put a village below another town from a day on; its id stays. Raises `UsageProblem`."""
    last, town = _last(directory, office), directory.office_then(to, start)
    if last.level != "village" or last.valid_to is not None:
        raise UsageProblem(t("validity.cannot_move", name=last.name))
    if town is None or town.level != "township" or (directory.closed_since(to) or "9999") < start:
        raise UsageProblem(t("validity.bad_town", value=to, start=start))
    _check_start(last, start)
    if last.parent == to:
        raise UsageProblem(t("validity.same_town", name=last.name, town=town.name))
    known: dict[str, Any] = {"parent": to, "code": code or last.code}
    before, committee = name_on(directory, last.parent or "", start), str(last.committee or "")
    if committee.startswith(before):
        known["committee"] = town.name + committee[len(before):]
    return _period(office, last, start, known)


def close(directory: Directory, office: str, start: str, successor: str = "", *, new: Mapping[str, Founded] | None = None
          ) -> list[Doc]:
    """Changes that close the office from a day on. `new`: offices that come with the same publication. Raises `UsageProblem`."""
    last = _last(directory, office)
    if last.parent is None:
        raise UsageProblem(t("validity.county_stays"))
    _check_start(last, start)
    day = _before(start)
    below = [child for child in directory.children(office) if (directory.closed_since(child) or "9999") > day]
    if below:
        raise UsageProblem(t("validity.has_lower", name=last.name, n=len(below), start=start,
                             names="、".join(f"{name_on(directory, child)}（{child}）" for child in below[:8])))
    if successor:
        _check_successor(directory, office, successor, start, new or {})
    value = {**last.raw, "valid_to": day, **({SUCCESSOR: successor} if successor else {})}
    return [change("office", office, value)] if value != last.raw else []


def reopen(directory: Directory, office: str) -> list[Doc]:
    """Takes a closure back. Raises `UsageProblem` when the office is not closed."""
    last = _last(directory, office)
    if last.valid_to is None:
        raise UsageProblem(t("validity.not_closed", name=last.name))
    value = {key: kept for key, kept in last.raw.items() if key != SUCCESSOR}
    return [change("office", office, {**value, "valid_to": None})]


def found_successor(directory: Directory, office: str, by: str, name: str, start: str) -> Founded | None:
    """The office `by`, to be founded with this official name; None when it is there. Raises `UsageProblem`."""
    require_like(directory, office, by)
    level = directory.lineage.level_of(office)
    if directory.office(by) is not None:
        return None
    if FOUNDED.is_organ(by):
        raise UsageProblem(t("organ.add_first", value=by))
    if not name:
        raise UsageProblem(t("validity.needs_name", value=by))
    parent = FOUNDED.parent_of(by)         # a new office is founded where its division code lies
    town = directory.office(parent) if parent else None
    if town is None:
        raise UsageProblem(t("validity.no_parent", value=by, parent=parent))
    code = by if level == "village" else by[:9]
    above = Founded(town.id, town.name, town.kind, town.level, town.parent)
    made = founded(code, name, level, above)
    return Founded(made.id, made.name, made.kind, made.level, made.parent, made.code, made.rooms, made.committee,
                   made.committee_kind, start, None)


def require_like(directory: Directory, office: str, by: str) -> None:
    """Raises `UsageProblem` where `by` is no number of an office of this level; what is no office at all has no level."""
    level = directory.lineage.level_of(office) if office and directory.office_history(office) else ""
    if not is_office_id(by) or (level and directory.lineage.level_of(by) != level):
        raise UsageProblem(t("validity.bad_successor", value=by, level=t(f"validity.level_{level or 'village'}")))


@dataclass(frozen=True, slots=True)
class Left:
    """What a closed office still holds: (case id, number) of its open cases, and how many other open records."""

    cases: tuple[tuple[str, str], ...]
    records: int


def left_behind(db: sqlite3.Connection, office: str) -> Left:
    """Open cases that the office holds or was asked to take, and records that it carries."""
    marks = ", ".join("?" * len(ENDED))
    cases = db.execute(
        f"SELECT case_id, number FROM cases WHERE (holder = ? OR pending_to = ?) AND state NOT IN ({marks}) ORDER BY number",
        (office, office, *ENDED)).fetchall()
    (records,) = db.execute("SELECT count(*) FROM records WHERE origin = ? AND ended_on IS NULL", (office,)).fetchone()
    return Left(tuple((str(id), str(number)) for id, number in cases), int(records))


def warnings(db: sqlite3.Connection, directory: Directory, office: str, home: str) -> list[str]:
    """What a closed office still has, with what to do about it; empty when it is open or has nothing."""
    last = directory.closed_since(office)
    if last is None:
        return []
    left, name, to = left_behind(db, office), name_on(directory, office, last), successor(directory, office)
    said = []
    if left.cases:
        numbers = "、".join(printed_number(directory, number, id) or id for id, number in left.cases[:SHOWN])
        more = t("validity.and_more", n=len(left.cases) - SHOWN) if len(left.cases) > SHOWN else ""
        said.append(t("validity.left_cases", name=name, last=last, n=len(left.cases), numbers=numbers + more,
                      successor=name_on(directory, to), to=to, home=home))
    if left.records:
        said.append(t("validity.left_records", name=name, n=left.records, successor=name_on(directory, to)))
    return said


def closed_offices(directory: Directory, by: str = "9999-12-31") -> Iterator[tuple[str, str]]:
    """(id, last day) of every office whose last day is this one or an earlier one."""
    for office in directory.offices():
        last = directory.closed_since(office.id)
        if last is not None and last <= by:
            yield office.id, last


def _last(directory: Directory, office: str) -> Office:
    history = directory.office_history(office)
    if not history:
        raise UsageProblem(t("hub.office.unknown", value=office))
    return history[-1]


def _period(office: str, last: Office, start: str, new: Value) -> list[Doc]:
    """The last period ends before `start` and a new one begins; a new one that began that very day is corrected."""
    if last.valid_from == start:
        return [change("office", office, {**last.raw, **new})]
    return [change("office", office, {**last.raw, "valid_to": _before(start)}),
            change("office", office, {**last.raw, **new, "valid_from": start, "valid_to": last.valid_to})]


def _check_start(last: Office, start: str) -> None:
    if last.valid_from is not None and start < last.valid_from:
        raise UsageProblem(t("validity.rewrites", name=last.name, since=last.valid_from, start=start))


def _check_successor(directory: Directory, office: str, successor: str, start: str, new: Mapping[str, Founded]) -> None:
    known = directory.office(successor)
    if known is None and successor not in new:
        raise UsageProblem(t("hub.office.unknown", value=successor))
    if successor == office or (directory.closed_since(successor) or "9999") < start:
        raise UsageProblem(t("validity.closed_successor", value=successor))
    lineage = directory.lineage
    if lineage.level_of(successor) != lineage.level_of(office) and not lineage.is_over(successor, office):
        raise UsageProblem(t("validity.bad_successor", value=successor, level=t(f"validity.level_{lineage.level_of(office)}")))


def _before(day: str) -> str:
    return later(day, -1)
