"""Questions of the desk about cases to the tables of this service point (`village_node.point.tables`).

The case list and its SQL are `shared.disputes.tables.cases`. Must not know: labels, policy, delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.disputes.rules.county import CountyRules, county_rules
from shared.disputes.tables import attention
from shared.disputes.tables import cases as queries
from shared.disputes.tables.attention import Asked
from shared.disputes.tables.cases import Filter, Moment, Names, Row
from shared.disputes.tables.matters import petitions_known_as
from shared.ledger.formats.ids import is_ulid
from shared.ledger.published.office_periods import names_ever
from shared.ledger.texts import t
from village_node.point.errors import NotHere
from village_node.point.node import Node


def rows(node: Node, wanted: Filter, moment: Moment, *, limit: int, offset: int) -> list[Row]:
    with node.tables.reader() as db:
        return queries.find(db, wanted, moment, limit=limit, offset=offset, names=names(node))


def total(node: Node, wanted: Filter, moment: Moment) -> int:
    """How many rows there are in all."""
    with node.tables.reader() as db:
        return queries.total(db, wanted, moment, names=names(node))


def due_totals(node: Node, moment: Moment) -> dict[str, int]:
    """{open, warn, overdue} of what this office holds."""
    with node.tables.reader() as db:
        return queries.due_totals(db, node.config.office, moment)


def names(node: Node) -> Names:
    """The offices with every name they had, looked up when a word was typed."""
    directory = node.directory
    return ((o.id, names_ever(directory, o.id)) for o in directory.offices())


def asked(node: Node, cases: Sequence[str]) -> dict[str, list[Asked]]:
    """What these cases ask, of any office."""
    with node.tables.reader() as db:
        return attention.of_cases(db, cases)


def find(node: Node, text: str) -> list[str]:
    """Case ids for an id or a number, whole or the end of one (`001-0012-7`)."""
    with node.tables.reader() as db:
        return queries.known_as(db, text, names(node), ends=True)


def petition_id(node: Node, text: str) -> str:
    """The id of a petition given by id or number. Raises NotHere when none or several have that number."""
    if is_ulid(text):
        return text
    with node.tables.reader() as db:
        found = petitions_known_as(db, text, names(node))
    if len(found) != 1:
        raise NotHere(t("matters.no_petition", number=text))
    return found[0]


def count(node: Node) -> int:
    with node.tables.reader() as db:
        return int(db.execute("SELECT count(*) FROM cases").fetchone()[0])


def alarms(node: Node, moment: Moment, most: int) -> list[dict[str, Any]]:
    """Running clocks at or past their warning date, the most overdue first (`queries.alarms`)."""
    with node.tables.reader() as db:
        return queries.alarms(db, moment, most=most)


def ringing(node: Node, moment: Moment) -> list[tuple[str, str]]:
    with node.tables.reader() as db:
        return queries.ringing(db, moment)


def alarms_of(node: Node, moment: Moment, case: str) -> list[dict[str, Any]]:
    """The `alarms` of one case."""
    with node.tables.reader() as db:
        return queries.alarms(db, moment, among=[case])


def cases_with_file(node: Node, sha256: str) -> list[str]:
    with node.tables.reader() as db:
        return [row[0] for row in db.execute(
            "SELECT DISTINCT case_id FROM events WHERE instr(json, ?) > 0", (f'"{sha256}"',)
        )]


def written_since(node: Node, seq: int, kind: str, actor: str, case: str = "") -> bool:
    """Has this device written such a record (of the case, where one is named) after its number `seq`?"""
    sql = "SELECT 1 FROM events WHERE device = ? AND device_seq > ? AND kind = ? AND actor = ?"
    values = [node.config.device, seq, kind, actor, *([case] if case else [])]
    with node.tables.reader() as db:
        return db.execute(sql + (" AND case_id = ?" if case else "") + " LIMIT 1", values).fetchone() is not None


def rules(node: Node) -> CountyRules:
    """The county's clocks and calendars as they are now."""
    return county_rules(node.directory)
