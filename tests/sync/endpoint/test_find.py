"""Mango over HTTP."""

from __future__ import annotations

import pytest

from sync.endpoint import tuning
from tests.support.sync.server import running


@pytest.fixture(scope="module")
def http(tmp_path_factory):
    with running(tmp_path_factory.mktemp("root")) as server, server.client() as client:
        server.create("db")
        client.base_url = f"{server.url}/db/"
        docs = [{"_id": f"{n:04}", "n": n, "kind": "odd" if n % 2 else "even", "in": {"m": -n}} for n in range(1200)]
        client.post("_bulk_docs", json={"docs": docs})
        client.put("_design/x", json={"n": 5})
        yield client


def find(http, selector, **body):
    answer = http.post("_find", json={"selector": selector, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(answer):
    return [doc["_id"] for doc in answer["docs"]]


def test_a_selector_finds_what_matches_up_to_the_limit(http):
    assert ids(find(http, {"n": {"$lt": 3}})) == ["0000", "0001", "0002"]
    assert len(ids(find(http, {"kind": "odd"}))) == tuning.FIND_DEFAULT_LIMIT
    assert ids(find(http, {"n": 5})) == ["0005"], "design documents are not found"
    assert len(ids(find(http, {}, limit=9_000_000))) == 1200
    assert ids(find(http, {"n": {"$gte": 1}}, limit=0)) == []


@pytest.fixture
def sortable(http):
    wanted = (["in.m"], ["n"], ["kind", "n"])
    made = [http.post("_index", json={"index": {"fields": fields}, "ddoc": "sorts"}) for fields in wanted]
    assert [answer.json()["result"] for answer in made] == ["created"] * 3
    yield
    assert http.post("_index/_bulk_delete", json={"docids": ["sorts"]}).json()["fail"] == []


def test_bookmarks_walk_through_all(http, sortable):
    for sort in ([], [{"in.m": "asc"}]):
        seen, bookmark = [], "nil"
        while docs := (answer := find(http, {"kind": "odd"}, limit=250, bookmark=bookmark, sort=sort))["docs"]:
            seen += [doc["_id"] for doc in docs]
            bookmark = answer["bookmark"]
        expected = [f"{n:04}" for n in range(1, 1200, 2)]
        assert seen == (expected[::-1] if sort else expected)


def test_fields_are_picked_nested_ones_too(http):
    assert find(http, {"_id": "0007"}, fields=["_id", "in.m", "none"])["docs"] == [{"_id": "0007", "in": {"m": -7}}]


def test_results_are_sorted_before_they_are_cut(http, sortable):
    assert ids(find(http, {}, sort=[{"n": "desc"}], limit=2, skip=1)) == ["1198", "1197"]
    assert ids(find(http, {}, sort=[{"kind": "desc"}, {"n": "desc"}], limit=1)) == ["1199"]


def test_a_condition_on_the_id_narrows_what_is_read(http):
    answer = find(http, {"_id": {"$gte": "0010", "$lt": "0013"}}, execution_stats=True)
    assert ids(answer) == ["0010", "0011", "0012"]
    assert answer["execution_stats"]["total_docs_examined"] <= 4
    explained = http.post("_explain", json={"selector": {"_id": {"$gt": "a"}}}).json()
    assert explained["range"]["start_key"] == "a"
    assert explained["index"]["name"] == "_all_docs"


@pytest.mark.parametrize(
    "body",
    [{}, {"selector": []}, {"selector": {"$odd": 1}}, {"selector": {}, "limit": -1}, {"selector": {}, "sort": {"a": 1}},
     {"selector": {}, "sort": [{"a": "up"}]}, {"selector": {}, "fields": "a"}, {"selector": {}, "bookmark": "x"},
     {"selector": {"a": {"$regex": "("}}}, {"selector": {}, "sort": ["n", {"kind": "desc"}]},
     {"selector": {}, "sort": ["no index"]}, {"selector": {"n": 1}, "allow_fallback": False}, {"selector": {}, "use_index": 3}],
)  # fmt: skip
def test_wrong_queries_are_refused(http, body):
    answer = http.post("_find", json=body)
    assert answer.status_code == 400
    assert answer.json()["reason"]


def test_definitions_of_indexes_are_kept_listed_and_deleted(http):
    made = http.post("_index", json={"index": {"fields": ["n"]}, "ddoc": "by-n", "name": "n"})
    assert made.json() == {"result": "created", "id": "_design/by-n", "name": "n"}
    assert http.post("_index", json={"index": {"fields": ["n"]}, "ddoc": "by-n", "name": "n"}).json()["result"] == "exists"
    assert [index["name"] for index in http.get("_index").json()["indexes"]] == ["_all_docs", "n"]
    assert http.delete("_index/_design/by-n/json/n").json() == {"ok": True}
    assert http.delete("_index/by-n/json/n").status_code == 404
    assert http.get("_index").json()["total_rows"] == 1
