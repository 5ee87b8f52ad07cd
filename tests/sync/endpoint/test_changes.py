"""The changes feed over HTTP: normal, longpoll, continuous, eventsource."""

from __future__ import annotations

import contextlib
import itertools
import json

import pytest

from sync.databases import Databases
from sync.endpoint import tuning
from tests.support.sync.server import running

COUNTER = itertools.count()


def fill(http, ids, **body):
    assert http.post("_bulk_docs", json={"docs": [{"_id": id, **body} for id in ids]}).status_code == 201


def changes(http, **params):
    answer = http.get("_changes", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_each_document_appears_once_at_its_latest_seq(http):
    fill(http, ["a", "b"])
    rev = http.get("a").json()["_rev"]
    http.put("a", json={"_rev": rev, "v": 2})
    answer = changes(http)
    assert [row["id"] for row in answer["results"]] == ["b", "a"]
    assert answer["last_seq"] == answer["results"][-1]["seq"]
    assert answer["pending"] == 0


def test_limit_and_since_walk_through_the_feed(http):
    fill(http, [f"{n}" for n in range(7)])
    seen, since = [], 0
    while rows := (answer := changes(http, since=since, limit=3))["results"]:
        seen += [row["id"] for row in rows]
        since = answer["last_seq"]
        assert answer["pending"] == 7 - len(seen)
    assert seen == [f"{n}" for n in range(7)]
    assert changes(http, since="now")["results"] == []
    assert len(changes(http, limit=0)["results"]) == 1


def test_a_long_feed_comes_whole_and_in_lines(http):
    ids = [f"{n:05}" for n in range(3000)]
    fill(http, ids, text="x" * 300)
    answer = http.get("_changes", params={"include_docs": "true"})
    assert [row["id"] for row in answer.json()["results"]] == ids
    lines = answer.text.split("\n")
    assert json.loads(lines[1].rstrip(","))["doc"]["text"] == "x" * 300
    down = changes(http, descending="true", limit=2)
    assert [row["id"] for row in down["results"]] == ["02999", "02998"]


def test_rows_much_heavier_than_a_page_come_whole(http):
    for number in range(4):
        fill(http, [f"{number}-{each}" for each in range(3)], text="x" * 700_000)
    assert len(changes(http, include_docs="true")["results"]) == 12
    assert len(changes(http, include_docs="true", limit=7)["results"]) == 7


def test_style_all_docs_lists_every_leaf(http):
    for rev in ("1-a", "1-b"):
        http.put("c", json={"_rev": rev}, params={"new_edits": "false"})
    assert changes(http)["results"][0]["changes"] == [{"rev": "1-b"}]
    revs = changes(http, style="all_docs")["results"][0]["changes"]
    assert sorted(each["rev"] for each in revs) == ["1-a", "1-b"]
    doc = changes(http, include_docs="true", conflicts="true")["results"][0]["doc"]
    assert doc["_conflicts"] == ["1-a"]


def test_deleted_documents_are_marked(http):
    fill(http, ["a"])
    http.delete("a", params={"rev": http.get("a").json()["_rev"]})
    assert changes(http)["results"][0]["deleted"] is True


def test_filters_by_id_selector_and_design(http):
    fill(http, ["a", "b", "_design/d"], kind="x")
    fill(http, ["c"], kind="y")

    def post(body, **params):
        answer = http.post("_changes", json=body, params=params)
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["results"]]

    assert post({"doc_ids": ["b", "none"]}, filter="_doc_ids") == ["b"]
    assert post({"selector": {"kind": "y"}}, filter="_selector") == ["c"]
    assert [row["id"] for row in changes(http, filter="_doc_ids", doc_ids='["a"]')["results"]] == ["a"]
    assert [row["id"] for row in changes(http, filter="_design")["results"]] == ["_design/d"]
    http.put("_design/app", json={"filters": {"important": "function () {}"}})
    assert http.get("_changes", params={"filter": "app/important"}).status_code == 501
    assert http.post("_changes", json={}, params={"filter": "_selector"}).status_code == 400


@pytest.mark.parametrize(
    "params",
    [{"feed": "odd"}, {"limit": "-1"}, {"limit": "x"}, {"heartbeat": "0"}, {"timeout": "soon"}, {"style": "x"},
     {"since": "gibberish"}, {"include_docs": "1"}, {"filter": "_doc_ids", "doc_ids": "3"}],
)  # fmt: skip
def test_wrong_parameters_are_refused(http, params):
    answer = http.get("_changes", params=params)
    assert answer.status_code == 400
    assert answer.json()["reason"]


def test_longpoll_returns_at_once_when_there_are_rows(http):
    fill(http, ["a"])
    assert [row["id"] for row in changes(http, feed="longpoll")["results"]] == ["a"]


def test_longpoll_ends_empty_after_its_time(http):
    answer = changes(http, feed="longpoll", timeout=50)
    assert answer == {"results": [], "last_seq": 0, "pending": 0}


