"""Facts that always merge, whoever holds the case: parties, files, notes, refusals, visits, ratings,
supervision.

Nothing here asks for custody (DOMAIN.md 7.3: all others may add notes, evidence, risk, supervision, party
statements).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.disputes.case import representation
from shared.disputes.case.state import ENDED, FileRef, PartyState, PlaceState, RatingState, SupervisionState, VisitState
from shared.disputes.case.tracks import CitizenCodeState, MandateState
from shared.disputes.fold import (
    agreement as fold_agreement,
)
from shared.disputes.fold import (
    choice as fold_choice,
)
from shared.disputes.fold import (
    lifecycle as fold_lifecycle,
)
from shared.disputes.fold import (
    particulars as fold_particulars,
)
from shared.disputes.fold import (
    risk as fold_risk,
)
from shared.disputes.fold.draft import Draft, handles
from shared.disputes.kinds import case_ending, case_intake, case_mediation, case_risk, entered
from shared.disputes.rules.authority import CHAIR_DECIDES
from shared.disputes.rules.roles import GRID
from shared.ledger.days import between
from shared.ledger.formats.citizen_code import Kept
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Body, File, Mandate, Party, WithFiles

# Details that only the papers show; `forms.material` reads them from the events.
_ON_PAPER_ONLY = frozenset({"post", "ethnicity"})


@handles("case.registered")
def registered(d: Draft, e: Event, b: case_intake.Registered) -> None:
    """The first registration makes the case; another one in the same case is only shown."""
    if d.registered is not None:
        d.without_effect(e, "already_done")
        d.finding("registered_twice", e.id, d.registered.id, review=True)
        return
    d.registered = e
    d.number, d.number_provisional, d.citizen_code = b.number, b.number_provisional, _code(e, b.citizen_code)
    d.parties.update({no: party_state(no, party) for no, party in enumerate(b.parties)})
    d.place = PlaceState(b.place.office, b.place.text)
    d.category, d.subcategory, d.source, d.entrusting_body = b.category, b.subcategory, b.source, b.entrusting_body
    d.summary, d.claims, d.difficulty = b.summary, tuple(b.claims), b.difficulty
    d.occurred, d.confidentiality, d.grid = b.occurred, b.confidentiality, b.grid
    d.difficulty_by, d.difficulty_event = e.office, e.id
    fold_risk.add(d, e, b.risk, "", (*b.risk_items, *d.rules.risk.implied_by(b.subcategory)))
    fold_choice.begin_grid(d, e, b)
    if not d.state_event:
        d.move(e, "registered")
    fold_particulars.begin(d, e, b)


@handles("case.code_renewed")
def code_renewed(d: Draft, e: Event, b: case_intake.CodeRenewed) -> None:
    d.citizen_code = _code(e, b.citizen_code)


def _code(e: Event, kept: case_intake.CodeKept | None) -> CitizenCodeState | None:
    """None for a version that this program does not know."""
    known = Kept.of_value(kept.model_dump()) if kept is not None else None
    return CitizenCodeState(e.id, e.legal_date, known.salt, known.hash) if known is not None else None


def party_state(no: int, p: Party) -> PartyState:
    return PartyState(no, p.name, p.role, p.kind, p.phone, p.id_last4, p.address, p.gender, p.age, p.occupation,
                      p.representative, p.vulnerable, guardian=p.guardian, id_kind=p.id_kind, mandate=_mandate(p.mandate))


def _mandate(given: Mandate | None) -> MandateState | None:
    return MandateState(tuple(given.principals), given.scope, given.since, given.until) if given else None


def keep_files(d: Draft, e: Event, b: Body) -> None:
    """Whatever kind brings files, they belong to the case."""
    if isinstance(b, WithFiles) and b.files:
        document = getattr(b, "document", "")
        d.files.extend(file_ref(file, e.id, document) for file in b.files)


def file_ref(file: File, event: str, document: str = "") -> FileRef:
    return FileRef(file.name, file.type, file.size, file.sha256, tuple(file.chunks), file.purpose, file.party,
                   file.thumb, event, document)


@handles("case.party_added")
def party_added(d: Draft, e: Event, b: case_intake.PartyAdded) -> None:
    no = b.no
    # two devices added one at the same time: both stay, the later moves up
    if no in d.parties:
        no = max(d.parties) + 1
        d.finding("party_renumbered", e.id, name=b.party.name)
    d.parties[no] = party_state(no, b.party)
    fold_agreement.refresh(d)


@handles("case.parties_added")
def parties_added(d: Draft, e: Event, b: case_intake.PartiesAdded) -> None:
    """The whole list moves up where somebody added parties at the same time."""
    first = b.no if b.no > max(d.parties, default=-1) else max(d.parties) + 1
    if first != b.no:
        d.finding("party_renumbered", e.id, name=b.parties[0].name)
    d.parties.update({no: party_state(no, party) for no, party in enumerate(b.parties, first)})
    fold_agreement.refresh(d)


@handles("case.representatives_elected")
def representatives_elected(d: Draft, e: Event, b: case_intake.RepresentativesElected) -> None:
    """Each of those elected may sign for whom he stands for, on his own side alone."""
    elected = [d.parties[no] for no in b.representatives if no in d.parties]
    if len(elected) < len(set(b.representatives)) or any(p.role not in representation.SIDES for p in elected):
        return d.without_effect(e, "no_such_party")
    for party in elected:
        theirs = (p.no for p in d.parties.values() if p.role == party.role and p.no not in b.representatives)
        stands_for = tuple(no for no in theirs if not b.represented or no in b.represented)
        d.parties[party.no] = replace(party, mandate=MandateState(stands_for, "special", b.elected_on))
    fold_agreement.refresh(d)
    return None


@handles("case.party_corrected")
def party_corrected(d: Draft, e: Event, b: case_intake.PartyCorrected) -> None:
    """Latest legal date per field; a change of identity needs a human (DOMAIN.md 7.4 #13)."""
    party = d.parties.get(b.party)
    if party is None:
        return d.without_effect(e, "no_such_party")
    try:
        value = _mandate(b.mandate) if b.field == "mandate" else entered.detail(b.field, b.value)
    except ValueError:
        return d.without_effect(e, "invalid_body")
    key = (b.party, b.field)
    if e.legal_date < d.corrected.get(key, ""):
        return d.without_effect(e, "older_correction")
    d.corrected[key] = e.legal_date
    if b.field in ("id_last4", "name") and getattr(party, b.field):
        d.finding("identity_changed", e.id, review=True, name=party.name)
    if b.field not in _ON_PAPER_ONLY:
        changed: dict[str, Any] = {b.field: value}
        d.parties[b.party] = replace(party, **changed)
        fold_agreement.refresh(d)       # who signed for whom may have changed
    return None


@handles("case.party_consented")
def party_consented(d: Draft, e: Event, b: case_mediation.PartyConsented) -> None:
    """Lifts this party's refusals that it had seen; mediation may go on when none is left."""
    d.consents.append((e, b.party))
    left = [
        party for refusal, party in d.refusals
        if not any(who == party and d.saw(consent, refusal.id) for consent, who in d.consents)
    ]
    if d.state == "refused" and not left:
        d.move(e, d.state_before_refusal or "registered")
        if d.state in ENDED:         # it was over before the refusal and stays so
            return
        d.outcome, d.ended_on = "", None
        if d.periods:
            d.periods[-1].stopped = None


@handles("case.visited")
def visited(d: Draft, e: Event, b: case_ending.Visited) -> None:
    """Closes a case that waits for its visit; a relapse or a broken promise opens it again (DOMAIN.md
    7.2)."""
    if not d.lineage.covers(e.office, d.holder_seen_by(e)) and e.office not in d.co_handlers:
        return d.without_effect(e, "not_in_chain")
    by_handler = e.actor in d.handlers
    d.visits.append(VisitState(e.id, e.legal_date, b.method, b.result, b.satisfaction, b.text, e.actor, by_handler))
    if by_handler:
        d.finding("visited_by_handler", e.id)
    if b.result == "performed":
        fold_agreement.settle_disputes(d, e)
        if d.state == "visit_due" and not any(s.replied_on is None for s in d.supervisions.values()):
            d.move(e, "closed")
            d.closed_on = d.ended_on = e.legal_date
    elif b.result in ("relapse", "not_performed") and d.state == "closed":
        fold_lifecycle.reopen(d, e)
        d.finding("reopened_by_visit", e.id)
    return None


@handles("case.rated")
def rated(d: Draft, e: Event, b: case_ending.Rated) -> None:
    d.ratings.append(RatingState(e.id, b.party, b.score, e.legal_date, b.text))


def counted_ratings(ratings: list[RatingState], window_days: int) -> tuple[RatingState, ...]:
    """Per party the last valid rating within the window after its first counts (DOMAIN.md 7.4 #16); what a handler entered unseen
    neither counts nor opens the window."""
    first: dict[int, str] = {}
    valid = [rating for rating in ratings if rating.valid]
    for rating in valid:
        first[rating.party] = min(rating.rated_on, first.get(rating.party, rating.rated_on))
    last: dict[int, str] = {}
    for rating in valid:
        if between(first[rating.party], rating.rated_on) <= window_days:
            last[rating.party] = rating.event
    return tuple(replace(r, counts=last.get(r.party) == r.event) for r in ratings)


@handles("case.supervision_issued")
def supervision_issued(d: Draft, e: Event, b: case_risk.SupervisionIssued) -> None:
    d.supervisions[e.id] = SupervisionState(e.id, b.level, e.office, b.to, e.legal_date, b.text, b.due)


@handles("case.supervision_replied")
def supervision_replied(d: Draft, e: Event, b: case_risk.SupervisionReplied) -> None:
    order = d.supervisions.get(b.of)
    if order is None:
        return d.without_effect(e, "no_such_supervision")
    if e.role in GRID and order.by != e.office:     # what an office above asks of the village is the village's to answer
        return d.without_effect(e, "role_not_allowed")
    d.supervisions[b.of] = replace(order, replied_on=order.replied_on or e.legal_date, reply=b.text)
    return None


@handles("case.supervision_judged")
def supervision_judged(d: Draft, e: Event, b: case_risk.SupervisionJudged) -> None:
    order = d.supervisions.get(b.of)
    if order is None:
        return d.without_effect(e, "no_such_supervision")
    if not d.lineage.rank_of(e.office) and order.by != e.office:
        return d.without_effect(e, "not_above")
    if b.accepted:
        d.supervisions[b.of] = replace(order, verdict="accepted")
    else:
        d.supervisions[b.of] = replace(order, verdict="again", replied_on=None)
    return None


@handles("case.review_resolved")
def review_resolved(d: Draft, e: Event, b: case_risk.ReviewResolved) -> None:
    """A human decision; one that confirms an extension makes it count."""
    if d.lineage.rank_of(e.office) or b.finding == CHAIR_DECIDES:
        d.decisions.append((b.finding, frozenset(b.events), b.decision))
    if b.finding == "extension_backdated" and b.decision == "confirmed" and d.periods:
        for event in b.events:
            place = d.order.index.get(event)
            if place is not None and d.order.events[place].kind == "case.extended":
                d.periods[-1].until = d.order.events[place].body.get("until")


@handles("case.note_added")
def note_added(d: Draft, e: Event, b: case_intake.NoteAdded) -> None:
    """Guidance of a judge and opinion of an expert answer two of the six haves (DOMAIN.md 1.1): written by themselves, or noted
    with their name by who heard it. A note that names nobody is a note."""
    adviser = e.role if e.role in _ADVICE.values() else _ADVICE.get(b.about, "")
    name = e.actor if e.role in _ADVICE.values() else b.adviser
    if adviser and name:
        d.advisers.add(adviser)
        d.advised.add((adviser, name))


_ADVICE = {"judge_guidance": "judge", "expert_opinion": "expert"}


@handles("case.record_added")
def record_added(d: Draft, e: Event, b: case_intake.RecordAdded) -> None:
    d.papers.add(b.document)


@handles("case.evidence_added")
def no_more(d: Draft, e: Event, b: Body) -> None:
    """The history and the files are all there is to it."""


def check_ends(d: Draft) -> None:
    """What the one who ended the case had not seen: a supervision still owes its reply (DOMAIN.md 7.4
    #7), new evidence becomes a supplement volume of the archived file (#20)."""
    if d.state not in ENDED or d.state_event not in d.order.index:
        return
    for order in d.supervisions.values():
        if order.replied_on is None and not d.order.saw(d.state_event, order.event):
            d.finding("closed_pending_reply", order.event, d.state_event)
    if d.state == "archived":
        for event in d.order.events:
            if event.kind in _VOLUME and not d.order.saw(d.state_event, event.id):
                d.finding("supplement_volume", event.id)


_VOLUME = ("case.evidence_added", "case.record_added")
