"""What concerns the papers of a case and the persons named in them (DOMAIN.md 7.4 #14, #17-#19).

A printed number is final. A dismissed mediator's act stands if it was made before the dismissal was known, but the seal waits
for a person. A request for erasure never destroys the file: the party's data is restricted to it. A device whose clock
contradicts what its own author had seen is named; causality, not the clock, has ordered its events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter

from shared.disputes.case.lifecycle import HOLDER
from shared.disputes.case.tracks import NumberState
from shared.disputes.fold import agreement as fold_agreement
from shared.disputes.fold.draft import Draft, handles
from shared.disputes.kinds import case_tracks as tracks
from shared.disputes.kinds import registry as bodies
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.order import Order
from shared.ledger.published.lineage import Lineage

_HOUR_MS = 3_600_000


def corrected(order: Order, lineage: Lineage) -> tuple[Order, dict[str, tuple[str, str]]]:
    """The order with corrected legal dates, and (old date, correcting event) by event. Only the author's own office or one
    above it may correct; of several corrections the last in the order stands."""
    found: dict[str, tuple[str, str]] = {}
    events = list(order.events)
    for correction in _of(order.events, "case.date_corrected"):
        body = bodies.parse(correction.kind, correction.schema, correction.body)
        place = order.index.get(body.event) if isinstance(body, tracks.DateCorrected) else None
        if place is None or not isinstance(body, tracks.DateCorrected):
            continue
        if not lineage.covers(correction.office, events[place].office):
            continue
        found[body.event] = (order.events[place].legal_date, correction.id)
        events[place] = replace(events[place], legal_date=body.legal_date)
    return (replace(order, events=tuple(events)), found) if found else (order, found)


def _of(events: Iterable[Event], kind: str) -> Iterable[Event]:
    for event in events:
        if event.kind == kind:
            try:
                bodies.parse(event.kind, event.schema, event.body)
            except bodies.InvalidBody:
                continue
            yield event


def dismissed(d: Draft, e: Event) -> bool:
    """An act for the holder by a mediator whose dismissal the author already knew."""
    removal = d.removals.get(e.actor)
    return removal is not None and e.kind in HOLDER and d.saw(e, removal.id)


# --- kinds


@handles("case.document_printed")
def document_printed(d: Draft, e: Event, b: tracks.DocumentPrinted) -> None:
    d.printed.append((e, b.number or d.file_no or d.number))


@handles("case.renumbered")
def renumbered(d: Draft, e: Event, b: tracks.Renumbered) -> None:
    d.renumberings.append((e, b))


@handles("case.date_corrected")
def date_corrected(d: Draft, e: Event, b: tracks.DateCorrected) -> None:
    if d.dates.get(b.event, ("", ""))[1] != e.id:
        place = d.order.index.get(b.event)
        if place is None:
            return d.without_effect(e, "no_such_event")
        below = d.lineage.covers(e.office, d.order.events[place].office)
        return d.without_effect(e, "older_correction" if below else "others_record")
    d.finding("date_corrected", e.id, b.event, old=d.dates[b.event][0], new=b.legal_date)
    return None


@handles("case.finding_noted")
def finding_noted(d: Draft, e: Event, b: tracks.FindingNoted) -> None:
    d.noted.append((e, b.finding, frozenset(b.events), b.how))


@handles("case.mediator_removed")
def mediator_removed(d: Draft, e: Event, b: tracks.MediatorRemoved) -> None:
    d.removals.setdefault(b.mediator, e)


@handles("case.erasure_requested")
def erasure_requested(d: Draft, e: Event, b: tracks.ErasureRequested) -> None:
    if b.party not in d.parties:
        return d.without_effect(e, "no_such_party")
    d.erasures[b.party] = (e, "")
    return None


@handles("case.erasure_answered")
def erasure_answered(d: Draft, e: Event, b: tracks.ErasureAnswered) -> None:
    asked = d.erasures.get(b.party)
    if asked is None or not d.saw(e, asked[0].id):
        return d.without_effect(e, "no_such_request")
    d.erasures[b.party] = (asked[0], b.decision)
    return None


@handles("case.absorbed")
def absorbed(d: Draft, e: Event, b: tracks.Absorbed) -> None:
    if b.number and b.number not in d.aliases:
        d.aliases.append(b.number)
    d.united.extend(event for event in b.evidence if event not in d.united)


@handles("case.duplicate_dismissed")
def duplicate_dismissed(d: Draft, e: Event, b: tracks.DuplicateDismissed) -> None:
    if b.other == d.id:
        return d.without_effect(e, "own_case")
    if b.other not in d.not_duplicates:
        d.not_duplicates.append(b.other)
    return None


@handles("case.petition_linked")
def petition_linked(d: Draft, e: Event, b: tracks.PetitionLinked) -> None:
    if b.petition not in d.petitions:
        d.petitions.append(b.petition)


# --- at the end


def check(d: Draft) -> None:
    _numbers(d)
    _dismissals(d)
    _clocks(d)
    for party, (event, answer) in d.erasures.items():
        if answer != "lifted":
            d.finding("erasure_restricted", event.id, review=not answer, name=d.parties[party].name)
    _handlers_ratings(d)


def _handlers_ratings(d: Draft) -> None:
    """7.4 #16: a rating that a handler entered is not taken unseen; it counts when another person has confirmed it."""
    for place, rating in enumerate(d.ratings):
        if d.order.events[d.order.index[rating.event]].actor not in d.handlers:
            continue
        d.finding("rated_by_handler", rating.event, review=True)
        confirmed = any(
            e.actor not in d.handlers and e.body["finding"] == "rated_by_handler" and e.body["decision"] == "confirmed"
            and rating.event in e.body["events"] for e in _of(d.order.events, "case.review_resolved"))
        d.ratings[place] = replace(rating, by_handler=True, confirmed=confirmed)


