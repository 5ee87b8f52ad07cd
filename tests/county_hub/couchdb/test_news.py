"""Which databases changed: told until it was taken, whatever hints say."""

from __future__ import annotations

import threading

import pytest

from county_hub.couchdb.news import StoreNews
from tests.support.sync.foreign import leaf

NAMES = ("directory", "drop", "quarantine")


def at_rest(store, news):
    """Nothing is told, but on a cluster, where other copies may answer than the last time."""
    if store.server.kind != "couchdb":
        assert news.look(NAMES) == {}


def test_a_change_is_told_until_it_was_taken(stored, any_server):
    store = stored(any_server)
    store.run("provision")
    with store.connected() as server, store.http() as http:
        news = StoreNews(server, store.layout)
        first = news.look(NAMES)
        assert set(first) == set(NAMES)
        for name, state in first.items():
            news.took(name, state)
        at_rest(store, news)
        brought = {"docs": [leaf("x", "1-" + "a" * 32)], "new_edits": False}
        written = http.post(f"{store.at('quarantine')}/_bulk_docs", json=brought)
        assert written.status_code == 201
        told = news.look(NAMES)
        assert "quarantine" in told
        news.took("quarantine", told["quarantine"])
        at_rest(store, news)
        news.forget()
        assert set(news.look(NAMES)) == set(NAMES)


def test_a_database_that_was_made_anew_is_another(stored, any_server):
    store = stored(any_server)
    store.run("provision")
    with store.connected() as server, store.http() as http:
        news = StoreNews(server, store.layout)
        for name, state in news.look(NAMES).items():
            news.took(name, state)
        http.delete(store.at("drop"))
        at_rest(store, news)
        store.run("provision")
        assert "drop" in news.look(NAMES)


def test_a_hint_names_what_changes_while_one_waits(stored, guarded_server):
    store = stored(guarded_server)
    store.run("provision")
    with store.connected() as server, store.http() as http:
        news = StoreNews(server, store.layout)
        if news.hint(0.05) is None and http.get("_global_changes").status_code == 404:
            pytest.skip("a CouchDB that was set up without _global_changes gives no hints")
        written, found = threading.Event(), set[str]()

        def write() -> None:
            for n in range(200):        # until the waiting side has begun to wait
                http.put(f"{store.at('quarantine')}/w{n}", json={})
                if written.wait(0.1):
                    return

        thread = threading.Thread(target=write)
        thread.start()
        try:
            for _ in range(40):
                told = news.hint(0.5)
                assert told is not None
                found |= told
                if "quarantine" in found:
                    break
        finally:
            written.set()
            thread.join()
        assert "quarantine" in found        # Apache CouchDB tells of older changes late


def test_a_server_without_the_feed_gives_no_hints(stored, any_server):
    store = stored(any_server)
    if any_server.kind == "pouchdb-server":
        with store.connected() as server:
            assert StoreNews(server, store.layout).hint(0.05) is None
