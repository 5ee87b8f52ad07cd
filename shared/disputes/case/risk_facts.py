"""What a case itself shows of its risk: facts for the score, items that nobody has ticked yet. It proposes, a person ticks."""

from __future__ import annotations

from collections.abc import Mapping

from shared.disputes.case.state import CaseState
from shared.disputes.rules.risk_score import RiskItem, RiskTable
from shared.ledger.days import between


def facts(case: CaseState, today: str) -> Mapping[str, int]:
    """{persons, amount_fen, open_days, vulnerable} of the matter as of `today`."""
    promised = sum(item.amount_fen or 0 for item in case.agreement.items) if case.agreement else 0
    return {
        "persons": len(case.parties), "amount_fen": promised, "vulnerable": int(any(p.vulnerable for p in case.parties)),
        "open_days": age_days(case, today) if case.is_open else 0,
    }


def age_days(case: CaseState, today: str) -> int:
    """Total age since first registration, to `today` or the day it was closed: shown beside every clock, so that no hand-over
    makes a matter young again (DOMAIN.md 2.7)."""
    if not case.registered_on:
        return 0
    end = min(case.closed_on or today, today)
    return max(0, between(case.registered_on, end))


def unticked(case: CaseState, today: str, table: RiskTable) -> tuple[RiskItem, ...]:
    """Items that the case shows and nobody has ticked; of a group in which one of as many points stands, none."""
    standing = {table.items[code].group or code: table.items[code].points for code in case.risk.items if code in table.items}
    found = (table.items[code] for code in table.suggested(facts(case, today)))
    return tuple(item for item in found if item.points > standing.get(item.group or item.code, 0))
