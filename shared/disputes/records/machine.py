"""The small aggregates folded: each a table of steps (`records_machines`), folded alike: pure, the same in any order of arrival.

    first event -> steps from state to state -> end          a step that may not be is kept, marked, and moves nothing

`RecordState.data` holds the fields that the events brought (the later wins), lists of things that add up (a sweep's items, a
meeting's questions), and what the machine's rules derived. Refused events and missing ancestors count as for cases.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.case.state import Clock
from shared.disputes.kinds import registry as bodies
from shared.disputes.rules.clocks import ClockRules, deadline, default_rules, state_of
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Body, Sealed
from shared.ledger.formats.hidden import shown
from shared.ledger.formats.order import Order, order
from shared.ledger.texts import has, t
from shared.ledger.workdays import DEFAULT, Calendar

STAY = ""
log = logging.getLogger("shared.fold")
HOUR_MS = 3_600_000
_FIRST_WORDS = ("title", "topic", "text", "summary")       # said once, when the record is opened


@dataclass(frozen=True, slots=True)
class RecordStep:
    """One line of the history, in fold order. `effect`: yes | none | refused | unknown."""

    event: str
    kind: str
    office: str
    actor: str
    legal_date: str
    title: str
    effect: str = "yes"
    note: str = ""


@dataclass(frozen=True, slots=True)
class RecordState:
    aggregate: str
    id: str
    state: str
    title: str = ""
    origin: str = ""                    # office that opened it
    place: str = ""                     # office where it lies
    opened_on: str = ""
    ended_on: str | None = None
    level: int = 0                      # colour of a hazard, 0 for what has none
    cases: tuple[str, ...] = ()         # cases it led to or belongs to
    data: Mapping[str, Any] = field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    findings: tuple[str, ...] = ()      # sentences for a person
    steps: tuple[RecordStep, ...] = ()
    heads: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    incomplete: int = 0
    updated_hlc: str = ""
    faults: tuple[str, ...] = ()        # events that a fault of this program could not fold, "" for the record as a whole

    @property
    def is_open(self) -> bool:
        return self.ended_on is None


@dataclass(slots=True)
class Folding:
    """A record while it is folded."""

    order: Order
    rules: ClockRules
    state: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    cases: list[str] = field(default_factory=list)
    first: Event | None = None
    last_step: Event | None = None
    ended_on: str | None = None
    levels: list[tuple[Event, int]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)         # events that could not be folded, "" for the whole

    def level(self) -> int:
        return max((level for _, level in self.levels), default=0)

    def finding(self, code: str, **values: object) -> None:
        self.findings.append(t(f"finding.{code}", **values))

    def fault(self, event: Event | None) -> str:
        """Notes what was just raised: of a step, or (None) of the record as a whole; the reason code of the step."""
        first = self.order.events[0].subject if self.order.events else ""
        log.exception("record %s: %s", first, f"event {event.id} cannot be folded" if event else "a part of it cannot be made")
        self.finding("cannot_fold", what=kind_title(event.kind) if event else t("common.whole_case"))
        self.faults.append(event.id if event else "")
        return "cannot_fold"


Guard = Callable[[Folding, Event, Any], str]        # "" or the reason code why the step may not be (section `effect`)
Due = Callable[[Folding], Iterable[tuple[str, str, str | None, str | None]]]    # (rule, start, until, stopped)


@dataclass(frozen=True)
class Machine:
    """One aggregate: which event opens it, which step leads from where to where, and what ends it."""

    aggregate: str
    opens: str
    start: str
    steps: Mapping[str, tuple[frozenset[str], str]]
    ends: frozenset[str]
    guards: Mapping[str, Guard] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)      # kind -> name of the list in `data` it adds to
    due: Due | None = None
    closing: Callable[[Folding], None] | None = None            # findings, once everything is folded


def fold_record(
    machine: Machine, events: Iterable[Event], refused: Mapping[str, str] | None = None, today: str | None = None, *,
    rules: ClockRules | None = None, calendar: Calendar = DEFAULT, absent: Mapping[str, Sequence[str]] | None = None,
    history: bool = True,
) -> RecordState:
    """The state of one record of this aggregate. Raises ValueError without events."""
    refused = refused or {}
    f = Folding(order(events, refused, absent or {}), rules or default_rules())
    anything = next(iter(f.order.events or f.order.refused), None)
    if anything is None:
        raise ValueError("a record needs at least one event")
    steps = [_one(machine, f, event) for event in f.order.events]
    if machine.closing is not None and not f.order.missing:
        try:
            machine.closing(f)
        except Exception:
            f.fault(None)
    try:
        clocks = _clocks(machine, f, today, f.rules, calendar)
    except Exception:
        clocks = ()
        f.fault(None)
    steps += [_step(event, "refused", refused[event.id]) for event in f.order.refused] if history else []
    first = f.first
    place = f.data.get("place") or {}
    return RecordState(
        machine.aggregate, anything.subject, f.state or machine.start, _title(f), first.office if first else "",
        place.get("office", first.office if first else "") if isinstance(place, Mapping) else str(first.office if first else ""),
        first.legal_date if first else "", f.ended_on, f.level(), tuple(dict.fromkeys(f.cases)), f.data,
        clocks, tuple(f.findings), tuple(steps) if history else (),
        f.order.heads, f.order.missing, len(f.order.missing) + (0 if first or f.order.missing else 1),
        max((event.hlc for event in f.order.events), default=""), tuple(f.faults),
    )


def _one(machine: Machine, f: Folding, e: Event) -> RecordStep:
    try:
        body = bodies.parse(e.kind, e.schema, e.body)
    except bodies.InvalidBody:
        return _step(e, "none", "invalid_body")
    if isinstance(body, bodies.Unknown):
        return _step(e, "unknown", "")
    try:
        reason = _apply(machine, f, e, body)
    except Exception:       # a fault of ours, met by one step: it stays and moves nothing, the others go on
        reason = f.fault(e)
    return _step(e, "none" if reason else "yes", reason)


def _apply(machine: Machine, f: Folding, e: Event, body: Body) -> str:
    if e.kind == machine.opens:
        if f.first is not None:
            f.finding("founded_twice")
            return "already_done"
        f.first = e
    elif e.kind not in machine.steps or (f.state or machine.start) not in machine.steps[e.kind][0]:
        return "wrong_state"
    guard = machine.guards.get(e.kind)
    reason = guard(f, e, body) if guard else ""
    if reason:
        return reason
    if not isinstance(body, Sealed):        # what a sealed step says is nobody's here; that it was taken moves the record
        _keep(machine, f, e, body)
    to = machine.start if e.kind == machine.opens else machine.steps[e.kind][1]
    if to != STAY or not f.state:
        f.state = f.state if to == STAY else to
    f.last_step = e
    f.ended_on = e.legal_date if f.state in machine.ends else None
    return ""


def _keep(machine: Machine, f: Folding, e: Event, body: Body) -> None:
    values = body.model_dump(mode="json", by_alias=True)
    case = values.get("case")
    if isinstance(case, str):
        f.cases.append(case)
    name = machine.lists.get(e.kind)
    if name is not None:
        f.data[name] = [*f.data.get(name, ()), {**values, "on": e.legal_date, "by": e.actor}]
        return
    files = [*f.data.get("files", ()), *values.pop("files", [])]
    if e is not f.first:
        _note(f, e, values)
    f.data.update({key: value for key, value in values.items() if value not in (None, "", [])})
    if files:
        f.data["files"] = files


def _note(f: Folding, e: Event, values: dict[str, Any]) -> None:
    """Words of a later step stand beside those that opened the record, never in their place: the first report of a hazard is what
    somebody saw. They go to the list `notes`, each with its step, day and author."""
    said = {name: values.pop(name) for name in _FIRST_WORDS if f.data.get(name) and values.get(name)}
    if said:
        f.data["notes"] = [*f.data.get("notes", ()), {**said, "kind": e.kind, "on": e.legal_date, "by": e.actor}]


def last_words(data: Mapping[str, Any]) -> str:
    """The text of the last step that said one, else that of the record itself."""
    return next((str(note["text"]) for note in reversed(data.get("notes", ())) if note.get("text")), str(data.get("text") or ""))


def _title(f: Folding) -> str:
    for name in ("title", "topic", "text", "summary", "asker", "mediator", "person"):
        if f.data.get(name) and f.first is not None and name in f.first.body:
            return shown(str(f.first.body[name]))[:60]
    return ""


def _clocks(machine: Machine, f: Folding, today: str | None, rules: ClockRules, calendar: Calendar) -> tuple[Clock, ...]:
    if machine.due is None or f.first is None:
        return ()
    made = []
    for rule, start, until, stopped in machine.due(f):
        dates = deadline(rule, min(start, until) if until else start, rules=rules, calendar=calendar, until=until)
        ended = stopped or f.ended_on
        made.append(Clock(
            rule, dates.start_date, dates.due_date, dates.warn_date, f.first.office, rules.rule(rule).source, dates.provisional,
            ended, ended is not None and ended >= dates.late_from, state_of(dates, ended, today),
            alarm_at=_alarm_at(f, rules.rule(rule).alarm_hours) if ended is None else 0, late_from=dates.late_from))
    return tuple(sorted(made, key=lambda c: (c.due_date, c.kind, c.start_date)))


def _alarm_at(f: Folding, hours: int) -> int:
    """The instant of the alarm: so many hours after the event that gave the highest colour (else the first) was written."""
    highest = next((e for e, level in f.levels if level == f.level()), f.first)
    return highest.corrected_ms + hours * HOUR_MS if hours and highest is not None else 0


def _step(e: Event, effect: str, reason: str) -> RecordStep:
    key = f"effect.{reason}"
    note = t(key) if reason and has(key) else reason
    return RecordStep(e.id, e.kind, e.office, e.actor, e.legal_date, kind_title(e.kind), effect, note)


def kind_title(kind: str) -> str:
    """The Chinese name of a step; the kind itself when this version does not know it."""
    key = f"records.{kind.replace('.', '_', 1)}"
    return t(key) if has(key) else kind
