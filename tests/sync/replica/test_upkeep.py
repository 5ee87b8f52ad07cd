"""Upkeep, transactions and waiting of a local replica."""


import multiprocessing
import threading

import pytest

from sync import errors
from sync.replica import LocalReplica
from tests.support.sync.peer_contract import doc_at, rows


@pytest.fixture
def replica(tmp_path):
    with LocalReplica.open(tmp_path / "r.replica") as replica:
        yield replica
        assert replica.verify() == []


def blobs(replica: LocalReplica) -> int:
    with replica._pool.reader() as connection:
        return connection.execute("SELECT count(*) FROM blobs").fetchone()[0]


# --- upkeep -----------------------------------------------------------------------------------------


def test_an_evicted_document_is_gone_without_tombstone_and_is_never_pulled_again(replica):
    replica.bulk_docs([doc_at("a", ["1-a"], v=1), doc_at("b", ["1-b"])], new_edits=False)
    seq = replica.update_seq()
    assert replica.evict(["a", "unknown"]) == 1
    assert [row.id for row in rows(replica)] == ["b"]
    assert replica.info().doc_count == 1
    assert replica.update_seq() == seq
    assert replica.revs_diff({"a": ["1-a", "2-x"], "unknown": ["1-z"]}) == {}
    assert replica.bulk_docs([doc_at("a", ["1-a"], v=1), doc_at("a", ["2-x", "1-a"])], new_edits=False) == []
    with pytest.raises(errors.NotFound):
        replica.get("a")
    assert replica.readmit(["a"]) == 1
    assert replica.bulk_docs([doc_at("a", ["1-a"], v=1)], new_edits=False) == []
    assert replica.get("a")["v"] == 1
    assert rows(replica)[-1].seq > seq


def test_an_evicted_document_written_anew_here_is_kept(replica):
    replica.put({"_id": "a", "v": 1})
    replica.evict(["a"])
    rev = replica.put({"_id": "a", "v": 2})
    assert replica.revs_diff({"a": [rev, "9-z"]})["a"].missing == ("9-z",)


def test_purge_removes_leaves_without_trace_and_lets_the_next_leaf_win(replica):
    replica.bulk_docs([doc_at("a", ["2-x", "1-a"], v="x"), doc_at("a", ["2-y", "1-a"], v="y")], new_edits=False)
    assert replica.purge({"a": ["2-y", "1-a", "9-z"], "no": ["1-a"]}) == {"a": ["2-y"], "no": []}
    assert replica.get("a", conflicts=True) == {"_id": "a", "_rev": "2-x", "v": "x"}
    assert replica.purge({"a": ["2-x"]}) == {"a": ["2-x"]}
    assert rows(replica) == []
    assert replica.revs_diff({"a": ["1-a"]})["a"].missing == ("1-a",)
    assert replica.info().extra["purge_seq"] == 2


def test_compaction_drops_old_bodies_and_their_attachments_but_no_leaf(replica):
    first = replica.put({"_id": "a", "_attachments": {"f": {"data": b"old", "content_type": "x/y"}}})
    second = replica.put({"_id": "a", "_rev": first, "v": 2})
    replica.bulk_docs([doc_at("a", ["2-0", first], v="loser")], new_edits=False)
    assert replica.get("a", rev=first)["_attachments"]
    replica.compact()
    with pytest.raises(errors.NotFound):
        replica.get("a", rev=first)
    assert replica.get("a", rev="2-0")["v"] == "loser"
    assert replica.get("a", revs_info=True)["_revs_info"][1] == {"rev": first, "status": "missing"}
    assert replica.get("a")["_rev"] == second
    assert blobs(replica) == 0


@pytest.mark.parametrize("key", [None, bytes(32)])
def test_compaction_gives_space_back(tmp_path, key):
    if key is not None:
        pytest.importorskip("sqlcipher3")
    with LocalReplica.open(tmp_path / "r.replica", key=key) as replica:
        replica.bulk_docs([{"_id": f"d{n}", "v": "x" * 5000} for n in range(300)])
        replica.compact()
        before = replica.path.stat().st_size
        replica.evict([f"d{n}" for n in range(290)])
        replica.compact()
        assert replica.path.stat().st_size < before / 4
        assert len(rows(replica)) == 10


