"""Events of one case -> `CaseState`. Pure: equal sets of accepted events give equal states, in any order
of arrival.

    order -> each event through its track (lifecycle, custody, agreement, risk, facts ...)
          -> what follows at the end (refusals, clocks, decisions) -> frozen `CaseState`

Refused events are excluded and stay visible; with ancestors missing the case is incomplete and raises no
verdicts; kinds of a newer version are kept and shown. It knows no database, no network and no present
time but `today`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from shared.disputes.case.checklist import lacking_documents, present_documents
from shared.disputes.case.lifecycle import TRANSITIONS
from shared.disputes.case.state import CaseState, Custody, PartyState, RiskState, TimelineEntry
from shared.disputes.case.tracks import ChoiceState, LevelState, NumberState
from shared.disputes.fold import (
    agreement as fold_agreement,
)
from shared.disputes.fold import (
    choice as fold_choice,
)
from shared.disputes.fold import (
    clocks as fold_clocks,
)
from shared.disputes.fold import (
    custody as fold_custody,
)
from shared.disputes.fold import (
    dates as fold_dates,
)
from shared.disputes.fold import (
    facts as fold_facts,
)
from shared.disputes.fold import (
    findings as fold_findings,
)
from shared.disputes.fold import (
    hand_overs as fold_chain,
)
from shared.disputes.fold import (
    levels as fold_levels,
)
from shared.disputes.fold import (
    lifecycle as fold_lifecycle,
)
from shared.disputes.fold import (
    meetings as fold_meetings,
)
from shared.disputes.fold import (
    outside as fold_outside,
)
from shared.disputes.fold import (
    papers as fold_papers,
)
from shared.disputes.fold import (
    risk as fold_risk,
)
from shared.disputes.fold import (
    sealed as fold_sealed,
)
from shared.disputes.fold import (
    subsidy as fold_subsidy,
)
from shared.disputes.fold.draft import HANDLERS, Draft
from shared.disputes.fold.faults import guarded
from shared.disputes.fold.timeline import timeline
from shared.disputes.kinds import registry as bodies
from shared.disputes.rules.authority import CHAIR_DECIDES
from shared.disputes.rules.clocks import ClockRules, default_rules
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Body, Sealed
from shared.ledger.formats.order import Order, order
from shared.ledger.workdays import DEFAULT, Calendar

# The tracks: what each kind does stands in one of them.
TRACKS = (fold_agreement, fold_choice, fold_custody, fold_facts, fold_levels, fold_lifecycle, fold_meetings, fold_outside,
          fold_papers, fold_risk, fold_sealed, fold_subsidy)
_LOST = [name for name in bodies.KINDS if name.startswith("case.") and name not in HANDLERS and name not in TRANSITIONS]
if _LOST:
    raise ValueError(f"no track handles {', '.join(_LOST)}")

# What is asked once every event is folded.
_CHECKS: tuple[Callable[[Draft], None], ...] = (
    fold_agreement.check_refusals, fold_papers.check, fold_dates.check, fold_facts.check_ends, fold_levels.check,
    fold_findings.check_notes,
)


def fold_case(
    events: Iterable[Event],
    refused: Mapping[str, str] | None = None,
    today: str | None = None,
    *,
    rules: ClockRules | None = None,
    calendar: Calendar = DEFAULT,
    history: bool = True,
    absent: Mapping[str, Sequence[str]] | None = None,
) -> CaseState:
    """The state of one case. `refused` maps event ids to reasons, `absent` those that never came here to
    their parents; `today` is an ISO date in Shanghai
    (None: no alarm is raised); `history=False` leaves the timeline empty (the read model needs none).
    Raises ValueError without events."""
    refused = refused or {}
    ordered = order(events, refused, absent or {})
    draft = drafted(ordered, today, rules or default_rules(), calendar)
    return finished(draft, refused if history else None)


def drafted(ordered: Order, today: str | None, rules: ClockRules, calendar: Calendar) -> Draft:
    """Every event of the order through its track, and nothing yet of what is asked once all are folded. Raises ValueError without
    events."""
    first = next(iter(ordered.events or ordered.refused), None)
    if first is None:
        raise ValueError("a case needs at least one event")
    draft = Draft(first.subject, ordered, today, rules, calendar)
    draft.order, draft.dates = guarded(draft, partial(fold_papers.corrected, ordered, draft.lineage), (ordered, draft.dates))
    guarded(draft, partial(_decisions, draft), None)
    for event in draft.order.events:
        take(draft, event)
    return draft


def take(draft: Draft, event: Event) -> None:
    """One more event, the next in the draft's order."""
    draft.unknown += not guarded(draft, partial(_fold_one, draft, event), True, event)


