"""Files over real HTTP and a line that is cut in the middle: both ways, by chunks and by whole replicas; bytes counted."""

from __future__ import annotations

import contextlib
import random
import threading

import pytest

from sync import blobs, errors, tuning
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator, sync
from tests.support.sync.faulty_link import link_to
from tests.support.sync.lies import Answer, honest, lying
from tests.support.sync.poor_line import PoorLine
from tests.support.sync.replication import WITHOUT_PAUSES
from tests.support.sync.server import running

CHUNKS = 40
# One chunk on the wire: base64 in JSON, with its id, revision and row; uncompressed, as between near machines.
WIRE = tuning.BLOB_CHUNK_BYTES * 4 // 3 + 700


def photo(seed, chunks=CHUNKS):
    return random.Random(seed).randbytes(chunks * tuning.BLOB_CHUNK_BYTES)


@pytest.fixture
def server(tmp_path):
    with running(tmp_path / "hub") as running_server:
        for name in ("records", "files"):
            running_server.create(name)
        yield running_server


@pytest.fixture
def here(tmp_path):
    with LocalReplica.open(tmp_path / "files.replica", validators=[blobs.only_chunks]) as replica:
        yield replica


@pytest.fixture
def link(server):
    with link_to(server.url) as made:
        yield made


@pytest.fixture
def far(server, link):
    peer = RemotePeer(link.url(f"{server.url}/files"), read_timeout_s=5)
    yield peer
    peer.close()


def once(run):
    """One try: True when it came to its end."""
    try:
        run()
    except (errors.Unreachable, errors.ServerError):
        return False
    return True


def whole(replica, manifest):
    return b"".join(blobs.read(replica, manifest))


