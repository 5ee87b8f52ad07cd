"""What PouchDB's own suites ask of a server besides replication, as a plain client sees it."""

from __future__ import annotations

import itertools

import pytest

COUNTER = itertools.count()
INDEX = {"index": {"fields": ["place"]}}


def bulk(http, *docs, **options):
    return http.post("_bulk_docs", json={"docs": list(docs), **options})


def ids_of(http):
    return [row["id"] for row in http.get("_all_docs").json()["rows"]]


# --- _bulk_docs ---


@pytest.mark.parametrize(
    ("malformed", "error"),
    [
        ({"_id": "_ditch"}, "illegal_docid"),
        ({"_id": 7}, "illegal_docid"),
        ({"_id": "_local/"}, "illegal_docid"),
        ({"_depth": 2}, "doc_validation"),
        ({"_id": "b", "_rev": "newest"}, "bad_request"),
        ({"_id": "b", "_attachments": {"map.txt": {"data": "???"}}}, "bad_request"),
    ],
)
def test_an_edit_that_is_no_document_refuses_the_whole_request(http, malformed, error):
    answer = bulk(http, {"_id": "a"}, {"_id": "_local/mark"}, malformed)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert ids_of(http) == []
    assert http.get("_local/mark").status_code == 404


def test_the_reason_of_a_malformed_document_is_couchdbs(http):
    assert bulk(http, {"_zing": 4}).json()["reason"] == "Bad special document member: _zing"


def test_conflicts_are_still_told_one_by_one(http):
    bulk(http, {"_id": "a"})
    answer = bulk(http, {"_id": "a"}, {"_id": "b"})
    assert answer.status_code == 201
    assert [row.get("error") for row in answer.json()] == ["conflict", None]
    assert ids_of(http) == ["a", "b"]


def test_a_replicated_document_needs_its_revision(http):
    answer = bulk(http, {"_id": "a", "_rev": "1-a"}, {"_id": "b"}, new_edits=False)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert ids_of(http) == []


def test_a_malformed_document_does_not_keep_others_from_being_replicated(http):
    answer = bulk(http, {"_id": "a", "_rev": "1-a"}, {"_id": "_x", "_rev": "1-a"}, new_edits=False)
    assert [row["error"] for row in answer.json()] == ["illegal_docid"]
    assert ids_of(http) == ["a"]


def test_local_documents_are_written_in_bulk_with_the_others(http):
    rows = bulk(http, {"_id": "_local/one", "n": 1}, {"_id": "a"}, {"_id": "_local/two"}).json()
    assert [(row["ok"], row["id"], row["rev"].split("-")[0]) for row in rows] == [
        (True, "_local/one", "0"), (True, "a", "1"), (True, "_local/two", "0"),
    ]  # fmt: skip
    assert http.get("_local/one").json() == {"_id": "_local/one", "_rev": "0-1", "n": 1}
    assert ids_of(http) == ["a"]


def test_local_documents_are_changed_and_deleted_in_bulk(http):
    bulk(http, {"_id": "_local/mark"})
    assert bulk(http, {"_id": "_local/mark", "_rev": "0-7"}).json()[0]["rev"] == "0-8"
    assert bulk(http, {"_id": "_local/mark", "_rev": "0-1", "n": 2}).json()[0]["rev"] == "0-2"
    gone, missing = bulk(
        http, {"_id": "_local/mark", "_rev": "0-2", "_deleted": True}, {"_id": "_local/none", "_rev": "0-1", "_deleted": True}
    ).json()
    assert gone == {"ok": True, "id": "_local/mark", "rev": "0-0"}
    assert missing["error"] == "not_found"
    assert http.get("_local/mark").status_code == 404


def test_with_new_edits_false_only_failures_of_local_documents_are_told(http):
    assert bulk(http, {"_id": "_local/a"}, {"_id": "b", "_rev": "1-b"}, new_edits=False).json() == []
    assert bulk(http, {"_id": "_local/a", "_rev": "0-7"}, new_edits=False).json() == []
    gone = bulk(http, {"_id": "_local/none", "_rev": "0-7", "_deleted": True}, new_edits=False).json()
    assert [row["id"] for row in gone] == ["_local/none"]
    assert ids_of(http) == ["b"]


def test_the_security_object_cannot_be_written_in_bulk(http):
    assert [row["error"] for row in bulk(http, {"_id": "_local/_security"}).json()] == ["forbidden"]


def test_a_local_document_keeps_no_history_that_a_client_gave_it(http):
    bulk(http, {"_id": "_local/mark", "_revisions": {"start": 0, "ids": ["1"]}, "n": 1})
    assert http.get("_local/mark").json() == {"_id": "_local/mark", "_rev": "0-1", "n": 1}


def test_what_a_replicator_notes_in_its_documents_is_kept(http):
    doc = {"_replication_id": "x", "_replication_state": "completed", "_replication_stats": {"docs_written": 3}}
    id = http.post("", json=doc).json()["id"]
    stored = http.get(id).json()
    assert {name: stored[name] for name in doc} == doc


# --- _all_docs ---


@pytest.mark.parametrize("range_", [{"startkey": "a"}, {"endkey": "a"}, {"key": "a"}, {"start_key": "a"}])
def test_keys_and_a_range_exclude_each_other(http, range_):
    answer = http.post("_all_docs", json={"keys": ["a"], **range_})
    assert (answer.status_code, answer.json()["error"]) == (400, "query_parse_error")


