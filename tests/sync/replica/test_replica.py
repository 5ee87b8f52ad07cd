"""What a local replica does beyond the contract of a peer: reading, edits, bounds, validators, attachments."""


import pytest

from sync import errors, tuning
from sync.peer import ChangesRequest
from sync.replica import LocalReplica
from tests.support.sync.peer_contract import doc_at, rows


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


def test_a_document_written_while_a_feed_runs_is_left_to_the_next_one_and_never_missed(replica):
    revs = {one.id: one.rev for one in replica.bulk_docs([{"_id": f"d{n:04}"} for n in range(1200)])}
    feed = replica.changes(ChangesRequest())
    rows = iter(feed)
    seen = [next(rows).id]
    replica.put({"_id": "d1100", "_rev": revs["d1100"], "v": 2})
    replica.put({"_id": "new"})
    seen += [row.id for row in rows]
    assert len(seen) == len(set(seen)) == 1199
    assert (feed.last_seq, feed.pending) == (1200, 0)
    assert [row.id for row in replica.changes(ChangesRequest(since=feed.last_seq))] == ["d1100", "new"]


def test_a_feed_ends_although_the_database_is_written_faster_than_it_is_read(replica):
    replica.bulk_docs([{"_id": f"d{n}"} for n in range(600)])
    read = 0
    for _ in replica.changes(ChangesRequest()):
        replica.put({"_id": f"meanwhile{read}"})
        read += 1
    assert read == 600


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
