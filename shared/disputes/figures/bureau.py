"""The justice bureau's statistical form of people's mediation (人民调解统计报表口径), from the facts of a period. Pure.

Columns of other people's lists come from the exchange's table `moj`, so the form and the rows that are handed over agree. Blocks
whose sum is printed are protected as lines; what counts few cases is not published (`small` = 1: nothing is hidden).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.disputes.figures import suppress
from shared.disputes.figures.marks import BODIES, Tally
from shared.ledger import codes


@dataclass(frozen=True, slots=True)
class FormRow:
    """`block` and `code` name it; `value` None = not published. `unit`: case | person | yuan."""

    block: str
    code: str
    value: int | None
    unit: str = "case"


def form(tally: Tally, small: int) -> list[FormRow]:
    """Every row of the form in its order."""
    accepted, agreed = sum(tally.by("accepted").values()), sum(tally.by("agreed").values())
    rows = [FormRow("total", "accepted", _safe(accepted, small)), FormRow("total", "agreed", _safe(agreed, small)),
            FormRow("total", "difficult", _safe(sum(tally.by("difficult").values()), small)),
            FormRow("total", "people", _sum(tally, "people", accepted, small), "person"),
            FormRow("total", "amount", _sum(tally, "amount", agreed, small), "yuan")]
    categories = dict.fromkeys(codes.names("category"), 0)
    for where, n in tally.by("accepted_where").items():
        category = where.partition(" ")[2]
        if category in categories:
            categories[category] += n
    rows += _line("category", categories, small)
    rows += _line("source", {code: tally.by("source").get(code, 0) for code in ("by_application", "proactive", *BODIES)}, small)
    rows += _line("form", {code: tally.by("agreed").get(code, 0) for code in ("oral", "written")}, small)
    rows += [FormRow("performance", "performed", _safe(sum(tally.by("performed").values()), small))]
    rows += [FormRow("prevented", code, _safe(tally.by("prevented").get(code, 0), small)) for code in codes.names("prevented")]
    return rows


def _line(block: str, sizes: Mapping[str, int], small: int) -> list[FormRow]:
    shown = suppress.line(sizes, small)
    return [FormRow(block, code, shown[code] if shown is not None else None) for code in sizes]


def _safe(count: int, small: int) -> int | None:
    return None if 0 < count < small else count


def _sum(tally: Tally, what: str, cases: int, small: int) -> int | None:
    """A sum over so few cases that it tells of one of them is not published."""
    return None if 0 < cases < small else sum(tally.by(what).values())
