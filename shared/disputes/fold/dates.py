"""Dates that a person must look at (DOMAIN.md 7.1): an act dated before an event it depends on, or dated back by more than the
county lets before the device's last contact.

A device that was offline for weeks enters its papers honestly; one that had spoken with the county since should have written
them then. The last contact is proved by what the author had seen of other devices: that had come over the line, and not before it
was written. (It is a lower bound: a contact that brought nothing of this case proves nothing.)
"""

from __future__ import annotations

from shared.disputes.fold.draft import Draft
from shared.ledger.days import local_date
from shared.ledger.formats.envelope import Event

_DAY_MS = 86_400_000
# Fields that name the event that the act answers.
_CAUSES = frozenset({"of", "request", "assignment"})


def check(d: Draft) -> None:
    back_ms = d.rules.limits.backdating_days * _DAY_MS
    for event in d.order.events:
        if event.kind == "case.date_corrected" or event.id in d.dates:
            continue        # it carries its reason and a finding of its own
        if not _CAUSES.isdisjoint(event.body):
            _before_cause(d, event)
        if event.legal_date < local_date(event.corrected_ms) and event.legal_date < local_date(event.corrected_ms - back_ms):
            contact = _last_contact(d, event)
            if contact and event.legal_date < local_date(contact - back_ms):
                d.finding("backdated", event.id, date=event.legal_date, contact=local_date(contact), review=True)


def _before_cause(d: Draft, e: Event) -> None:
    for name in _CAUSES:
        cited = e.body.get(name)
        place = d.order.index.get(cited) if isinstance(cited, str) else None
        if place is not None and e.legal_date < d.order.events[place].legal_date:
            d.finding("dated_before_cause", e.id, d.order.events[place].id, review=True)


def _last_contact(d: Draft, e: Event) -> int:
    """When, at the least, the author's device had last spoken with another, ms; 0 = unknown."""
    return max((other.corrected_ms for other in d.order.events if other.device != e.device and d.saw(e, other.id)), default=0)
