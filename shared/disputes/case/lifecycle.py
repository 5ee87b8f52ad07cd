"""Track A as one table: which kind of event moves a case from which states to which (DOMAIN.md 7.2).

`HOLDER` kinds count only from the office that held the case in its author's view (7.3); `CHAIN` kinds
also from offices above the holder; all other kinds are facts that anyone in the audience may add and that
always merge. *Legal facts* beat administrative acts that their author had not seen (7.4 P1, P2).
"""

from __future__ import annotations

from shared.disputes.case.state import ENDED

BEFORE_AGREEMENT = frozenset({"registered", "triaging", "accepted", "mediating", "suspended"})
AGREED = frozenset({"agreed", "effective", "performing", "visit_due"})
SIDE_ENDS = ENDED - {"closed", "archived", "merged"}

# kind -> (states it may come from, state it leads to; "" = stays or is derived)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "case.settled_on_spot": (frozenset({"registered", "triaging"}), "closed"),
    "case.triaged": (frozenset({"registered", "triaging"}), "triaging"),
    "case.accepted": (frozenset({"registered", "triaging"}), "accepted"),
    "case.acceptance_rejected": (frozenset({"registered", "triaging"}), "not_accepted"),
    "case.session_held": (frozenset({"accepted", "mediating"}), "mediating"),
    "case.party_refused": (BEFORE_AGREEMENT, "refused"),
    "case.withdrawn": (BEFORE_AGREEMENT, "withdrawn"),
    "case.suspended": (frozenset({"accepted", "mediating"}), "suspended"),
    "case.resumed": (frozenset({"suspended"}), "mediating"),
    "case.extended": (frozenset({"accepted", "mediating", "suspended"}), ""),
    "case.agreement_reached": (frozenset({"mediating"}), "agreed"),
    "case.terminated": (BEFORE_AGREEMENT, "terminated"),
    "case.transferred_out": (BEFORE_AGREEMENT | {"refused", "terminated"}, "transferred"),
    "case.closed": (SIDE_ENDS | {"effective", "performing", "visit_due"}, "closed"),
    "case.archived": (frozenset({"closed"}), "archived"),
    "case.reopened": (frozenset({"closed", "archived"}), ""),
    "case.merged": (BEFORE_AGREEMENT | AGREED | {"closed"}, "merged"),
}

HOLDER = frozenset({
    "case.settled_on_spot", "case.triaged", "case.accepted", "case.acceptance_rejected", "case.session_held",
    "case.suspended", "case.resumed", "case.extended", "case.agreement_reached", "case.terminated",
    "case.transferred_out", "case.closed", "case.handler_named", "case.escalate_requested",
})
CHAIN = frozenset({"case.archived", "case.reopened", "case.merged", "case.visited", "case.sealed"})
LEGAL_FACTS = frozenset({
    "case.agreement_reached", "case.settled_on_spot", "case.party_refused", "case.party_consented",
    "case.withdrawn", "case.agreement_signed",
})
