"""Files as chunks: stored once, sent once, taken up where a line was cut, and checked at every end."""

from __future__ import annotations

import hashlib
import io
import random
import threading
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import blobs, errors
from sync.blobs import DamagedBlob, Manifest
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from tests.support.sync.lies import Answer, honest, lying
from tests.support.sync.server import running

PIECE = 100


@pytest.fixture
def here(tmp_path):
    with LocalReplica.open(tmp_path / "here.replica", validators=[blobs.only_chunks]) as replica:
        yield replica


@pytest.fixture
def there(tmp_path):
    with LocalReplica.open(tmp_path / "there.replica") as replica:
        yield replica


def photo(seed, size=2050):
    return random.Random(seed).randbytes(size)


def whole(replica, manifest):
    return b"".join(blobs.read(replica, manifest))


# --- one side ---


@given(st.binary(max_size=300), st.integers(1, 50))
def test_pieces_put_together_are_the_file(data, piece):
    pieces = list(blobs.cut(io.BytesIO(data), piece=piece))
    assert b"".join(pieces) == data
    assert all(len(each) == piece for each in pieces[:-1])


@pytest.mark.parametrize("data", [b"", b"x", photo(1, 100), photo(2, 101), photo(3, 5000)])
def test_what_was_put_is_read_and_its_manifest_travels_as_json(here, data):
    manifest = blobs.put(here, data, piece=PIECE, thumb=b"small")
    assert (manifest.size, manifest.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert Manifest.from_json(manifest.as_json()) == manifest
    assert whole(here, manifest) == data
    assert blobs.missing(here, manifest) == []
    seq = here.update_seq()
    assert blobs.put(here, io.BytesIO(data), piece=PIECE, thumb=b"small") == manifest
    assert here.update_seq() == seq, "putting again stores nothing"


def test_equal_pieces_are_stored_once(here):
    first = blobs.put(here, b"a" * 300 + b"b" * 50, piece=PIECE)
    second = blobs.put(here, b"a" * 100 + b"c" * 50, piece=PIECE)
    assert here.info().doc_count == 3
    assert (len(first.chunks), len(second.chunks)) == (4, 2)


def test_a_large_file_is_committed_in_parts_and_never_held_whole(here):
    class Counting(io.RawIOBase):
        read_so_far = 0

        def read(self, size=-1):
            assert self.read_so_far - 100 * here.info().doc_count <= 1100
            if self.read_so_far >= 20_000:
                return b""
            self.read_so_far += size
            return self.read_so_far.to_bytes(size, "big")

    manifest = blobs.put(here, Counting(), piece=PIECE, batch_bytes=1000)
    assert manifest.size == 20_000


def test_a_damaged_chunk_is_named_and_a_wrong_one_cannot_enter(here, there):
    manifest = blobs.put(there, photo(1), piece=PIECE)
    id = blobs.chunk_id(manifest.chunks[3])
    there.put({**there.get(id), "data": "YWJj"})
    with pytest.raises(DamagedBlob, match="do not match"):
        whole(there, manifest)
    assert [result.error for result in here.bulk_docs([there.get(id)], new_edits=False)] == ["forbidden"]
    with pytest.raises(errors.Forbidden, match="chunks only"):
        here.put({"_id": "note", "text": "渠"})
    with pytest.raises(errors.NotFound):
        whole(here, manifest)


def test_a_manifest_of_other_chunks_is_noticed_at_the_end(here):
    one, other = blobs.put(here, photo(1), piece=PIECE), blobs.put(here, photo(2), piece=PIECE)
    mixed = Manifest(one.size, one.sha256, other.chunks, PIECE)
    with pytest.raises(DamagedBlob, match="not the file"):
        whole(here, mixed)


GOOD = {"size": 150, "sha256": "a" * 64, "chunks": ["b" * 64, "c" * 64], "chunk_bytes": 100}


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1}, {"size": "150"}, {"size": True}, {"size": 500}, {"sha256": "A" * 64}, {"sha256": None}, {"chunks": None},
        {"chunks": ["b" * 64]}, {"chunks": ["b" * 63, "c" * 64]}, {"chunk_bytes": 0}, {"chunk_bytes": 10**9}, {"thumb": 3},
        {"thumb": "%%"}, {"thumb": "QUFB" * 5000},
    ],
)  # fmt: skip
def test_a_manifest_that_contradicts_itself_is_refused(change):
    assert Manifest.from_json({**GOOD, "name": "ditch.jpg"}).chunks == ("b" * 64, "c" * 64)
    with pytest.raises(DamagedBlob):
        Manifest.from_json({**GOOD, **change})


