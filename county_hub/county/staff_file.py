"""The staff CSV: `id,name,office,roles` (roles separated by `;`), and `since` where service did not begin today. All lines are
read before any is used.

It must not know how staff are published; `directory_office` does that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from county_hub.county.csv_files import read_lines
from county_hub.hub.problems import UsageProblem
from shared.ledger import codes
from shared.ledger.days import is_day
from shared.ledger.entry import name_fault
from shared.ledger.formats.ids import is_name, is_office_id
from shared.ledger.texts import t

COLUMNS = ("id", "name", "office", "roles")


@dataclass(frozen=True, slots=True)
class StaffLine:
    id: str
    name: str
    office: str
    roles: tuple[str, ...]
    since: str = ""             # first day of service, where one was named


def read_staff(path: Path, known_office: Callable[[str], bool]) -> list[StaffLine]:
    """Every person of the file. Raises `UsageProblem` that lists each wrong line with its remedy."""
    rows = read_lines(path, COLUMNS, lacking="hub.staff.columns")
    people: dict[str, StaffLine] = {}
    wrong: list[str] = []
    for line, row in rows:
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        person = StaffLine(cells["id"], cells["name"], cells["office"], split_roles(cells["roles"]),
                           (row.get("since") or "").strip())
        problems = [*staff_problems(person, known_office).values()]
        if not problems and person.id in people:
            problems = [t("hub.staff.twice", id=person.id)]
        wrong += [t("hub.staff.line", line=line, problem=problem) for problem in problems]
        people[person.id] = person
    if wrong:
        raise UsageProblem("\n".join([t("hub.staff.refused", file=path, n=len(wrong)), *wrong]))
    return list(people.values())


def split_roles(text: str) -> tuple[str, ...]:
    """Roles separated by `;`, `,` or their full-width forms."""
    for mark in ",\uff0c\uff1b\u3001":
        text = text.replace(mark, ";")
    return tuple(part.strip() for part in text.split(";") if part.strip())


def staff_problems(person: StaffLine, known_office: Callable[[str], bool]) -> dict[str, str]:
    """Column -> what is wrong with it, one sentence each."""
    found = {}
    if not is_name(person.id):
        found["id"] = t("hub.staff.bad_id", value=person.id)
    if not person.name:
        found["name"] = t("hub.staff.no_name", id=person.id)
    elif name_fault(person.name):
        found["name"] = t("hub.staff.bad_name", id=person.id, reason=name_fault(person.name))
    if not is_office_id(person.office) or not known_office(person.office):
        found["office"] = t("hub.office.unknown", value=person.office)
    if person.since and not is_day(person.since):
        found["since"] = t("common.bad_day", value=person.since)
    strange = [role for role in person.roles if role not in codes.table("role")]
    if not person.roles:
        found["roles"] = t("hub.staff.no_roles", id=person.id)
    elif strange:
        found["roles"] = t("hub.staff.bad_role", value="、".join(strange), known="、".join(codes.names("role")))
    return found
