"""`county-hub couchdb doctor`: each fault is a finding that says what to do; nothing is written."""

from __future__ import annotations

from dataclasses import replace

from county_hub.couchdb.doctor import examine
from county_hub.couchdb.server import StoreServer
from shared.ledger.formats.documents import sign_document
from tests.support.county_hub.hub_support import TOWN, opened
from tests.support.sync.lies import Answer, lying

# What is no fault of the county's databases: a server of one node, a program for trials.
OF_THE_SERVER = {"few_nodes", "trial", "setup", "disk", "js_engine"}


def found(store, code):
    """{code: text} of what doctor says of the databases, with this exit code."""
    told = store.json("doctor", code=code)
    assert told["ok"] == (code == 0)
    return {one["code"]: one["text"] for one in told["findings"] if one["code"] not in OF_THE_SERVER}


def test_a_store_is_fine_when_it_was_made_and_not_before(stored, any_server):
    store = stored(any_server)
    assert set(found(store, 1)) == {"not_provisioned"}
    assert store.names() == []
    store.run("provision")
    assert found(store, 0) == {}
    store.run("doctor")
    assert store.words


def test_every_fault_is_found_and_named(stored, guarded_server):
    store = stored(guarded_server)
    store.run("provision")
    with store.http() as http:
        http.delete(store.at("drop"))
        http.put(store.at("photos"))
        http.put(store.at("office-150822999000"))
        http.put(f"{store.at('directory')}/_security", json={})
        http.put(f"{store.at('quarantine')}/_security", json={
            "admins": {"names": [], "roles": ["_admin"]}, "members": {"names": ["clerk"], "roles": []}})
        path = f"{store.at(f'office-{TOWN}')}/_design/county"
        http.put(path, json={**http.get(path).json(), "validate_doc_update": "function () {}"})
        mark = http.get(f"{store.at('county')}/county").json()
        with opened(store.home) as hub:
            other = sign_document({**mark, "hub": {**mark["hub"], "epoch": "0009-ffffffff"}}, hub.key)
        http.put(f"{store.at('county')}/county", json={**other, "_rev": mark["_rev"]})
    texts = found(store, 1)
    assert {code: name in texts.get(code, "") for code, name in (
        ("missing", "drop"), ("foreign", "photos"), ("unknown_office", "office-150822999000"), ("open", "directory"),
        ("rights", "quarantine"), ("fence", TOWN), ("other_life", "0009-ffffffff"),
    )} == dict.fromkeys(("missing", "foreign", "unknown_office", "open", "rights", "fence", "other_life"), True)
    with store.http() as http:
        http.delete(store.at("photos"))
        http.delete(store.at("office-150822999000"))
    store.run("provision")
    assert found(store, 0) == {}


def test_half_made_and_another_hubs_databases_are_told(stored, guarded_server):
    store = stored(guarded_server)
    store.run("provision")
    with store.http() as http:
        mark = http.get(f"{store.at('county')}/county").json()
        half = http.put(f"{store.at('county')}/county", json={**mark, "state": "begun"}).json()
        assert "half" in found(store, 1)
        http.put(f"{store.at('county')}/county", json={**mark, "_rev": half["rev"], "hub": {**mark["hub"], "id": "hub-x"}})
    assert set(found(store, 1)) == {"other_hub"}


def test_nodes_copies_limits_and_room(monkeypatch, stored, guarded_server):
    """What a server of one node cannot show: told by the server's answers, which are exchanged here."""
    store = stored(guarded_server)
    store.run("provision")
    infos = StoreServer.infos

    def of_three(self, names):
        small = {"cluster": {"q": 8, "n": 1}, "sizes": {"file": 10**9, "active": 10**8}}
        return {name: {**info, **small} for name, info in infos(self, names).items()}

    monkeypatch.setattr(StoreServer, "membership", lambda self: (["a@x", "d@x"], ["a@x", "b@x", "c@x"]))
    monkeypatch.setattr(StoreServer, "infos", of_three)
    monkeypatch.setattr(StoreServer, "setting", lambda self, section, key: "1000000" if key == "max_document_size" else None)
    with opened(store.home) as hub, store.connected() as server:
        told = {one.code: one for one in examine(server, store.layout, hub)}
    assert {"node_away", "node_extra", "copies", "shards", "compact", "max_document_size"} <= set(told)
    assert "b@x、c@x" in told["node_away"].text
    assert [code for code in ("node_away", "copies", "max_document_size", "shards") if told[code].serious] == [
        "node_away", "copies", "max_document_size"]


def test_the_slow_engine_of_the_fence_is_told_and_no_fault(stored, guarded_server):
    """What runs functions on a node says CouchDB alone, here something before our endpoint."""
    store, said = stored(guarded_server), [b""]

    def engine(number, path, answer):
        asked = path.startswith("/_node/_local/_versions")
        return Answer(200, said[0], {"content-type": "application/json"}) if asked else answer

    store.run("provision")
    with lying(guarded_server.url, engine) as proxy:
        behind = replace(store, server=replace(guarded_server, url=proxy.url))
        for body, told in ((b'{"javascript_engine":{"name":"spidermonkey","version":"78"}}', True), (b"{}", False),
                           (b"[]", False), (b'{"javascript_engine":{"name":"quickjs"}}', False),
                           (b'{"javascript_engine":1}', False)):
            said[0] = body
            texts = {one["code"]: one["text"] for one in behind.json("doctor")["findings"]}
            assert ("js_engine" in texts) == told, body
            assert not told or "quickjs" in texts["js_engine"]


def test_a_clock_that_is_not_the_servers_is_told(monkeypatch, stored, guarded_server):
    store = stored(guarded_server)
    store.run("provision")
    with opened(store.home) as hub, store.connected() as server:
        now = hub.clock()
        assert abs(server.date() - now) < 60_000
        for there, text in ((now + 700_000, "慢 11 分钟"), (now - 3 * 86_400_000, "快 4320 分钟"), (now, ""), (None, "")):
            monkeypatch.setattr(StoreServer, "date", lambda self, there=there: there)
            told = [one.text for one in examine(server, store.layout, hub) if one.code == "clock"]
            assert bool(told) == bool(text)
            assert not text or text in told[0]
