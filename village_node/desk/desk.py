"""The use cases of a service point: the same behind the app and the command line.

Every write is validated, checked against policy and custody, and durable before the method returns; it returns the case as
it then stands. Nothing here waits for a network. Errors are `village_node.point.errors`: one Chinese sentence each.
Must not know: Kivy, argparse, HTTP.

    with composition.open_desk(home) as desk:          # thread-safe
        view = desk.register(staff_id, {...}, files=[FileDraft(path="ditch.jpg")])
        desk.escalate(staff_id, view.id, {"reason": "..."})    # every verb of VERBS is a method; or desk.act("escalate", ...)
        desk.alarms()                                  # deadlines, evaluated here
        desk.status()                                  # the banner
        desk.subscribe(callback)                       # from any thread after a change, also of another process
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from shared.disputes.acts.verbs import VERBS
from shared.disputes.advice.roster import Mediator, Proposal
from shared.disputes.case.chain import Link, chain
from shared.disputes.rules.grids import TABLE as GRID_TABLE
from shared.disputes.rules.grids import Grid, of_table
from shared.disputes.rules.rooms import use_names
from shared.ledger import codes
from shared.ledger.published.office_periods import open_at
from shared.ledger.texts import t
from village_node.desk import office as desk_office
from village_node.desk import roster as desk_roster
from village_node.desk import status as desk_status
from village_node.desk.acts import Acts
from village_node.desk.appointments import Appointments
from village_node.desk.beside_cases import BesideCases, Draft
from village_node.desk.cases import Cases
from village_node.desk.choosing.seeking import Seeking
from village_node.desk.citizens import Citizens
from village_node.desk.devices import Devices
from village_node.desk.duplicates import Duplicates
from village_node.desk.intake import Intake
from village_node.desk.lists import Lists
from village_node.desk.matters import Matters
from village_node.desk.people import People
from village_node.desk.present import office_name
from village_node.desk.record_forms import RecordForms
from village_node.desk.records import Records
from village_node.desk.sending.outgoing import Sending
from village_node.desk.township.town import Town
from village_node.desk.views import ActionView, CaseRow, CaseView, DeadlineView, FileView
from village_node.desk.words import in_words
from village_node.point.errors import NotHere, UsageError, after_saving
from village_node.point.files import FileDraft
from village_node.point.values import NodeStatus, OfficeView, StaffView

if TYPE_CHECKING:
    from village_node.point.node import Node

# How often another process's commits are looked for while somebody listens; own commits are told at once.
_WATCH_S = 2.0


class Desk(BesideCases):
    """All use cases of one HOME."""

    def __init__(self, node: Node, *, ask: Callable[[str], str] | None = None) -> None:
        """`ask(question)` reaches whoever sits there, where somebody does."""
        self.node = node
        use_names(node.directory)
        self._cases = Cases(node)
        self._acts = Acts(node, self._cases)
        self._records = Records(node, self._acts)
        self._appointments = Appointments(node, self._cases, self._records)
        self._matters = Matters(node, self._cases, self._acts, self._records)
        self._duplicates = Duplicates(node, self._cases, self._acts)
        self.record_forms = RecordForms(node, self._cases, self._acts, self._records, self._matters)
        self.devices = Devices(node)
        self.lists = Lists(node, self._cases)
        self.seeking = Seeking(node, self._cases)
        self.sending = Sending(node, self._cases)
        self.town = Town(node, self._cases)
        self.people = People(node, ask)
        self.citizens = Citizens(node, self._cases)
        self.intake = Intake(node, self._cases, self._acts)
        self._callbacks: list[Callable[[], None]] = []
        self._watch: threading.Thread | None = None
        self._closing = threading.Event()
        self.worker: Any = None              # the SyncWorker of this process, for the banner; set by the program

    def close(self) -> None:
        self._closing.set()
        if self._watch is not None:
            self._watch.join()
        self.node.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- who and where

    @in_words
    def office(self) -> OfficeView:
        return self._office(self.node.config.office)

    @in_words
    def offices(self, *, level: str | None = None) -> list[OfficeView]:
        """Those that are open: what an act may be addressed to."""
        directory = self.node.directory
        known = [o.id for o in directory.offices() if level is None or o.level == level]
        return [self._office(id) for id in open_at(directory, known, directory.today)]

    def _office(self, id: str) -> OfficeView:
        directory = self.node.directory
        found = directory.office(id)
        if found is None:
            return OfficeView(id, id, "", None)
        parent = office_name(directory, found.parent) if found.parent else ""
        return OfficeView(id, office_name(directory, id), found.level, found.parent, parent)

    @in_words
    def staff(self) -> list[StaffView]:
        """The active people of this office, and those of others who may use this device."""
        directory, config = self.node.directory, self.node.config
        device = directory.device(config.device)
        guests = [found for id in sorted(device.users if device else ()) if (found := directory.staff(id)) is not None]
        return [
            StaffView(s.id, s.name, s.office, office_name(directory, s.office), s.roles,
                      tuple(codes.name("role", r) for r in s.roles), s.active, self.people.has_pin(s.id))
            for s in (*directory.staff_of(config.office), *guests) if s.active
        ]

    def only_staff(self) -> str:
        """The one active person of this office. Raises UsageError when a choice is needed."""
        people = self.staff()
        if len(people) == 1:
            return people[0].id
        names = "、".join(f"{p.id}（{p.name}）" for p in people[:8])
        raise UsageError(t("node.staff.choose", names=names) if people else t("node.staff.none"))

    @in_words
    def set_pin(self, staff_id: str, pin: str, *, proof: str = "", words: str = "") -> None:
        """`proof`: the PIN of now, or a one-time code (`People.set_pin`)."""
        self._acts.person(staff_id)
        self.people.set_pin(staff_id, pin, proof=proof, words=words)

    @in_words
    def codes(self, table: str) -> list[tuple[str, str]]:
        """(code, Chinese name) for pickers, of what may be chosen today. Raises UsageError for a table that is not there."""
        if table not in codes.tables():
            raise UsageError(t("node.cli.no_table", table=table))
        return codes.choices(table, self._cases.today())

    # ---- reads

    @in_words
    def list_cases(self, *, state: str | None = None, held_here: bool | None = None, open_only: bool = False,
                   delivery: str | None = None, alarm: str | None = None, text: str = "",
                   limit: int = 200, offset: int = 0) -> list[CaseRow]:
        """`delivery`: a delivery state, or "waiting" for cases with records of which acceptance is not proven."""
        return self._cases.rows(state=state, held_here=held_here, open_only=open_only, delivery=delivery, alarm=alarm,
                                text=text, limit=limit, offset=offset)

    @in_words
    def case(self, case: str, *, staff_id: str | None = None) -> CaseView:
        """By id or number. Raises NotHere."""
        return self._cases.view(self._cases.resolve(case), self._acts.person(staff_id) if staff_id else None)

    @in_words
    def unseen(self, case: str) -> bool:
        """Was it handed to this office and has nobody here opened it? Asked of the tables: no event is read for it."""
        return self._cases.unseen(case)

    @in_words
    def alarms(self, today: str | None = None, *, most: int = -1) -> list[DeadlineView]:
        """All of them, or the first so many, each with its words: for a list that shows them. What a screen asks at every change
        is `ringing`."""
        return self._cases.alarms(today, most)

    @in_words
    def ringing(self) -> list[tuple[str, str]]:
        """(case, clock) of the clocks of hours that have run out and are not overdue yet, the soonest due first."""
        return self._cases.ringing()

    @in_words
    def alarm(self, case: str, kind: str) -> DeadlineView | None:
        """One of the alarms; None when it is none any more."""
        return self._cases.alarm(case, kind)

    @in_words
    def files(self, case: str) -> list[FileView]:
        return list(self._cases.view(self._cases.resolve(case), None).files)

    @in_words
    def file_bytes(self, sha256: str, *, case: str | None = None) -> bytes:
        """Reassembled, every hash checked. Raises NotHere while chunks are missing."""
        manifest = self._cases.manifest(sha256, case)
        if manifest is None:
            raise NotHere(t("node.file.unknown", sha256=sha256[:12]))
        return self._cases.file_bytes(manifest)

    @in_words
    def actions(self, case: str, *, staff_id: str) -> list[ActionView]:
        return list(self.case(case, staff_id=staff_id).actions)

    @in_words
    def known(self, kind: str, staff_id: str, case: str) -> dict[str, Any]:
        """What would be filled into an act by itself: the agreement in force, the pending hand-over, the office above."""
        return self._acts.known(kind, staff_id, case)

    @in_words
    def status(self) -> NodeStatus:
        use_names(self.node.directory)          # a round may have brought another name of the county's centre
        return desk_status.status(self.node, self._cases, self.worker)

    @in_words
    def today(self) -> str:
        """In Shanghai, by the corrected clock."""
        return self._cases.today()

    @in_words
    def grids(self) -> list[Grid]:
        """The grids of this office and of those below it, as the county published them."""
        directory, here = self.node.directory, self.node.config.office
        offices = [o.id for o in directory.offices() if directory.is_within(o.id, here)]
        return [grid for office in offices for grid in of_table(directory.table(GRID_TABLE + office))]

    def staff_name(self, staff: str) -> str:
        found = self.node.directory.staff(staff)
        return found.name if found is not None else staff

    @in_words
    def roster(self, office: str = "") -> list[Mediator]:
        """Who mediates here and above (or in `office` and below it), with competence and load."""
        return desk_roster.listed(self.node, self._cases, office)

    @in_words
    def chain(self, case: str) -> list[Link]:
        """Who had the case and who has it, from the grid member to the county, with time limits and answers."""
        return list(chain(self._cases.fold(self._cases.events(self._cases.resolve(case))), self.node.directory.lineage))

    @in_words
    def duplicates(self, case: str = "", *, office: str = "") -> list[dict[str, Any]]:
        """Cases that look like one dispute, with what a person is asked; `office`: only its own and those below it."""
        return self._duplicates.listed(case, office)

    @in_words
    def first_duplicates(self, most: int) -> tuple[list[dict[str, Any]], int]:
        """So many of them, the closest in time first, and how many there are in all."""
        return self._duplicates.first(most)

    @in_words
    def dismiss_duplicate_of(self, staff_id: str, case: str, other: str, reason: str) -> None:
        self._duplicates.dismiss(staff_id, case, other, reason)

    @in_words
    def merge_cases(self, staff_id: str, primary: str, other: str, reason: str) -> None:
        """Both cases learn of it, or neither."""
        self._duplicates.merge(staff_id, primary, other, reason)

    @in_words
    def propose(self, case: str, *, language: str = "") -> Proposal:
        """Method and mediators for a case, with reasons."""
        return desk_roster.propose(self.node, self._cases, case, language)

    @in_words
    def tasks(self, *, everybody: bool = False, staff_id: str | None = None) -> list[dict[str, Any]]:
        """What waits for this office (or every office whose cases are here): text, who decides, by when, with which verb."""
        person = self._acts.person(staff_id) if staff_id else None
        return desk_office.waiting(self.node, self._cases, everybody=everybody, person=person)

    @in_words
    def figures(self, year: int | None = None) -> dict[str, Any]:
        """This office's own figures of a year (this year): a village its own view, a township its own town's."""
        return desk_office.figures(self.node, self._cases, year)

    @in_words
    def office_name(self, id: str, on: str = "") -> str:
        """With its parent, as it was called on a day ("": today)."""
        return office_name(self.node.directory, id, on)

    # ---- writes

    @in_words
    def register(self, staff_id: str, draft: Draft, *, files: Sequence[FileDraft] = (),
                 legal_date: str | None = None) -> CaseView:
        """A new case with its final number."""
        id = self._acts.register(staff_id, draft, files, legal_date)
        with after_saving(id):
            return self._cases.view(id, self._acts.person(staff_id))

    @in_words
    def act(self, verb: str, staff_id: str, case: str, draft: Draft | None = None, *,
            files: Sequence[FileDraft] = (), legal_date: str | None = None, seal: str = "") -> CaseView:
        """Any verb of `VERBS` on a case that is here; `seal`: a class of `sealing.toml` to seal it under, where the rules would
        not by themselves. Raises InvalidDraft, Refused, NotHere, IdentityFault, StorageTrouble."""
        id = self._cases.resolve(case)
        self._acts.act(verb, staff_id, id, draft or {}, files, legal_date, seal)
        with after_saving(id):
            return self._cases.view(id, self._acts.person(staff_id))

    @in_words
    def would_take(self, verb: str, staff_id: str, case: str, draft: Draft | None = None, *,
                   files: Sequence[FileDraft] = ()) -> None:
        """Raises what `act` would raise; writes nothing."""
        self._acts.would_take(verb, staff_id, self._cases.resolve(case), draft or {}, files)

    def __getattr__(self, name: str) -> Callable[..., CaseView]:
        """desk.escalate(staff, case, draft, files=...) for every verb."""
        if name not in VERBS:
            raise AttributeError(name)
        return functools.partial(self.act, name)

    # ---- changes

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """`callback()` comes from another thread after something was committed, by this process or another. Returns the
        function that ends it."""
        self._callbacks.append(callback)
        if self._watch is None:
            seen = self.node.office.update_seq()        # here: what is committed before the thread runs is news too
            self._watch = threading.Thread(target=self._watch_commits, args=(seen,), name="desk-watch", daemon=True)
            self._watch.start()
        return lambda: self._callbacks.remove(callback) if callback in self._callbacks else None

    def _watch_commits(self, seen: int) -> None:
        replica = self.node.office
        while not self._closing.is_set():
            if replica.wait_for_change(seen, _WATCH_S, self._closing):
                seen = replica.update_seq()
                for callback in list(self._callbacks):
                    callback()


__all__ = ["Desk", "Draft", "FileDraft"]
