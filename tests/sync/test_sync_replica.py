"""What a local replica does beyond the contract of a peer: transactions, upkeep, validators, bounds,
attachments."""

import multiprocessing
import threading

import pytest

from sync import errors, tuning
from sync.peer import ChangesRequest
from sync.replica import LocalReplica
from tests.support.sync_peer_contract import doc_at, rows


@pytest.fixture
def replica(tmp_path):
    with LocalReplica.open(tmp_path / "r.replica") as replica:
        yield replica
        assert replica.verify() == []


# --- reading ---------------------------------------------------------------------------------------


def test_get_gives_the_winner_and_what_is_asked_for(replica):
    replica.bulk_docs([doc_at("a", ["2-x", "1-a"], v="x"), doc_at("a", ["2-y", "1-a"], v="y")], new_edits=False)
    assert replica.get("a") == {"_id": "a", "_rev": "2-y", "v": "y"}
    assert replica.get("a", rev="2-x")["v"] == "x"
    assert replica.get("a", conflicts=True)["_conflicts"] == ["2-x"]
    assert replica.get("a", revs=True)["_revisions"] == {"start": 2, "ids": ["y", "a"]}
    assert replica.get("a", revs_info=True)["_revs_info"] == [
        {"rev": "2-y", "status": "available"}, {"rev": "1-a", "status": "missing"},
    ]
    assert replica.get("a", local_seq=True)["_local_seq"] == replica.update_seq()


def test_get_tells_missing_from_deleted(replica):
    rev = replica.put({"_id": "a"})
    gone = replica.delete("a", rev)
    with pytest.raises(errors.NotFound, match="deleted"):
        replica.get("a")
    assert replica.get("a", rev=gone)["_deleted"] is True
    with pytest.raises(errors.NotFound, match="missing"):
        replica.get("b")
    with pytest.raises(errors.NotFound, match="missing"):
        replica.get("a", rev="5-nope")
    with pytest.raises(errors.BadRequest):
        replica.get("a", rev="nonsense")


def test_open_revs_lists_all_leaves_deleted_ones_too(replica):
    replica.bulk_docs(
        [doc_at("a", ["2-x", "1-a"]), doc_at("a", ["2-y", "1-a"], _deleted=True)], new_edits=False
    )
    assert [doc["_rev"] for doc in replica.open_revs("a")] == ["2-x", "2-y"]
    assert [doc if isinstance(doc, str) else doc["_rev"] for doc in replica.open_revs("a", ["2-y", "3-z"])] == [
        "2-y", "3-z",
    ]
    assert replica.get("a", deleted_conflicts=True)["_deleted_conflicts"] == ["2-y"]


def test_all_docs_is_in_the_order_of_ids_and_can_be_cut_and_turned(replica):
    replica.bulk_docs([{"_id": id} for id in ("b", "é", "a", "c", "Z")])
    rev = replica.put({"_id": "gone"})
    replica.delete("gone", rev)
    ids = [row.id for row in replica.all_docs()]
    assert ids == ["Z", "a", "b", "c", "é"]
    assert [row.id for row in replica.all_docs(startkey="a", endkey="c")] == ["a", "b", "c"]
    assert [row.id for row in replica.all_docs(startkey="a", endkey="c", inclusive_end=False)] == ["a", "b"]
    assert [row.id for row in replica.all_docs(startkey="c", endkey="a", descending=True)] == ["c", "b", "a"]
    assert [row.id for row in replica.all_docs(skip=1, limit=2)] == ["a", "b"]
    assert replica.all_docs(startkey="a", limit=1, include_docs=True)[0].doc["_id"] == "a"


def test_all_docs_of_keys_says_what_became_of_each(replica):
    rev = replica.put({"_id": "gone"})
    replica.delete("gone", rev)
    replica.put({"_id": "a", "v": 1})
    found = replica.all_docs(keys=["a", "nope", "gone", "a"], include_docs=True)
    assert [row.id for row in found] == ["a", "nope", "gone", "a"]
    assert [row.error for row in found] == [None, "not_found", None, None]
    assert [row.deleted for row in found] == [False, False, True, False]
    assert found[0].doc["v"] == 1
    assert found[2].doc is None


