"""A peer must not choose our costs: processor time, memory, storage, threads. Every request here is answered, and the neighbour's
next question too. Figures: `python -m tests.bench attacks`."""

from __future__ import annotations

import contextlib
import json

import pytest

from sync import tuning
from sync.__main__ import main
from sync.errors import BadRequest, TooLarge
from sync.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator
from tests.support.attacks import refused
from tests.support.sync_server import running

VICTIM = {"_id": "victim", "text": "a" * 5000 + "b", "kind": "note"}
EVIL = {"text": {"$regex": "^(a+)+$"}}
OUTSIDE = {"text": {"$regex": r"^(a+)\1$"}}
WIDE = {"$or": [{"n": number} for number in range(tuning.MAX_SELECTOR_CONDITIONS + 1)]}


@pytest.fixture
def server(tmp_path):
    with running(tmp_path) as running_server:
        running_server.create("db")
        with running_server.databases.lease("db") as replica:
            replica.put(dict(VICTIM))
        yield running_server


@pytest.fixture
def http(server):
    with server.client() as client:
        client.base_url = f"{server.url}/db/"
        yield client
        assert client.get("victim").status_code == 200, "the server must go on"


# --- selectors -----------------------------------------------------------------------------------------------------


@refused("200, each character read once")
def test_a_pattern_that_backtracking_never_finishes_runs_in_find_and_explain(http):
    assert http.post("_find", json={"selector": EVIL}).json()["docs"] == []
    assert http.post("_find", json={"selector": {"$not": EVIL}}).json()["docs"][0]["_id"] == "victim"
    assert http.post("_explain", json={"selector": EVIL}).status_code == 200


@refused("200, each character read once")
def test_a_pattern_that_backtracking_never_finishes_filters_a_feed(http):
    for feed in ("normal", "continuous"):
        query = {"filter": "_selector", "feed": feed, "timeout": "0"}
        answer = http.post("_changes", params=query, json={"selector": EVIL})
        assert answer.status_code == 200
        assert "victim" not in answer.text


@refused("200, each character read once")
def test_a_pattern_that_backtracking_never_finishes_filters_an_index(http):
    index = {"fields": ["kind"], "partial_filter_selector": EVIL}
    assert http.post("_index", json={"index": index, "ddoc": "evil", "name": "evil"}).json()["result"] == "created"
    asked = {"selector": {"kind": "note", **EVIL}, "use_index": ["evil", "evil"]}
    assert http.post("_find", json=asked).json()["docs"] == []


@refused("400 bad_arg")
def test_a_pattern_that_needs_backtracking_is_offered_wherever_selectors_are_taken(http):
    index = {"fields": ["kind"], "partial_filter_selector": OUTSIDE}
    for path, body in [
        ("_find", {"selector": OUTSIDE}), ("_explain", {"selector": OUTSIDE}), ("_index", {"index": index}),
        ("_changes?filter=_selector", {"selector": OUTSIDE}),
    ]:  # fmt: skip
        answer = http.post(path, json=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_arg"), path
        assert "$regex" in answer.json()["reason"]


@refused("413 too_large")
def test_a_selector_of_thousands_of_conditions_is_offered_wherever_selectors_are_taken(http):
    index = {"fields": ["kind"], "partial_filter_selector": WIDE}
    for path, body in [
        ("_find", {"selector": WIDE}), ("_explain", {"selector": WIDE}), ("_changes?filter=_selector", {"selector": WIDE}),
        ("_index", {"index": index}),
    ]:  # fmt: skip
        answer = http.post(path, json=body)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large"), path


@refused("BadRequest, TooLarge")
def test_a_replicator_is_given_a_selector_that_its_own_side_would_not_run(server, tmp_path):
    with LocalReplica.open(tmp_path / "node.replica") as node, contextlib.closing(RemotePeer(f"{server.url}/db")) as remote:
        for options in ({"selector": OUTSIDE}, {"own_filter": OUTSIDE}):
            with pytest.raises(BadRequest):
                Replicator(remote, node, local="target", **options)
        with pytest.raises(TooLarge):
            Replicator(remote, node, local="target", selector=WIDE)


@refused("exit 2")
@pytest.mark.parametrize("option", ["--selector", "--own-filter"])
def test_a_command_is_given_a_selector_that_needs_backtracking(tmp_path, capsys, option):
    words = ["replicate" if option == "--selector" else "sync", str(tmp_path / "a"), "http://127.0.0.1:9/db", option]
    assert main([*words, json.dumps(OUTSIDE)]) == 2
    assert "$regex" in capsys.readouterr().err


@refused("no index")
def test_a_design_document_from_a_peer_brings_an_index_with_such_a_selector(http):
    view = {"map": {"fields": {"kind": "asc"}, "partial_filter_selector": OUTSIDE}, "options": {"def": {"fields": ["kind"]}}}
    ddoc = {"_id": "_design/evil", "_rev": "1-a", "language": "query", "views": {"evil": view}}
    assert http.post("_bulk_docs", json={"docs": [ddoc], "new_edits": False}).status_code == 201
    assert [each["name"] for each in http.get("_index").json()["indexes"]] == ["_all_docs"]


@refused("no match, told in `warning`")
def test_a_costly_selector_meets_a_document_made_for_it(http, monkeypatch):
    monkeypatch.setattr(tuning, "SELECTOR_WORK", 2000)
    answer = http.post("_find", json={"selector": {"text": {"$regex": "a.*c"}}}).json()
    assert answer["docs"] == []
    assert "1 documents would have cost too much" in answer["warning"]


@refused("pages of SCAN_S")
def test_a_costly_query_holds_a_thread_for_one_short_page_at_a_time(http, monkeypatch):
    docs = [{"_id": f"d{number:03}", "n": number} for number in range(60)]
    assert http.post("_bulk_docs", json={"docs": docs}).status_code == 201
    monkeypatch.setattr(tuning, "SCAN_S", 0.0)
    found = http.post("_find", json={"selector": {"n": {"$gte": 0}}, "limit": 100}).json()["docs"]
    assert [doc["n"] for doc in found] == list(range(60)), "nothing is left out between two pages"
    rows = http.post("_changes?filter=_selector", json={"selector": {"n": {"$gt": 9}}}).json()["results"]
    assert [row["id"] for row in rows] == [f"d{number:03}" for number in range(10, 60)]
    index = {"fields": ["n"], "partial_filter_selector": {"n": {"$lt": 50}}}
    http.post("_index", json={"index": index, "ddoc": "i", "name": "i"})
    asked = {"selector": {"n": {"$gte": 10}}, "use_index": ["i", "i"], "limit": 100}
    assert len(http.post("_find", json=asked).json()["docs"]) == 40
