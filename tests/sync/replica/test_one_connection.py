"""A replica with one user reads by its writer's connection: the same is seen, by fewer connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.peer import ChangesRequest
from sync.replica import LocalReplica
from sync.replica.limits import ReplicaLimits


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[LocalReplica]:
    with LocalReplica.open(tmp_path / "a.replica", limits=ReplicaLimits(lend_writer=True)) as made:
        yield made


def seen(replica: LocalReplica) -> list[str]:
    by_feed = sorted(row.id for row in replica.changes(ChangesRequest()))
    assert by_feed == [row.id for row in replica.all_docs()]
    return by_feed


def test_reads_between_writes_need_no_other_connection(replica: LocalReplica) -> None:
    for n in range(3):
        replica.put({"_id": str(n)})
        assert (len(seen(replica)), replica.update_seq()) == (n + 1, n + 1)
    for _ in replica.changes(ChangesRequest()):
        replica.put({"_id": f"m{replica.update_seq()}"})        # a feed holds nothing between its rows
    assert replica._pool._idle == []


def test_what_is_not_committed_is_not_seen(replica: LocalReplica) -> None:
    replica.put({"_id": "a"})
    with replica.transaction() as tx:
        tx.put({"_id": "b"})
        assert [row.id for row in tx.all_docs()] == ["a", "b"]
        assert seen(replica) == ["a"]
    assert seen(replica) == ["a", "b"]


def test_who_reads_beside_a_writer_or_a_reader_gets_a_connection_of_his_own(replica: LocalReplica) -> None:
    replica.put({"_id": "a"})
    found = list[list[str]]()

    def elsewhere() -> None:
        thread = threading.Thread(target=lambda: found.append(seen(replica)))
        thread.start()
        thread.join(20)

    with replica._reader() as connection:
        assert connection is replica._writer
        elsewhere()
        assert seen(replica) == ["a"]
    with replica.transaction() as tx:
        tx.put({"_id": "b"})
        elsewhere()
    assert found == [["a"], ["a"]]
    assert seen(replica) == ["a", "b"]


def test_many_threads_read_and_write(replica: LocalReplica) -> None:
    faults = list[BaseException]()

    def work(who: int) -> None:
        try:
            for n in range(30):
                replica.put({"_id": f"{who}-{n}"})
                assert len([row for row in replica.changes(ChangesRequest()) if row.id.startswith(f"{who}-")]) == n + 1
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert len(seen(replica)) == 120
