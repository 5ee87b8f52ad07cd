"""A peer must not choose our costs: processor time, memory, storage, threads. Every request here is answered, and the neighbour's
next question too. Figures: `python -m tests.bench attacks`."""

from __future__ import annotations

import contextlib
import gzip
import json
import resource
import threading
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from sync import tuning as common
from sync.__main__ import main
from sync.databases import Databases
from sync.endpoint import tuning
from sync.endpoint.auth import basic_header
from sync.endpoint.tuning import EndpointLimits
from sync.endpoint.turns import BodyBudget
from sync.errors import BadAnswer, BadRequest, ServerError, TooLarge
from sync.peer import ChangesRequest
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replica.limits import ReplicaLimits
from sync.replicator import Replicator
from tests.support.attacks import refused
from tests.support.county_hub.hub_support import found_county, running_hub
from tests.support.neighbours import Neighbours
from tests.support.sync.scripted_server import Answer, scripted
from tests.support.sync.server import running

VICTIM = {"_id": "victim", "text": "a" * 5000 + "b", "kind": "note"}
EVIL = {"text": {"$regex": "^(a+)+$"}}
OUTSIDE = {"text": {"$regex": r"^(a+)\1$"}}
WIDE = {"$or": [{"n": number} for number in range(common.MAX_SELECTOR_CONDITIONS + 1)]}


@pytest.fixture
def limits():
    return EndpointLimits()


@pytest.fixture
def server(tmp_path, limits):
    databases = Databases(tmp_path, limits=ReplicaLimits(scan_s=limits.scan_s))
    with contextlib.closing(databases), running(tmp_path, databases=databases, limits=limits) as running_server:
        running_server.create("db")
        with running_server.databases.lease("db") as replica:
            replica.put(dict(VICTIM))
        yield running_server


@pytest.fixture
def http(server):
    with server.client() as client:
        client.base_url = f"{server.url}/db/"
        yield client
        assert client.get("victim").status_code == 200, "the server must go on"


# --- selectors -----------------------------------------------------------------------------------------------------


@refused("200, each character read once")
def test_a_pattern_that_backtracking_never_finishes_runs_in_find_and_explain(http):
    assert http.post("_find", json={"selector": EVIL}).json()["docs"] == []
    assert http.post("_find", json={"selector": {"$not": EVIL}}).json()["docs"][0]["_id"] == "victim"
    assert http.post("_explain", json={"selector": EVIL}).status_code == 200


@refused("200, each character read once")
def test_a_pattern_that_backtracking_never_finishes_filters_a_feed(http):
    for feed in ("normal", "continuous"):
        query = {"filter": "_selector", "feed": feed, "timeout": "0"}
        answer = http.post("_changes", params=query, json={"selector": EVIL})
        assert answer.status_code == 200
        assert "victim" not in answer.text


@refused("200, each character read once")
def test_a_pattern_that_backtracking_never_finishes_filters_an_index(http):
    index = {"fields": ["kind"], "partial_filter_selector": EVIL}
    assert http.post("_index", json={"index": index, "ddoc": "evil", "name": "evil"}).json()["result"] == "created"
    asked = {"selector": {"kind": "note", **EVIL}, "use_index": ["evil", "evil"]}
    assert http.post("_find", json=asked).json()["docs"] == []


