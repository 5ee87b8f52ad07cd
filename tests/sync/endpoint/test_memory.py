"""Large answers: many at once, or without bound in the asking, held within bounds; and what they say stays the same."""

from __future__ import annotations

import base64
import contextlib
import gc
import json
import random
import socket
from urllib.parse import urlsplit

import pytest

from sync.endpoint.tuning import EndpointLimits
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from tests.support.sync.replication import in_step
from tests.support.sync.server import running, subprocess_server

MB = 1_000_000


def peak_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1000


def slow_reader(stack, url, path):
    """Asks, and takes nothing of the answer."""
    parts = urlsplit(url)
    raw = stack.enter_context(socket.socket())
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(20)
    raw.connect((parts.hostname, parts.port))
    raw.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return raw


def test_readers_who_take_nothing_of_large_attachments_hear_503_beyond_the_budget(tmp_path):
    limits = EndpointLimits(answers_bytes=25 * MB)
    with running(tmp_path, limits=limits) as server, contextlib.ExitStack() as stack, server.client() as http:
        server.create("db")
        assert http.put("/db/doc/file", content=b"x" * 10 * MB).status_code == 201
        readers = [slow_reader(stack, server.url, "/db/doc/file") for _ in range(2)]
        heads = [raw.recv(12) for raw in readers]
        assert heads == [b"HTTP/1.1 200"] * 2
        refused = http.get("/db/doc/file")
        assert (refused.status_code, refused.json()["error"]) == (503, "service_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        assert http.get("/db/doc").status_code == 200, "small answers pass"
        for raw in readers:
            raw.close()
        server.wait_for_lines(lambda lines: len(lines) <= 1)
        assert http.get("/db/doc/file").content == b"x" * 10 * MB


@pytest.mark.parametrize("attachments", [True, False])
def test_one_request_for_everything_a_thousand_times_is_a_stream(tmp_path, attachments):
    """500 times a document of 2 MB: a gigabyte that is never held."""
    with subprocess_server(tmp_path, "--create") as served:
        remote = RemotePeer(f"{served.url}/db")
        remote.create()
        text = base64.b64encode(random.Random(1).randbytes(1_500_000)).decode()
        more = {"_attachments": {"f": {"data": text}}} if attachments else {"text": text}
        assert remote.bulk_docs([{"_id": "large", **more}])[0].ok
        remote.close()
        before, taken = peak_mb(served.process.pid), 0
        parts = urlsplit(served.url)
        body = json.dumps({"docs": [{"id": "large"}] * 500}).encode()
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as raw:
            path = f"/db/_bulk_get?attachments={str(attachments).lower()}"
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            raw.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            while piece := raw.recv(1 << 20):
                taken += len(piece)
                if taken > 500 * MB:
                    break       # enough to see
        assert taken > 500 * MB
        assert peak_mb(served.process.pid) - before < 350


def test_a_streamed_bulk_get_says_what_a_small_one_says(tmp_path):
    small = EndpointLimits(bulk_get_stream_bytes=1, page_bytes=2000, multipart_answer_bytes=5000)
    with (
        running(tmp_path) as server, running(tmp_path, databases=server.databases, limits=small) as other,
        server.client() as http, other.client() as in_pages,
    ):
        server.create("db")
        http.post("/db/_bulk_docs", json={"docs": [{"_id": f"d{n}", "text": "x" * 50} for n in range(300)]})
        asked = {"docs": [{"id": f"d{n}"} for n in range(310)]}
        whole = http.post("/db/_bulk_get", json=asked)
        stream = in_pages.post("/db/_bulk_get", json=asked)
        assert "content-length" in whole.headers
        assert "content-length" not in stream.headers
        assert stream.json() == whole.json()
        assert [len(row["docs"]) for row in whole.json()["results"]] == [1] * 310
        told = in_pages.post("/db/_bulk_get", json=asked, headers={"accept": "multipart/mixed"})
        assert (told.status_code, told.json()["error"]) == (413, "too_large")
        for bad in ({"docs": 3}, {}, {"docs": [3]}, {"docs": [{"id": 3}]}):
            assert http.post("/db/_bulk_get", json=bad).status_code == 400
        assert http.post("/db/_bulk_get", json={"docs": []}).json() == {"results": []}


def test_large_attachments_replicate_in_memory_of_a_few_of_them(tmp_path):
    import resource

    size, count = 4 * MB, 5
    with subprocess_server(tmp_path / "hub", "--create") as served, LocalReplica.open(tmp_path / "node.replica") as node:
        chance = random.Random(2)
        for number in range(count):
            data = base64.b64encode(chance.randbytes(size)).decode()
            node.put({"_id": f"d{number}", "_attachments": {"f": {"data": data}}})
        del data
        gc.collect()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        remote = RemotePeer(f"{served.url}/db")
        remote.create()
        in_step(node, remote)
        with LocalReplica.open(tmp_path / "other.replica") as other:
            in_step(other, remote)
            assert other.verify() == []
        remote.close()
        here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 - before
        there = peak_mb(served.process.pid)
        print(f"{count} attachments of {size / MB:.0f} MB: {here:.0f} MB more here, {there:.0f} MB at the server's peak")
        assert here < 40 * size / MB
        assert there < 40 * size / MB
