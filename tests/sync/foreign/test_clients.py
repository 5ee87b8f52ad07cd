"""Python clients that sites script with, against our endpoint (and Apache CouchDB when `COUCHDB_URL` is set):
`ibmcloudant`, the maintained SDK, and the retired `cloudant` 2.15 and `couchdb` 1.2."""

from __future__ import annotations

import io
import warnings

import pytest

from tests.support.sync.foreign import ODD_IDS, foreign_server, kinds

couchdb = pytest.importorskip("couchdb")
ibm = pytest.importorskip("ibmcloudant.cloudant_v1")
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    cloudant_client = pytest.importorskip("cloudant.client")

from cloudant.document import Document  # noqa: E402
from ibm_cloud_sdk_core import ApiException  # noqa: E402
from ibm_cloud_sdk_core.authenticators import BasicAuthenticator  # noqa: E402
from ibmcloudant import CouchDbSessionAuthenticator  # noqa: E402
from ibmcloudant.features.changes_follower import ChangesFollower  # noqa: E402
from ibmcloudant.features.pagination import PagerType, Pagination  # noqa: E402

PHOTO = bytes(range(256)) * 40


@pytest.fixture(scope="module", params=kinds("ours", "couchdb"))
def server(request):
    with foreign_server(request.param) as running:
        yield running


@pytest.fixture
def db(server):
    with server.database() as database:
        yield database.name


# --- ibmcloudant ---


@pytest.fixture(params=["basic", "session"])
def service(request, server):
    authenticator = BasicAuthenticator if request.param == "basic" else CouchDbSessionAuthenticator
    made = ibm.CloudantV1(authenticator=authenticator(*server.auth))
    made.set_service_url(server.url)
    return made


def test_ibmcloudant_reads_the_server(service, db):
    assert service.get_server_information().get_result()["couchdb"] == "Welcome"
    assert service.get_up_information().get_result()["status"] == "ok"
    assert db in service.get_all_dbs().get_result()
    assert service.post_dbs_info(keys=[db]).get_result()[0]["info"]["doc_count"] == 0
    assert len(service.get_uuids(count=3).get_result()["uuids"]) == 3
    assert "_admin" in service.get_session_information().get_result()["userCtx"]["roles"]
    assert isinstance(service.get_active_tasks().get_result(), list)      # Apache CouchDB compacts when it likes


def test_ibmcloudant_makes_and_deletes_databases(service, db):
    name = db + "-more"
    assert service.put_database(db=name).get_result() == {"ok": True}
    with pytest.raises(ApiException) as twice:
        service.put_database(db=name)
    assert (twice.value.status_code, twice.value.http_response.json()["error"]) == (412, "file_exists")
    assert service.head_database(db=name).get_status_code() == 200
    assert service.get_database_information(db=name).get_result()["db_name"] == name
    assert service.delete_database(db=name).get_result() == {"ok": True}
    with pytest.raises(ApiException) as gone:
        service.get_database_information(db=name)
    assert gone.value.status_code == 404


def test_ibmcloudant_writes_reads_and_deletes_documents(service, db):
    for id in [id for id in ODD_IDS if id[0] != "_"]:
        made = service.put_document(db=db, doc_id=id, document={"name": id}).get_result()
        read = service.get_document(db=db, doc_id=id, revs=True, conflicts=True).get_result()
        assert (read["_id"], read["name"], read["_rev"]) == (id, id, made["rev"])
        assert service.head_document(db=db, doc_id=id).get_headers()["etag"] == f'"{made["rev"]}"'
        again = service.post_document(db=db, document={**{k: read[k] for k in ("_id", "_rev", "name")}, "n": 2}).get_result()
        with pytest.raises(ApiException) as stale:
            service.put_document(db=db, doc_id=id, document={"n": 3}, rev=made["rev"])
        assert stale.value.status_code == 409
        assert service.delete_document(db=db, doc_id=id, rev=again["rev"]).get_result()["ok"]
        with pytest.raises(ApiException) as gone:
            service.get_document(db=db, doc_id=id)
        assert gone.value.http_response.json()["reason"] == "deleted"
    generated = service.post_document(db=db, document=ibm.Document(type="x")).get_result()
    assert service.get_document(db=db, doc_id=generated["id"]).get_result()["type"] == "x"


