"""What every `Peer` must do, written against the protocol alone.

Use: subclass `PeerContract` in a test module and give a fixture `peer` (a fresh, empty, writable peer).
The suite speaks only through the methods of `Peer`, so it runs over a file as over HTTP.
"""

from __future__ import annotations

import base64
import threading

import pytest

from sync import errors
from sync.peer import ChangesRequest, Peer


def doc_at(id: str, path: list[str], **body) -> dict:
    """A document with the history `path`, newest first: `["2-b", "1-a"]`."""
    start = int(path[0].split("-")[0])
    ids = [rev.split("-", 1)[1] for rev in path]
    return {"_id": id, "_rev": path[0], "_revisions": {"start": start, "ids": ids}, **body}


def rows(peer: Peer, **request) -> list:
    return list(peer.changes(ChangesRequest(**request)))


def bodies(peer: Peer, id: str, **wanted) -> list[dict]:
    return list(peer.bulk_get([{"id": id, **wanted}])[0].docs)


def refusals(peer: Peer, docs: list[dict]) -> list[str | None]:
    """The errors of a replicated write. A peer may refuse the whole request or each document: both are
    CouchDB's ways."""
    try:
        return [one.error for one in peer.bulk_docs(docs, new_edits=False)]
    except errors.PeerError as refusal:
        return [refusal.error]


