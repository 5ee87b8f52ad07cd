"""What goes first over a line: the named document, then small records, then large ones, files last; and nothing is lost by it."""

from __future__ import annotations

import base64
import random

import pytest

from sync import errors
from sync.databases import Databases
from sync.peer import ChangesRequest
from sync.remote.limits import AnswerLimits
from sync.remote.remote_peer import RemotePeer
from sync.replicator import Replicator, delivery, pending, sync, tuning
from tests.support.sync.faulty_link import link_to
from tests.support.sync.replication import WITHOUT_PAUSES, edit, in_step, leaves, pull, push, write
from tests.support.sync.server import running

LARGE = "渠" * tuning.LARGE_DOC_BYTES


def peer(hub) -> RemotePeer:
    return RemotePeer(f"{hub.url}/db")


def arrived(replica) -> list[str]:
    """Ids in the order in which they came."""
    return [row.id for row in replica.changes(ChangesRequest())]


def with_file(id: str, size: int) -> dict[str, object]:
    data = base64.b64encode(random.Random(size).randbytes(size)).decode()    # does not compress
    return {"_id": id, "_attachments": {"photo": {"data": data, "content_type": "image/jpeg"}}}


def mixed(replica) -> None:
    """A feed whose heavy documents stand before the light ones."""
    replica.bulk_docs([with_file("file", 3 * tuning.LARGE_DOC_BYTES), {"_id": "larger", "text": LARGE + LARGE}])
    replica.bulk_docs([{"_id": "large", "text": LARGE}, with_file("thumb", 100)])
    write(replica, ["a", "b"])
    edit(replica, "b", text="twice")


@pytest.mark.parametrize("pipeline", [True, False])
def test_a_push_sends_small_records_before_large_ones_and_files_last(hub, here, pipeline):
    mixed(here)
    push(here, peer(hub), pipeline=pipeline, batch_size=2)
    with hub.databases.lease("db") as there:
        assert leaves(there) == leaves(here)
        order = arrived(there)
        assert set(order[:3]) == {"a", "b", "thumb"}
        assert order[3:] == ["large", "larger", "file"]


def test_a_pull_loads_large_files_after_all_records(hub, here):
    with hub.databases.lease("db") as there:
        mixed(there)
        there.bulk_docs([with_file("file-2", 2 * tuning.LARGE_DOC_BYTES)])
        pull(here, peer(hub))
        assert leaves(there) == leaves(here)
    assert arrived(here)[-2:] == ["file-2", "file"]


def test_a_pull_that_asks_for_revisions_only_weighs_before_it_loads(hub, here):
    """After a push the feed is read without bodies: what is large is seen from the stubs."""
    with hub.databases.lease("db") as there:
        write(here, [f"mine-{n}" for n in range(20)])
        push(here, peer(hub))
        there.bulk_docs([with_file("file", 2 * tuning.LARGE_DOC_BYTES), with_file("thumb", 10), {"_id": "z"}])
        pull(here, peer(hub))
        assert leaves(there) == leaves(here)
    assert arrived(here)[-1] == "file"


def test_small_records_get_through_a_line_that_no_large_one_survives(hub, here):
    here.bulk_docs([with_file("file", 40 * tuning.LARGE_DOC_BYTES)])
    write(here, ["a", "b", "c"])
    with link_to(hub.url) as link:
        remote = RemotePeer(link.url(f"{hub.url}/db"))

        def cut_again(seconds: float) -> None:
            link.cut_after_up = 300_000

        link.cut_after_up = 300_000
        failing = Replicator(here, remote, local="source", wait=cut_again, attempts=3)
        with pytest.raises(errors.Unreachable):
            failing.run()
        assert failing.result.docs_written == 3     # each once, however often the large one was tried
        with hub.databases.lease("db") as there:
            assert set(arrived(there)) == {"a", "b", "c"}
        told = delivery(here, peer(hub).info().peer_id, ["file", "a"])
        assert told["file"] == "pending"
        link.heal()
        push(here, remote)
    with hub.databases.lease("db") as there:
        assert leaves(there) == leaves(here)


def test_many_large_documents_do_not_hold_the_checkpoint_back_for_ever(hub, here):
    for n in range(10):
        here.bulk_docs([{"_id": f"large-{n}", "text": LARGE}, {"_id": f"small-{n}"}])
    push(here, peer(hub), batch_size=1, most_put_off=3)
    with hub.databases.lease("db") as there:
        assert leaves(there) == leaves(here)
        order = arrived(there)
    assert order.index("large-2") < order.index("small-5")
    assert pending(here, peer(hub).info().peer_id) == set()


