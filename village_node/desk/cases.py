"""Reading cases at the desk: fold what is here, join it with the proofs of delivery, put it into views.

Caches are keyed by what they were made from (sequence numbers of the replicas), never by time. Thread-safe: cached values
are frozen and replaced as a whole. Must not know: how anything is written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from shared.disputes.acts.counter import Counter
from shared.disputes.case.state import CaseState, FileRef
from shared.disputes.case.unread import unread
from shared.disputes.fold.memo import Folds
from shared.disputes.rules.clocks import ClockRules
from shared.disputes.rules.county import county_rules
from shared.disputes.tables import alarm as alarms
from shared.disputes.tables.attention import Asked
from shared.disputes.tables.cases import Filter, Moment, Row
from shared.ledger import codes
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.ids import is_office_id
from shared.ledger.published.directory_heads import Directory, Staff
from shared.ledger.texts import t
from shared.ledger.workdays import Calendar
from sync import replicator
from village_node.desk import present as desk_present
from village_node.desk import store
from village_node.desk.place import DeskPlace
from village_node.desk.present import Scene, days_between, deadline_sentence, office_name, short_number
from village_node.desk.sealed import SealedDesk
from village_node.desk.views import CaseRow, CaseView, DeadlineView
from village_node.point import files as desk_files
from village_node.point.clock import date_of
from village_node.point.delivery import DeliveryBook
from village_node.point.delivery import book as book_of
from village_node.point.errors import NotHere, UsageError
from village_node.point.values import DeliverySummary

if TYPE_CHECKING:
    from village_node.point.node import Node

_NONE = DeliverySummary(label="")
Kept = TypeVar("Kept")


class Cases:
    def __init__(self, node: Node) -> None:
        self._node = node
        self._book: tuple[Any, DeliveryBook] | None = None
        self._by_book: tuple[DeliveryBook | None, dict[str, object]] = (None, {})
        self._rules: tuple[Any, ClockRules, Calendar] | None = None
        self._folds = Folds()
        place = DeskPlace(node, self)
        self._sealed, self._counter = SealedDesk(place), Counter(place)

    # ---- pieces

    def today(self) -> str:
        return date_of(self._node.now())

    def now(self) -> int:
        return self._node.now()

    def moment(self) -> Moment:
        now = self._node.now()
        return Moment(date_of(now), now)

    def book(self) -> DeliveryBook:
        """The proofs as they stand; made anew only when something that they rest on has changed."""
        node = self._node
        office, files, closed = node.peer_id("office"), node.peer_id("files"), node.peer_id("closed")
        mark = (
            node.office.update_seq(), node.files.update_seq(), node.directory_replica.update_seq(), node.hub_epoch(),
            node.tables.generation,
            office and (replicator.pushed_through(node.office, office), len(replicator.rejections(node.office, office))),
            files and replicator.pushed_through(node.files, files),
            node.closed.update_seq(), closed and replicator.pushed_through(node.closed, closed),
        )
        cached = self._book
        if cached is None or cached[0] != mark:
            cached = self._book = (mark, book_of(node))
        return cached[1]

    def by_book(self, name: str, make: Callable[[DeliveryBook], Kept]) -> Kept:
        """What follows from the proofs and the tables alone, made once while both stand as they are."""
        book, kept = self.book(), self._by_book
        if kept[0] is not book:
            kept = self._by_book = (book, {})
        if name not in kept[1]:
            kept[1][name] = make(book)
        return cast("Kept", kept[1][name])

    def clock_rules(self) -> tuple[ClockRules, Calendar]:
        """The county's clocks and calendars laid over the shipped ones."""
        directory = self._node.directory
        cached = self._rules
        if cached is None or cached[0] != directory.cited:
            county = county_rules(directory)
            cached = self._rules = (directory.cited, county.rules, county.calendar)
        return cached[1], cached[2]

    def resolve(self, text: str) -> str:
        """The case id for an id or number. Raises NotHere, or UsageError when several fit."""
        found = store.find(self._node, text.strip())
        if not found:
            raise NotHere(t("counter.no_case", case=text))
        if len(found) > 1:
            raise UsageError(t("counter.ambiguous", case=text))
        return found[0]

    def unseen(self, case: str) -> bool:
        id = self.resolve(case)
        asked = store.asked(self._node, [id]).get(id, ())
        return any(one.kind == "unread" and one.office == self._node.config.office for one in asked)

    def events(self, case: str) -> list[Event]:
        found = self._node.tables.events_of("case", case)
        if not found:
            raise NotHere(t("counter.no_case", case=case))
        return found

    def fold(self, events: list[Event], *, history: bool = True) -> CaseState:
        rules, calendar = self.clock_rules()
        told, absent = self._node.tables.notices(events[0].subject, "case") if events else ({}, {})
        return self._folds.case(events, {**told, **self.book().refusals()}, self.today(), rules=rules, calendar=calendar,
                                cited=self._node.directory.cited, history=history, absent=absent)

    def scene(self) -> Scene:
        node, book = self._node, self.book()
        return Scene(
            directory=node.directory, office=node.config.office, devices=frozenset(node.devices), today=self.today(),
            now=self.now(),
            delivery=lambda e: book.of_id(e.id, e.device, e.device_seq),
            file_delivery=lambda ref, device: book.of_file(ref.chunks, device, ref.sha256),
            chunks_here=lambda ref: desk_files.count_here(node.files, ref.chunks), rules=self.clock_rules()[0],
        )

    # ---- views

    def view(self, case: str, person: Staff | None) -> CaseView:
        events = self.events(case)
        state = self.fold(events)
        actions = desk_present.actions(self._counter.offers(person, state, self.today())) if person else ()
        by_id = {event.id: event for event in events}
        view = desk_present.case(state, by_id, self.scene(), actions, bool(unread(state, self._node.config.office)))
        forged = self._node.tables.forged(state.id)
        view = self._sealed.shown(view, state, by_id, person)
        said = (t("node.banner.forged", count=len(forged)),) if forged else ()
        return dataclasses.replace(view, banners=(*said, *view.banners))

    def manifest(self, sha256: str, case: str | None) -> FileRef | None:
        """A file of one case, or of any."""
        cases = [case] if case else store.cases_with_file(self._node, sha256)
        for id in cases:
            for ref in self.fold(self.events(self.resolve(id)), history=False).files:
                if ref.sha256 == sha256:
                    return ref
        return None

    def file_bytes(self, ref: FileRef) -> bytes:
        return desk_files.assemble(self._node.files, dataclasses.asdict(ref))

    def rows(self, *, state: str | None = None, held_here: bool | None = None, open_only: bool = False,
             delivery: str | None = None, alarm: str | None = None, text: str = "", limit: int = 200,
             offset: int = 0) -> list[CaseRow]:
        office = self._node.config.office
        ids = self.with_delivery(delivery) if delivery else None
        wanted = Filter(state=state or "", holders=(office,) if held_here else None, open_only=open_only, alarm=alarm or "",
                        text=text, not_held_by=office if held_here is False else "", ids=ids)
        return self.page(wanted, limit=limit, offset=offset)

    def with_delivery(self, delivery: str) -> list[str]:
        """Cases of whose own records the least proven state is this one; "waiting": some are not proven to be accepted."""
        summaries = self.book().case_summaries()
        return [case for case, s in summaries.items() if (s.waiting > 0 if delivery == "waiting" else s.worst == delivery)]

    def page(self, wanted: Filter, *, limit: int, offset: int) -> list[CaseRow]:
        """The most urgent first."""
        moment, directory = self.moment(), self._node.directory
        found = store.rows(self._node, wanted, moment, limit=limit, offset=offset)
        asked, summaries = store.asked(self._node, [r.case_id for r in found]), self.book().case_summaries()
        return [self._row(r, directory, moment, summaries.get(r.case_id, _NONE), asked.get(r.case_id, [])) for r in found]

    def _row(self, r: Row, directory: Directory, moment: Moment, delivery: DeliverySummary, asked: list[Asked]) -> CaseRow:
        office = self._node.config.office
        place = r.place
        here = {a.kind: a for a in asked if a.office == office}
        returned = here.get("returned")
        return CaseRow(
            id=r.case_id, number=short_number(directory, r.number, r.case_id), file_no=r.file_no,
            state=r.state, state_label=codes.name("lifecycle", r.state), category=r.category,
            category_label=codes.name("category", r.category), source=r.source, summary=r.summary,
            place=r.place_text or (office_name(directory, place) if is_office_id(place) else place),
            parties=r.party_names,
            origin=r.origin, holder=r.holder, holder_name=office_name(directory, r.holder),
            held_here=r.holder == office, pending_kind=r.pending_kind or "", pending_to=r.pending_to or "",
            pending_to_name=office_name(directory, r.pending_to) if r.pending_to else "",
            pending_level=directory.lineage.level_of(r.pending_to) if r.pending_to else "",
            own_level=directory.lineage.level_of(office),
            registered_at=r.registered_on, risk=str(r.risk), risk_label=codes.name("risk", r.risk),
            due_date=r.due_date or "", due_label=codes.name("clock", r.due_kind) if r.due_kind else "",
            alarm=alarms.level(r.late_from, r.warn_date, r.alarm_at, moment.today, moment.now), incomplete=r.incomplete,
            needs_review=bool(r.needs_review), provisional=bool(r.provisional), unread="unread" in here,
            updated_hlc=r.updated_hlc, delivery=delivery, files=_NONE, waits_for=r.waits_for,
            pending_due=next((a.due for a in asked if a.kind == "asked"), ""), asks_here=min(here, default=""),
            returned_by=office_name(directory, returned.by) if returned else "",
            returned_reason=returned.reason if returned else "",
        )

    def alarms(self, today: str | None, most: int) -> list[DeadlineView]:
        """As of now, or as of the end of another day; at most so many, -1: all. A case's number is printed once for all of its
        clocks."""
        moment, directory = Moment(today) if today else self.moment(), self._node.directory
        rows = store.alarms(self._node, moment, most)
        written = {r["case_id"]: r["number"] for r in rows}
        numbers = {case: short_number(directory, number, case) for case, number in written.items()}
        return [self._alarm(r, numbers[r["case_id"]], moment) for r in rows]

    def ringing(self) -> list[tuple[str, str]]:
        return store.ringing(self._node, self.moment())

    def alarm(self, case: str, kind: str) -> DeadlineView | None:
        moment, directory = self.moment(), self._node.directory
        rows = (r for r in store.alarms_of(self._node, moment, case) if r["kind"] == kind)
        return next((self._alarm(r, short_number(directory, r["number"], case), moment) for r in rows), None)

    def _alarm(self, r: Mapping[str, Any], number: str, moment: Moment) -> DeadlineView:
        today = moment.today
        level = alarms.level(r["late_from"], r["warn_date"], r["alarm_at"], today, moment.now)
        label, left = codes.name("clock", r["kind"]), days_between(today, r["due_date"])
        return DeadlineView(
            case_id=r["case_id"], number=number, kind=r["kind"], label=label,
            start_date=r["start_date"], due_date=r["due_date"], warn_date=r["warn_date"], days_left=left,
            level=level, sentence=deadline_sentence(label, left, level, r["alarm_at"]),
            provisional=bool(r["provisional"]), summary=r["summary"], alarm_at=r["alarm_at"],
        )
