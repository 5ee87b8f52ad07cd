"""人民调解委员会: the legal body that owns the seal and numbers the files (人民调解法 Arts 7-9, 29; DOMAIN.md 1.2, 4).

The office's value in the directory has its name; everything else is the table `committee.<office>`: kind, chair, members, seal
keeper, term. The one device that holds the register of file numbers is the setting `file_register:<office>` (DESIGN 3.8). Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.rules.limits import default_limits
from shared.ledger import codes
from shared.ledger.days import LAST_DAY, date_of
from shared.ledger.entry import name_fault
from shared.ledger.texts import t

TABLE, REGISTER = "committee.", "file_register:"


@dataclass(frozen=True, slots=True)
class Committee:
    office: str
    name: str
    kind: str
    members: tuple[str, ...]
    chair: str = ""
    seal_keeper: str = ""
    since: str = ""
    until: str = ""

    def value(self) -> dict[str, Any]:
        return {"name": self.name, "kind": self.kind, "members": list(self.members), "chair": self.chair,
                "seal_keeper": self.seal_keeper, "since": self.since, "until": self.until}


def of_table(office: str, value: Mapping[str, Any] | None) -> Committee | None:
    if not value:
        return None
    members = value.get("members")       # a newer program may have written it otherwise
    return Committee(office, str(value.get("name", "")), str(value.get("kind", "")),
                     tuple(map(str, members)) if isinstance(members, list | tuple) else (),
                     str(value.get("chair", "")), str(value.get("seal_keeper", "")), str(value.get("since", "")),
                     str(value.get("until", "")))


def problems(c: Committee, staff: Sequence[str]) -> list[str]:
    """What stands against publishing it, each in one Chinese sentence; `staff` are the known people."""
    found = []
    if not c.name:
        found.append(t("committees.no_name"))
    if name_fault(c.name):
        found.append(name_fault(c.name))
    if c.kind not in codes.table("committee_kind"):
        found.append(t("committees.bad_kind", value=c.kind, known="、".join(codes.names("committee_kind"))))
    law = default_limits()      # 人民调解法 Arts 8, 9
    if not law.committee_members_least <= len(set(c.members)) <= law.committee_members_most:
        found.append(t("committees.bad_size", n=len(set(c.members))))
    if c.chair not in c.members:
        found.append(t("committees.bad_chair", value=c.chair))
    found += [t("committees.unknown", value=person) for person in {*c.members, c.seal_keeper} - {*staff, ""}]
    if c.since and c.until and date_of(c.until) > _years_later(c.since):
        found.append(t("committees.bad_term"))
    return sorted(found)


def _years_later(day: str) -> dt.date:
    start = date_of(day)
    year = min(start.year + default_limits().committee_term_years, LAST_DAY.year)
    return dt.date(year, start.month, 28 if (start.month, start.day) == (2, 29) else start.day)
