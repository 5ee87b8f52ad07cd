"""The county's own tablet and the hub's officers before the same cases: what does each of them say to the same act?

    programs = TwoPrograms(folder)
    programs.situation("closed")                     # the id of a case in this situation, the same events in both programs
    programs.try_case("accept", case, draft)         # -> (what the tablet did or said, what the county did or said)
Both write for one office, by one directory, as one person. Real replicas and keys; no HTTP, no rounds: the events are put
into both databases as a round would.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from county_hub.commands import cli as county_cli
from county_hub.commands import program as county_program
from county_hub.county.acts import CountyActs
from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem
from shared.disputes.acts.verbs import VERBS
from shared.disputes.records import aggregates
from shared.disputes.records.aggregates import NUMBERED
from shared.ledger.formats.envelope import Event, subject_range
from shared.ledger.formats.keys import DeviceKey
from tests.support.county_hub.hub_support import COUNTY, TOWN, VILLAGE, found_county, opened
from tests.support.county_hub.scratch_county import day
from tests.support.drafts import draft_of
from tests.support.shared.domain_events import World
from village_node import __main__ as tablet_main
from village_node import composition
from village_node.commands import program as tablet_program
from village_node.desk.desk import Desk
from village_node.point.errors import NodeError
from village_node.point.home import Home, NodeConfig

OFFICER, ADVISER, LEFT = "dispatcher", "judge", "retired"
_ROLES = {OFFICER: ("dispatcher", "mediator", "seal_keeper"), ADVISER: ("judge",), LEFT: ("dispatcher",)}
# What is filled in from the case where a person gives nothing.
_SOME_CASE = "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D"
_FILLED = frozenset({"of", "request", "assignment", "committee", "mediators", "old", "documents", "finding", "events", "no",
                     "shares", "number", "grade", "citizen_code"})
Said = dict[str, Any] | str


@contextlib.contextmanager
def two_programs(folder: Path) -> Iterator[TwoPrograms]:
    home = found_county(folder)
    with opened(home) as hub:
        people = [(id, f"演示{id}", COUNTY, roles) for id, roles in _ROLES.items()]
        hub.directory.add_staff(people, since=day(-400))
        hub.directory.revoke_staff(LEFT, day(-30))
        tablet = _enrolled(hub, folder / "tablet")
        with composition.open_desk(tablet) as desk:
            yield TwoPrograms(hub, desk)


def _enrolled(hub: Hub, folder: Path) -> Path:
    """A HOME of the county's office whose directory is the hub's."""
    device, key, place, known = f"{COUNTY}-001", DeviceKey.generate(os.urandom), Home(folder), hub.identity()
    hub.directory.add_device(device, office=COUNTY, slot="001", public_key=key.public, role="tablet")
    place.create()
    place.add_identity(device, device_key=key.save(), username=device, password="demo")
    place.write_config(NodeConfig(
        device=device, slot="001", office=COUNTY, role="tablet", hub_url="http://127.0.0.1:9", hub_id=known.hub_id,
        hub_epoch=known.epoch, hub_public_key=known.public_key, databases={"office": f"office-{COUNTY}"}))
    with hub.databases.lease("directory") as replica:
        heads = [row.doc for row in replica.all_docs(include_docs=True) if row.doc is not None]
    with composition.open_node(place.root) as node:
        assert node.directory_replica.bulk_docs(heads, new_edits=False) == []
    return place.root


class TwoPrograms:
    def __init__(self, hub: Hub, desk: Desk) -> None:
        self.hub, self.desk, self.world, self.on = hub, desk, World(), day(-3)
        self.county = CountyActs(hub)

    def give(self, events: list[Event]) -> None:
        docs = [event.doc() for event in events]
        for replica in (self.hub.replica, self.desk.node.office):
            assert replica.bulk_docs(docs, new_edits=False) == []
        self.hub.projector.catch_up()

    def situation(self, name: str) -> str:
        make = SITUATIONS[name] if name in SITUATIONS else OPENED[name][0]
        case = make(self.world, self.on)
        held = self.world.events[case]
        self.give(held[:1] + held[2:] if name == "incomplete" else held)
        return case

    def draft(self, kind: str, case: str, other: str = "") -> dict[str, Any]:
        """What a person would give; the rest is filled in by the programs."""
        made = draft_of(kind, case=other or case, event=self.world.events[case][0].id, today=day(0))
        return {name: value for name, value in made.items() if not (kind.startswith("case.") and name in _FILLED)}

    def record(self, aggregate: str) -> str:
        """A record of this kind that both programs hold."""
        kind = aggregates.opening(aggregate)
        body = draft_of(kind, case=_SOME_CASE, event="case:0", today=self.on)
        numbered = {"number": f"{COUNTY}-2026-001-{self.world.cases + 1:04d}-0"} if kind in NUMBERED else {}
        first = self.world.event(None, kind, {**body, **numbered}, office=COUNTY, role="dispatcher", date=self.on)
        self.give([first])
        return first.subject

    def try_case(self, verb: str, case: str, draft: Mapping[str, Any], staff: str = OFFICER, date: str | None = None
                 ) -> tuple[Said, Said]:
        return self._both(
            "case", case, lambda: self.desk.act(verb, staff, case, draft, legal_date=date),
            lambda: self.county.case(verb, case, staff, draft, date))

    def try_record(self, kind: str, record: str | None, draft: Mapping[str, Any], staff: str = OFFICER,
                   date: str | None = None) -> tuple[Said, Said]:
        aggregate = kind.partition(".")[0]
        return self._both(
            aggregate, record, lambda: self.desk.write_record(kind, staff, record, draft, legal_date=date).id,
            lambda: self.county.record(kind, record, staff, draft, date).id)

    def try_register(self, draft: Mapping[str, Any], staff: str = OFFICER, date: str | None = None) -> tuple[Said, Said]:
        return self._both(
            "case", None, lambda: self.desk.register(staff, draft, legal_date=date).id,
            lambda: self.county.register(staff, draft, date).id)

    def _both(self, aggregate: str, subject: str | None, tablet: Callable[[], Any], county: Callable[[], Any]
              ) -> tuple[Said, Said]:
        return (_said(tablet, NodeError, self.desk.node.office, aggregate, subject),
                _said(county, HubProblem, self.hub.replica, aggregate, subject))


def _said(act: Callable[[], Any], problem: type[Exception], replica: Any, aggregate: str, subject: str | None) -> Said:
    """The sentence of a refusal, or what was signed, but for what is the device's own."""
    before = _ids(replica, aggregate, subject) if subject else set()
    try:
        made = act()
    except problem as refused:
        return str(getattr(refused, "sentence"))    # noqa: B009  both trees have it, and no common base
    subject = subject or str(made)
    docs = [replica.get(id) for id in sorted(_ids(replica, aggregate, subject) - before)]
    assert docs, "neither refused nor written"
    common = ("kind", "office", "actor", "role", "legal_date", "custody_epoch", "schema")
    return {"acts": [{name: doc[name] for name in common} | {"body": _without_own(doc["kind"], doc["body"])} for doc in docs]}


