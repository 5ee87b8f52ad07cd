"""The server level of the endpoint: who it is, which databases there are, who may do what."""

from __future__ import annotations

import gzip
import json

import pytest
import zstandard
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from sync.databases import Databases
from sync.endpoint.auth import OpenAccess, Principal, SecurityObject, Sessions, SingleAdmin, basic_header
from sync.endpoint.routes import past
from tests.support import loopback
from tests.support.sync.server import running, subprocess_server

SECRET = "correct horse"


def unzstd(data):
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


@pytest.fixture(scope="module")
def http(server):
    with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    with running(tmp_path_factory.mktemp("guarded"), authoriser=SingleAdmin("admin", SECRET)) as running_server:
        yield running_server


def test_the_root_says_welcome_with_a_version_and_a_lasting_uuid(http, server):
    answer = http.get("/").json()
    assert answer["couchdb"] == "Welcome"
    assert answer["version"].startswith("3.")
    assert answer["uuid"] == server.databases.server_uuid()


def test_up_answers_without_credentials(guarded):
    assert guarded.client().get("/_up").json()["status"] == "ok"


def test_uuids_are_many_and_different(http):
    uuids = http.get("/_uuids", params={"count": 5}).json()["uuids"]
    assert len(set(uuids)) == 5
    assert http.get("/_uuids", params={"count": 5000}).status_code == 400


def test_a_database_is_created_found_listed_and_deleted(http):
    name = "a/b+c$(1)_-"
    path = "/a%2Fb%2Bc$(1)_-"
    assert http.put(path).status_code == 201
    assert name in http.get("/_all_dbs").json()
    assert http.head(path).status_code == 200
    assert http.get(path).json()["db_name"] == name
    assert http.put(path).json()["error"] == "file_exists"
    assert http.delete(path).status_code == 200
    assert http.head(path).status_code == 404
    assert http.get(path).json() == {"error": "not_found", "reason": "Database does not exist."}


@pytest.mark.parametrize("name", ["Upper", "1abc", "a.b", "%2E%2E%2Fetc", "x" * 300, "a%00b", "_users", "%E4%BD%A0"])
def test_illegal_names_of_databases_are_refused(http, name):
    answer = http.put("/" + name)
    assert answer.status_code == 400
    assert answer.json()["error"] == "illegal_database_name"


def test_a_database_tells_its_replica_and_epoch(http, server):
    server.create("told")
    info = http.get("/told").json()
    with server.databases.lease("told") as replica:
        assert (info["replica_id"], info["epoch"]) == (replica.replica_id, replica.epoch)
    assert info["instance_start_time"] == "0"
    assert {"doc_count", "doc_del_count", "update_seq", "purge_seq", "sizes"} <= info.keys()


def test_dbs_info_answers_for_those_asked_and_says_which_are_missing(http, server):
    server.create("one")
    rows = http.post("/_dbs_info", json={"keys": ["one", "none", "BAD"]}).json()
    assert rows[0]["info"]["db_name"] == "one"
    assert [row.get("error") for row in rows] == [None, "not_found", "not_found"]


def test_a_wrong_method_names_the_right_ones(http):
    answer = http.request("PATCH", "/_all_dbs")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET,HEAD"
    assert answer.json()["error"] == "method_not_allowed"


def test_active_tasks_and_db_updates_answer(http, server):
    assert http.get("/_active_tasks").json() == []
    assert {"results", "last_seq"} == http.get("/_db_updates", params={"timeout": 50}).json().keys()


