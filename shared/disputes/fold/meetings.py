"""Track of the next session: planned, planned anew, called off, held.

One case has one meeting ahead. A session that is held on its day or later has answered it; one before leaves it standing. Of
concurrent plans the later one in the order of the case counts, as with every word that replaces another.
"""

from __future__ import annotations

from shared.disputes.case.tracks import Meeting
from shared.disputes.fold.draft import Draft, handles
from shared.disputes.kinds import case_mediation as bodies
from shared.disputes.rules.states import MEETS
from shared.ledger.formats.envelope import Event


@handles("case.session_planned")
def session_planned(d: Draft, e: Event, b: bodies.SessionPlanned) -> None:
    if d.holder_seen_by(e) != e.office:
        return d.without_effect(e, "not_holder")
    if d.state not in MEETS:
        return d.without_effect(e, "wrong_state")
    d.meeting = Meeting(e.id, b.date, b.time, b.place, b.mode, e.office, tuple(b.mediators), tuple(b.invited))
    return None


@handles("case.session_called_off")
def session_called_off(d: Draft, e: Event, b: bodies.SessionCalledOff) -> None:
    if d.holder_seen_by(e) != e.office:
        return d.without_effect(e, "not_holder")
    if d.meeting is None:
        return d.without_effect(e, "no_meeting")
    d.meeting = None
    return None


def ahead(d: Draft) -> Meeting | None:
    """What is still to come: not where it was held meanwhile, nor once the case has gone on without it."""
    meeting = d.meeting
    if meeting is None or d.state not in MEETS:
        return None
    return None if any(session.held_on >= meeting.date for session in d.sessions) else meeting