# --- _index and _find ---


def test_indexes_of_two_names_are_two_indexes(http):
    first = http.post("_index", json={**INDEX, "name": "one"}).json()
    second = http.post("_index", json={**INDEX, "name": "two"}).json()
    assert (first["result"], second["result"]) == ("created", "created")
    assert first["id"] != second["id"]
    assert http.post("_index", json={**INDEX, "name": "one"}).json() == {**first, "result": "exists"}
    assert http.get("_index").json()["total_rows"] == 3


def test_an_index_written_in_another_way_is_the_same(http):
    created = http.post("_index", json=INDEX).json()
    again = http.post("_index", json={"index": {"fields": [{"place": "asc"}]}}).json()
    assert again == {**created, "result": "exists"}


def test_a_design_document_keeps_the_fields_of_an_index_as_they_were_written(http):
    made = http.post("_index", json={"index": {"fields": [{"place": "asc"}, "year"]}, "name": "both"}).json()
    view = http.get(made["id"]).json()["views"]["both"]
    assert view["map"] == {"fields": {"place": "asc", "year": "asc"}}
    assert view["options"] == {"def": {"fields": [{"place": "asc"}, "year"]}}
    assert http.get("_index").json()["indexes"][1]["def"] == {"fields": [{"place": "asc"}, {"year": "asc"}]}


@pytest.mark.parametrize("other", [None, False, 0, [], {}])
def test_an_id_comes_after_everything_that_is_no_text(http, other):
    bulk(http, {"_id": "a"}, {"_id": "b"})
    found = {}
    for operator in ("$gt", "$gte", "$lt", "$lte"):
        docs = http.post("_find", json={"selector": {"_id": {operator: other}}, "fields": ["_id"]}).json()["docs"]
        found[operator] = [doc["_id"] for doc in docs]
    assert found == {"$gt": ["a", "b"], "$gte": ["a", "b"], "$lt": [], "$lte": []}


# --- functions of design documents ---

DESIGN = {
    "_id": "_design/app",
    "views": {"by_place": {"map": "function (doc) { emit(doc.place); }"}},
    "filters": {"mine": "function (doc) { return true; }"},
    "shows": {"page": "function (doc) { return ''; }"},
}


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("_design/none/_view/by_place", 404, "missing"),
        ("_design/app/_view/other", 404, "missing_named_view"),
        ("_design/app/_view/by_place", 501, "use _find"),
        ("_design/app/_list/page/by_place", 404, "missing json key: lists"),
        ("_design/app/_show/other", 404, "missing json key: other"),
        ("_design/app/_show/page/a", 501, "use _find"),
        ("_changes?filter=none/mine", 404, "missing"),
        ("_changes?filter=app/other", 404, "missing json key: other"),
        ("_changes?filter=app/mine", 501, "use _doc_ids"),
        ("_changes?filter=_view&view=app/other", 404, "missing json key: other"),
        ("_changes?filter=_view&view=app/by_place", 501, "use _doc_ids"),
        ("_changes?filter=_view", 400, "`view` filter parameter is not provided."),
        ("_changes?filter=mine", 400, "designname/filtername"),
    ],
)
def test_a_function_that_does_not_exist_is_missing_and_one_that_does_is_refused(http, path, status, reason):
    http.put("_design/app", json=DESIGN)
    answer = http.get(path)
    assert (answer.status_code, reason in answer.json()["reason"]) == (status, True), answer.text


def test_a_design_document_without_filters_says_so(http):
    http.put("_design/app", json={})
    assert http.get("_changes?filter=app/mine").json()["reason"] == "missing json key: filters"
    assert http.get("_changes?filter=_view&view=app/mine").json()["reason"] == "missing json key: views"


# --- _changes ---


@pytest.mark.parametrize("since", ["1", "now"])
def test_a_descending_feed_begins_at_its_end_whatever_since_says(http, since):
    bulk(http, {"_id": "a"}, {"_id": "b"}, {"_id": "c"})
    answer = http.get("_changes", params={"descending": "true", "since": since}).json()
    assert [row["id"] for row in answer["results"]] == ["c", "b", "a"]


# --- histories ---


def test_a_history_cut_at_the_wrong_one_of_two_equal_digests_does_not_lose_the_revision(http):
    bulk(http, {"_id": "a", "_rev": "2-b", "_revisions": {"start": 2, "ids": ["b", "a"]}}, new_edits=False)
    cut = {"_id": "a", "_rev": "3-c", "_revisions": {"start": 2, "ids": ["c", "a"]}, "kept": True}
    assert bulk(http, cut, new_edits=False).json() == []
    assert http.get("a").json() == {"_id": "a", "_rev": "3-c", "kept": True}
    assert http.post("_revs_diff", json={"a": ["3-c", "2-c"]}).json()["a"]["missing"] == ["2-c"]
    whole = {**cut, "_revisions": {"start": 3, "ids": ["c", "c", "a"]}}
    assert bulk(http, whole, new_edits=False).json() == []
    assert http.get("a", params={"revs": "true"}).json()["_revisions"] == {"start": 3, "ids": ["c", "c", "a"]}


def test_a_history_that_begins_elsewhere_is_refused(http):
    other = {"_id": "a", "_rev": "3-c", "_revisions": {"start": 3, "ids": ["d", "b", "a"]}}
    assert [row["error"] for row in bulk(http, other, new_edits=False).json()] == ["bad_request"]