def _numbers(d: Draft) -> None:
    """7.4 #14: renumber only what is not printed; what is printed gets the suffix "-1" and is reported."""
    for event, body in d.renumberings:
        if body.old != d.file_no:
            d.without_effect(event, "no_such_number")
            continue
        printed = [p.id for p, number in d.printed if number == body.old and not d.saw(p, event.id)]
        suffix = body.new == f"{body.old}-1"
        if printed and not suffix:
            d.without_effect(event, "already_printed")
            d.finding("renumbered_after_print", event.id, *printed, review=True, old=body.old)
            continue
        d.earlier_numbers.append(body.old)
        d.file_no = body.new
        if suffix:
            d.finding("number_suffixed", event.id, *printed, new=body.new)


def _dismissals(d: Draft) -> None:
    """7.4 #18, for the last agreement."""
    agreement = d.agreements[-1] if d.agreements else None
    if agreement is None or not d.removals:
        return
    for mediator, removal in sorted(d.removals.items()):
        concerned = mediator == agreement.event.actor or mediator in d.mediators
        if not concerned or not d.order.concurrent(agreement.event.id, removal.id):
            continue
        d.finding("mediator_removed", removal.id, agreement.event.id, review=True, name=mediator)
        if not _chair_confirmed(d, agreement.event, removal):
            agreement.blocked = agreement.blocked or "mediator_removed"
    fold_agreement.refresh(d)


def _chair_confirmed(d: Draft, agreement: Event, removal: Event) -> bool:
    """The chair of the committee that mediated said so; a decision of an earlier version names no chair and is one of an office
    above. The last decision stands."""
    confirmed = False
    for event in _of(d.order.events, "case.review_resolved"):
        if event.body["finding"] != "mediator_removed" or removal.id not in event.body["events"]:
            continue
        chair_of = event.body.get("chair_of", "")
        if chair_of == agreement.office or (not chair_of and d.lineage.level_of(event.office) != "village"):
            confirmed = event.body["decision"] == "confirmed"
    return confirmed


def _clocks(d: Draft) -> None:
    """7.4 #17: an event that is a day older than what its author had seen was written by a wrong clock, here or there. So is one
    of two acts of a device between which its correction moved by more than a day: nobody had measured the clock before."""
    # within a day devices disagree honestly (a wrong date is a day off or more)
    tolerance = d.rules.limits.clock_tolerance_hours * _HOUR_MS
    events, index = d.order.events, d.order.index
    for event in events:
        for cited in event.after:
            place = index.get(cited)
            if place is not None and events[place].corrected_ms - event.corrected_ms > tolerance:
                d.finding("clock_wrong", event.id, cited)
    earlier: dict[str, Event] = {}
    for event in sorted(events, key=attrgetter("device", "device_seq")):
        before = earlier.get(event.device)
        if before is not None and abs(event.clock_offset_ms - before.clock_offset_ms) > tolerance:
            d.finding("clock_wrong", event.id, before.id)
        earlier[event.device] = event


def numbering(d: Draft) -> NumberState:
    return NumberState(tuple(dict.fromkeys(number for _, number in d.printed)), tuple(d.earlier_numbers))
