"""The roster of mediators at the desk and what it proposes for a case, from the directory that is here; no network is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.disputes.advice import roster
from shared.disputes.tables.cases import mediator_loads
from shared.ledger.texts import t
from village_node.point.errors import UsageError

if TYPE_CHECKING:
    from shared.ledger.published.directory_heads import Staff
    from village_node.desk.cases import Cases
    from village_node.point.node import Node


def listed(node: Node, cases: Cases, office: str = "") -> list[roster.Mediator]:
    """Mediators of an office and below it ("" = this office and those above it, whom a party may choose too)."""
    directory, here = node.directory, node.config.office
    if office and directory.office(office) is None:
        raise UsageError(t("roster.no_office", office=office))
    near = {here, *directory.ancestors(here)}
    people = [p for p in directory.all_staff()
              if (directory.is_within(p.office, office) if office else p.office in near or directory.is_within(p.office, here))]
    return list(roster.listed(people, directory.table(roster.TABLE), _loads(node, cases), today=cases.today()))


def propose(node: Node, cases: Cases, case: str, language: str = "") -> roster.Proposal:
    """Raises NotHere. Load counts only the cases that this office holds a copy of."""
    state = cases.fold(cases.events(cases.resolve(case)), history=False)
    people: list[Staff] = node.directory.all_staff()
    return roster.propose(state, people, node.directory.table(roster.TABLE), _loads(node, cases), today=cases.today(),
                          language=language, lines=node.directory.lineage)


def _loads(node: Node, cases: Cases) -> dict[str, int]:
    """Of all open cases: asked again when a record came, not for every form."""
    def read() -> dict[str, int]:
        with node.tables.reader() as db:
            return mediator_loads(db)

    return cases.by_book("mediator loads", lambda _book: read())