def test_changes_with_a_selector_list_only_the_leaves_that_pass(replica):
    replica.bulk_docs([doc_at("a", ["2-x", "1-a"], k=1), doc_at("a", ["2-y", "1-a"], k=2)], new_edits=False)
    row = rows(replica, style="all_docs", selector={"k": 1}, include_docs=True)[0]
    assert row.revs == ("2-x",)
    assert row.doc["_rev"] == "2-y"
    assert rows(replica, selector={"k": 1}) == []


def test_pending_counts_what_a_limited_feed_left_behind(replica):
    replica.bulk_docs([{"_id": f"d{n}"} for n in range(10)])
    feed = replica.changes(ChangesRequest(limit=4))
    assert len(list(feed)) == 4
    assert feed.pending == 6


def test_a_feed_of_many_documents_is_complete_across_chunks(replica):
    count = tuning.CHANGES_CHUNK * 2 + 7
    replica.bulk_docs([{"_id": f"d{n:05}", "n": n} for n in range(count)])
    assert [row.doc["n"] for row in rows(replica, include_docs=True)] == list(range(count))
    assert [row.id for row in rows(replica, descending=True)] == [f"d{n:05}" for n in reversed(range(count))]
    assert len(rows(replica, selector={"n": {"$mod": [2, 0]}}, limit=20)) == 20


def test_a_document_written_while_the_feed_runs_is_never_missed(replica):
    revs = {one.id: one.rev for one in replica.bulk_docs([{"_id": f"d{n:04}"} for n in range(1200)])}
    feed = iter(replica.changes(ChangesRequest()))
    next(feed)
    replica.put({"_id": "d1100", "_rev": revs["d1100"], "v": 2})
    replica.put({"_id": "new"})
    seen = [row.id for row in feed]
    assert {"d1100", "new"} <= set(seen)
    assert len(set(seen)) == 1200


@pytest.mark.parametrize("since", [-1, "x", "1-g1AAAA", True, 1.5, None])
def test_a_seq_that_no_replica_gave_out_is_refused(replica, since):
    with pytest.raises(errors.BadRequest):
        replica.changes(ChangesRequest(since=since))


def test_a_since_from_another_life_of_the_file_does_not_hide_what_comes(replica):
    replica.put({"_id": "a"})
    feed = replica.changes(ChangesRequest(since=1000))
    assert list(feed) == []
    assert feed.last_seq == replica.update_seq()


# --- new_edits --------------------------------------------------------------------------------------


def test_put_raises_what_bulk_docs_reports(replica):
    rev = replica.put({"_id": "a", "v": 1})
    with pytest.raises(errors.Conflict):
        replica.put({"_id": "a", "v": 2})
    with pytest.raises(errors.Conflict):
        replica.put({"_id": "b", "_rev": rev})
    with pytest.raises(errors.BadRequest, match="special document member"):
        replica.put({"_id": "b", "_what": 1})


def test_an_edit_may_build_on_a_losing_leaf(replica):
    replica.bulk_docs([doc_at("a", ["2-x", "1-a"]), doc_at("a", ["2-y", "1-a"])], new_edits=False)
    gone = replica.delete("a", "2-x")
    assert replica.get("a")["_rev"] == "2-y"
    assert replica.get("a", deleted_conflicts=True)["_deleted_conflicts"] == [gone]


def test_a_replicated_tombstone_wins_nothing_back_when_it_is_repeated(replica):
    replica.bulk_docs([doc_at("a", ["1-a"], v=1)], new_edits=False)
    replica.bulk_docs([doc_at("a", ["1-a"], _deleted=True)], new_edits=False)  # a contradiction: the first stays
    assert replica.get("a")["v"] == 1


