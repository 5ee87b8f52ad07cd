"""When somebody of the grid was last at a household, as the small matters that name it say. Households are numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from village_node.point.node import Node

VISIT = "small_service.recorded"        # the record that names a household; a visit that found nothing is one of them too


def last_visits(node: Node, grid: str) -> dict[int, str]:
    """household -> the day (YYYY-MM-DD) of the last small matter there; who was never visited is left out."""
    sql = ("SELECT json_extract(json, '$.data.household'), max(opened_on) FROM records WHERE aggregate = 'small_service'"
           " AND json_extract(json, '$.data.grid') = ? AND json_extract(json, '$.data.household') <> '' GROUP BY 1")
    with node.tables.reader() as db:
        found = db.execute(sql, (grid,)).fetchall()
    last: dict[int, str] = {}
    for words, day in found:
        number = number_of(str(words))
        if number is not None and day > last.get(number, ""):
            last[number] = day
    return last


def number_of(words: str) -> int | None:
    """7 of "7", "007", "第7户"; None where there is no number, or more than one."""
    digits = "".join(c if c.isascii() and c.isdigit() else " " for c in words).split()
    return int(digits[0]) if len(digits) == 1 else None