WAYS = {
    "fetch": ("down", lambda here, far, manifest, batch: blobs.fetch(here, far, manifest, batch_bytes=batch)),
    "offer": ("up", lambda here, far, manifest, batch: blobs.offer(here, far, manifest, batch_bytes=batch)),
    "pull": (
        "down", lambda here, far, manifest, batch: Replicator(far, here, local="target", attempts=1, **WITHOUT_PAUSES).run(),
    ),
    # files ask first: a batch may have been stored whose answer the cut took away
    "push": (
        "up", lambda here, far, manifest, batch: Replicator(
            here, far, local="source", ask_first=True, attempts=1, **WITHOUT_PAUSES).run(),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_transfer_cut_in_the_middle_goes_on_with_the_chunks_that_lack(server, here, far, link, way):
    direction, run = WAYS[way]
    batch = 5 * tuning.BLOB_CHUNK_BYTES
    data = photo(1)
    with server.databases.lease("files") as there:
        manifest = blobs.put(there if direction == "down" else here, data)
        target = here if direction == "down" else there
        cut = CHUNKS * WIRE * 6 // 10
        if direction == "down":
            link.cut_after_down = cut
        else:
            link.cut_after_up = cut
        assert not once(lambda: run(here, far, manifest, batch)), "the line must be cut"
        lacking = len(blobs.missing(target, manifest))
        assert 0 < lacking < CHUNKS, "what came before the cut is kept"
        link.heal()
        link.bytes_up = link.bytes_down = 0
        assert once(lambda: run(here, far, manifest, batch))
        sent = link.bytes_down if direction == "down" else link.bytes_up
        assert sent <= lacking * WIRE + 8_000, "nothing that was held goes again"
        assert whole(there, manifest) == whole(here, manifest) == data
        assert there.verify() == here.verify() == []
        link.bytes_up = link.bytes_down = 0
        run(here, far, manifest, batch)
        assert link.bytes_up + link.bytes_down < CHUNKS * 400, "held on both sides: at the most the hashes are compared"


@pytest.mark.parametrize("way", ["fetch", "offer"])
def test_a_file_comes_through_a_line_that_is_cut_again_and_again(server, here, far, link, way):
    direction, run = WAYS[way]
    batch = tuning.BLOB_CHUNK_BYTES
    data, chance = photo(2, 12), random.Random(way)
    with server.databases.lease("files") as there:
        manifest = blobs.put(there if direction == "down" else here, data)
        tries = 0
        while True:
            tries += 1
            setattr(link, f"cut_after_{direction}", chance.randrange(WIRE, 4 * WIRE))
            if once(lambda: run(here, far, manifest, batch)):
                break
            assert tries < 60
        assert tries > 2
        assert whole(there, manifest) == whole(here, manifest) == data


@pytest.mark.parametrize("way", ["fetch", "offer"])
def test_pieces_that_the_other_side_has_are_not_sent(server, here, far, link, way):
    direction, run = WAYS[way]
    old, new = photo(3), photo(3)[: (CHUNKS - 5) * tuning.BLOB_CHUNK_BYTES] + photo(4, 5)
    with server.databases.lease("files") as there:
        blobs.put(here, old)
        blobs.put(there, old)
        manifest = blobs.put(there if direction == "down" else here, new)
        run(here, far, manifest, tuning.BLOB_BATCH_BYTES)
        assert (link.bytes_down if direction == "down" else link.bytes_up) <= 5 * WIRE + 8_000
        assert whole(there, manifest) == whole(here, manifest) == new


def test_the_thumbnail_comes_with_the_record_and_the_rest_when_somebody_looks(server, here, far, link, tmp_path):
    data, thumb = photo(5), b"t" * tuning.BLOB_THUMB_BYTES
    with server.databases.lease("files") as files, server.databases.lease("records") as records:
        manifest = blobs.put(files, data, thumb=thumb)
        records.put({"_id": "ditch", "file": manifest.as_json()})
    with LocalReplica.open(tmp_path / "records.replica") as node:
        remote = RemotePeer(link.url(f"{server.url}/records"))
        sync(node, remote, **WITHOUT_PAUSES)
        remote.close()
        shown = blobs.Manifest.from_json(node.get("ditch")["file"])
    assert shown.thumb == thumb
    assert link.bytes_down < 3 * tuning.BLOB_THUMB_BYTES + CHUNKS * 100, "no chunk came"
    assert len(blobs.missing(here, shown)) == CHUNKS
    blobs.fetch(here, far, shown)
    assert whole(here, shown) == data


def test_bytes_spoilt_on_the_way_are_not_stored_and_come_again(server, here):
    with server.databases.lease("files") as there:
        manifest = blobs.put(there, photo(6, 4))

    def lie(number, path, answer):
        place = answer.body.find(b'"data":"') + 100
        return Answer(answer.status, answer.body[:place] + b"AAAA" + answer.body[place + 4 :], answer.headers)

    with lying(server.url, lie) as proxy:
        remote = RemotePeer(f"{proxy.url}/files")
        done = blobs.fetch(here, remote, manifest)
        assert done.damaged
        assert set(blobs.missing(here, manifest)) == set(done.damaged)
        proxy.lie = honest
        blobs.fetch(here, remote, manifest)
        remote.close()
    assert whole(here, manifest) == photo(6, 4)
    assert here.verify() == []


def test_what_was_evicted_is_not_pulled_again_even_by_a_full_reading(server, here, far):
    with server.databases.lease("files") as there:
        manifest = blobs.put(there, photo(7, 6))
    pull = WAYS["pull"][1]
    pull(here, far, manifest, tuning.BLOB_BATCH_BYTES)
    assert blobs.free(here, manifest) == 6
    for doc in here.local_docs():
        here.delete_local(doc["_id"].removeprefix("_local/"), doc["_rev"])      # as after a restore: all is read anew
    pull(here, far, manifest, tuning.BLOB_BATCH_BYTES)
    assert len(blobs.missing(here, manifest)) == 6
    with server.databases.lease("files") as there:
        assert blobs.missing(there, manifest) == [], "evicted here alone"
    assert blobs.fetch(here, far, manifest).chunks == 6


def test_records_pass_while_a_file_is_under_way_on_the_same_line(server, here, tmp_path):
    """A day's records reach the hub before a photograph that was begun earlier has come through the same slow line."""
    with server.databases.lease("files") as there:
        manifest = blobs.put(there, photo(8, 30))
    host, _, port = server.url.removeprefix("http://").partition(":")
    with PoorLine((host, int(port))) as line, LocalReplica.open(tmp_path / "records.replica") as records:
        line.rate, line.round_trip_s = 100_000, 0.1
        records.bulk_docs([{"_id": f"r{n}", "text": "渠道纠纷" * 10} for n in range(20)])
        begun, stop = threading.Event(), threading.Event()
        far = RemotePeer(line.url(f"{server.url}/files"))

        def carry():
            with contextlib.suppress(errors.Cancelled):
                blobs.fetch(here, far, manifest, progress=lambda done, total: begun.set(), cancel=stop)

        thread = threading.Thread(target=carry)
        thread.start()
        assert begun.wait(20)
        remote = RemotePeer(line.url(f"{server.url}/records"))
        sync(records, remote, **WITHOUT_PAUSES)
        lacking = len(blobs.missing(here, manifest))
        stop.set()
        thread.join(20)
        for peer in (far, remote):
            peer.close()
    assert lacking > 0, "the records had to be through before the file was"
    with server.databases.lease("records") as there:
        assert there.info().doc_count == 20
