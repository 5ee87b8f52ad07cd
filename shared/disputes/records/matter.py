"""Matters beside the cases, petitions and legal aid: their folded states, and what both folds share.

Frozen values, and pure helpers: order of the events, bodies, clocks. It must not know mediation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.case.state import Clock
from shared.disputes.kinds import registry as bodies
from shared.disputes.rules import statutory
from shared.disputes.rules.clocks import ClockRules, deadline, state_of
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.order import Order, order
from shared.ledger.workdays import DEFAULT, Calendar

Date = str


@dataclass(frozen=True, slots=True)
class Step:
    """One accepted event as the history shows it. `effect`: "" or the reason why it moved nothing (section `effect`)."""

    event: str
    kind: str
    office: str
    actor: str
    legal_date: Date
    effect: str = ""


@dataclass(frozen=True, slots=True)
class PetitionState:
    """`state`: registered | forwarded | accepted | declined | answered | reviewing | reviewed | final_reviewing | ended."""

    id: str
    number: str = ""
    state: str = "registered"
    channel: str = ""
    form: str = ""
    category: str = ""
    place: str = ""
    summary: str = ""
    origin: str = ""                    # office that registered it
    handler: str = ""                   # office that must handle it now
    registered_on: Date = ""
    received_on: Date = ""
    persons: tuple[str, ...] = ()       # who came; none where Art 30 protects
    protected: bool = False
    batches: int = 1
    person_times: int = 1
    repeat_of: str = ""
    abnormal_visit: bool = False
    skip_level_visit: bool = False
    case: str = ""
    accepted_on: Date | None = None
    declined_on: Date | None = None
    answered_on: Date | None = None
    answer: str = ""
    extended_until: Date | None = None
    forwarded: tuple[tuple[Date, str, str], ...] = ()       # (date, to, event) of each forwarding
    reviews: tuple[tuple[str, Date, Date, str], ...] = ()   # (stage, asked, answered or "", upheld | changed | "")
    score: int | None = None            # the last rating
    rated_on: Date | None = None
    clocks: tuple[Clock, ...] = ()
    steps: tuple[Step, ...] = ()
    heads: tuple[str, ...] = ()
    incomplete: int = 0
    unknown_kinds: int = 0
    faults: tuple[str, ...] = ()        # events that a fault of this program could not fold, "" for the clocks


@dataclass(frozen=True, slots=True)
class LegalAidState:
    """`state`: registered | granted | refused | appointed | objected | terminated | ended. `objections`: (date of the objection,
    date of its answer or "", "upheld" | "corrected" | "")."""

    id: str
    number: str = ""
    state: str = "registered"
    matter: str = ""
    place: str = ""
    summary: str = ""
    origin: str = ""
    registered_on: Date = ""
    case: str = ""
    decided_on: Date | None = None
    granted: bool | None = None
    appointed_on: Date | None = None
    lawyer: str = ""
    applicant: str = ""
    ended_on: Date | None = None
    objections: tuple[tuple[Date, Date, str], ...] = ()
    clocks: tuple[Clock, ...] = ()
    steps: tuple[Step, ...] = ()
    heads: tuple[str, ...] = ()
    incomplete: int = 0
    unknown_kinds: int = 0
    faults: tuple[str, ...] = ()        # events that a fault of this program could not fold, "" for the clocks


@dataclass(slots=True)
class Folding:
    """What a fold of one matter carries along: fields of the state to be, clocks, steps."""

    order: Order
    today: str | None
    rules: ClockRules
    calendar: Calendar
    values: dict[str, Any] = field(default_factory=dict)
    clocks: list[Clock] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    unknown: int = 0
    faults: list[str] = field(default_factory=list)         # events that could not be folded, "" for the clocks

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def clock(self, kind: str, start: str, owner: str, event: str, stopped: str | None, *, until: str | None = None,
              excluded: int = 0) -> None:
        self.clocks.append(matter_clock(
            kind, start, owner=owner, event=event, stopped=stopped, until=until, today=self.today, rules=self.rules,
            calendar=self.calendar, excluded=excluded,
        ))


log = logging.getLogger("shared.fold")
Handler = Callable[[Folding, Event, Any], str]      # "" or the reason why the event moved nothing


def run(events: Iterable[Event], refused: Mapping[str, str], handlers: Mapping[str, Handler], today: str | None,
        rules: ClockRules | None, calendar: Calendar = DEFAULT, absent: Mapping[str, Sequence[str]] | None = None) -> Folding:
    """Every accepted event through its handler, in causal order. Raises ValueError without events."""
    f = Folding(order(events, refused, absent or {}), today, rules or statutory.default_rules(), calendar)
    if not f.order.events and not f.order.refused:
        raise ValueError("a matter needs at least one event")
    for event in f.order.events:
        f.steps.append(Step(event.id, event.kind, event.office, event.actor, event.legal_date, _one(f, event, handlers)))
    return f


def _one(f: Folding, event: Event, handlers: Mapping[str, Handler]) -> str:
    try:
        body = bodies.parse(event.kind, event.schema, event.body)
    except bodies.InvalidBody:
        return "invalid_body"
    if isinstance(body, bodies.Unknown):
        f.unknown += 1
        return ""
    try:
        return handlers[event.kind](f, event, body)
    except Exception:       # a fault of ours, met by one step: it stays and moves nothing, the others go on
        log.exception("matter %s: event %s cannot be folded", event.subject, event.id)
        f.faults.append(event.id)
        return "cannot_fold"


def with_clocks(f: Folding, clocks: Callable[[Folding], None]) -> None:
    """The clocks of a matter that was registered; what fails there is a fault of the matter as a whole."""
    if "registered_on" not in f.values:
        return
    try:
        clocks(f)
    except Exception:
        log.exception("matter %s: its clocks cannot be made", f.order.events[0].subject)
        f.faults.append("")


def frozen(f: Folding) -> dict[str, Any]:
    """The fields that every state has."""
    first = next(iter(f.order.events or f.order.refused))
    registered = "registered_on" in f.values
    return {
        **f.values, "id": first.subject, "clocks": tuple(sorted(f.clocks, key=lambda c: (c.due_date, c.kind, c.event))),
        "steps": tuple(f.steps), "faults": tuple(f.faults), "heads": f.order.heads, "unknown_kinds": f.unknown,
        "incomplete": len(f.order.missing) + (0 if registered or f.order.missing else 1),
    }


def matter_clock(kind: str, start: str, *, owner: str, event: str, stopped: str | None, until: str | None, today: str | None,
                rules: ClockRules, calendar: Calendar, excluded: int = 0) -> Clock:
    """A clock of this matter; `excluded` days count for nothing (Art 36: a hearing)."""
    rule = rules.rule(kind)
    dates = deadline(kind, start, rules=rules, calendar=calendar, paused_days=excluded, until=until)
    late = stopped is not None and stopped >= dates.late_from
    return Clock(kind, start, dates.due_date, dates.warn_date, owner, rule.source, dates.provisional, stopped, late,
                 state_of(dates, stopped, today), None, event, late_from=dates.late_from)
