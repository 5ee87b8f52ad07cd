"""`county-hub couchdb provision`: all databases, secured and fenced; again without a change; nothing where it must not write."""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
from contextlib import closing
from dataclasses import replace
from urllib.parse import unquote

import pytest

from county_hub.commands.cli import main
from county_hub.couchdb import bounded, marker, reach
from county_hub.couchdb.advice import Advice, Size, advice
from county_hub.couchdb.layout import Layout
from county_hub.couchdb.server import LOCKED, StoreProblem, StoreServer
from county_hub.hub.hub import FORMER
from shared.ledger.formats.documents import sign_document
from shared.ledger.formats.keys import DeviceKey
from tests.support.county_hub.hub_support import COUNTY, TOWN, opened
from tests.support.ports import free_port
from tests.support.sync import lies
from tests.support.sync.scripted_server import Answer, scripted

PRIVATE = ("county", "drop", "quarantine")


def test_everything_is_there_and_again_nothing_changes(stored, any_server):
    store = stored(any_server)
    done = store.json("provision")
    assert done["databases"] == len(done["made"]) == 12
    assert len(store.names()) == 13
    with store.http() as http:
        before = {name: http.get(f"{store.at(name)}/_design/county").json() for name in ("directory", f"office-{TOWN}")}
        document = http.get(f"{store.at('county')}/county").json()
        for name in (*PRIVATE, "directory", f"office-{TOWN}-files"):
            members = http.get(f"{store.at(name)}/_security").json()["members"]["roles"]
            assert (f"{store.layout.prefix}reader" in members) == (name not in PRIVATE), name
    with opened(store.home) as hub:
        assert document["hub"]["id"] == hub.identity().hub_id
    assert (document["state"], document["databases"], document["county"]) == ("complete", 12, COUNTY)
    if any_server.kind != "pouchdb-server":     # which loses documents where it has a fence
        assert "directory" in before["directory"]["validate_doc_update"]
    assert store.json("provision") == {**done, "made": []}
    with store.http() as http:
        assert http.get(f"{store.at('county')}/county").json() == document
        assert {name: http.get(f"{store.at(name)}/_design/county").json() for name in before} == before


def test_what_stopped_half_way_or_was_taken_away_is_mended(stored, guarded_server):
    store = stored(guarded_server)
    store.run("provision")
    with store.http() as http:
        http.delete(store.at("drop"))
        fence = http.get(f"{store.at('directory')}/_design/county").json()
        http.delete(f"{store.at('directory')}/_design/county", params={"rev": fence["_rev"]})
        http.put(f"{store.at('quarantine')}/_security", json={})
        document = http.get(f"{store.at('county')}/county").json()
        http.put(f"{store.at('county')}/county", json={**document, "state": "begun"})
    with store.connected() as server, opened(store.home) as hub, pytest.raises(StoreProblem, match="没有建完"):
        marker.require(server, store.layout, hub)
    done = store.json("provision")
    assert (done["made"], sorted(done["mended"])) == (["drop"], ["directory", "quarantine"])
    with store.connected() as server, opened(store.home) as hub:
        assert marker.require(server, store.layout, hub).epoch == hub.epoch()


def test_databases_of_others_are_left_alone(stored, any_server):
    store = stored(any_server)
    with store.http() as http:
        http.put(store.at("photos"))
    store.run("provision", code=1)
    assert "photos" in store.words[0]
    assert store.names() == [store.layout.prefix + "photos"]
    with store.http() as http:
        http.delete(store.at("photos"))
    store.run("provision")
    with store.http() as http:
        document = http.get(f"{store.at('county')}/county").json()
        http.put(f"{store.at('county')}/county", json={**document, "hub": {**document["hub"], "id": "hub-other"}})
    store.run("provision", code=1)
    assert "hub-other" in store.words[0]


