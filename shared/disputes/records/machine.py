"""Everything beside cases folded: each aggregate a table of steps (`machines`, `petition`, `legal_aid`), folded alike.

    first event -> steps from state to state -> end          a step that may not be is kept, marked, and moves nothing

Pure, the same in any order of arrival. The table decides: a step counts from the states that its row names and leads to the one
that it names; a guard says what else must hold, and what the record keeps besides.
`run` makes the `Folding`, from which each aggregate makes its view: `record_view` here,
`PetitionState`, `LegalAidState`. `RecordState.data` holds the fields that the events brought (the later wins), lists of things
that add up (a sweep's items, a meeting's questions), and what the guards derived. Refused events and missing ancestors count as
for cases.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.case.state import Clock
from shared.disputes.kinds import registry as bodies
from shared.disputes.rules.clocks import ClockRules, deadline, default_rules
from shared.ledger.deadlines import state_of
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Body, Sealed
from shared.ledger.formats.hidden import shown
from shared.ledger.formats.order import Order, order
from shared.ledger.texts import has, t
from shared.ledger.workdays import DEFAULT, Calendar

STAY = ""
Way = tuple[frozenset[str], str]        # from which states, to which (STAY: it stays, or its guard says)
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


@dataclass(frozen=True, slots=True)
class Taken:
    """One event as the fold took it: `reason` why it moved nothing, `known` False for a kind or schema of a newer version."""

    event: Event
    reason: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Duty:
    """One clock of a record. `owner` None: of the office that opened it; `excluded` days count for nothing."""

    rule: str
    start: str
    until: str | None = None
    stopped: str | None = None
    owner: str | None = None
    event: str = ""
    excluded: int = 0


@dataclass(slots=True)
class Folding:
    """A record while it is folded."""

    order: Order
    rules: ClockRules
    calendar: Calendar = DEFAULT
    taken: list[Taken] = field(default_factory=list)
    clocks: tuple[Clock, ...] = ()
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


    def get(self, name: str, default: Any = None) -> Any:
        return self.data.get(name, default)

    @property
    def subject(self) -> str:
        return next(iter(self.order.events or self.order.refused)).subject

    @property
    def incomplete(self) -> int:
        """How many records are missing that those here build on."""
        return len(self.order.missing) + (0 if self.first or self.order.missing else 1)


Guard = Callable[[Folding, Event, Any], str]        # "" or the reason code why the step may not be (section `effect`)


@dataclass(frozen=True)
class Machine:
    """One aggregate: which event opens it, which step leads from where to where, and what ends it.

    `branches`: kind -> (field, value -> way), where what the step says decides its way; the row in `steps` is then their sum.
    `keeps`: kind -> fields of the body that the record keeps, of what the opening event says all; None: everything of everything.
    `alone`: the steps that count although the opening event is not here, as if the record were new; None: all of them."""

    aggregate: str
    opens: str
    start: str
    steps: Mapping[str, Way]
    ends: frozenset[str]
    guards: Mapping[str, Guard] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)      # kind -> name of the list in `data` it adds to
    due: Callable[[Folding], Iterable[Duty]] | None = None
    closing: Callable[[Folding], None] | None = None            # findings, once everything is folded
    branches: Mapping[str, tuple[str, Mapping[Any, Way]]] = field(default_factory=dict)
    keeps: Mapping[str, tuple[str, ...]] | None = None
    alone: frozenset[str] | None = None

    def way(self, kind: str, body: Body) -> Way | None:
        """From where to where this step leads, None for a kind that is no step."""
        name, ways = self.branches.get(kind, ("", {}))
        return ways.get(getattr(body, name)) if ways and not isinstance(body, Sealed) else self.steps.get(kind)


def run(
    machine: Machine, events: Iterable[Event], refused: Mapping[str, str] | None = None, today: str | None = None, *,
    rules: ClockRules | None = None, calendar: Calendar = DEFAULT, absent: Mapping[str, Sequence[str]] | None = None,
) -> Folding:
    """Every event through the machine, in causal order. Raises ValueError without events."""
    f = Folding(order(events, refused or {}, absent or {}), rules or default_rules(), calendar)
    if not f.order.events and not f.order.refused:
        raise ValueError("a record needs at least one event")
    f.taken = [_one(machine, f, event) for event in f.order.events]
    if machine.closing is not None and not f.order.missing:
        try:
            machine.closing(f)
        except Exception:
            f.fault(None)
    try:
        f.clocks = _clocks(machine, f, today)
    except Exception:
        f.fault(None)
    return f


def fold_record(
    machine: Machine, events: Iterable[Event], refused: Mapping[str, str] | None = None, today: str | None = None, *,
    rules: ClockRules | None = None, calendar: Calendar = DEFAULT, absent: Mapping[str, Sequence[str]] | None = None,
    history: bool = True,
) -> RecordState:
    """The state of one record of this aggregate. Raises ValueError without events."""
    f = run(machine, events, refused, today, rules=rules, calendar=calendar, absent=absent)
    return record_view(machine, f, refused or {}, history=history)


def record_view(machine: Machine, f: Folding, refused: Mapping[str, str], *, history: bool = True) -> RecordState:
    first = f.first
    place = f.data.get("place") or {}
    steps: list[RecordStep] = []
    if history:
        steps = [_step(one.event, "unknown" if not one.known else "none" if one.reason else "yes", one.reason) for one in f.taken]
        steps += [_step(event, "refused", refused[event.id]) for event in f.order.refused]
    return RecordState(
        machine.aggregate, f.subject, f.state or machine.start, _title(f), first.office if first else "",
        place.get("office", first.office if first else "") if isinstance(place, Mapping) else str(first.office if first else ""),
        first.legal_date if first else "", f.ended_on, f.level(), tuple(dict.fromkeys(f.cases)), f.data,
        f.clocks, tuple(f.findings), tuple(steps), f.order.heads, f.order.missing, f.incomplete,
        max((event.hlc for event in f.order.events), default=""), tuple(f.faults),
    )


def _one(machine: Machine, f: Folding, e: Event) -> Taken:
    try:
        body = bodies.parse(e.kind, e.schema, e.body)
    except bodies.InvalidBody:
        return Taken(e, "invalid_body")
    if isinstance(body, bodies.Unknown):
        return Taken(e, known=False)
    try:
        return Taken(e, _apply(machine, f, e, body))
    except Exception:       # a fault of ours, met by one step: it stays and moves nothing, the others go on
        return Taken(e, f.fault(e))


def _apply(machine: Machine, f: Folding, e: Event, body: Body) -> str:
    if e.kind == machine.opens:
        if f.first is not None:
            f.finding("founded_twice")
            return "already_done"
        f.first, to = e, machine.start
    else:
        way = machine.way(e.kind, body)
        too_early = f.first is None and machine.alone is not None and e.kind not in machine.alone
        if way is None or too_early or (f.state or machine.start) not in way[0]:
            return "wrong_state"
        to = way[1]
    guard = machine.guards.get(e.kind)
    reason = guard(f, e, body) if guard else ""
    if reason:
        return reason
    if not isinstance(body, Sealed):        # what a sealed step says is nobody's here; that it was taken moves the record
        _keep(machine, f, e, body)
    f.state = f.state if to == STAY else to
    f.last_step = e
    f.ended_on = e.legal_date if f.state in machine.ends else None
    return ""


def _keep(machine: Machine, f: Folding, e: Event, body: Body) -> None:
    values = body.model_dump(mode="json", by_alias=True)
    if machine.keeps is not None and e is not f.first:
        values = {name: values[name] for name in machine.keeps.get(e.kind, ())}
    case = values.get("case")
    if isinstance(case, str):
        f.cases.append(case)
    name = machine.lists.get(e.kind)
    if name is not None:
        f.data[name] = [*f.data.get(name, ()), {**values, "on": e.legal_date, "by": values.get("by") or e.actor}]
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


def _clocks(machine: Machine, f: Folding, today: str | None) -> tuple[Clock, ...]:
    if machine.due is None or f.first is None:
        return ()
    return tuple(sorted((clock_of(f, duty, today) for duty in machine.due(f)),
                        key=lambda c: (c.due_date, c.kind, c.event, c.start_date)))


def clock_of(f: Folding, duty: Duty, today: str | None = None) -> Clock:
    rule = f.rules.rule(duty.rule)
    start = min(duty.start, duty.until) if duty.until else duty.start
    dates = deadline(duty.rule, start, rules=f.rules, calendar=f.calendar, paused_days=duty.excluded, until=duty.until)
    ended = duty.stopped or f.ended_on
    owner = duty.owner if duty.owner is not None else f.first.office if f.first else ""
    return Clock(
        duty.rule, dates.start_date, dates.due_date, dates.warn_date, owner, rule.source, dates.provisional, ended,
        ended is not None and ended >= dates.late_from, state_of(dates, ended, today), event=duty.event,
        alarm_at=_alarm_at(f, rule.alarm_hours) if ended is None else 0, late_from=dates.late_from)


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
