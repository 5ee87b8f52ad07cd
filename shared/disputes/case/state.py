"""What a case *is* once its events are folded: frozen values only, no rule, no clock, no database.

`fold.fold_case` makes a `CaseState`; screens, command line, console and read model only read it. Dates
are ISO strings ("2026-11-23", Asia/Shanghai), money is in fen, offices are 12-digit ids, codes are those
of `shared/data/codes.toml` (`codes.name("lifecycle", state.state)` gives the Chinese). Tracks follow
DOMAIN.md 7.1: A lifecycle, B custody, C clocks, D agreement, E confirmation, F performance, G visit and
rating, H risk, I supervision.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.disputes.case.particulars import Particulars
from shared.disputes.case.tracks import (
    ChoiceState,
    CitizenCodeState,
    ConfirmationState,
    GridStep,
    HandOver,
    LevelState,
    MandateState,
    Meeting,
    NumberState,
    SealedRef,
    SubsidyState,
)
from shared.disputes.case.tracks import SupervisionState as SupervisionState
from shared.disputes.rules.limits import Limits, default_limits
from shared.disputes.rules.states import ENDED as ENDED
from shared.ledger.errors import Refused
from shared.ledger.formats.keys import from_base64

Date = str


@dataclass(frozen=True, slots=True)
class PartyState:
    """One party; `no` is its number within the case (0, 1, ...), as in file manifests and signatures."""

    no: int
    name: str
    role: str = "applicant"
    kind: str = "person"                # person | unit
    phone: str = ""
    id_last4: str = ""
    address: str = ""
    gender: str = ""
    age: int | None = None
    occupation: str = ""
    representative: str = ""
    vulnerable: bool = False            # a minor, or without full capacity
    # clearly refused mediation (人民调解法 Art 17), and has not consented again since
    refused_on: Date | None = None
    # asked for erasure while the file must be kept: used for nothing else (PIPL Art 47; DOMAIN.md 7.4 #19)
    restricted: bool = False
    guardian: str = ""
    id_kind: str = ""                   # code table `identity_paper`
    mandate: MandateState | None = None     # of an agent or a guardian


@dataclass(frozen=True, slots=True)
class PlaceState:
    office: str = ""                    # 12-digit id of the village (or town) where the dispute lies
    text: str = ""


@dataclass(frozen=True, slots=True)
class FileRef:
    """One file of the case: the manifest of ARCHITECTURE.md, and which event brought it."""

    name: str
    type: str
    size: int
    sha256: str
    chunks: tuple[str, ...]
    purpose: str                        # photo | signature | paper
    party: int | None
    thumb: str | None
    event: str
    document: str = ""                  # D00..D17 of DOMAIN.md 4, when known

    def thumbnail(self) -> bytes | None:
        """What stands inline, if it is base64: its author signed any text, and no page falls over it."""
        try:
            return from_base64("thumb", self.thumb) if self.thumb else None
        except Refused:
            return None


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A hand-over under way. Until it is accepted the present holder stays responsible."""

    event: str
    kind: str                           # escalate | assign
    from_office: str
    to_office: str
    requested_on: Date
    due: Date | None = None
    reason: str = ""
    seen: bool = False                  # a person of the receiver opened it


@dataclass(frozen=True, slots=True)
class CustodyStep:
    """One holder in the chain, oldest first. `until` is None for the present holder."""

    office: str
    epoch: int
    kind: str                           # registered | escalated | assigned | returned | recalled
    event: str
    since: Date
    until: Date | None = None
    acted: bool = False


