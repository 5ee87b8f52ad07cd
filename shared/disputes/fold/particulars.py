"""People and money involved, language, numbers of other systems, what was prevented; old cases taken over from a register."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.disputes.case.particulars import OtherNumber, TakenOver
from shared.disputes.fold.draft import Draft, handles
from shared.disputes.kinds import case_intake
from shared.disputes.kinds.particulars import WithParticulars
from shared.ledger.formats.envelope import Event

_LATEST = ("people", "amount_fen", "language", "foreign", "stability", "prevented")


def begin(d: Draft, e: Event, b: case_intake.Registered) -> None:
    """What the registration says of it. An old case that had ended where it was kept ends here with its registration."""
    _note(d, e, b)
    old = b.taken_over
    if old is None:
        return
    d.particulars = replace(d.particulars, taken_over=TakenOver(**old.model_dump()))
    d.file_no = old.file_no
    if old.ended:
        d.move(e, "closed")
        d.outcome, d.accepted_on, d.decided_on = old.outcome, old.accepted_on, old.accepted_on or e.legal_date
        d.closed_on = d.ended_on = d.triaged_on = old.closed_on or e.legal_date


@handles("case.particulars_noted")
def noted(d: Draft, e: Event, b: case_intake.ParticularsNoted) -> None:
    _note(d, e, b)


def _note(d: Draft, e: Event, b: WithParticulars) -> None:
    given: dict[str, Any] = {}
    for name in _LATEST:
        value = getattr(b, name)
        if value in (None, "", []) or e.legal_date < d.particulars_on.get(name, ""):
            continue
        d.particulars_on[name] = e.legal_date
        given[name] = tuple(value) if isinstance(value, list) else value
    numbers = [OtherNumber(other.system, other.number) for other in b.elsewhere]
    known = d.particulars.elsewhere
    d.particulars = replace(d.particulars, **given, elsewhere=(*known, *(n for n in dict.fromkeys(numbers) if n not in known)))