def test_a_history_that_contradicts_the_stored_one_is_refused_alone(replica):
    replica.bulk_docs([doc_at("a", ["3-c", "2-b", "1-a"], v=1)], new_edits=False)
    failures = replica.bulk_docs(
        [doc_at("a", ["4-d", "3-c", "2-z", "1-a"]), doc_at("b", ["1-a"])], new_edits=False
    )
    assert [one.id for one in failures] == ["a"]
    assert replica.get("b")["_rev"] == "1-a"


def test_stemming_keeps_the_last_revisions_and_the_limit_stays(replica, tmp_path):
    replica.set_revs_limit(3)
    rev = replica.put({"_id": "a", "n": 0})
    for number in range(1, 6):
        rev = replica.put({"_id": "a", "_rev": rev, "n": number})
    assert replica.get("a", revs=True)["_revisions"]["start"] == 6
    assert len(replica.get("a", revs=True)["_revisions"]["ids"]) == 3
    assert LocalReplica.open(replica.path).revs_limit == 3
    with pytest.raises(errors.BadRequest):
        replica.set_revs_limit(0)


def test_many_copies_of_one_document_in_one_batch_are_stored_in_turn(replica):
    chain = ["5-e", "4-d", "3-c", "2-b", "1-a"]
    assert replica.bulk_docs([doc_at("a", chain[n:], n=n) for n in reversed(range(5))], new_edits=False) == []
    assert replica.get("a", revs=True)["_revisions"]["ids"] == list("edcba")
    assert replica.get("a", rev="2-b")["n"] == 3
    assert replica.info().doc_count == 1


# --- bounds -----------------------------------------------------------------------------------------


def nested(levels: int):
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("new_edits", [True, False])
@pytest.mark.parametrize(
    ("doc", "error"),
    [
        ({"_id": "x" * (tuning.MAX_ID_BYTES + 1)}, "illegal_docid"),
        ({"_id": "a\x00b"}, "illegal_docid"),
        ({"_id": "\ud800"}, "illegal_docid"),
        ({"_id": 7}, "illegal_docid"),
        ({"_id": "_local/x"}, "illegal_docid"),
        ({"_id": "a", "v": "x" * tuning.MAX_DOC_BYTES}, "document_too_large"),
        ({"_id": "a", "v": nested(tuning.MAX_DOC_DEPTH + 1)}, "bad_request"),
        ({"_id": "a", "v": nested(100_000)}, "bad_request"),
        ({"_id": "a", "v": "\ud800"}, "bad_request"),
        ({"_id": "a", "_deleted": "yes"}, "doc_validation"),
        ({"_id": "a", 7: 1}, "doc_validation"),
        ({"_id": "a", "_attachments": {"f": {}}}, "doc_validation"),
        ({"_id": "a", "_attachments": {"f": {"data": "not base64!"}}}, "bad_request"),
        ({"_id": "a", "_attachments": {"_f": {"data": ""}}}, "bad_request"),
        ({"_id": "a", "_attachments": {"f": {"follows": True}}}, "bad_request"),
        ({"_id": "a", "_attachments": {"f": {"data": "", "encoding": "zstd"}}}, "bad_content_type"),
        ({"_id": "a", "_attachments": {"f": {"data": "AAAA", "encoding": "gzip"}}}, "bad_request"),
        ({"_id": "a", "_attachments": [1]}, "doc_validation"),
    ],
)
def test_what_is_out_of_bounds_is_refused_for_that_document_alone(replica, doc, error, new_edits):
    docs = [doc, {"_id": "good"}]
    if not new_edits:
        docs = [{**doc, "_rev": "1-a"} for doc in docs]
    results = [one for one in replica.bulk_docs(docs, new_edits=new_edits) if not one.ok]
    assert [one.error for one in results] == [error]
    assert [row.id for row in replica.all_docs()] == ["good"]


def test_a_document_just_within_the_bounds_is_kept(replica):
    doc = {"_id": "i" * tuning.MAX_ID_BYTES, "v": nested(tuning.MAX_DOC_DEPTH - 1)}
    rev = replica.put(doc)
    assert replica.get(doc["_id"]) == {**doc, "_rev": rev}


