"""How far a pull reads ahead of what it writes: what waits is memory of a tablet."""

from __future__ import annotations

from collections.abc import Iterator

from sync.peer import ChangeRow, ChangesRequest
from sync.replicator.pull import Batches

ROWS, BATCH = 6_000, 5


class Feed:
    """Rows as they are asked for, which counts them."""

    last_seq, pending = ROWS, 0

    def __init__(self) -> None:
        self.read = 0

    def changes(self, _request: ChangesRequest, *, cancel: object = None) -> Feed:
        return self

    def __iter__(self) -> Iterator[ChangeRow]:
        while self.read < ROWS:
            self.read += 1
            yield ChangeRow(self.read, str(self.read), (f"1-{self.read}",))

    def close(self) -> None:
        pass


def test_no_more_than_two_batches_wait_while_one_is_written() -> None:
    feed, written, most = Feed(), 0, 0
    for batch in Batches(feed, ChangesRequest()).pipelined(lambda: (BATCH, 0), None):       # type: ignore[arg-type]
        most = max(most, feed.read - written - len(batch))
        written += len(batch)
    assert written == ROWS
    assert most <= 2 * BATCH + 1