def test_large_answers_are_compressed_as_the_client_asks(http, server):
    server.create("large")
    http.post("/large/_bulk_docs", json={"docs": [{"_id": f"d{n}", "text": "text" * 30} for n in range(100)]})
    for encoding in ("gzip", "zstd"):
        for path in ("/large/_all_docs?include_docs=true", "/large/_changes?include_docs=true"):
            with http.stream("GET", path, headers={"accept-encoding": encoding}) as answer:
                assert answer.headers["content-encoding"] == encoding
                raw = b"".join(answer.iter_raw())
            value = json.loads(gzip.decompress(raw) if encoding == "gzip" else unzstd(raw))
            assert len(value.get("rows", value.get("results"))) == 100
            assert len(raw) < 9000
    assert "content-encoding" not in http.get("/", headers={"accept-encoding": "gzip"}).headers
    assert "content-encoding" not in http.get("/large/_all_docs", headers={"accept-encoding": "gzip;q=0"}).headers


# --- who may ---


def test_without_credentials_a_guarded_server_tells_only_that_it_is_there(guarded):
    guarded.create("secret")
    with guarded.client() as http:
        assert http.get("/").status_code == 200
        for method, path in [
            ("GET", "/_all_dbs"), ("GET", "/secret"), ("PUT", "/new"), ("POST", "/_dbs_info"),
            ("GET", "/secret/x"), ("PUT", "/secret/x"), ("GET", "/secret/_changes"), ("DELETE", "/secret"),
        ]:  # fmt: skip
            answer = http.request(method, path)
            assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized"), (method, path)


def test_wrong_credentials_are_refused_even_where_none_are_needed(guarded):
    for credentials in [("admin", "wrong"), ("other", SECRET), ("admin", "")]:
        assert guarded.client(auth=credentials).get("/").status_code == 401


def test_the_administrator_may_everything(guarded):
    with guarded.client(auth=("admin", SECRET)) as http:
        assert http.put("/mine").status_code == 201
        assert http.put("/mine/doc", json={"a": 1}).status_code == 201
        assert http.delete("/mine").status_code == 200


def test_a_session_cookie_stands_for_name_and_password_until_it_is_deleted(guarded):
    with guarded.client() as http:
        assert http.post("/_session", json={"name": "admin", "password": "no"}).status_code == 401
        answer = http.post("/_session", json={"name": "admin", "password": SECRET})
        assert answer.json() == {"ok": True, "name": "admin", "roles": ["_admin"]}
        assert {"HttpOnly", "SameSite=Strict"} <= set(answer.headers["set-cookie"].split("; "))
        assert http.get("/_session").json()["userCtx"] == {"name": "admin", "roles": ["_admin"]}
        assert http.get("/_all_dbs").status_code == 200
        assert "Max-Age=0" in http.delete("/_session").headers["set-cookie"]
        assert http.get("/_all_dbs").status_code == 401


def test_a_session_may_be_opened_by_a_form(guarded):
    answer = guarded.client().post("/_session", data={"name": "admin", "password": SECRET})
    assert answer.json()["ok"] is True


def test_a_session_ends_in_time_and_cannot_be_forged():
    now = [1000.0]
    sessions = Sessions(b"s" * 32, lambda: now[0], lifetime_s=600)
    somebody = Principal("某人\n", frozenset({"a", "b"}))
    cookie = sessions.issue(somebody)
    assert sessions.check(cookie) == (somebody, 600)
    assert Sessions(b"t" * 32, lambda: now[0]).check(cookie) is None
    for damaged in ("", ".", "x", cookie[:-1], "A" + cookie, cookie.replace(".", ""), "é.é"):
        assert sessions.check(damaged) is None
    now[0] += 600
    assert sessions.check(cookie) is None


def test_an_open_server_refuses_a_browser_lured_to_it_by_another_host_name(http):
    assert http.get("/_all_dbs", headers={"host": "evil.example"}).status_code == 401
    assert http.get("/_all_dbs", headers={"host": "localhost:1"}).status_code == 200
    assert OpenAccess().authenticate({"host": "[::1]:5984"}) is not None


class Staff:
    """An authoriser with users: each password is the name backwards; everybody may read and write, `root`
    all."""

    def authenticate(self, headers):
        for name in ("ann", "bob", "root"):
            if headers.get("authorization") == basic_header(name, name[::-1]):
                return Principal(name, frozenset({"_admin"} if name == "root" else {"clerk"} if name == "ann" else ()))
        return None

    def may(self, principal, db, access):
        return principal is not None and (access != "admin" or principal.is_server_admin)


