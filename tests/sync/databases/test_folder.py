"""The folder of replicas: names, leases, the LRU, and news of commits."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sync.databases import Databases
from sync.errors import BadRequest, Forbidden, NotFound, PreconditionFailed, ServerError

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def databases(tmp_path):
    with Databases(tmp_path / "root") as made:
        yield made


def test_a_name_is_its_percent_encoded_file(databases):
    databases.create("office/1+$()_-")
    assert [entry for entry in os.listdir(databases.root) if entry.endswith(".replica")] == ["office%2F1%2B%24%28%29_-.replica"]
    assert databases.names() == ["office/1+$()_-"]
    with databases.lease("office/1+$()_-") as replica:
        assert replica.info().db_name == "office/1+$()_-"


def test_creating_deleting_and_missing_are_told_apart(databases):
    databases.create("a")
    assert databases.exists("a")
    with pytest.raises(PreconditionFailed):
        databases.create("a")
    databases.delete("a")
    assert not databases.exists("a")
    assert os.listdir(databases.root) == []
    with pytest.raises(NotFound):
        databases.delete("a")
    with pytest.raises(NotFound), databases.lease("a"):
        pass
    for name in ("", "A", "_users", "..", "a/../b", "ü", "a" * 250, "a\n"):
        with pytest.raises(BadRequest):
            databases.create(name)


def test_a_system_name_is_served_when_its_file_is_there(databases):
    databases.create("users")
    databases.close()
    (databases.root / "users.replica").rename(databases.root / "_users.replica")
    with databases.lease("_users") as replica:
        assert replica.info().doc_count == 0


def test_no_more_replicas_stay_open_than_allowed_but_leased_ones_do(tmp_path):
    with Databases(tmp_path, max_open=2) as databases:
        for name in "abcd":
            databases.create(name)
        with databases.lease("a") as first, databases.lease("b"), databases.lease("c"):
            first.put({"_id": "x"})
            assert first.get("x")["_id"] == "x"
        with databases.lease("d"):
            assert len(databases._open) <= 2
        with databases.lease("a") as again:
            assert again.get("x")["_id"] == "x"


def test_a_database_is_deleted_when_its_last_lease_has_ended(databases):
    databases.create("a")
    leased, release = threading.Event(), threading.Event()

    def hold():
        with databases.lease("a"):
            leased.set()
            release.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    leased.wait(20)
    deleter = threading.Thread(target=databases.delete, args=("a",))
    deleter.start()
    release.set()
    holder.join(20)
    deleter.join(20)
    assert not databases.exists("a")


def test_a_lease_without_end_keeps_its_database(tmp_path):
    databases = Databases(tmp_path, delete_wait_s=0.01)
    databases.create("a")
    with databases.lease("a") as replica:
        with pytest.raises(ServerError):
            databases.delete("a")
        replica.put({"_id": "x"})
    with databases.lease("a") as replica:
        assert replica.get("x")["_id"] == "x"


def test_a_database_made_anew_elsewhere_is_opened_anew(databases):
    databases.create("a")
    with databases.lease("a") as replica:
        before = replica.replica_id
    with Databases(databases.root) as other:
        other.delete("a")
        with pytest.raises(NotFound), databases.lease("a"):
            pass
        other.create("a")
    with databases.lease("a") as replica:
        assert replica.replica_id != before


def test_validators_are_chosen_by_name(tmp_path):
    def refuse(doc):
        raise Forbidden("no")

    with Databases(tmp_path, validators_for=lambda name: [refuse] if name == "strict" else []) as databases:
        for name in ("strict", "open"):
            databases.create(name)
        with databases.lease("open") as replica:
            replica.put({"_id": "x"})
        with databases.lease("strict") as replica, pytest.raises(Forbidden):
            replica.put({"_id": "x"})


def test_commits_are_told_until_the_subscription_ends(databases):
    databases.create("a")
    told = []
    end = databases.on_commit(told.append)
    with databases.lease("a") as replica:
        replica.put({"_id": "x"})
    assert "a" in told
    end()
    told.clear()
    with databases.lease("a") as replica:
        replica.put({"_id": "y"})
    assert told == []


def test_commits_of_another_process_are_told(databases):
    databases.create("a")
    told = threading.Event()
    databases.on_commit(lambda name: told.set() if name == "a" else None)
    script = (
        "import sys; from sync.replica import LocalReplica; "
        "r = LocalReplica.open(sys.argv[1], create=False); r.put({'_id': 'foreign'}); r.close()"
    )
    subprocess.run([sys.executable, "-c", script, str(databases.path("a"))], check=True, cwd=REPOSITORY, timeout=30)
    assert told.wait(20)
    with databases.lease("a") as replica:
        assert replica.get("foreign")["_id"] == "foreign"


def test_a_folder_keeps_its_uuid(databases):
    first = databases.server_uuid()
    with Databases(databases.root) as other:
        assert other.server_uuid() == first
    assert len(first) == 32


def test_opening_and_closing_a_replica_is_no_commit(tmp_path):
    """A folder with fewer places than databases opened, closed and woke itself all day."""
    with Databases(tmp_path / "data", max_open=1) as databases:
        for name in ("one", "two", "three"):
            databases.create(name)
        with databases.lease("one") as replica:
            replica.put({"_id": "a"})
        told: list[str] = []
        unsubscribe = databases.on_commit(told.append)
        watch = databases._watch
        for _ in range(3):
            for name in ("two", "three", "one"):
                with databases.lease(name):
                    pass
                assert watch._changed() == []
        assert told == []
        with databases.lease("two") as replica:
            replica.put({"_id": "b"})
        assert "two" in told
        unsubscribe()


def test_a_commit_of_another_process_is_told_although_the_replica_is_opened_before_anybody_looked(tmp_path):
    with Databases(tmp_path / "data") as databases, Databases(tmp_path / "data") as elsewhere:
        databases.create("one")
        told: list[str] = []
        unsubscribe = databases.on_commit(told.append)
        with databases._watch._looking, elsewhere.lease("one") as replica:     # nobody looks meanwhile
            replica.put({"_id": "a"})
        with databases.lease("one"):
            pass
        databases._watch._look_at_all()
        assert "one" in told
        unsubscribe()


def test_as_many_replicas_stay_open_as_the_process_may_have_files():
    import resource

    from sync.databases import tuning
    from sync.databases.folder import open_limit

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (tuning.FILES_FOR_OTHERS + 40 * tuning.FILES_PER_REPLICA, hard))
        assert open_limit() == 40
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 300), hard))
        assert open_limit() == tuning.LEAST_OPEN_REPLICAS
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_who_goes_through_all_databases_holds_the_files_of_one(tmp_path: Path) -> None:
    with Databases(tmp_path) as databases:
        for name in ("a", "b"):
            databases.create(name)
            with databases.lease(name) as replica:
                replica.put({"_id": "x"})
                databases.put_away(name)                # leased: it stays open
                assert replica.get("x")["_id"] == "x"
            databases.put_away(name)
        held = {link.name for path in Path("/proc/self/fd").iterdir() if path.is_symlink() and path.exists()
                if (link := path.readlink()).is_relative_to(tmp_path)}
        assert not {name for name in held if name.endswith((".replica", "-wal"))}
        with databases.lease("a") as replica:           # and opens again
            assert replica.get("x")["_id"] == "x"
