"""Connections of a served endpoint: how many, how slow, how long; over real sockets, with small limits given to the server."""

from __future__ import annotations

import contextlib
import itertools
import logging
import random
import socket
import threading
from urllib.parse import urlsplit

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.allowance import Allowance
from sync.commands.serve import raise_open_files
from sync.databases import tuning as database_tuning
from sync.endpoint import tuning
from sync.endpoint.auth import SingleAdmin
from sync.endpoint.connections import LineLimits, group_of
from sync.remote import tuning as replicator_tuning
from tests.support import loopback
from tests.support.sync.server import running

SOON = 20       # seconds within which the server must act; only a failing test waits so long
EVERYBODY = frozenset()


def limits(**given):
    return LineLimits(**{"look_s": 0.05, "unbounded": EVERYBODY, **given})


@contextlib.contextmanager
def serving(tmp_path, options=None, **given):
    with running(tmp_path / "root", lines=limits(**given), **(options or {})) as server:
        server.create("db")
        yield server


@contextlib.contextmanager
def connected(server, text=b"", *, receive_buffer=None):
    parts = urlsplit(server.url)
    with socket.socket() as raw:
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(SOON)
        raw.connect((parts.hostname, parts.port))
        raw.sendall(text)
        yield raw


def until_closed(raw):
    """What the server says before it ends the connection; fails when it does not."""
    told = b""
    try:
        while piece := raw.recv(65536):
            told += piece
    except ConnectionResetError:
        told += b"[reset]"
    return told


def drip(raw, piece, pause_s):
    """Send `piece` again and again until the server has had enough."""
    over = threading.Event()

    def work():
        with contextlib.suppress(OSError):
            while not over.wait(pause_s):
                raw.sendall(piece)

    threading.Thread(target=work, daemon=True).start()
    return over


def answer(raw):
    """One answer with a content-length: (status, headers and body)."""
    told = b""
    while b"\r\n\r\n" not in told:
        piece = raw.recv(65536)
        assert piece, told
        told += piece
    head, _, body = told.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    while len(body) < length:
        body += raw.recv(65536)
    return int(told.split()[1]), told


HEAD = b"GET /db HTTP/1.1\r\nHost: localhost\r\n"
PUT = b"PUT /db/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"


# --- the allowance ---


def passes(pieces, grace=tuning.BODY_GRACE_S, rate=tuning.MIN_BODY_BYTES_PER_S):
    """Whether pieces of (seconds since the one before, bytes) all come in time."""
    now = 0.0
    allowance = Allowance(grace, rate, now)
    for pause, size in pieces:
        now += pause
        if allowance.spent(now):
            return False
        allowance.moved(size, now)
    return True


def test_a_photograph_on_the_slowest_line_with_stalls_of_nearly_a_minute_passes():
    rate = replicator_tuning.SLOWEST_LINE_BYTES_PER_S
    chance = random.Random(7)
    pieces = [(1.4 + (55 if chance.random() < 0.02 else 0), int(1.4 * rate)) for _ in range(1500)]
    assert sum(size for _, size in pieces) > 2_000_000
    assert any(pause > 50 for pause, _ in pieces)
    assert passes(pieces)


@pytest.mark.parametrize("piece", [(1.0, 1), (10.0, 200), (119.0, 1000), (120.5, 10_000_000)])
def test_dripping_bytes_come_to_an_end(piece):
    assert not passes(itertools.repeat(piece, 200))


def test_much_sent_at_first_buys_no_silence_afterwards():
    assert not passes([(0.0, 60_000_000), (tuning.BODY_GRACE_S + 0.1, 1)])


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 10_000)), max_size=60))
def test_who_keeps_twice_the_rate_between_silences_is_never_too_slow(pieces):
    kept = [(pause, size + int(2 * pause * tuning.MIN_BODY_BYTES_PER_S) + 1) for pause, size in pieces]
    assert passes(kept)


# --- too slow ---


def test_a_connection_that_says_nothing_is_closed(tmp_path):
    with serving(tmp_path, head_s=0.2) as server, connected(server) as raw:
        assert until_closed(raw) == b""


@pytest.mark.parametrize("begin", [b"GET /", b"\r\n", HEAD, HEAD + b"X: y"])
def test_a_head_that_drips_is_408_however_often_a_byte_comes(tmp_path, begin):
    with serving(tmp_path, head_s=0.4) as server, connected(server, begin) as raw:
        over = drip(raw, b"\r\n" if begin == b"\r\n" else b"x: y\r\n" if begin == HEAD else b"x", 0.05)
        told = until_closed(raw)
        over.set()
        assert told.startswith(b"HTTP/1.1 408"), told
        assert b'"error":"timeout"' in told
        with server.client() as http:
            assert http.get("/db").status_code == 200


def test_a_second_head_on_a_kept_connection_may_drip_no_longer_than_the_first(tmp_path):
    with serving(tmp_path, head_s=0.4) as server, connected(server, HEAD + b"\r\n") as raw:
        assert answer(raw)[0] == 200
        raw.sendall(b"GET /")
        over = drip(raw, b"x", 0.05)
        assert until_closed(raw).startswith(b"HTTP/1.1 408")
        over.set()