@dataclass(frozen=True, slots=True)
class Custody:
    holder: str = ""
    epoch: int = 0
    pending: PendingRequest | None = None
    history: tuple[CustodyStep, ...] = ()
    co_handlers: tuple[str, ...] = ()
    # offices whose recall came too late and who now watch performance (DOMAIN.md 7.4 #1)
    supervisors: tuple[str, ...] = ()
    # how often an assignment was returned; the third needs the dispatcher (DOMAIN.md D1)
    bounces: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline. `state` is as of the `today` given to the fold: running | warning | overdue |
    stopped."""

    kind: str
    start_date: Date
    due_date: Date
    warn_date: Date
    owner: str                          # office whose task it is
    source: str
    provisional: bool = False           # counted beyond the published holiday calendar
    stopped: Date | None = None
    late: bool = False                  # stopped after it was due (late_action)
    state: str = "running"
    item: int | None = None             # agreement item, for performance and visit clocks
    event: str = ""                     # the event that started it
    late_report: bool = False           # stopped in time, but written down after it was due (late_report)
    stop_event: str = ""                # the event that stopped it, where one did
    alarm_at: int = 0                   # instant of the alarm within the day, ms since 1970; 0 = by dates alone
    outside: bool = False               # another body's procedure: information, no duty, no alarm
    latest_date: Date | None = None     # the due date with its lawful extension
    late_from: Date = ""                # first day on which it is missed; "" = the day after `due_date`

    def rings(self, now: int) -> bool:
        """The alarm within the day: still open at this instant (ms since 1970)."""
        return self.stopped is None and 0 < self.alarm_at <= now


@dataclass(frozen=True, slots=True)
class Signature:
    signer: str                         # party | mediator | recorder | invited
    name: str
    signed_on: Date
    party: int | None = None
    method: str = "sign"                # sign | stamp | fingerprint
    file: str | None = None             # sha256 of the signature image


@dataclass(frozen=True, slots=True)
class ItemState:
    """One promise of the agreement (DOMAIN.md 3.7)."""

    no: int
    who: int
    what: str
    to: int | None = None
    amount_fen: int | None = None
    due_date: Date | None = None
    status: str = "not_due"             # code table `performance`
    performed_on: Date | None = None
    performed_fen: int = 0
    disputed: bool = False              # proof here, complaint there (DOMAIN.md 7.4 #12)
    proofs: tuple[str, ...] = ()        # event ids


@dataclass(frozen=True, slots=True)
class AgreementState:
    """Art 29: a written agreement takes effect at the last of three signings; an oral one when reached
    (Art 30)."""

    event: str
    form: str                           # written | oral
    reached_on: Date
    facts: str
    items: tuple[ItemState, ...]
    signatures: tuple[Signature, ...]
    parties_signed_on: Date | None = None   # the last party's date, once all have signed
    mediator_signed_on: Date | None = None
    sealed_on: Date | None = None
    effective_on: Date | None = None
    seal_blocked: str = ""              # finding code that forbids the seal for now, or ""
    unsigned_parties: tuple[int, ...] = ()
    signed_by: tuple[tuple[int, int], ...] = ()     # (party, who signed for it), where another did
    changes: tuple[str, ...] = ()       # events that changed what was promised (D21); `items` are those of today


@dataclass(frozen=True, slots=True)
class SessionState:
    event: str
    no: int
    held_on: Date
    place: str
    mediators: tuple[str, ...]
    summary: str
    result: str
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class VisitState:
    event: str
    visited_on: Date
    method: str
    result: str
    satisfaction: int | None
    text: str
    visitor: str
    by_handler: bool = False            # the visitor also handled the case: flagged (DOMAIN.md D7)


@dataclass(frozen=True, slots=True)
class RatingState:
    event: str
    party: int
    score: int                          # 5 非常满意 ... 1 非常不满意
    rated_on: Date
    text: str = ""
    counts: bool = True                 # the party's last within the window (DOMAIN.md 7.4 #16)
    by_handler: bool = False            # entered by one who handled the case: a person must look (7.4 #16)
    confirmed: bool = False             # ... and another one has looked and confirmed it

    @property
    def valid(self) -> bool:
        """Not one that its handler entered unseen."""
        return self.confirmed or not self.by_handler


@dataclass(frozen=True, slots=True)
class RiskState:
    # 1 blue 2 yellow 3 orange 4 red; max wins until lowered by one who saw it
    level: int = 1
    since: Date | None = None
    event: str = ""
    reason: str = ""
    score: int = 0                      # points of everything ticked that still stands (risk.toml)
    items: tuple[str, ...] = ()
    looked_on: Date | None = None       # last assessed, in this colour or by getting it


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know. `code` is a key of the catalogue section `finding`; `review` asks
    for a human decision."""

    code: str
    events: tuple[str, ...]
    text: str
    review: bool = False
    resolved: bool = False
    adjudicator: str = ""               # the lowest office, not below the township, over all concerned (7.4 P5)
    due: Date | None = None             # by when it should be decided
    noted: str = ""                     # how a person ticked it off (table `finding_note`), "" = nobody has
    noted_by: str = ""
    noted_on: Date | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the history as it is shown, in fold order. Nothing is ever left out."""

    event: str
    kind: str
    office: str
    actor: str
    role: str
    legal_date: Date
    device_time: int
    hlc: str
    text: str
    refused: str = ""                   # reason; shown struck through
    # yes | none (kept, but did not move the lifecycle) | unknown (newer version)
    effect: str = "yes"
    note: str = ""                      # why it had no effect
    corrected_time: int = 0             # device_time by the last measure against the hub, ms (7.4 #17: show both)


@dataclass(frozen=True, slots=True)
class CaseState:
    """One folded case. `incomplete` counts missing ancestors; while it is above zero only one's own
    facts may be added."""

    id: str
    number: str = ""
    number_provisional: bool = False
    citizen_code: CitizenCodeState | None = None
    file_no: str = ""
    state: str = "registered"           # code table `lifecycle`
    outcome: str = ""                   # code table `outcome`
    category: str = ""
    subcategory: str = ""
    source: str = ""
    entrusting_body: str = ""
    mediation_type: str = "people"
    summary: str = ""
    claims: tuple[str, ...] = ()
    difficulty: str = ""
    confidentiality: str = "open"
    occurred: Date | None = None
    grid: str = ""
    origin: str = ""
    registered_on: Date = ""
    registered_at: int = 0              # corrected time of the registration, ms: lists go by it
    accepted_on: Date | None = None
    closed_on: Date | None = None
    committee: str = ""
    mediators: tuple[str, ...] = ()
    place: PlaceState = field(default_factory=PlaceState)
    parties: tuple[PartyState, ...] = ()
    files: tuple[FileRef, ...] = ()
    custody: Custody = field(default_factory=Custody)
    clocks: tuple[Clock, ...] = ()
    agreement: AgreementState | None = None
    earlier_agreements: tuple[AgreementState, ...] = ()
    confirmation: ConfirmationState | None = None
    sessions: tuple[SessionState, ...] = ()
    visits: tuple[VisitState, ...] = ()
    ratings: tuple[RatingState, ...] = ()
    risk: RiskState = field(default_factory=RiskState)
    supervisions: tuple[SupervisionState, ...] = ()
    findings: tuple[Finding, ...] = ()
    merged_into: str = ""
    aliases: tuple[str, ...] = ()
    handlers: tuple[str, ...] = ()      # staff who handled the case; a visitor should be none of them
    # who took part in sessions (table `participant_role`), and judge / expert who advised
    participant_roles: frozenset[str] = frozenset()
    advisers: frozenset[str] = frozenset()
    timeline: tuple[TimelineEntry, ...] = ()
    heads: tuple[str, ...] = ()         # newest accepted events: what the next event cites in `after`
    missing: tuple[str, ...] = ()       # cited but not here
    incomplete: int = 0
    refused: tuple[str, ...] = ()
    unknown_kinds: int = 0
    updated_hlc: str = ""
    last_actor_office: str = ""
    acknowledged: frozenset[tuple[str, str]] = frozenset()   # (event, office): seen by a person there
    settled_by: tuple[int, ...] = ()    # parties who said yes to a settlement on the spot
    choice: ChoiceState = field(default_factory=ChoiceState)
    grid_steps: tuple[GridStep, ...] = ()
    grid_asked: tuple[str, ...] = ()    # open requests of the grid chain
    grid_asked_of: tuple[str, ...] = ()     # the role that each of them asks
    subsidy: SubsidyState | None = None
    petitions: tuple[str, ...] = ()     # ULIDs of petitions about the same matter
    numbering: NumberState = field(default_factory=NumberState)
    united_evidence: tuple[str, ...] = ()   # events of merged cases
    hand_overs: tuple[HandOver, ...] = ()   # every request to take it, with its answer
    not_duplicates: tuple[str, ...] = ()    # cases that a person found to be other disputes
    earlier_types: tuple[str, ...] = ()     # mediation types before the present one
    levels: LevelState = field(default_factory=LevelState)
    limits: Limits = field(default_factory=default_limits)      # the numbers by which it was folded
    sealed: tuple[SealedRef, ...] = ()      # records that only some devices can open
    particulars: Particulars = field(default_factory=Particulars)
    meeting: Meeting | None = None      # the next session, where one is planned

    @property
    def holder(self) -> str:
        return self.custody.holder

    @property
    def needs_review(self) -> bool:
        return any(f.review and not f.resolved for f in self.findings)

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    def next_clock(self) -> Clock | None:
        """The running clock that is due first."""
        running = [c for c in self.clocks if c.stopped is None and not c.outside]
        return min(running, key=lambda c: (c.due_date, c.kind), default=None)

    def seen_by(self, event: str, office: str) -> bool:
        return (event, office) in self.acknowledged
