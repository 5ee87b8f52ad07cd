"""What Apache CouchDB does and we did not: found by putting the same requests to both."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from sync import LocalReplica, RemotePeer, sync
from tests.support.sync.server import running

PLAIN = base64.b64encode(b"old words").decode()
NEWER = base64.b64encode(b"new words, and more of them").decode()
LONG = 9_223_372_036_854_775_808


@pytest.fixture
def office(tmp_path: Path) -> Iterator[httpx2.Client]:
    with running(tmp_path / "data") as server, httpx2.Client(base_url=f"{server.url}/office/") as http:
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