def test_a_rejected_large_document_is_listed_and_the_checkpoint_passes(tmp_path, here):
    def no_large(doc):
        if len(doc.get("text", "")) > 100:
            raise errors.Forbidden("too long")

    with running(tmp_path, databases=Databases(tmp_path / "strict", validators_for=lambda name: [no_large])) as server:
        server.create("db")
        here.bulk_docs([{"_id": "large", "text": LARGE}, {"_id": "small"}])
        replicator = push(here, RemotePeer(f"{server.url}/db"))
        assert list(replicator.result.rejected) == ["large"]
        assert replicator.pending() == {"large"}
        assert push(here, RemotePeer(f"{server.url}/db")).result.docs_read == 0


# --- the named document first ---------------------------------------------------------------------------------------


def test_the_named_document_goes_before_all_others(hub, here):
    write(here, [f"d{n}" for n in range(30)])
    here.bulk_docs([with_file("urgent", 2 * tuning.LARGE_DOC_BYTES)])
    done = sync(here, peer(hub), send_first=["urgent"], **WITHOUT_PAUSES)
    assert done.push.docs_written == 31
    with hub.databases.lease("db") as there:
        assert arrived(there)[0] == "urgent"
        edit(there, "d7", text="answered")
        write(there, [f"t{n}" for n in range(30)])
    sync(here, peer(hub), fetch_first=["t29"], **WITHOUT_PAUSES)
    assert next(id for id in arrived(here) if id.startswith("t")) == "t29"
    in_step(here, peer(hub))


def test_a_named_document_outside_the_filter_is_not_copied(hub, here):
    here.bulk_docs([{"_id": "a", "kind": "x"}, {"_id": "b", "kind": "y"}, {"_id": "c", "kind": "x"}])
    push(here, peer(hub), selector={"kind": "x"}, first=["b", "c"])
    with hub.databases.lease("db") as there:
        assert arrived(there) == ["c", "a"]
    push(here, peer(hub), doc_ids=["a"], first=["b"])
    with hub.databases.lease("db") as there:
        assert arrived(there) == ["c", "a"]


def test_a_named_document_that_does_not_exist_harms_nothing(hub, here):
    write(here, ["a"])
    push(here, peer(hub), first=["nowhere"])
    with hub.databases.lease("db") as there:
        assert arrived(there) == ["a"]


# --- what is pending --------------------------------------------------------------------------------------------------


def test_pending_is_what_the_target_is_not_known_to_hold(hub, here):
    write(here, ["a", "b"])
    replicator = Replicator(here, peer(hub), local="source", **WITHOUT_PAUSES)
    assert replicator.pending() == {"a", "b"}
    replicator.run()
    assert replicator.pending() == set()
    edit(here, "b", v=2)
    write(here, ["c"])
    assert replicator.pending() == {"b", "c"}
    assert replicator.pending(["a", "b", "nowhere"]) == {"b"}
    with pytest.raises(errors.BadRequest, match="push"):
        Replicator(peer(hub), here, local="target").pending()


# --- servers that make their whole feed first -------------------------------------------------------------------------


class Paged(RemotePeer):
    feed_page_rows = 7


class PagedAhead(RemotePeer):
    feed_page_rows = 7
    loads_pages_ahead = True


class WrongAhead(PagedAhead):
    """Its pages seem to end before they do."""

    def changes(self, request, *, cancel=None):
        feed = super().changes(request, cancel=cancel)
        load = feed.load
        feed.load = lambda: (load() or 1) - 1
        return feed


@pytest.mark.parametrize("kind", [Paged, PagedAhead, WrongAhead])
@pytest.mark.parametrize("rows", [0, 6, 7, 8, 20])
def test_a_feed_in_pages_is_the_whole_feed(hub, here, rows, kind):
    with hub.databases.lease("db") as there:
        write(there, [f"d{n:02}" for n in range(rows)])
        done = pull(here, kind(f"{hub.url}/db")).result
        assert (leaves(here), done.docs_written, done.last_seq) == (leaves(there), rows, there.update_seq())
        assert pull(here, kind(f"{hub.url}/db")).result.docs_read == 0


@pytest.mark.parametrize("bound", [100, 3_000])
def test_a_page_too_large_to_be_held_is_decoded_as_it_comes(hub, here, bound):
    with hub.databases.lease("db") as there:
        write(there, [f"d{n:02}" for n in range(60)], text="渠" * 5_000)
        pull(here, PagedAhead(f"{hub.url}/db", limits=AnswerLimits(page_bytes=bound)))
        assert leaves(here) == leaves(there)


def test_a_line_that_is_cut_while_pages_are_asked_ahead_is_told_and_taken_up_again(hub, here):
    with hub.databases.lease("db") as there, link_to(hub.url) as link:
        write(there, [f"d{n:02}" for n in range(60)], text="渠" * 500)
        link.cut_after_down = 30_000
        link.stay_down = True
        remote = PagedAhead(link.url(f"{hub.url}/db"))
        with pytest.raises(errors.Unreachable):
            Replicator(remote, here, local="target", attempts=1, **WITHOUT_PAUSES).run()
        assert 0 < len(leaves(here)) < 60
        link.heal()
        pull(here, remote)
        assert leaves(here) == leaves(there)
