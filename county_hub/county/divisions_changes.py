"""A divisions CSV given again to a founded county: what differs from the directory, and the command that makes the change.

`init` adds offices that are new and rewrites nothing: names have a first day that a list of names does not tell. A name that
the office had earlier, or gets on a day already published, is no change. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.ledger.published.directory_heads import Directory, Office
from shared.ledger.published.office_periods import is_closed, name_on
from shared.ledger.published.offices import Office as Listed
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t


@dataclass(frozen=True, slots=True)
class Difference:
    """`code`: added | renamed | old_name | planned | ends | listed_open | missing. `command`: "" when nothing is to be done."""

    code: str
    office: str
    text: str
    command: str = ""


def differences(directory: Directory, listed: Organisation, home: str, today: str) -> list[Difference]:
    """In the order of the office ids; empty when list and directory say the same."""
    found: list[Difference] = []
    for office in sorted(listed.offices.values(), key=lambda office: office.id):
        if directory.office(office.id) is None:
            name = listed.display_name(office.id)
            found.append(Difference("added", office.id, t("validity.diff_added", id=office.id, name=name)))
            continue
        found += _name(directory, office, home, today)
        found += _end(directory, office, home, today)
    for known in directory.offices():
        outside = known.id in listed.offices or directory.lineage.is_organ(known.id)
        if not outside and not is_closed(directory, known.id, today):
            since = f"--from {t('validity.day')}"
            replace = f"county-hub office replace {home} {known.id} --by {t('validity.id')} {since}"
            found.append(Difference(
                "missing", known.id,
                t("validity.diff_missing", id=known.id, name=name_on(directory, known.id), replace=replace),
                f"county-hub office close {home} {known.id} {since}"))
    return found


def _name(directory: Directory, office: Listed, home: str, today: str) -> list[Difference]:
    now = directory.office_then(office.id, today)
    if now is None or now.name == office.name:
        return []
    values = {"id": office.id, "old": now.name, "new": office.name}
    for past in directory.office_history(office.id):
        if past.name == office.name:
            planned = (past.valid_from or "") > today
            day = past.valid_from if planned else past.valid_to
            return [Difference("planned" if planned else "old_name", office.id, t(
                "validity.diff_planned" if planned else "validity.diff_old_name", **values, day=day))]
    since = office.valid_from if _after(office.valid_from, now) else t("validity.day")
    command = f"county-hub office rename {home} {office.id} --name {office.name} --from {since}"
    return [Difference("renamed", office.id, t("validity.diff_renamed", **values), command)]


def _after(day: str | None, now: Office) -> bool:
    return day is not None and day > (now.valid_from or "")


def _end(directory: Directory, office: Listed, home: str, today: str) -> list[Difference]:
    last = directory.closed_since(office.id)
    if last == office.valid_to:
        return []
    values = {"id": office.id, "name": name_on(directory, office.id, today), "last": last or "—",
              "listed": office.valid_to or "—"}
    if office.valid_to is None:
        return [Difference("listed_open", office.id, t("validity.diff_listed_open", **values),
                           f"county-hub office close {home} {office.id} --cancel")]
    return [Difference("ends", office.id, t("validity.diff_ends", **values),
                       f"county-hub office close {home} {office.id} --last-day {office.valid_to}")]
