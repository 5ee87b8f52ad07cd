"""Track A as tables, read off the declarations: which kind of event moves a case from which states to which (DOMAIN.md 7.2).

`HOLDER` kinds count only from the office that held the case in its author's view (7.3); `CHAIN` kinds
also from offices above the holder; all other kinds are facts that anyone in the audience may add and that
always merge. *Legal facts* beat administrative acts that their author had not seen (7.4 P1, P2).
"""

from __future__ import annotations

from shared.disputes.kinds.registry import KINDS
from shared.disputes.rules.states import AGREED, BEFORE_AGREEMENT, ENDED, SIDE_ENDS

# kind -> (states it may come from, state it leads to; "" = stays or is derived)
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {name: kind.moves for name, kind in KINDS.items() if kind.moves is not None}
HOLDER = frozenset(name for name, kind in KINDS.items() if kind.by == "holder")
CHAIN = frozenset(name for name, kind in KINDS.items() if kind.by == "chain")
LEGAL_FACTS = frozenset(name for name, kind in KINDS.items() if kind.legal_fact)
# Kinds that end a case which went on.
ENDS = frozenset(name for name, (states, to) in TRANSITIONS.items() if to in ENDED and states - ENDED)

__all__ = ["AGREED", "BEFORE_AGREEMENT", "CHAIN", "ENDS", "HOLDER", "LEGAL_FACTS", "SIDE_ENDS", "TRANSITIONS"]
