"""What one number counts, page by page: an event says how often it counts, and may say anything."""

from __future__ import annotations

from itertools import chain, repeat

from county_hub.county.book.counted_matters import _between


def test_each_page_is_that_part_of_all_of_them() -> None:
    counts = [("a", 3), ("b", 1), ("c", 5)]
    all = list(chain.from_iterable(repeat(*one) for one in counts))
    for skip in range(11):
        for limit in range(1, 11):
            assert list(_between(counts, skip, limit)) == all[skip:skip + limit], (skip, limit)


def test_of_what_counts_beyond_all_measure_one_page_is_made() -> None:
    assert list(_between([("a", 2**60), ("b", 2**60)], 2**60 - 1, 3)) == ["a", "b", "b"]