def test_a_new_epoch_is_kept_and_the_replica_id_stays(replica):
    before = (replica.replica_id, replica.epoch)
    epoch = replica.new_epoch()
    with LocalReplica.open(replica.path) as again:
        assert (again.replica_id, again.epoch) == (before[0], epoch)
        assert epoch != before[1]


# --- transactions -----------------------------------------------------------------------------------


def test_a_transaction_reads_its_own_writes_and_others_see_them_only_at_its_end(replica):
    with replica.transaction() as tx:
        rev = tx.put({"_id": "a", "v": 1})
        tx.put_rev({"_id": "b", "_rev": "1-b", "v": 2})
        assert tx.get("a")["_rev"] == rev
        assert [row.id for row in tx.all_docs(startkey="a", include_docs=True)] == ["a", "b"]
        tx.put_local("chain", {"seq": 1})
        assert tx.get_local("chain")["seq"] == 1
        assert replica.all_docs() == []
    assert [row.id for row in replica.all_docs()] == ["a", "b"]


def test_an_exception_undoes_the_whole_transaction(replica):
    def half_done():
        with replica.transaction() as tx:
            tx.put({"_id": "a"})
            tx.put_local("chain", {"seq": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert replica.all_docs() == []
    assert replica.get_local("chain") is None
    assert replica.update_seq() == 0
    replica.put({"_id": "a"})


def test_a_transaction_is_of_no_use_after_its_end_and_none_opens_inside_another(replica):
    with replica.transaction() as tx, pytest.raises(RuntimeError):
        replica.put({"_id": "a"})
    with pytest.raises(RuntimeError):
        tx.get("a")


def _count_up(path, rounds):
    with LocalReplica.open(path) as replica:
        for _ in range(rounds):
            with replica.transaction() as tx:
                head = tx.get_local("chain") or {"n": 0}
                tx.put_rev({"_id": f"event:{head['n']}", "_rev": "1-a"})
                tx.put_local("chain", {**head, "n": head["n"] + 1})


def test_transactions_of_several_processes_and_threads_never_lose_a_step(replica):
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_count_up, args=(replica.path, 25)) for _ in range(2)]
    threads = [threading.Thread(target=_count_up, args=(replica.path, 25)) for _ in range(2)]
    for worker in [*processes, *threads]:
        worker.start()
    for worker in [*processes, *threads]:
        worker.join(60)
    assert replica.get_local("chain")["n"] == 100
    assert len(replica.all_docs()) == 100


def test_threads_that_write_and_read_at_once_see_whole_documents(replica):
    faults = []

    def work(number: int) -> None:
        try:
            for step in range(20):
                replica.bulk_docs([{"_id": f"{number}:{step}:{n}", "v": n} for n in range(5)])
                assert len(rows(replica, include_docs=True)) >= 5 * (step + 1)
        except BaseException as fault:
            faults.append(fault)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert faults == []
    assert replica.info().doc_count == 600


# --- waiting ----------------------------------------------------------------------------------------


def test_a_waiter_is_woken_by_another_process(replica):
    writer = multiprocessing.get_context("spawn").Process(target=_count_up, args=(replica.path, 1))
    writer.start()
    assert replica.wait_for_change(0, 30)
    writer.join(30)
    assert not replica.wait_for_change(replica.update_seq(), 0)


def test_commits_are_announced_and_only_those_that_moved_the_feed(replica):
    calls = []
    stop = replica.on_commit(lambda: calls.append(replica.update_seq()))
    replica.put({"_id": "a"})
    replica.put_local("x", {})
    replica.bulk_docs([{"_id": "b", "_rev": "1-a"}] * 2, new_edits=False)
    stop()
    replica.put({"_id": "c"})
    assert calls == [1, 2]