def finished(draft: Draft, reasons: Mapping[str, str] | None = None) -> CaseState:
    """What follows once every event is folded, and the case as it stands, its history with the `reasons` of what is refused
    (None: no history). Uses the draft up: nothing more is folded into it."""
    for check in _CHECKS:
        guarded(draft, partial(check, draft), None)
    state = _freeze(draft, timeline(draft, reasons) if reasons is not None else ())
    if state.state == "archived" and lacking_documents(state) and "D15" not in present_documents(state):
        draft.finding("archived_incomplete", draft.state_event)
        state = replace(state, findings=fold_findings.findings(draft))
    return state


def _decisions(d: Draft) -> None:
    """Human decisions on findings, whenever they were made: they answer events that were folded before
    them."""
    for event in d.order.events:
        if event.kind == "case.review_resolved":
            body = event.body
            found = body.get("events")
            # a village decides nothing but its chair's question, which `fold_papers` reads
            if isinstance(found, list) and (d.lineage.rank_of(event.office) or body.get("finding") == CHAIR_DECIDES):
                d.decisions.append((str(body.get("finding")), frozenset(found), str(body.get("decision"))))


def _fold_one(d: Draft, e: Event) -> bool:
    """One event through its track. False: this version cannot read it."""
    try:
        body = bodies.parse(e.kind, e.schema, e.body)
    except bodies.InvalidBody:
        d.without_effect(e, "invalid_body")
        return True
    if isinstance(body, bodies.Unknown):
        return False
    if not d.steps and e.kind == "case.registered":
        fold_custody.found(d, e)
    if type(body) is Sealed:        # isinstance costs more: models have an abstract metaclass
        fold_sealed.keep(d, e, body)
        return True
    fold_facts.keep_files(d, e, body)
    if e.kind == "case.party_refused":
        d.refusals.append((e, body.party))      # type: ignore[attr-defined]
    if fold_papers.dismissed(d, e):
        d.without_effect(e, "mediator_removed")
    elif e.kind in TRANSITIONS:
        fold_lifecycle.apply(d, e, body)
    else:
        _fact(d, e, body)
    return True


def _fact(d: Draft, e: Event, body: Body) -> None:
    handler = HANDLERS.get(e.kind)
    assert handler is not None, f"{e.kind} has a body but no track"
    handler(d, e, body)


# --- freezing