@contextlib.contextmanager
def waiting_longpoll(http, encoding="identity"):
    """Yields a function that reads to the end; when the block is entered, the feed waits already."""
    params = {"feed": "longpoll", "heartbeat": 100}
    with http.stream("GET", "_changes", params=params, headers={"accept-encoding": encoding}) as answer:
        pieces = answer.iter_text()
        text = ""
        while "\n" not in text.removeprefix('{"results":['):  # the first heartbeat
            text += next(pieces)
        yield lambda: json.loads(text + "".join(pieces))


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_waiting_longpoll_gets_what_is_committed(http, encoding):
    with waiting_longpoll(http, encoding) as rest:
        fill(http, ["late"])
        assert [row["id"] for row in rest()["results"]] == ["late"]


def test_commits_of_another_process_wake_a_longpoll(http, server):
    """A second `Databases` over the same folder stands for another process: it shares nothing with the
    server."""
    name = str(http.base_url.path).strip("/")
    with waiting_longpoll(http) as rest:
        with Databases(server.databases.root) as other, other.lease(name) as replica:
            replica.put({"_id": "foreign"})
        assert [row["id"] for row in rest()["results"]] == ["foreign"]


def test_a_continuous_feed_goes_on_and_beats(http):
    fill(http, ["a"])
    params = {"feed": "continuous", "heartbeat": 100, "limit": 3}
    with http.stream("GET", "_changes", params=params) as answer:
        lines = answer.iter_lines()
        assert json.loads(next(lines))["id"] == "a"
        assert next(lines) == ""
        fill(http, ["b"])
        fill(http, ["c"])
        rows = [json.loads(line) for line in lines if line]
    assert [row.get("id") for row in rows] == ["b", "c", None]
    assert rows[-1]["last_seq"] == rows[-2]["seq"]


def test_a_continuous_feed_without_news_ends_after_its_time(http):
    fill(http, ["a"])
    answer = http.get("_changes", params={"feed": "continuous", "timeout": 50})
    assert [json.loads(line).get("last_seq") for line in answer.text.splitlines()] == [None, 1]


def test_eventsource_sends_events_with_ids(http):
    fill(http, ["a"])
    answer = http.get("_changes", params={"feed": "eventsource", "timeout": 50})
    assert answer.headers["content-type"].startswith("text/event-stream")
    data, id, *_ = answer.text.splitlines()
    assert json.loads(data.removeprefix("data: "))["id"] == "a"
    assert id == "id: 1"


def test_many_waiting_feeds_hold_no_worker_thread(server, http):
    waiting = [server.client() for _ in range(tuning.HTTP_WORKERS * 3)]
    streams = []
    try:
        for client in waiting:
            stream = client.stream("GET", http.base_url.join("_changes"), params={"feed": "longpoll", "heartbeat": 5000})
            streams.append((stream, stream.__enter__()))
        fill(http, ["a"])
        for _, answer in streams:
            assert [row["id"] for row in json.loads(answer.read())["results"]] == ["a"]
    finally:
        for stream, _ in streams:
            stream.__exit__(None, None, None)
        for client in waiting:
            client.close()


def test_a_feed_ends_when_its_database_is_deleted(server, http):
    with waiting_longpoll(http) as rest, server.client() as other:
        assert other.delete(http.base_url.path).status_code == 200
        assert rest()["results"] == []


def test_a_feed_ends_well_when_the_server_stops(tmp_path):
    with running(tmp_path) as server, server.client() as http:
        server.create("db")
        http.base_url = f"{server.url}/db/"
        with waiting_longpoll(http) as rest:
            server.stop_feeds()
            assert rest() == {"results": [], "last_seq": 0, "pending": 0}


def test_a_gone_client_leaves_nothing_behind(server, http):
    with http.stream("GET", "_changes", params={"feed": "continuous", "heartbeat": 100}) as answer:
        next(answer.iter_raw())
    fill(http, ["a"])
    assert http.get("a").status_code == 200


def test_a_feed_of_many_pages_ends_at_the_seq_that_was_the_newest_when_it_began(server, http):
    """A device on a slow line must come to the end of a busy database's feed."""
    name = http.base_url.path.strip("/")
    with server.databases.lease(name) as replica:      # more than the sockets between take in
        replica.bulk_docs([{"_id": f"d{n:04}", "text": "x" * 10_000} for n in range(1500)])
    with http.stream("GET", "_changes", params={"include_docs": "true"}, headers={"Accept-Encoding": "identity"}) as answer:
        lines = answer.iter_lines()
        held = [next(lines) for _ in range(3)]
        with server.databases.lease(name) as replica:
            replica.bulk_docs([{"_id": f"later{n}"} for n in range(50)])
        body = json.loads("\n".join([*held, *lines]))
    assert [row["seq"] for row in body["results"]] == list(range(1, 1501))
    assert body["last_seq"] == 1500