@refused("400 bad_arg")
def test_a_pattern_that_needs_backtracking_is_offered_wherever_selectors_are_taken(http):
    index = {"fields": ["kind"], "partial_filter_selector": OUTSIDE}
    for path, body in [
        ("_find", {"selector": OUTSIDE}), ("_explain", {"selector": OUTSIDE}), ("_index", {"index": index}),
        ("_changes?filter=_selector", {"selector": OUTSIDE}),
    ]:  # fmt: skip
        answer = http.post(path, json=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_arg"), path
        assert "$regex" in answer.json()["reason"]


@refused("413 too_large")
def test_a_selector_of_thousands_of_conditions_is_offered_wherever_selectors_are_taken(http):
    index = {"fields": ["kind"], "partial_filter_selector": WIDE}
    for path, body in [
        ("_find", {"selector": WIDE}), ("_explain", {"selector": WIDE}), ("_changes?filter=_selector", {"selector": WIDE}),
        ("_index", {"index": index}),
    ]:  # fmt: skip
        answer = http.post(path, json=body)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large"), path


@refused("BadRequest, TooLarge")
def test_a_replicator_is_given_a_selector_that_its_own_side_would_not_run(server, tmp_path):
    with LocalReplica.open(tmp_path / "node.replica") as node, contextlib.closing(RemotePeer(f"{server.url}/db")) as remote:
        for options in ({"selector": OUTSIDE}, {"own_filter": OUTSIDE}):
            with pytest.raises(BadRequest):
                Replicator(remote, node, local="target", **options)
        with pytest.raises(TooLarge):
            Replicator(remote, node, local="target", selector=WIDE)


@refused("exit 2")
@pytest.mark.parametrize("option", ["--selector", "--own-filter"])
def test_a_command_is_given_a_selector_that_needs_backtracking(tmp_path, capsys, option):
    words = ["replicate" if option == "--selector" else "sync", str(tmp_path / "a"), "http://127.0.0.1:9/db", option]
    assert main([*words, json.dumps(OUTSIDE)]) == 2
    assert "$regex" in capsys.readouterr().err


@refused("no index")
def test_a_design_document_from_a_peer_brings_an_index_with_such_a_selector(http):
    view = {"map": {"fields": {"kind": "asc"}, "partial_filter_selector": OUTSIDE}, "options": {"def": {"fields": ["kind"]}}}
    ddoc = {"_id": "_design/evil", "_rev": "1-a", "language": "query", "views": {"evil": view}}
    assert http.post("_bulk_docs", json={"docs": [ddoc], "new_edits": False}).status_code == 201
    assert [each["name"] for each in http.get("_index").json()["indexes"]] == ["_all_docs"]


@refused("no match, told in `warning`")
@pytest.mark.parametrize("limits", [EndpointLimits(selector_work=2000)])
def test_a_costly_selector_meets_a_document_made_for_it(http):
    answer = http.post("_find", json={"selector": {"text": {"$regex": "a.*c"}}}).json()
    assert answer["docs"] == []
    assert "1 documents would have cost too much" in answer["warning"]


@refused("pages of SCAN_S")
@pytest.mark.parametrize("limits", [EndpointLimits(scan_s=0.0)])
def test_a_costly_query_holds_a_thread_for_one_short_page_at_a_time(http):
    docs = [{"_id": f"d{number:03}", "n": number} for number in range(60)]
    assert http.post("_bulk_docs", json={"docs": docs}).status_code == 201
    found = http.post("_find", json={"selector": {"n": {"$gte": 0}}, "limit": 100}).json()["docs"]
    assert [doc["n"] for doc in found] == list(range(60)), "nothing is left out between two pages"
    rows = http.post("_changes?filter=_selector", json={"selector": {"n": {"$gt": 9}}}).json()["results"]
    assert [row["id"] for row in rows] == [f"d{number:03}" for number in range(10, 60)]
    index = {"fields": ["n"], "partial_filter_selector": {"n": {"$lt": 50}}}
    http.post("_index", json={"index": index, "ddoc": "i", "name": "i"})
    asked = {"selector": {"n": {"$gte": 10}}, "use_index": ["i", "i"], "limit": 100}
    assert len(http.post("_find", json=asked).json()["docs"]) == 40


# --- bodies --------------------------------------------------------------------------------------------------------

GZIP = {"content-type": "application/json", "content-encoding": "gzip"}
FULL = 60_000_000


def bomb(prefix: bytes, item: bytes, suffix: bytes, size: int = FULL) -> bytes:
    """So many bytes of JSON in some sixty thousand."""
    return gzip.compress(prefix + item * (size // len(item)) + item[:-1] + suffix)


def grown_mb(before: int) -> float:
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000


@refused("413 too_large")
def test_a_stranger_sends_a_log_in_that_unfolds_to_gigabytes(server, http):
    packed, before = bomb(b'{"name":[', b"[],", b"]}"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(5):
        answer = http.post(f"{server.url}/_session", content=packed, headers=GZIP)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert grown_mb(before) < 20


@refused("413 too_large")
@pytest.mark.parametrize("path", ["", "_session", "_up", "_uuids"])
def test_a_stranger_sends_more_than_a_log_in_where_no_password_is_needed(server, path):
    most = tuning.MAX_OPEN_BODY_BYTES
    with server.client() as client:
        for body, headers in [
            (b" " * (most + 1), {"content-type": "application/json"}), (gzip.compress(b" " * (most + 1)), GZIP),
            (b"name=a&password=" + b"b" * most, {"content-type": "application/x-www-form-urlencoded"}),
        ]:  # fmt: skip
            method = "POST" if path == "_session" else "GET"
            answer = client.request(method, f"/{path}", content=body, headers=headers)
            if path == "_session" or "content-encoding" not in headers:     # what is never read is never unzipped
                assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


@refused("413 too_large")
def test_a_route_is_sent_more_than_it_can_need(server, http):
    big, medium, small = tuning.MAX_LIST_BODY_BYTES, tuning.MAX_QUERY_BODY_BYTES, tuning.MAX_SMALL_BODY_BYTES
    for most, method, path in [
        (big, "POST", "_revs_diff"), (big, "POST", "_bulk_get"), (big, "POST", "_changes"), (big, "POST", "_all_docs"),
        (medium, "POST", "_find"), (medium, "POST", "_explain"), (medium, "POST", "_index"), (small, "PUT", "_local/x"),
        (small, "PUT", "_security"), (small, "DELETE", "victim"), (small, "PUT", "_revs_limit"), (small, "POST", "_compact"),
    ]:  # fmt: skip
        for body, headers in [(b" " * (most + 1), GZIP | {"content-encoding": ""}), (gzip.compress(b" " * (most + 1)), GZIP)]:
            answer = http.request(method, path, content=body, headers=headers)
            assert answer.status_code in ((413,) if method != "DELETE" else (413, 409)), (method, path)


@refused("413 too_large")
def test_a_neighbour_sends_documents_of_millions_of_values(http):
    lists = bomb(b'{"docs":[{"_id":"wide","v":[', b"[],", b"]}]}")
    members = bomb(b'{"docs":[{"_id":"wide","v":{', b'"a":{},', b"}}]}")
    for packed in (lists, members, bomb(b"[", b"0,", b"]"), bomb(b"", b"[", b"")):
        answer = http.post("_bulk_docs", content=packed, headers=GZIP)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
        assert "values" in answer.json()["reason"]
    assert http.get("wide").status_code == 404
    text = {"_id": "text", "text": ',[{"\\' * 500_000}
    assert http.put("text", json=text).status_code == 201, "what stands in a text is no value"


@refused("413 document_too_large")
def test_one_document_of_too_many_values_stands_among_good_ones(server, tmp_path):
    too_wide = {"_id": "wide", "v": [0] * common.MAX_DOC_VALUES}
    with LocalReplica.open(tmp_path / "node.replica") as node, contextlib.closing(RemotePeer(f"{server.url}/db")) as remote:
        with pytest.raises(TooLarge, match="values"):
            node.put(too_wide)
        assert node.bulk_docs([{**too_wide, "_rev": "1-a"}, {"_id": "good", "_rev": "1-a"}], new_edits=False)[0].id == "wide"
        assert node.get("good")
        node.put({**too_wide, "v": [0] * (common.MAX_DOC_VALUES - 10)})
        done = Replicator(node, remote, local="source").run()
        assert (done.docs_written, done.doc_write_failures) == (2, 0), "what one side takes, the other takes"


@refused("429 too_many_requests")
@pytest.mark.parametrize("limits", [EndpointLimits(parsed_bytes=1_000_000), EndpointLimits(bodies_bytes=1_000_000)])
def test_many_send_large_bodies_at_once(tmp_path, limits):
    with running(tmp_path, limits=limits) as server, server.client() as client:
        server.create("db")
        body = b'{"docs":[{"_id":"a","v":[' + b"1," * 600_000 + b"1]}]}"
        answer = client.post("/db/_bulk_docs", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["error"]) == (429, "too_many_requests")
        assert int(answer.headers["retry-after"]) > 0
        for _ in range(3):
            assert client.put("/db/b", json={"v": [1] * 100}).status_code in (201, 409), "what was held is given back"


@refused("small requests pass")
def test_large_bodies_keep_every_thread_busy(server, http, monkeypatch):
    """Twice as many as there are threads: a small request is not the last to be answered."""
    wide = ",".join(f'"{number}":{{}}' for number in range(200_000))
    packed = gzip.compress(f'{{"docs":[{{"_id":"a","v":{{{wide}}}}}],"new_edits":false}}'.encode(), 1)
    done: list[str] = []
    started = threading.Barrier(2 * tuning.HTTP_WORKERS + 1)

    def large() -> None:
        with server.client(timeout=120) as client:
            started.wait(30)
            assert client.post("/db/_bulk_docs", content=packed, headers=GZIP).status_code == 400
            done.append("large")

    threads = [threading.Thread(target=large) for _ in range(2 * tuning.HTTP_WORKERS)]
    for thread in threads:
        thread.start()
    started.wait(30)
    assert http.get("victim").status_code == 200
    done.append("small")
    for thread in threads:
        thread.join(120)
    assert done.index("small") < len(done) - 1
    assert done.count("large") == 2 * tuning.HTTP_WORKERS


# --- answers, on a tablet ------------------------------------------------------------------------------------------


@refused("BadAnswer")
def test_a_hub_answers_a_tablet_with_gigabytes_of_lists():
    packed, before = bomb(b"[", b"[],", b"]"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row = bomb(b'{"results":[\n{"seq":1,"id":"a","changes":[{"rev":"1-a"}],"doc":{"v":[', b"[],", b"]}}\n")
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with scripted(lambda request: Answer(body=row if "_changes" in request.path else packed, headers=headers)) as url:
        remote = RemotePeer(f"{url}/db")
        for ask in (remote.info, lambda: remote.get_local("a"), lambda: list(remote.changes(ChangesRequest(include_docs=True)))):
            with pytest.raises(BadAnswer, match="more than"):
                ask()
        remote.close()
    assert grown_mb(before) < 400, "the bytes themselves, and nothing made of them"


# --- what all share ------------------------------------------------------------------------------------------------


@refused("he waits, others do not")
def test_a_neighbour_opens_more_connections_than_there_are_threads(tmp_path):
    """Every thread that he may have is held by a lock of the test; a neighbour is served meanwhile."""
    busy, go = threading.Semaphore(0), threading.Event()

    class Slow(Neighbours):
        def may(self, principal, db, access):
            if principal is not None and principal.name == "evil":
                busy.release()
                assert go.wait(30)
            return super().may(principal, db, access)

    with running(tmp_path, authoriser=Slow()) as server, contextlib.ExitStack() as stack:
        server.create("db")
        evil = [stack.enter_context(server.client(auth=("evil", "pass"), timeout=60)) for _ in range(3 * tuning.HTTP_WORKERS)]
        body = json.dumps({"docs": []})
        threads = [
            threading.Thread(target=each.post, args=("/db/_bulk_docs",), kwargs={"content": body}, daemon=True) for each in evil
        ]
        for thread in threads:
            thread.start()
        for _ in range(tuning.WORKERS_OF_ONE):
            assert busy.acquire(timeout=30)
        parts = urlsplit(server.url)
        other = HTTPConnection(parts.hostname, parts.port, timeout=20, source_address=("127.0.0.2", 0))
        other.request("GET", "/db", headers={"authorization": basic_header("victim", "pass")})
        assert other.getresponse().status == 200
        other.close()
        go.set()
        for thread in threads:
            thread.join(60)


@refused("429 too_many_requests, 413 too_large")
def test_a_neighbour_holds_all_the_memory_that_bodies_may_have():
    for budget in (BodyBudget(1000), BodyBudget(1000, of_answers=True)):
        budget.take(400, "evil")
        with pytest.raises(ServerError) as refusal:
            budget.take(200, "evil")
        assert refusal.value.status in (429, 503)
        with pytest.raises(TooLarge):
            budget.take(501, "evil")
        budget.take(500, "victim")
        budget.give_back(400, "evil")
        budget.take(500, "evil")
        with pytest.raises(ServerError):
            budget.take(1)


@refused("413 too_large")
@pytest.mark.parametrize("feed", ["longpoll", "continuous", "eventsource"])
def test_a_feed_that_waits_keeps_a_large_filter(http, feed):
    ids = [f"d{number:060}" for number in range(2000)]
    for params, body in [
        ({"filter": "_doc_ids"}, {"doc_ids": ids}), ({"filter": "_selector"}, {"selector": {"_id": {"$in": ids}}}),
    ]:  # fmt: skip
        answer = http.post("_changes", params={**params, "feed": feed, "timeout": "1"}, json=body)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
        assert http.post("_changes", params=params, json=body).status_code == 200, "one that does not wait may"


@refused("413 too_large, 400 invalid_sort_json")
def test_a_query_names_thousands_of_fields(http):
    fields = [f"f{number}" for number in range(tuning.MAX_FIND_FIELDS + 1)]
    assert http.post("_find", json={"selector": {}, "fields": fields}).status_code == 413
    assert http.post("_find", json={"selector": {}, "sort": fields}).json()["error"] == "invalid_sort_json"


@refused("413")
def test_a_stranger_sends_a_long_form_to_the_console(tmp_path):
    home = found_county(tmp_path)
    with running_hub(home) as hub, hub.client() as client:
        for path in ("login", "logout", "quarantine/release"):
            answer = client.post(f"/console/{path}", data={"staff": "x" * tuning.MAX_OPEN_BODY_BYTES, "password": "y"})
            assert answer.status_code == 413
            assert "太长" in answer.text
        assert client.post("/_hub/enrol", json={"code": "x" * 5000}).status_code == 413