def test_ibmcloudant_works_in_bulk(service, db):
    docs = [{"_id": f"doc {n:03}", "n": n} for n in range(250)]
    assert all(row["ok"] for row in service.post_bulk_docs(db=db, bulk_docs={"docs": docs}).get_result())
    rows = service.post_all_docs(db=db, include_docs=True, limit=10, skip=5, descending=True).get_result()
    assert (rows["total_rows"], rows["rows"][0]["doc"]["n"], len(rows["rows"])) == (250, 244, 10)
    keyed = service.post_all_docs(db=db, keys=["doc 007", "none"]).get_result()["rows"]
    assert (keyed[0]["id"], keyed[1]["error"]) == ("doc 007", "not_found")
    queries = [ibm.AllDocsQuery(start_key="doc 200", end_key="doc 209"), ibm.AllDocsQuery(key="doc 001")]
    several = service.post_all_docs_queries(db=db, queries=queries).get_result()["results"]
    assert [len(each["rows"]) for each in several] == [10, 1]
    got = service.post_bulk_get(db=db, docs=[ibm.BulkGetQueryDocument(id="doc 001"), {"id": "none"}]).get_result()["results"]
    assert got[0]["docs"][0]["ok"]["n"] == 1
    assert got[1]["docs"][0]["error"]["error"] == "not_found"
    diff = service.post_revs_diff(db=db, document_revisions={"doc 001": ["9-x"], "none": ["1-a"]}).get_result()
    assert diff["none"] == {"missing": ["1-a"]}
    pages = Pagination.new_pagination(service, PagerType.POST_ALL_DOCS, db=db, limit=100)
    assert [len(page) for page in pages.pages()] == [100, 100, 50]


def test_ibmcloudant_reads_changes(service, db):
    service.post_bulk_docs(db=db, bulk_docs={"docs": [{"_id": f"d{n}", "even": n % 2 == 0} for n in range(10)]})
    feed = service.post_changes(db=db, include_docs=True, style="all_docs", limit=4, seq_interval=1).get_result()
    rest = service.post_changes(db=db, since=feed["last_seq"]).get_result()
    assert (len(feed["results"]), len(rest["results"]), rest["pending"]) == (4, 6, 0)
    by_id = service.post_changes(db=db, filter="_doc_ids", doc_ids=["d3", "d5"]).get_result()["results"]
    assert {row["id"] for row in by_id} == {"d3", "d5"}
    even = service.post_changes(db=db, filter="_selector", selector={"even": True}).get_result()["results"]
    assert len(even) == 5
    stream = service.post_changes_as_stream(db=db, feed="continuous", timeout=100, since="0").get_result()
    assert len([line for line in stream.iter_lines() if line]) == 11
    followed = list(ChangesFollower(service=service, db=db).start_one_off())
    assert {row.id for row in followed} == {f"d{n}" for n in range(10)}


def test_ibmcloudant_queries_with_indexes(service, db):
    docs = [{"_id": f"d{n:03}", "kind": "渠" if n % 2 else "田", "n": n} for n in range(40)]
    service.post_bulk_docs(db=db, bulk_docs={"docs": docs})
    definition = ibm.IndexDefinition(fields=[ibm.IndexField(kind="asc"), ibm.IndexField(n="asc")])
    made = service.post_index(db=db, index=definition, ddoc="by-kind", name="kind-n", type="json").get_result()
    assert (made["result"], made["id"], made["name"]) == ("created", "_design/by-kind", "kind-n")
    query = {"kind": "渠", "n": {"$gt": 30}}
    sort = [{"kind": "desc"}, {"n": "desc"}]
    found = service.post_find(db=db, selector=query, sort=sort, fields=["n"], limit=3).get_result()
    assert [doc["n"] for doc in found["docs"]] == [39, 37, 35]
    assert "warning" not in found
    told = service.post_explain(db=db, selector=query).get_result()
    assert (told["index"]["name"], told["index"]["ddoc"]) == ("kind-n", "_design/by-kind")
    listed = service.get_indexes_information(db=db).get_result()["indexes"]
    assert [index["name"] for index in listed] == ["_all_docs", "kind-n"]
    assert service.delete_index(db=db, ddoc="by-kind", type="json", index="kind-n").get_result()["ok"]
    pages = Pagination.new_pagination(service, PagerType.POST_FIND, db=db, selector={"kind": "田"}, limit=15)
    assert [len(page) for page in pages.pages()] == [15, 5]


