"""What sites script with reads the county's databases where `provision` made them and `migrate` filled them: the retired clients
`cloudant` 2.15 and `couchdb` 1.2, as the administrator; and on Apache CouchDB as an account that only reads."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.county_hub.hub_support import VILLAGE

couchdb = pytest.importorskip("couchdb")
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    cloudant_client = pytest.importorskip("cloudant.client")

OFFICE, FILES = f"office-{VILLAGE}", f"office-{VILLAGE}-files"
FIRST = {"startkey": '"case:"', "limit": "1"}


@pytest.fixture(scope="module")
def full(making, guarded_server, _filled):
    """Nobody changes what is in it."""
    store = making(guarded_server, _filled)
    store.run("provision")
    store.run("migrate", "--to", "couchdb")
    return store


@contextmanager
def reader(store) -> Iterator[tuple[str, str]]:
    """An account with the role that reads."""
    name = store.layout.prefix + "script"
    with store.http() as http:
        made = http.put(f"_users/org.couchdb.user:{name}", json={
            "name": name, "password": "reads-only", "type": "user", "roles": [store.layout.prefix + "reader"]})
        assert made.status_code == 201, made.text
        try:
            yield name, "reads-only"
        finally:
            http.delete(f"_users/org.couchdb.user:{name}", params={"rev": made.json()["rev"]})


def read_with_cloudant(store, auth):
    client = cloudant_client.CouchDB(*auth, url=store.server.url, connect=True)
    try:
        database, files = client[store.layout.there(OFFICE)], client[store.layout.there(FILES)]
        kinds = {doc["kind"] for doc in database if not doc["_id"].startswith("_design/")}
        rows = [row for row in database.changes(feed="normal") if not row["id"].startswith("_design/")]
        return kinds, len(rows), files.all_docs(startkey="chunk:", endkey="chunk;", include_docs=True)["rows"]
    finally:
        client.disconnect()


def read_with_couchdb_python(store, auth):
    client = couchdb.Server(store.server.url)
    client.resource.credentials = auth
    database, files = client[store.layout.there(OFFICE)], client[store.layout.there(FILES)]
    kinds = {database[id]["kind"] for id in database if not id.startswith("_design/")}
    rows = [row for row in database.changes()["results"] if not row["id"].startswith("_design/")]
    return kinds, len(rows), list(files.view("_all_docs", startkey="chunk:", endkey="chunk;", include_docs=True))


@pytest.mark.parametrize("read", [read_with_cloudant, read_with_couchdb_python])
def test_a_retired_client_reads_what_the_county_has(full, read):
    kinds, changes, chunks = read(full, full.server.auth)
    assert (kinds, changes, len(chunks)) == ({"case.registered"}, 20, 7)
    assert all(row["doc"]["data"] for row in chunks)
    if full.server.kind == "couchdb":
        with reader(full) as account:
            assert read(full, account) == (kinds, changes, chunks)


def test_an_account_that_reads_writes_nothing_and_opens_nothing_private(full):
    if full.server.kind != "couchdb":
        pytest.skip("accounts with roles are Apache CouchDB's")
    with reader(full) as account, full.server.client(auth=account) as http:
        doc = http.get(f"/{full.at(OFFICE)}/_all_docs", params={"include_docs": "true", **FIRST}).json()["rows"][0]["doc"]
        moved = {**doc, "_id": doc["_id"][:-1] + ("a" if doc["_id"][-1] != "a" else "b")}
        refused = http.post(f"/{full.at(OFFICE)}/_bulk_docs", json={"docs": [moved], "new_edits": False}).json()
        assert refused[0]["reason"].startswith("not_a_writer"), refused
        for name in ("quarantine", "drop", "county"):
            assert http.get(f"/{full.at(name)}/_all_docs").status_code == 403, name


def test_the_fence_keeps_slips_out_for_the_administrator_too(full):
    """As a slip of the hand would make it, in a browser or a script."""
    if full.server.kind != "couchdb":
        pytest.skip("functions of design documents run in Apache CouchDB alone")
    with full.http() as http:
        id = http.get(f"{full.at(OFFICE)}/_all_docs", params=FIRST).json()["rows"][0]["id"]
        path = f"{full.at(OFFICE)}/{id}"
        doc = http.get(path).json()
        assert http.put(path, json={**doc, "office": "000000000000"}).json()["reason"].startswith("fixed")
        assert http.delete(path, params={"rev": doc["_rev"]}).json()["reason"].startswith("fixed")
        assert http.put(f"{full.at(OFFICE)}/notes", json={}).json()["reason"].startswith("wrong_place")
        assert http.put(f"{full.at('directory')}/{id}", json=doc).status_code in (403, 409)
        assert http.get(path).json() == doc
    assert full.json("compare")["equal"]
