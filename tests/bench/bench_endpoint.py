"""The endpoint beside other servers: bulk writes, the feed with bodies, bulk reads, and single saves by 1 and by 32 clients.

Every server is a process of its own and gets the same requests over loopback from one client process, uncompressed, answers
thrown away: documents, or requests, per second. Single saves wait for the disk as each server does by default.
"""

from __future__ import annotations

import http.client
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tests.bench.bench_support import Rounds, Server, connection, event, servers, table

QUESTION = "how many documents or requests per second does the endpoint serve?"
DOCS, BATCH = 5_000, 500
SINGLE = 400
ROUNDS = 3
CLIENTS = 32
NAMES = {
    "bulk_docs": "_bulk_docs of 500, documents/s",
    "changes": "_changes?include_docs, documents/s",
    "bulk_get": "_bulk_get of 100 with revs, documents/s",
    "put_1": "PUT one document, 1 client, requests/s",
    "put_32": f"PUT one document, {CLIENTS} clients, requests/s",
    "get": "GET one document, 1 client, requests/s",
    "idle": "_changes with nothing new, requests/s",
}


class Client:
    """One connection that sends and throws away."""

    def __init__(self, url: str) -> None:
        self._line, self._path, self._headers = connection(url)

    def send(self, method: str, path: str, body: object = None) -> bytes:
        data = None if body is None else msgspec.json.encode(body)
        headers = {**self._headers, "Accept": "application/json", "Content-Type": "application/json"}
        self._line.request(method, f"{self._path}{path}", data, headers)
        answer: http.client.HTTPResponse = self._line.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:200]!r}")
        return content

    def close(self) -> None:
        self._line.close()


def run() -> None:
    docs = [event(number) for number in range(DOCS)]
    rounds = Rounds()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, servers(Path(name)) as found:
        for turn in range(ROUNDS):
            for server in found:
                rounds.add(server.name, **_measure(server, docs, turn))
    columns = ["", *[server.name for server in found], *[f"ours / {server.name}" for server in found[1:]]]
    rows: list[list[float | str | None]] = []
    for figure, title in NAMES.items():
        values = [rounds.median(server.name, figure) for server in found]
        rows.append([title, *values, *[values[0] / value for value in values[1:]]])
    table(f"{DOCS:,} events of about 850 bytes (median of {ROUNDS})", columns, rows)


def _measure(server: Server, docs: list[dict[str, object]], turn: int) -> dict[str, float]:
    url = server.create(f"bench-endpoint-{turn}")
    client = Client(url)
    figures = {}

    def timed(figure: str, count: int, work: object) -> None:
        started = time.perf_counter()
        work()  # type: ignore[operator]
        figures[figure] = count / (time.perf_counter() - started)

    bodies = [{"docs": docs[start : start + BATCH], "new_edits": False} for start in range(0, DOCS, BATCH)]
    timed("bulk_docs", DOCS, lambda: [client.send("POST", "/_bulk_docs", body) for body in bodies])
    timed("changes", DOCS, lambda: client.send("GET", "/_changes?include_docs=true&style=all_docs"))
    wanted = [
        {"docs": [{"id": doc["_id"], "rev": doc["_rev"]} for doc in docs[start : start + 100]]} for start in range(0, DOCS, 100)
    ]
    timed("bulk_get", DOCS, lambda: [client.send("POST", "/_bulk_get?revs=true", body) for body in wanted])
    timed("put_1", SINGLE, lambda: [client.send("PUT", f"/one-{number}", _new(docs, number)) for number in range(SINGLE)])
    timed("get", SINGLE, lambda: [client.send("GET", f"/one-{number}") for number in range(SINGLE)])
    seq = msgspec.json.decode(client.send("GET", "/_changes?since=now&limit=1"))["last_seq"]
    timed("idle", SINGLE, lambda: [client.send("GET", f"/_changes?since={seq}&include_docs=true") for _ in range(SINGLE)])
    clients = [Client(url) for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        timed("put_32", SINGLE, lambda: list(pool.map(lambda number: _put(clients[number], number, docs), range(CLIENTS))))
    for each in [client, *clients]:
        each.close()
    return figures


def _new(docs: list[dict[str, object]], number: int) -> dict[str, object]:
    return {name: value for name, value in docs[number].items() if not name.startswith("_")}


def _put(client: Client, worker: int, docs: list[dict[str, object]]) -> None:
    for number in range(worker, SINGLE, CLIENTS):
        client.send("PUT", f"/many-{number}", _new(docs, number))