def test_ibmcloudant_keeps_attachments(service, db, server):
    made = service.put_attachment(
        db=db, doc_id="a/b", attachment_name="渠 1.jpg", attachment=PHOTO, content_type="image/jpeg"
    ).get_result()
    answer = service.get_attachment(db=db, doc_id="a/b", attachment_name="渠 1.jpg")
    assert answer.get_result().content == PHOTO
    part = service.get_attachment(db=db, doc_id="a/b", attachment_name="渠 1.jpg", range="bytes=2-4")
    if server.kind == "couchdb":
        # The SDK sends the picture gzipped, CouchDB keeps it so, and what is kept encoded it gives whole (`Accept-Ranges: none`).
        assert (part.get_status_code(), part.get_headers()["accept-ranges"], part.get_result().content) == (200, "none", PHOTO)
    else:
        assert (part.get_status_code(), part.get_result().content) == (206, bytes([2, 3, 4]))
    head = service.head_attachment(db=db, doc_id="a/b", attachment_name="渠 1.jpg").get_headers()
    kept = int(head["content-length"])
    assert kept == len(PHOTO) or (server.kind == "couchdb" and head["content-encoding"] == "gzip" and kept < len(PHOTO))
    doc = service.get_document(db=db, doc_id="a/b", attachments=True).get_result()
    assert doc["_attachments"]["渠 1.jpg"]["content_type"] == "image/jpeg"
    gone = service.delete_attachment(db=db, doc_id="a/b", attachment_name="渠 1.jpg", rev=made["rev"]).get_result()
    assert "_attachments" not in service.get_document(db=db, doc_id="a/b", rev=gone["rev"]).get_result()


def test_ibmcloudant_keeps_local_and_security_documents(service, db):
    service.put_local_document(db=db, doc_id="checkpoint/1", document={"seq": 3})
    assert service.get_local_document(db=db, doc_id="checkpoint/1").get_result()["seq"] == 3
    service.delete_local_document(db=db, doc_id="checkpoint/1")
    members = ibm.SecurityObject(names=["clerk"], roles=["office"])
    service.put_security(db=db, admins=ibm.SecurityObject(names=[], roles=["_admin"]), members=members)
    assert service.get_security(db=db).get_result()["members"]["names"] == ["clerk"]
    made = service.put_design_document(db=db, ddoc="app", design_document={"note": "规则"}).get_result()
    assert service.get_design_document(db=db, ddoc="app").get_result()["note"] == "规则"
    assert [row["id"] for row in service.post_design_docs(db=db).get_result()["rows"]] == ["_design/app"]
    service.delete_design_document(db=db, ddoc="app", rev=made["rev"])


# --- cloudant 2.15 ---


@pytest.fixture
def old(server):
    client = cloudant_client.CouchDB(*server.auth, url=server.url, connect=True, auto_renew=True)
    yield client
    client.disconnect()


def test_cloudant_writes_reads_and_deletes(old, db):
    assert db in old.all_dbs()
    assert old.session()["userCtx"]["roles"] == ["_admin"]
    database = old[db]
    for id in [id for id in ODD_IDS if id[0] != "_"]:
        doc = database.create_document({"_id": id, "name": id}, throw_on_exists=True)
        doc["n"] = 2
        doc.save()
        assert Document(database, id).exists()
        doc.fetch()
        assert (doc["name"], doc["n"]) == (id, 2)
    assert {doc["_id"] for doc in database} == {id for id in ODD_IDS if id[0] != "_"}
    with Document(database, "a/b") as edited:
        edited["later"] = True
    gone = Document(database, "a/b")
    gone.fetch()
    gone.delete()
    assert not Document(database, "a/b").exists()
    assert database.metadata()["doc_del_count"] == 1


def test_cloudant_works_in_bulk_and_follows_changes(old, db):
    database = old[db]
    assert len(database.bulk_docs([{"_id": f"d{n:02}", "n": n} for n in range(30)])) == 30
    assert database.all_docs(limit=2, include_docs=True)["rows"][1]["doc"]["n"] == 1
    assert len(list(database.changes(feed="normal", limit=5))) == 5
    assert len(list(database.changes(feed="continuous", timeout=100))) == 30
    follower = database.infinite_changes(since=0, timeout=100, heartbeat=100)
    for number, _ in enumerate(follower, 1):
        if number == 30:
            follower.stop()
    assert database.missing_revisions("d01", "9-x") == ["9-x"]
    assert database.revisions_diff("d01", "9-x")["d01"]["missing"] == ["9-x"]
    database.set_revision_limit(50)
    assert database.get_revision_limit() == 50


