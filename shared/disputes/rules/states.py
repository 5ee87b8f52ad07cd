"""The states of a case in groups (DOMAIN.md 7.2). Values, no rule."""

from __future__ import annotations

ENDED = frozenset(
    {"closed", "archived", "not_accepted", "withdrawn", "refused", "terminated", "transferred", "merged"}
)
BEFORE_AGREEMENT = frozenset({"registered", "triaging", "accepted", "mediating", "suspended"})
MEETS = BEFORE_AGREEMENT - {"suspended"}        # the parties may be asked to meet
AGREED = frozenset({"agreed", "effective", "performing", "visit_due"})
SIDE_ENDS = ENDED - {"closed", "archived", "merged"}
