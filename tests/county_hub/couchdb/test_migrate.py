"""`county-hub couchdb migrate|compare`: everything there and back as it was, cut and gone on with, and told when it is not so."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import pytest

from county_hub.couchdb.migrate import migrate
from county_hub.couchdb.server import StoreProblem, StoreServer
from county_hub.couchdb.sets import MOST_DIFFERENCES, differences, holding
from shared.disputes.kinds.registry import build
from shared.ledger.authoring import Act
from sync.errors import Cancelled
from sync.replica import LocalReplica
from sync.replicator import Control
from tests.support.county_hub.hub_support import COUNTY, REPOSITORY, VILLAGE, opened, running_hub
from tests.support.sync.foreign import Database, leaf, picture


def pictures(home, names):
    found = {}
    with opened(home) as hub:
        for name in names:
            with hub.databases.lease(name) as replica:
                found[name] = {id: each for id, each in picture(replica).items() if not id.startswith("_design/")}
    return found


def test_there_and_back_everything_is_as_it_was(stored, any_server, filled, founded, tmp_path):
    """The way back fills another HOME of the same hub: the one that was copied before anything was in it."""
    store = stored(any_server, filled)
    empty = tmp_path / "empty"
    shutil.copytree(founded, empty)
    store.run("compare", code=1)
    assert "provision" in store.words[0]
    store.run("provision")
    told = store.json("migrate", "--to", "couchdb")
    assert (told["complete"], told["final"], told["refused"]) == (True, True, {})
    by_name = {one["name"]: one for one in told["compared"]}
    assert (by_name[f"office-{COUNTY}"]["here"], by_name[f"office-{VILLAGE}-files"]["there"]) == (20, 7)
    assert told["written"] > 150
    names = ("quarantine", "directory", f"office-{COUNTY}", f"office-{VILLAGE}-files")
    before = pictures(filled, names)
    there = picture(Database(any_server, store.layout.there("quarantine")))
    assert {id: each for id, each in there.items() if not id.startswith("_design/")} == before["quarantine"]

    again = store.json("migrate", "--to", "couchdb")
    assert (again["complete"], again["written"]) == (True, 0)
    assert store.json("compare")["equal"]

    store.home = empty
    back = store.json("migrate", "--to", "embedded")
    assert (back["complete"], back["behind"]) == (True, [])
    assert pictures(empty, names) == before
    with opened(empty) as hub, hub.databases.lease("quarantine") as replica:
        assert replica.verify() == []


def test_what_differs_is_named(stored, guarded_server, filled):
    store = stored(guarded_server, filled)
    store.run("provision")
    store.run("migrate", "--to", "couchdb")
    with store.http() as http:
        http.post(f"{store.at('quarantine')}/_bulk_docs",
                  json={"docs": [leaf("only there", "1-" + "a" * 32), leaf("bulk a 001", "9-" + "b" * 32)], "new_edits": False})
        http.delete(store.at("drop"))
    with opened(filled) as hub, hub.databases.lease("quarantine") as replica:
        replica.put({"_id": "only here"})
    told = store.json("compare", code=1)
    differing = {one["name"]: one for one in told["databases"] if not one["equal"]}
    assert set(differing) == {"quarantine", "drop"}
    named = {each["id"]: (len(each["here"]), len(each["there"])) for each in differing["quarantine"]["differences"]}
    assert named == {"only here": (1, 0), "only there": (0, 1), "bulk a 001": (1, 2)}
    assert differing["drop"]["there"] == -1
    store.run("compare", code=1)
    assert any("only there" in line for line in store.words)
    store.run("migrate", "--to", "couchdb", code=1)
    assert "provision" in store.words[0]


def test_a_move_that_is_cut_goes_on(stored, guarded_server, filled):
    store = stored(guarded_server, filled)
    store.run("provision")
    stop = Control()
    seen = []

    def cut(moving):
        seen.append(moving)
        if moving.name == "quarantine":
            stop.cancel()

    with opened(filled) as hub, store.connected() as server:
        with pytest.raises(Cancelled):
            migrate(server, store.layout, hub, "couchdb", cut, cancel=stop)
        assert seen
        assert all(0 <= one.done <= one.total for one in seen)
        done = migrate(server, store.layout, hub, "couchdb")
    assert done.is_whole


def test_a_move_that_is_killed_goes_on(stored, guarded_server, filled):
    store = stored(guarded_server, filled)
    store.run("provision")
    script = ("import sys; from county_hub.commands.cli import main; from county_hub.couchdb import migrate\n"
              "old = migrate._Copy._one\n"
              "def one(self, name, *rest):\n"
              "    made = old(self, name, *rest)\n"
              "    if name == 'quarantine': print('reached', flush=True); sys.stdin.read()\n"
              "    return made\n"
              "migrate._Copy._one = one\n"
              f"main(['couchdb', 'migrate', {str(filled)!r}, '--to', 'couchdb', *{store.options!r}])\n")
    process = subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env={**os.environ, **dict([store.setting])})
    assert process.stdout is not None
    assert process.stdout.readline() == b"reached\n"
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdout.close()
    assert store.json("migrate", "--to", "couchdb")["complete"]


def test_a_hub_that_serves_is_copied_but_not_filled(stored, guarded_server, filled):
    store = stored(guarded_server, filled)
    store.run("provision")
    with running_hub(filled):
        told = store.json("migrate", "--to", "couchdb")
        assert (told["final"], told["complete"], told["compared"]) == (False, False, [])
        store.run("migrate", "--to", "embedded", code=1)
        assert "serve" in store.words[0]


def test_an_old_copy_of_home_is_told_that_it_would_give_numbers_twice(stored, guarded_server, filled, tmp_path):
    store = stored(guarded_server, filled)
    shutil.copytree(filled, tmp_path / "old")
    with opened(filled) as hub:
        body = build("case.supervision_issued", {"level": "reminder", "text": "DEMO", "to": VILLAGE})
        case = next(row.id for row in hub.replica.all_docs(startkey="case:", limit=1)).split(":")[1]
        hub.author().write(Act("case.supervision_issued", case, body, actor="x1", role="supervisor"))
    store.run("provision")
    assert store.json("migrate", "--to", "couchdb")["complete"]
    store.home = tmp_path / "old"
    told = store.json("migrate", "--to", "embedded", code=1)
    assert [(one["known"], one["found"]) for one in told["behind"]] == [(0, 1)]
    store.run("migrate", "--to", "embedded", code=1)
    assert any("restore" in line for line in store.words)


def test_the_databases_of_another_hub_are_not_touched(stored, guarded_server, founded):
    store = stored(guarded_server, founded)
    store.run("provision")
    with store.http() as http:
        mark = http.get(f"{store.at('county')}/county").json()
        http.put(f"{store.at('county')}/county", json={**mark, "hub": {**mark["hub"], "id": "hub-x"}})
    for words in (("migrate", "--to", "couchdb"), ("migrate", "--to", "embedded"), ("compare",), ("provision",)):
        store.run(*words, code=1)
        assert "属于另一个中心" in store.words[0]


def test_what_the_hub_does_not_let_in_is_not_taken_from_couchdb(stored, guarded_server, filled):
    """Anything may write into CouchDB, past its fence too."""
    store = stored(guarded_server, filled)
    store.run("provision")
    store.run("migrate", "--to", "couchdb")
    forged = leaf("chunk:" + "0" * 64, "1-" + "0" * 32, data="")
    with store.http() as http:
        written = http.post(f"{store.at(f'office-{VILLAGE}-files')}/_bulk_docs", json={"docs": [forged], "new_edits": False})
        assert written.status_code == 201, written.text
    told = store.json("migrate", "--to", "embedded", code=1)
    assert list(told["refused"]) == [f"office-{VILLAGE}-files/{forged['_id']}"]
    assert not told["complete"]


def test_sets_are_equal_only_for_the_same_revisions(tmp_path):
    a, b = (LocalReplica.open(tmp_path / f"{name}.replica") for name in "ab")
    with a, b:
        docs = [leaf(f"d{n}", "1-" + f"{n:032x}") for n in range(300)]
        a.bulk_docs(docs, new_edits=False)
        b.bulk_docs(docs[::-1], new_edits=False)
        assert holding(a).hash == holding(b).hash
        assert differences(a, b, holding(a), holding(b)) == []
        b.bulk_docs([leaf(f"d{n}", "2-" + "c" * 32, f"{n:032x}", _deleted=True) for n in range(200)], new_edits=False)
        ours, theirs = holding(a), holding(b)
        assert (theirs.documents, theirs.deleted) == (100, 200)
        found = differences(a, b, ours, theirs)
        assert 0 < len(found) <= MOST_DIFFERENCES
        assert all(len(one.here) == len(one.there) == 1 for one in found)


def test_a_cluster_of_which_a_node_is_away_is_not_filled(monkeypatch, stored, guarded_server, filled):
    store = stored(guarded_server, filled)
    store.run("provision")
    monkeypatch.setattr(StoreServer, "membership", lambda self: (["a@x"], ["a@x", "b@x"]))
    with opened(filled) as hub, store.connected() as server, pytest.raises(StoreProblem, match="b@x"):
        migrate(server, store.layout, hub, "couchdb")
