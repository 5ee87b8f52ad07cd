"""Small cells are suppressed, and no arithmetic on what is published brings one back."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disputes.figures.suppress import Table, line, table

SMALL = 3
# DOMAIN.md 3.1: Huangshi justice bureau, August 2016, mediation cases by category and by source.
HUANGSHI = dict(zip(
    ("DC01", "DC02", "DC03", "DC04", "DC05", "DC06", "DC07", "DC08", "DC09", "DC11", "DC14", "DC15", "DC16", "DC17", "DC99"),
    (160, 278, 67, 44, 31, 76, 18, 28, 4, 13, 7, 55, 33, 1, 54), strict=True))
HUANGSHI_SOURCES = {"proactive": 455, "by_application": 378, "entrusted": 36}


def possible_values(t: Table) -> dict[tuple[str, str, str], set[int]]:
    """What a reader can work out by trying everything: all tables of whole numbers that agree with what is published, when a
    suppressed number is known to be at least 1 (zeros are published)."""
    top = t.total
    grid = [(r, c) for r in t.rows for c in t.columns]
    found: dict[tuple[str, str, str], set[int]] = {}
    choices = [[t.cells[at]] if t.cells[at] is not None else range(1, top + 1) for at in grid]
    for values in itertools.product(*choices):
        cells = dict(zip(grid, values, strict=True))
        rows = {r: sum(cells[r, c] for c in t.columns) for r in t.rows}
        columns = {c: sum(cells[r, c] for r in t.rows) for c in t.columns}
        if sum(rows.values()) != top or any(t.row_totals[r] not in (None, rows[r]) for r in t.rows):
            continue
        if any(t.column_totals[c] not in (None, columns[c]) for c in t.columns):
            continue
        for (r, c), value in cells.items():
            found.setdefault(("cell", r, c), set()).add(value)
        for r, value in rows.items():
            found.setdefault(("row", r, ""), set()).add(value)
        for c, value in columns.items():
            found.setdefault(("column", "", c), set()).add(value)
    return found


def suppressed(t: Table) -> set[tuple[str, str, str]]:
    return {
        *(("cell", r, c) for (r, c), value in t.cells.items() if value is None),
        *(("row", r, "") for r, value in t.row_totals.items() if value is None),
        *(("column", "", c) for c, value in t.column_totals.items() if value is None),
    }


tables = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, 4), min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]))


@settings(max_examples=150, deadline=None)
@given(tables)
def test_every_suppressed_number_of_a_published_table_has_at_least_two_possible_values(numbers: list[list[int]]) -> None:
    rows, columns = [f"r{n}" for n in range(len(numbers))], [f"c{n}" for n in range(len(numbers[0]))]
    counts = {(r, c): numbers[i][j] for i, r in enumerate(rows) for j, c in enumerate(columns)}
    made = table(counts, rows, columns, SMALL)
    if made is None:
        return
    hidden = suppressed(made)
    assert {("cell", *at) for at, n in counts.items() if 0 < n < SMALL} <= hidden
    open_cells = sum(value is None for value in made.cells.values())
    if not hidden or open_cells * len(str(made.total)) > 9 or made.total ** open_cells > 200_000:
        return                      # too many tables to try; the structure test below covers large ones
    possible = possible_values(made)
    assert all(len(possible[at]) >= 2 for at in hidden), (numbers, made)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 11), st.integers(2, 15), st.randoms(use_true_random=False))
def test_in_large_tables_every_suppressed_cell_can_still_move(rows: int, columns: int, chance: object) -> None:
    """The same from the other side: for each suppressed number there is another table that publishes the same."""
    names, kinds = [f"r{n}" for n in range(rows)], [f"c{n}" for n in range(columns)]
    counts = {(r, c): max(0, int(chance.gauss(2, 4))) for r in names for c in kinds}      # type: ignore[attr-defined]
    made = table(counts, names, kinds, SMALL)
    if made is None:
        return
    hidden = suppressed(made)
    # rank test: a hidden number is fixed by the equations exactly if its edge is no part of a cycle of hidden edges
    ends = {("cell", r, c): (("row", r), ("column", c)) for r in names for c in kinds}
    ends |= {("row", r, ""): ("rows", ("row", r)) for r in names} | {("column", "", c): (("column", c), "columns") for c in kinds}
    for at in hidden:
        reached, ahead = {ends[at][0]}, [ends[at][0]]
        while ahead:
            here = ahead.pop()
            for other in hidden - {at}:
                if here in ends[other]:
                    there = ends[other][1] if ends[other][0] == here else ends[other][0]
                    if there not in reached:
                        reached.add(there)
                        ahead.append(there)
        assert ends[at][1] in reached, at


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9), min_size=1))
def test_a_line_with_a_published_sum_leaves_two_values_too(counts: dict[str, int]) -> None:
    made = line(counts, SMALL)
    if made is None:
        return
    hidden = [key for key, value in made.items() if value is None]
    assert {key for key, n in counts.items() if 0 < n < SMALL} <= set(hidden)
    rest = sum(counts[key] for key in hidden)
    # the hidden ones share `rest`, each at least 1: some value is open as long as there is more than one way to share it
    assert not hidden or (len(hidden) > 1 and rest > len(hidden))


def test_a_single_small_cell_takes_a_row_and_a_column_partner_with_it() -> None:
    counts = {("a", "x"): 1, ("a", "y"): 9, ("b", "x"): 8, ("b", "y"): 7}
    made = table(counts, "ab", "xy", SMALL)
    assert made is not None
    assert all(value is None for value in made.cells.values())
    assert made.row_totals == {"a": 10, "b": 15}
    assert made.total == 25


def test_a_table_of_too_few_cases_is_not_published_at_all() -> None:
    assert table({("a", "x"): 1, ("b", "y"): 1}, "ab", "xy", SMALL) is None
    assert table({("a", "x"): 1, ("b", "y"): 1, ("c", "z"): 1}, "abc", "xyz", SMALL) is None
    assert line({"a": 2}, SMALL) is None


def test_the_huangshi_month_sums_to_869_and_hides_its_one_property_case() -> None:
    assert sum(HUANGSHI.values()) == sum(HUANGSHI_SOURCES.values()) == 869
    made = table({("city", code): n for code, n in HUANGSHI.items()}, ["city"], sorted(HUANGSHI), SMALL)
    assert made is not None
    assert made.total == made.row_totals["city"] == 869
    hidden = {column for (_, column), value in made.cells.items() if value is None}
    assert hidden == {"DC17", "DC09"}       # 1 by rule, 4 so that 869 minus the others does not tell it
    assert {made.column_totals[column] for column in hidden} == {None}
    assert line(HUANGSHI_SOURCES, SMALL) == HUANGSHI_SOURCES
