"""Frozen values of the tracks beside mediation itself, as parts of `case.CaseState`: choice, grid chain, subsidy, numbers."""

from __future__ import annotations

from dataclasses import dataclass

Date = str


@dataclass(frozen=True, slots=True)
class CitizenCodeState:
    """The citizen's code in force, as the event that brought it keeps it (`shared.ledger.formats.citizen_code.Kept`)."""

    event: str
    on: str
    salt: str
    hash: str


@dataclass(frozen=True, slots=True)
class ConfirmationState:
    """Track E, judicial confirmation (DOMAIN.md 7.8)."""

    status: str                         # applied | accepted | confirmed | rejected | withdrawn
    applied_on: str | None = None
    decided_on: str | None = None
    court: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class SupervisionState:
    """Track I: one supervision with its answer (DOMAIN.md 7.6)."""

    event: str
    level: str                          # reminder | warning | supervise | circular
    by: str
    to: str
    issued_on: Date
    text: str
    due: Date | None
    replied_on: Date | None = None
    reply: str = ""
    verdict: str = ""                   # "" | accepted | again


@dataclass(frozen=True, slots=True)
class MandateState:
    """For whom an agent (or guardian) acts, with which powers (special: may sign the agreement), from when until when."""

    principals: tuple[int, ...] = ()
    scope: str = "general"              # general | special
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class TypeAsked:
    """A change of the kind of mediation: asked, with every party's consent, and not yet taken by the other body."""

    event: str
    mediation_type: str
    by: str                             # office that asks; it may take it back
    to: str                             # office that is asked
    body: str
    on: Date


@dataclass(frozen=True, slots=True)
class ChoiceState:
    """D2. `proposed` is what follows from the parties' choices: the mediator all named, or each side's together as
    co-mediators (人民调解法 Art 19); empty = the committee appoints."""

    by_party: tuple[tuple[int, str, str], ...] = ()     # (party, method, mediator or "")
    proposed: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    how: str = ""                                       # chosen | appointed
    rejected: tuple[tuple[int, str], ...] = ()          # (party, mediator)
    recused: tuple[tuple[str, str], ...] = ()           # (mediator, ground): stays away from this case
    type_asked: TypeAsked | None = None                 # a change of the kind of mediation that waits for the other body


@dataclass(frozen=True, slots=True)
class GridStep:
    """Who in the village's grid works on it. `role`: grid_member | group_grid_leader | village_grid_leader."""

    role: str
    since: Date
    until: Date | None = None
    event: str = ""


@dataclass(frozen=True, slots=True)
class HandOver:
    """A request to take the case, up, down or within the grid, and its answer ("" | accepted | returned). `link`: the event that
    made the asker responsible; `to`: an office, or a role within the grid; `clock`: the kind of clock for its answer."""

    event: str
    link: str
    clock: str
    asked_on: Date
    office: str
    by: str
    to: str
    reason: str = ""
    answer: str = ""
    answered_on: str = ""
    answered_by: str = ""
    answer_reason: str = ""


@dataclass(frozen=True, slots=True)
class SubsidyClaim:
    event: str
    mediator: str
    grade: str
    claimed_on: Date


@dataclass(frozen=True, slots=True)
class SubsidyState:
    """Track J. `state`: applied | checked | returned | graded | publicised | approved | rejected | paid | clawed_back.
    `shares`: (mediator, per cent), proposed from the recorded sessions until the county has decided them."""

    state: str = ""
    claims: tuple[SubsidyClaim, ...] = ()
    grade: str = ""
    shares: tuple[tuple[str, int], ...] = ()
    amount_fen: int = 0
    publicised_until: Date | None = None
    decided_on: Date | None = None
    paid_on: Date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecallAsked:
    """A township's request that the county take the case."""

    event: str
    office: str
    asked_on: Date
    reason: str


@dataclass(frozen=True, slots=True)
class LevelState:
    """What one level waits for from another. `difficulty_waits`: the level that has to confirm the difficulty, "" = none."""

    difficulty_waits: str = ""
    recall_asked: tuple[RecallAsked, ...] = ()
    grid_down: frozenset[str] = frozenset()             # of the open requests in the grid: those given down by the village
    dispatcher_needed: bool = False                     # returned so often that only the dispatcher may assign it
    receipt_on: Date | None = None                      # when the body to which the case was sent had it
    papers: frozenset[str] = frozenset()                # documents written as records, not as files (table `document`)
    advised: tuple[tuple[str, str], ...] = ()           # (judge | expert | social, name): who fills which of the six haves
    helpers: tuple[tuple[str, str], ...] = ()           # (table `helper_kind`, name): who came, asked and consented to
    judge: str = ""                                     # guiding judge named at triage: staff id or name


@dataclass(frozen=True, slots=True)
class Meeting:
    """A session that is planned. `mode`: table `meeting_mode`; `time` is "09:30", Asia/Shanghai."""

    event: str
    date: Date
    time: str
    place: str
    mode: str
    office: str
    mediators: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberState:
    """Track of the file number. `suffix` numbers ("...-1") are reported upward."""

    printed: tuple[str, ...] = ()       # numbers that stand on printed papers
    earlier: tuple[str, ...] = ()       # numbers that the case had before


@dataclass(frozen=True, slots=True)
class SealedShare:
    """A data key given to more devices by `event`: `keys` are (device, wrapped key)."""

    event: str
    eph: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SealedRef:
    """A sealed record: that it is there, by whom and when. `readers`: staff who have opened it."""

    event: str
    sha256: str
    sealed_class: str                   # closed | counselling | reporter
    kind: str
    office: str
    actor: str
    on: Date
    shares: tuple[SealedShare, ...] = ()
    readers: tuple[str, ...] = ()
