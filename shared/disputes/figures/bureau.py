"""The justice bureau's statistical form of people's mediation (人民调解统计报表口径), from the facts of a period. Pure.

Columns of other people's lists come from the exchange's table `moj`, so the form and the rows that are handed over agree. Blocks
whose sum is printed are protected as lines; what counts few cases is not published (`small` = 1: nothing is hidden).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.disputes.figures import suppress
from shared.disputes.figures.facts import CaseFact, Facts
from shared.disputes.figures.figures import Period, mediated
from shared.ledger import codes

SOURCES = {"1": ("by_application", "window", "online", ""), "2": ("proactive", "grid_report", "hazard")}
BODIES = ("court", "procuratorate", "police", "petition_office", "other_dept")
DIFFICULT = frozenset({"difficult", "major"})


@dataclass(frozen=True, slots=True)
class FormRow:
    """`block` and `code` name it; `value` None = not published. `unit`: case | person | yuan."""

    block: str
    code: str
    value: int | None
    unit: str = "case"


def form(facts: Facts, period: Period, small: int) -> list[FormRow]:
    """Every row of the form in its order."""
    accepted = mediated(facts, period)
    agreed = [case for case in facts.cases if case.agreed_on in period and not case.merged]
    rows = [FormRow("total", "accepted", _safe(len(accepted), small)), FormRow("total", "agreed", _safe(len(agreed), small)),
            FormRow("total", "difficult", _safe(sum(case.difficulty in DIFFICULT for case in accepted), small)),
            FormRow("total", "people", _sum(accepted, small, lambda case: case.people), "person"),
            FormRow("total", "amount", _sum(agreed, small, lambda case: case.amount_fen // 100), "yuan")]
    rows += _line("category", [(code, [case for case in accepted if case.category == code]) for code in codes.names("category")],
                  small)
    rows += _line("source", [(code, [case for case in accepted if source_of(case) == code])
                             for code in ("by_application", "proactive", *BODIES)], small)
    rows += _line("form", [(code, [case for case in agreed if case.form == code]) for code in ("oral", "written")], small)
    rows += [FormRow("performance", "performed", _safe(sum(case.performed for case in agreed), small))]
    rows += [FormRow("prevented", code, _safe(sum(code in case.prevented for case in accepted), small))
             for code in codes.names("prevented")]
    return rows


def source_of(case: CaseFact) -> str:
    """As the form names it: 依申请, 主动调解, or who entrusted it."""
    if case.source in SOURCES["1"]:
        return "by_application"
    if case.source in SOURCES["2"]:
        return "proactive"
    body = "court" if case.entrusting_body.startswith("court") else case.entrusting_body
    return body if body in BODIES else "other_dept"


def _line(block: str, groups: Sequence[tuple[str, Iterable[CaseFact]]], small: int) -> list[FormRow]:
    sizes = {code: len(list(cases)) for code, cases in groups}
    shown = suppress.line(sizes, small)
    return [FormRow(block, code, shown[code] if shown is not None else None) for code in sizes]


def _safe(count: int, small: int) -> int | None:
    return None if 0 < count < small else count


def _sum(cases: Sequence[CaseFact], small: int, value: Callable[[CaseFact], int]) -> int | None:
    """A sum over so few that it tells of one of them is not published."""
    return None if 0 < len(cases) < small else sum(map(value, cases))