def test_the_security_object_keeps_out_who_is_not_a_member(tmp_path):
    with running(tmp_path, authoriser=Staff()) as server:
        server.create("db")
        root, ann, bob = (server.client(auth=(name, name[::-1])) for name in ("root", "ann", "bob"))
        assert bob.put("/db/x", json={}).status_code == 201
        assert bob.put("/db/_security", json={}).status_code == 403
        assert root.put("/db/_security", json={"members": {"roles": ["clerk"]}}).status_code == 200
        assert bob.get("/db/x").json()["error"] == "forbidden"
        assert bob.get("/_all_dbs").json() == []
        assert ann.get("/db/x").status_code == 200
        assert ann.put("/db/_design/x", json={}).status_code == 403
        assert ann.post("/db/_bulk_docs", json={"docs": [{"_id": "_design/x"}]}).json()[0]["error"] == "forbidden"
        assert root.put("/db/_security", json={"admins": {"names": ["ann"]}}).status_code == 200
        assert ann.put("/db/_design/x", json={}).status_code == 201
        assert ann.delete("/db").status_code == 200


def test_the_security_object_is_checked_and_not_reachable_as_a_local_document(http, server):
    server.create("sec")
    assert http.get("/sec/_security").json() == {}
    security = {"admins": {"names": ["a"], "roles": []}, "members": {"names": [], "roles": ["r"]}, "other": 1}
    assert http.put("/sec/_security", json=security).json() == {"ok": True}
    assert http.get("/sec/_security").json() == security
    assert http.put("/sec/_security", json={"admins": {"names": "a"}}).status_code == 400
    for method in ("GET", "PUT", "DELETE"):
        assert http.request(method, "/sec/_local/_security", json={}).status_code == 403
    assert http.post("/sec/_bulk_docs", json={"docs": [{"_id": "_local/_security"}]}).json()[0]["error"] == "forbidden"
    assert http.get("/sec/_local_docs").json()["rows"] == []


def test_nobody_named_means_every_member_and_no_administrator():
    nobody = SecurityObject()
    ann = Principal("ann")
    assert nobody.permits(ann, "read")
    assert not nobody.permits(ann, "admin")
    assert nobody.permits(Principal("root", frozenset({"_admin"})), "admin")


def test_cors_answers_only_the_origins_that_are_allowed(tmp_path):
    with running(tmp_path, cors_origins=["https://app.example"]) as server, server.client() as http:
        asked = {"access-control-request-method": "PUT", "access-control-request-headers": "content-type"}
        allowed = http.options("/db/x", headers={"origin": "https://app.example", **asked})
        assert allowed.headers["access-control-allow-origin"] == "https://app.example"
        assert "PUT" in allowed.headers["access-control-allow-methods"]
        assert allowed.headers["access-control-allow-credentials"] == "true"
        other = http.get("/", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


# --- python -m sync serve ---


def test_serve_says_where_it_listens_and_ends_well_on_sigterm(tmp_path):
    with subprocess_server(tmp_path / "root", "--create", "--admin", f"admin:{SECRET}") as served:
        with loopback.Client(base_url=served.url, auth=("admin", SECRET)) as http:
            assert http.put("/db").status_code == 201
            assert http.put("/db/x", json={"a": 1}).status_code == 201
        assert served.stop() == 0
        out, err = served.process.communicate()
        assert SECRET not in out + err
    with subprocess_server(tmp_path / "root", environment={"SYNC_ADMIN": f"admin:{SECRET}"}) as served:
        assert loopback.get(f"{served.url}/db/x").status_code == 401
        assert loopback.get(f"{served.url}/db/x", auth=("admin", SECRET)).json()["a"] == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--host", "0.0.0.0"], "administrator is needed"),
        (["--admin", "nocolon"], "USER:PASSWORD"),
        (["--admin-file", "/nowhere/at/all"], "cannot be read"),
        (["--port", "99999"], "not a port"),
    ],
)
def test_serve_refuses_in_a_sentence(tmp_path, arguments, word):
    with pytest.raises(AssertionError, match=word) as refused, subprocess_server(tmp_path, *arguments):
        pass
    assert "Traceback" not in str(refused.value)


