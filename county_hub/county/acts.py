"""What the county's officers write, from the console and the command line: any verb of a case, any step of a record, petition or
legal-aid matter. The counter says whether (`shared.disputes.acts.counter`); here it is written by the hub's own device, so it
is signed, judged and routed like everybody's. It must not know argument parsing.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from county_hub.county.officers import Officers, officers_of
from county_hub.county.place import CountyPlace, in_words
from county_hub.county.sealed import SealedOffice
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from shared.disputes.acts import citizen_codes, sealed_acts, unfinished
from shared.disputes.acts.counter import Counter, Offer
from shared.disputes.acts.decided import Decided, write
from shared.disputes.acts.verbs import KINDS, REGISTER
from shared.disputes.advice import duplicate_list
from shared.disputes.case.chain import Link, chain
from shared.disputes.case.citizen_slip import Slip, slip
from shared.disputes.case.state import CaseState
from shared.disputes.records import aggregates
from shared.disputes.rules.rooms import use_names
from shared.disputes.tables import same_person
from shared.ledger.authoring import DeviceIdentity
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.ids import is_ulid
from shared.ledger.published.directory_heads import Staff
from shared.ledger.tables import stored_events
from shared.ledger.texts import t
from sync.errors import DiskFull

log = logging.getLogger("county_hub.acts")


class CountyActs:
    """One per open hub; with a `seat`, what people of an organ write through its device that the hub holds. `officers`: those of
    a server, which keep what they have folded. Raises `HubProblem` and `UsageProblem`, one Chinese sentence each."""

    def __init__(self, hub: Hub, seat: DeviceIdentity | None = None, officers: Officers | None = None) -> None:
        self.place = CountyPlace(hub, seat)
        self.hub, self.officers, self.sealed = hub, officers or officers_of(hub), SealedOffice(self.place)
        self._counter = Counter(self.place)
        self.catch_up()
        use_names(self.place.directory)

    def catch_up(self) -> None:
        """On a full disk who only reads goes on with what was read before; an act says it when it writes."""
        with suppress(DiskFull):
            self.hub.projector.catch_up()

    def today(self) -> str:
        return self.place.today()

    def person(self, staff: str) -> Staff:
        """The active officer of the county."""
        with in_words():
            return self._counter.person(staff)

    def date(self, text: str | None) -> str:
        """A day that is not ahead, today if none is given."""
        with in_words():
            return self._counter.date(text)

    def require_role(self, kind: str, staff: str) -> None:
        """An officer who may write this kind at all, whatever the case says."""
        with in_words():
            self._counter.require_role(kind, staff)

    def faults(self, kind: str, staff: str, state: CaseState | None, draft: Mapping[str, Any], date: str | None
               ) -> dict[str, str]:
        """Field -> what is wrong with it, of a form that is not finished."""
        return unfinished.faults(self._counter, kind, staff, state, draft, date)

    # -- cases --

    def register(self, staff: str, draft: Mapping[str, Any], date: str | None = None) -> CaseState:
        """A case registered at the county's window."""
        with in_words():
            decided = self._counter.register(staff, draft, date)
        return self.state(self.write([decided])[0].subject)

    def registration(self, kind: str, staff: str, draft: Mapping[str, Any]) -> Decided:
        """A case or a petition as it would be registered, not written."""
        with in_words():
            register = kind == REGISTER
            return self._counter.register(staff, draft) if register else self._counter.record(kind, staff, None, draft)

    def case(self, verb: str, case: str, staff: str, draft: Mapping[str, Any], date: str | None = None,
             seal: str = "") -> CaseState:
        """The case as it stands after this act of an officer."""
        made = self.prepare(verb, case, staff, draft, date, seal)
        return self.state(self.write([made])[0].subject)

    def case_of(self, text: str, number: str = "", /) -> str:
        """The case of a citizen's code, as scanned, or as typed beside a number."""
        with in_words():
            code = citizen_codes.read(text, number, self.hub.directory.organisation().names())
            return citizen_codes.case_of(self.place, code).id

    def slip(self, case: str, /) -> Slip | None:
        """The citizen's code of a case that the county registered."""
        return slip(self.state(case), [self.hub.own_device.key], self.hub.directory.latest())

    def supervise(self, case: str, staff: str, *, level: str, text: str, due: str | None) -> Event:
        """A letter to the office that holds the case; `due` may be empty. The page and the command line both come here."""
        made = self.prepare("supervise", case, staff, {"level": level, "text": text, **({"due": due} if due else {})})
        return self.write([made])[0]

    def prepare(self, verb: str, case: str, staff: str, draft: Mapping[str, Any], date: str | None = None,
                seal: str = "") -> Decided:
        """Everything but the writing. `seal`: a class to seal it under where the rules would not by themselves."""
        with in_words():
            return self._counter.act(verb, staff, case, draft, date=date, seal=seal)

    def merge(self, staff: str, primary: str, other: str, reason: str) -> None:
        """Both cases learn of it, or neither."""
        with in_words():
            decided = duplicate_list.decide_merge(self._counter, staff, primary, other, reason)
        self.write(decided)

    def dismiss(self, staff: str, case: str, other: str, reason: str) -> None:
        with in_words():
            decided = self._counter.dismiss(staff, case, other, reason)
        self.write([decided])

    def write(self, decided: Sequence[Decided]) -> list[Event]:
        """All of these acts or none, with what goes aside sealed; the sealed bodies are durable before."""
        docs = [doc for one in decided for doc in one.sealed]
        if docs:
            with self.hub.databases.lease(self.place.closed_database) as replica:
                replica.bulk_docs(docs, new_edits=False)
        with self.place.author() as author:
            return write(author, decided)

    def state(self, case: str) -> CaseState:
        """The case by ULID or platform number."""
        with in_words():
            return self._counter.state(case)

    # -- what a page offers --

    def offers(self, staff: str, state: CaseState, among: Collection[str] = KINDS) -> list[Offer]:
        """Every act, of these kinds, that this officer's roles may ever do on a case, with the reason why not now."""
        with in_words():
            return self._counter.offers(self._counter.person(staff), state, self.today(), among)

    def record_offers(self, staff: str, state: aggregates.State) -> list[Offer]:
        with in_words():
            return self._counter.record_offers(self._counter.person(staff), state, self.today())

    def openings(self, staff: str) -> list[str]:
        """The aggregates of which this officer may open one."""
        with in_words():
            return self._counter.openings(self._counter.person(staff), self.today())

    def chain(self, state: CaseState) -> list[Link]:
        """Who had the case and who has it."""
        return list(chain(state, self.hub.directory.latest().lineage))

    def known(self, kind: str, staff: str, case: str) -> Mapping[str, Any]:
        """What is filled into an act by itself."""
        with in_words():
            return self._counter.known(kind, staff, case)

    # -- records, petitions, legal aid --

    def record(self, kind: str, record: str | None, staff: str, draft: Mapping[str, Any],
               date: str | None = None) -> aggregates.State:
        """Open one (`record` None) or take a step on one that is here; the state after it."""
        with in_words():
            decided = self._counter.record(kind, staff, record, draft, date)
        event = self.write([decided])[0]
        return self.place.fold_record(event.aggregate, self.place.events(event.aggregate, event.subject))

    def show(self, record: str) -> aggregates.State:
        events = self.events(record)
        return self.fold(events[0].aggregate, events)

    def events(self, record: str, aggregate: str = "") -> list[Event]:
        """Every event of it. Raises UsageProblem when there is none of this aggregate."""
        self.hub.projector.catch_up()
        with self.hub.projector.reader() as db:
            events = list(stored_events(db, record).values()) if is_ulid(record) else []
        if not events or events[0].aggregate not in aggregates.NAMES or aggregate not in ("", events[0].aggregate):
            raise UsageProblem(t("recordcli.unknown", id=record))
        return events

    def opened(self, record: str, staff: str) -> dict[str, Any]:
        """Bodies of its sealed steps that this officer may read on the hub's device, by event. Who asked is logged."""
        person, events = self.person(staff), self.events(record)
        found = sealed_acts.open_events(events, record, self.place.keys(person), self.place.sealed_docs)
        if found:
            log.warning("%s has opened %d sealed steps of %s", person.id, len(found), record)
        return dict(found)

    def came_again(self, aggregate: str, record: str) -> dict[str, Any]:
        """{same_person: ids of other petitions of the same person, findings: sentences}; nothing of other matters."""
        if aggregate != "petition":
            return {"same_person": []}
        self.hub.projector.catch_up()
        key = same_person.key_of(self.place.directory)
        with self.hub.projector.reader() as db:
            return {"same_person": same_person.same_person(db, record, key),
                    "findings": same_person.came_again(db, record, key)}

    def fold(self, aggregate: str, events: Sequence[Event]) -> aggregates.State:
        return self.place.fold_record(aggregate, events)
