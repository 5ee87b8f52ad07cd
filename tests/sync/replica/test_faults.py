"""What goes wrong with files and disks: every fault has its own name, and what was acknowledged stays."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest

from sync import errors
from sync.databases import Databases
from sync.databases import tuning as http_endpoint_tuning
from sync.databases.compaction import IdleCompaction
from sync.replica import LocalReplica
from sync.replica.limits import ReplicaLimits
from tests.support.sync.peer_contract import doc_at, rows

KEY = bytes(range(32))


def make(path, count=50, key=None):
    with LocalReplica.open(path, key=key) as replica:
        replica.bulk_docs([{"_id": f"d{n:03}", "v": "x" * 500} for n in range(count)])
    return path


# --- opening ----------------------------------------------------------------------------------------


def test_a_missing_file_is_not_found_unless_it_may_be_made(tmp_path):
    with pytest.raises(errors.NotFound, match="no replica"):
        LocalReplica.open(tmp_path / "r.replica", create=False)
    with pytest.raises(errors.StorageError, match="folder"):
        LocalReplica.open(tmp_path / "no" / "r.replica")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_replica_is_refused_and_left_alone(tmp_path):
    text = tmp_path / "text"
    text.write_bytes(b"a letter to the township, longer than a hundred bytes " * 40)
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    connection.close()
    for path in (text, other, tmp_path):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(errors.NotAReplica):
            LocalReplica.open(path)
        assert (path.read_bytes() if path.is_file() else b"") == before


def test_an_empty_file_becomes_a_replica_only_when_it_may(tmp_path):
    path = tmp_path / "r.replica"
    path.touch()
    with pytest.raises(errors.NotAReplica):
        LocalReplica.open(path, create=False)
    with LocalReplica.open(path) as replica:
        assert replica.verify() == []


def test_a_file_of_a_newer_program_is_refused_by_name(tmp_path):
    path = make(tmp_path / "r.replica")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(errors.NewerVersion, match="99"):
        LocalReplica.open(path)


def test_two_processes_may_make_the_same_file_at_once(tmp_path):
    path = tmp_path / "r.replica"
    program = "import sys; from sync.replica import LocalReplica; print(LocalReplica.open(sys.argv[1]).replica_id)"
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ids = {process.communicate(timeout=60)[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0, 0]
    assert len(ids) == 1


# --- encryption -------------------------------------------------------------------------------------


def test_an_encrypted_file_opens_with_its_key_only_and_shows_nothing(tmp_path):
    pytest.importorskip("sqlcipher3")
    path = tmp_path / "r.replica"
    with LocalReplica.open(path, key=KEY) as replica:
        replica.put({"_id": "a", "v": "a secret nobody may read"})
        for file in tmp_path.iterdir():
            assert b"secret" not in file.read_bytes()
        assert replica.verify() == []
    with pytest.raises(errors.WrongKey):
        LocalReplica.open(path, key=bytes(32))
    with pytest.raises(errors.WrongKey, match="no key was given"):
        LocalReplica.open(path)
    with pytest.raises(errors.WrongKey, match="32"):
        LocalReplica.open(path, key=b"short")
    with LocalReplica.open(path, key=KEY) as replica:
        assert replica.get("a")["v"] == "a secret nobody may read"


def test_a_plain_file_opened_with_a_key_says_so(tmp_path):
    pytest.importorskip("sqlcipher3")
    with pytest.raises(errors.WrongKey, match="not encrypted"):
        LocalReplica.open(make(tmp_path / "r.replica"), key=KEY)


def test_a_damaged_encrypted_page_is_noticed(tmp_path):
    pytest.importorskip("sqlcipher3")
    path = make(tmp_path / "r.replica", key=KEY)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert problems_of(path, key=KEY)


def problems_of(path, key=None) -> list[str]:
    """What `verify` names, or what already the opening says."""
    try:
        with LocalReplica.open(path, key=key) as replica:
            return replica.verify()
    except errors.Corrupt as fault:
        return [fault.reason]


# --- disk full --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, KEY])
def test_a_full_disk_refuses_the_write_keeps_what_was_acknowledged_and_heals(tmp_path, key):
    if key is not None:
        pytest.importorskip("sqlcipher3")
    with LocalReplica.open(tmp_path / "r.replica", key=key) as replica:
        replica.put({"_id": "kept", "v": 1})
        pages = int(replica._writer.execute("PRAGMA page_count").fetchone()[0])
        replica._writer.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(errors.DiskFull, match="space"):
            replica.bulk_docs([{"_id": f"d{n}", "v": "x" * 3000} for n in range(20)])
        with pytest.raises(errors.DiskFull), replica.transaction() as tx:
            tx.bulk_docs([doc_at(f"e{n}", ["1-a"], v="x" * 3000) for n in range(20)], new_edits=False)
        assert [row.id for row in rows(replica)] == ["kept"]
        assert replica.info().doc_count == 1
        assert replica.verify() == []
        replica._writer.execute("PRAGMA max_page_count = 1000000")
        replica.put({"_id": "later"})
        assert [row.id for row in rows(replica)] == ["kept", "later"]


# --- damage -----------------------------------------------------------------------------------------


def damage(path, statement, *values):
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE docs SET body = CAST('{\"v\":' AS BLOB) WHERE id = 'd001'", "d001"),
        ("UPDATE docs SET body = CAST('[1]' AS BLOB) WHERE id = 'd001'", "d001"),
        ("UPDATE docs SET rev = 'nonsense' WHERE id = 'd001'", "d001"),
        ("UPDATE docs SET deleted = 1 WHERE id = 'conflict'", "conflict"),
        ("UPDATE docs SET tree = '{' WHERE id = 'conflict'", "conflict"),
        ("DELETE FROM bodies WHERE id = 'conflict'", "conflict"),
        ("DELETE FROM docs WHERE id = 'd001'", "counted"),
        ("UPDATE docs SET seq = 5000 WHERE id = 'd001'", "5000"),
        ("DELETE FROM blobs", "photo"),
        ("UPDATE blobs SET data = CAST('y' AS BLOB)", "digest"),
        ("INSERT INTO evicted VALUES ('d001', '[]')", "d001"),
        ("INSERT INTO bodies VALUES ('ghost', '1-a', '{}')", "ghost"),
    ],
)
def test_verify_names_what_is_wrong(tmp_path, statement, named):
    path = make(tmp_path / "r.replica")
    with LocalReplica.open(path) as replica:
        replica.bulk_docs([doc_at("conflict", ["2-x", "1-a"]), doc_at("conflict", ["2-y", "1-a"])], new_edits=False)
        replica.put_attachment("photo", "f", b"x", "image/png")
        assert replica.verify() == []
    damage(path, statement)
    with LocalReplica.open(path) as replica:
        assert any(named in problem for problem in replica.verify())


def test_a_damaged_page_is_corrupt_and_named_by_verify(tmp_path):
    path = make(tmp_path / "r.replica", count=400)
    content = bytearray(path.read_bytes())
    content[4096 * 20 : 4096 * 40] = b"\xff" * 4096 * 20
    path.write_bytes(content)
    with LocalReplica.open(path) as replica:
        assert replica.verify() != []
        with pytest.raises(errors.Corrupt):
            rows(replica, include_docs=True)


# --- crash ------------------------------------------------------------------------------------------

WRITER = """
import itertools, random, sys
from sync.replica import LocalReplica
path, seed = sys.argv[1:]
rng = random.Random(int(seed))
with LocalReplica.open(path) as replica:
    print("ready", flush=True)
    last = {}
    for n in itertools.count():
        kind = rng.randrange(4)
        if kind == 0:
            ids = [f"b{seed}-{n}-{k}" for k in range(rng.randrange(1, 40))]
            assert replica.bulk_docs([{"_id": i, "_rev": "1-a", "v": "x" * 300} for i in ids], new_edits=False) == []
        elif kind == 1 and last:
            ids = [rng.choice(sorted(last))]
            last[ids[0]] = replica.put({"_id": ids[0], "_rev": last[ids[0]], "n": n})
        elif kind == 2:
            ids = [f"t{seed}-{n}"]
            with replica.transaction() as tx:
                last[ids[0]] = tx.put({"_id": ids[0], "n": n})
                tx.put_local("chain", {**(tx.get_local("chain") or {}), "n": n})
        else:
            ids = [f"p{seed}-{n}"]
            replica.put_attachment(ids[0], "f", bytes([n % 256]) * 2000, "x/y")
        print(" ".join(ids), flush=True)