def _freeze(d: Draft, history: tuple[TimelineEntry, ...]) -> CaseState:
    events, missing = d.order.events, d.order.missing
    registered = d.registered
    last = events[-1] if events else None
    agreements = [a.state for a in d.agreements if a.state is not None]
    made = _tracks(d)
    return CaseState(
        id=d.id, number=d.number, number_provisional=d.number_provisional, citizen_code=d.citizen_code,
        file_no=d.file_no, state=d.state,
        outcome=d.outcome, category=d.category, subcategory=d.subcategory, source=d.source,
        entrusting_body=d.entrusting_body, mediation_type=d.mediation_type, summary=d.summary, claims=d.claims,
        difficulty=d.difficulty, confidentiality=d.confidentiality, occurred=d.occurred, grid=d.grid,
        origin=registered.office if registered else "",
        registered_on=_registered_on(d), particulars=d.particulars,
        registered_at=registered.corrected_ms if registered else 0,
        accepted_on=d.accepted_on, closed_on=d.closed_on, committee=d.committee, mediators=d.mediators,
        place=d.place, files=tuple(d.files), agreement=agreements[-1] if agreements else None,
        earlier_agreements=tuple(agreements[:-1]), confirmation=d.confirmation, sessions=tuple(d.sessions),
        visits=tuple(d.visits), supervisions=tuple(d.supervisions.values()), merged_into=d.merged_into,
        aliases=tuple(d.aliases), participant_roles=frozenset(d.participant_roles),
        advisers=frozenset(d.advisers | {kind for kind, _ in fold_levels.named_judge(d)}),
        handlers=tuple(sorted(d.handlers)), timeline=history, heads=d.order.heads,
        missing=missing, incomplete=len(missing) + (0 if registered or missing else 1),
        refused=tuple(event.id for event in d.order.refused), unknown_kinds=d.unknown,
        updated_hlc=max((event.hlc for event in events), default=""),
        last_actor_office=last.office if last else "", acknowledged=frozenset(d.acknowledged),
        settled_by=d.settled_by, grid_steps=tuple(d.grid_steps), grid_asked=tuple(d.grid_requests),
        grid_asked_of=tuple(d.grid_requests.values()),
        petitions=tuple(d.petitions), united_evidence=tuple(d.united), not_duplicates=tuple(d.not_duplicates),
        earlier_types=tuple(d.earlier_types), limits=d.rules.limits, sealed=tuple(d.sealed.values()), **made,
    )


def _registered_on(d: Draft) -> str:
    """Where a case was taken over from another register, its day there: it is that old."""
    if d.registered is None:
        return ""
    old = d.particulars.taken_over
    return old.registered_on if old is not None and old.registered_on else d.registered.legal_date


def _tracks(d: Draft) -> dict[str, Any]:
    """What follows from each track; a track that fails is empty, and the findings, made last, say so."""
    made: dict[str, Any] = {
        "parties": guarded(d, partial(_parties, d), tuple(party for _, party in sorted(d.parties.items()))),
        "custody": guarded(d, partial(_custody, d), Custody(d.holder, d.steps[-1].epoch if d.steps else 0)),
        "clocks": guarded(d, partial(fold_clocks.clocks, d), ()),
        "ratings": guarded(d, partial(fold_facts.counted_ratings, d.ratings, d.rules.limits.rating_window_days), ()),
        "risk": guarded(d, partial(fold_risk.current, d), RiskState()),
        "choice": guarded(d, partial(fold_choice.state, d), ChoiceState()),
        "subsidy": guarded(d, partial(fold_subsidy.state, d), None),
        "numbering": guarded(d, partial(fold_papers.numbering, d), NumberState()),
        "hand_overs": guarded(d, partial(fold_chain.hand_overs, d), ()),
        "meeting": guarded(d, partial(fold_meetings.ahead, d), None),
        "levels": guarded(d, partial(fold_levels.state, d), LevelState()),
    }
    return {**made, "findings": guarded(d, partial(fold_findings.findings, d), tuple(d.findings))}


def _custody(d: Draft) -> Custody:
    return Custody(d.holder, d.steps[-1].epoch if d.steps else 0, fold_custody.pending(d), tuple(d.steps),
                   tuple(d.co_handlers), tuple(d.watchers), d.bounces)


def _parties(d: Draft) -> tuple[PartyState, ...]:
    """Parties in their numbering, with the date of a refusal that still stands."""
    refused: dict[int, str] = {}
    for refusal, party in d.refusals:
        if not any(who == party and d.saw(consent, refusal.id) for consent, who in d.consents):
            refused[party] = refusal.legal_date
    restricted = {no for no, (_, answer) in d.erasures.items() if answer != "lifted"}
    return tuple(
        replace(party, refused_on=refused.get(no), restricted=no in restricted)
        if no in refused or no in restricted else party
        for no, party in sorted(d.parties.items())
    )
