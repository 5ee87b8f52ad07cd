"""Wire behaviour of PROTOCOL.md that the other endpoint tests do not look at: feeds that run backwards or through filters,
the server's own feed, what is known and not spoken, sessions and guesses, the budget of bodies."""

from __future__ import annotations

import gzip
import itertools
import json
import threading

import pytest

from sync.endpoint import tuning
from sync.endpoint.auth import Guesses, Principal, Sessions, SingleAdmin
from sync.endpoint.tuning import EndpointLimits
from sync.endpoint.wire import BodyBudget, decode_body
from sync.errors import ServerError
from tests.support.sync.server import running

COUNTER = itertools.count()


def fill(http, count, **body):
    docs = [{"_id": f"{n:05}", "n": n, **body} for n in range(count)]
    assert http.post("_bulk_docs", json={"docs": docs}).status_code == 201


# --- feeds ---


@pytest.mark.parametrize("params", [{}, {"include_docs": "true"}, {"limit": "700"}])
def test_a_feed_backwards_is_the_feed_reversed_page_by_page(http, params):
    fill(http, 900, text="渠" * 300)
    down = http.get("_changes", params={"descending": "true", **params}).json()
    up = http.get("_changes", params={name: value for name, value in params.items() if name != "limit"}).json()
    wanted = up["results"][::-1][: int(params.get("limit", 10_000))]
    assert down["results"] == wanted
    assert down["pending"] == 0


def test_a_backward_feed_with_a_filter_finds_the_few_that_pass(http):
    fill(http, 1300)
    body = {"selector": {"n": {"$in": [3, 700, 1299]}}}
    answer = http.post("_changes", params={"filter": "_selector", "descending": "true"}, json=body)
    assert [row["id"] for row in answer.json()["results"]] == ["01299", "00700", "00003"]


def test_a_filter_that_passes_little_gives_signs_of_life(tmp_path):
    with running(tmp_path, limits=EndpointLimits(scan_rows=500)) as server, server.client() as http:
        http.base_url = server.create("db") + "/"
        _passes_little(http)


def _passes_little(http):
    fill(http, 3000)
    body = {"selector": {"n": 2999}}
    answer = http.post("_changes", params={"filter": "_selector"}, json=body)
    assert answer.content.count(b"\n\n") >= 3
    assert [row["id"] for row in answer.json()["results"]] == ["02999"]
    assert answer.json()["last_seq"] == 3000
    lines = http.post("_changes", params={"filter": "_selector", "feed": "continuous", "timeout": "50"}, json=body).text
    assert [json.loads(line).get("id") for line in lines.splitlines() if line] == ["02999", None]
    params = {"filter": "_selector", "feed": "longpoll", "timeout": "50"}
    none = http.post("_changes", params=params, json={"selector": {"n": -1}})
    assert none.json() == {"results": [], "last_seq": 3000, "pending": 0}


@pytest.mark.parametrize("feed", ["longpoll", "continuous", "eventsource"])
def test_a_waiting_feed_is_woken_by_a_write(http, feed):
    with http.stream("GET", "_changes", params={"feed": feed, "since": "now", "heartbeat": "100", "limit": "1"}) as answer:
        lines = answer.iter_lines()
        next(lines)  # the first heartbeat, or the beginning of the envelope
        with_id = threading.Thread(target=http.put, args=("woken",), kwargs={"json": {}})
        with_id.start()
        assert any('"woken"' in line for line in lines)
        with_id.join()


# --- _db_updates ---


def updates(http, **params):
    answer = http.get(f"{http.base_url.scheme}://{http.base_url.netloc.decode()}/_db_updates", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_db_updates_has_a_history_and_goes_on_from_a_seq(http, server):
    start = updates(http)["last_seq"]
    server.create("updates-a")
    http.put("x", json={})
    server.databases.delete("updates-a")
    rows = updates(http, since=start)["results"]
    assert {"db_name": "updates-a", "type": "deleted"}.items() <= next(r for r in rows if r["db_name"] == "updates-a").items()
    assert http.base_url.path.strip("/") in {row["db_name"] for row in rows}
    assert len(updates(http, since=start, limit=1)["results"]) == 1
    everything = updates(http, since="7-another-life")["results"]
    assert {row["db_name"] for row in everything} >= set(server.databases.names())
    assert http.get(f"{server.url}/_db_updates", params={"since": "x"}).status_code == 400


def test_db_updates_waits_for_the_next_event(http, server):
    url = f"{server.url}/_db_updates"
    for feed in ("continuous", "eventsource"):
        with http.stream("GET", url, params={"feed": feed, "since": "now", "heartbeat": "100"}) as answer:
            lines = answer.iter_lines()
            next(lines)
            server.create(f"made-{feed}")
            assert any(f'"made-{feed}"' in line for line in lines)
    since = updates(http, since="now")["last_seq"]
    maker = threading.Thread(target=server.create, args=("made-longpoll",))
    maker.start()
    names = set()
    while "made-longpoll" not in names:  # a hint of an earlier write may come first
        answer = updates(http, feed="longpoll", since=since, heartbeat=1000)
        since, names = answer["last_seq"], {row["db_name"] for row in answer["results"]}
    maker.join()


# --- what is known and not spoken ---


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "_design/app/_view/by-name"), ("POST", "_design/app/_view/by-name"), ("GET", "_design/app/_list/a/b"),
        ("GET", "_design/app/_show/a/b"), ("POST", "_design/app/_update/a"), ("GET", "_design/app/_rewrite/x"),
        ("GET", "_changes?filter=app/mine"), ("GET", "_changes?filter=_view&view=app/by-name"), ("POST", "_temp_view"),
        ("GET", "_partition/p"), ("GET", "_shards"), ("POST", "_index"), ("GET", "_purged_infos"),
        ("POST", "/_replicate"), ("GET", "/_scheduler/jobs"), ("GET", "/_node/_local/_config"), ("GET", "/_membership"),
        ("GET", "/_utils"),
    ],
)  # fmt: skip
def test_what_is_not_spoken_is_501_and_names_the_way_out(http, server, method, path):
    names = {"lists": "a", "shows": "a", "updates": "a", "filters": "mine"}
    ddoc = {member: {name: "function () {}"} for member, name in names.items()}
    ddoc |= {"views": {"by-name": {"map": "function () {}"}}, "rewrites": "function () {}"}
    assert http.put("_design/app", json=ddoc).status_code == 201
    url = server.url + path if path[0] == "/" else path
    answer = http.request(method, url, json={"index": {}, "type": "text"} if path == "_index" else {})
    assert (answer.status_code, answer.json()["error"]) == (501, "not_implemented")
    assert "not spoken" in answer.json()["reason"] or "JavaScript" in answer.json()["reason"]