class PeerContract:
    """See the head of this module."""

    @pytest.fixture
    def peer(self) -> Peer:
        raise NotImplementedError("give a fixture `peer`")

    # --- new_edits=true -------------------------------------------------------------------------------

    def test_a_new_document_gets_a_first_revision_and_is_counted(self, peer):
        result = peer.bulk_docs([{"_id": "a", "v": 1}])
        assert [one.ok for one in result] == [True]
        assert result[0].id == "a"
        assert result[0].rev.startswith("1-")
        assert peer.info().doc_count == 1
        assert peer.info().doc_del_count == 0

    def test_a_document_without_id_gets_one(self, peer):
        result = peer.bulk_docs([{"v": 1}])[0]
        assert result.ok
        assert bodies(peer, result.id)[0]["v"] == 1

    def test_a_stale_revision_is_a_conflict_of_that_document_alone(self, peer):
        first = peer.bulk_docs([{"_id": "a", "v": 1}])[0].rev
        results = peer.bulk_docs([{"_id": "a", "v": 2}, {"_id": "b"}, {"_id": "a", "_rev": first, "v": 3}])
        assert [(one.id, one.error) for one in results] == [("a", "conflict"), ("b", None), ("a", None)]
        assert peer.bulk_docs([{"_id": "a", "_rev": first, "v": 4}])[0].error == "conflict"

    def test_a_deletion_leaves_a_tombstone_and_creating_over_it_continues_the_tree(self, peer):
        first = peer.bulk_docs([{"_id": "a", "v": 1}])[0].rev
        gone = peer.bulk_docs([{"_id": "a", "_rev": first, "_deleted": True}])[0].rev
        assert gone.startswith("2-")
        assert (peer.info().doc_count, peer.info().doc_del_count) == (0, 1)
        assert [row.deleted for row in rows(peer)] == [True]
        again = peer.bulk_docs([{"_id": "a", "v": 2}])[0].rev
        assert again.startswith("3-")
        assert [row.revs for row in rows(peer, style="all_docs")] == [(again,)]
        assert (peer.info().doc_count, peer.info().doc_del_count) == (1, 0)

    def test_the_same_edit_gives_the_same_revision_everywhere(self, peer):
        rev = peer.bulk_docs([{"_id": "a", "v": 1}])[0].rev
        # md5 of {"_id":"a","v":1}
        assert rev == "1-08709d560ec69fde85e0ce0ddbfc9df5"

    @pytest.mark.parametrize("bad", ["_foo", "_design/", ""])
    def test_a_reserved_or_empty_id_is_refused(self, peer, bad):
        assert len(refusals(peer, [{"_id": bad, "_rev": "1-a"}])) == 1
        assert rows(peer) == []

    def test_ids_may_hold_slashes_unicode_and_signs(self, peer):
        ids = ["a/b", "说事室:旧地村", "%2F", "a b+c", "_design/x", "😀", "a?b=c&d#e", "'\"\\"]
        assert all(one.ok for one in peer.bulk_docs([{"_id": id, "v": id} for id in ids]))
        assert {row.id for row in rows(peer)} == set(ids)
        for result, id in zip(peer.bulk_get([{"id": id} for id in ids]), ids, strict=True):
            assert result.id == id
            assert result.docs[0]["v"] == id

    # --- new_edits=false ------------------------------------------------------------------------------

    def test_a_replicated_revision_is_stored_exactly_and_its_history_too(self, peer):
        assert peer.bulk_docs([doc_at("a", ["3-c", "2-b", "1-a"], v=3)], new_edits=False) == []
        assert bodies(peer, "a", rev="3-c") == [doc_at("a", ["3-c", "2-b", "1-a"], v=3)]

    def test_repeating_a_replicated_write_changes_nothing(self, peer):
        doc = doc_at("a", ["2-b", "1-a"], v=1)
        peer.bulk_docs([doc], new_edits=False)
        before = rows(peer)
        assert peer.bulk_docs([doc, doc], new_edits=False) == []
        assert rows(peer) == before

    def test_two_replicated_branches_are_a_conflict_and_the_greater_digest_wins(self, peer):
        peer.bulk_docs([doc_at("a", ["2-x", "1-a"], v="x")], new_edits=False)
        peer.bulk_docs([doc_at("a", ["2-y", "1-a"], v="y")], new_edits=False)
        assert [row.revs for row in rows(peer)] == [("2-y",)]
        assert [set(row.revs) for row in rows(peer, style="all_docs")] == [{"2-x", "2-y"}]
        row = rows(peer, include_docs=True, conflicts=True)[0]
        assert row.doc["v"] == "y"
        assert row.doc["_conflicts"] == ["2-x"]

    def test_an_undeleted_leaf_wins_over_a_longer_deleted_one(self, peer):
        peer.bulk_docs([doc_at("a", ["2-x", "1-a"], v="x")], new_edits=False)
        peer.bulk_docs([doc_at("a", ["4-z", "3-y"], _deleted=True)], new_edits=False)
        row = rows(peer, include_docs=True)[0]
        assert (row.revs, row.deleted, row.doc["v"]) == (("2-x",), False, "x")
        assert peer.info().doc_count == 1

    def test_deleting_the_winner_brings_the_other_leaf_back(self, peer):
        peer.bulk_docs([doc_at("a", ["2-x", "1-a"], v="x"), doc_at("a", ["2-y", "1-a"], v="y")], new_edits=False)
        assert peer.bulk_docs([{"_id": "a", "_rev": "2-y", "_deleted": True}])[0].ok
        row = rows(peer, include_docs=True)[0]
        assert (row.revs, row.doc["v"]) == (("2-x",), "x")

    def test_a_branch_that_arrives_before_its_ancestors_is_joined_later(self, peer):
        peer.bulk_docs([doc_at("a", ["3-c"], v=3)], new_edits=False)
        peer.bulk_docs([doc_at("a", ["3-c", "2-b"], v=3)], new_edits=False)
        peer.bulk_docs([doc_at("a", ["4-d", "3-c", "2-b", "1-a"], v=4)], new_edits=False)
        assert [row.revs for row in rows(peer, style="all_docs")] == [("4-d",)]
        assert bodies(peer, "a")[0]["_revisions"] == {"start": 4, "ids": ["d", "c", "b", "a"]}

    def test_a_bad_document_does_not_hold_up_its_neighbours_when_they_are_sent_alone(self, peer):
        good = doc_at("good", ["1-a"], v=1)
        assert refusals(peer, [{"_id": "bad", "_rev": "1-a", "_unknown": 1}]) == ["doc_validation"]
        assert peer.bulk_docs([good], new_edits=False) == []
        assert [row.id for row in rows(peer)] == ["good"]

    # --- revs_diff, bulk_get --------------------------------------------------------------------------

    def test_revs_diff_names_only_what_is_missing(self, peer):
        peer.bulk_docs([doc_at("a", ["2-b", "1-a"])], new_edits=False)
        diff = peer.revs_diff({"a": ["2-b", "1-a", "3-c", "2-x"], "b": ["1-z"], "c": []})
        assert set(diff) == {"a", "b"}
        assert set(diff["a"].missing) == {"3-c", "2-x"}
        assert diff["a"].possible_ancestors == ("2-b",)
        assert diff["b"].missing == ("1-z",)

    def test_bulk_get_tells_what_is_missing_per_document(self, peer):
        peer.bulk_docs([doc_at("a", ["2-b", "1-a"], v=1)], new_edits=False)
        found = peer.bulk_get([{"id": "a", "rev": "2-b"}, {"id": "a", "rev": "9-z"}, {"id": "no", "rev": "1-a"}])
        assert [len(one.docs) for one in found] == [1, 0, 0]
        assert [one.errors[0]["error"] for one in found[1:]] == ["not_found", "not_found"]
        assert found[1].errors[0]["rev"] == "9-z"

    def test_bulk_get_latest_gives_the_leaf_that_grew_from_the_revision_asked_for(self, peer):
        peer.bulk_docs([doc_at("a", ["1-a"], v=1)], new_edits=False)
        peer.bulk_docs([doc_at("a", ["2-b", "1-a"], v=2)], new_edits=False)
        found = peer.bulk_get([{"id": "a", "rev": "1-a"}], latest=True)[0]
        assert [doc["_rev"] for doc in found.docs] == ["2-b"]

    def test_bulk_get_without_revs_leaves_the_history_out(self, peer):
        peer.bulk_docs([doc_at("a", ["2-b", "1-a"], v=1)], new_edits=False)
        assert peer.bulk_get([{"id": "a", "rev": "2-b"}], revs=False)[0].docs == (
            {"_id": "a", "_rev": "2-b", "v": 1},
        )

    def test_bulk_get_of_a_tombstone_says_deleted(self, peer):
        peer.bulk_docs([doc_at("a", ["2-b", "1-a"], _deleted=True, why="x")], new_edits=False)
        doc = bodies(peer, "a", rev="2-b")[0]
        assert doc["_deleted"] is True
        assert doc["why"] == "x"

    # --- attachments ----------------------------------------------------------------------------------

    def test_an_attachment_travels_inline_and_its_stub_is_kept_by_the_next_revision(self, peer):
        data = base64.b64encode(b"hello").decode()
        entry = {"data": data, "content_type": "text/plain"}
        rev = peer.bulk_docs([{"_id": "a", "_attachments": {"f.txt": entry}}])[0].rev
        stub = peer.bulk_get([{"id": "a", "rev": rev}], attachments=True)[0].docs[0]["_attachments"]["f.txt"]
        assert stub["data"] == data
        assert stub["digest"] == "md5-XUFAKrxLKna5cZ2REBfFkg=="
        assert stub["revpos"] == 1
        kept = {"f.txt": {"stub": True, "content_type": "text/plain", "digest": stub["digest"]}}
        second = peer.bulk_docs([{"_id": "a", "_rev": rev, "v": 2, "_attachments": kept}])[0]
        assert second.ok
        doc = bodies(peer, "a", rev=second.rev)[0]
        assert doc["_attachments"]["f.txt"]["data"] == data
        assert doc["_attachments"]["f.txt"]["revpos"] == 1

    def test_attachments_known_to_the_reader_come_as_stubs(self, peer):
        entry = {"data": base64.b64encode(b"one").decode(), "content_type": "text/plain"}
        peer.bulk_docs([doc_at("a", ["1-a"], _attachments={"one": entry})], new_edits=False)
        newer = {"one": {"stub": True, "revpos": 1, "content_type": "text/plain"}, "two": entry}
        assert peer.bulk_docs([doc_at("a", ["2-b", "1-a"], _attachments=newer)], new_edits=False) == []
        found = bodies(peer, "a", rev="2-b", atts_since=["1-a"])[0]["_attachments"]
        assert found["one"].get("stub") is True
        assert found["two"]["data"] == entry["data"]

    def test_a_stub_whose_bytes_are_unknown_is_refused(self, peer):
        stub = {"f": {"stub": True, "revpos": 1, "digest": "md5-XUFAKrxLKna5cZ2REBfFkg==", "content_type": "x/y"}}
        assert refusals(peer, [doc_at("a", ["2-b", "1-a"], _attachments=stub)]) == ["missing_stub"]
        assert rows(peer) == []

    # --- changes --------------------------------------------------------------------------------------

    def test_the_feed_lists_each_document_once_at_its_latest_seq(self, peer):
        revs = {one.id: one.rev for one in peer.bulk_docs([{"_id": id} for id in "abc"])}
        peer.bulk_docs([{"_id": "a", "_rev": revs["a"], "v": 2}])
        assert sorted(row.id for row in rows(peer)) == ["a", "b", "c"]

    def test_reading_on_from_last_seq_shows_only_what_is_new(self, peer):
        peer.bulk_docs([{"_id": "a"}, {"_id": "b"}])
        feed = peer.changes(ChangesRequest())
        assert len(list(feed)) == 2
        assert rows(peer, since=feed.last_seq) == []
        peer.bulk_docs([{"_id": "c"}])
        assert [row.id for row in rows(peer, since=feed.last_seq)] == ["c"]

    def test_pages_of_a_limited_feed_cover_everything(self, peer):
        peer.bulk_docs([{"_id": f"d{n}"} for n in range(7)])
        seen, since = [], 0
        for _ in range(4):
            feed = peer.changes(ChangesRequest(since=since, limit=2))
            seen += [row.id for row in feed]
            since = feed.last_seq
        assert sorted(seen) == sorted({f"d{n}" for n in range(7)})

    def test_a_feed_that_is_cut_resumes_after_its_last_complete_row(self, peer):
        peer.bulk_docs([{"_id": f"d{n}"} for n in range(5)])
        feed = peer.changes(ChangesRequest())
        first = next(iter(feed))
        feed.close()
        rest = [row.id for row in rows(peer, since=feed.last_seq)]
        assert first.id not in rest
        assert len(rest) == 4

    def test_now_is_after_everything(self, peer):
        peer.bulk_docs([{"_id": "a"}])
        feed = peer.changes(ChangesRequest(since="now"))
        assert list(feed) == []
        peer.bulk_docs([{"_id": "b"}])
        assert [row.id for row in rows(peer, since=feed.last_seq)] == ["b"]

    def test_descending_gives_the_newest_first(self, peer):
        for id in "abc":
            peer.bulk_docs([{"_id": id}])
        assert [row.id for row in rows(peer, descending=True)] == ["c", "b", "a"]
        assert [row.id for row in rows(peer, descending=True, limit=1)] == ["c"]

    def test_include_docs_gives_the_winner_without_its_history(self, peer):
        peer.bulk_docs([doc_at("a", ["2-b", "1-a"], v=1)], new_edits=False)
        assert rows(peer, include_docs=True)[0].doc == {"_id": "a", "_rev": "2-b", "v": 1}

    def test_a_feed_with_attachments_carries_their_bytes_and_one_without_their_stubs(self, peer):
        entry = {"data": base64.b64encode(b"hello").decode(), "content_type": "text/plain"}
        peer.bulk_docs([{"_id": "a", "_attachments": {"f": entry}}])
        inline = rows(peer, include_docs=True, attachments=True)[0].doc["_attachments"]["f"]
        assert inline["data"] == entry["data"]
        stub = rows(peer, include_docs=True)[0].doc["_attachments"]["f"]
        assert (stub["stub"], stub["length"], "data" in stub) == (True, 5, False)

    def test_doc_ids_pick_documents(self, peer):
        peer.bulk_docs([{"_id": id} for id in "abcd"])
        assert sorted(row.id for row in rows(peer, doc_ids=("b", "d", "zz"))) == ["b", "d"]

    def test_a_selector_picks_documents_and_the_feed_still_ends_at_its_end(self, peer):
        peer.bulk_docs([{"_id": f"d{n}", "n": n} for n in range(6)])
        feed = peer.changes(ChangesRequest(selector={"n": {"$gte": 3}}, include_docs=True))
        assert sorted(row.doc["n"] for row in feed) == [3, 4, 5]
        assert rows(peer, since=feed.last_seq) == []

    def test_an_unknown_operator_is_refused_by_name(self, peer):
        with pytest.raises(errors.BadRequest, match=r"\$nonsense"):
            rows(peer, selector={"n": {"$nonsense": 1}})

    def test_longpoll_returns_at_once_when_there_is_something(self, peer):
        peer.bulk_docs([{"_id": "a"}])
        assert [row.id for row in rows(peer, feed="longpoll", timeout_ms=20_000)] == ["a"]

    def test_longpoll_waits_for_the_next_write(self, peer):
        peer.bulk_docs([{"_id": "a"}])
        since = peer.changes(ChangesRequest(since="now"))
        list(since)
        seen: list[str] = []
        waiting = threading.Thread(
            target=lambda: seen.extend(
                row.id for row in rows(peer, since=since.last_seq, feed="longpoll", timeout_ms=20_000)
            )
        )
        waiting.start()
        peer.bulk_docs([{"_id": "b"}])
        waiting.join(20)
        assert seen == ["b"]

    def test_longpoll_ends_empty_after_its_timeout(self, peer):
        feed = peer.changes(ChangesRequest(since="now", feed="longpoll", timeout_ms=50))
        assert list(feed) == []

    def test_a_cancelled_longpoll_ends_with_cancelled(self, peer):
        cancel = threading.Event()
        cancel.set()
        with pytest.raises(errors.Cancelled):
            list(peer.changes(ChangesRequest(since="now", feed="longpoll", timeout_ms=20_000), cancel=cancel))

    # --- _local ---------------------------------------------------------------------------------------

    def test_a_local_document_is_written_read_and_never_in_the_feed(self, peer):
        assert peer.get_local("checkpoint") is None
        assert peer.put_local("checkpoint", {"seq": 1}) == "0-1"
        doc = peer.get_local("checkpoint")
        assert (doc["seq"], doc["_rev"]) == (1, "0-1")
        assert peer.put_local("checkpoint", {"seq": 2, "_rev": "0-1"}) == "0-2"
        assert peer.get_local("checkpoint")["seq"] == 2
        assert rows(peer) == []
        assert peer.info().doc_count == 0

    def test_a_local_document_with_a_stale_revision_is_a_conflict(self, peer):
        peer.put_local("x", {"seq": 1})
        with pytest.raises(errors.Conflict):
            peer.put_local("x", {"seq": 2})
        with pytest.raises(errors.Conflict):
            peer.put_local("x", {"seq": 2, "_rev": "0-7"})
        assert peer.get_local("x")["seq"] == 1

    # --- info -----------------------------------------------------------------------------------------

    def test_info_names_the_same_replica_every_time(self, peer):
        assert peer.info().peer_id == peer.info().peer_id
        assert peer.info().peer_id
        assert peer.info().epoch == peer.info().epoch
