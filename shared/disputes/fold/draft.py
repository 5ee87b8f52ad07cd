"""The case while it is being folded: mutable, private to `fold*`. The track modules write it, `fold`
freezes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from shared.disputes.case.particulars import Particulars
from shared.disputes.case.state import (
    AgreementState,
    CustodyStep,
    FileRef,
    Finding,
    ItemState,
    PartyState,
    PendingRequest,
    PlaceState,
    RatingState,
    RiskState,
    SessionState,
    Signature,
    SupervisionState,
    VisitState,
)
from shared.disputes.case.tracks import (
    CitizenCodeState,
    ConfirmationState,
    GridStep,
    Meeting,
    RecallAsked,
    SealedRef,
    SubsidyClaim,
    TypeAsked,
)
from shared.disputes.rules.clocks import ClockRules
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.order import Order
from shared.ledger.published.lineage import Lineage
from shared.ledger.texts import t
from shared.ledger.workdays import Calendar


@dataclass(slots=True)
class AgreementDraft:
    """An agreement with what has been added to it since."""

    event: Event
    form: str
    reached_on: str
    facts: str
    items: list[ItemState]
    signatures: list[Signature]
    sealed_on: str | None = None
    sealed_by: str = ""
    state: AgreementState | None = None
    blocked: str = ""
    changes: list[str] = field(default_factory=list)        # events


@dataclass(slots=True)
class Request:
    """A hand-over request and how it ended: open | accepted | returned | lapsed."""

    pending: PendingRequest
    rank: int
    outcome: str = "open"
    ended_on: str | None = None
    accepted_by: str = ""


@dataclass(slots=True)
class Period:
    """One run of the mediation clock: from acceptance (or reopening) to agreement or end."""

    kind: str
    start: str
    owner: str
    event: str
    stopped: str | None = None
    until: str | None = None
    pauses: list[tuple[str, str | None]] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """Everything the tracks know so far. `order` answers who had seen what."""

    id: str
    order: Order
    today: str | None
    rules: ClockRules
    calendar: Calendar
    registered: Event | None = None
    number: str = ""
    number_provisional: bool = False
    citizen_code: CitizenCodeState | None = None
    file_no: str = ""
    state: str = "registered"
    state_event: str = ""               # the event that led to `state`
    state_before_refusal: str = ""
    outcome: str = ""
    category: str = ""
    subcategory: str = ""
    source: str = ""
    entrusting_body: str = ""
    mediation_type: str = "people"
    type_asked: TypeAsked | None = None
    types_answered: list[tuple[TypeAsked, str]] = field(default_factory=list)       # with the day of the answer
    summary: str = ""
    claims: tuple[str, ...] = ()
    difficulty: str = ""
    confidentiality: str = "open"
    occurred: str | None = None
    grid: str = ""
    particulars: Particulars = field(default_factory=Particulars)
    particulars_on: dict[str, str] = field(default_factory=dict)     # field -> legal date
    place: PlaceState = field(default_factory=PlaceState)
    accepted_on: str | None = None
    closed_on: str | None = None
    triaged_on: str | None = None
    decided_on: str | None = None       # acceptance decided, either way
    ended_on: str | None = None
    committee: str = ""
    mediators: tuple[str, ...] = ()
    parties: dict[int, PartyState] = field(default_factory=dict)
    corrected: dict[tuple[int, str], str] = field(default_factory=dict)   # (party, field) -> legal date
    files: list[FileRef] = field(default_factory=list)
    steps: list[CustodyStep] = field(default_factory=list)
    # of each step: level of the office that decided it
    ranks: list[int] = field(default_factory=list)
    refusals: list[tuple[Event, int]] = field(default_factory=list)
    consents: list[tuple[Event, int]] = field(default_factory=list)
    # finding, events, decision
    decisions: list[tuple[str, frozenset[str], str]] = field(default_factory=list)
    requests: dict[str, Request] = field(default_factory=dict)
    co_handlers: list[str] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)
    bounces: int = 0
    periods: list[Period] = field(default_factory=list)
    agreements: list[AgreementDraft] = field(default_factory=list)
    confirmation: ConfirmationState | None = None
    sessions: list[SessionState] = field(default_factory=list)
    visits: list[VisitState] = field(default_factory=list)
    ratings: list[RatingState] = field(default_factory=list)
    risks: list[tuple[Event, RiskState]] = field(default_factory=list)   # raises that nobody has lowered
    risk_reported_on: str | None = None
    outside: list[tuple[Event, str, str]] = field(default_factory=list)  # (event, clock, begun | ended) as a person noted it
    facts: list[tuple[str, str, str]] = field(default_factory=list)      # (what starts or ends an outside clock, day, event)
    risk_looked: list[str] = field(default_factory=list)                 # days on which somebody assessed it again
    supervisions: dict[str, SupervisionState] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    participant_roles: set[str] = field(default_factory=set)
    advisers: set[str] = field(default_factory=set)
    merged_into: str = ""
    aliases: list[str] = field(default_factory=list)
    acknowledged: set[tuple[str, str]] = field(default_factory=set)
    notes: dict[str, str] = field(default_factory=dict)      # event -> why it had no effect
    handlers: set[str] = field(default_factory=set)          # staff who handled the case
    settled_by: tuple[int, ...] = ()
    # tracks of fold_choice, fold_subsidy, fold_papers
    choices: dict[int, tuple[str, str, str]] = field(default_factory=dict)     # party -> (method, mediator, event)
    confirmed: tuple[tuple[str, ...], str, str] = ((), "", "")                 # (mediators, how, event)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    recused: list[tuple[str, str]] = field(default_factory=list)               # (mediator, ground)
    not_duplicates: list[str] = field(default_factory=list)
    earlier_types: list[str] = field(default_factory=list)
    grid_steps: list[GridStep] = field(default_factory=list)
    grid_requests: dict[str, str] = field(default_factory=dict)                # open request -> role asked
    subsidy_claims: list[SubsidyClaim] = field(default_factory=list)
    subsidy: dict[str, Any] = field(default_factory=dict)
    shares: tuple[tuple[str, int], ...] = ()
    graded_by: str = ""
    printed: list[tuple[Event, str]] = field(default_factory=list)
    renumberings: list[tuple[Event, Any]] = field(default_factory=list)
    earlier_numbers: list[str] = field(default_factory=list)
    dates: dict[str, tuple[str, str]] = field(default_factory=dict)            # event -> (old date, correction)
    noted: list[tuple[Event, str, frozenset[str], str]] = field(default_factory=list)   # (event, finding, its events, how)
    removals: dict[str, Event] = field(default_factory=dict)                   # dismissed mediator -> event
    erasures: dict[int, tuple[Event, str]] = field(default_factory=dict)       # party -> (request, answer)
    united: list[str] = field(default_factory=list)
    # fold_levels
    difficulty_by: str = ""             # office that set the difficulty that stands, and its event
    difficulty_event: str = ""
    recall_asked: dict[str, RecallAsked] = field(default_factory=dict)
    grid_down: set[str] = field(default_factory=set)         # requests given down by the village
    grid_at: int = 0                    # the custody step to which the grid's steps belong
    receipt_on: str | None = None
    papers: set[str] = field(default_factory=set)
    guiding_judge: str = ""             # named at triage; the last one counts
    meeting: Meeting | None = None      # the next one, where it is planned
    advised: set[tuple[str, str]] = field(default_factory=set)
    helpers: set[tuple[str, str]] = field(default_factory=set)           # (kind, name) who came with the parties' consent
    petitions: list[str] = field(default_factory=list)
    sealed: dict[str, SealedRef] = field(default_factory=dict)
    unknown: int = 0                    # events of a newer version, which nothing here can read

    # --- words for the tracks

    def without_effect(self, event: Event, code: str, **values: object) -> None:
        """The event stays in the history, marked, and moves nothing."""
        self.notes[event.id] = t(f"effect.{code}", **values)

    def finding(self, code: str, *events: str, review: bool = False, **values: object) -> None:
        self.findings.append(Finding(code, tuple(sorted(events)), t(f"finding.{code}", **values), review))

    def move(self, event: Event, state: str) -> None:
        self.state, self.state_event = state, event.id

    def saw(self, event: Event, earlier: str) -> bool:
        return self.order.saw(event.id, earlier)

    def decided(self, code: str, event: str) -> str:
        """The last human decision on a finding about that event, or ""."""
        return next((decision for of, events, decision in reversed(self.decisions) if of == code and event in events), "")

    def agreement(self, event_id: str) -> AgreementDraft | None:
        """The agreement that was reached by that event."""
        return next((a for a in self.agreements if a.event.id == event_id), None)

    @property
    def lineage(self) -> Lineage:
        return self.rules.lineage

    @property
    def step(self) -> CustodyStep | None:
        """Who holds the case now."""
        return self.steps[-1] if self.steps else None

    @property
    def holder(self) -> str:
        return self.steps[-1].office if self.steps else ""

    def holder_seen_by(self, event: Event) -> str:
        """Who held the case as the event's author knew it: the last hand-over among the event's
        ancestors."""
        for step in reversed(self.steps):
            if self.order.saw(event.id, step.event):
                return step.office
        return self.steps[0].office if self.steps else event.office

    def copy(self) -> Draft:
        """Another draft that stands where this one does; what is folded into either does not reach the other."""
        made = object.__new__(Draft)
        for name in _FIELDS:
            value = getattr(self, name)
            setattr(made, name, value.copy() if type(value) in _CONTAINERS else value)
        made.agreements = [replace(a, items=[*a.items], signatures=[*a.signatures], changes=[*a.changes])
                           for a in self.agreements]
        made.periods = [replace(period, pauses=[*period.pauses]) for period in self.periods]
        made.requests = {event: replace(request) for event, request in self.requests.items()}
        return made

    def end_period(self, day: str) -> None:
        if self.periods and self.periods[-1].stopped is None:
            self.periods[-1].stopped = day
            self.end_pause(day)

    def end_pause(self, day: str) -> None:
        pauses = self.periods[-1].pauses if self.periods else []
        if pauses and pauses[-1][1] is None:
            pauses[-1] = (pauses[-1][0], day)


_FIELDS = tuple(each.name for each in fields(Draft))
_CONTAINERS = frozenset({list, dict, set})      # all else in a draft is frozen, but for what `copy` names

# What a track does with one event and its typed body.
Handler = Callable[[Draft, Event, Any], None]
# What each kind does to the case, beside the lifecycle's own steps (`lifecycle.STEPS`).
HANDLERS: dict[str, Handler] = {}


def handles(*kinds: str) -> Callable[[Handler], Handler]:
    """The function below is what these kinds do."""
    def note(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return note
