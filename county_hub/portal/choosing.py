"""选调解方式和调解员, 确认协议履行: with the code of a case a party chooses how and by whom it is mediated (人民调解法 Arts 19,
23(1)), and says of each promise whether it was kept.

A choice is the party's word; who holds the case confirms it. "Kept" is a note for the holder, who records the performance with
his proof; "not kept" is a complaint that counts at once (DOMAIN.md 7.4 #12). Nothing of the promises is shown but number, day and
sum: a slip can be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from county_hub.county.acts import CountyActs
from county_hub.county.desk import CountyDesk
from county_hub.portal.progress import day_words
from shared.disputes.case.state import CaseState, ItemState
from shared.disputes.fold.agreement import DONE
from shared.disputes.rules.states import AGREED, BEFORE_AGREEMENT
from shared.ledger import codes
from shared.ledger.texts import t

MOST_MEDIATORS = 8
BY_OFFICE = "-"             # the office may name somebody


@dataclass(frozen=True, slots=True)
class Offered:
    """`chosen`: the sides that have said something, and what. `mediators`: (staff, words)."""

    methods: tuple[tuple[str, str], ...]
    mediators: tuple[tuple[str, str], ...]
    chosen: Mapping[int, str]
    unnamed: int = 0            # mediators of the roster that are not among these


@dataclass(frozen=True, slots=True)
class Promise:
    """`state`: open | kept | disputed."""

    no: int
    words: str
    state: str


def may_choose(case: CaseState) -> bool:
    return case.state in BEFORE_AGREEMENT and not case.choice.confirmed


def offered(desk: CountyDesk, case: CaseState) -> Offered:
    proposal = desk.propose(case.id)
    able = [m for m in proposal.roster if not m.conflict]
    people = able[:MOST_MEDIATORS]
    names = {m.staff: m.name for m in proposal.roster}
    said = {party: t("portal.choose.said", method=codes.name("mediation_type", method),
                     who=names.get(mediator, "") or t("portal.choose.by_office"))
            for party, method, mediator in case.choice.by_party}
    return Offered(tuple((m.code, m.name) for m in proposal.methods if m.open),
                   tuple((m.staff, f"{m.name}　{desk.office_name(m.office)}") for m in people), said, len(able) - len(people))


def choose(acts: CountyActs, staff: str, case: CaseState, party: int, method: str, mediator: str) -> None:
    """Raises `HubProblem`."""
    draft = {"party": party, "method": method, "mediator": "" if mediator == BY_OFFICE else mediator,
             "text": t("portal.choose.by_portal")}
    acts.case("choose", case.id, staff, draft)


def promises(case: CaseState) -> tuple[Promise, ...]:
    """Of the agreement that stands, while it is to be kept."""
    if case.agreement is None or case.state not in AGREED or case.agreement.effective_on is None:
        return ()
    return tuple(Promise(item.no, _words(item), "disputed" if item.disputed else "kept" if item.status in DONE else "open")
                 for item in case.agreement.items)


def _words(item: ItemState) -> str:
    due, fen = item.due_date, item.amount_fen
    parts = [t("portal.item.no", n=item.no + 1)]
    if due:
        parts.append(t("portal.item.due", day=day_words(due)))
    if fen:
        parts.append(t("portal.item.sum", yuan=f"{fen // 100:,}" + (f".{fen % 100:02d}" if fen % 100 else "")))
    return "　".join(parts)


def say_kept(acts: CountyActs, staff: str, case: CaseState, label: str, item: int) -> None:
    acts.case("add_note", case.id, staff, {"text": t("portal.item.note", who=label, n=item + 1)})


def say_broken(acts: CountyActs, staff: str, case: CaseState, party: int, item: int, text: str) -> None:
    assert case.agreement is not None
    acts.case("dispute_performance", case.id, staff, {"of": case.agreement.event, "item": item, "party": party, "text": text})