def test_a_wrong_password_or_address_is_one_sentence(stored, guarded_server, tmp_path):
    store = stored(guarded_server)
    address = guarded_server.url
    closed = f"http://127.0.0.1:{free_port()}"
    wrong, torn = tmp_path / "wrong", tmp_path / "torn"
    wrong.write_text("admin:nobody-knows\n")
    torn.write_text("admin\n")
    for options, words in (
        (("--couchdb", address, "--admin-file", str(wrong)), "不认这个名称或密码"),
        (("--couchdb", address), "要管理员的名称和密码"),
        (("--couchdb", address, "--admin-file", str(torn)), "一行"),
        (("--couchdb", closed), "连不上"),
        (("--couchdb", "couch.example"), "地址"),
        (("--couchdb", "http://host:99999"), "地址"),
        (("--couchdb", address.replace("//", "//admin:secret@")), "不能写名称和密码"),
        (("--couchdb", "http://admin:secret@[::1"), "不能写名称和密码"),
        (("--couchdb", "http://admin%3Asecret%40couch.example:5984"), "不能写名称和密码"),
        (("--couchdb", "http://[::1"), "地址"),
        (("--couchdb", f"http://{'a' * 64}.example"), "地址"),
        (("--couchdb", ""), "地址"),
    ):
        store.run("provision", *options, code=2 if "不能写" in words else 1)
        assert len(store.words) == 1, store.words
        assert words in store.words[0]
        assert "secret" not in store.words[0]
    assert store.names() == []


@pytest.mark.parametrize("way", ["descriptor", "credential"])
def test_the_password_comes_from_a_descriptor_or_from_the_services_credential(stored, guarded_server, tmp_path, monkeypatch, way):
    store = stored(guarded_server)
    with store.account.open("rb") as file:
        given = ["--couchdb", guarded_server.url, *(["--admin-file", f"/dev/fd/{file.fileno()}"] if way == "descriptor" else [])]
        if way == "credential":
            (tmp_path / "couchdb").write_bytes(file.read())
            monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        store.run("provision", *given)
        assert len(store.names()) == 13


def test_a_marker_that_the_hub_did_not_sign_is_not_believed_until_it_is_written_again(stored, guarded_server):
    """Changed by hand, signed by another, as an earlier version wrote it."""
    store = stored(guarded_server)
    store.run("provision")
    path = f"{store.at('county')}/county"
    stranger = DeviceKey.generate(random.Random(1).randbytes)

    def signed(doc):
        return {**sign_document(doc, stranger), "_rev": doc["_rev"]}

    def unsigned(doc):
        return {**{name: value for name, value in doc.items() if name not in ("alg", "sig")}, "format": 1}

    for change in (lambda doc: {**doc, "made_at": 1}, signed, unsigned):
        with store.http() as http:
            http.put(path, json=change(http.get(path).json()))
        with store.connected() as server, opened(store.home) as hub, pytest.raises(StoreProblem, match="没有本中心的签名"):
            marker.require(server, store.layout, hub)
        assert [one["code"] for one in store.json("doctor", code=1)["findings"] if one["serious"]] == ["unsigned"]
        store.run("provision")
        with store.connected() as server, opened(store.home) as hub:
            assert marker.require(server, store.layout, hub).format == 2
            with pytest.raises(StoreProblem, match="没有本中心的签名"):
                marker.require_named(server, store.layout, hub.identity().hub_id, [stranger.public])
            former = {"hub_key": stranger.save(), FORMER: [hub.key.public]}
            assert marker.require_named(server, store.layout, hub.identity().hub_id, marker.keys_of(former)).is_complete


@pytest.mark.parametrize(("welcome", "words"), [
    ({"couchdb": "Welcome", "version": "3.4.2", "vendor": {}}, "太旧"),
    ({"couchdb": "Welcome", "version": "soon"}, "太旧"),
    ({"name": "elasticsearch", "version": {"number": "8"}}, "不是 CouchDB"),
])
def test_an_old_server_and_another_one_are_refused(welcome, words):
    with scripted(lambda asked: Answer(body=json.dumps(welcome).encode())) as url, closing(StoreServer(url)) as server, \
            pytest.raises(StoreProblem, match=words):
        reach.reach(server)


WELCOME = json.dumps({"couchdb": "Welcome", "version": "3.5.0", "vendor": {}}).encode()


def said(status: int, error: str, reason: str) -> Answer:
    return Answer(status, json.dumps({"error": error, "reason": reason}).encode())