def _without_own(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body but for the number that each device gives from its own series, the code that it makes from its own key, and the
    hash of what it seals, which is another each time."""
    own = {"citizen_code", "sealed", *(("number",) if kind in NUMBERED else ())}
    return {name: value for name, value in body.items() if name not in own}


def _ids(replica: Any, aggregate: str, subject: str) -> set[str]:
    start, end = subject_range(aggregate, subject)
    return {row.id for row in replica.all_docs(startkey=start, endkey=end)}


# --- cases in every situation that the verbs tell apart -----------------------------------------------------------------

def _registered(w: World, on: str, office: str = COUNTY) -> str:
    return w.register(office, date=on).subject


def _with(w: World, case: str, on: str, kind: str, body: Mapping[str, Any], **options: Any) -> str:
    w.event(case, kind, body, date=on, **{"office": COUNTY, **options})
    return case


def _agreed(w: World, on: str, *, sealed: bool = False) -> str:
    case = w.mediating(office=COUNTY, date=on).subject
    agreement = w.agree(case, office=COUNTY, date=on)
    if sealed:
        w.seal(case, agreement, office=COUNTY, date=on)
    return case


def _replied(w: World, on: str) -> str:
    case = _registered(w, on, VILLAGE)
    asked = w.event(case, "case.supervision_issued", {"level": "reminder", "text": "DEMO", "to": VILLAGE}, office=COUNTY,
                    role="dispatcher", date=on)
    return _with(w, case, on, "case.supervision_replied", {"of": asked.id, "text": "DEMO"}, office=VILLAGE)


def _incomplete(w: World, on: str) -> str:
    """A note in the middle is withheld, so an ancestor is missing."""
    case = _registered(w, on)
    for n in range(2):
        _with(w, case, on, "case.note_added", {"text": f"DEMO {n}"})
    return case


SITUATIONS: dict[str, Callable[[World, str], str]] = {
    "registered": _registered,
    "mediating": lambda w, on: w.mediating(office=COUNTY, date=on).subject,
    "agreed": _agreed,
    "sealed": lambda w, on: _agreed(w, on, sealed=True),
    "settled": lambda w, on: _with(w, _registered(w, on), on, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]}),
    "refused": lambda w, on: _with(w, _registered(w, on), on, "case.party_refused", {"party": 1}),
    "incomplete": _incomplete,
    "of a village": lambda w, on: _registered(w, on, VILLAGE),
    "asked for": lambda w, on: _with(w, _registered(w, on, TOWN), on, "case.escalate_requested",
                                     {"to": COUNTY, "reason": "DEMO"}, office=TOWN),
    "supervised": _replied,
}

def _claimed(w: World, on: str, *steps: str) -> str:
    """A settled case whose subsidy has come so far."""
    case = SITUATIONS["settled"](w, on)
    bodies: dict[str, dict[str, Any]] = {
        "applied": {"mediator": OFFICER, "grade": "simple"}, "checked": {"passed": True}, "graded": {"grade": "simple"},
        "publicised": {"start": day(-10), "end": day(-4)}, "decided": {"approved": True, "amount_fen": 10_000},
    }
    for step in steps:
        _with(w, case, on, f"case.subsidy_{step}", bodies[step], role="dispatcher")
    return case


def _given_down(w: World, on: str) -> str:
    return _with(w, _registered(w, on, VILLAGE), on, "case.escalate_requested", {"to": TOWN, "reason": "DEMO"}, office=VILLAGE)


# Situations that open one verb or two: (how it comes about, the verbs).
OPENED: dict[str, tuple[Callable[[World, str], str], tuple[str, ...]]] = {
    "suspended": (lambda w, on: _with(w, w.mediating(office=COUNTY, date=on).subject, on, "case.suspended",
                                      {"reason": "appraisal"}), ("resume", "hold_session")),
    "transferred": (lambda w, on: _with(w, _registered(w, on), on, "case.transferred_out",
                                        {"to": "to_arbitration", "body": "DEMO"}, role="dispatcher"),
                    ("receive_transfer", "close")),
    "confirmation asked": (lambda w, on: _confirming(w, on), ("decide_confirmation", "apply_confirmation")),
    "recall asked": (lambda w, on: _with(w, _registered(w, on, VILLAGE), on, "case.recall_requested", {"reason": "DEMO"},
                                         office=TOWN, role="judicial_officer"), ("decline_recall", "recall")),
    "erasure asked": (lambda w, on: _with(w, SITUATIONS["settled"](w, on), on, "case.erasure_requested", {"party": 1}),
                      ("answer_erasure", "rate")),
    "major": (lambda w, on: _with(w, _registered(w, on, VILLAGE), on, "case.triaged",
                                  {"category": "DC02", "difficulty": "major", "risk": 2}, office=VILLAGE),
              ("confirm_difficulty", "accept")),
    "claimed": (lambda w, on: _claimed(w, on, "applied"), ("check_subsidy", "grade_subsidy")),
    "claim checked": (lambda w, on: _claimed(w, on, "applied", "checked"), ("grade_subsidy", "decide_subsidy")),
    "claim graded": (lambda w, on: _claimed(w, on, "applied", "checked", "graded"), ("publicise_subsidy", "decide_subsidy")),
    "claim publicised": (lambda w, on: _claimed(w, on, "applied", "checked", "graded", "publicised"),
                         ("decide_subsidy", "pay_subsidy")),
    "claim approved": (lambda w, on: _claimed(w, on, "applied", "checked", "graded", "publicised", "decided"),
                       ("pay_subsidy", "claw_back_subsidy")),
    "asked of the town": (_given_down, ("assign", "accept_escalation", "recall")),
}


def _confirming(w: World, on: str) -> str:
    case = w.mediating(office=COUNTY, date=on).subject
    agreement = w.agree(case, office=COUNTY, date=on)
    w.seal(case, agreement, office=COUNTY, date=on)
    return _with(w, case, on, "case.confirmation_applied", {"of": agreement.id, "court": "DEMO", "parties": [0, 1]})


# --- everything that can be asked, tried on both ------------------------------------------------------------------------

Table = dict[str, dict[str, tuple[Said, Said]]]


def every_verb(programs: TwoPrograms) -> Table:
    """{verb: {situation: (tablet, county)}}, with what a person would give; a case that an act has changed is made anew."""
    table: Table = {verb: {} for verb in VERBS}
    for name in SITUATIONS:
        case, other = programs.situation(name), programs.situation("registered")
        for verb, kind in VERBS.items():
            said = programs.try_case(verb, case, programs.draft(kind, case, other))
            table[verb][name] = said
            if not all(isinstance(one, str) for one in said):
                case = programs.situation(name)
    for name, (_, verbs) in OPENED.items():
        for verb in verbs:
            case = programs.situation(name)
            table[verb][name] = programs.try_case(verb, case, programs.draft(VERBS[verb], case))
    return table


def every_step(programs: TwoPrograms) -> Table:
    """{kind: {"nothing given" | "opening" | "on one": (tablet, county)}} of every record, petition and legal-aid matter."""
    table: Table = {}
    other = programs.situation("registered")
    event = programs.world.events[other][0].id
    for aggregate in aggregates.NAMES:
        opening = aggregates.opening(aggregate)
        for kind in (opening, *aggregates.steps_of(aggregate)):
            record = None if kind == opening else programs.record(aggregate)
            draft = draft_of(kind, case=other, event=event, today=day(0))
            nothing, given = (programs.try_record(kind, record, what) for what in ({}, draft))
            table[kind] = {"nothing given": nothing, "given": given}
    return table


def every_slip(programs: TwoPrograms) -> Table:
    """What has nothing to do with the verb: who, when, which case, what was typed."""
    case, given = programs.situation("registered"), {"text": "DEMO"}
    register = draft_of("case.registered", today=day(0))
    note = programs.try_case
    return {"add_note": {
        "of nobody": note("add_note", case, given, "nobody"),
        "of one who has left": note("add_note", case, given, LEFT),
        "of an adviser": note("accept", case, given, ADVISER),
        "tomorrow": note("add_note", case, given, date=day(1)),
        "on no day": note("add_note", case, given, date="26-11-1"),
        "on a day without that person": note("add_note", case, given, date=day(-401)),
        "a verb that is none": note("befriend", case, given),
        "a case that is none": note("add_note", "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D", given),
        "a number that is none": note("add_note", "没有这个编号", given),
        "no object": note("add_note", case, ["DEMO"]),     # type: ignore[arg-type]
        "nothing": note("add_note", case, {}),
        "too much": note("add_note", case, {"text": "长" * 4001}),
        "unknown fields": note("add_note", case, {"text": "DEMO", "colour": "red", "size": 1}),
        "no text": note("add_note", case, {"text": 7}),
        "no such code": note("add_evidence", case, {"title": "DEMO", "document": "D99"}),
        "merged with itself": note("merge", case, {"into": case}),
        "merged with nothing": note("merge", case, {"into": "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D"}),
        "without rights told": note("accept", case, {"rights_told": False, "parties_willing": True}),
    }, "register": {
        "of nobody": programs.try_register(register, "nobody"),
        "of one who has left": programs.try_register(register, LEFT),
        "tomorrow": programs.try_register(register, date=day(1)),
        "nothing": programs.try_register({}),
        "no such code": programs.try_register({**register, "category": "DC99"}),
        "another category's": programs.try_register({**register, "category": "DC07", "subcategory": "divorce"}),
        "good": programs.try_register(register),
    }}


# --- what is typed -------------------------------------------------------------------------------------------------------

def tablet_draft(source: str | None, fields: Sequence[str] = (), *more: str) -> tuple[dict[str, Any] | str, int]:
    """(the draft that the tablet's command line takes, 0), or what it says of one that is none, with its exit code."""
    return _typed(tablet_main.build_parser("case"), tablet_program.KIT.read, source, fields, more)


def county_draft(source: str | None, fields: Sequence[str] = (), *more: str) -> tuple[dict[str, Any] | str, int]:
    return _typed(county_cli.parser(typed="case"), county_program.KIT.read, source, fields, more)


def _typed(parser: argparse.ArgumentParser, read: Callable[[argparse.Namespace], dict[str, Any]], source: str | None,
           fields: Sequence[str], more: Sequence[str]) -> tuple[dict[str, Any] | str, int]:
    argv = ["case", "add-note", "HOME", "CASE", "--as", "x1", *(["--json", source] if source else [])]
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            return read(parser.parse_args([*argv, *(f"--set={field}" for field in fields), *more])), 0
    except SystemExit as ended:
        return told.getvalue(), int(ended.code or 0)


__all__ = [
    "ADVISER", "LEFT", "OFFICER", "SITUATIONS", "Said", "Table", "TwoPrograms", "county_draft", "every_slip", "every_step",
    "every_verb", "tablet_draft", "two_programs",
]
