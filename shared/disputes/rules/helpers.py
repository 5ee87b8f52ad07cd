"""A village's pool of helpers: who may be asked to come to a session, by kind (DOMAIN.md 1.3: 两代表一委员, 五老人员, 法律明白人,
and the three officers 村官、警官、法官). Each is invited only with the parties' consent, said in the session (人民调解法 Art 20).

The directory's table `helpers`: {office: [{"name", "kind"}]}. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.ledger import codes
from shared.ledger.entry import name_fault
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.lineage import Lineage
from shared.ledger.texts import t

TABLE = "helpers"
COLUMNS = ("office", "name", "kind")
Pool = dict[str, list[dict[str, str]]]
MOST = 200              # of one office: beyond it a list is the census, not a pool


@dataclass(frozen=True, slots=True)
class Helper:
    """`kind`: code table `helper_kind`."""

    office: str
    name: str
    kind: str


def pool(table: Mapping[str, Any] | None, office: str, lineage: Lineage) -> tuple[Helper, ...]:
    """Of the directory's table: those of this office, then of the offices above it; what is unreadable is passed over."""
    found: list[Helper] = []
    for place in (office, *lineage.ancestors_of(office)):
        rows = (table or {}).get(place)
        found += [Helper(place, str(row["name"]), str(row["kind"])) for row in rows if isinstance(row, Mapping)
                  and isinstance(row.get("name"), str) and isinstance(row.get("kind"), str)] if isinstance(rows, list) else []
    return tuple(found)


def read(lines: Iterable[tuple[int, Mapping[str, Any]]], directory: Directory) -> tuple[Pool, list[str]]:
    """(table, what is wrong: one Chinese sentence a line). A kind may be given by its code or its name."""
    table: Pool = {}
    wrong: list[str] = []
    names = codes.names("helper_kind")
    for line, row in lines:
        office, name, kind = (str(row.get(column) or "").strip() for column in COLUMNS)
        code = kind if kind in names else next((code for code, known in names.items() if known == kind), "")
        problem = "" if directory.office(office) else t("hub.office.unknown", value=office)
        problem = problem or name_fault(name) or ("" if name else t("helpers.no_name"))
        problem = problem or ("" if code else t("helpers.bad_kind", value=kind, known="、".join(names.values())))
        rows = table.setdefault(office, [])
        if not problem and len(rows) >= MOST:
            problem = t("helpers.too_many", most=MOST)
        if problem:
            wrong.append(t("helpers.line", line=line, problem=problem))
        elif {"name": name, "kind": code} not in rows:
            rows.append({"name": name, "kind": code})
    return table, wrong
