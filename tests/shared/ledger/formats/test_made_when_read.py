"""A body is made ready when the first of its kind is read; whoever reads it then, in however many threads, is told the same."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from shared.ledger.formats.fields import Body, Place

THREADS = 16


def test_many_threads_that_read_the_first_of_a_kind_at_once_are_told_the_same() -> None:
    for _ in range(20):
        class Probe(Body):
            place: Place
            count: int

        together = threading.Barrier(THREADS)

        def read(n: int, together: threading.Barrier = together, kind: type[Body] = Probe) -> object:
            together.wait()
            if n % 2:
                return kind.model_validate({"place": {"office": "150822100203"}, "count": n})
            with pytest.raises(ValidationError) as refused:
                kind.model_validate({"place": {"office": "150822100203"}, "count": str(n), "odd": 1})
            return sorted((fault["loc"], fault["type"]) for fault in refused.value.errors())

        with ThreadPoolExecutor(THREADS) as pool:
            told = list(pool.map(read, range(THREADS)))
        assert [got.model_dump()["count"] for got in told[1::2]] == list(range(1, THREADS, 2))
        assert all(faults == [(("count",), "int_type"), (("odd",), "extra_forbidden")] for faults in told[::2])