@pytest.mark.parametrize("line", [b"x: " + b"y" * 2000 + b"\r\n", b"y" * 2000])
def test_a_head_without_end_is_431_in_bounded_memory(tmp_path, line):
    with serving(tmp_path) as server, connected(server, HEAD if b":" in line else b"GET /") as raw:
        sent = 0
        told = b""
        with contextlib.suppress(OSError):
            while sent < 100_000_000:
                raw.sendall(line)
                sent += len(line)
        with contextlib.suppress(OSError):
            told = raw.recv(1000)
        assert sent < 20_000_000, "the kernel's buffers hold some; the server must not go on reading"
        assert not told or told.startswith(b"HTTP/1.1 431"), told


def test_a_head_just_too_long_hears_431(tmp_path):
    with serving(tmp_path, head_bytes=2000) as server:
        with connected(server, HEAD + b"x: " + b"y" * 3000) as raw:
            assert until_closed(raw).startswith(b"HTTP/1.1 431")
        with connected(server, HEAD + b"x: " + b"y" * 1500 + b"\r\n\r\n") as raw:
            assert answer(raw)[0] == 200


@pytest.mark.parametrize("path", ["/db/slow", "/nowhere/x"])
def test_a_body_that_drips_is_408_and_stores_nothing(tmp_path, path):
    put = PUT.replace(b"/db/slow", path.encode())
    with serving(tmp_path, body_grace_s=0.4, body_rate=1000) as server, connected(server, put) as raw:
        over = drip(raw, b" ", 0.05)
        told = until_closed(raw)
        over.set()
        assert b"HTTP/1.1 408" in told, told
        with server.client() as http:
            assert http.get("/db/slow").status_code == 404


def test_a_body_that_nobody_waits_for_any_more_may_not_drip_for_ever(tmp_path):
    """The answer (401) was given before the body came; the connection is not kept open by its bytes."""
    with serving(
        tmp_path, {"authoriser": SingleAdmin("admin", "s3cret")}, body_grace_s=0.4, body_rate=1000
    ) as server, connected(server, PUT) as raw:
        status, _ = answer(raw)
        assert status == 401
        over = drip(raw, b" ", 0.05)
        until_closed(raw)
        over.set()


