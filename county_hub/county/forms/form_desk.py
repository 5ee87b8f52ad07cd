"""The county as a form sees it (`shared.disputes.forms.form.DeskPart`): its offices, its people, other cases, records; and the
settings that a form is made from. It must not know HTTP or HTML, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from county_hub.county.acts import CountyActs
from shared.disputes.acts.refusal import act_title
from shared.disputes.advice import roster
from shared.disputes.case.state import CaseState, PartyState
from shared.disputes.forms import beside
from shared.disputes.forms.form import OfficePart, Setting
from shared.disputes.forms.sought import Choice, Seeker
from shared.disputes.records import aggregates
from shared.disputes.records import verbs as matter_verbs
from shared.disputes.tables import cases as case_list
from shared.disputes.tables import due
from shared.disputes.tables.cases import Filter, mediator_loads
from shared.ledger import codes
from shared.ledger.published.directory import Directory
from shared.ledger.published.directory_heads import Staff
from shared.ledger.published.office_periods import open_at, printed_number


@dataclass(frozen=True, slots=True)
class _Office:
    id: str
    name: str
    level: str
    parent: str | None
    parent_name: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    id: str
    parties: str
    number: str
    summary: str


@dataclass(frozen=True, slots=True)
class _Party:
    index: int
    name: str
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Line:
    id: str
    office: str
    legal_date: str
    title: str
    actor_name: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    holder: str
    risk: str


@dataclass(frozen=True, slots=True)
class _View:
    id: str
    row: _Row
    state: Mapping[str, Any]
    parties: Sequence[_Party]
    timeline: Sequence[_Line]


class FormDesk:
    """One per request: what it looked up once it keeps."""

    def __init__(self, acts: CountyActs) -> None:
        self._acts, self._officers, self._hub = acts, acts.officers, acts.hub

    def codes(self, table: str) -> list[Choice]:
        return codes.choices(table, self._acts.today())

    def office(self) -> OfficePart:
        return self._office(self._acts.place.device.office)

    def offices(self) -> Sequence[OfficePart]:
        """Those that are open."""
        directory = self._hub.directory.latest()
        return [self._office(id) for id in open_at(directory, (o.id for o in directory.offices()), self._acts.today())]

    def _office(self, id: str) -> _Office:
        found, name = self._hub.directory.latest().office(id), self._officers.office_name
        if found is None:
            return _Office(id, id, "", None, "")
        return _Office(id, name(id), found.level, found.parent, name(found.parent or ""))

    def staff(self) -> Sequence[Staff]:
        """The active people of the office that sits here."""
        directory = self._hub.directory.latest()
        return [person for person in directory.staff_of(self._acts.place.device.office) if person.active]

    def staff_name(self, staff: str) -> str:
        return self._officers.staff_name(staff)

    def roster(self) -> Sequence[roster.Mediator]:
        latest = self._hub.directory.latest()
        with self._officers.read() as db:
            loads = mediator_loads(db)
        return roster.listed(latest.all_staff(), latest.table(roster.TABLE), loads, today=self._acts.today())

    def list_cases(self, *, limit: int = 200) -> Sequence[CaseLine]:
        directory = self._hub.directory.latest()
        with self._officers.read() as db:
            rows = case_list.find(db, self.own(), self._officers.moment(), limit=limit)
        return [self.line(directory, row) for row in rows]

    @staticmethod
    def line(directory: Directory, row: case_list.Row) -> CaseLine:
        return CaseLine(row.case_id, row.party_names, printed_number(directory, row.number, row.case_id), row.summary)

    def own(self) -> Filter:
        """An organ is shown what lies with it alone."""
        place = self._acts.place
        return Filter(open_only=True, holders=(place.device.office,)) if place.is_organ else Filter(open_only=True)

    def records(self, aggregate: str = "", *, limit: int = 200) -> list[dict[str, Any]]:
        if self._acts.place.is_organ:
            return []
        with self._officers.read() as db:
            return due.rows(db, aggregate, limit=limit)

    def known(self, kind: str, staff_id: str, case: str) -> dict[str, Any]:
        return dict(self._acts.known(kind, staff_id, case))


def case_setting(acts: CountyActs, state: CaseState, person: Staff, seeker: Seeker | None = None) -> Setting:
    """What the forms of this case are made from, for this person today."""
    lines = [_Line(e.event, e.office, e.legal_date, act_title(e.kind), acts.officers.staff_name(e.actor), e.refused)
             for e in state.timeline]
    view = _View(state.id, _Row(state.holder, str(state.risk.level)), asdict(state), [_party(p) for p in state.parties], lines)
    return Setting(view, FormDesk(acts), acts.today(), person.id, person.name, seeker=seeker)


def _party(party: PartyState) -> _Party:
    return _Party(party.no, party.name, asdict(party))


def record_setting(acts: CountyActs, record: str, state: aggregates.State | None, person: Staff, seeker: Seeker | None = None
                   ) -> Setting:
    """The same of a record, petition or legal-aid matter; `record` "" and no state: one that is to be opened."""
    office = acts.place.device.office

    def fills(kind: str) -> dict[str, Any]:
        return matter_verbs.filled(kind, {}, state, office)

    lines = [] if state is None else [
        _Line(s.event, s.office, s.legal_date, act_title(s.kind), acts.officers.staff_name(s.actor)) for s in state.steps]
    values = {} if state is None else asdict(state)
    return beside.setting_of(record, values, lines, FormDesk(acts), acts.today(), person.id, person.name, fills, seeker)
