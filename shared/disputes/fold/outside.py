"""Procedures outside mediation as information beside the case: a court's own time, police, arbitration, reconsideration
(DOMAIN.md 2.3, 2.4; rows of `clocks_outside.toml`).

What the case itself shows starts some (`Draft.facts`: a transfer, a confirmation, another mediation type); the others begin and
end when a person notes it (`case.outside_noted`), who may note the end of any. They are nobody's duty here.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.disputes.case.state import Clock
from shared.disputes.fold.draft import Draft, handles
from shared.disputes.kinds import case_tracks as bodies
from shared.disputes.rules.clocks import deadline, latest
from shared.ledger.deadlines import state_of
from shared.ledger.formats.envelope import Event


@handles("case.outside_noted")
def noted(d: Draft, e: Event, b: bodies.OutsideNoted) -> None:
    if b.step == "ended" and not any(clock == b.clock for clock, _, _ in _begun(d)):
        return d.without_effect(e, "no_such_outside")
    d.outside.append((e, b.clock, b.step))
    return None


def clocks(d: Draft) -> Iterator[Clock]:
    """One clock for each beginning; a later beginning of the same kind does not end the earlier."""
    for kind, start, event in _begun(d):
        rule = d.rules.rules.get(kind)
        if rule is None:
            continue        # a kind of a newer version
        dates = deadline(kind, start, rules=d.rules, calendar=d.calendar)
        ends = [e.legal_date for e, clock, step in d.outside if clock == kind and step == "ended" and e.legal_date >= start]
        ends += [day for fact, day, _ in d.facts if fact == rule.ends and day >= start]
        if rule.ends == "mediation.ended" and d.ended_on is not None:
            ends.append(d.ended_on)
        stopped = min(ends, default=None)
        yield Clock(kind, start, dates.due_date, dates.warn_date, "", rule.source, dates.provisional, stopped,
                    stopped is not None and stopped >= dates.late_from, state_of(dates, stopped, d.today), None, event,
                    outside=True,
                    latest_date=latest(dates.due_date, rule, d.calendar), late_from=dates.late_from)


def _begun(d: Draft) -> Iterator[tuple[str, str, str]]:
    """(clock, day, event) of everything that began."""
    for fact, day, event in d.facts:
        for rule in d.rules.outside.get(fact, ()):
            if _fits(d, rule.categories, rule.subcategories):
                yield rule.kind, day, event
    if d.registered is not None:
        for rule in d.rules.outside.get("registered", ()):
            if _fits(d, rule.categories, rule.subcategories):
                # a claim counts from the dispute itself, where its day is known
                yield rule.kind, d.occurred or d.registered.legal_date, d.registered.id
    for note, clock, step in d.outside:
        if step == "begun":
            yield clock, note.legal_date, note.id


def _fits(d: Draft, categories: tuple[str, ...], subcategories: tuple[str, ...]) -> bool:
    return (not categories or d.category in categories) and (not subcategories or d.subcategory in subcategories)