def test_trailers_without_end_are_cut(tmp_path):
    chunked = PUT.replace(b"Content-Length: 100000", b"Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n"
    with serving(tmp_path, head_bytes=2000) as server, connected(server, chunked) as raw:
        over = drip(raw, b"x: " + b"y" * 500 + b"\r\n", 0.001)
        assert b"201" not in until_closed(raw)
        over.set()


def test_chunk_extensions_without_end_are_408(tmp_path):
    chunked = PUT.replace(b"Content-Length: 100000", b"Transfer-Encoding: chunked") + b"2;"
    with serving(tmp_path, body_grace_s=0.4, body_rate=1000) as server, connected(server, chunked) as raw:
        over = drip(raw, b"x" * 500, 0.001)
        assert b"408" in until_closed(raw)
        over.set()


def test_an_answer_that_nobody_takes_is_cut(tmp_path):
    """The reader's window is small and the answer large: the server sees that nothing is taken, not that much is queued."""
    with serving(tmp_path, answer_grace_s=0.4, answer_rate=1000) as server:
        with server.client() as http:
            assert http.put("/db/doc/file", content=b"x" * 30_000_000).status_code == 201
        with connected(server, b"GET /db/doc/file HTTP/1.1\r\nHost: localhost\r\n\r\n", receive_buffer=4096) as raw:
            server.wait_for_lines(lambda lines: lines.in_phase("head") + lines.in_phase("answer") + len(lines) > 0)
            server.wait_for_lines(lambda lines: len(lines) == 0)
            assert len(until_closed(raw)) < 30_000_000


def test_a_slow_reader_who_keeps_taking_gets_all(tmp_path):
    """More than the kernel's buffers hold, taken in pieces for longer than the grace."""
    size = 12_000_000
    with serving(tmp_path, answer_grace_s=0.5, answer_rate=1000) as server:
        with server.client() as http:
            assert http.put("/db/doc/file", content=b"x" * size).status_code == 201
        request = b"GET /db/doc/file HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        with connected(server, request, receive_buffer=65536) as raw:
            taken, pause = 0, threading.Event()
            while piece := raw.recv(262_144):
                taken += len(piece)
                if taken < 6_000_000:
                    pause.wait(0.02)    # this is the slowness itself
            assert taken > size


def test_an_idle_connection_is_closed_and_a_waiting_feed_is_not_idle(tmp_path):
    feed = b"GET /db/_changes?feed=longpoll&since=now&timeout=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(tmp_path, idle_s=0.2, head_s=0.2, answer_grace_s=0.2) as server, connected(server, feed) as waiting:
        with connected(server, HEAD + b"\r\n") as raw:
            assert answer(raw)[0] == 200
            assert until_closed(raw) == b""
        with server.client() as http:
            http.put("/db/news", json={})
        told = waiting.recv(65536)
        while b"last_seq" not in told:
            piece = waiting.recv(65536)
            assert piece, told
            told += piece
        assert b'"news"' in told


# --- too many ---


def held(server, count, stack, text=HEAD):
    """Connections that are busy: each has begun a request."""
    return [stack.enter_context(connected(server, text)) for _ in range(count)]


def test_one_connection_too_many_hears_503_with_retry_after(tmp_path):
    with serving(tmp_path, connections=3) as server, contextlib.ExitStack() as stack:
        busy = held(server, 3, stack)
        server.wait_for_lines(lambda lines: lines.in_phase("head") == 3)
        with connected(server, HEAD + b"\r\n") as raw:
            told = until_closed(raw)
        assert told.startswith(b"HTTP/1.1 503")
        assert b"\r\nretry-after: 10\r\n" in told.lower()
        assert b'"error":"service_unavailable"' in told
        busy[0].sendall(b"\r\n")
        assert answer(busy[0])[0] == 200, "those inside are served"


def test_one_address_does_not_take_all(tmp_path):
    with serving(tmp_path, connections=100, per_address=2) as server, contextlib.ExitStack() as stack:
        held(server, 2, stack)
        server.wait_for_lines(lambda lines: lines.in_phase("head") == 2)
        with connected(server, HEAD + b"\r\n") as raw:
            assert until_closed(raw).startswith(b"HTTP/1.1 503")
    with (
        serving(tmp_path / "behind", per_address=1, unbounded=frozenset({"127.0.0.1"})) as server,
        connected(server, HEAD),
        connected(server, HEAD + b"\r\n") as raw,
    ):
        assert answer(raw)[0] == 200, "a proxy of our own is many people"


def test_who_idles_makes_room_for_who_asks(tmp_path):
    with serving(tmp_path, connections=2) as server, connected(server, HEAD + b"\r\n") as first:
        assert answer(first)[0] == 200
        with connected(server, HEAD + b"\r\n") as second:
            assert answer(second)[0] == 200
            with connected(server, HEAD + b"\r\n") as third:
                assert answer(third)[0] == 200
                assert until_closed(first) == b"", "the one that idled longest"
                second.sendall(HEAD + b"\r\n")
                assert answer(second)[0] == 200


def test_silent_connections_do_not_keep_an_honest_client_out(tmp_path):
    with serving(tmp_path, connections=10) as server, contextlib.ExitStack() as stack:
        silent = held(server, 10, stack, b"")
        server.wait_for_lines(lambda lines: lines.in_phase("new") == 10)
        with connected(server, HEAD + b"\r\n") as raw:
            assert answer(raw)[0] == 200
        assert until_closed(silent[0]) == b""


def test_refused_connections_are_bounded_too(tmp_path):
    with serving(tmp_path, connections=1, refusals=2) as server, contextlib.ExitStack() as stack:
        held(server, 1, stack)
        server.wait_for_lines(lambda lines: lines.in_phase("head") == 1)
        waiting = held(server, 2, stack, b"")
        server.wait_for_lines(lambda lines: lines.refused == 2)
        with connected(server) as raw:
            assert until_closed(raw) in (b"", b"[reset]")
        waiting[0].sendall(HEAD + b"\r\n")
        assert until_closed(waiting[0]).startswith(b"HTTP/1.1 503")


def test_a_flood_leaves_one_line_in_the_log(tmp_path, caplog):
    quiet = caplog.at_level(logging.WARNING, logger="sync.http")
    with quiet, serving(tmp_path, head_s=0.1) as server, contextlib.ExitStack() as stack:
        for raw in held(server, 20, stack):
            until_closed(raw)
        server.wait_for_lines(lambda lines: len(lines) == 0)
    assert 1 <= sum("connections ended" in record.message for record in caplog.records) <= 2


def test_connections_of_one_household_count_together():
    assert group_of("2001:db8:1:2:3::4") == group_of("2001:db8:1:2:ffff::1")
    assert group_of("2001:db8:1:2::1") != group_of("2001:db8:1:3::1")
    assert group_of("::ffff:192.0.2.1") == group_of("192.0.2.1") == "192.0.2.1"
    assert group_of("::1") == "::1"
    assert group_of("") == ""
    assert group_of("fe80::1%eth0") == group_of("fe80::2%eth0")


def test_the_server_asks_for_the_open_files_it_may_need():
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = tuning.MAX_CONNECTIONS + database_tuning.MAX_OPEN_REPLICAS * database_tuning.FILES_PER_REPLICA
    assert raise_open_files() >= (most if hard == resource.RLIM_INFINITY else min(most, hard))


def test_many_honest_clients_at_once_are_all_served(tmp_path):
    with serving(tmp_path, connections=8) as server:
        told = []

        def work(number):
            with loopback.Client(base_url=server.url, timeout=SOON) as http:
                for _ in range(5):
                    try:
                        told.append(http.get("/db").status_code)
                    except (httpx2.RemoteProtocolError, httpx2.ReadError):
                        told.append(0)      # closed while idle, as any server may; asked again

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(told) <= {200, 503, 0}
        assert told.count(200) > 20