@pytest.mark.parametrize("rev", ["1", "x-1", 3, None])
def test_a_replicated_document_needs_a_revision(replica, rev):
    failures = replica.bulk_docs([{"_id": "a", "_rev": rev}], new_edits=False)
    assert [one.error for one in failures] == ["bad_request"]


# --- validators -------------------------------------------------------------------------------------


def no_secrets(doc):
    if "secret" in doc:
        raise errors.Forbidden("secrets do not belong here")


@pytest.mark.parametrize("new_edits", [True, False])
def test_a_validator_refuses_its_document_alone_and_nothing_of_it_is_stored(tmp_path, new_edits):
    with LocalReplica.open(tmp_path / "v.replica", validators=[no_secrets]) as replica:
        attachment = {"f": {"data": "aGVsbG8="}}
        docs = [{"_id": "a", "secret": 1, "_attachments": attachment}, {"_id": "b"}]
        if not new_edits:
            docs = [{**doc, "_rev": "1-a"} for doc in docs]
        refused = [one for one in replica.bulk_docs(docs, new_edits=new_edits) if not one.ok]
        assert [(one.id, one.error, one.reason) for one in refused] == [
            ("a", "forbidden", "secrets do not belong here")
        ]
        assert [row.id for row in rows(replica)] == ["b"]
        with pytest.raises(errors.Forbidden):
            replica.put({"_id": "c", "secret": 2})
        replica.put_local("c", {"secret": 2})


def test_a_validator_sees_the_document_as_it_will_be_stored(tmp_path):
    seen = []
    with LocalReplica.open(tmp_path / "v.replica", validators=[seen.append]) as replica:
        rev = replica.put({"_id": "a", "v": 1})
        gone = replica.delete("a", rev)
        replica.bulk_docs([doc_at("b", ["2-b", "1-a"], v=2)], new_edits=False)
    assert seen == [
        {"_id": "a", "_rev": rev, "v": 1}, {"_id": "a", "_rev": gone, "_deleted": True},
        {"_id": "b", "_rev": "2-b", "v": 2},
    ]


# --- attachments ------------------------------------------------------------------------------------


def test_an_attachment_is_put_read_and_deleted_by_name(replica):
    first = replica.put_attachment("a", "f.txt", b"hello", "text/plain")
    found = replica.get_attachment("a", "f.txt")
    assert (found.data, found.content_type, found.digest) == (b"hello", "text/plain", "md5-XUFAKrxLKna5cZ2REBfFkg==")
    with pytest.raises(errors.Conflict):
        replica.put_attachment("a", "g", b"x", "text/plain")
    second = replica.put_attachment("a", "g", b"", "image/png", rev=first)
    assert replica.get("a")["_attachments"]["g"] == {
        "content_type": "image/png", "revpos": 2, "digest": "md5-1B2M2Y8AsgTpgAmY7PhCfg==", "length": 0, "stub": True,
    }
    third = replica.delete_attachment("a", "f.txt", rev=second)
    assert third.startswith("3-")
    with pytest.raises(errors.NotFound):
        replica.get_attachment("a", "f.txt")
    assert replica.get_attachment("a", "f.txt", rev=second).data == b"hello"
    with pytest.raises(errors.NotFound):
        replica.delete_attachment("a", "f.txt", rev=third)


def test_a_gzip_encoded_attachment_is_stored_as_what_it_means(replica):
    import base64
    import gzip

    data = base64.b64encode(gzip.compress(b"hello")).decode()
    replica.put({"_id": "a", "_attachments": {"f": {"data": data, "encoding": "gzip", "content_type": "text/plain"}}})
    assert replica.get_attachment("a", "f").data == b"hello"
    assert "encoding" not in replica.get("a")["_attachments"]["f"]


def test_equal_bytes_are_stored_once_and_go_with_their_last_document(replica):
    entry = {"f": {"data": b"same", "content_type": "text/plain"}}
    replica.bulk_docs([{"_id": "a", "_attachments": entry}, {"_id": "b", "_attachments": entry}])
    assert blobs(replica) == 1
    replica.evict(["a"])
    assert blobs(replica) == 1
    replica.evict(["b"])
    assert blobs(replica) == 0


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