def test_a_design_document_with_functions_is_kept_and_replicates_though_it_does_not_run(http):
    ddoc = {"views": {"by-name": {"map": "function (doc) { emit(doc.name) }"}}, "validate_doc_update": "function () {}"}
    assert http.put("_design/app", json=ddoc).status_code == 201
    assert http.get("_design/app").json()["views"] == ddoc["views"]
    assert http.put("anything", json={}).status_code == 201


def test_upkeep_routes_answer_as_couchdb(http):
    assert http.post("_view_cleanup", json={}).json() == {"ok": True}
    assert http.post("_compact/app", json={}).status_code == 202
    assert http.post("_ensure_full_commit", json={}).status_code == 201
    answer = http.post("_design_docs/queries", json={"queries": [{"keys": ["_design/x"]}, {}]})
    assert [len(each["rows"]) for each in answer.json()["results"]] == [1, 0]


# --- sessions and guesses ---

SECRET = "geheim"


class Changing(SingleAdmin):
    """An administrator whose password can be changed."""

    def change(self, password):
        self._password = password


def test_a_session_ends_when_the_password_is_changed(tmp_path):
    admin = Changing("admin", SECRET)
    with running(tmp_path, authoriser=admin) as server, server.client() as http:
        assert http.post("/_session", json={"name": "admin", "password": SECRET}).status_code == 200
        assert http.get("/_all_dbs").status_code == 200
        admin.change("other")
        assert http.get("/_all_dbs").status_code == 401


def test_a_session_in_use_is_renewed_but_not_for_ever():
    now = [0.0]
    sessions = Sessions(b"s" * 32, lambda: now[0], lifetime_s=600)
    cookie = sessions.issue(Principal("admin"))
    while now[0] < tuning.SESSION_MAX_AGE_S:
        now[0] += 500
        renewed = sessions.renew(cookie)
        if renewed is None:
            break
        cookie = renewed
    assert tuning.SESSION_MAX_AGE_S < now[0] + 600 <= tuning.SESSION_MAX_AGE_S + 1200
    now[0] += 601
    assert sessions.check(cookie) is None


def test_a_guesser_has_to_wait_and_the_right_password_counts_anew(tmp_path):
    now = [1000.0]
    with running(tmp_path, authoriser=SingleAdmin("admin", SECRET), clock=lambda: now[0]) as server, server.client() as http:
        for _ in range(tuning.MAX_WRONG_PASSWORDS):
            assert http.get("/_all_dbs", auth=("admin", "guess")).status_code == 401
        for auth in (("admin", "guess"), ("admin", SECRET)):
            answer = http.get("/_all_dbs", auth=auth)
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        assert http.post("/_session", json={"name": "admin", "password": SECRET}).status_code == 429
        assert http.get("/_all_dbs", auth=("somebody", "else")).status_code == 401
        assert http.get("/").status_code == 200
        now[0] += 61
        assert http.get("/_all_dbs", auth=("admin", SECRET)).status_code == 200


def test_guesses_are_counted_per_address_and_forgotten_in_number():
    guesses = Guesses(lambda: 0.0, watched=3)
    for _ in range(tuning.MAX_WRONG_PASSWORDS):
        guesses.failed(("10.0.0.1", "admin"))
    guesses.check(("10.0.0.2", "admin"))
    with pytest.raises(ServerError):
        guesses.check(("10.0.0.1", "admin"))
    for n in range(3):
        guesses.failed(("10.0.0.3", f"name{n}"))
    guesses.check(("10.0.0.1", "admin"))


# --- the budget of bodies ---


def test_a_gzip_body_stops_growing_at_the_budget_of_all_bodies():
    bomb = gzip.compress(b"x" * 40_000_000)
    budget = BodyBudget(10_000_000)
    with pytest.raises(ServerError) as refused:
        decode_body(bomb, "gzip", take=budget.take)
    assert (refused.value.status, refused.value.error) == (429, "too_many_requests")


def test_what_a_body_held_is_given_back(tmp_path):
    with running(tmp_path, limits=EndpointLimits(bodies_bytes=3000)) as server, server.client() as http:
        http.base_url = server.create("db") + "/"
        http.headers["content-type"] = "application/json"
        for n in range(20):
            packed = gzip.compress(json.dumps({"docs": [{"_id": f"z{n}", "text": "y" * 1000}]}).encode())
            assert http.post("_bulk_docs", content=packed, headers={"content-encoding": "gzip"}).status_code == 201
            assert http.post("_bulk_docs", content=packed[:-4], headers={"content-encoding": "gzip"}).status_code == 400
            assert http.post("_changes", content=b'{"doc_ids": ["z1"]}', params={"filter": "_doc_ids"}).status_code == 200
        assert http.post("_bulk_docs", content=b" " * 4000).status_code == 429
