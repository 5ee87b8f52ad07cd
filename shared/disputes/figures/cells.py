"""Which marks one cell of a report's tables adds up, so that a number of a table leads to what it counts. Pure.

A cell has a table (levels | regions | channels | bureau), a row and a column; `ALL` is the sum over rows or columns.
Amounts of money count no matters and have no part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from shared.disputes.figures.figures import CHANNELS, LEVELS, Counts, Part, resolved_locally
from shared.disputes.figures.marks import BODIES
from shared.disputes.figures.tables import region_of
from shared.ledger import codes
from shared.ledger.published.lineage import Lineage

ALL = "all"


@dataclass(frozen=True, slots=True)
class Cell:
    """`like`: the indicator and its part whose definition says what the cell counts."""

    part: Part
    like: tuple[str, str]


def cell(table: str, row: str, column: str) -> Cell | None:
    """None where there is no such cell, or none that counts matters."""
    find = _TABLES.get(table)
    return find(row, column) if find is not None else None


def _level(row: str, column: str) -> Cell | None:
    """The level of the office that registered it; the mark's key begins with that office."""
    if row not in LEVELS or column not in _LEVEL:
        return None
    what, like = _LEVEL[column]

    def counts(key: str, rules: object, lineage: Lineage) -> bool:
        here = lineage.level_of(key.partition(" ")[0]) == row
        return here and (column != "local" or resolved_locally(key, lineage))

    return Cell(Part((what,), counts), like)


_LEVEL = {"registered": ("handled", ("disputes_handled", "numerator")),
          "mediated": ("accepted", ("mediation_cases", "numerator")),
          "local": ("resolved", ("local_resolution_rate", "numerator"))}


def _region(row: str, column: str) -> Cell:
    def counts(key: str, rules: object, lineage: Lineage) -> bool:
        place, _, category = key.partition(" ")
        return row in (ALL, region_of(place, lineage)) and column in (ALL, category)

    return Cell(Part(("accepted_where",), counts), ("mediation_cases", "numerator"))


def _channel(row: str, column: str) -> Cell | None:
    what = {"items": "petitions", "batches": "batches", "person_times": "person_times"}.get(column)
    if row not in CHANNELS or what is None:
        return None
    like = "petitions" if what == "petitions" else f"{row}_{what}"
    return Cell(Part((what,), _equal(row)), (like, "numerator"))


def _equal(wanted: str) -> Counts:
    return lambda key, rules, lineage: key == wanted


def _bureau(block: str, code: str) -> Cell | None:
    """A row of the statistical form (`bureau.form`)."""
    mediated, agreed = ("mediation_cases", "numerator"), ("success_rate", "numerator")
    if block == "total":
        whats = {"accepted": mediated, "agreed": agreed, "difficult": mediated, "people": mediated}
        return Cell(Part((code,)), whats[code]) if code in whats else None
    if block == "performance" and code == "performed":
        return Cell(Part(("performed",)), agreed)
    if block == "category" and code in codes.names("category"):
        return _region(ALL, code)
    known: dict[str, tuple[str, Collection[str], tuple[str, str]]] = {
        "source": ("source", ("by_application", "proactive", *BODIES), mediated), "form": ("agreed", ("oral", "written"), agreed),
        "prevented": ("prevented", codes.names("prevented"), mediated)}
    what, among, like = known.get(block, ("", (), mediated))
    return Cell(Part((what,), _equal(code)), like) if what and code in among else None


_TABLES: dict[str, Callable[[str, str], Cell | None]] = {
    "levels": _level, "regions": _region, "channels": _channel, "bureau": _bureau}