def test_cloudant_queries(old, db):
    database = old[db]
    database.bulk_docs([{"_id": f"d{n:02}", "n": n} for n in range(30)])
    database.create_query_index(design_document_id="by-n", index_name="n", fields=["n"])
    assert [index.name for index in database.get_query_indexes()] == ["_all_docs", "n"]
    found = database.get_query_result({"n": {"$gte": 25}}, fields=["n"], sort=[{"n": "desc"}])
    assert [doc["n"] for doc in found[:]] == [29, 28, 27, 26, 25]
    assert len(list(database.get_query_result({"n": {"$gte": 0}}, page_size=7))) == 30
    database.delete_query_index("by-n", "json", "n")


def test_cloudant_keeps_attachments_and_security(old, db):
    database = old[db]
    doc = database.create_document({"_id": "files"})
    doc.put_attachment("渠.jpg", "image/jpeg", PHOTO)
    assert doc.get_attachment("渠.jpg", attachment_type="binary") == PHOTO
    doc.fetch()
    doc.delete_attachment("渠.jpg")
    security = database.get_security_document()
    security["members"] = {"names": ["clerk"], "roles": []}
    security.save()
    assert old[db].get_security_document()["members"]["names"] == ["clerk"]


# --- couchdb 1.2 ---


@pytest.fixture
def oldest(server):
    client = couchdb.Server(server.url)
    client.resource.credentials = server.auth
    return client


def test_couchdb_python_writes_reads_and_deletes(oldest, db):
    assert db in oldest
    assert oldest.version()[0].isdigit()
    assert len(oldest.uuids(2)) == 2
    database = oldest[db]
    for id in [id for id in ODD_IDS if id[0] != "_"]:
        database[id] = {"name": id}
        doc = database[id]
        doc["n"] = 2
        database.save(doc)
        assert id in database
        assert next(database.revisions(id)).rev == doc.rev
    copied = database.copy("a/b", "copy/of it")
    assert database["copy/of it"].rev == copied
    database.delete(database["a/b"])
    assert database.get("a/b") is None
    with pytest.raises(couchdb.ResourceConflict):
        database["copy/of it"] = {"no": "rev"}
    assert database.info()["doc_count"] == len(database)
    assert database.compact()


def test_couchdb_python_works_in_bulk(oldest, db):
    database = oldest[db]
    results = database.update([{"_id": f"d{n}", "n": n} for n in range(9)])
    assert all(ok for ok, _, _ in results)
    rows = database.view("_all_docs", include_docs=True, startkey="d3", endkey="d5")
    assert [row.doc["n"] for row in rows] == [3, 4, 5]
    assert len(list(database.iterview("_all_docs", 4))) == 9
    assert len(database.changes()["results"]) == 9
    feed = database.changes(feed="continuous", timeout=100, heartbeat=None, include_docs=True)
    assert len([row for row in feed if "id" in row]) == 9
    rev = database["d1"].rev
    assert database.purge([database["d1"]])["purged"] == {"d1": [rev]}
    assert list(database.find({"selector": {"n": {"$gt": 6}}, "fields": ["n"]})) == [{"n": 7}, {"n": 8}]
    assert database.explain({"selector": {"n": 1}})["index"]["name"] == "_all_docs"
    indexes = database.index()
    indexes["by-n", "n"] = [{"n": "asc"}]
    assert [index["name"] for index in indexes] == ["_all_docs", "n"]
    del indexes["by-n", "n"]


def test_couchdb_python_keeps_attachments_and_security(oldest, db):
    database = oldest[db]
    database["files"] = {}
    database.put_attachment(database["files"], io.BytesIO(PHOTO), "渠.jpg", "image/jpeg")
    assert database.get_attachment("files", "渠.jpg").read() == PHOTO
    database.delete_attachment(database["files"], "渠.jpg")
    assert database.get_attachment("files", "渠.jpg") is None
    database.security = {"admins": {"names": [], "roles": []}, "members": {"names": ["clerk"], "roles": []}}
    told = (database.security.get("members", {}).get("names") for _ in range(50))     # from a copy that may be behind
    assert ["clerk"] in told


def test_couchdb_python_logs_in(oldest, server):
    token = oldest.login(*server.auth)
    if server.kind == "couchdb":
        # The client takes whatever header comes first for the cookie; CouchDB 3.5 sends Cache-Control first, and says so.
        with pytest.raises(couchdb.ServerError, match="Malformed AuthSession cookie"):
            oldest.verify_token(token)
        return
    assert oldest.verify_token(token)
    oldest.logout(token)
