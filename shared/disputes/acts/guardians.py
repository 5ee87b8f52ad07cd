"""Nobody without full capacity comes into a case alone: asked of what is written now, not of what older programs wrote.

Whoever reports violence is never turned away for want of a guardian: the guardian may be the one who did it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.disputes.case.representation import without_guardian
from shared.disputes.case.state import CaseState, PartyState
from shared.disputes.fold.facts import party_state
from shared.disputes.rules.limits import default_limits
from shared.ledger.formats.fields import Party

_VIOLENCE = "violence"


def unguarded(kind: str, body: Mapping[str, Any], state: CaseState | None) -> str:
    """The name of a ward who would come into the case without a guardian, "" when there is none."""
    if kind == "case.registered":
        if body.get("subcategory") == _VIOLENCE or body.get("hidden_reporter"):
            return ""
        parties = {no: _party(no, given) for no, given in enumerate(body.get("parties", ()))}
        fresh = set(parties)
    elif kind == "case.party_added" and state is not None and state.subcategory != _VIOLENCE:
        no = int(body["no"])
        parties = {**{p.no: p for p in state.parties}, no: _party(no, body["party"])}
        fresh = {no}
    elif kind == "case.parties_added" and state is not None and state.subcategory != _VIOLENCE:
        added = {no: _party(no, given) for no, given in enumerate(body["parties"], int(body["no"]))}
        parties = {**{p.no: p for p in state.parties}, **added}
        fresh = set(added)
    else:
        return ""
    limits = state.limits if state is not None else default_limits()
    return "、".join(p.name for p in without_guardian(parties, limits.adult_age) if p.no in fresh)


def _party(no: int, given: Mapping[str, Any]) -> PartyState:
    return party_state(no, Party.model_validate(given))
