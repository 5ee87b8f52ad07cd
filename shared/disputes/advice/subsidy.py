"""以案定补: what a case of some grade is paid, and what must hold before it is (DOMAIN.md 8). Pure configuration and questions.

The table in force is all zeros until the county publishes its own (`table "subsidy"`); 有案卷、调解成功、协议履行 all three,
谁调解补助谁, one dispute once. The workflow is in `fold_subsidy`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.disputes.advice import same_dispute
from shared.disputes.case.checklist import present_documents
from shared.disputes.case.state import CaseState
from shared.disputes.fold.subsidy import ELIGIBLE, SETTLED
from shared.ledger.texts import t
from shared.ledger.wrong_table import WrongTable
from shared.paths import DATA

# Papers that stand for each other: an oral agreement's register for the written agreement, a proof for the visit's record.
_INSTEAD = {"D10": frozenset({"D10", "D11"}), "D03": frozenset({"D02", "D03"})}


@dataclass(frozen=True, slots=True)
class Table:
    """Amounts in fen by grade, a cap a person and year (0 = none), papers by grade, and who says so."""

    amount_fen: Mapping[str, int]
    yearly_cap_fen: int
    papers: Mapping[str, tuple[str, ...]]
    source: str
    same_dispute_months: int = 12
    publicity_workdays: int = 5


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    return tomllib.loads((DATA / "subsidy.toml").read_text(encoding="utf-8"))


def table(published: Mapping[str, Any] | None = None) -> Table:
    """The county's table, or the shipped one of zeros. Raises ValueError naming a bad amount."""
    raw = _raw()
    return _table({**raw, **(published or {})}, raw["papers"])


def sample() -> Table:
    """An example for talks with the finance bureau; never used by itself."""
    return _table(_raw()["sample"], _raw()["papers"])


def _table(raw: Mapping[str, Any], papers: Mapping[str, list[str]]) -> Table:
    amounts = raw.get("amount_fen")
    if not isinstance(amounts, Mapping) or not all(type(v) is int and v >= 0 for v in amounts.values()):
        raise WrongTable("subsidy", f"amount_fen {amounts!r} must be whole fen by grade", "object", fields="amount_fen {...}")
    cap = raw.get("yearly_cap_fen", 0)
    if type(cap) is not int or cap < 0:
        raise WrongTable("subsidy", f"yearly_cap_fen {cap!r} must be whole fen, 0 for none", "fen",
                         field="yearly_cap_fen", value=cap)
    numbers = {name: raw.get(name, _raw()[name]) for name in ("same_dispute_months", "publicity_workdays")}
    for name, value in numbers.items():
        if type(value) is not int or not 0 <= value <= 120:
            raise WrongTable("subsidy", f"{name} {value!r} must be a whole number from 0 to 120", "number",
                             field=name, value=value, least=0, most=120)
    lists = raw.get("papers", papers)
    if not isinstance(lists, Mapping) or not all(
            isinstance(rows, list | tuple) and all(isinstance(one, str) for one in rows) for rows in lists.values()):
        raise WrongTable("subsidy", "papers must be lists by grade", "object", fields="papers {...}")
    return Table(dict(amounts), cap, {k: tuple(v) for k, v in lists.items()}, str(raw.get("source", "")),
                 **numbers)


@dataclass(frozen=True, slots=True)
class Check:
    """One automatic check of DOMAIN.md 8.2."""

    code: str
    name: str
    passed: bool


def checks(case: CaseState, grade: str, rules: Table, others: Iterable[CaseState] = ()) -> tuple[Check, ...]:
    """What the first checker sees; `others` are cases that might be the same dispute."""
    agreement = case.agreement
    signed = agreement is None or agreement.form == "oral" or not agreement.unsigned_parties
    done = case.outcome == "on_spot_settled" or (agreement is not None and all(
        item.status in ("performed", "performed_on_spot", "varied") and not item.disputed for item in agreement.items))
    present = present_documents(case)
    papers = all(present & _INSTEAD.get(code, frozenset({code})) for code in rules.papers.get(grade, ()))
    dispute = [case, *(o for o in others if same_dispute.why_same(case, o, rules.same_dispute_months))]
    right = same_dispute.entitled(dispute)
    found = {
        "eligible": case.state in ELIGIBLE and case.outcome in SETTLED,
        "once": not case.merged_into and right in ("", case.id),
        "signed": signed,
        "performed": done,
        "papers": papers,
        "visit": case.outcome == "on_spot_settled" or any(not visit.by_handler for visit in case.visits),
        "no_review": not case.needs_review,
        "kind": case.mediation_type in ("people", "social"),
    }
    return tuple(Check(code, t(f"subsidy.{code}"), passed) for code, passed in found.items())


def proposed(case: CaseState, rules: Table) -> dict[str, int]:
    """Fen by mediator: the grade's amount split by the shares, rounded down, the rest to the first."""
    if case.subsidy is None or not case.subsidy.shares:
        return {}
    whole = rules.amount_fen.get(case.subsidy.grade, 0)
    parts = {mediator: whole * percent // 100 for mediator, percent in case.subsidy.shares}
    first = case.subsidy.shares[0][0]
    parts[first] += whole - sum(parts.values())
    return parts


def within_cap(paid_this_year_fen: int, amount_fen: int, rules: Table) -> int:
    """What may still be paid to this person this year."""
    if not rules.yearly_cap_fen:
        return amount_fen
    return max(0, min(amount_fen, rules.yearly_cap_fen - paid_this_year_fen))
