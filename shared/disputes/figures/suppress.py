"""Suppression of small cells so that no subtraction brings them back.

Cells from 1 to `small - 1` are not published. As totals are, each suppressed cell must leave the reader at least two
possible values. A table with its totals is a flow network: one more in a cell is a unit of flow that must be balanced
elsewhere along a cycle of suppressed cells.

      rows --row total--> row r --cell (r, c)--> column c --column total--> columns        (a line of cells: from --cell--> to)

    +1 goes along the arrow, always; -1 against it, only from 2 on: a zero is published, so a suppressed cell is at least 1.
    Cycle of suppressed cells through a cell  <=>  it has another possible value. Where there is none, the cheapest cycle is
    completed by further cells: small inner ones first, totals only when nothing else helps. The grand total stays.

Pure; after the idea of cell suppression as network flow (Cox 1980; Kelly, Golden, Assad 1992).
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Node = Hashable
_TOTAL_COST = 10**6     # a total is worth more to the reader than any cells of a county that could be hidden instead


@dataclass(frozen=True, slots=True)
class Cell:
    key: Hashable
    tail: Node
    head: Node
    value: int
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by row and column with totals, as they may be published: None = suppressed."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], int | None]
    row_totals: Mapping[str, int | None]
    column_totals: Mapping[str, int | None]
    total: int


@dataclass(slots=True)
class _Network:
    cells: Sequence[Cell]
    hidden: set[Hashable]
    arcs: dict[Node, list[tuple[Node, Cell]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for cell in self.cells:
            if cell.value >= 1:
                self.arcs.setdefault(cell.tail, []).append((cell.head, cell))
            if cell.value >= 2:
                self.arcs.setdefault(cell.head, []).append((cell.tail, cell))

    def cost(self, cell: Cell) -> int:
        if cell.key in self.hidden:
            return 0
        return cell.value + (_TOTAL_COST if cell.is_total else 0)

    def cheapest(self, start: Node, goal: Node, without: Cell) -> tuple[int, list[Cell]] | None:
        """The cheapest way from `start` to `goal` that does not use the cell itself (Dijkstra)."""
        queue: list[tuple[int, int, Node, list[Cell]]] = [(0, 0, start, [])]
        done: set[Node] = set()
        count = 0
        while queue:
            paid, _, node, way = heapq.heappop(queue)
            if node == goal:
                return paid, way
            if node in done:
                continue
            done.add(node)
            for to, cell in self.arcs.get(node, ()):
                if to not in done and cell.key != without.key:
                    count += 1
                    heapq.heappush(queue, (paid + self.cost(cell), count, to, [*way, cell]))
        return None


def hide(cells: Sequence[Cell], small: int) -> set[Hashable] | None:
    """Keys of the cells that must not be published; None when no choice of cells protects every small one."""
    hidden = {cell.key for cell in cells if 0 < cell.value < small}
    network = _Network(cells, hidden)
    # A completed cycle protects all its cells for good, so one pass over the small ones is enough.
    for cell in sorted((c for c in cells if c.key in hidden), key=lambda c: (c.value, str(c.key))):
        ways = [network.cheapest(cell.head, cell.tail, cell)]
        if cell.value >= 2:
            ways.append(network.cheapest(cell.tail, cell.head, cell))
        found = [way for way in ways if way is not None]
        if not found:
            return None
        hidden.update(c.key for c in min(found, key=lambda way: way[0])[1])
    return hidden


def table(counts: Mapping[tuple[str, str], int], rows: Iterable[str], columns: Iterable[str], small: int) -> Table | None:
    """A two-way table with totals, made safe; None when it cannot be (too few cases altogether)."""
    rows, columns = tuple(rows), tuple(columns)
    by_row = {r: sum(counts.get((r, c), 0) for c in columns) for r in rows}
    by_column = {c: sum(counts.get((r, c), 0) for r in rows) for c in columns}
    total = sum(by_row.values())
    if 0 < total < small:
        return None
    cells = [Cell(("cell", r, c), ("row", r), ("column", c), counts.get((r, c), 0)) for r in rows for c in columns]
    cells += [Cell(("row", r), "rows", ("row", r), n, True) for r, n in by_row.items()]
    cells += [Cell(("column", c), ("column", c), "columns", n, True) for c, n in by_column.items()]
    hidden = hide(cells, small)
    if hidden is None:
        return None
    return Table(
        rows, columns,
        {(r, c): None if ("cell", r, c) in hidden else counts.get((r, c), 0) for r in rows for c in columns},
        {r: None if ("row", r) in hidden else n for r, n in by_row.items()},
        {c: None if ("column", c) in hidden else n for c, n in by_column.items()},
        total,
    )


def line(counts: Mapping[str, int], small: int) -> dict[str, int | None] | None:
    """One line of cells whose sum is published, made safe; None when it cannot be."""
    if 0 < sum(counts.values()) < small:
        return None
    hidden = hide([Cell(key, "from", "to", value) for key, value in counts.items()], small)
    return None if hidden is None else {key: None if key in hidden else value for key, value in counts.items()}