def test_what_was_freed_here_can_be_fetched_again(here, there):
    keep = blobs.put(here, b"a" * 200, piece=PIECE)
    gone = blobs.put(here, b"a" * 100 + photo(1), piece=PIECE)
    blobs.put(there, b"a" * 100 + photo(1), piece=PIECE)
    assert blobs.free(here, gone, keep=[keep]) == 21
    assert whole(here, keep) == b"a" * 200
    assert len(blobs.missing(here, gone)) == 21
    assert blobs.fetch(here, there, gone).chunks == 21
    assert whole(here, gone) == b"a" * 100 + photo(1)


# --- two sides ---


def test_only_what_is_missing_is_fetched_small_files_first(here, there):
    small, large = blobs.put(there, photo(1, 150), piece=PIECE), blobs.put(there, photo(2), piece=PIECE)
    blobs.put(here, photo(2)[:1000], piece=PIECE)
    assert blobs.missing(here, small, large)[:2] == list(small.chunks)
    told = []
    done = blobs.fetch(here, there, small, large, progress=lambda at, total: told.append((at, total)))
    assert (done.chunks, done.absent, done.damaged) == (2 + 11, [], [])
    assert told[-1] == (13, 13)
    assert whole(here, large) == photo(2)
    assert blobs.fetch(here, there, small, large).chunks == 0


def test_absent_and_damaged_chunks_are_listed_and_the_rest_comes(here, there):
    manifest = blobs.put(there, photo(1), piece=PIECE)
    ids = [blobs.chunk_id(digest) for digest in manifest.chunks]
    there.put({**there.get(ids[2]), "data": "YWJj"})
    there.purge({ids[5]: [there.get(ids[5])["_rev"]]})
    done = blobs.fetch(here, there, manifest)
    assert (done.damaged, done.absent) == ([manifest.chunks[2]], [manifest.chunks[5]])
    assert blobs.missing(here, manifest) == [manifest.chunks[2], manifest.chunks[5]]


@pytest.fixture
def server(tmp_path):
    with running(tmp_path / "hub") as running_server:
        running_server.create("files")
        yield running_server


@pytest.mark.parametrize("way", ["fetch", "offer"])
def test_a_cut_line_costs_one_request_and_the_next_try_goes_on(here, server, way):
    data, call = photo(1), partial(getattr(blobs, way), batch_bytes=550)
    with server.databases.lease("files") as there:
        manifest = blobs.put(there if way == "fetch" else here, data, piece=PIECE)
    seen: list[int] = []

    def lie(number: int, path: str, answer: Answer) -> Answer:
        if "_bulk" not in path:
            return answer
        seen.append(number)
        return Answer(502, b"no gateway") if len(seen) % 3 == 0 else answer

    with lying(server.url, lie) as proxy:
        remote = RemotePeer(f"{proxy.url}/files")
        chunks = tries = 0
        while True:
            tries += 1
            try:
                chunks += call(here, remote, manifest).chunks
                break
            except errors.ServerError:
                continue
        assert 1 < tries < 6
        proxy.lie = honest
        assert call(here, remote, manifest).chunks == 0
        remote.close()
    with server.databases.lease("files") as there:
        assert whole(there, manifest) == whole(here, manifest) == data


def test_a_fetch_can_be_cancelled_and_keeps_what_it_has(here, there):
    manifest = blobs.put(there, photo(1), piece=PIECE)
    stop = threading.Event()
    with pytest.raises(errors.Cancelled):
        blobs.fetch(here, there, manifest, cancel=stop, progress=lambda at, total: stop.set(), batch_bytes=550)
    assert 0 < len(blobs.missing(here, manifest)) < len(manifest.chunks)


def test_an_offer_says_what_is_not_here_and_what_was_refused(here, tmp_path):
    def small_only(doc):
        if len(doc["data"]) < 100:
            raise errors.Forbidden("too small")

    manifest = blobs.put(here, photo(1), piece=PIECE)
    blobs.free(here, Manifest(PIECE, "", manifest.chunks[:1], PIECE))
    with LocalReplica.open(tmp_path / "strict.replica", validators=[small_only]) as strict:
        done = blobs.offer(here, strict, manifest)
    assert (done.absent, done.damaged) == ([manifest.chunks[0]], [manifest.chunks[-1]])
    assert done.chunks == len(manifest.chunks) - 2