@pytest.mark.parametrize(("welcome", "session", "words"), [
    (Answer(body=b"<html>", headers={"Content-Type": "text/html"}), None, "不是 CouchDB"),
    (Answer(401, b"<html>", {"Content-Type": "text/html"}), None, "不是 CouchDB"),
    (Answer(body=b"[" * 100_000), None, "不是 CouchDB"),
    (Answer(body=b"not zipped", headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}), None, "连不上"),
    (Answer(body=gzip.compress(b" " * (bounded.MOST_BYTES + 1)), headers={"Content-Encoding": "gzip"}), None, "连不上"),
    (Answer(302, b"", {"Location": "/elsewhere"}), None, "不是 CouchDB"),
    (Answer(body=gzip.compress(WELCOME), headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}),
     Answer(body=b'{"userCtx": null}'), "不是服务器管理员"),
    (Answer(body=WELCOME), Answer(body=b'{"userCtx": [1]}'), "不是服务器管理员"),
    (Answer(body=WELCOME), Answer(body=b"null"), "不是 CouchDB"),
    (Answer(body=WELCOME), said(403, "forbidden", f"Account is {LOCKED} due to wrong passwords"), "五分钟"),
    (Answer(body=WELCOME), said(500, "oops", "you said admin:s3cret\nand more"), "***"),
])
def test_whatever_answers_is_told_in_one_line_without_the_password(welcome, session, words):
    asked = []

    def answer(request):
        asked.append(request.path)
        return welcome if request.path == "/" else session

    with scripted(answer) as url, closing(StoreServer(url, ("admin", "s3cret"))) as server, \
            pytest.raises(StoreProblem, match=re.escape(words)) as problem:
        reach.reach(server)
    assert "s3cret" not in problem.value.sentence
    assert len(problem.value.sentence.splitlines()) == 1
    assert set(asked) <= {"/", "/_session"}, "nobody goes where he is sent"


def test_versions_are_read_as_they_are_told():
    told = [reach._numbers(text) for text in ("3.5.0", "3.5.0-dirty", "3.10.1", "4.0", "")]
    assert told == [(3, 5), (3, 5), (3, 10), (4, 0), (0, 0)]


def test_without_the_extra_the_command_names_it(founded, monkeypatch, capsys):
    for name in [name for name in sys.modules if name.partition(".")[0] == "ibmcloudant"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ibmcloudant", None)
    assert main(["couchdb", "provision", str(founded), "--couchdb", "http://127.0.0.1:9"]) == 1
    assert "shuoshi[couchdb]" in capsys.readouterr().err


def test_shards_and_copies_follow_from_the_size():
    layout = Layout.of(COUNTY)
    own, files = layout.consolidated, f"{layout.consolidated}-files"
    assert advice(layout, "directory", 1, {}) == Advice(1, 1)
    assert advice(layout, f"office-{TOWN}", 5, {}) == Advice(1, 3)
    assert advice(layout, own, 3, {}) == Advice(2, 3)
    assert advice(layout, own, 3, {own: Size(3_000_000, 10**9)}) == Advice(6, 3)
    assert advice(layout, files, 2, {files: Size(10, 4 * 10**9)}) == Advice(4, 2)
    assert advice(layout, own, 3, {own: Size(10**9, 10**12)}).q == 16


def test_what_too_few_copies_took_is_written_again_and_told_when_it_stays_so(stored, guarded_server):
    """A cluster of which a node does not know a new database yet answers 202; the same over somebody else's document is told."""
    few = [2]

    def cluster(number, path, answer):
        if "/_design/" in unquote(path) and answer.status == 201 and few[0] > 0:
            few[0] -= 1
            return lies.Answer(202, answer.body, answer.headers)
        return answer

    store = stored(guarded_server)
    with lies.lying(guarded_server.url, cluster) as proxy:
        behind = replace(store, server=replace(guarded_server, url=proxy.url))
        behind.run("provision")
        few[0] = 1000
        with store.http() as http:
            path = f"{store.at('drop')}/_design/county"
            stands = http.get(path).json()
            http.put(path, json={**stands, "validate_doc_update": "function () {}"}).raise_for_status()
        behind.run("provision", code=1)
        assert any("202" in line for line in behind.words)
        assert "Traceback" not in str(behind.words)
    store.run("provision")
    store.run("doctor")
