"""Documents, bulk reads and writes and attachments over HTTP, as a plain client sees them."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from email import message_from_bytes
from urllib.parse import quote

import pytest

COUNTER = itertools.count()


def put(http, id, doc, **params):
    answer = http.put(id, json=doc, params=params)
    assert answer.status_code == 201, answer.text
    return answer.json()["rev"]


def put_leaf(http, id, rev, parents=(), **body):
    number, digest = rev.split("-")
    doc = {"_id": id, "_rev": rev, "_revisions": {"start": int(number), "ids": [digest, *parents]}, **body}
    assert http.post("_bulk_docs", json={"docs": [doc], "new_edits": False}).json() == []


def conflicted(http):
    put_leaf(http, "c", "1-a", n=1)
    put_leaf(http, "c", "2-b", ["a"], n=2)
    put_leaf(http, "c", "2-c", ["a"], n=3)
    put_leaf(http, "c", "2-d", ["a"], _deleted=True)


# --- one document ---


def test_a_document_is_written_read_changed_and_deleted(http):
    rev = put(http, "doc", {"a": 1})
    answer = http.get("doc")
    assert answer.json() == {"_id": "doc", "_rev": rev, "a": 1}
    assert answer.headers["etag"] == f'"{rev}"'
    second = put(http, "doc", {"_rev": rev, "a": 2})
    assert http.put("doc", json={"_rev": rev, "a": 3}).json()["error"] == "conflict"
    assert http.put("doc", json={"a": 3}).status_code == 409
    deleted = http.delete("doc", params={"rev": second})
    assert deleted.status_code == 200
    assert http.get("doc").json() == {"error": "not_found", "reason": "deleted"}
    assert http.get("doc", params={"rev": deleted.json()["rev"]}).json()["_deleted"] is True
    assert put(http, "doc", {"again": True}).startswith("4-")


@pytest.mark.parametrize("id", ["a/b", "中文 与空格", "a+b", "%2F", "x?y#z", "😀", "a//b", "é", "1:2:3", "a\nb\r", "a\tb"])
def test_ids_of_every_kind_come_back_as_they_went(http, id):
    path = quote(id, safe="")
    put(http, path, {"v": id})
    assert http.get(path).json()["_id"] == id
    assert [row["id"] for row in http.get("_all_docs").json()["rows"]] == [id]
    assert http.post("_bulk_get", json={"docs": [{"id": id}]}).json()["results"][0]["docs"][0]["ok"]["_id"] == id


def test_ids_with_a_leading_underscore_are_refused(http):
    for method in ("GET", "PUT", "DELETE"):
        assert http.request(method, "_odd", json={}).json()["error"] == "illegal_docid"
    results = http.post("_bulk_docs", json={"docs": [{"_id": "_odd"}, {"_id": "fine"}]})
    assert results.status_code in (201, 400)
    assert http.get("_odd").status_code == 400


def test_the_entity_tag_saves_the_body(http):
    rev = put(http, "doc", {"a": 1})
    assert http.get("doc", headers={"if-none-match": f'"{rev}"'}).status_code == 304
    assert http.get("doc", headers={"if-none-match": '"1-x"'}).status_code == 200
    assert http.head("doc").headers["etag"] == f'"{rev}"'
    assert http.head("doc").content == b""


def test_a_revision_may_be_named_in_query_header_or_body_but_only_one(http):
    first = put(http, "doc", {})
    second = http.put("doc", json={"a": 1}, headers={"if-match": f'"{first}"'}).json()["rev"]
    third = put(http, "doc", {"a": 2}, rev=second)
    answer = http.put("doc", json={"_rev": third}, params={"rev": second})
    assert answer.status_code == 400
    assert http.delete("doc", headers={"if-match": third}).status_code == 200


def test_a_document_without_id_gets_one(http):
    first, second = (http.post("", json={"n": n}).json() for n in (1, 2))
    assert first["ok"] is True
    assert first["id"] != second["id"]
    assert http.post("", json={"_id": "named"}).json()["id"] == "named"
    assert http.put("a", json={"_id": "b"}).status_code == 400


def test_meta_fields_are_given_when_asked_for(http):
    conflicted(http)
    doc = http.get("c", params={"conflicts": "true", "deleted_conflicts": "true", "revs": "true", "revs_info": "true"}).json()
    assert doc["_rev"] == "2-c"
    assert doc["_conflicts"] == ["2-b"]
    assert doc["_deleted_conflicts"] == ["2-d"]
    assert doc["_revisions"] == {"start": 2, "ids": ["c", "a"]}
    assert doc["_revs_info"][0] == {"rev": "2-c", "status": "available"}
    assert http.get("c", params={"rev": "1-a", "latest": "true"}).json()["_rev"] != "1-a"
    assert http.get("c", params={"conflicts": "maybe"}).json()["error"] == "query_parse_error"


def test_open_revs_as_json(http):
    conflicted(http)
    rows = http.get("c", params={"open_revs": "all"}, headers={"accept": "application/json"}).json()
    assert sorted(row["ok"]["_rev"] for row in rows) == ["2-b", "2-c", "2-d"]
    rows = http.get("c", params={"open_revs": '["2-b","9-z"]', "revs": "true"}, headers={"accept": "application/json"}).json()
    assert rows[0]["ok"]["_revisions"]["ids"] == ["b", "a"]
    assert rows[1] == {"missing": "9-z"}


def parse_mixed(answer):
    return message_from_bytes(b"Content-Type: " + answer.headers["content-type"].encode() + b"\r\n\r\n" + answer.content)


def test_open_revs_as_multipart_carries_attachments_as_they_are(http):
    blob = bytes(range(256))
    put(http, "m", {"_attachments": {"图.bin": {"content_type": "image/x", "data": base64.b64encode(blob).decode()}}})
    rev = http.get("m").json()["_rev"]
    answer = http.get("m", params={"open_revs": json.dumps([rev, "7-x"])})
    assert answer.headers["content-type"].startswith("multipart/mixed")
    found, missing = parse_mixed(answer).get_payload()
    doc, file = found.get_payload()
    attachment = json.loads(doc.get_payload(decode=True))["_attachments"]["图.bin"]
    assert attachment["follows"] is True
    assert attachment["length"] == 256
    assert file.get_payload(decode=True) == blob
    assert json.loads(missing.get_payload()) == {"missing": "7-x"}
    assert 'error="true"' in missing["content-type"]


def test_a_document_is_copied(http):
    rev = put(http, "a", {"v": 1})
    assert http.request("COPY", "a", headers={"destination": "b%2Fc"}).json()["id"] == "b/c"
    assert http.get("b%2Fc").json()["v"] == 1
    target = put(http, "t", {})
    assert http.request("COPY", "a", headers={"destination": "t"}).status_code == 409
    assert http.request("COPY", f"a?rev={rev}", headers={"destination": f"t?rev={target}"}).status_code == 201
    assert http.request("COPY", "a").status_code == 400


def test_design_documents_are_kept_but_their_javascript_is_not_run(http):
    put(http, "_design/app", {"views": {"all": {"map": "function (doc) { emit(doc._id); }"}}})
    assert http.get("_design/app").json()["_id"] == "_design/app"
    assert http.get("_design%2Fapp").json()["_id"] == "_design/app"
    answer = http.get("_design/app/_view/all")
    assert answer.status_code == 501
    assert "JavaScript" in answer.json()["reason"]
    assert [row["id"] for row in http.get("_design_docs").json()["rows"]] == ["_design/app"]


def test_local_documents_are_kept_apart(http):
    assert http.put("_local/chk", json={"a": 1}).json() == {"ok": True, "id": "_local/chk", "rev": "0-1"}
    assert http.put("_local%2Fchk", json={"_rev": "0-1", "a": 2}).json()["rev"] == "0-2"
    assert http.get("_local/chk").json() == {"_id": "_local/chk", "_rev": "0-2", "a": 2}
    assert http.get("_all_docs").json()["rows"] == []
    assert http.get("_local_docs").json()["rows"][0]["id"] == "_local/chk"
    assert http.delete("_local/chk", params={"rev": "0-2"}).status_code == 200
    assert http.get("_local/chk").status_code == 404
    assert http.delete("_local/chk").status_code == 404


# --- many documents ---


def test_bulk_docs_tells_the_fate_of_each(http):
    rev = put(http, "held", {})
    docs = [{"_id": "new"}, {"_id": "held"}, {"_id": "held", "_rev": rev, "n": 1}, {"n": 2}]
    results = http.post("_bulk_docs", json={"docs": docs}).json()
    assert [result.get("error") for result in results] == [None, "conflict", None, None]
    assert results[3]["id"]
    assert results[1]["id"] == "held"


def test_writing_a_revision_again_changes_nothing(http):
    for _ in range(2):
        put_leaf(http, "x", "3-c", ["b", "a"], v=1)
    assert http.get("").json()["doc_count"] == 1
    assert http.get("x", params={"revs": "true"}).json()["_revisions"] == {"start": 3, "ids": ["c", "b", "a"]}
    answer = http.put("y", json={"_id": "y", "_rev": "1-q", "v": 1}, params={"new_edits": "false"})
    assert answer.json()["rev"] == "1-q"


def test_bulk_bodies_may_come_zipped(http):
    body = gzip.compress(json.dumps({"docs": [{"_id": "z"}]}).encode())
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    assert http.post("_bulk_docs", content=body, headers=headers).status_code == 201
    assert http.get("z").status_code == 200


def test_revs_diff_and_missing_revs_tell_what_lacks(http):
    put_leaf(http, "x", "1-a")
    asked = {"x": ["1-a", "2-b"], "y": ["1-z"]}
    diff = http.post("_revs_diff", json=asked).json()
    assert diff == {"x": {"missing": ["2-b"], "possible_ancestors": ["1-a"]}, "y": {"missing": ["1-z"]}}
    assert http.post("_missing_revs", json=asked).json() == {"missing_revs": {"x": ["2-b"], "y": ["1-z"]}}
    assert http.post("_revs_diff", json={"x": "1-a"}).status_code == 400


def test_bulk_get_finds_each_and_keeps_errors_apart(http):
    conflicted(http)
    asked = {"docs": [{"id": "c"}, {"id": "c", "rev": "2-b"}, {"id": "c", "rev": "8-x"}, {"id": "none"}]}
    results = http.post("_bulk_get", json=asked, params={"revs": "true"}).json()["results"]
    assert [row["id"] for row in results] == ["c", "c", "c", "none"]
    assert results[1]["docs"][0]["ok"]["_revisions"] == {"start": 2, "ids": ["b", "a"]}
    assert results[2]["docs"][0]["error"]["error"] == "not_found"
    assert results[3]["docs"][0]["error"]["id"] == "none"
    assert http.post("_bulk_get", json={"docs": [{"rev": "1-a"}]}).status_code == 400


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/related"])
def test_bulk_get_as_multipart(http, kind):
    put(http, "m", {"_attachments": {"a.txt": {"content_type": "text/plain", "data": "aGVsbG8="}}})
    put(http, "n", {"v": 1})
    asked = {"docs": [{"id": "m"}, {"id": "n"}, {"id": "none"}]}
    answer = http.post("_bulk_get", json=asked, headers={"accept": kind})
    assert answer.headers["content-type"].startswith(kind)
    first, second, third = parse_mixed(answer).get_payload()
    assert first.get_payload()[1].get_payload(decode=True) == b"hello"
    assert json.loads(second.get_payload(decode=True))["v"] == 1
    assert second["x-doc-id"] == "n"
    assert json.loads(third.get_payload(decode=True))["error"] == "not_found"


def test_all_docs_by_range_keys_and_direction(http):
    http.post("_bulk_docs", json={"docs": [{"_id": id, "v": id} for id in "abcde"]})

    def ids(**params):
        return [row.get("id", row["key"]) for row in http.get("_all_docs", params=params).json()["rows"]]

    assert ids() == list("abcde")
    assert ids(startkey='"b"', endkey='"d"') == list("bcd")
    assert ids(startkey='"b"', endkey='"d"', inclusive_end="false") == list("bc")
    assert ids(descending="true", startkey='"c"', limit=2) == ["c", "b"]
    assert ids(skip=1, limit=2) == ["b", "c"]
    assert ids(limit=0) == []
    assert ids(key='"d"') == ["d"]
    assert ids(keys='["e","x","a"]') == ["e", "x", "a"]
    rows = http.post("_all_docs", json={"keys": ["a", "x"], "include_docs": True}).json()["rows"]
    assert rows[0]["doc"]["v"] == "a"
    assert rows[1] == {"key": "x", "error": "not_found"}
    two = http.post("_all_docs/queries", json={"queries": [{"limit": 1}, {"keys": ["b"]}]}).json()["results"]
    assert [[row["id"] for row in each["rows"]] for each in two] == [["a"], ["b"]]
    assert http.get("_all_docs", params={"startkey": "unquoted"}).status_code == 400


def test_all_docs_with_documents_longer_than_a_page(http):
    docs = [{"_id": f"{n:05}", "text": "x" * 200} for n in range(2500)]
    http.post("_bulk_docs", json={"docs": docs})
    for descending in (False, True):
        answer = http.get("_all_docs", params={"include_docs": "true", "descending": str(descending).lower()}).json()
        ids = [row["id"] for row in answer["rows"]]
        assert ids == sorted((doc["_id"] for doc in docs), reverse=descending)
        assert answer["total_rows"] == 2500
    assert len(http.get("_all_docs", params={"limit": 2400, "skip": 3}).json()["rows"]) == 2400


def test_upkeep_routes_answer(http):
    rev = put(http, "x", {})
    assert http.post("_ensure_full_commit").json() == {"ok": True, "instance_start_time": "0"}
    assert http.post("_compact", headers={"content-type": "application/json"}).status_code == 202
    assert http.get("_revs_limit").json() == 1000
    assert http.put("_revs_limit", json=50).json() == {"ok": True}
    assert http.get("_revs_limit").json() == 50
    assert http.put("_revs_limit", json=0).status_code == 400
    assert http.post("_purge", json={"x": [rev]}).json()["purged"] == {"x": [rev]}
    assert http.get("x").status_code == 404


# --- attachments ---


def test_an_attachment_is_written_read_in_part_and_deleted(http):
    answer = http.put("doc/dir/图 1.txt", content=b"0123456789", headers={"content-type": "text/plain"})
    assert answer.status_code == 201
    rev = answer.json()["rev"]
    whole = http.get("doc/dir/图 1.txt")
    assert (whole.content, whole.headers["content-type"]) == (b"0123456789", "text/plain")
    assert whole.headers["content-security-policy"] == "sandbox"
    assert http.get("doc/dir/图 1.txt", headers={"if-none-match": whole.headers["etag"]}).status_code == 304
    head = http.head("doc/dir/图 1.txt")
    assert (head.headers["content-length"], head.content) == ("10", b"")
    for asked, status, expected in [
        ("bytes=2-4", 206, b"234"), ("bytes=7-", 206, b"789"), ("bytes=-3", 206, b"789"), ("bytes=0-99", 206, b"0123456789"),
        ("bytes=0-1,3-4", 200, b"0123456789"), ("lines=1-2", 200, b"0123456789"), ("bytes=5-2", 200, b"0123456789"),
    ]:  # fmt: skip
        part = http.get("doc/dir/图 1.txt", headers={"range": asked})
        assert (part.status_code, part.content) == (status, expected), asked
    assert http.get("doc/dir/图 1.txt", headers={"range": "bytes=10-"}).status_code == 416
    assert http.put("doc/b", content=b"x").status_code == 409
    assert http.delete("doc/dir/图 1.txt").status_code == 409
    assert http.delete("doc/dir/图 1.txt", params={"rev": rev}).status_code == 200
    assert http.get("doc/dir/图 1.txt").status_code == 404


def related(doc, *files, boundary="gh0st"):
    parts = [b"Content-Type: application/json\r\n\r\n" + json.dumps(doc).encode()]
    parts += [headers.encode() + b"\r\n\r\n" + data for headers, data in files]
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return body + b"--" + boundary.encode() + b"--", {"content-type": f'multipart/related;boundary="{boundary}"'}


def test_a_document_may_come_with_its_files_as_multipart(http):
    blob = b"\x00\r\n--almost\r\n" * 10
    doc = {
        "_attachments": {
            "one": {"follows": True, "content_type": "a/b", "length": len(blob)},
            "two": {"follows": True, "content_type": "c/d", "length": 2},
        }
    }
    body, headers = related(doc, ('Content-Disposition: attachment; filename="two"', b"22"), ("X: y", blob))
    assert http.put("m", content=body, headers=headers).status_code == 201
    assert http.get("m/one").content == blob
    assert http.get("m/two").content == b"22"
    answer = http.get("m", headers={"accept": "multipart/related"})
    parts = parse_mixed(answer).get_payload()
    assert [part.get_payload(decode=True) for part in parts[1:]] == [blob, b"22"]


def test_broken_multipart_is_refused_with_a_reason(http):
    waits = {"_attachments": {"one": {"follows": True, "length": 3}}}
    for body, headers in [
        related(waits),
        related(waits, ("X: y", b"four")),
        related({}, ("X: y", b"unasked")),
        related({"_attachments": []}),
        (b"--x\r\n\r\n{}", {"content-type": "multipart/related; boundary=x"}),
        (b"", {"content-type": "multipart/related; boundary=x"}),
        (b"--x--", {"content-type": "multipart/related"}),
    ]:
        answer = http.put("bad", content=body, headers=headers)
        assert answer.status_code == 400, answer.text
        assert answer.json()["reason"]
    assert http.get("bad").status_code == 404


def test_a_stub_without_its_bytes_is_refused(http):
    stub = {"_attachments": {"x": {"stub": True, "digest": "md5-XUFAKrxLKna5cZ2REBfFkg==", "revpos": 1, "length": 5}}}
    answer = http.put("s", json=stub)
    assert (answer.status_code, answer.json()["error"]) == (412, "missing_stub")
