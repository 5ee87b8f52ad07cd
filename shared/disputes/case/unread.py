"""Which hand-overs and supervisions to an office no person there has opened. Pure words of a folded case."""

from __future__ import annotations

from shared.disputes.case.state import CaseState


def unread(case: CaseState, office: str) -> list[str]:
    """Hand-overs and supervisions to this office that no person here has opened (DESIGN.md 5.2: one
    acknowledgement each)."""
    events = []
    pending = case.custody.pending
    if pending is not None and pending.to_office == office:
        events.append(pending.event)
    events += [s.event for s in case.supervisions if s.to == office and s.by != office and s.replied_on is None]
    if case.holder == office and case.custody.history and case.custody.history[-1].kind in ("assigned", "recalled"):
        events.append(case.custody.history[-1].event)
    return [e for e in dict.fromkeys(events) if not case.seen_by(e, office)]
