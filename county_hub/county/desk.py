"""The county's own desk: what the commands that both programs have ask of it (`shared.commands.desk.Desk`).

Reading goes through `officers`, writing through `acts`; nothing is decided here. It must not know argument parsing.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from county_hub.county.acts import CountyActs
from county_hub.county.appointment_office import AppointmentOffice
from county_hub.county.officers import Officers
from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.advice import duplicate_list, roster
from shared.disputes.case.chain import Link, chain
from shared.disputes.records import aggregates
from shared.disputes.records import verbs as matter_verbs
from shared.disputes.records.appointments import words
from shared.disputes.rules.county import county_rules
from shared.disputes.tables import due
from shared.disputes.tables.cases import mediator_loads
from shared.disputes.tables.matters import petitions_known_as
from shared.disputes.tables.pairs import MAX_PAIRS, count, each_pair
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.ids import is_ulid
from shared.ledger.texts import t

Draft = Mapping[str, Any]
# What is one step of one appointment or duty, without more to find out.
STEPS = {"withdraw": "duty.withdrawn", "cancel": "appointment.cancelled", "attended": "appointment.checked_in",
         "absent": "appointment.no_show", "advise": "appointment.advised", "close": "appointment.closed"}


class CountyDesk:
    """One per open hub. Raises `HubProblem` and `UsageProblem`, one Chinese sentence each."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    @functools.cached_property
    def acts(self) -> CountyActs:
        """Over a read model that is up to date, whether `serve` runs or not."""
        return CountyActs(self.hub)

    @property
    def officers(self) -> Officers:
        return self.acts.officers

    @property
    def citizens(self) -> CountyActs:
        return self.acts

    @functools.cached_property
    def appointment_office(self) -> AppointmentOffice:
        return AppointmentOffice(self.acts)

    def office_name(self, id: str, on: str = "", /) -> str:
        return self.officers.office_name(id, on)

    def require_office(self, id: str) -> None:
        """Raises `UsageProblem` for an id that is no office; "" is none."""
        if id and self.hub.directory.latest().office(id) is None:
            here = t("edges.followed", version=self.hub.directory.latest().version) if self.hub.edge else ""
            raise UsageProblem(t("hub.office.unknown", value=id) + here)

    def below(self, office: str) -> tuple[str, ...] | None:
        """The office and all below it, None for "". Raises `UsageProblem`."""
        self.require_office(office)
        return self.officers.with_lower(office) if office else None

    # -- cases --

    def register(self, staff: str, draft: Draft, /, *, files: Sequence[Any] = (), legal_date: str | None = None) -> Any:
        state = self.acts.register(staff, draft, legal_date)
        return {**asdict(state), "holder": state.holder, "sealed_records": []}

    def act(self, verb: str, staff: str, case: str, draft: Draft, /, *, files: Sequence[Any] = (),
            legal_date: str | None = None, seal: str = "") -> Any:
        state = self.acts.case(verb, case, staff, draft, legal_date, seal)
        sealed = self.acts.sealed.shown(state, self.acts.person(staff))
        return {**asdict(state), "holder": state.holder, "sealed_records": sealed}

    def chain(self, case: str, /) -> list[Link]:
        return list(chain(self.acts.state(case), self.hub.directory.latest().lineage))

    def propose(self, case: str, /, *, language: str = "") -> roster.Proposal:
        latest = self.hub.directory.latest()
        with self.officers.read() as db:
            loads = mediator_loads(db)
        return roster.propose(self.acts.state(case), latest.all_staff(), latest.table(roster.TABLE), loads,
                              today=self.acts.today(), language=language)

    def roster(self, office: str = "", /) -> list[roster.Mediator]:
        self.require_office(office)
        latest = self.hub.directory.latest()
        people = [p for p in latest.all_staff() if not office or latest.is_within(p.office, office)]
        with self.officers.read() as db:
            return list(roster.listed(people, latest.table(roster.TABLE), mediator_loads(db), today=self.acts.today()))

    def duplicates(self, case: str = "", /, *, office: str = "", most: int = MAX_PAIRS) -> list[dict[str, Any]]:
        """At most so many, the closest in time first."""
        known = self.officers.case_id(case) if case else ""
        within, days = self.below(office), county_rules(self.hub.directory.latest()).rules.limits.duplicate_days
        with self.officers.read() as db:
            lines = duplicate_list.listed(db, self.acts.state, islice(each_pair(db, days, known), MAX_PAIRS),
                                          self.hub.directory.latest().lineage)
            found = list(islice((line for line in lines if within is None or line.place in within), most))
        return [{**asdict(line), "adjudicator_name": self.office_name(line.adjudicator)} for line in found]

    def duplicates_count(self, most: int) -> int:
        """How many pairs look like one dispute; counted up to `most`."""
        with self.officers.read() as db:
            return count(db, county_rules(self.hub.directory.latest()).rules.limits.duplicate_days, most)

    def dismiss_duplicate_of(self, staff: str, case: str, other: str, reason: str, /) -> None:
        self.acts.dismiss(staff, case, other, reason)

    def merge_cases(self, staff: str, primary: str, other: str, reason: str, /) -> None:
        self.acts.merge(staff, primary, other, reason)

    # -- everything beside cases --

    def records(self, aggregate: str = "", /, *, open_only: bool = False, limit: int = 1000, offset: int = 0,
                case: str = "") -> list[dict[str, Any]]:
        known = self.officers.case_id(case) if case else ""
        with self.officers.read() as db:
            return due.rows(db, aggregate, open_only=open_only, limit=limit, offset=offset, case=known)

    def record(self, record: str, /) -> aggregates.State:
        return self.acts.show(record)

    def opened(self, record: str, staff: str, /) -> dict[str, Any]:
        return self.acts.opened(record, staff)

    def record_warnings(self) -> list[dict[str, Any]]:
        with self.officers.read() as db:
            return due.warnings(db, self.acts.today(), self.officers.now())

    def write_record(self, kind: str, staff: str, record: str | None, draft: Draft, /, *, files: Sequence[Any] = (),
                     legal_date: str | None = None) -> aggregates.State:
        return self.acts.record(kind, record, staff, draft, legal_date)

    def matter(self, aggregate: str, record: str, /) -> aggregates.State:
        return self.acts.fold(aggregate, self.matter_events(aggregate, record))

    def matter_events(self, aggregate: str, record: str) -> list[Event]:
        """Raises `UsageProblem`, also for a record of another kind."""
        try:
            return self.acts.events(record, aggregate)
        except UsageProblem:
            raise UsageProblem(t("matters.wrong_family", id=record, what=t(f"matters.{aggregate}").partition("：")[0])) from None

    def left_out(self, record: str, /) -> str:
        """Nobody: the county's own device asks no person (docs/decisions/0055)."""
        return ""

    def came_again(self, aggregate: str, record: str, /) -> dict[str, Any]:
        return self.acts.came_again(aggregate, record)

    def write_matter(self, aggregate: str, kind: str, staff: str, record: str | None, draft: Draft, /, *, case: str = "",
                     files: Sequence[Any] = (), legal_date: str | None = None) -> tuple[aggregates.State, str]:
        state = self.matter(aggregate, record) if record else None
        given = {**draft, "case": self.officers.case_id(case)} if case else draft
        if given.get("repeat_of"):
            given = {**given, "repeat_of": self._petition_id(str(given["repeat_of"]).strip())}
        made = self.acts.record(kind, record, staff, matter_verbs.filled(kind, given, state, self.hub.county), legal_date)
        linked = str(given.get("case") or "") if kind == "petition.registered" else ""
        return made, self._link(linked, staff, made) if linked else ""

    def _petition_id(self, text: str) -> str:
        if is_ulid(text):
            return text
        with self.officers.read() as db:
            found = petitions_known_as(db, text, self.officers.organisation().names())
        if len(found) != 1:
            raise UsageProblem(t("matters.no_petition", number=text))
        return found[0]

    def _link(self, case: str, staff: str, petition: Any) -> str:
        """The case learns of the petition too (DOMAIN.md 7.7); that it may not be written there does not undo the petition."""
        try:
            self.acts.case("link_petition", case, staff, {"petition": petition.id, "number": petition.number})
        except HubProblem as refused:
            return refused.sentence
        return t("matters.linked", case=case)

    # -- appointments --

    def appointments(self, *, open_only: bool = False) -> list[dict[str, Any]]:
        office = self.appointment_office
        clashes = {id for _, left in office.calendar("") for id in left.clashes}
        return [
            {"id": a.id, "state": a.state, "origin": a.origin, "asker": a.data.get("asker"), "topic": a.data.get("topic"),
             "duty": a.data.get("duty"), "date": a.data.get("date"), "start": a.data.get("start"), "clash": a.id in clashes,
             "sentence": words(a, "accepted", clash=a.id in clashes)}
            for a in sorted(office.appointments(), key=lambda a: (a.ended_on is not None, a.opened_on, a.id))
            if a.is_open or not open_only]

    def appointment(self, verb: str, staff: str, record: str | None, draft: Draft, /, *,
                    legal_date: str | None = None) -> Any:
        """One step, after which the villages are told what seats are left."""
        return asdict(self.step_alone(STEPS[verb], staff, record, draft, legal_date))

    def step_alone(self, kind: str, staff: str, record: str | None, draft: Draft, legal_date: str | None) -> aggregates.State:
        office = self.appointment_office
        with office.alone():
            made = self.acts.record(kind, record, staff, draft, legal_date)
            office.tell(staff)
        return made