def test_what_was_acknowledged_survives_a_killed_server(tmp_path):
    acknowledged = []
    with subprocess_server(tmp_path) as served, loopback.Client(base_url=served.url) as http:
        http.put("/db")
        for number in range(20):
            answer = http.post("/db/_bulk_docs", json={"docs": [{"_id": f"{number}-{each}"} for each in range(5)]})
            acknowledged += [row["id"] for row in answer.json() if row["ok"]]
        served.kill()
    with Databases(tmp_path) as databases, databases.lease("db") as replica:
        assert sorted(row.id for row in replica.all_docs()) == sorted(acknowledged)
        assert replica.verify() == []


def test_two_servers_share_one_folder(tmp_path):
    with subprocess_server(tmp_path) as one, subprocess_server(tmp_path) as two:
        assert loopback.put(f"{one.url}/db").status_code == 201
        assert loopback.put(f"{two.url}/db/x", json={"a": 1}).status_code == 201
        assert loopback.get(f"{one.url}/db/x").json()["a"] == 1
        assert loopback.get(one.url).json()["uuid"] == loopback.get(two.url).json()["uuid"]
        assert loopback.delete(f"{two.url}/db").status_code == 200
        assert loopback.get(f"{one.url}/db/x").status_code == 404


def test_serve_opens_encrypted_replicas_with_a_key_file(tmp_path):
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    root = tmp_path / "root"
    with subprocess_server(root, "--create", "--key-file", str(key)) as served:
        loopback.put(f"{served.url}/db")
        assert loopback.put(f"{served.url}/db/x", json={"secret": "plainly"}).status_code == 201
    assert not (root / "db.replica").read_bytes().startswith(b"SQLite format 3")
    with subprocess_server(root) as served:
        answer = loopback.get(f"{served.url}/db/x")
        assert (answer.status_code, answer.json()["error"]) in [(500, "wrong_key"), (500, "not_a_replica")]
        assert str(root) not in answer.text


def test_the_last_piece_of_an_answer_does_not_wait_for_an_acknowledgement(tmp_path):
    import argparse
    import socket

    from sync.commands.serve import _listen

    with _listen(argparse.Namespace(root=tmp_path, create=False, host="127.0.0.1", port=0)) as listener:
        with socket.create_connection(listener.getsockname()[:2]):
            accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_programs_routes_come_first_and_everything_else_goes_past_them(tmp_path):
    def page(name):
        return lambda request: PlainTextResponse(f"{name} {request.path_params.get('n', '')}")

    pages = [Route("/", page("home")), Route("/shop/{n}", page("shop")), Mount("/static", page("static"))]
    with running(tmp_path, routes=pages) as server, server.client() as http:
        assert [http.get(path).text for path in ("/", "/shop/3")] == ["home ", "shop 3"]
        assert http.put("/goods").json() == {"ok": True}
        assert http.get("/goods").json()["db_name"] == "goods"
        assert http.put("/shop").json() == {"ok": True}         # a database beside the pages, as it was before
        assert http.get("/shop").json()["db_name"] == "shop"
        assert http.get("/goods/%0A").json()["error"] == "not_found"
    tried = []

    class Counted(Route):
        def matches(self, scope):
            tried.append(scope["path"])
            return super().matches(scope)

    with running(tmp_path, routes=[Counted("/shop/{n}", page("shop"))]) as server, server.client() as http:
        http.get("/goods")
        http.get("/shop/1")
    assert tried == ["/shop/1"]
    anywhere = [Route("/{name}", page("any"))]
    assert past(anywhere, page("no")) == anywhere
