"""What Apache CouchDB and other peers push to us: attachments as gzip, batches with a document that nobody can read."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
import pytest

from sync.endpoint.auth import Principal
from sync.tuning import MAX_ATTACHMENT_BYTES
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


# --- attachments that CouchDB keeps as gzip -----------------------------------------------------------------------------------

WORDS = b"words that gzip makes shorter " * 50
ZIPPED = gzip.compress(WORDS)


def md5(data: bytes) -> str:
    return "md5-" + base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def pushed_by_couchdb(http: httpx2.Client, sent: bytes, **entry: object) -> httpx2.Response:
    """What CouchDB's replicator sends of a document with a text attachment."""
    described = {"content_type": "text/plain", "revpos": 1, "digest": md5(ZIPPED), "length": len(WORDS), "follows": True,
                 "encoding": "gzip", "encoded_length": len(ZIPPED)} | entry
    path = {"start": 1, "ids": ["a" * 32]}
    doc = {"_id": "a", "_rev": "1-" + "a" * 32, "_revisions": path, "_attachments": {"t.txt": described}}
    body = (b"--b\r\nContent-Type: application/json\r\n\r\n" + json.dumps(doc).encode() + b"\r\n--b\r\n"
            b'Content-Disposition: attachment; filename="t.txt"\r\nContent-Type: text/plain\r\n'
            b"Content-Length: " + str(len(sent)).encode() + b"\r\nContent-Encoding: gzip\r\n\r\n" + sent + b"\r\n--b--")
    return http.put("a", params={"new_edits": "false"}, content=body, headers={"content-type": 'multipart/related; boundary="b"'})


def test_a_text_attachment_of_couchdb_comes_as_gzip_and_is_served_plain(office: httpx2.Client) -> None:
    answer = pushed_by_couchdb(office, ZIPPED)
    assert answer.status_code == 201, answer.text
    assert office.get("a/t.txt").content == WORDS
    entry = office.get("a").json()["_attachments"]["t.txt"]
    assert (entry["digest"], entry["length"]) == (md5(WORDS), len(WORDS))


def test_the_next_revision_of_couchdb_names_it_by_the_digest_of_the_gzip(office: httpx2.Client) -> None:
    pushed_by_couchdb(office, ZIPPED)
    stub = {"content_type": "text/plain", "revpos": 1, "digest": md5(ZIPPED), "length": len(WORDS), "stub": True}
    doc = {"_id": "a", "_rev": "2-" + "b" * 32, "_revisions": {"start": 2, "ids": ["b" * 32, "a" * 32]},
           "_attachments": {"t.txt": stub}}
    assert office.post("_bulk_docs", json={"docs": [doc], "new_edits": False}).json() == []
    assert office.get("a").json()["_rev"] == doc["_rev"]
    assert office.get("a/t.txt").content == WORDS


@pytest.mark.parametrize("told", [{"digest": md5(WORDS)}, {"encoded_length": 7}, {"length": 7}])
def test_bytes_that_are_not_what_was_announced_are_refused(office: httpx2.Client, told: dict[str, object]) -> None:
    assert pushed_by_couchdb(office, ZIPPED, **told).status_code == 400
    assert office.get("a").status_code == 404


def test_a_bomb_in_gzip_is_refused(office: httpx2.Client) -> None:
    bomb = gzip.compress(bytes(MAX_ATTACHMENT_BYTES + 1))
    refused = pushed_by_couchdb(office, bomb, digest=md5(bomb), encoded_length=len(bomb), length=MAX_ATTACHMENT_BYTES + 1)
    assert refused.status_code == 413


def test_a_content_md5_that_is_another_ones_is_refused(office: httpx2.Client) -> None:
    wrong = office.put("a/t.txt", content=WORDS, headers={"content-type": "text/plain", "content-md5": md5(ZIPPED)[4:]})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "content_md5_mismatch")
    right = office.put("a/t.txt", content=WORDS, headers={"content-type": "text/plain", "content-md5": md5(WORDS)[4:]})
    assert right.status_code == 201


# --- one document does not stop the others ------------------------------------------------------------------------------------


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(("value", "taken"), [
    (nested(198), True), (nested(199), True), (nested(260), False), (nested(30_000), False),
    ("1e400", False), ("9" * 5000, False), ("9" * 400, False), ('"\\ud800"', False),
])  # fmt: skip
def test_a_replicated_batch_is_judged_document_by_document(office: httpx2.Client, value: str, taken: bool) -> None:
    values = {"a": 1, "b": value, "c": '"],}[{"'}
    docs = [f'{{"_id": "{name}", "_rev": "1-{name}", "v": {inner}}}' for name, inner in values.items()]
    body = f'{{"docs": [{", ".join(docs)}], "new_edits": false}}'
    answer = office.post("_bulk_docs", content=body.encode(), headers={"content-type": "application/json"})
    assert answer.status_code == 201, answer.text
    assert [office.get(name).status_code for name in "abc"] == [200, 200 if taken else 404, 200]
    assert [(row["id"], row["rev"]) for row in answer.json()] == ([] if taken else [("b", "1-b")])


def test_a_replicated_batch_with_a_design_document_of_somebody_without_rights_keeps_the_rest(tmp_path: Path) -> None:
    with running(tmp_path / "data", authoriser=Member()) as server, loopback.Client(base_url=f"{server.url}/office/") as http:
        server.create("office")
        docs = [{"_id": "_design/x", "_rev": "1-a"}, {"_id": "b", "_rev": "1-b"}]
        answer = http.post("_bulk_docs", json={"docs": docs, "new_edits": False})
        assert [(row["id"], row["error"]) for row in answer.json()] == [("_design/x", "forbidden")]
        assert http.get("b").status_code == 200


class Member:
    """Everybody may read and write, nobody may administer."""

    def authenticate(self, headers: Mapping[str, str]) -> Principal | None:
        return Principal("somebody")

    def may(self, principal: Principal | None, db: str | None, access: str) -> bool:
        return access != "admin"

    def credential_stamp(self, name: str) -> str:
        return ""