"""


def test_whatever_was_acknowledged_survives_a_kill_at_any_moment(tmp_path):
    seed = int.from_bytes(os.urandom(4))
    print("seed", seed)
    rng = random.Random(seed)
    path = tmp_path / "r.replica"
    acknowledged: set[str] = set()
    for turn in range(6):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(seed + turn)], stdout=subprocess.PIPE)
        assert writer.stdout.readline() == b"ready\n"
        for _ in range(rng.randrange(60)):  # let it write a while, counted in acknowledgements
            acknowledged.update(writer.stdout.readline().decode().split())
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().decode().splitlines(keepends=True)
        acknowledged.update(id for line in rest if line.endswith("\n") for id in line.split())
        writer.wait(30)
        writer.stdout.close()
        with LocalReplica.open(path) as replica:
            held = {row.id for row in rows(replica)}
            assert acknowledged <= held, f"seed {seed}: lost {sorted(acknowledged - held)[:5]}"
            assert replica.verify() == [], f"seed {seed}"


# --- copies and compaction ---


def test_a_copied_file_gets_a_new_epoch_and_stays_the_same_replica(tmp_path):
    with LocalReplica.open(tmp_path / "a.replica") as replica:
        replica.put({"_id": "x"})
        born = replica.replica_id, replica.epoch
    with LocalReplica.open(tmp_path / "a.replica") as replica:
        assert (replica.replica_id, replica.epoch) == born
    shutil.copy(tmp_path / "a.replica", tmp_path / "b.replica")
    with LocalReplica.open(tmp_path / "b.replica") as copy:
        assert copy.replica_id == born[0]
        assert copy.epoch != born[1]
        renewed = copy.epoch
    with LocalReplica.open(tmp_path / "b.replica") as copy:
        assert copy.epoch == renewed


def test_compaction_by_itself_comes_when_it_is_worth_it(tmp_path):
    with LocalReplica.open(tmp_path / "a.replica", limits=ReplicaLimits(compact_min_bodies=20, compact_min_pages=10)) as replica:
        rev = replica.put({"_id": "x", "n": 0})
        for n in range(30):
            rev = replica.put({"_id": "x", "_rev": rev, "n": n, "text": "渠" * 500})
        assert replica.compact_if_worth()
        assert not replica.compact_if_worth()
        with pytest.raises(errors.NotFound):
            replica.get("x", rev=f"1-{'0' * 32}")
        replica.bulk_docs([{"_id": f"y{n}", "text": "渠" * 500} for n in range(200)])
        assert not replica.compact_if_worth()
        replica.evict([f"y{n}" for n in range(200)])
        before = replica.info().extra["sizes"]["file"]
        assert replica.compact_if_worth()
        assert replica.info().extra["sizes"]["file"] < before / 2


def test_databases_left_alone_are_compacted_and_busy_ones_are_not(tmp_path):
    now = [0.0]
    with Databases(tmp_path, limits=ReplicaLimits(compact_min_bodies=5)) as databases:
        upkeep = IdleCompaction(databases, lambda: now[0])
        for name in ("quiet", "busy", "gone"):
            databases.create(name)
            with databases.lease(name) as replica:
                rev = replica.put({"_id": "x"})
                for n in range(10):
                    rev = replica.put({"_id": "x", "_rev": rev, "n": n})
            upkeep.written(name)
        databases.delete("gone")
        now[0] += http_endpoint_tuning.COMPACT_QUIET_S
        upkeep.written("busy")
        assert upkeep.look() == ["quiet"]
        assert upkeep.look() == []
