"""Where a visitor sits: through whose desk he reads and acts, and at which address his cases are.

The county's people sit at the county's desk, those of an organ at the organ's, where only that is which was assigned to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from county_hub.console.frame import Console
from county_hub.console.session import Visitor
from county_hub.county.acts import CountyActs
from county_hub.hub.problems import HubProblem
from shared.disputes.case.state import CaseState
from shared.ledger.texts import t


@dataclass(frozen=True, slots=True)
class Seat:
    """`person` is "" for who only reads; `cases`: the address below which the cases of this desk are."""

    acts: CountyActs
    person: str
    cases: str

    @property
    def is_organ(self) -> bool:
        return self.acts.place.is_organ

    def case(self, case: str) -> CaseState:
        """Raises `HubProblem` when nothing of it is here."""
        found = self.acts.officers.case(case) if not self.is_organ or self.acts.place.has(case) else None
        if found is None:
            raise HubProblem(t("console.case.missing", id=case[:40]))
        return self.acts.state(case) if self.is_organ else found


def seat_of(console: Console, visitor: Visitor) -> Seat:
    """Raises `HubProblem`."""
    if visitor.organ_person:
        return Seat(console.organ_acts(office_of(console, visitor)), visitor.organ_person, visitor.cases)
    return Seat(console.acts(), visitor.staff, visitor.cases)


def office_of(console: Console, visitor: Visitor) -> str:
    """The organ of one of its people. Raises `HubProblem` when he is not of one any more."""
    found = console.desk().hub.directory.latest().staff(visitor.organ_person)
    if found is None:
        raise HubProblem(t("organs.not_yours"))
    return found.office
