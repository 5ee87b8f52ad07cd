"""What Apache CouchDB does and we did not: found by putting the same requests to both."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from sync import LocalReplica, RemotePeer, sync
from sync.endpoint.auth import SingleAdmin, basic_header
from tests.support import loopback
from tests.support.sync.server import running

PLAIN = base64.b64encode(b"old words").decode()
NEWER = base64.b64encode(b"new words, and more of them").decode()
LONG = 9_223_372_036_854_775_808


@pytest.fixture
def office(tmp_path: Path) -> Iterator[httpx2.Client]:
    with running(tmp_path / "data") as server, loopback.Client(base_url=f"{server.url}/office/") as http:
        assert http.put("").status_code == 201
        yield http


def written_twice(http: httpx2.Client) -> str:
    first = http.put("a", json={"_attachments": {"t.txt": {"content_type": "text/plain", "data": PLAIN}}}).json()["rev"]
    entry = http.get("a").json()["_attachments"]["t.txt"]
    changed = {"_rev": first, "_attachments": {"t.txt": {"content_type": "text/plain", "data": NEWER, "revpos": entry["revpos"]}}}
    assert http.put("a", json=changed).status_code == 201
    return str(first)


def test_new_bytes_belong_to_the_new_generation_whatever_revpos_came_along(office: httpx2.Client) -> None:
    first = written_twice(office)
    assert office.get("a").json()["_attachments"]["t.txt"]["revpos"] == 2
    asked = office.get("a", params={"attachments": "true", "atts_since": f'["{first}"]'}, headers={"accept": "application/json"})
    assert asked.json()["_attachments"]["t.txt"]["data"] == NEWER


def test_a_local_edit_with_new_bytes_takes_its_new_generation_too(tmp_path: Path) -> None:
    with LocalReplica.open(tmp_path / "a.replica") as replica:
        rev = replica.put({"_id": "a", "_attachments": {"t.txt": {"data": PLAIN, "revpos": 1}}})
        for generation in (2, 3):
            rev = replica.put({"_id": "a", "_rev": rev, "_attachments": {"t.txt": {"data": NEWER, "revpos": 1}}})
            assert replica.get("a")["_attachments"]["t.txt"]["revpos"] == generation


def test_an_edit_that_keeps_a_stub_keeps_where_the_bytes_came_from(office: httpx2.Client) -> None:
    rev = office.put("a", json={"_attachments": {"t.txt": {"data": PLAIN}}}).json()["rev"]
    doc = office.get("a").json()
    office.put("a", json={**doc, "_rev": rev, "more": 1})
    assert office.get("a").json()["_attachments"]["t.txt"]["revpos"] == 1


def test_a_replicated_revision_keeps_the_revpos_it_names(office: httpx2.Client) -> None:
    doc = {"_id": "b", "_rev": "3-c", "_revisions": {"start": 3, "ids": ["c", "b", "a"]},
           "_attachments": {"t.txt": {"data": PLAIN, "revpos": 2}}}
    assert office.post("_bulk_docs", json={"docs": [doc], "new_edits": False}).status_code == 201
    assert office.get("b").json()["_attachments"]["t.txt"]["revpos"] == 2


@pytest.mark.parametrize("named", [None, "application/x-www-form-urlencoded", "text/plain", "application/json"])
@pytest.mark.parametrize("path", ["album", "_local/album", "_design/album"])
def test_a_put_is_taken_whatever_type_it_names(office: httpx2.Client, named: str | None, path: str) -> None:
    headers = {} if named is None else {"content-type": named}
    assert office.put(path, content=b'{"views": {}}', headers=headers).status_code == 201


@pytest.mark.parametrize("named", [None, "application/x-www-form-urlencoded", "text/plain"])
@pytest.mark.parametrize("path", ["", "_bulk_docs", "_find", "_revs_diff"])
def test_a_post_that_does_not_say_json_is_refused(office: httpx2.Client, named: str | None, path: str) -> None:
    headers = {} if named is None else {"content-type": named}
    answer = office.post(path, content=b'{"docs": [], "selector": {}}', headers=headers)
    assert answer.status_code == 415, answer.text


@pytest.mark.parametrize("number", [LONG, -LONG - 1, 2**64, 10**40, 10**307])
def test_a_whole_number_that_a_document_holds_goes_both_ways(office: httpx2.Client, tmp_path: Path, number: int) -> None:
    assert office.put("here", json={"v": number}).status_code == 201
    with LocalReplica.open(tmp_path / "t.replica") as tablet:
        tablet.put({"_id": "there", "v": number})
        tablet.put({"_id": "small", "v": 1})
        peer = RemotePeer(str(office.base_url).rstrip("/"))
        try:
            result = sync(tablet, peer)
        finally:
            peer.close()
        assert tablet.get("here")["v"] == number
    assert result.push.docs_written == 2
    assert not result.push.doc_write_failures
    assert office.get("there").json()["v"] == number


def test_a_replicated_document_with_a_number_beyond_any_double_stops_no_other(office: httpx2.Client) -> None:
    docs = [{"_id": id, "_rev": "1-x", "v": value} for id, value in (("a", 1), ("b", 10**400), ("c", 3), ("d", -(10**308)))]
    rows = office.post("_bulk_docs", json={"new_edits": False, "docs": docs}).json()
    assert [row["id"] for row in rows] == ["b", "d"]
    assert [office.get(id).status_code for id in "abcd"] == [200, 404, 200, 404]


def test_an_ordinary_bulk_with_such_a_document_is_refused_whole_like_any_malformed_one(office: httpx2.Client) -> None:
    answer = office.post("_bulk_docs", json={"docs": [{"_id": "a"}, {"_id": "b", "v": 10**400}]})
    assert answer.status_code == 400
    assert "308 digits" in answer.json()["reason"]
    assert office.get("a").status_code == 404


def test_what_asks_for_something_still_refuses_such_numbers(office: httpx2.Client) -> None:
    for body in ({"selector": {"a": LONG}}, {"selector": {}, "limit": LONG}):
        assert office.post("_find", json=body).status_code == 400
    assert office.get("_all_docs", params={"limit": str(LONG)}).status_code == 400
    assert office.get("_all_docs", params={"startkey": str(LONG)}).status_code == 400


def test_a_document_with_a_long_number_can_be_indexed_and_found(office: httpx2.Client) -> None:
    assert office.post("_index", json={"index": {"fields": ["v"]}}).status_code == 200
    office.post("_bulk_docs", json={"docs": [{"_id": "a", "v": 1}, {"_id": "b", "v": 10**40}, {"_id": "c", "v": -(10**300)}]})
    found = office.post("_find", json={"selector": {"v": {"$gt": 5}}, "sort": ["v"]})
    assert [doc["_id"] for doc in found.json()["docs"]] == ["b"], found.text


@pytest.mark.parametrize("target", ["case:x", "case:01J:0a:b", "mailto:a@b", "plain", "with%2Fslash"])
def test_a_copy_lands_under_the_id_that_was_named(office: httpx2.Client, target: str) -> None:
    rev = office.put("a", json={"n": 1}).json()["rev"]
    copied = office.request("COPY", "a", headers={"destination": target})
    assert copied.status_code == 201
    assert office.get(target.replace(":", "%3A")).json()["n"] == 1
    again = office.request("COPY", "a", headers={"destination": f"{target}?rev={copied.json()['rev']}"})
    assert again.json()["rev"].startswith("2-"), (rev, again.text)


@pytest.mark.parametrize("part", ["9" * 5000, "0" * 5000, "9" * 19, "18446744073709551616"])
def test_a_field_name_of_many_digits_finds_nothing_in_a_list(office: httpx2.Client, part: str) -> None:
    office.put("a", json={"l": [1, 2, 3]})
    found = office.post("_find", json={"selector": {f"l.{part}": 1}})
    assert (found.status_code, found.json().get("docs")) == (200, []), found.text[:200]
    fed = office.post("_changes", params={"filter": "_selector"}, json={"selector": {f"l.{part}": {"$exists": True}}})
    assert (fed.status_code, fed.json().get("results")) == (200, [])
    assert office.post("_find", json={"selector": {"l.02": 3}}).json()["docs"][0]["_id"] == "a"


# --- small print --------------------------------------------------------------------------------------------------------------


def test_what_is_deleted_is_deleted_once(office: httpx2.Client) -> None:
    rev = office.put("a", json={}).json()["rev"]
    gone = office.delete("a", params={"rev": rev}).json()["rev"]
    before = office.get("").json()["update_seq"]
    assert [office.delete("a", params={"rev": each}).status_code for each in (gone, rev)] == [404, 404]
    assert [office.delete(path).status_code for path in ("a", "never", "_local/never")] == [404, 404, 404]
    assert office.get("").json()["update_seq"] == before


def test_a_local_document_is_written_over_whatever_revision_is_named(office: httpx2.Client) -> None:
    """`increment_local_doc_revs` of CouchDB 3.5: the number after the one that is given, or 0-1; nothing is compared."""
    answers = [office.put("_local/x", json={"n": n, **rev}).json()["rev"]
               for n, rev in enumerate(({}, {}, {"_rev": "0-1"}, {"_rev": "0-1"}, {"_rev": "0-7"}))]
    assert answers == ["0-1", "0-1", "0-2", "0-2", "0-8"]
    assert office.get("_local/x").json() == {"_id": "_local/x", "_rev": "0-8", "n": 4}
    assert office.put("_local/new", json={"_rev": "0-3"}).json()["rev"] == "0-4"
    for wrong in ("1-abc", "0-x", "0-²", "0-" + "9" * 5000, "", "x"):
        assert office.put("_local/x", json={"_rev": wrong}).status_code == 400, wrong
    assert office.delete("_local/x", params={"rev": "0-2"}).json()["rev"] == "0-0"
    assert office.get("_local/x").status_code == 404


def test_with_if_match_a_wrong_revision_of_a_local_document_is_a_conflict(office: httpx2.Client) -> None:
    office.put("_local/x", json={"n": 0})
    matching = [office.put("_local/x", json={"n": 1}, headers={"if-match": rev}).status_code for rev in ('"0-7"', '"0-1"', "0-1")]
    assert matching == [409, 201, 409]
    assert office.put("_local/new", json={}, headers={"if-match": '"0-1"'}).status_code == 409
    assert office.delete("_local/x", headers={"if-match": '"0-1"'}).status_code == 409
    assert office.delete("_local/x", headers={"if-match": '"0-2"'}).status_code == 200


def test_local_documents_are_posted_and_copied_and_keep_no_attachments(office: httpx2.Client) -> None:
    files = {"t.txt": {"content_type": "text/plain", "data": PLAIN}}
    made = office.post("", json={"_id": "_local/x", "n": 1, "_attachments": files})
    assert (made.status_code, made.json()["id"], made.json()["rev"]) == (201, "_local/x", "0-1")
    for source, target in (("_local/x", "y"), ("y", "_local/z"), ("_local/z", "_local/w")):
        assert office.request("COPY", source, headers={"destination": target}).status_code == 201
    assert [office.get(path).json()["n"] for path in ("y", "_local/z", "_local/w")] == [1, 1, 1]
    assert "_attachments" not in office.get("_local/x").json()


def test_offset_is_how_many_rows_stand_before(office: httpx2.Client) -> None:
    for id in "abcde":
        office.put(id, json={})

    def asked(**params: str) -> tuple[int, list[str]]:
        answer = office.get("_all_docs", params=params).json()
        return answer["offset"], [row["id"] for row in answer["rows"]]

    assert asked(startkey='"c"') == (2, ["c", "d", "e"])
    assert asked(startkey='"c"', descending="true") == (2, ["c", "b", "a"])
    assert asked(startkey='"bb"', skip="1", limit="1") == (3, ["d"])
    assert asked(startkey='"c"', limit="0") == (2, [])


@pytest.mark.parametrize(("low", "high", "found"), [
    ("1", "{}", "ab"), ("null", '"a"', "a"), ("{}", '"z"', ""), ("[]", "{}", ""), ('"b"', "[1]", "b"), ("false", "true", ""),
])  # fmt: skip
def test_keys_may_be_any_json(office: httpx2.Client, low: str, high: str, found: str) -> None:
    for id in "ab":
        office.put(id, json={})
    rows = office.get("_all_docs", params={"startkey": low, "endkey": high}).json()["rows"]
    assert "".join(row["id"] for row in rows) == found
    rows = office.get("_all_docs", params={"startkey": high, "endkey": low, "descending": "true"}).json()["rows"]
    assert "".join(row["id"] for row in rows) == found[::-1]


def test_local_documents_are_listed_with_limit_and_keys(office: httpx2.Client) -> None:
    for id in "abc":
        office.put(f"_local/{id}", json={})

    def listed(**params: str) -> list[str]:
        return [row.get("id", row.get("error")) for row in office.get("_local_docs", params=params).json()["rows"]]

    assert listed(limit="2") == ["_local/a", "_local/b"]
    assert listed(keys='["_local/c", "_local/x", "_local/a"]') == ["_local/c", "not_found", "_local/a"]
    assert listed(startkey='"_local/b"') == ["_local/b", "_local/c"]
    assert listed(descending="true", limit="1", skip="1") == ["_local/b"]


def test_design_documents_are_counted_by_themselves(office: httpx2.Client) -> None:
    for id in ("a", "b", "_design/x"):
        office.put(id, json={})
    assert office.get("_design_docs").json()["total_rows"] == 1
    assert office.get("_all_docs").json()["total_rows"] == 3


def test_a_feed_that_ends_at_its_limit_tells_what_is_left(office: httpx2.Client) -> None:
    for id in "abcde":
        office.put(id, json={})
    for order in ({}, {"descending": "true"}):
        lines = office.get("_changes", params={"feed": "continuous", "limit": "2", **order}).text.splitlines()
        assert len(lines) == 3
    assert json.loads(office.get("_changes", params={"feed": "continuous", "limit": "2"}).text.splitlines()[-1])["pending"] == 3


def test_a_filtered_feed_gives_the_fields_that_were_asked_for(office: httpx2.Client) -> None:
    office.put("a", json={"kind": "x", "deep": {"in": 1, "out": 2}})
    asked = {"selector": {"kind": "x"}, "fields": ["_id", "deep.in"]}
    answer = office.post("_changes", params={"filter": "_selector", "include_docs": "true"}, json=asked).json()
    assert answer["results"][0]["doc"] == {"_id": "a", "deep": {"in": 1}}


def test_writes_say_where_the_document_lies(office: httpx2.Client) -> None:
    assert office.put("a b", json={}).headers["location"] == f"{office.base_url}a%20b"
    assert office.put("_design/x", json={}).headers["location"] == f"{office.base_url}_design/x"
    posted = office.post("", json={})
    assert posted.headers["location"] == f"{office.base_url}{posted.json()['id']}"
    assert office.put("f/t.txt", content=b"x").headers["location"] == f"{office.base_url}f/t.txt"


@pytest.mark.parametrize(
    "path", ["a?rev={rev}", "a?revs=true", "a?attachments=true", "_local/x", "_changes", "_changes?include_docs=true"]
)
def test_an_answer_that_is_still_the_same_is_not_sent_again(office: httpx2.Client, path: str) -> None:
    rev = office.put("a", json={"_attachments": {"t.txt": {"data": PLAIN}}}).json()["rev"]
    office.put("_local/x", json={})
    path = path.format(rev=rev)
    tag = office.get(path).headers["etag"]
    assert office.get(path, headers={"if-none-match": tag}).status_code == 304
    office.put("a", json={"_rev": rev})
    office.put("_local/x", json={"_rev": "0-1"})
    assert office.get(path, headers={"if-none-match": tag}).status_code == (304 if "rev=" in path else 200)


def test_open_revs_of_what_was_never_there_is_not_found(office: httpx2.Client) -> None:
    assert office.get("never", params={"open_revs": "all"}).status_code == 404
    named = office.get("never", params={"open_revs": '["1-a"]'}, headers={"accept": "application/json"})
    assert named.json() == [{"missing": "1-a"}]


@pytest.mark.parametrize("accept", [None, "*/*", "application/json, */*", "multipart/*"])
def test_attachments_come_in_parts_unless_the_client_takes_none(office: httpx2.Client, accept: str | None) -> None:
    rev = office.put("a", json={"_attachments": {"t.txt": {"data": PLAIN}}}).json()["rev"]
    headers = {"accept": accept} if accept else {}
    for params in ({"attachments": "true"}, {"atts_since": '["1-x"]'}):
        answer = office.get("a", params=params, headers=headers)
        assert answer.headers["content-type"].startswith("multipart/related"), (params, answer.text)
    plain = office.get("a", params={"atts_since": f'["{rev}"]'}, headers={"accept": "application/json"}).json()
    assert plain["_attachments"]["t.txt"]["stub"] is True


@pytest.mark.parametrize(("ddoc", "field"), [
    ({"views": "x"}, "views"), ({"views": {"a": 1}}, "views.a"), ({"views": {"a": {"map": 1}}}, "views.a.map"),
    ({"views": {"a": {}}}, "views.a"), ({"filters": []}, "filters"), ({"validate_doc_update": {}}, "validate_doc_update"),
    ({"language": 7}, "language"), ({"options": {"local_seq": "yes"}}, "options.local_seq"),
    ({"language": "query", "views": {"a": {"map": "function"}}}, "views.a.map"),
])  # fmt: skip
def test_a_broken_design_document_is_refused(office: httpx2.Client, ddoc: dict[str, object], field: str) -> None:
    refused = office.put("_design/x", json=ddoc)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_design_doc")
    assert f"`{field}`" in refused.json()["reason"]
    row, fine = office.post("_bulk_docs", json={"docs": [{"_id": "_design/x", **ddoc}, {"_id": "b"}]}).json()
    assert (row["error"], fine["ok"]) == ("invalid_design_doc", True)


def test_a_sound_design_document_is_taken(office: httpx2.Client) -> None:
    ddoc = {"views": {"lib": {"a": "x"}, "all": {"map": "function (doc) {}", "reduce": "_count"}}, "filters": {"f": "function"}}
    assert office.put("_design/x", json=ddoc).status_code == 201


@pytest.mark.parametrize(("body", "error"), [
    ({"selector": {}, "feilds": ["a"]}, "invalid_key"), ({"selector": {}, "include_docs": True}, "invalid_key"),
    ({}, "missing_required_key"), ({"selector": 1}, "invalid_selector_json"), ({"selector": ["a"]}, "invalid_selector_json"),
])  # fmt: skip
def test_a_query_says_what_it_does_not_know(office: httpx2.Client, body: dict[str, object], error: str) -> None:
    refused = office.post("_find", json=body)
    assert (refused.status_code, refused.json()["error"]) == (400, error)


def test_a_field_with_a_dollar_is_named_with_a_backslash(office: httpx2.Client) -> None:
    office.put("a", json={"$foo": {"$bar": 1}})
    found = office.post("_find", json={"selector": {"\\$foo.\\$bar": 1}, "fields": ["\\$foo"]}).json()["docs"]
    assert found == [{"$foo": {"$bar": 1}}]


@pytest.mark.parametrize("header", ["Basic:", "Basic", "Bearer x", "Digest y", "Basic !!"])
def test_an_authorization_of_another_kind_is_nobody_and_not_somebody_wrong(tmp_path: Path, header: str) -> None:
    with running(tmp_path / "data", authoriser=SingleAdmin("admin", "geheim")) as server, server.client() as http:
        assert http.get("/", headers={"authorization": header}).status_code == 200
        assert http.get("/_all_dbs", headers={"authorization": header}).status_code == 401
        wrong = {"authorization": basic_header("admin", "falsch")}
        assert http.get("/", headers=wrong).status_code == 401
